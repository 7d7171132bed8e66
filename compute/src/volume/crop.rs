//! A volume of which a part is cut off: what is cut off becomes padding, which has no part in anything.

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

/// How far beyond the end a sample still stays, in samples or mm: what rounding does.
const SLACK: f64 = 1e-6;

/// A copy of a volume without what any of the crops cuts off.
///
/// Samples stay as they are stored; where every number of 8 bits is taken, and none is left to stand for padding, they become
/// 16 bits long. Errors: a crop of what is no number, every number of 16 bits taken, a volume that is none,
/// [`Error::Stopped`].
pub fn cropped(volume: &Volume, crops: &[Crop], stop: Stop<'_>) -> Result<Volume, Error> {
    for crop in crops {
        match crop {
            Crop::Between(one, other) => finite("the crop", &[*one, *other])?,
            Crop::Behind { normal, offset } => finite("the crop", &[*normal, [*offset; 3]])?,
        }
    }
    let padding = match volume.padding {
        Some(padding) => Some(padding),
        None => spare(volume, stop)?,
    };
    let (voxels, padding) = match (&volume.voxels, padding) {
        (Voxels::U8(samples), Some(padding)) => (Voxels::U8(cut(volume, samples, padding, crops, stop)?), padding),
        (Voxels::I16(samples), Some(padding)) => (Voxels::I16(cut(volume, samples, padding, crops, stop)?), padding),
        (Voxels::U16(samples), Some(padding)) => (Voxels::U16(cut(volume, samples, padding, crops, stop)?), padding),
        (Voxels::F32(samples), _) => (Voxels::F32(cut(volume, samples, f32::NAN, crops, stop)?), f32::NAN),
        (Voxels::U8(samples), None) => {
            let wide: Vec<i16> = samples.iter().map(|sample| i16::from(*sample)).collect();
            (Voxels::I16(cut(volume, &wide, -1.0, crops, stop)?), -1.0)
        }
        (_, None) => return Err(Error::NoPadding),
    };
    let (geometry, stack) = (volume.geometry.clone(), Kept::default());
    let Volume { size, slope, intercept, .. } = *volume;
    Ok(Volume { size, voxels, slope, intercept, padding: Some(padding), geometry, stack })
}

/// The least number that fits and that no sample has; of floats no number.
fn spare(volume: &Volume, stop: Stop<'_>) -> Result<Option<f32>, Error> {
    let Some((counts, first)) = stored_counts(volume, stop)? else { return Ok(Some(f32::NAN)) };
    let most = if matches!(volume.voxels, Voxels::U8(_)) { 256 } else { counts.len() };
    Ok(counts[..most].iter().position(|count| *count == 0).map(|at| (at as f64 + first) as f32))
}

fn cut<S: Sample>(
    volume: &Volume,
    samples: &[S],
    padding: f32,
    crops: &[Crop],
    stop: Stop<'_>,
) -> Result<Vec<S>, Error> {
    let grid = Grid::of(volume, samples)?;
    let mut kept = room(samples.len());
    kept.resize(samples.len(), S::of(padding));
    let slices = kept.par_chunks_mut(grid.plane).zip(samples.par_chunks(grid.plane)).enumerate();
    slices.try_for_each(|(slice, (kept, samples))| {
        go_on(stop)?;
        let rows = kept.chunks_exact_mut(grid.row).zip(samples.chunks_exact(grid.row)).enumerate();
        for (row, (kept, samples)) in rows {
            let [from, to] = crops.iter().fold([0.0, grid.row as f64 - 1.0], |[from, to], crop| {
                let [first, last] = crop.columns(volume, row, slice);
                [first.max(from), last.min(to)]
            });
            // What is no number is not kept.
            if from <= to {
                let columns = from.ceil() as usize..to.floor() as usize + 1;
                kept.get_mut(columns.clone()).zip(samples.get(columns)).into_iter().for_each(|(kept, samples)| {
                    kept.copy_from_slice(samples);
                });
            }
        }
        Ok::<(), Error>(())
    })?;
    Ok(kept)
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
mod tests {
    use super::*;
    use crate::volume::never;
    use crate::volume::samples_for_tests::{cubes, geometries, noise};

    /// How many samples stay, of those that a place decides about; all must be as they were.
    fn kept(volume: &Volume, crop: Crop, stays: impl Fn([usize; 3], Point) -> bool) -> usize {
        let cropped = cropped(volume, &[crop], &never).expect("a volume");
        let (Voxels::I16(before), Voxels::I16(after)) = (&volume.voxels, &cropped.voxels) else { panic!("16 bits") };
        let padding = cropped.padding.expect("padding") as i16;
        assert!(!before.contains(&padding));
        let [columns, rows, slices] = volume.size;
        let mut count = 0;
        for z in 0..slices {
            for y in 0..rows {
                for x in 0..columns {
                    let (at, index) = (x + columns * (y + rows * z), [x, y, z]);
                    let stays = stays(index, volume.geometry.point(index.map(|place| place as f64)));
                    assert_eq!(after[at], if stays { before[at] } else { padding }, "{crop:?} {index:?}");
                    count += usize::from(stays);
                }
            }
        }
        count
    }

    #[test]
    fn a_box_lies_as_the_grid_does() {
        for (name, geometry) in geometries(6) {
            let volume = Volume { geometry, ..cubes([9, 8, 6], noise) };
            // From the middle between samples.
            let place = |index: Point| volume.geometry.point(index);
            let crop = Crop::Between(place([6.5, 1.5, 4.5]), place([2.5, 5.0, 0.5]));
            let count = kept(&volume, crop, |[x, y, z], _| {
                (3..=6).contains(&x) && (2..=5).contains(&y) && (1..=4).contains(&z)
            });
            assert_eq!(count, 64, "{name}");
        }
    }

    #[test]
    fn what_is_before_a_plane_is_cut_off() {
        for (name, geometry) in geometries(6) {
            let volume = Volume { geometry, ..cubes([9, 8, 6], noise) };
            let middle = volume.geometry.point([4.1, 3.7, 2.6]);
            for normal in [[1.0, 0.0, 0.0], [-0.6, 0.0, 0.8], [0.1, -0.9, 0.3]] {
                let offset = vector::dot(normal, middle);
                let count = kept(&volume, Crop::Behind { normal, offset }, |_, place| {
                    vector::dot(normal, place) <= offset + SLACK
                });
                assert!((60..370).contains(&count), "{name} {normal:?} {count}");
            }
        }
    }

    #[test]
    fn crops_hold_together_and_padding_stays_padding() {
        let volume = cubes([5, 4, 3], |[x, ..]| x as i16).with_padding(1.0);
        let crops =
            [Crop::Behind { normal: [1.0, 0.0, 0.0], offset: 3.0 }, Crop::Between([0.0, 0.0, 0.0], [9.0, 9.0, 0.0])];
        let cropped = cropped(&volume, &crops, &never).expect("a volume");
        let mut expected = [[0, 1, 2, 3, 1]; 4].concat();
        expected.resize(60, 1);
        assert_eq!((cropped.voxels, cropped.padding), (Voxels::I16(expected), Some(1.0)));
    }

    #[test]
    fn where_no_number_is_left_samples_become_longer() {
        let volume = cubes([256, 1, 1], |[x, ..]| x as i16);
        let volume = Volume { voxels: Voxels::U8((0..=255).collect()), ..volume };
        let crop = Crop::Behind { normal: [1.0, 0.0, 0.0], offset: 10.0 };
        let cropped = |volume: &Volume| cropped(volume, &[crop], &never);
        let mut expected: Vec<i16> = (0..=10).collect();
        expected.resize(256, -1);
        let found = cropped(&volume).expect("a volume");
        assert_eq!((found.voxels, found.padding), (Voxels::I16(expected), Some(-1.0)));
        let full = cubes([256, 256, 1], |[x, y, _]| (x + 256 * y) as u16 as i16);
        assert_eq!(cropped(&full), Err(Error::NoPadding));
        let endless = Crop::Behind { normal: [f64::NAN; 3], offset: 0.0 };
        assert!(matches!(super::cropped(&volume, &[endless], &never), Err(Error::NotFinite(_))));
    }
}
