//! Compressed metadata on their way from the identity database: all of a scope at once when they are few, else so many bytes
//! at a time.

use std::collections::HashMap;

use bytes::Bytes;

use super::super::{Scope, StoredInstance};
use super::Member;
use crate::{Archive, Error};

/// Most bytes of compressed metadata that are held of a scope.
const AT_ONCE: u64 = 8 << 20;
/// Most bytes of compressed metadata, and instances, that are read at once of a larger one.
const LOAD_BYTES: u64 = 2 << 20;
const LOAD: usize = 1_000;
/// Most bytes of decompressed metadata, and instances, that are held at once; one instance at least.
const PAGE_BYTES: usize = 1 << 20;
const PAGE: usize = 64;
/// Longest metadata of one instance. What a store writes is bounded by the reader's limits; this guards against a
/// damaged row.
pub(super) const LONGEST: usize = 512 << 20;

/// The compressed metadata of an instance.
#[derive(Debug, Clone)]
pub(super) enum Header {
    /// They were read.
    Here(Bytes),
    /// They are in the database under this SOP Instance UID, so many bytes.
    There(String, u64),
}

/// An instance with its compressed metadata.
pub(super) type Loaded = (StoredInstance, Bytes);

impl Archive {
    /// The headers of a scope by SOP Instance UID.
    pub(super) async fn headers(&self, scope: &Scope) -> Result<HashMap<String, Header>, Error> {
        let wanted = scope.clone();
        self.with_identity(move |connection| {
            let (study, series, instance) = wanted.texts();
            let sizes = match instance {
                Some(_) => Vec::new(),
                None => schema::lookup::metadata_sizes(connection, study, series)?,
            };
            let there = sizes.into_iter().map(|(uid, size)| (uid, u64::try_from(size).unwrap_or(0)));
            let there: Vec<(String, u64)> = there.collect();
            if there.iter().map(|(_, size)| size).sum::<u64>() > AT_ONCE {
                return Ok(there.into_iter().map(|(uid, size)| (uid.clone(), Header::There(uid, size))).collect());
            }
            let here = schema::lookup::metadata(connection, study, series, instance)?;
            Ok(here.into_iter().map(|(uid, header)| (uid, Header::Here(header.into()))).collect())
        })
        .await
    }

    /// Reads those that were not.
    pub(super) async fn loaded(&self, load: Vec<Member>) -> Result<Vec<Loaded>, Error> {
        let wanted: Vec<String> = load.iter().filter_map(|(_, header)| header.uid()).map(str::to_owned).collect();
        let mut read: HashMap<String, Bytes> = HashMap::new();
        if !wanted.is_empty() {
            let rows = self.with_identity(move |connection| schema::lookup::metadata_of(connection, &wanted));
            read.extend(rows.await?.into_iter().map(|(uid, header)| (uid, header.into())));
        }
        let mut loaded = Vec::with_capacity(load.len());
        for (instance, header) in load {
            let found = match header {
                Header::Here(header) => Some(header),
                Header::There(uid, _) => read.remove(&uid),
            };
            let header = match found {
                Some(header) => header,
                // It is treated later, as the others are.
                None => self.lost_header(&StoredInstance { disguise: None, ..instance.clone() }).await?,
            };
            loaded.push((instance, header));
        }
        Ok(loaded)
    }
}

impl Header {
    fn uid(&self) -> Option<&str> {
        match self {
            Self::Here(_) => None,
            Self::There(uid, _) => Some(uid),
        }
    }

    /// Bytes that are still to be read.
    fn size(&self) -> u64 {
        match self {
            Self::Here(_) => 0,
            Self::There(_, size) => *size,
        }
    }
}

/// Members in groups that are read at once.
pub(super) fn loads(members: Vec<Member>) -> Vec<Vec<Member>> {
    grouped(members, LOAD, LOAD_BYTES, |(_, header)| header.size())
}

/// Members in groups that are decompressed at once.
pub(super) fn pages(load: Vec<Loaded>) -> Vec<Vec<Loaded>> {
    grouped(load, PAGE, PAGE_BYTES as u64, |(_, header)| inflated(header) as u64)
}

/// How long a header is when it is decompressed.
pub(super) fn inflated(header: &[u8]) -> usize {
    let length = zstd::zstd_safe::get_frame_content_size(header).ok().flatten().unwrap_or(0);
    usize::try_from(length).unwrap_or(usize::MAX).min(LONGEST)
}

/// Whether a header is decompressed as it is taken, not at once.
pub(super) fn is_long(header: &[u8]) -> bool {
    inflated(header) > PAGE_BYTES
}

/// In order, groups of so many and of so many bytes; one at least in each.
fn grouped<T>(all: Vec<T>, most: usize, most_bytes: u64, bytes_of: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0_u64;
    for one in all {
        let size = bytes_of(&one);
        bytes = bytes.saturating_add(size);
        match groups.last_mut() {
            Some(group) if group.len() < most && bytes <= most_bytes => group.push(one),
            _ => {
                bytes = size;
                groups.push(vec![one]);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(sizes: &[u64]) -> Vec<Vec<u64>> {
        grouped(sizes.to_vec(), 3, 10, |size| *size)
    }

    #[test]
    fn groups_are_bounded_by_number_and_by_bytes() {
        assert_eq!(groups(&[0; 4]), [vec![0; 3], vec![0]]);
        assert_eq!(groups(&[4, 4, 4, 30, 1, 9, 1]), [vec![4, 4], vec![4], vec![30], vec![1, 9], vec![1]]);
        assert!(groups(&[]).is_empty());
        assert_eq!(groups(&[u64::MAX, u64::MAX]), [[u64::MAX], [u64::MAX]]);
    }

    #[test]
    fn knows_how_long_a_header_is_when_it_is_decompressed() {
        let header = zstd::bulk::compress(&[b' '; 100_000], 1).expect("it is compressed");
        assert_eq!(inflated(&header), 100_000);
        assert_eq!(inflated(b"nothing that was compressed"), 0);
    }
}
