//! The copies of 64, 128 and 256 cells a side, in files beside the image that they were made of: `<file>.copy64` …; of the
//! middle slice and the projections of a tomogram `<file>.middle.copy64`, `<file>.rows.copy64` ….
//!
//! Each begins with the recipe by which it was made. They can be made anew from the image, so nobody waits until they are
//! on the disk. What a crash leaves of one is told by its length and first bytes.

use std::io;

use compute::similar::bytes::{self, Foreign};
use compute::similar::shelf::HELD;
use compute::similar::{Level, Pyramid, SIDES, TOP};

use super::SeenAs;
use super::picture::RECIPE;
use crate::node::LocalNode;

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

/// Writes the copies of a picture.
pub(super) fn write(node: &LocalNode, file: &str, seen_as: SeenAs, pyramid: &Pyramid) -> io::Result<()> {
    for level in HELD..=TOP {
        let whole = [&RECIPE.to_le_bytes()[..], &bytes::large(pyramid, level)].concat();
        node.put_beside(&path(file, seen_as, level), &whole)?;
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

/// Reads a copy of a level from 64 to 256.
pub(super) fn read(node: &LocalNode, file: &str, seen_as: SeenAs, level: usize) -> Result<Level, Unread> {
    let path = path(file, seen_as, level);
    let whole = node.absolute(&path).and_then(std::fs::read).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Unread::Lost,
        _ => Unread::Failed(error),
    })?;
    let of_recipe = whole.strip_prefix(&RECIPE.to_le_bytes()).ok_or(Unread::Lost)?;
    bytes::read_large(of_recipe, level).map_err(|foreign: Foreign| {
        tracing::debug!(path, %foreign, "a copy is made anew");
        Unread::Lost
    })
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
}
