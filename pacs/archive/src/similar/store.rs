//! All descriptors side by side, in mapped files: what a search reads. Filled from the database, and worth nothing without it.
//!
//! Each row has a sum of its own bytes, so that what a crash or a stranger left is not taken for a descriptor. Rows of images
//! and pictures do not reach the disk together: each picture says of which state of its image it is, and each image how many
//! pictures it has. What does not go together is left out, and read from the database again.

mod images;
mod pictures;
mod shown;
mod touched;

use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use compute::similar::regions::Cells;
use compute::similar::shelf::{Copied, HELD};
use compute::similar::{Column as ShelfColumn, Shelf, gradient};
use schema::descriptors::{Detail, Mark};

use super::SeenAs;
use super::picture::RECIPE;
use images::{Images, Place};
use pictures::Pictures;
use shown::Shown;

/// The layout of these files.
const LAYOUT: u32 = 3;
/// Longest path of a file on a node.
const PATH: usize = 64;
/// Processes that may have the same data directory.
const FOLDERS: u32 = 64;

/// What is on the shelf, and the images that it is of.
pub(super) struct Store {
    /// Held as long as the files are.
    _lock: File,
    images: Images,
    pictures: Pictures,
}

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) instance_key: i64,
    pub(super) frame: u32,
    pub(super) seen_as: SeenAs,
    pub(super) path: String,
}

impl Store {
    /// Opens the first folder within `folder` that no other process has. Rows that are not whole, or do not go together,
    /// are left out.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let (folder, lock) = claim(folder)?;
        let (images, mut pictures) = (Images::open(&folder)?, Pictures::open(&folder)?);
        pictures.retain_of(&images);
        let mut store = Self { _lock: lock, images, pictures };
        let has_all = |key: &i64| {
            let there = store.pictures.places(*key).count();
            store.images.state(*key).is_some_and(|(_, count)| count == there)
        };
        let apart: Vec<i64> = store.keys().filter(|key| !has_all(key)).collect();
        apart.into_iter().for_each(|key| store.remove(key));
        Ok(store)
    }

    /// How many images are on it.
    pub(super) fn images(&self) -> usize {
        self.images.by_key.len()
    }

    /// Their keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = i64> {
        self.images.keys.values().iter().copied().filter(|key| *key != 0)
    }

    /// Whether it has an image in this state.
    pub(super) fn has(&self, mark: &Mark) -> bool {
        let state = self.images.state(mark.instance_key);
        state.is_some_and(|(change, _)| change == mark.changed_at.timestamp_micros())
    }

    /// Puts an image on it, in the place of what was there of it; its pictures only when they lie on this node.
    pub(super) fn put(&mut self, detail: &Detail, node: i64) -> io::Result<()> {
        let key = detail.mark.instance_key;
        self.remove(key);
        let (cells, mut count) = (cells_of(&detail.cells), 0);
        if detail.storage_node_id == node {
            for picture in &detail.pictures {
                count += u32::from(self.pictures.push(picture, detail, cells)?);
            }
        }
        self.images.put(key, (detail.mark.changed_at.timestamp_micros(), count), cells)
    }

    /// Takes an image off it.
    pub(super) fn remove(&mut self, key: i64) {
        self.pictures.remove(key);
        self.images.remove(key);
    }

    /// What a search looks at.
    pub(super) fn shelf(&self) -> Option<Shelf<'_>> {
        let (small, middle, large) = &self.pictures.copies;
        let cells = [small.values().as_flattened(), middle.values().as_flattened(), large.values().as_flattened()];
        let columns =
            [0, 1, 2].map(|level| ShelfColumn { cells: cells[level], margins: self.pictures.margins[level].values() });
        Shelf::new(columns)
    }

    /// The copies of 8 of all pictures.
    pub(super) fn smallest(&self) -> &[u8] {
        self.pictures.copies.0.values().as_flattened()
    }

    /// The places of pictures that changed since this was last asked, in order, also some behind the last one; `None`: any may
    /// have changed.
    pub(super) fn take_touched(&self) -> Option<Vec<u32>> {
        self.pictures.touched.lock().take()
    }

    /// How many pictures there are.
    pub(super) fn len(&self) -> usize {
        self.pictures.keys.len()
    }

    /// The gradients of all pictures.
    pub(super) fn gradients(&self) -> &[u8] {
        self.pictures.gradients.values().as_flattened()
    }

    /// Their summaries.
    pub(super) fn summaries(&self) -> gradient::Summaries<'_> {
        let (cells, margins) = &self.pictures.summaries;
        gradient::Summaries { cells: cells.values(), margins: margins.values() }
    }

    /// The gradients of one picture.
    pub(super) fn gradient(&self, place: usize) -> [u8; gradient::LENGTH] {
        self.pictures.gradients.get(place)
    }

    /// The copy of 32 of one picture, by which its larger ones are known.
    pub(super) fn largest(&self, place: usize) -> Copied<'_> {
        let cells = &self.pictures.copies.2.values()[place];
        Copied { cells: Cow::Borrowed(cells), margin: self.pictures.margins[HELD - 1].get(place) }
    }

    /// The cells of each picture.
    pub(super) fn cells(&self) -> &[Cells] {
        self.pictures.cells.values()
    }

    /// Whether a picture shows something of a part of the body; of none, they all do.
    pub(super) fn shows(&self, place: u32, region: Option<&Cells>) -> bool {
        region.is_none_or(|asked| asked.meets(&self.pictures.cells.values()[place as usize]))
    }

    /// Images by their cells.
    pub(super) fn shown(&self) -> &Shown<i64> {
        &self.images.shown
    }

    /// The same in an order that says nothing of their keys, once it was made; its members have their place first.
    pub(super) fn veiled(&self) -> Option<&Shown<(i64, i64)>> {
        self.images.veiled()
    }

    /// Makes that order, unless there is one, and keeps it up from now on.
    pub(super) fn veil(&mut self, place: Place) {
        self.images.veil(place);
    }

    /// The cells of an image; `None` when it is not on it.
    pub(super) fn cells_of_image(&self, key: i64) -> Option<Cells> {
        Some(self.images.cells.get(*self.images.by_key.get(&key)? as usize))
    }

    /// The places of an image's pictures.
    pub(super) fn places(&self, key: i64) -> impl Iterator<Item = u32> {
        self.pictures.places(key)
    }

    /// Where a picture comes from.
    pub(super) fn origin(&self, place: usize) -> Origin {
        let [frame, seen_as] = self.pictures.frames.get(place);
        let path = self.pictures.paths.get(place);
        let end = path.iter().position(|byte| *byte == 0).unwrap_or(PATH);
        Origin {
            instance_key: self.pictures.keys.get(place),
            frame,
            seen_as: SeenAs::of_number(seen_as as i16),
            path: String::from_utf8_lossy(&path[..end]).into_owned(),
        }
    }
}

/// A set of cells as the database has it.
pub(super) fn cells_of(bytes: &[u8]) -> Cells {
    let mut cells = Cells::default();
    let words = bytes.as_chunks::<8>().0.iter();
    cells.0.iter_mut().zip(words).for_each(|(cell, word)| *cell = u64::from_le_bytes(*word));
    cells
}

/// The sum of a row.
#[derive(Default)]
struct Sum(blake3::Hasher);

impl Sum {
    fn add(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes);
        self
    }

    fn add_cells(&mut self, cells: &Cells) -> &mut Self {
        for word in cells.0 {
            self.add(&word.to_le_bytes());
        }
        self
    }

    fn end(&self) -> u64 {
        let hash = self.0.finalize();
        hash.as_bytes().first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk)).max(1)
    }
}

/// The first folder that nobody has, and its lock. Folders of another layout or recipe go.
fn claim(folder: &Path) -> io::Result<(PathBuf, File)> {
    let version = format!("{LAYOUT}-{RECIPE:x}");
    fs::create_dir_all(folder)?;
    for number in 0..FOLDERS {
        let own = folder.join(number.to_string());
        fs::create_dir_all(&own)?;
        let lock = File::create(own.join("lock"))?;
        if lock.try_lock().is_err() {
            continue;
        }
        for entry in fs::read_dir(&own)? {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| *name != *version) {
                fs::remove_dir_all(&path)?;
            }
        }
        let files = own.join(version);
        fs::create_dir_all(&files)?;
        return Ok((files, lock));
    }
    Err(io::Error::other("too many processes have this store of descriptors"))
}

#[cfg(test)]
mod tests;
