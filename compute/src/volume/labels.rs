//! Samples in classes.

use rayon::prelude::*;

use super::grid::{Grid, Sample, with_samples};
use super::stop::go_on;
use super::{Error, Geometry, Stop, Volume, room, vector};

/// A number for each sample of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Columns, rows, slices.
    pub size: [usize; 3],
    /// `size[0] * size[1] * size[2]` numbers, in the order of the samples.
    pub labels: Vec<u8>,
}

/// The class of each sample: how many of the cuts (in the unit of what was measured, ascending, at most 254) are at or
/// below its value. What is not a number is in class 0, and padding in none ([`Labels::NONE`]).
pub fn label(volume: &Volume, cuts: &[f64], stop: Stop<'_>) -> Result<Labels, Error> {
    let mut labels = room(volume.voxels.len());
    labels.resize(volume.voxels.len(), 0);
    with_samples!(&volume.voxels, samples => labelled(&Grid::of(volume, samples)?, cuts, &mut labels, stop)?);
    Ok(Labels { size: volume.size, labels })
}

fn labelled<S: Sample>(grid: &Grid<'_, S>, cuts: &[f64], labels: &mut [u8], stop: Stop<'_>) -> Result<(), Error> {
    let bounds: Vec<S> = bounds((grid.slope, grid.intercept), cuts);
    let planes = labels.par_chunks_mut(grid.plane).zip(grid.samples.par_chunks(grid.plane));
    planes.try_for_each(|(labels, samples)| {
        go_on(stop)?;
        for bound in &bounds {
            let pairs = labels.iter_mut().zip(samples);
            if grid.slope < 0.0 {
                pairs.for_each(|(label, sample)| *label += u8::from(sample <= bound));
            } else {
                pairs.for_each(|(label, sample)| *label += u8::from(sample >= bound));
            }
        }
        if let Some(padding) = grid.padding {
            let padded = labels.iter_mut().zip(samples).filter(|(_, sample)| sample.is(padding));
            padded.for_each(|(label, _)| *label = Labels::NONE);
        }
        Ok(())
    })
}

/// What samples are compared with, as they are stored: a value is at or above a cut when its sample is at or above another one,
/// or below where the slope is negative. A cut that no sample reaches has none.
pub(crate) fn bounds<S: Sample>((slope, intercept): (f32, f32), cuts: &[f64]) -> Vec<S> {
    let (slope, intercept) = (f64::from(slope), f64::from(intercept));
    let cuts = &cuts[..cuts.len().min(254)];
    let stored = cuts.iter().map(|cut| (cut - intercept) / slope);
    match slope {
        0.0 => vec![S::LEAST; cuts.iter().filter(|cut| intercept >= **cut).count()],
        0.0.. => stored.filter_map(S::at_least).collect(),
        _ => stored.filter_map(S::at_most).collect(),
    }
}

impl Labels {
    /// The number of samples that are in no class: nothing was measured there.
    pub const NONE: u8 = 255;

    /// That there are as many as the size says, and at least one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let expected = self.size.iter().product();
        if self.labels.len() != expected || expected == 0 {
            return Err(Error::Samples { size: self.size, expected, found: self.labels.len() });
        }
        Ok(())
    }

    /// How much of the patient the samples with a label take, in ml.
    pub fn millilitres(&self, label: u8, geometry: &Geometry) -> f64 {
        let plane = (self.size[0] * self.size[1]).max(1);
        let slices = self.labels.par_chunks(plane).zip(geometry.voxel_volumes());
        slices.map(|(slice, each)| slice.iter().filter(|one| **one == label).count() as f64 * each).sum::<f64>()
            / 1000.0
    }
}

impl Geometry {
    /// How much of the patient each sample of a slice stands for, slice by slice, in mm³: it reaches half the way to the
    /// slices on both sides, and as far beyond the first and the last as into the stack.
    pub fn voxel_volumes(&self) -> Vec<f64> {
        let (area, normal) = (vector::length(vector::cross(self.across, self.down)), self.normal());
        let heights: Vec<f64> = self.origins.iter().map(|origin| vector::dot(normal, *origin)).collect();
        let gaps: Vec<f64> = heights.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let single = vector::length(self.across);
        let gap = |above: Option<usize>| above.and_then(|at| gaps.get(at).copied());
        let thick = |slice: usize| {
            let (below, above) = (gap(slice.checked_sub(1)), gap(Some(slice)));
            let one = below.or(above).unwrap_or(single);
            f64::midpoint(one, above.or(below).unwrap_or(single))
        };
        (0..heights.len()).map(|slice| area * thick(slice)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::never;
    use crate::volume::samples_for_tests::{cubes, filled, geometries};

    #[test]
    fn values_at_or_above_a_cut_are_in_the_next_class() {
        let volume = Volume { slope: 2.0, ..cubes([5, 1, 1], |[x, ..]| x as i16) };
        assert_eq!(label(&volume, &[2.0, 7.0], &never).map(|labels| labels.labels), Ok(vec![0, 1, 1, 1, 2]));
        let turned = Volume { slope: -2.0, intercept: 8.0, ..volume.clone() };
        assert_eq!(label(&turned, &[2.0, 7.0, 9.0], &never).map(|labels| labels.labels), Ok(vec![2, 1, 1, 1, 0]));
        let even = Volume { slope: 0.0, intercept: 8.0, ..volume.clone() };
        assert_eq!(label(&even, &[8.0, 9.0], &never).map(|labels| labels.labels), Ok(vec![1; 5]));
        assert_eq!(label(&volume, &[-1e9, 1e9], &never).map(|labels| labels.labels), Ok(vec![1; 5]));
        assert_eq!(label(&volume, &[], &|| true), Err(Error::Stopped));
    }

    #[test]
    fn padding_is_in_no_class() {
        let volume = cubes([5, 1, 1], |[x, ..]| x as i16).with_padding(0.0);
        let labels = label(&volume, &[2.0], &never).expect("labels");
        assert_eq!(labels.labels, [Labels::NONE, 0, 1, 1, 1]);
        assert_eq!([0, 1].map(|class| labels.millilitres(class, &volume.geometry)), [0.001, 0.003]);
    }

    #[test]
    fn slices_at_unequal_distances_stand_for_unequal_volumes() {
        let origins = [0.0, 1.0, 4.0, 6.0].map(|z| [0.0, 0.0, z]).to_vec();
        let geometry = Geometry { across: [2.0, 0.0, 0.0], down: [0.0, 0.5, 0.0], origins };
        assert_eq!(geometry.voxel_volumes(), [1.0, 2.0, 2.5, 2.0]);
        let single = Geometry { origins: vec![[0.0; 3]], ..geometry };
        assert_eq!(single.voxel_volumes(), [2.0]);
    }

    #[test]
    fn an_ellipsoid_has_its_volume_within_one_percent_in_every_stack() {
        for (name, geometry) in geometries(40) {
            let size = [72, 84, 40];
            let centre = geometry.point([36.2, 41.7, 19.4]);
            let radii = [17.0, 21.0, 19.0];
            let volume = filled(size, geometry, |place| {
                let away = vector::minus(place, centre);
                f64::from((0..3).map(|axis| (away[axis] / radii[axis]).powi(2)).sum::<f64>() <= 1.0)
            });
            let labels = label(&volume, &[0.5], &never).expect("labels");
            let expected = 4.0 / 3.0 * std::f64::consts::PI * radii.iter().product::<f64>() / 1000.0;
            let found = labels.millilitres(1, &volume.geometry);
            assert!((found / expected - 1.0).abs() < 0.01, "{name}: {found} of {expected} ml");
        }
    }
}
