//! Taking rows away again: an instance that is replaced, whole objects that are deleted, and identity rows that nothing
//! refers to.

use std::collections::BTreeMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

use crate::identity::{instance_headers, patients, series_identities, study_identities};
use crate::index::{instances, series, studies};
use crate::pseudonyms;

/// Removes the row of an instance from the index, and its series and study when they are empty without it; gives the
/// path of the file that is now nobody's, or `None` when there was no such instance. In the caller's transaction.
pub fn remove_index(connection: &mut PgConnection, sop_instance_uid: &str) -> QueryResult<Option<String>> {
    // The rows above are locked first, in the order in which a store locks them.
    let home: Option<(i64, i64)> = instances::table
        .inner_join(series::table)
        .filter(instances::sop_instance_uid.eq(sop_instance_uid))
        .select((series::study_key, series::series_key))
        .first(connection)
        .optional()?;
    let Some((study_key, series_key)) = home else { return Ok(None) };
    studies::table.find(study_key).select(studies::study_key).for_update().execute(connection)?;
    series::table.find(series_key).select(series::series_key).for_update().execute(connection)?;
    let row = instances::sop_instance_uid.eq(sop_instance_uid).and(instances::series_key.eq(series_key));
    let path: Option<String> = diesel::delete(instances::table.filter(row))
        .returning(instances::file_path)
        .get_result(connection)
        .optional()?;
    if path.is_some() {
        count_again(connection, study_key, &BTreeMap::from([(series_key, 1)]))?;
    }
    Ok(path)
}

/// An instance whose row was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Deleted {
    series_key: i64,
    /// SOP Instance UID.
    pub sop_instance_uid: String,
    /// Where the bytes are that are now nobody's.
    pub storage_node_id: i64,
    /// Path on the storage node.
    pub file_path: String,
}

/// Removes the instances of a study, a series or one instance from the index, and the rows above that are empty without
/// them. In the caller's transaction. Nothing is deleted when there is no such object.
pub fn delete(
    connection: &mut PgConnection,
    study: &str,
    series: Option<&str>,
    instance: Option<&str>,
) -> QueryResult<Vec<Deleted>> {
    // The rows above are locked first, in the order in which a store locks them.
    let of_study = studies::table.filter(studies::study_instance_uid.eq(study)).select(studies::study_key);
    let Some(study_key) = of_study.for_update().first::<i64>(connection).optional()? else { return Ok(Vec::new()) };
    let of_series = series::table.filter(series::study_key.eq(study_key)).select(series::series_key);
    let series_keys: Vec<i64> = match series {
        Some(uid) => of_series.filter(series::series_instance_uid.eq(uid)).for_update().load(connection)?,
        None => of_series.order(series::series_key).for_update().load(connection)?,
    };
    let returned =
        (instances::series_key, instances::sop_instance_uid, instances::storage_node_id, instances::file_path);
    let of_instances = instances::table.filter(instances::series_key.eq_any(series_keys));
    let deleted: Vec<Deleted> = match instance {
        Some(uid) => diesel::delete(of_instances.filter(instances::sop_instance_uid.eq(uid)))
            .returning(returned)
            .get_results(connection)?,
        None => diesel::delete(of_instances).returning(returned).get_results(connection)?,
    };
    let mut counts = BTreeMap::new();
    for instance in &deleted {
        *counts.entry(instance.series_key).or_insert(0) += 1;
    }
    if !deleted.is_empty() {
        count_again(connection, study_key, &counts)?;
        if instance.is_some() {
            crate::descriptors::lost_slices(connection, &Vec::from_iter(counts.into_keys()))?;
        }
    }
    Ok(deleted)
}

/// What a row of a study says of its series and instances is counted anew: what was removed may have been the last of
/// its modality. `removed` says how many instances of which series. Diesel has no ARRAY(SELECT …).
fn count_again(connection: &mut PgConnection, study_key: i64, removed: &BTreeMap<i64, i32>) -> QueryResult<()> {
    for (series_key, count) in removed {
        diesel::update(series::table.find(series_key))
            .set(series::number_of_series_related_instances.eq(series::number_of_series_related_instances - count))
            .execute(connection)?;
    }
    let emptied = series::series_key.eq_any(removed.keys()).and(series::number_of_series_related_instances.eq(0));
    diesel::delete(series::table.filter(emptied)).execute(connection)?;
    diesel::sql_query(
        "UPDATE studies SET updated_at = now(),
            number_of_study_related_instances = number_of_study_related_instances - $2,
            number_of_study_related_series = (SELECT count(*) FROM series WHERE study_key = $1),
            modalities_in_study = ARRAY(SELECT DISTINCT modality COLLATE \"C\" FROM series
                WHERE study_key = $1 AND modality IS NOT NULL ORDER BY 1),
            sop_classes_in_study = ARRAY(SELECT DISTINCT sop_class_uid COLLATE \"C\" FROM series
                JOIN instances USING (series_key) WHERE study_key = $1 ORDER BY 1)
         WHERE study_key = $1",
    )
    .bind::<BigInt, _>(study_key)
    .bind::<Integer, _>(removed.values().sum::<i32>())
    .execute(connection)?;
    let empty = studies::study_key.eq(study_key).and(studies::number_of_study_related_instances.eq(0));
    diesel::delete(studies::table.filter(empty)).execute(connection)?;
    Ok(())
}

/// Removes instances from the identity database, and the series, studies and patients that nothing refers to without
/// them. In a transaction of its own.
///
/// The rows above are locked before it is asked whether they are empty, in the order in which a store locks them: a
/// store that has them keeps them, one that comes later makes them anew.
pub fn remove_identity(connection: &mut PgConnection, sop_instance_uids: &[String]) -> QueryResult<()> {
    connection.transaction(|connection| {
        let headers = instance_headers::table.filter(instance_headers::sop_instance_uid.eq_any(sop_instance_uids));
        let names = (instance_headers::study_instance_uid, instance_headers::series_instance_uid);
        let above: Vec<(String, String)> = headers.clone().select(names).distinct().load(connection)?;
        let (of_studies, of_series): (Vec<String>, Vec<String>) = above.into_iter().unzip();
        lock_above(connection, &of_studies, &of_series)?;
        diesel::delete(headers).execute(connection)?;
        remove_empty(connection, &of_studies, &of_series)?;
        pseudonyms::forget(connection, "instance", sop_instance_uids)
    })
}

fn lock_above(connection: &mut PgConnection, of_studies: &[String], of_series: &[String]) -> QueryResult<()> {
    study_identities::table
        .filter(study_identities::study_instance_uid.eq_any(of_studies))
        .order(study_identities::study_instance_uid)
        .select(study_identities::study_instance_uid)
        .for_update()
        .execute(connection)?;
    let name = (series_identities::series_instance_uid, series_identities::study_instance_uid);
    series_identities::table
        .filter(series_identities::series_instance_uid.eq_any(of_series))
        .filter(series_identities::study_instance_uid.eq_any(of_studies))
        .order(name)
        .select(name)
        .for_update()
        .execute(connection)?;
    Ok(())
}

fn remove_empty(connection: &mut PgConnection, of_studies: &[String], of_series: &[String]) -> QueryResult<()> {
    let headers = instance_headers::table
        .filter(instance_headers::study_instance_uid.eq(series_identities::study_instance_uid))
        .filter(instance_headers::series_instance_uid.eq(series_identities::series_instance_uid));
    let emptied_series: Vec<String> = diesel::delete(
        series_identities::table
            .filter(series_identities::series_instance_uid.eq_any(of_series))
            .filter(series_identities::study_instance_uid.eq_any(of_studies))
            .filter(not(exists(headers))),
    )
    .returning(series_identities::series_instance_uid)
    .get_results(connection)?;
    let series =
        series_identities::table.filter(series_identities::study_instance_uid.eq(study_identities::study_instance_uid));
    let emptied: Vec<(uuid::Uuid, (String, Option<String>))> = diesel::delete(
        study_identities::table
            .filter(study_identities::study_instance_uid.eq_any(of_studies))
            .filter(not(exists(series))),
    )
    .returning((
        study_identities::patient_key,
        (study_identities::study_instance_uid, study_identities::accession_number),
    ))
    .get_results(connection)?;
    let (of_patients, studies): (Vec<uuid::Uuid>, Vec<_>) = emptied.into_iter().unzip();
    let (studies, numbers): (Vec<String>, Vec<Option<String>>) = studies.into_iter().unzip();
    let of_patients = patients::table.filter(patients::patient_key.eq_any(of_patients));
    of_patients.clone().order(patients::patient_key).select(patients::patient_key).for_update().execute(connection)?;
    let of_patient = study_identities::table.filter(study_identities::patient_key.eq(patients::patient_key));
    let patients: Vec<uuid::Uuid> = diesel::delete(of_patients.filter(not(exists(of_patient))))
        .returning(patients::patient_key)
        .get_results(connection)?;
    let patients: Vec<String> = patients.iter().map(uuid::Uuid::to_string).collect();
    let numbers: Vec<String> = numbers.into_iter().flatten().collect();
    for (kind, gone) in [("series", emptied_series), ("study", studies), ("accession", numbers), ("patient", patients)]
    {
        pseudonyms::forget(connection, kind, &gone)?;
    }
    Ok(())
}
