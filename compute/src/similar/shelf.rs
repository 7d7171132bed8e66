//! The small copies of many pictures, side by side, and where the larger ones are.

use std::borrow::Cow;

use super::bound::Margin;
use super::pyramid::{Level, Pyramid, SIDES};

/// How many levels, from the smallest, a shelf holds: 8, 16 and 32.
pub const HELD: usize = 3;

/// The copies of one level: those of picture `i` at `i × side²`.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Cells, picture by picture.
    pub cells: &'a [u8],
    /// What each copy leaves out.
    pub margins: &'a [Margin],
}

/// The small copies of all pictures, from 8 to 32, wherever they lie: in memory or in a mapped file.
#[derive(Debug, Clone, Copy)]
pub struct Shelf<'a> {
    columns: [Column<'a>; HELD],
}

impl<'a> Shelf<'a> {
    /// `None` when the columns do not hold the same number of pictures, or more than 32 bits can count.
    pub fn new(columns: [Column<'a>; HELD]) -> Option<Self> {
        let count = columns[0].margins.len();
        let fits = |(column, side): (&Column, usize)| {
            column.margins.len() == count && Some(column.cells.len()) == count.checked_mul(side * side)
        };
        (u32::try_from(count).is_ok() && columns.iter().zip(SIDES).all(fits)).then_some(Self { columns })
    }

    /// How many pictures it holds.
    pub fn len(&self) -> usize {
        self.columns[0].margins.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The copies of a level below [`HELD`].
    pub(crate) fn column(&self, level: usize) -> Column<'a> {
        self.columns[level]
    }

    /// A copy of a level below [`HELD`].
    pub(super) fn copy(&self, index: usize, level: usize) -> Copied<'a> {
        let column = self.columns[level];
        let area = SIDES[level] * SIDES[level];
        Copied { cells: Cow::Borrowed(&column.cells[index * area..][..area]), margin: column.margins[index] }
    }
}

/// A copy as a source gives it out.
#[derive(Debug, Clone)]
pub struct Copied<'a> {
    /// `side × side` tones.
    pub cells: Cow<'a, [u8]>,
    /// What it leaves out.
    pub margin: Margin,
}

impl<'a> From<&'a Level> for Copied<'a> {
    fn from(level: &'a Level) -> Self {
        Self { cells: Cow::Borrowed(&level.cells), margin: level.margin }
    }
}

impl From<Level> for Copied<'_> {
    fn from(level: Level) -> Self {
        Self { cells: Cow::Owned(level.cells), margin: level.margin }
    }
}

/// Where the copies of 64, 128 and 256 are.
pub trait Source: Sync {
    /// Why a copy could not be read.
    type Error: Send;

    /// The copy of a picture of the shelf at a level from [`HELD`] to [`super::TOP`]. `None` when the picture is gone: then it is
    /// left out of the answer.
    fn copy(&self, index: usize, level: usize) -> Result<Option<Copied<'_>>, Self::Error>;
}

impl Source for [Pyramid] {
    type Error = std::convert::Infallible;

    fn copy(&self, index: usize, level: usize) -> Result<Option<Copied<'_>>, Self::Error> {
        Ok(self.get(index).map(|pyramid| pyramid.level(level).into()))
    }
}

/// A shelf in memory, which grows.
#[derive(Debug, Clone, Default)]
pub struct Shelved {
    cells: [Vec<u8>; HELD],
    margins: [Vec<Margin>; HELD],
}

impl Shelved {
    /// Puts the small copies of a picture at the end: the levels below [`HELD`], smallest first. Copies of another size are not
    /// taken: then the answer is false.
    pub fn push(&mut self, levels: [&Level; HELD]) -> bool {
        if levels.iter().zip(SIDES).any(|(level, side)| level.cells.len() != side * side) {
            return false;
        }
        for (place, level) in levels.into_iter().enumerate() {
            self.cells[place].extend_from_slice(&level.cells);
            self.margins[place].push(level.margin);
        }
        true
    }

    /// Takes a picture off; the last one takes its place. Nothing changes when there is no such picture.
    pub fn swap_remove(&mut self, index: usize) {
        let Some(last) = self.margins[0].len().checked_sub(1).filter(|last| index <= *last) else { return };
        for (place, side) in SIDES.iter().enumerate().take(HELD) {
            let area = side * side;
            self.cells[place].copy_within(last * area.., index * area);
            self.cells[place].truncate(last * area);
            self.margins[place].swap_remove(index);
        }
    }

    /// What a search looks at.
    pub fn shelf(&self) -> Shelf<'_> {
        let column = |level: usize| Column { cells: &self.cells[level], margins: &self.margins[level] };
        Shelf { columns: [column(0), column(1), column(2)] }
    }
}
