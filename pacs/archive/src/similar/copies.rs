//! The copies of 64, 128 and 256 cells a side, in files beside the image that they were made of: `<file>.copy64` …; of the
//! middle slice and the projections of a tomogram `<file>.middle.copy64`, `<file>.rows.copy64` ….
//!
//! Each begins with the recipe by which it was made, and with a sum over its place, the picture's copy of 32 and its own bytes.
//! They can be made anew from the image, so nobody waits until they are on the disk: what a crash leaves of one, the copy of
//! another picture, and that of a state which the database does not know (yet, or any more) have another sum.

use std::io;

use compute::similar::bytes;
use compute::similar::shelf::{Copied, HELD};
use compute::similar::{Level, Pyramid, SIDES, TOP};

use super::SeenAs;
use super::picture::RECIPE;
use crate::node::LocalNode;

/// Bytes of a sum.
const SUM: usize = 16;

const ALL: [SeenAs; 5] =
    [SeenAs::Image, SeenAs::MiddleSlice, SeenAs::Projection(0), SeenAs::Projection(1), SeenAs::Projection(2)];

impl SeenAs {
    /// As the database has it.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Image => 0,
            Self::MiddleSlice => 1,
            Self::Projection(axis) => 2 + i16::from(axis.min(2)),
        }
    }

    /// What the database has; unknown numbers are images.
    pub(crate) fn of_number(number: i16) -> Self {
        usize::try_from(number).ok().and_then(|number| ALL.get(number)).copied().unwrap_or(Self::Image)
    }

    fn infix(self) -> &'static str {
        match self {
            Self::Image => "",
            Self::MiddleSlice => ".middle",
            Self::Projection(0) => ".rows",
            Self::Projection(1) => ".columns",
            Self::Projection(_) => ".slices",
        }
    }
}

/// The path of a copy, relative to the node.
fn path(file: &str, seen_as: SeenAs, level: usize) -> String {
    format!("{file}{}.copy{}", seen_as.infix(), SIDES[level])
}

/// The file that a copy lies beside; `None` when a path is not that of a copy.
pub(crate) fn original(path: &str) -> Option<&str> {
    let (rest, side) = path.rsplit_once(".copy")?;
    SIDES[HELD..].iter().find(|known| known.to_string() == side)?;
    let infix = ALL.iter().map(|seen_as| seen_as.infix()).find(|infix| !infix.is_empty() && rest.ends_with(infix));
    Some(infix.map_or(rest, |infix| &rest[..rest.len() - infix.len()]))
}

/// What the bytes of a copy at this path add up to, when it is one of the picture with this copy of 32.
fn sum(path: &str, picture: &Copied<'_>, copy: &[u8]) -> [u8; SUM] {
    let mut sum = blake3::Hasher::new();
    sum.update(&(path.len() as u64).to_le_bytes()).update(path.as_bytes());
    let margin = picture.margin;
    sum.update(&margin.rounding.to_le_bytes()).update(&margin.detail.to_le_bytes()).update(&picture.cells);
    *sum.update(copy).finalize().as_bytes().first_chunk().unwrap_or(&[0; SUM])
}

/// Writes the copies of a picture.
pub(super) fn write(node: &LocalNode, file: &str, seen_as: SeenAs, pyramid: &Pyramid) -> io::Result<()> {
    let picture = Copied::from(pyramid.level(HELD - 1));
    for level in HELD..=TOP {
        let (path, copy) = (path(file, seen_as, level), bytes::large(pyramid, level));
        let whole = [&RECIPE.to_le_bytes()[..], &sum(&path, &picture, &copy), &copy].concat();
        node.put_beside(&path, &whole)?;
    }
    Ok(())
}

/// Why there is no copy.
pub(super) enum Unread {
    /// It is not there, or it is not what it should be: it can be made anew.
    Lost,
    /// The node does not give it.
    Failed(io::Error),
}

/// Reads a copy of a level from 64 to 256 of the picture with this copy of 32.
pub(super) fn read(
    node: &LocalNode,
    (file, seen_as): (&str, SeenAs),
    picture: &Copied<'_>,
    level: usize,
) -> Result<Level, Unread> {
    let path = path(file, seen_as, level);
    let whole = node.absolute(&path).and_then(std::fs::read).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unread::Lost,
        _ => Unread::Failed(error),
    })?;
    opened(&path, picture, &whole, level).ok_or_else(|| {
        tracing::debug!(path, "a copy is not that of its picture and is made anew");
        Unread::Lost
    })
}

fn opened(path: &str, picture: &Copied<'_>, whole: &[u8], level: usize) -> Option<Level> {
    let (found, copy) = whole.strip_prefix(&RECIPE.to_le_bytes())?.split_first_chunk::<SUM>()?;
    if *found != sum(path, picture, copy) {
        return None;
    }
    bytes::read_large(copy, level).ok()
}

/// Removes all copies beside a file.
pub(crate) fn remove(node: &LocalNode, file: &str) -> io::Result<()> {
    for seen_as in ALL {
        for level in HELD..=TOP {
            node.remove(&path(file, seen_as, level))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_tells_what_it_is_of() {
        for seen_as in ALL {
            assert_eq!(original(&path("objects/ab/c/x.dcm", seen_as, 4)), Some("objects/ab/c/x.dcm"));
            assert_eq!(SeenAs::of_number(seen_as.number()), seen_as);
        }
        for other in ["objects/ab/c/x.dcm", "objects/ab/c/x.dcm.copy32", "objects/ab/c/x.dcm.copy", "x.copy640"] {
            assert_eq!(original(other), None, "{other}");
        }
    }

    #[test]
    fn a_copy_that_is_torn_or_of_another_place_or_picture_is_none() {
        let pyramid = |tone: usize| Pyramid::from_top((0..65536).map(|place| (place * place / tone) as u8).collect());
        let (own, other) = (pyramid(77).expect("a picture"), pyramid(78).expect("a picture"));
        let (picture, copy) = (Copied::from(own.level(HELD - 1)), bytes::large(&own, TOP));
        let path = path("objects/ab/c/x.dcm", SeenAs::Image, TOP);
        let whole = [&RECIPE.to_le_bytes()[..], &sum(&path, &picture, &copy), &copy].concat();
        assert_eq!(opened(&path, &picture, &whole, TOP).as_ref(), Some(own.level(TOP)));
        assert_eq!(opened("objects/ab/c/y.dcm.copy256", &picture, &whole, TOP), None);
        assert_eq!(opened(&path, &Copied::from(other.level(HELD - 1)), &whole, TOP), None);
        assert_eq!(opened(&path, &picture, &whole[..whole.len() - 1], TOP), None);
        assert_eq!(opened(&path, &picture, &[], TOP), None);
        for place in [0, 4, 19, 20, 31, 40_000, whole.len() - 1] {
            let mut torn = whole.clone();
            torn[place] ^= 1;
            assert_eq!(opened(&path, &picture, &torn, TOP), None, "{place}");
        }
    }
}
