//! What is personal about series, and the headers of instances.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Binary, Bool, Integer, Json, Nullable, Text, Uuid};

use super::alone::InsertHeader;
use super::homes::Homes;
use super::{NewInstance, insert_missing};
use crate::columns::{Document, columns, statement};
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
pub(super) struct NewSeries<'a> {
    series_instance_uid: &'a str,
    study_instance_uid: &'a str,
    pub(super) attributes: Document<'a>,
}

impl<'a> NewSeries<'a> {
    pub(super) fn new(instance: &'a NewInstance) -> Self {
        Self {
            series_instance_uid: &instance.series_instance_uid,
            study_instance_uid: &instance.study_instance_uid,
            attributes: Document(&instance.documents.above().series_identity),
        }
    }
}

/// Makes series that are not there.
pub(super) fn write_series(connection: &mut PgConnection, instances: &[&NewInstance]) -> QueryResult<()> {
    let mut first: BTreeMap<(&str, &str), &NewInstance> = BTreeMap::new();
    for instance in instances {
        first.entry((&instance.series_instance_uid, &instance.study_instance_uid)).or_insert(instance);
    }
    let rows: Vec<NewSeries> = first.into_values().map(NewSeries::new).collect();
    insert_missing!(connection, series_identities::table, rows);
    Ok(())
}

columns! {
    /// The rows of `instance_headers`.
    Headers of &'a NewInstance {
        sop_instance_uid: Text = &'a str = |instance| &instance.sop_instance_uid;
        study_instance_uid: Text = &'a str = |instance| &instance.study_instance_uid;
        series_instance_uid: Text = &'a str = |instance| &instance.series_instance_uid;
        digest: Binary = &'a [u8] = |instance| &instance.digest;
        metadata: Binary = &'a [u8] = |instance| &instance.metadata;
        personal: Nullable<Json> = Option<Document<'a>> = |instance| personal(instance);
    }
}

fn personal(instance: &NewInstance) -> Option<Document<'_>> {
    let personal = &instance.documents.instance_identity;
    (!personal.is_empty()).then_some(Document(personal))
}

/// Inserts headers into the series that are there, in order of UID. Gives the number of each (from 1), the patient if the
/// series is there, and whether the header is new. The series stay until the transaction ends: headers refer to them.
struct InsertHeaders<'a> {
    homes: Homes<'a>,
    rows: Headers<'a>,
}

statement!(InsertHeaders => (Integer, Nullable<Uuid>, Bool));

impl QueryFragment<Pg> for InsertHeaders<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH pair AS (");
        self.homes.push(out.reborrow())?;
        out.push_sql("), wanted AS (");
        self.rows.push(out.reborrow())?;
        out.push_sql(
            "), home AS (
              SELECT study_identities.study_instance_uid, series_instance_uid, patient_key FROM pair
              JOIN study_identities ON study_instance_uid = pair.study
              JOIN series_identities USING (study_instance_uid) WHERE series_instance_uid = pair.series
              ORDER BY pair.study, pair.series FOR KEY SHARE OF series_identities
            ), made AS (
              INSERT INTO instance_headers
                (sop_instance_uid, study_instance_uid, series_instance_uid, digest, metadata, personal)
              SELECT sop_instance_uid, study_instance_uid, series_instance_uid, digest, metadata, personal
              FROM wanted JOIN home USING (study_instance_uid, series_instance_uid) ORDER BY sop_instance_uid
              ON CONFLICT DO NOTHING RETURNING sop_instance_uid
            )
            SELECT wanted.number, patient_key, made.sop_instance_uid IS NOT NULL FROM wanted
            LEFT JOIN home USING (study_instance_uid, series_instance_uid) LEFT JOIN made USING (sop_instance_uid)",
        );
        Ok(())
    }
}

/// What became of a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filed {
    /// The patient of its study; `None` when its series is not there, and the header is not either.
    pub(super) patient: Option<uuid::Uuid>,
    /// Whether it is new.
    pub(super) new: bool,
}

/// Inserts the headers of instances whose series are there.
pub(super) fn write_headers(connection: &mut PgConnection, instances: &[&NewInstance]) -> QueryResult<Vec<Filed>> {
    if let [instance] = instances {
        let home = (instance.study_instance_uid.as_str(), instance.series_instance_uid.as_str());
        let statement = InsertHeader { home: Homes::new([home]), row: Headers::new([*instance]) };
        let filed: Option<(uuid::Uuid, bool)> = statement.load(connection)?.pop();
        let filed = filed.map(|(patient, new)| Filed { patient: Some(patient), new });
        return Ok(vec![filed.unwrap_or(Filed { patient: None, new: false })]);
    }
    let homes: BTreeSet<(&str, &str)> = instances
        .iter()
        .map(|instance| (instance.study_instance_uid.as_str(), instance.series_instance_uid.as_str()))
        .collect();
    let statement = InsertHeaders { homes: Homes::new(homes), rows: Headers::new(instances.iter().copied()) };
    let mut filed = vec![Filed { patient: None, new: false }; instances.len()];
    for (number, patient, new) in statement.load::<(i32, Option<uuid::Uuid>, bool)>(connection)? {
        filed[number as usize - 1] = Filed { patient, new };
    }
    Ok(filed)
}
