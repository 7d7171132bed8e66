//! The elements of a stored object one after another: of an object of any size, no more is held than what goes by.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use data_set::edited::Collected;
use data_set::{DataSet, Element, Limits, Reader};

use super::{StoredInstance, object};
use crate::deidentify::Editing;
use crate::{Archive, Error, node};

/// Bytes that are read at once.
const PIECE: u64 = 64 << 10;
/// The same of what is deflated: a byte may become a thousand.
const DEFLATED_PIECE: u64 = 1 << 10;

/// An object whose elements pass. Values that nobody wants to see are passed over in the file.
pub(crate) struct Passing {
    file: Arc<File>,
    reader: Option<Reader>,
    position: u64,
    end: u64,
    piece: Vec<u8>,
}

/// Elements that are held as long as they are not too many.
pub(crate) struct Held {
    collected: Option<Collected>,
    elements: usize,
    values: usize,
}

impl Held {
    /// So many elements and bytes of their values at most.
    pub(crate) fn new((elements, values): (usize, usize)) -> Self {
        Self { collected: Some(Collected::default()), elements, values }
    }

    /// Puts an element at the end.
    pub(crate) fn put(&mut self, element: &Element, value: Option<&[u8]>) {
        if let Some(collected) = &mut self.collected {
            collected.put(element, value);
            let (elements, values) = collected.size();
            if elements > self.elements || values > self.values {
                self.collected = None;
            }
        }
    }

    /// All of them; `None` when they were too many.
    pub(crate) fn all(self) -> Option<Collected> {
        self.collected
    }
}

impl Archive {
    /// A stored object from its beginning.
    pub(crate) async fn passing(&self, instance: &StoredInstance) -> Result<Passing, Error> {
        let file = Arc::new(self.file(instance).await?);
        Passing::new(file, instance.size, object::is_deflated(&instance.transfer_syntax))
    }

    /// What is done with its elements, when somebody sees it who may not know whose it is.
    pub(crate) async fn editing(&self, instance: &StoredInstance) -> Result<Option<Editing>, Error> {
        Ok(instance.editing(&self.native_frames(instance).await?))
    }

    /// Where its native frames lie, which is asked of an object that is edited.
    pub(crate) async fn native_frames(&self, instance: &StoredInstance) -> Result<Option<Range<u64>>, Error> {
        if instance.disguise.is_none() {
            return Ok(None);
        }
        Ok(self.frame_index(instance).await?.native())
    }
}

impl StoredInstance {
    /// As of [`Archive::editing`], of an object whose native frames lie there.
    pub(crate) fn editing(&self, frames: &Option<Range<u64>>) -> Option<Editing> {
        Some(self.disguise.as_ref()?.editing(self.data_set_start, frames.clone()))
    }
}

impl Passing {
    /// The elements in the first `end` bytes of a file.
    ///
    /// # Errors
    /// `Damaged` when the file is shorter.
    pub(crate) fn new(file: Arc<File>, end: u64, is_deflated: bool) -> Result<Self, Error> {
        if file.metadata().map_err(node::read_failure)?.len() < end {
            return Err(Error::Damaged("the file of the stored object is too short".to_owned()));
        }
        let piece = vec![0; end.min(if is_deflated { DEFLATED_PIECE } else { PIECE }) as usize];
        Ok(Self { file, reader: Some(Reader::new(Limits::passing())), position: 0, end, piece })
    }

    /// The same object from its beginning.
    pub(crate) fn again(&self) -> Self {
        let reader = Some(Reader::new(Limits::passing()));
        Self { file: self.file.clone(), reader, position: 0, end: self.end, piece: self.piece.clone() }
    }

    /// Gives away the elements of the next piece. After the last one comes what is known besides them. Blocks.
    ///
    /// # Errors
    /// `Damaged`.
    pub(crate) fn next(&mut self, each: impl FnMut(&Element, Option<&[u8]>)) -> Result<Option<DataSet>, Error> {
        let unreadable =
            |error: data_set::ReadError| Error::Damaged(format!("the stored object cannot be read: {error}"));
        let left = self.end - self.position;
        if left == 0 {
            let reader = self.reader.take().unwrap_or_else(|| Reader::new(Limits::passing()));
            return reader.finish_passing(each).map(Some).map_err(unreadable);
        }
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let unneeded = reader.unneeded().min(left);
        if unneeded > 0 {
            reader.skip(unneeded);
            self.position += unneeded;
            return Ok(None);
        }
        let length = left.min(self.piece.len() as u64) as usize;
        let piece = &mut self.piece[..length];
        self.file.read_exact_at(piece, self.position).map_err(node::read_failure)?;
        self.position += piece.len() as u64;
        reader.pass(piece, each).map_err(unreadable)?;
        Ok(None)
    }

    /// Gives away all elements, as somebody may see them. Blocks.
    pub(crate) fn all(
        &mut self,
        mut editing: Option<Editing>,
        mut each: impl FnMut(&Element, Option<&[u8]>),
    ) -> Result<DataSet, Error> {
        loop {
            let known = match &mut editing {
                Some(editing) => self.next(|element, value| editing.push(element, value, &mut each))?,
                None => self.next(&mut each)?,
            };
            if let Some(mut head) = known {
                if let Some(editing) = editing {
                    editing.finish(each);
                    head.meta.clear();
                }
                return Ok(head);
            }
        }
    }
}
