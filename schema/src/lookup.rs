//! Rows by UID, for retrieval and for `pacs verify`.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Binary, Text};

use crate::identity::instance_headers;
use crate::index::{instances, series, studies};

/// What the index knows of a stored instance.
#[derive(Debug, Clone, Queryable)]
#[allow(missing_docs)]
pub struct InstanceRow {
    pub instance_key: i64,
    pub study_instance_uid: String,
    pub series_instance_uid: String,
    pub sop_instance_uid: String,
    pub sop_class_uid: String,
    pub transfer_syntax_uid: String,
    pub storage_node_id: i64,
    pub file_path: String,
    pub file_size: i64,
    pub data_set_start: i64,
    pub digest: Vec<u8>,
    pub frame_count: i32,
    pub stored_at: chrono::DateTime<chrono::Utc>,
}

/// The columns of [`InstanceRow`], in its order.
type Columns = (
    instances::instance_key,
    studies::study_instance_uid,
    series::series_instance_uid,
    instances::sop_instance_uid,
    instances::sop_class_uid,
    instances::transfer_syntax_uid,
    instances::storage_node_id,
    instances::file_path,
    instances::file_size,
    instances::data_set_start,
    instances::digest,
    instances::frame_count,
    instances::stored_at,
);
const ROW: Columns = (
    instances::instance_key,
    studies::study_instance_uid,
    series::series_instance_uid,
    instances::sop_instance_uid,
    instances::sop_class_uid,
    instances::transfer_syntax_uid,
    instances::storage_node_id,
    instances::file_path,
    instances::file_size,
    instances::data_set_start,
    instances::digest,
    instances::frame_count,
    instances::stored_at,
);

/// Instances of a study, series or one instance, ordered by series number, series, instance number, instance.
pub fn instances(
    connection: &mut PgConnection,
    study: &str,
    series: Option<&str>,
    instance: Option<&str>,
) -> QueryResult<Vec<InstanceRow>> {
    let mut rows = instances::table
        .inner_join(series::table.inner_join(studies::table))
        .filter(studies::study_instance_uid.eq(study))
        .select(ROW)
        .order((series::series_number, series::series_key, instances::instance_number, instances::instance_key))
        .into_boxed();
    if let Some(series) = series {
        rows = rows.filter(series::series_instance_uid.eq(series));
    }
    if let Some(instance) = instance {
        rows = rows.filter(instances::sop_instance_uid.eq(instance));
    }
    rows.load(connection)
}

/// Instances of the series of an instance, in order of their numbers, from `before` numbers before its own. None when it
/// has no number.
pub fn neighbours(
    connection: &mut PgConnection,
    instance_key: i64,
    before: i32,
    most: i64,
) -> QueryResult<Vec<InstanceRow>> {
    let place = instances::table.find(instance_key).select((instances::series_key, instances::instance_number));
    let Some((series_key, Some(number))) = place.first::<(i64, Option<i32>)>(connection).optional()? else {
        return Ok(Vec::new());
    };
    instances::table
        .inner_join(series::table.inner_join(studies::table))
        .filter(instances::series_key.eq(series_key))
        .filter(instances::instance_number.ge(number.saturating_sub(before)))
        .select(ROW)
        .order((instances::instance_number, instances::instance_key))
        .limit(most)
        .load(connection)
}

/// The frame index of one instance.
pub fn frame_index(connection: &mut PgConnection, instance_key: i64) -> QueryResult<Vec<u8>> {
    instances::table.find(instance_key).select(instances::frame_index).first(connection)
}

/// The frame indexes of the instances with these keys, in no order.
pub fn frame_indexes(connection: &mut PgConnection, instance_keys: &[i64]) -> QueryResult<Vec<(i64, Vec<u8>)>> {
    instances::table
        .filter(instances::instance_key.eq_any(instance_keys))
        .select((instances::instance_key, instances::frame_index))
        .load(connection)
}

/// Compressed metadata by SOP Instance UID (identity database), in no order.
pub fn metadata(
    connection: &mut PgConnection,
    study: &str,
    series: Option<&str>,
    instance: Option<&str>,
) -> QueryResult<Vec<(String, Vec<u8>)>> {
    let mut rows = instance_headers::table
        .filter(instance_headers::study_instance_uid.eq(study))
        .select((instance_headers::sop_instance_uid, instance_headers::metadata))
        .into_boxed();
    if let Some(series) = series {
        rows = rows.filter(instance_headers::series_instance_uid.eq(series));
    }
    if let Some(instance) = instance {
        rows = rows.filter(instance_headers::sop_instance_uid.eq(instance));
    }
    rows.load(connection)
}

/// The same by SOP Instance UIDs.
pub fn metadata_of(connection: &mut PgConnection, sop_instance_uids: &[String]) -> QueryResult<Vec<(String, Vec<u8>)>> {
    instance_headers::table
        .filter(instance_headers::sop_instance_uid.eq_any(sop_instance_uids))
        .select((instance_headers::sop_instance_uid, instance_headers::metadata))
        .load(connection)
}

diesel::define_sql_function! {
    /// Number of bytes, which are not read for it.
    fn octet_length(bytes: Binary) -> Integer;
}

/// Bytes of compressed metadata by SOP Instance UID (identity database), in no order.
pub fn metadata_sizes(
    connection: &mut PgConnection,
    study: &str,
    series: Option<&str>,
) -> QueryResult<Vec<(String, i32)>> {
    let mut rows = instance_headers::table
        .filter(instance_headers::study_instance_uid.eq(study))
        .select((instance_headers::sop_instance_uid, octet_length(instance_headers::metadata)))
        .into_boxed();
    if let Some(series) = series {
        rows = rows.filter(instance_headers::series_instance_uid.eq(series));
    }
    rows.load(connection)
}

/// A page of all instances in order of instance_key, after `after`; for verification.
pub fn page(connection: &mut PgConnection, after: i64, limit: i64) -> QueryResult<Vec<InstanceRow>> {
    instances::table
        .inner_join(series::table.inner_join(studies::table))
        .filter(instances::instance_key.gt(after))
        .order(instances::instance_key)
        .limit(limit)
        .select(ROW)
        .load(connection)
}

/// A page of the SOP Instance UIDs of the identity database in order, after `after`; for verification.
pub fn identity_page(connection: &mut PgConnection, after: &str, limit: i64) -> QueryResult<Vec<String>> {
    instance_headers::table
        .filter(instance_headers::sop_instance_uid.gt(after))
        .order(instance_headers::sop_instance_uid)
        .limit(limit)
        .select(instance_headers::sop_instance_uid)
        .load(connection)
}

/// Which of these SOP Instance UIDs have a row in the index.
pub fn known_instances(connection: &mut PgConnection, sop_instance_uids: &[String]) -> QueryResult<Vec<String>> {
    instances::table
        .filter(instances::sop_instance_uid.eq_any(sop_instance_uids))
        .select(instances::sop_instance_uid)
        .load(connection)
}

/// Which of these SOP Instance UIDs have a header in the identity database.
pub fn known_headers(connection: &mut PgConnection, sop_instance_uids: &[String]) -> QueryResult<Vec<String>> {
    instance_headers::table
        .filter(instance_headers::sop_instance_uid.eq_any(sop_instance_uids))
        .select(instance_headers::sop_instance_uid)
        .load(connection)
}

/// What the index knows of these SOP Instance UIDs, in no order.
pub fn by_uids(connection: &mut PgConnection, sop_instance_uids: &[String]) -> QueryResult<Vec<InstanceRow>> {
    instances::table
        .inner_join(series::table.inner_join(studies::table))
        .filter(instances::sop_instance_uid.eq_any(sop_instance_uids))
        .select(ROW)
        .load(connection)
}

/// Numbers of series and instances of those studies that are here, by Study Instance UID.
pub fn arrived(connection: &mut PgConnection, study_instance_uids: &[&str]) -> QueryResult<Vec<(String, i32, i32)>> {
    studies::table
        .filter(studies::study_instance_uid.eq_any(study_instance_uids))
        .select((
            studies::study_instance_uid,
            studies::number_of_study_related_series,
            studies::number_of_study_related_instances,
        ))
        .load(connection)
}

/// A series that has instances.
#[derive(Debug, Clone, Queryable)]
#[allow(missing_docs)]
pub struct ArrivedSeries {
    pub study_instance_uid: String,
    pub series_instance_uid: String,
    pub modality: Option<String>,
    /// When its last instance was stored.
    pub updated_at: chrono::DateTime<chrono::Utc>,
}

/// The series of studies that have instances.
pub fn arrived_series(connection: &mut PgConnection, study_instance_uids: &[&str]) -> QueryResult<Vec<ArrivedSeries>> {
    series::table
        .inner_join(studies::table)
        .filter(studies::study_instance_uid.eq_any(study_instance_uids))
        .filter(series::number_of_series_related_instances.gt(0))
        .select((studies::study_instance_uid, series::series_instance_uid, series::modality, series::updated_at))
        .load(connection)
}

/// Whether there is a series of any of these modalities.
pub fn holds_modality(connection: &mut PgConnection, modalities: &[&str]) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(series::table.filter(series::modality.eq_any(modalities))))
        .get_result(connection)
}

/// What the index knows of the instances with these keys, in no order.
pub fn by_keys(connection: &mut PgConnection, keys: &[i64]) -> QueryResult<Vec<InstanceRow>> {
    instances::table
        .inner_join(series::table.inner_join(studies::table))
        .filter(instances::instance_key.eq_any(keys))
        .select(ROW)
        .load(connection)
}

/// What names a state of a study or series: it changes whenever an instance of it is stored, replaced or deleted. `None`
/// when there is no such object. Diesel has no system columns.
pub fn state(connection: &mut PgConnection, study: &str, series: Option<&str>) -> QueryResult<Option<String>> {
    let of_study = "SELECT st.study_key || '/' || st.xmin AS state FROM studies st WHERE st.study_instance_uid = $1";
    let of_series = "SELECT se.series_key || '/' || se.xmin AS state FROM series se JOIN studies st USING (study_key)
        WHERE st.study_instance_uid = $1 AND se.series_instance_uid = $2";
    let found: Option<State> = match series {
        None => sql_query(of_study).bind::<Text, _>(study).get_result(connection).optional()?,
        Some(series) => {
            sql_query(of_series).bind::<Text, _>(study).bind::<Text, _>(series).get_result(connection).optional()?
        }
    };
    Ok(found.map(|found| found.state))
}

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = Text)]
    state: String,
}
