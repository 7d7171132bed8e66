//! Segments laid on the samples of a volume.

use std::ops::Range;

use compute::volume::{Geometry, Point};

use crate::Error;
use crate::volume::slice::{Slice, cross, dot, unit};
use crate::volume::state::damaged;

/// Largest part of a step from slice to slice by which a plane of segments may lie beside its slice.
const SAME_PLACE: f64 = 0.1;
/// Height in mm that a column adds at least where not all of a row is as high.
const FLAT: f64 = 1e-9;
/// Least cosine of the angle between planes that are the same: a tenth of a degree.
const SAME_PLANE: f64 = 1.0 - 1.5e-6;

/// The samples of a volume that segments are laid on, in the space of these.
pub(super) struct Grid {
    pub(super) geometry: Geometry,
    pub(super) size: [usize; 3],
}

impl Grid {
    /// The slice that a frame lies on.
    fn slice(&self, frame: &Slice) -> Option<f64> {
        let height = self.geometry.index(frame.place.position)[2];
        let slice = height.round();
        let is_parallel = dot(normal(frame), self.geometry.normal()).abs() >= SAME_PLANE;
        (is_parallel && (height - slice).abs() <= SAME_PLACE).then_some(slice)
    }

    /// How far from plane to plane segments reach, half of it on each side; `None` where all of their planes are slices.
    /// Else it is what their Segmentation says, or what there is between planes where that is less.
    pub(super) fn gap(&self, frames: &[Slice], said: Option<f64>) -> Option<f64> {
        if frames.iter().all(|frame| self.slice(frame).is_some()) {
            return None;
        }
        let between = || {
            let along = normal(frames.first()?);
            let mut heights: Vec<f64> = frames.iter().map(|frame| dot(along, frame.place.position)).collect();
            heights.sort_unstable_by(f64::total_cmp);
            let gaps = heights.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1e-3);
            gaps.reduce(f64::min)
        };
        Some(said.into_iter().chain(between()).reduce(f64::min).unwrap_or(self.geometry.spacing()[2]))
    }

    /// Whether any of a slice may be as near to a plane.
    fn is_near(&self, slice: usize, (position, normal): (Point, Point), reach: f64) -> bool {
        let Geometry { across, down, origins } = &self.geometry;
        let from: Point = std::array::from_fn(|axis| origins[slice][axis] - position[axis]);
        let ends = [(across, self.size[0]), (down, self.size[1])];
        let ends = ends.map(|(way, count)| dot(normal, *way) * count.saturating_sub(1) as f64);
        let least: f64 = ends.iter().map(|end| end.min(0.0)).sum();
        let most: f64 = ends.iter().map(|end| end.max(0.0)).sum();
        let first = dot(normal, from);
        first + least <= reach && first + most >= -reach
    }

    /// Adds the samples that are within a segment on the plane of a frame: of the slice that it is, or of all that are
    /// nearer to it than half of the gap to the next. Each takes what is nearest on the plane.
    pub(super) fn paint(
        &self,
        (frame, gap): (&Slice, Option<f64>),
        (size, bits): ([usize; 2], &[u8]),
        within: &mut [u8],
    ) -> Result<(), Error> {
        if bits.len() < (size[0] * size[1]).div_ceil(8) {
            return Err(damaged("a frame of its segmentation ends early"));
        }
        let (place, normal, geometry) = (&frame.place, normal(frame), &self.geometry);
        let slices = match gap {
            Some(_) => 0..self.size[2],
            // Segments beyond the ends of the volume have no part in it.
            None => match self.slice(frame) {
                Some(slice) if (0.0..self.size[2] as f64).contains(&slice) => slice as usize..slice as usize + 1,
                _ => return Ok(()),
            },
        };
        // Column and row of the frame, with fractions.
        let along = |way: Point| [dot(way, place.across) / place.spacing[0], dot(way, place.down) / place.spacing[1]];
        let across = along(geometry.across);
        let is_near = |slice: &usize| gap.is_none_or(|gap| self.is_near(*slice, (place.position, normal), gap / 2.0));
        let slices = slices.filter(is_near);
        for (slice, row) in slices.flat_map(|slice| (0..self.size[1]).map(move |row| (slice, row))) {
            let origin = geometry.origins[slice];
            let from: Point =
                std::array::from_fn(|axis| origin[axis] + row as f64 * geometry.down[axis] - place.position[axis]);
            let columns = match gap {
                None => 0..self.size[0],
                Some(gap) => near(dot(normal, from), dot(normal, geometry.across), gap / 2.0, self.size[0]),
            };
            let (start, first) = (self.size[0] * (row + self.size[1] * slice), along(from));
            for column in columns {
                let at = |axis: usize| (first[axis] + column as f64 * across[axis] + 0.5).floor();
                let [x, y] = [at(0), at(1)];
                let is_inside = (0.0..size[0] as f64).contains(&x) && (0.0..size[1] as f64).contains(&y);
                if !is_inside {
                    continue;
                }
                let bit = x as usize + size[0] * y as usize;
                if bits[bit / 8] >> (bit % 8) & 1 == 1 {
                    let sample = start + column;
                    within[sample / 8] |= 1 << (sample % 8);
                }
            }
        }
        Ok(())
    }
}

/// The direction across the plane of a frame.
fn normal(frame: &Slice) -> Point {
    unit(cross(frame.place.across, frame.place.down)).unwrap_or_default()
}

/// The columns of a row, of so many, that are nearer to a plane than that: by the first one's height above it, and what
/// each adds.
fn near(first: f64, step: f64, reach: f64, count: usize) -> Range<usize> {
    if step.abs() < FLAT {
        return if (-reach..reach).contains(&first) { 0..count } else { 0..0 };
    }
    let ends = [(-reach - first) / step, (reach - first) / step];
    let [from, to] =
        [ends[0].min(ends[1]), ends[0].max(ends[1])].map(|end| end.ceil().clamp(0.0, count as f64) as usize);
    from..to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::slice::Place;

    const AXIAL: [Point; 2] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];

    /// A volume of 4 × 3 × 2 samples, 2 mm from slice to slice.
    fn grid() -> Grid {
        let origins = vec![[0.0; 3], [0.0, 0.0, 2.0]];
        Grid { geometry: Geometry { across: AXIAL[0], down: AXIAL[1], origins }, size: [4, 3, 2] }
    }

    fn frame(position: Point, [across, down]: [Point; 2], spacing: f64) -> Slice {
        let place = Place { position, across, down, spacing: [spacing; 2] };
        Slice {
            source: 0,
            frame: 1,
            place,
            traits: Default::default(),
            stack: None,
            frame_of_reference: None,
            is_localizer: false,
        }
    }

    /// The samples that are within by a frame.
    fn painted(frame: Slice, gap: Option<f64>, (size, bits): ([usize; 2], &[u8])) -> Result<Vec<usize>, Error> {
        let mut within = vec![0; 3];
        grid().paint((&frame, gap), (size, bits), &mut within)?;
        Ok((0..24).filter(|sample| within[sample / 8] >> (sample % 8) & 1 == 1).collect())
    }

    #[test]
    fn segments_are_laid_on_the_nearest_samples_of_their_slice() {
        // The second and the last of 2 × 2.
        let diagonal = ([2, 2], &[0b1010][..]);
        let on = |position: Point, spacing: f64| painted(frame(position, AXIAL, spacing), None, diagonal).unwrap();
        assert_eq!(on([1.0, 1.0, 2.0], 1.0), [12 + 6, 12 + 10]);
        // Twice as large: each is over two columns and rows.
        assert_eq!(on([0.5, 0.5, 0.0], 2.0), [2, 3, 6, 7, 10, 11]);
        assert_eq!(on([1.0, 1.0, 8.0], 1.0), Vec::<usize>::new());
    }

    #[test]
    fn samples_take_the_nearest_plane_of_segments_that_lie_on_others() {
        let all = ([4, 3], &[0xff, 0x0f][..]);
        assert_eq!(grid().slice(&frame([0.0, 0.0, 1.9], AXIAL, 1.0)), Some(1.0));
        assert_eq!(grid().slice(&frame([0.0, 0.0, 1.0], AXIAL, 1.0)), None);
        // Half way between both slices, which are on its border: the lower one is within, the upper one beyond.
        let between = painted(frame([0.0, 0.0, 1.0], AXIAL, 1.0), Some(2.0), all).unwrap();
        assert_eq!(between, (0..12).collect::<Vec<usize>>());
        // A sagittal plane has the second column of both.
        let sagittal = frame([1.2, 0.0, 0.0], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 1.0);
        assert_eq!(painted(sagittal, Some(1.0), all).unwrap(), [1, 5, 9, 13, 17, 21]);
    }

    #[test]
    fn columns_near_a_plane_are_found_whichever_way_it_leans() {
        assert_eq!((near(-1.2, 0.5, 0.5, 9), near(1.2, -0.5, 0.5, 9)), (2..4, 2..4));
        assert_eq!((near(0.4, 0.0, 0.5, 9), near(0.6, 0.0, 0.5, 9)), (0..9, 0..0));
        assert_eq!((near(5.0, 1.0, 0.5, 9), near(-50.0, 1.0, 0.5, 9)), (0..0, 9..9));
    }

    #[test]
    fn cut_off_frames_are_refused() {
        let cut = painted(frame([0.0; 3], AXIAL, 1.0), None, ([4, 4], &[1]));
        assert!(matches!(cut, Err(Error::Damaged(_))));
    }
}
