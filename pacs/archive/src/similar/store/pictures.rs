//! The pictures of images.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use compute::similar::regions::Cells;
use compute::similar::shelf::HELD;
use compute::similar::{Level, Margin, SIDES, bytes, gradient};
use parking_lot::Mutex;
use schema::descriptors::{Detail, Picture};

use super::images::Images;
use super::touched::Touched;
use super::{PATH, Sum};
use crate::similar::column::Column;

/// Copies of 8, 16 and 32.
type Copies = (Column<[u8; 64]>, Column<[u8; 256]>, Column<[u8; 1024]>);

/// One row a picture.
pub(super) struct Pictures {
    pub(super) keys: Column<i64>,
    /// The state of the image that it is of.
    changes: Column<i64>,
    /// Frame, and what of the image it is.
    pub(super) frames: Column<[u32; 2]>,
    pub(super) paths: Column<[u8; PATH]>,
    pub(super) cells: Column<Cells>,
    pub(super) copies: Copies,
    pub(super) margins: [Column<Margin>; HELD],
    pub(super) gradients: Column<[u8; gradient::LENGTH]>,
    /// Those of the gradients, and what each leaves out.
    pub(super) summaries: (Column<[u8; gradient::SUMMARY]>, Column<Margin>),
    sums: Column<u64>,
    by_key: HashMap<(i64, u32), u32>,
    pub(super) touched: Mutex<Touched>,
}

impl Pictures {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let file = |name: &str| folder.join(format!("picture-{name}"));
        let mut pictures = Self {
            keys: Column::open(&file("keys"))?,
            changes: Column::open(&file("changes"))?,
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
            summaries: (Column::open(&file("summaries"))?, Column::open(&file("summary-margins"))?),
            sums: Column::open(&file("sums"))?,
            by_key: HashMap::new(),
            touched: Mutex::default(),
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
        let origins = [self.keys.len(), self.changes.len(), self.frames.len(), self.paths.len()];
        let others = [self.cells.len(), self.gradients.len(), self.summaries.0.len(), self.summaries.1.len()];
        let margins = self.margins.iter().map(Column::len);
        copies.into_iter().chain(origins).chain(others).chain(margins).fold(self.sums.len(), usize::min)
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.changes.truncate(rows);
        self.frames.truncate(rows);
        self.paths.truncate(rows);
        self.cells.truncate(rows);
        self.copies.0.truncate(rows);
        self.copies.1.truncate(rows);
        self.copies.2.truncate(rows);
        self.margins.iter_mut().for_each(|margins| margins.truncate(rows));
        self.gradients.truncate(rows);
        self.summaries.0.truncate(rows);
        self.summaries.1.truncate(rows);
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
        sum.add(&self.keys.get(row).to_le_bytes()).add(&self.changes.get(row).to_le_bytes());
        sum.add(&self.paths.get(row)).add_cells(&self.cells.get(row));
        for number in self.frames.get(row) {
            sum.add(&number.to_le_bytes());
        }
        sum.add(&self.copies.0.get(row)).add(&self.copies.1.get(row)).add(&self.copies.2.get(row));
        sum.add(&self.summaries.0.get(row));
        for margins in self.margins.iter().chain([&self.summaries.1]) {
            let Margin { rounding, detail } = margins.get(row);
            sum.add(&rounding.to_le_bytes()).add(&detail.to_le_bytes());
        }
        sum.add(&self.gradients.get(row)).end()
    }

    /// Leaves out the pictures of images that are not there in the same state.
    pub(super) fn retain_of(&mut self, images: &Images) {
        let mut row = 0;
        while row < self.keys.len() {
            let name = self.name(row);
            if images.state(name.0).is_some_and(|(change, _)| change == self.changes.get(row)) {
                row += 1;
            } else {
                self.by_key.remove(&name);
                self.take_off(row);
            }
        }
    }

    /// The places of an image's pictures.
    pub(super) fn places(&self, key: i64) -> impl Iterator<Item = u32> {
        (0..5).filter_map(move |seen_as| self.by_key.get(&(key, seen_as)).copied())
    }

    /// Puts a picture at the end; `false` when it is no descriptor of this recipe, and left out.
    pub(super) fn push(&mut self, picture: &Picture, of: &Detail, cells: Cells) -> io::Result<bool> {
        let file_path = &of.file_path;
        let (Ok(levels), Ok(gradient)) = (bytes::read_small(&picture.small), picture.gradient[..].try_into()) else {
            tracing::warn!(instance = picture.instance_key, "a descriptor of the database is damaged and left out");
            return Ok(false);
        };
        let mut path = [0; PATH];
        let Some(place) = path.get_mut(..file_path.len()) else {
            tracing::warn!(file_path, "an image whose file has so long a path cannot be found by likeness");
            return Ok(false);
        };
        place.copy_from_slice(file_path.as_bytes());
        let row = self.keys.len();
        let change = of.mark.changed_at.timestamp_micros();
        if let Err(error) = self.push_row(picture, (change, path, cells), &levels, gradient) {
            // All columns have as many rows.
            self.truncate(row);
            return Err(error);
        }
        self.sums.set(row, self.sum(row));
        self.by_key.insert(self.name(row), row as u32);
        self.touched.get_mut().add(row);
        Ok(true)
    }

    fn push_row(
        &mut self,
        picture: &Picture,
        (change, path, cells): (i64, [u8; PATH], Cells),
        levels: &[Level; HELD],
        gradient: [u8; gradient::LENGTH],
    ) -> io::Result<()> {
        self.keys.push(picture.instance_key)?;
        self.changes.push(change)?;
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
        let summary = gradient::Summary::of(&gradient);
        self.summaries.0.push(summary.cells)?;
        self.summaries.1.push(summary.margin)?;
        self.sums.push(0)
    }

    /// Takes all pictures of an image off.
    pub(super) fn remove(&mut self, key: i64) {
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
        self.changes.swap_remove(row);
        self.frames.swap_remove(row);
        self.paths.swap_remove(row);
        self.cells.swap_remove(row);
        self.copies.0.swap_remove(row);
        self.copies.1.swap_remove(row);
        self.copies.2.swap_remove(row);
        self.margins.iter_mut().for_each(|margins| margins.swap_remove(row));
        self.gradients.swap_remove(row);
        self.summaries.0.swap_remove(row);
        self.summaries.1.swap_remove(row);
        self.sums.swap_remove(row);
        self.touched.get_mut().add(row);
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
