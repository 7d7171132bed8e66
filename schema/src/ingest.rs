//! Rows of a store, many instances at a time.

use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use crate::documents::Documents;

/// One stored object on its way into both databases.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewInstance {
    pub study_instance_uid: String,
    pub series_instance_uid: String,
    pub sop_instance_uid: String,
    pub sop_class_uid: String,
    pub transfer_syntax_uid: String,
    pub documents: Documents,
    /// DICOM JSON of the whole header, zstd-compressed (identity: instance_headers).
    pub metadata: Vec<u8>,
    pub storage_node_id: i64,
    pub file_path: String,
    pub file_size: i64,
    pub data_set_start: i64,
    pub digest: Vec<u8>,
    pub frame_index: Vec<u8>,
    pub frame_count: i32,
    /// tomogram, radiogram, ultrasound, other
    pub kind: &'static str,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A new row.
    New,
    /// There is a row of this SOP Instance UID; nothing was changed.
    Exists {
        /// Its digest.
        digest: Vec<u8>,
        /// Its Study Instance UID.
        study_instance_uid: String,
        /// Its file.
        file_path: String,
    },
}

/// Writes patients, study, series and instance identities: what is there stays, what is missing is added. Gives each instance's patient_key.
pub fn write_identity(connection: &mut PgConnection, instances: &[NewInstance]) -> QueryResult<Vec<Uuid>> {
    let _ = (connection, instances);
    todo!()
}

/// Writes studies, series and instances and brings the counts of their rows up to date, in the caller's transaction.
pub fn write_index(
    connection: &mut PgConnection,
    instances: &[NewInstance],
    patients: &[Uuid],
) -> QueryResult<Vec<Written>> {
    let _ = (connection, instances, patients);
    todo!()
}

/// Replaces the row (and file) of an instance that exists; gives the path of the file that is now nobody's.
pub fn replace_index(connection: &mut PgConnection, instance: &NewInstance, patient: Uuid) -> QueryResult<String> {
    let _ = (connection, instance, patient);
    todo!()
}
/// Replaces the identity rows of an instance that exists.
pub fn replace_identity(connection: &mut PgConnection, instance: &NewInstance) -> QueryResult<Uuid> {
    let _ = (connection, instance);
    todo!()
}
