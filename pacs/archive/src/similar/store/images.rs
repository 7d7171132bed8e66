//! The images that are described.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use compute::similar::regions::Cells;
use rayon::prelude::*;

use super::Sum;
use super::shown::Shown;
use crate::similar::column::Column;

/// One row an image that is described. An empty row has the key 0.
pub(super) struct Images {
    pub(super) keys: Column<i64>,
    changes: Column<i64>,
    /// How many pictures there are of it.
    counts: Column<u32>,
    pub(super) cells: Column<Cells>,
    sums: Column<u64>,
    pub(super) by_key: HashMap<i64, u32>,
    /// The same images by their cells.
    pub(super) shown: Shown<i64>,
    /// The same for those who must not learn in which order images were stored, once one of them asked.
    veiled: Option<Veiled>,
    empty: Vec<u32>,
}

/// The place of an image, by its key, in an order that says nothing of keys.
pub(in crate::similar) type Place = Box<dyn Fn(i64) -> i64 + Send + Sync>;

struct Veiled {
    place: Place,
    shown: Shown<(i64, i64)>,
}

impl Images {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let mut images = Self {
            keys: Column::open(&folder.join("image-keys"))?,
            changes: Column::open(&folder.join("image-changes"))?,
            counts: Column::open(&folder.join("image-counts"))?,
            cells: Column::open(&folder.join("image-cells"))?,
            sums: Column::open(&folder.join("image-sums"))?,
            by_key: HashMap::new(),
            shown: Shown::default(),
            veiled: None,
            empty: Vec::new(),
        };
        let others = [images.changes.len(), images.counts.len(), images.cells.len(), images.sums.len()];
        let rows = others.into_iter().fold(images.keys.len(), usize::min);
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
                images.shown.insert(images.cells.get(row), key, images.counts.get(row) as usize);
            }
        }
        Ok(images)
    }

    /// Puts the images in another order too; the first one stays.
    pub(super) fn veil(&mut self, place: Place) {
        if self.veiled.is_some() {
            return;
        }
        let rows: Vec<(i64, u32)> = self.by_key.iter().map(|(key, row)| (*key, *row)).collect();
        let placed: Vec<(i64, i64, u32)> = rows.into_par_iter().map(|(key, row)| (place(key), key, row)).collect();
        let mut shown = Shown::default();
        for (place, key, row) in placed {
            shown.insert(self.cells.get(row as usize), (place, key), self.counts.get(row as usize) as usize);
        }
        self.veiled = Some(Veiled { place, shown });
    }

    /// The images in that order, where there is one.
    pub(super) fn veiled(&self) -> Option<&Shown<(i64, i64)>> {
        self.veiled.as_ref().map(|veiled| &veiled.shown)
    }

    /// Which state of an image it has, and how many pictures of it.
    pub(super) fn state(&self, key: i64) -> Option<(i64, usize)> {
        let row = *self.by_key.get(&key)? as usize;
        Some((self.changes.get(row), self.counts.get(row) as usize))
    }

    fn is_whole(&self, row: usize) -> bool {
        self.keys.get(row) != 0 && self.sums.get(row) == self.sum(row)
    }

    fn sum(&self, row: usize) -> u64 {
        let mut sum = Sum::default();
        sum.add(&self.keys.get(row).to_le_bytes()).add(&self.changes.get(row).to_le_bytes());
        sum.add(&self.counts.get(row).to_le_bytes());
        sum.add_cells(&self.cells.get(row)).end()
    }

    pub(super) fn put(&mut self, key: i64, (change, count): (i64, u32), cells: Cells) -> io::Result<()> {
        self.remove(key);
        let row = match self.empty.pop() {
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
        self.counts.set(row, count);
        self.cells.set(row, cells);
        self.sums.set(row, self.sum(row));
        self.by_key.insert(key, row as u32);
        self.shown.insert(cells, key, count as usize);
        if let Some(Veiled { place, shown }) = &mut self.veiled {
            shown.insert(cells, (place(key), key), count as usize);
        }
        Ok(())
    }

    fn push_row(&mut self) -> io::Result<()> {
        self.keys.push(0)?;
        self.changes.push(0)?;
        self.counts.push(0)?;
        self.cells.push(Cells::default())?;
        self.sums.push(0)
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.changes.truncate(rows);
        self.counts.truncate(rows);
        self.cells.truncate(rows);
        self.sums.truncate(rows);
    }

    pub(super) fn remove(&mut self, key: i64) {
        if let Some(row) = self.by_key.remove(&key) {
            let row = row as usize;
            let (cells, count) = (self.cells.get(row), self.counts.get(row) as usize);
            self.shown.remove(&cells, key, count);
            if let Some(Veiled { place, shown }) = &mut self.veiled {
                shown.remove(&cells, (place(key), key), count);
            }
            self.clear(row);
        }
    }

    fn clear(&mut self, row: usize) {
        self.keys.set(row, 0);
        self.cells.set(row, Cells::default());
        self.sums.set(row, 0);
        self.empty.push(row as u32);
    }
}
