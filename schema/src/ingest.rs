//! Rows of a store, many instances at a time.
//!
//! Several processes may store the first instances of one patient, study or series at once: the unique constraints
//! settle who makes the row, and the others use it. All of them lock in one order, so that none waits for another in a
//! circle: studies (when there are several series), instances as they are inserted, studies, series; each in order of UID.
//!
//! Most instances come into a series that is there: a lone one costs each database one statement, planned once.
//!
//! The attributes of a patient, study or series are those of the instance that came first; instances that come later
//! and say otherwise change nothing but the counts, the modalities and the SOP classes.

mod alone;
mod first;
mod headers;
mod homes;
mod identity;
mod index;
mod instances;
mod remove;

use std::slice::from_ref;

use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use crate::audit::AuditRow;
use crate::documents::Documents;

pub use headers::differing_headers;
pub use identity::{Identified, write_identity};
pub use index::write_index;
pub use remove::{Deleted, delete, remove_identity, remove_index};

/// Inserts rows that are not there yet. Diesel prepares the INSERT of one row once a connection, that of several rows
/// anew each time: objects that come alone are many, and planning costs more than inserting.
macro_rules! insert_missing {
    ($connection:expr, $table:expr, $rows:expr) => {{
        let mut inserted = 0;
        for rows in $rows.chunks($crate::ingest::MOST_ROWS) {
            inserted += match rows {
                [row] => diesel::insert_into($table).values(row).on_conflict_do_nothing().execute($connection)?,
                rows => diesel::insert_into($table).values(rows).on_conflict_do_nothing().execute($connection)?,
            };
        }
        inserted
    }};
    ($connection:expr, $table:expr, $rows:expr, returning $columns:expr => $row:ty) => {{
        let mut inserted: Vec<$row> = Vec::new();
        for rows in $rows.chunks($crate::ingest::MOST_ROWS) {
            let insert = diesel::insert_into($table);
            let made: Vec<$row> = match rows {
                [row] => insert.values(row).on_conflict_do_nothing().returning($columns).get_results($connection)?,
                rows => insert.values(rows).on_conflict_do_nothing().returning($columns).get_results($connection)?,
            };
            inserted.extend(made);
        }
        inserted
    }};
}
pub(crate) use insert_missing;

/// Most rows in one INSERT: a statement has at most 65,535 parameters.
const MOST_ROWS: usize = 1000;

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
        /// Its Transfer Syntax UID.
        transfer_syntax_uid: String,
        /// Its file.
        file_path: String,
    },
}

/// Replaces the row (and file) of an instance that exists; gives the path of the file that is now nobody's.
///
/// `line` goes to the audit trail. In the caller's transaction. The instance may move to another study or series; a study
/// or series that is empty without it goes.
pub fn replace_index(
    connection: &mut PgConnection,
    instance: &NewInstance,
    patient: Uuid,
    line: &AuditRow,
) -> QueryResult<String> {
    let removed = remove_index(connection, &instance.sop_instance_uid)?;
    let identified = Identified { patients: vec![patient], homes_are_new: false, headers_are_new: false };
    let written = write_index(connection, from_ref(instance), &identified, from_ref(line))?;
    match (removed, written.as_slice()) {
        (Some(path), [Written::New]) => Ok(path),
        // Somebody removed it before us, or stored it after we removed it: the caller's transaction has nothing to keep.
        _ => Err(diesel::result::Error::NotFound),
    }
}

/// Replaces the identity rows of an instance that exists.
pub fn replace_identity(connection: &mut PgConnection, instance: &NewInstance) -> QueryResult<Uuid> {
    use diesel::Connection;
    connection.transaction(|connection| {
        remove_identity(connection, from_ref(&instance.sop_instance_uid))?;
        let identified = write_identity(connection, from_ref(instance))?;
        identified.patients.into_iter().next().ok_or(diesel::result::Error::NotFound)
    })
}
