//! Large pictures are drawn in bands of rows, so that whoever waits can give up, and memory has a bound.

use super::Error;
use crate::volume::{self, Plane, Stop};

/// Pixels of a band, when they have a line each: as many as keep all of a large device busy.
const PIXELS: usize = 1 << 18;

/// Lines that are worked out and held at a time, when a row of pixels has several.
const LINES: usize = 1 << 20;

/// Rows from a first one on, so many at a time, one after another. Pixels have a line each, or rows `depths` of them.
pub(super) fn in_bands(
    plane: &Plane,
    depths: usize,
    stop: Stop<'_>,
    band: impl Fn(usize, usize) -> Result<Vec<f32>, Error>,
) -> Result<Vec<f32>, Error> {
    let rows = (PIXELS / plane.width).min(LINES / depths).max(1);
    let mut values = Vec::new();
    for first in (0..plane.height).step_by(rows) {
        volume::go_on(stop)?;
        values.extend(band(first, rows.min(plane.height - first))?);
    }
    Ok(values)
}
