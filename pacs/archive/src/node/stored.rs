//! Bytes of a stored file that go out as they are.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::OpenFile;
use super::content::range_and;
use crate::retrieve::Content;

/// Most that is taken at once.
const MOST: u64 = 1 << 20;

/// A range of a stored file, for who can have the kernel send it. Nothing in a storage node is ever overwritten: what is
/// on its way stays what it was.
pub struct Stored {
    file: Arc<OpenFile>,
    range: Range<u64>,
}

impl Stored {
    pub(crate) fn new(file: Arc<OpenFile>, range: Range<u64>) -> Self {
        Self { file, range }
    }

    /// The file that it lies in.
    pub fn file(&self) -> &Arc<File> {
        self.file.file()
    }

    /// How many bytes are left of it.
    pub fn length(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Takes from its front what can be read without waiting for the disk, 1 MiB at most; nothing where the disk has to
    /// be waited for.
    pub fn take_at_hand(&mut self) -> Range<u64> {
        let Range { start, end } = self.range;
        self.range.start += self.file.at_hand(&(start..end.min(start.saturating_add(MOST))));
        start..self.range.start
    }

    /// What is left, read in pieces, and in one with its end what comes after it, of much less than a piece.
    pub fn content_and(self, after: Bytes) -> Content {
        range_and(self.file.file().clone(), self.range, after)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use futures_util::TryStreamExt;

    use super::*;

    fn open(file: File) -> Arc<OpenFile> {
        Arc::new(OpenFile::new(file))
    }

    #[tokio::test]
    async fn takes_what_is_at_hand_and_reads_the_rest() {
        let bytes: Vec<u8> = (0..3 << 20).map(|i: u32| (i / 3) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let mut stored = Stored::new(open(file), 5..bytes.len() as u64 - 7);
        assert_eq!(stored.take_at_hand(), 5..5 + MOST);
        assert_eq!(stored.take_at_hand(), 5 + MOST..5 + 2 * MOST);
        let rest: Vec<Bytes> = stored.content_and(Bytes::from_static(b"end")).try_collect().await.unwrap();
        assert!(rest.concat() == [&bytes[5 + 2 * MOST as usize..bytes.len() - 7], b"end"].concat());
    }

    #[tokio::test]
    async fn takes_nothing_past_the_end_of_the_file() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[1; 1000]).unwrap();
        let mut stored = Stored::new(open(file), 10..1001);
        assert!(stored.take_at_hand().is_empty());
        assert!(stored.content_and(Bytes::new()).try_collect::<Vec<_>>().await.is_err());
    }

    #[tokio::test]
    async fn gives_what_comes_after_nothing() {
        let mut stored = Stored::new(open(tempfile::tempfile().unwrap()), 0..0);
        assert!(stored.take_at_hand().is_empty());
        let after: Vec<Bytes> = stored.content_and(Bytes::from_static(b"end")).try_collect().await.unwrap();
        assert_eq!(after, [Bytes::from_static(b"end")]);
    }
}
