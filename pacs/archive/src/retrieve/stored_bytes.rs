//! Stored bytes for who can pass on a file without looking into it.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::Content;
use crate::{Error, node};

/// A part of a stored file, open. Positions in it count from its first byte.
pub struct StoredBytes {
    file: Arc<File>,
    range: Range<u64>,
}

impl StoredBytes {
    /// Part of a file.
    ///
    /// # Errors
    /// `Damaged` when there is nothing, or when the file ends before.
    pub(super) fn new(file: File, range: Range<u64>) -> Result<Self, Error> {
        if range.is_empty() {
            return Err(Error::Damaged("the stored object is empty".to_owned()));
        }
        if file.metadata().map_err(node::read_failure)?.len() < range.end {
            return Err(Error::Damaged("the file of the stored object is too short".to_owned()));
        }
        Ok(Self { file: Arc::new(file), range })
    }

    /// Its length in bytes, at least one.
    pub fn length(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where a part of it lies in the file. What goes past the end is cut off.
    pub fn within_file(&self, part: Range<u64>) -> Range<u64> {
        let place = |position: u64| self.range.end.min(self.range.start.saturating_add(position));
        place(part.start)..place(part.end)
    }

    /// Whether a part of it can be read without waiting for the disk.
    pub fn is_at_hand(&self, part: Range<u64>) -> bool {
        node::is_at_hand(&self.file, &self.within_file(part))
    }

    /// Reads a part of it, waiting for the disk.
    ///
    /// # Errors
    /// `Damaged` or `Unavailable`, as the disk has it.
    pub async fn read(&self, part: Range<u64>) -> Result<Bytes, Error> {
        node::read(&self.file, self.within_file(part)).await
    }

    /// All of it, in pieces.
    pub fn content(self) -> Content {
        node::ranges(self.file, vec![self.range])
    }

    /// Has the disk asked for what comes first.
    pub(super) async fn read_ahead(&self) -> Result<(), Error> {
        node::read_ahead(&self.file, &self.range).await
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[tokio::test]
    async fn gives_parts_of_a_part() {
        let stored = StoredBytes::new(file(b"0123456789"), 2..9).unwrap();
        assert_eq!(stored.length(), 7);
        assert_eq!(stored.within_file(1..3), 3..5);
        assert_eq!(stored.within_file(5..100), 7..9);
        stored.read_ahead().await.unwrap();
        assert_eq!(stored.read(1..3).await.unwrap(), b"34"[..]);
        assert!(stored.is_at_hand(0..7), "it was just written");
        assert_eq!(super::super::collected(stored.content()).await.unwrap(), b"2345678"[..]);
    }

    #[test]
    fn says_when_the_file_is_shorter_than_its_row_says() {
        for range in [2..11, 3..3] {
            assert!(matches!(StoredBytes::new(file(b"0123456789"), range), Err(Error::Damaged(_))));
        }
    }
}
