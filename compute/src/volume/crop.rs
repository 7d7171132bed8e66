//! A volume of which a part is cut off: what is cut off is left out, or becomes padding, which has no part in anything.

use std::ops::Range;

use rayon::prelude::*;

use super::grid::{Grid, Sample};
use super::histogram::stored_counts;
use super::stop::go_on;
use super::{Error, Kept, Point, Stop, Volume, Voxels, check::finite, room, vector};

/// What of a volume stays. Samples stay or go whole: a volume ends half a voxel beyond the last that stays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Crop {
    /// All between two places: from the one's column, row and slice to the other's, whichever way these lie.
    Between(Point, Point),
    /// All on one side of a plane: where `normal · place <= offset`, in mm.
    Behind {
        /// Points to what is cut off.
        normal: Point,
        /// See `normal`.
        offset: f64,
    },
}

/// Samples that are within something, of a volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// A bit for each sample, the first in the lowest bit of the first byte; samples that have none are not within.
    pub within: Vec<u8>,
    /// Whether they stay, and all others go; else they go.
    pub stay: bool,
}

/// All that cuts something off: a sample stays where everything lets it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cropping {
    /// By places.
    pub crops: Vec<Crop>,
    /// By samples.
    pub masks: Vec<Mask>,
}

/// How far beyond the end a sample still stays, in samples or mm: what rounding does.
const SLACK: f64 = 1e-6;

/// What is left of a volume without what any of the crops cuts off: a copy, as large as the box along its grid that holds all
/// samples that stay. Others in it are padding.
///
/// Samples stay as they are stored; where every number of 8 bits is taken, and none is left to stand for padding, they become
/// 16 bits long. Nothing is one sample of padding. Errors: a crop of what is no number, every number of 16 bits taken, a volume
/// that is none, [`Error::Stopped`].
pub fn cropped(volume: &Volume, cropping: &Cropping, stop: Stop<'_>) -> Result<Volume, Error> {
    for crop in &cropping.crops {
        match crop {
            Crop::Between(one, other) => finite("the crop", &[*one, *other])?,
            Crop::Behind { normal, offset } => finite("the crop", &[*normal, [*offset; 3]])?,
        }
    }
    let padding = match volume.padding {
        Some(padding) => Some(padding),
        None => spare(volume, stop)?,
    };
    let kept = Remains::of(volume, cropping, stop)?;
    let cut = |padding: f32| Cut { volume, cropping, kept: &kept, padding, stop };
    let (voxels, padding) = match (&volume.voxels, padding) {
        (Voxels::U8(samples), Some(padding)) => (Voxels::U8(cut(padding).copy(samples)?), padding),
        (Voxels::I16(samples), Some(padding)) => (Voxels::I16(cut(padding).copy(samples)?), padding),
        (Voxels::U16(samples), Some(padding)) => (Voxels::U16(cut(padding).copy(samples)?), padding),
        (Voxels::F32(samples), _) => (Voxels::F32(cut(f32::NAN).copy(samples)?), f32::NAN),
        (Voxels::U8(samples), None) => {
            let wide: Vec<i16> = samples.iter().map(|sample| i16::from(*sample)).collect();
            (Voxels::I16(cut(-1.0).copy(&wide)?), -1.0)
        }
        (_, None) => return Err(Error::NoPadding),
    };
    let [columns, rows, slices] = kept.0.clone();
    let size = kept.size();
    let geometry = volume.geometry.part([columns.start, rows.start], slices);
    let Volume { slope, intercept, .. } = *volume;
    Ok(Volume { size, voxels, slope, intercept, padding: Some(padding), geometry, stack: Kept::default() })
}

/// How many samples [`cropped`] leaves at most, of a volume of this geometry and size.
pub fn remaining(volume: &Volume, cropping: &Cropping, stop: Stop<'_>) -> Result<usize, Error> {
    Remains::of(volume, cropping, stop).map(|kept| kept.size().iter().product())
}

/// The columns, rows and slices of the box that holds all samples that stay; the first of each when none does.
struct Remains([Range<usize>; 3]);

impl Remains {
    fn of(volume: &Volume, cropping: &Cropping, stop: Stop<'_>) -> Result<Self, Error> {
        let [_, rows, slices] = volume.size;
        let none = || Ok([(usize::MAX, 0); 3]);
        let joined = |one: [(usize, usize); 3], other: [(usize, usize); 3]| -> [(usize, usize); 3] {
            std::array::from_fn(|axis| (one[axis].0.min(other[axis].0), one[axis].1.max(other[axis].1)))
        };
        let found = (0..slices).into_par_iter().map(|slice| {
            go_on(stop)?;
            let of_row = |row: usize| {
                let columns = cropping.columns(volume, row, slice);
                (!columns.is_empty()).then_some([(columns.start, columns.end), (row, row + 1), (slice, slice + 1)])
            };
            (0..rows).filter_map(of_row).fold(none(), |all, row| all.map(|all| joined(all, row)))
        });
        let found = found.reduce(none, |one, other| Ok(joined(one?, other?)))?;
        let [columns, rows, found] = found.map(|(first, end)| if first < end { first..end } else { 0..1 });
        // What is beyond the last slice that stays lies as near as the next one did: of unequal distances all are kept.
        let all = if volume.stack().pieces().len() == 1 { found } else { 0..slices };
        Ok(Self([columns, rows, all]))
    }

    fn size(&self) -> [usize; 3] {
        self.0.clone().map(|range| range.len())
    }
}

impl Cropping {
    /// The columns of a row of a slice that stay, from the first to the last.
    fn columns(&self, volume: &Volume, row: usize, slice: usize) -> Range<usize> {
        let all = [0.0, volume.size[0] as f64 - 1.0];
        let [from, to] = self.crops.iter().fold(all, |[from, to], crop| {
            let [first, last] = crop.columns(volume, row, slice);
            [first.max(from), last.min(to)]
        });
        // What is no number is not kept.
        let columns = if from <= to { from.ceil() as usize..to.floor() as usize + 1 } else { 0..0 };
        if self.masks.is_empty() {
            return columns;
        }
        let first = volume.size[0] * (row + volume.size[1] * slice);
        let mut staying = columns.filter(|column| self.stays(first + column));
        let Some(start) = staying.next() else { return 0..0 };
        start..staying.next_back().unwrap_or(start) + 1
    }

    /// Whether all masks let a sample stay.
    fn stays(&self, sample: usize) -> bool {
        self.masks.iter().all(|mask| {
            let is_within = mask.within.get(sample / 8).is_some_and(|byte| byte >> (sample % 8) & 1 == 1);
            is_within == mask.stay
        })
    }
}

/// The least number that fits and that no sample has; of floats no number.
fn spare(volume: &Volume, stop: Stop<'_>) -> Result<Option<f32>, Error> {
    let Some((counts, first)) = stored_counts(volume, stop)? else { return Ok(Some(f32::NAN)) };
    let most = if matches!(volume.voxels, Voxels::U8(_)) { 256 } else { counts.len() };
    Ok(counts[..most].iter().position(|count| *count == 0).map(|at| (at as f64 + first) as f32))
}

/// What is copied of a volume.
struct Cut<'a> {
    volume: &'a Volume,
    cropping: &'a Cropping,
    kept: &'a Remains,
    padding: f32,
    stop: Stop<'a>,
}

impl Cut<'_> {
    fn copy<S: Sample>(&self, samples: &[S]) -> Result<Vec<S>, Error> {
        let grid = Grid::of(self.volume, samples)?;
        let [columns, rows, slices] = &self.kept.0;
        let [width, height, depth] = self.kept.size();
        let mut copy = room(width * height * depth);
        let padding = S::of(self.padding);
        copy.resize(width * height * depth, padding);
        copy.par_chunks_exact_mut(width * height).zip(slices.clone().into_par_iter()).try_for_each(
            |(copy, slice)| {
                go_on(self.stop)?;
                for (copy, row) in copy.chunks_exact_mut(width).zip(rows.clone()) {
                    let stay = self.cropping.columns(self.volume, row, slice);
                    if stay.is_empty() {
                        continue;
                    }
                    let first = slice * grid.plane + row * grid.row;
                    let copy = &mut copy[stay.start - columns.start..stay.end - columns.start];
                    copy.copy_from_slice(&grid.samples[first + stay.start..first + stay.end]);
                    if !self.cropping.masks.is_empty() {
                        let gone = copy.iter_mut().zip(stay).filter(|(_, column)| !self.cropping.stays(first + column));
                        gone.for_each(|(copy, _)| *copy = padding);
                    }
                }
                Ok::<(), Error>(())
            },
        )?;
        Ok(copy)
    }
}

impl Crop {
    /// The first and the last column that stay in a row of a slice, with fractions: none where the first is beyond the last.
    fn columns(&self, volume: &Volume, row: usize, slice: usize) -> [f64; 2] {
        let (all, none) = ([f64::NEG_INFINITY, f64::INFINITY], [f64::INFINITY, f64::NEG_INFINITY]);
        match *self {
            Self::Between(one, other) => {
                let [one, other] = [one, other].map(|place| volume.stack().index(place));
                let ends: [[f64; 2]; 3] = std::array::from_fn(|axis| {
                    [one[axis].min(other[axis]) - SLACK, one[axis].max(other[axis]) + SLACK]
                });
                let is_within = |place: usize, [low, high]: [f64; 2]| (low..=high).contains(&(place as f64));
                if is_within(row, ends[1]) && is_within(slice, ends[2]) { ends[0] } else { none }
            }
            Self::Behind { normal, offset } => {
                let geometry = &volume.geometry;
                let first = vector::along(geometry.origins[slice], geometry.down, row as f64);
                let (behind, step) =
                    (offset + SLACK - vector::dot(normal, first), vector::dot(normal, geometry.across));
                match step {
                    0.0 => {
                        if behind >= 0.0 {
                            all
                        } else {
                            none
                        }
                    }
                    0.0.. => [f64::NEG_INFINITY, behind / step],
                    _ => [behind / step, f64::INFINITY],
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
