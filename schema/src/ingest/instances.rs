//! Instances, and the counts that the rows of their series and studies carry.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};
use serde_json::Value;

use super::{NewInstance, Written, insert_missing};
use crate::element;
use crate::index::{instances, series, studies};

/// The rows above an instance.
pub(super) struct Home {
    pub(super) study_key: i64,
    pub(super) series_key: i64,
    /// Whether this transaction has made the series.
    pub(super) series_made: bool,
}

#[derive(Insertable)]
#[diesel(table_name = instances)]
struct NewRow<'a> {
    series_key: i64,
    sop_instance_uid: &'a str,
    sop_class_uid: &'a str,
    instance_number: Option<i32>,
    rows: Option<i32>,
    columns_: Option<i32>,
    bits_allocated: Option<i32>,
    number_of_frames: Option<i32>,
    transfer_syntax_uid: &'a str,
    storage_node_id: i64,
    file_path: &'a str,
    file_size: i64,
    data_set_start: i64,
    digest: &'a [u8],
    frame_index: &'a [u8],
    frame_count: i32,
    kind: &'a str,
    attributes: Value,
}

impl<'a> NewRow<'a> {
    fn new(instance: &'a NewInstance, series_key: i64) -> Self {
        let document = &instance.documents.instance;
        Self {
            series_key,
            sop_instance_uid: &instance.sop_instance_uid,
            sop_class_uid: &instance.sop_class_uid,
            instance_number: element::integer(document, "00200013"),
            rows: element::integer(document, "00280010"),
            columns_: element::integer(document, "00280011"),
            bits_allocated: element::integer(document, "00280100"),
            number_of_frames: element::integer(document, "00280008"),
            transfer_syntax_uid: &instance.transfer_syntax_uid,
            storage_node_id: instance.storage_node_id,
            file_path: &instance.file_path,
            file_size: instance.file_size,
            data_set_start: instance.data_set_start,
            digest: &instance.digest,
            frame_index: &instance.frame_index,
            frame_count: instance.frame_count,
            kind: instance.kind,
            attributes: Value::Object(document.clone()),
        }
    }
}

/// Inserts instances in order of UID; gives the numbers of those that are new.
pub(super) fn write_instances(
    connection: &mut PgConnection,
    wanted: &[NewInstance],
    homes: &[Home],
) -> QueryResult<BTreeSet<usize>> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, instance) in wanted.iter().enumerate() {
        numbers.entry(&instance.sop_instance_uid).or_insert(number);
    }
    let rows: Vec<NewRow> =
        numbers.values().map(|number| NewRow::new(&wanted[*number], homes[*number].series_key)).collect();
    let inserted = insert_missing!(connection, instances::table, rows, returning instances::sop_instance_uid => String);
    Ok(inserted.iter().filter_map(|uid| numbers.get(uid.as_str()).copied()).collect())
}

/// What the new instances add to a study.
#[derive(Default)]
struct Gain<'a> {
    series: i32,
    instances: i32,
    modalities: BTreeSet<String>,
    sop_classes: BTreeSet<&'a str>,
}

/// Brings counts, modalities and SOP classes up to date, and takes back series and studies made for nothing.
pub(super) fn count(
    connection: &mut PgConnection,
    wanted: &[NewInstance],
    homes: &[Home],
    new: &BTreeSet<usize>,
) -> QueryResult<()> {
    let mut by_series: BTreeMap<i64, i32> = BTreeMap::new();
    let mut by_study: BTreeMap<i64, Gain> = BTreeMap::new();
    for number in new {
        let (home, instance) = (&homes[*number], &wanted[*number]);
        let count = by_series.entry(home.series_key).or_default();
        let gain = by_study.entry(home.study_key).or_default();
        gain.series += i32::from(*count == 0 && home.series_made);
        gain.instances += 1;
        gain.modalities.extend(element::text(&instance.documents.series, "00080060"));
        gain.sop_classes.insert(&instance.sop_class_uid);
        *count += 1;
    }
    let idle: BTreeSet<i64> = homes
        .iter()
        .filter(|home| home.series_made && !by_series.contains_key(&home.series_key))
        .map(|home| home.series_key)
        .collect();
    count_series(connection, by_series)?;
    count_studies(connection, by_study)?;
    if idle.is_empty() {
        return Ok(());
    }
    diesel::delete(series::table.filter(series::series_key.eq_any(idle))).execute(connection)?;
    let studies_touched: BTreeSet<i64> = homes.iter().map(|home| home.study_key).collect();
    let empty = studies::study_key.eq_any(studies_touched).and(studies::number_of_study_related_instances.eq(0));
    diesel::delete(studies::table.filter(empty)).execute(connection)?;
    Ok(())
}

/// Diesel's UPDATE has no FROM, without which each row would be a statement of its own.
fn count_series(connection: &mut PgConnection, gains: BTreeMap<i64, i32>) -> QueryResult<()> {
    if gains.is_empty() {
        return Ok(());
    }
    let (keys, counts): (Vec<i64>, Vec<i32>) = gains.into_iter().unzip();
    if let ([key], [count]) = (&keys[..], &counts[..]) {
        let total = series::number_of_series_related_instances;
        diesel::update(series::table.find(key))
            .set((series::updated_at.eq(diesel::dsl::now), total.eq(total + count)))
            .execute(connection)?;
        return Ok(());
    }
    if keys.len() > 1 {
        let locked = series::table.filter(series::series_key.eq_any(&keys)).order(series::series_key);
        locked.select(series::series_key).for_no_key_update().execute(connection)?;
    }
    diesel::sql_query(
        "UPDATE series SET updated_at = now(),
            number_of_series_related_instances = number_of_series_related_instances + gain.instances
         FROM unnest($1, $2) AS gain (series_key, instances) WHERE series.series_key = gain.series_key",
    )
    .bind::<Array<BigInt>, _>(keys)
    .bind::<Array<Integer>, _>(counts)
    .execute(connection)?;
    Ok(())
}

/// As [`count_series`]. Lists travel as text with a separator that UIDs and modalities do not hold, because an array of
/// arrays would have to be rectangular.
fn count_studies(connection: &mut PgConnection, gains: BTreeMap<i64, Gain<'_>>) -> QueryResult<()> {
    if gains.is_empty() {
        return Ok(());
    }
    if gains.len() == 1 && count_known_study(connection, &gains)? {
        return Ok(());
    }
    let keys: Vec<i64> = gains.keys().copied().collect();
    if keys.len() > 1 {
        let locked = studies::table.filter(studies::study_key.eq_any(&keys)).order(studies::study_key);
        locked.select(studies::study_key).for_no_key_update().execute(connection)?;
    }
    let join = |texts: Vec<&str>| texts.iter().map(|text| text.replace('\\', " ")).collect::<Vec<_>>().join("\\");
    diesel::sql_query(
        "UPDATE studies SET updated_at = now(),
            number_of_study_related_series = number_of_study_related_series + gain.series,
            number_of_study_related_instances = number_of_study_related_instances + gain.instances,
            modalities_in_study = ARRAY(SELECT DISTINCT modality COLLATE \"C\" FROM
                unnest(modalities_in_study || string_to_array(gain.modalities, E'\\\\')) AS modality ORDER BY 1),
            sop_classes_in_study = ARRAY(SELECT DISTINCT sop_class COLLATE \"C\" FROM
                unnest(sop_classes_in_study || string_to_array(gain.sop_classes, E'\\\\')) AS sop_class ORDER BY 1)
         FROM unnest($1, $2, $3, $4, $5) AS gain (study_key, series, instances, modalities, sop_classes)
         WHERE studies.study_key = gain.study_key",
    )
    .bind::<Array<BigInt>, _>(keys)
    .bind::<Array<Integer>, _>(gains.values().map(|gain| gain.series).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(gains.values().map(|gain| gain.instances).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(
        gains.values().map(|gain| join(gain.modalities.iter().map(String::as_str).collect())).collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(
        gains.values().map(|gain| join(gain.sop_classes.iter().copied().collect())).collect::<Vec<_>>(),
    )
    .execute(connection)?;
    Ok(())
}

/// Most instances bring a study nothing but themselves: a statement that is prepared once. False when there is more.
fn count_known_study(connection: &mut PgConnection, gains: &BTreeMap<i64, Gain<'_>>) -> QueryResult<bool> {
    let Some((key, gain)) = gains.first_key_value() else { return Ok(true) };
    let (in_series, in_study) = (studies::number_of_study_related_series, studies::number_of_study_related_instances);
    let known = studies::table
        .find(key)
        .filter(studies::modalities_in_study.contains(gain.modalities.iter().collect::<Vec<_>>()))
        .filter(studies::sop_classes_in_study.contains(gain.sop_classes.iter().collect::<Vec<_>>()));
    let updated = diesel::update(known)
        .set((
            studies::updated_at.eq(diesel::dsl::now),
            in_series.eq(in_series + gain.series),
            in_study.eq(in_study + gain.instances),
        ))
        .execute(connection)?;
    Ok(updated == 1)
}

/// What became of each instance, in order.
pub(super) fn outcomes(
    connection: &mut PgConnection,
    wanted: &[NewInstance],
    new: &BTreeSet<usize>,
) -> QueryResult<Vec<Written>> {
    if new.len() == wanted.len() {
        return Ok(vec![Written::New; wanted.len()]);
    }
    let old = (0..wanted.len()).filter(|number| !new.contains(number));
    let uids: Vec<&str> = old.map(|number| wanted[number].sop_instance_uid.as_str()).collect();
    let rows: Vec<(String, Vec<u8>, String, String, String)> = instances::table
        .inner_join(series::table.inner_join(studies::table))
        .filter(instances::sop_instance_uid.eq_any(uids))
        .select((
            instances::sop_instance_uid,
            instances::digest,
            studies::study_instance_uid,
            instances::transfer_syntax_uid,
            instances::file_path,
        ))
        .load(connection)?;
    let there: HashMap<String, Written> = rows
        .into_iter()
        .map(|(uid, digest, study_instance_uid, transfer_syntax_uid, file_path)| {
            (uid, Written::Exists { digest, study_instance_uid, transfer_syntax_uid, file_path })
        })
        .collect();
    let outcome = |number: usize| match new.contains(&number) {
        true => Ok(Written::New),
        // A row that stood in the way and is gone now was removed meanwhile: the caller may try again.
        false => there.get(&wanted[number].sop_instance_uid).cloned().ok_or(diesel::result::Error::NotFound),
    };
    (0..wanted.len()).map(outcome).collect()
}
