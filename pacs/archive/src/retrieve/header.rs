//! Stored objects read again, for what was not written down at store time.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use data_set::edited::Editor;
use data_set::{DataSet, FrameIndex, Limits, Reader};

use super::{Held, Passing, StoredInstance, drawn, object};
use crate::{Archive, Error, archive, node};

impl Archive {
    /// The data elements of a stored object, or what of them may be given, before its pixels (all of them when it has no pixels, or is deflated). The
    /// element that holds the pixels ends early. Of an object with very many elements, those that something is drawn of.
    ///
    /// # Errors
    /// `NotAcceptable` when these are too many, or it cannot be given; `Damaged`.
    pub(crate) async fn header(&self, instance: &StoredInstance) -> Result<DataSet, Error> {
        let end = self.header_end(instance).await?;
        self.read(instance, end).await
    }

    /// Where its pixels begin, or else where it ends.
    pub(crate) async fn header_end(&self, instance: &StoredInstance) -> Result<u64, Error> {
        let index = self.frame_index(instance).await?;
        let first = match &*index {
            FrameIndex::Native { start, .. } => Some(*start),
            FrameIndex::Encapsulated(_) => {
                index.frame(1).and_then(|frame| frame.ranges.first().map(|range| range.start))
            }
            FrameIndex::None => None,
        };
        let first = first.filter(|_| !object::is_deflated(&instance.transfer_syntax));
        Ok(first.map_or(instance.size, |end| end.min(instance.size)))
    }

    /// The data elements of a whole stored object, as of [`Archive::header`].
    pub(crate) async fn data_set(&self, instance: &StoredInstance) -> Result<DataSet, Error> {
        self.read(instance, instance.size).await
    }

    async fn read(&self, instance: &StoredInstance, end: u64) -> Result<DataSet, Error> {
        self.disclosable(instance).await?;
        let file = Arc::new(self.file(instance).await?);
        let frames = self.native_frames(instance).await?;
        let instance = instance.clone();
        archive::blocking(move || {
            let end = end.min(instance.size);
            let mut passing = Passing::new(file, end, object::is_deflated(&instance.transfer_syntax))?;
            let mut all = Held::new(drawn::ALL);
            let head = passing.all(instance.editing(&frames), |element, value| all.put(element, value))?;
            if let Some(all) = all.all() {
                return Ok(all.into_set(head));
            }
            let mut some = Held::new(drawn::SOME);
            let mut editor = Editor::new(instance.data_set_start, drawn::edit, Vec::new());
            let head = passing.again().all(instance.editing(&frames), |element, value| {
                editor.push(element, value, |element, value| some.put(element, value));
            })?;
            let some = some.all().ok_or_else(|| Error::NotAcceptable(drawn::too_many(&instance.instance)))?;
            Ok(some.into_set(head))
        })
        .await
    }

    /// All data elements of a stored object, as it is stored, however many they are.
    pub(super) async fn whole_data_set(&self, instance: &StoredInstance) -> Result<DataSet, Error> {
        let (file, end) = (self.file(instance).await?, instance.size);
        archive::blocking(move || read_data_set(&file, end)).await
    }
}

/// The data elements in the first `end` bytes of a file.
pub(crate) fn read_data_set(file: &File, end: u64) -> Result<DataSet, Error> {
    let unreadable = |error: data_set::ReadError| Error::Damaged(format!("the stored object cannot be read: {error}"));
    let mut reader = Reader::new(Limits::default());
    let mut buffer = vec![0; end.min(node::CHUNK) as usize];
    let mut position = 0;
    while position < end {
        let piece = &mut buffer[..(end - position).min(node::CHUNK) as usize];
        file.read_exact_at(piece, position).map_err(node::read_failure)?;
        reader.push(piece).map_err(unreadable)?;
        position += piece.len() as u64;
    }
    reader.finish().map_err(unreadable)
}
