//! What is personal about series, and the headers of instances.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::prelude::*;
use serde_json::Value;

use super::{NewInstance, insert_missing};
use crate::identity::{instance_headers, series_identities};

/// Which of these instances have a header that is of another object: one that was refused in the index, or whose store
/// was interrupted before it got there. Those that are [`super::Written::New`] in the index want
/// [`super::replace_identity`].
pub fn differing_headers(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<Vec<usize>> {
    let uids: Vec<&str> = instances.iter().map(|instance| instance.sop_instance_uid.as_str()).collect();
    let digests: HashMap<String, Vec<u8>> = instance_headers::table
        .filter(instance_headers::sop_instance_uid.eq_any(uids))
        .select((instance_headers::sop_instance_uid, instance_headers::digest))
        .load::<(String, Vec<u8>)>(connection)?
        .into_iter()
        .collect();
    let differs = |instance: &NewInstance| digests.get(&instance.sop_instance_uid) != Some(&instance.digest);
    Ok((0..instances.len()).filter(|number| differs(&instances[*number])).collect())
}

#[derive(Insertable)]
#[diesel(table_name = series_identities)]
struct NewSeries<'a> {
    series_instance_uid: &'a str,
    study_instance_uid: &'a str,
    attributes: Value,
}

/// Makes series that are not there. Those that are stay until the transaction ends: headers refer to them.
pub(super) fn write_series(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<()> {
    let mut first: BTreeMap<(&str, &str), &NewInstance> = BTreeMap::new();
    for instance in instances {
        first.entry((&instance.series_instance_uid, &instance.study_instance_uid)).or_insert(instance);
    }
    let there = find_series(connection, first.keys())?;
    let missing: Vec<NewSeries> = first
        .iter()
        .filter(|((series, study), _)| !there.contains(&((*series).to_owned(), (*study).to_owned())))
        .map(|((series_instance_uid, study_instance_uid), instance)| {
            let attributes = Value::Object(instance.documents.series_identity.clone());
            NewSeries { series_instance_uid, study_instance_uid, attributes }
        })
        .collect();
    if insert_missing!(connection, series_identities::table, missing) == missing.len() {
        return Ok(());
    }
    // Somebody else was faster; the row may be gone again, and then the caller may try again.
    match find_series(connection, first.keys())?.len() >= first.len() {
        true => Ok(()),
        false => Err(diesel::result::Error::NotFound),
    }
}

/// Finds series and keeps them from being removed until the transaction ends.
fn find_series<'a>(
    connection: &mut PgConnection,
    wanted: impl Iterator<Item = &'a (&'a str, &'a str)>,
) -> QueryResult<HashSet<(String, String)>> {
    let (series, studies): (Vec<&str>, Vec<&str>) = wanted.copied().unzip();
    let names = (series_identities::series_instance_uid, series_identities::study_instance_uid);
    let rows = series_identities::table
        .filter(series_identities::series_instance_uid.eq_any(series))
        .filter(series_identities::study_instance_uid.eq_any(studies))
        .order(names)
        .select(names)
        .for_key_share();
    Ok(rows.load(connection)?.into_iter().collect())
}

#[derive(Insertable)]
#[diesel(table_name = instance_headers)]
struct NewHeader<'a> {
    sop_instance_uid: &'a str,
    study_instance_uid: &'a str,
    series_instance_uid: &'a str,
    digest: &'a [u8],
    metadata: &'a [u8],
    personal: Option<Value>,
}

/// Gives the number of headers that are new.
pub(super) fn write_headers(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<usize> {
    let mut rows: Vec<NewHeader> = instances.iter().map(NewHeader::new).collect();
    rows.sort_by_key(|row| row.sop_instance_uid);
    Ok(insert_missing!(connection, instance_headers::table, rows))
}

impl<'a> NewHeader<'a> {
    fn new(instance: &'a NewInstance) -> Self {
        let personal = &instance.documents.instance_identity;
        Self {
            sop_instance_uid: &instance.sop_instance_uid,
            study_instance_uid: &instance.study_instance_uid,
            series_instance_uid: &instance.series_instance_uid,
            digest: &instance.digest,
            metadata: &instance.metadata,
            personal: (!personal.is_empty()).then(|| Value::Object(personal.clone())),
        }
    }
}
