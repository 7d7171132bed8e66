//! Storage nodes: where the bytes are.
//!
//! A local node is a folder that is used through the operating system directly. Nothing in it is ever overwritten: each
//! receipt gets a file of its own, which is complete and on the disk before a row names it.
//!
//! ```text
//! node.uuid                     which node this is, wherever the folder is moved
//! incoming/<process>/<n>.part   objects on their way in; the folder is locked while its process lives
//! objects/<ab>/<c>/<uuid>.dcm   received objects; <ab>/<c> is a hash of the Series Instance UID
//! objects/…/<uuid>.dcm.copy64   small copies of them, for searches by likeness
//! orphans/<uuid>.dcm            objects that no row names, set aside by `pacs verify`
//! ```

mod block;
mod content;
mod draft;
mod inflate;
mod local;
mod memory;
mod opened;
mod piece;
mod placed;
mod receipt;
mod stored;
mod written;

pub(crate) use content::{CHUNK, fragments, ranges, read_ahead};
pub(crate) use inflate::{inflated, source as inflating};
pub(crate) use local::LocalNode;
pub(crate) use opened::OpenFile;
pub(crate) use placed::Placed;
pub(crate) use receipt::Receipt;
pub use stored::Stored;

use std::io;

use crate::Error;

/// What a failed write means to the archive.
pub(crate) fn write_failure(error: io::Error) -> Error {
    if is_full(&error) {
        return Error::OutOfResources;
    }
    Error::Unavailable("the storage node", Some(Box::new(error)))
}

/// What a failed read means to the archive.
pub(crate) fn read_failure(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::Damaged("the file of the stored object is missing".to_owned()),
        io::ErrorKind::UnexpectedEof => Error::Damaged("the file of the stored object is too short".to_owned()),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Error::Damaged("the stored object cannot be inflated".to_owned())
        }
        _ => Error::Unavailable("the storage node", Some(Box::new(error))),
    }
}

/// Whether `error` says that there is no room: no blocks, no quota, or past the longest file.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG))
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    let named = || io::Error::new(error.kind(), error.to_string());
    error.raw_os_error().map_or_else(named, io::Error::from_raw_os_error)
}
