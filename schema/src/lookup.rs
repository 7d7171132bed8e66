//! Rows by UID, for retrieval and for `pacs verify`.

use diesel::{PgConnection, QueryResult};

/// What the index knows of a stored instance.
#[derive(Debug, Clone)]
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

/// Instances of a study, series or one instance, ordered by series number, series, instance number, instance.
pub fn instances(
    connection: &mut PgConnection,
    study: &str,
    series: Option<&str>,
    instance: Option<&str>,
) -> QueryResult<Vec<InstanceRow>> {
    let _ = (connection, study, series, instance);
    todo!()
}

/// The frame index of one instance.
pub fn frame_index(connection: &mut PgConnection, instance_key: i64) -> QueryResult<Vec<u8>> {
    let _ = (connection, instance_key);
    todo!()
}

/// Compressed metadata by SOP Instance UID (identity database).
pub fn metadata(
    connection: &mut PgConnection,
    study: &str,
    series: Option<&str>,
    instance: Option<&str>,
) -> QueryResult<Vec<(String, Vec<u8>)>> {
    let _ = (connection, study, series, instance);
    todo!()
}

/// A page of all instances in order of instance_key, after `after`; for verification.
pub fn page(connection: &mut PgConnection, after: i64, limit: i64) -> QueryResult<Vec<InstanceRow>> {
    let _ = (connection, after, limit);
    todo!()
}
