//! Copies as bytes: what a database keeps of the small ones, and a file of each of the others.
//!
//! The version of the recipe, the level, then for each copy `rounding` and `detail` (single precision, little endian) and the cells.

use std::fmt;

use super::bound::Margin;
use super::pyramid::{Level, Pyramid, SIDES};
use super::shelf::HELD;

/// The version of the recipe by which copies are made. Copies of another version are no copies to compare with.
pub const VERSION: u8 = 2;

/// Bytes that are no copies of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Made by another version of the recipe.
    Version(u8),
    /// Of another level.
    Level(u8),
    /// Too few or too many bytes, or margins that are no lengths.
    Damaged,
}

impl fmt::Display for Foreign {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(to, "copies of version {version}, not {VERSION}"),
            Self::Level(level) => write!(to, "a copy of another level: {level}"),
            Self::Damaged => to.write_str("damaged copies"),
        }
    }
}

impl std::error::Error for Foreign {}

/// The copies of 8, 16 and 32: 1370 bytes.
pub fn small(pyramid: &Pyramid) -> Vec<u8> {
    written(0, (0..HELD).map(|level| pyramid.level(level)))
}

/// The copies of 8, 16 and 32 from what [`small`] made.
///
/// # Errors
/// When the bytes are something else.
pub fn read_small(bytes: &[u8]) -> Result<[Level; HELD], Foreign> {
    let (first, rest) = read(opened(bytes, 0)?, SIDES[0])?;
    let (second, rest) = read(rest, SIDES[1])?;
    let (third, rest) = read(rest, SIDES[2])?;
    if rest.is_empty() { Ok([first, second, third]) } else { Err(Foreign::Damaged) }
}

/// One copy: ten bytes and its cells.
pub fn large(pyramid: &Pyramid, level: usize) -> Vec<u8> {
    written(level as u8, std::iter::once(pyramid.level(level)))
}

/// A copy of a level from what [`large`] made.
///
/// # Errors
/// When the bytes are something else.
pub fn read_large(bytes: &[u8], level: usize) -> Result<Level, Foreign> {
    let side = SIDES.get(level).ok_or(Foreign::Level(level as u8))?;
    let (copy, rest) = read(opened(bytes, level as u8)?, *side)?;
    if rest.is_empty() { Ok(copy) } else { Err(Foreign::Damaged) }
}

fn written<'a>(first: u8, levels: impl Iterator<Item = &'a Level>) -> Vec<u8> {
    let mut bytes = vec![VERSION, first];
    for level in levels {
        bytes.extend(level.margin.rounding.to_le_bytes());
        bytes.extend(level.margin.detail.to_le_bytes());
        bytes.extend(&level.cells);
    }
    bytes
}

fn opened(bytes: &[u8], level: u8) -> Result<&[u8], Foreign> {
    match bytes {
        [version, ..] if *version != VERSION => Err(Foreign::Version(*version)),
        [_, first, ..] if *first != level => Err(Foreign::Level(*first)),
        [_, _, rest @ ..] => Ok(rest),
        _ => Err(Foreign::Damaged),
    }
}

fn read(bytes: &[u8], side: usize) -> Result<(Level, &[u8]), Foreign> {
    let (rounding, rest) = bytes.split_first_chunk().ok_or(Foreign::Damaged)?;
    let (detail, rest) = rest.split_first_chunk().ok_or(Foreign::Damaged)?;
    let (cells, rest) = rest.split_at_checked(side * side).ok_or(Foreign::Damaged)?;
    let margin = Margin { rounding: f32::from_le_bytes(*rounding), detail: f32::from_le_bytes(*detail) };
    let length = |value: f32| value.is_finite() && value >= 0.0;
    if !length(margin.rounding) || !length(margin.detail) {
        return Err(Foreign::Damaged);
    }
    Ok((Level { cells: cells.to_vec(), margin }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pyramid() -> Pyramid {
        Pyramid::from_top((0..65536_usize).map(|place| (place * place / 77) as u8).collect()).unwrap()
    }

    #[test]
    fn copies_come_back_as_they_were() {
        let pyramid = pyramid();
        let bytes = small(&pyramid);
        assert_eq!(bytes.len(), 1370);
        assert_eq!(read_small(&bytes).unwrap(), [0, 1, 2].map(|level| pyramid.level(level).clone()));
        for level in 3..6 {
            assert_eq!(&read_large(&large(&pyramid, level), level).unwrap(), pyramid.level(level));
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = large(&pyramid(), 3);
        assert_eq!(read_large(&bytes, 4), Err(Foreign::Level(3)));
        assert_eq!(read_large(&bytes[..99], 3), Err(Foreign::Damaged));
        assert_eq!(read_large(&[], 3), Err(Foreign::Damaged));
        assert_eq!(read_large(&[9, 3], 3), Err(Foreign::Version(9)));
        assert_eq!(read_small(&[&small(&pyramid())[..], &[0]].concat()), Err(Foreign::Damaged));
        let mut no_length = bytes;
        no_length[2..6].copy_from_slice(&f32::NAN.to_le_bytes());
        assert_eq!(read_large(&no_length, 3), Err(Foreign::Damaged));
    }
}
