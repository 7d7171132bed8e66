//! All descriptors side by side, in mapped files: what a search reads. Filled from the database, and worth nothing without it.
//!
//! Each row has a sum of its own bytes, so that what a crash or a stranger left is not taken for a descriptor.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use compute::similar::regions::Cells;
use compute::similar::shelf::HELD;
use compute::similar::{Column as ShelfColumn, Level, Margin, SIDES, Shelf, bytes, gradient};
use schema::descriptors::{Detail, Mark, Picture};

use super::SeenAs;
use super::column::Column;
use super::picture::RECIPE;

/// The layout of these files.
const LAYOUT: u32 = 1;
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

/// One row an image that is described. An empty row has the key 0.
struct Images {
    keys: Column<i64>,
    changes: Column<i64>,
    cells: Column<Cells>,
    sums: Column<u64>,
    by_key: HashMap<i64, u32>,
    empty: Vec<u32>,
}

/// One row a picture.
struct Pictures {
    keys: Column<i64>,
    /// Frame, and what of the image it is.
    frames: Column<[u32; 2]>,
    paths: Column<[u8; PATH]>,
    cells: Column<Cells>,
    copies: (Column<[u8; 64]>, Column<[u8; 256]>, Column<[u8; 1024]>),
    margins: [Column<Margin>; HELD],
    gradients: Column<[u8; gradient::LENGTH]>,
    sums: Column<u64>,
    by_key: HashMap<(i64, u32), u32>,
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
    /// Opens the first folder within `folder` that no other process has. Rows that are not whole are left out.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let (folder, lock) = claim(folder)?;
        let (images, pictures) = (Images::open(&folder)?, Pictures::open(&folder)?);
        Ok(Self { _lock: lock, images, pictures })
    }

    /// The images on it.
    pub(super) fn keys(&self) -> impl Iterator<Item = i64> {
        self.images.keys.values().iter().copied().filter(|key| *key != 0)
    }

    /// Whether it has an image in this state.
    pub(super) fn has(&self, mark: &Mark) -> bool {
        let row = self.images.by_key.get(&mark.instance_key);
        row.is_some_and(|row| self.images.changes.get(*row as usize) == mark.changed_at.timestamp_micros())
    }

    /// Puts an image on it, in the place of what was there of it; its pictures only when they lie on this node.
    pub(super) fn put(&mut self, detail: &Detail, node: i64) -> io::Result<()> {
        let key = detail.mark.instance_key;
        self.pictures.remove(key);
        let cells = cells_of(&detail.cells);
        if detail.storage_node_id == node {
            for picture in &detail.pictures {
                self.pictures.push(picture, &detail.file_path, cells)?;
            }
        }
        self.images.put(key, detail.mark.changed_at.timestamp_micros(), cells)
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

    /// How many pictures there are.
    pub(super) fn len(&self) -> usize {
        self.pictures.keys.len()
    }

    /// The gradients of all pictures.
    pub(super) fn gradients(&self) -> &[u8] {
        self.pictures.gradients.values().as_flattened()
    }

    /// The gradients of one picture.
    pub(super) fn gradient(&self, place: usize) -> [u8; gradient::LENGTH] {
        self.pictures.gradients.get(place)
    }

    /// The cells of each picture.
    pub(super) fn cells(&self) -> &[Cells] {
        self.pictures.cells.values()
    }

    /// The cells of each image, and its key; 0 for no image.
    pub(super) fn regions(&self) -> (&[Cells], &[i64]) {
        (self.images.cells.values(), self.images.keys.values())
    }

    /// The row of an image.
    pub(super) fn image(&self, key: i64) -> Option<u32> {
        self.images.by_key.get(&key).copied()
    }

    /// The places of an image's pictures.
    pub(super) fn places(&self, key: i64) -> impl Iterator<Item = u32> {
        (0..5).filter_map(move |seen_as| self.pictures.by_key.get(&(key, seen_as)).copied())
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

impl Images {
    fn open(folder: &Path) -> io::Result<Self> {
        let mut images = Self {
            keys: Column::open(&folder.join("image-keys"))?,
            changes: Column::open(&folder.join("image-changes"))?,
            cells: Column::open(&folder.join("image-cells"))?,
            sums: Column::open(&folder.join("image-sums"))?,
            by_key: HashMap::new(),
            empty: Vec::new(),
        };
        let rows = [images.keys.len(), images.changes.len(), images.cells.len(), images.sums.len()];
        let rows = rows.into_iter().min().unwrap_or(0);
        // What follows the last whole row was never used.
        let last = (0..rows).rev().find(|row| images.is_whole(*row)).map_or(0, |row| row + 1);
        images.truncate(last);
        for row in 0..last {
            let key = images.keys.get(row);
            let is_known = key == 0 || images.by_key.contains_key(&key);
            if is_known || !images.is_whole(row) {
                images.clear(row);
            } else {
                images.by_key.insert(key, row as u32);
            }
        }
        Ok(images)
    }

    fn is_whole(&self, row: usize) -> bool {
        self.keys.get(row) != 0 && self.sums.get(row) == self.sum(row)
    }

    fn sum(&self, row: usize) -> u64 {
        let mut sum = Sum::default();
        sum.add(&self.keys.get(row).to_le_bytes()).add(&self.changes.get(row).to_le_bytes());
        sum.add_cells(&self.cells.get(row)).end()
    }

    fn put(&mut self, key: i64, change: i64, cells: Cells) -> io::Result<()> {
        let row = match self.by_key.get(&key).copied().or_else(|| self.empty.pop()) {
            Some(row) => row as usize,
            None => {
                let row = self.keys.len();
                let pushed = self.push_row();
                if pushed.is_err() {
                    self.truncate(row);
                    return pushed;
                }
                row
            }
        };
        self.keys.set(row, key);
        self.changes.set(row, change);
        self.cells.set(row, cells);
        self.sums.set(row, self.sum(row));
        self.by_key.insert(key, row as u32);
        Ok(())
    }

    fn push_row(&mut self) -> io::Result<()> {
        self.keys.push(0)?;
        self.changes.push(0)?;
        self.cells.push(Cells::default())?;
        self.sums.push(0)
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.changes.truncate(rows);
        self.cells.truncate(rows);
        self.sums.truncate(rows);
    }

    fn remove(&mut self, key: i64) {
        if let Some(row) = self.by_key.remove(&key) {
            self.clear(row as usize);
        }
    }

    fn clear(&mut self, row: usize) {
        self.keys.set(row, 0);
        self.cells.set(row, Cells::default());
        self.sums.set(row, 0);
        self.empty.push(row as u32);
    }
}

impl Pictures {
    fn open(folder: &Path) -> io::Result<Self> {
        let file = |name: &str| folder.join(format!("picture-{name}"));
        let mut pictures = Self {
            keys: Column::open(&file("keys"))?,
            frames: Column::open(&file("frames"))?,
            paths: Column::open(&file("paths"))?,
            cells: Column::open(&file("cells"))?,
            copies: (Column::open(&file("8"))?, Column::open(&file("16"))?, Column::open(&file("32"))?),
            margins: [
                Column::open(&file("8-margins"))?,
                Column::open(&file("16-margins"))?,
                Column::open(&file("32-margins"))?,
            ],
            gradients: Column::open(&file("gradients"))?,
            sums: Column::open(&file("sums"))?,
            by_key: HashMap::new(),
        };
        pictures.truncate(pictures.rows());
        let last = (0..pictures.keys.len()).rev().find(|row| pictures.is_whole(*row)).map_or(0, |row| row + 1);
        pictures.truncate(last);
        let mut row = 0;
        while row < pictures.keys.len() {
            let name = pictures.name(row);
            if pictures.is_whole(row) && !pictures.by_key.contains_key(&name) {
                pictures.by_key.insert(name, row as u32);
                row += 1;
            } else {
                pictures.take_off(row);
            }
        }
        Ok(pictures)
    }

    /// How many rows all columns have.
    fn rows(&self) -> usize {
        let copies = [self.copies.0.len(), self.copies.1.len(), self.copies.2.len()];
        let others = [self.keys.len(), self.frames.len(), self.paths.len(), self.cells.len(), self.gradients.len()];
        let margins = self.margins.iter().map(Column::len);
        copies.into_iter().chain(others).chain(margins).fold(self.sums.len(), usize::min)
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.frames.truncate(rows);
        self.paths.truncate(rows);
        self.cells.truncate(rows);
        self.copies.0.truncate(rows);
        self.copies.1.truncate(rows);
        self.copies.2.truncate(rows);
        self.margins.iter_mut().for_each(|margins| margins.truncate(rows));
        self.gradients.truncate(rows);
        self.sums.truncate(rows);
    }

    fn name(&self, row: usize) -> (i64, u32) {
        (self.keys.get(row), self.frames.get(row)[1])
    }

    fn is_whole(&self, row: usize) -> bool {
        self.keys.get(row) != 0 && self.sums.get(row) == self.sum(row)
    }

    fn sum(&self, row: usize) -> u64 {
        let mut sum = Sum::default();
        sum.add(&self.keys.get(row).to_le_bytes()).add(&self.paths.get(row)).add_cells(&self.cells.get(row));
        for number in self.frames.get(row) {
            sum.add(&number.to_le_bytes());
        }
        sum.add(&self.copies.0.get(row)).add(&self.copies.1.get(row)).add(&self.copies.2.get(row));
        for margins in &self.margins {
            let Margin { rounding, detail } = margins.get(row);
            sum.add(&rounding.to_le_bytes()).add(&detail.to_le_bytes());
        }
        sum.add(&self.gradients.get(row)).end()
    }

    /// Puts a picture at the end. What is no descriptor of this recipe is left out.
    fn push(&mut self, picture: &Picture, file_path: &str, cells: Cells) -> io::Result<()> {
        let (Ok(levels), Ok(gradient)) = (bytes::read_small(&picture.small), picture.gradient[..].try_into()) else {
            tracing::warn!(instance = picture.instance_key, "a descriptor of the database is damaged and left out");
            return Ok(());
        };
        let mut path = [0; PATH];
        let Some(place) = path.get_mut(..file_path.len()) else {
            tracing::warn!(file_path, "an image whose file has so long a path cannot be found by likeness");
            return Ok(());
        };
        place.copy_from_slice(file_path.as_bytes());
        let row = self.keys.len();
        let pushed = self.push_row(picture, (path, cells), &levels, gradient);
        if pushed.is_err() {
            // All columns have as many rows.
            self.truncate(row);
            return pushed;
        }
        self.sums.set(row, self.sum(row));
        self.by_key.insert(self.name(row), row as u32);
        Ok(())
    }

    fn push_row(
        &mut self,
        picture: &Picture,
        (path, cells): ([u8; PATH], Cells),
        levels: &[Level; HELD],
        gradient: [u8; gradient::LENGTH],
    ) -> io::Result<()> {
        self.keys.push(picture.instance_key)?;
        self.frames.push([picture.frame.max(0) as u32, picture.seen_as.max(0) as u32])?;
        self.paths.push(path)?;
        self.cells.push(cells)?;
        self.copies.0.push(area(&levels[0]))?;
        self.copies.1.push(area(&levels[1]))?;
        self.copies.2.push(area(&levels[2]))?;
        for (margins, level) in self.margins.iter_mut().zip(levels) {
            margins.push(level.margin)?;
        }
        self.gradients.push(gradient)?;
        self.sums.push(0)
    }

    /// Takes all pictures of an image off.
    fn remove(&mut self, key: i64) {
        for seen_as in 0..5 {
            if let Some(row) = self.by_key.remove(&(key, seen_as)) {
                self.take_off(row as usize);
            }
        }
    }

    fn take_off(&mut self, row: usize) {
        let last = self.keys.len() - 1;
        let name = self.name(last);
        // Not whole until all of it has moved.
        self.sums.set(last.min(row), 0);
        self.keys.swap_remove(row);
        self.frames.swap_remove(row);
        self.paths.swap_remove(row);
        self.cells.swap_remove(row);
        self.copies.0.swap_remove(row);
        self.copies.1.swap_remove(row);
        self.copies.2.swap_remove(row);
        self.margins.iter_mut().for_each(|margins| margins.swap_remove(row));
        self.gradients.swap_remove(row);
        self.sums.swap_remove(row);
        self.wipe(last);
        if row < last && self.by_key.get(&name) == Some(&(last as u32)) {
            self.by_key.insert(name, row as u32);
        }
    }

    /// What is behind the end must not be taken for a row when the files are opened again.
    fn wipe(&mut self, behind: usize) {
        // There is room for it, as there was a moment ago.
        if self.sums.push(0).is_ok() {
            self.sums.truncate(behind);
        }
    }
}

/// The cells of a level whose size was checked when it was read.
fn area<const AREA: usize>(level: &Level) -> [u8; AREA] {
    let mut cells = [0; AREA];
    debug_assert!(SIDES.iter().any(|side| side * side == AREA));
    cells.iter_mut().zip(&level.cells).for_each(|(to, from)| *to = *from);
    cells
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
