//! A slab: the values over a thickness around a plane, made one for each pixel.

use rayon::prelude::*;

use super::between::stretches;
use super::gather::Gather;
use super::grid::{Grid, with_samples};
use super::line::{Line, runs};
use super::stop::go_on;
use super::{Error, Geometry, Intensity, Interpolation, Plane, Stop, Volume, check::finite, vector};

/// What is on both sides of a plane.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Slab {
    /// How thick, in mm, half of it on each side. Without thickness it is a slice.
    pub thickness: f64,
    /// What becomes of the values at a pixel.
    pub intensity: Intensity,
}

/// The most samples through a slab.
const MOST: usize = 8192;

impl Slab {
    /// How many samples there are at each pixel: as many as make their distance at most the finest spacing of the volume,
    /// `⌈thickness / finest⌉ + 1`, the first and the last on the two faces; at most 8192.
    pub fn samples(&self, geometry: &Geometry) -> usize {
        let steps = (self.thickness / geometry.finest() - 1e-9).ceil();
        if self.thickness > 0.0 { (steps as usize).clamp(1, MOST - 1) + 1 } else { 1 }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        finite("the thickness", &[[self.thickness; 3]])
    }

    /// Where they are, in mm from the plane along where the viewer looks.
    pub(crate) fn depths(&self, geometry: &Geometry) -> impl Iterator<Item = f64> + use<> {
        let (count, thickness) = (self.samples(geometry), self.thickness.max(0.0));
        let step = thickness / (count - 1).max(1) as f64;
        (0..count).map(move |number| if count == 1 { 0.0 } else { number as f64 * step - thickness / 2.0 })
    }
}

/// What was measured over a slab: as [`super::slice()`], with the values at [`Slab::samples`] depths made one.
///
/// The definition is [`super::plain::slab`].
pub fn slab(
    volume: &Volume,
    plane: &Plane,
    slab: &Slab,
    interpolation: Interpolation,
    outside: f32,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    plane.check()?;
    slab.check()?;
    let (stack, normal) = (volume.stack(), plane.normal());
    let depths: Vec<f64> = slab.depths(&volume.geometry).collect();
    let mut pixels = vec![outside; plane.pixels()];
    with_samples!(&volume.voxels, samples => {
        let grid = Grid::of(volume, samples)?;
        let stored = Grid { slope: 1.0, intercept: 0.0, ..grid };
        let gather = Gather::stored(slab.intensity, volume);
        pixels.par_chunks_exact_mut(plane.width).enumerate().try_for_each(|(row, pixels)| {
            go_on(stop)?;
            let first = plane.point(0.0, row as f64);
            let (mut values, mut together) = (vec![0.0; plane.width], vec![gather.nothing(); plane.width]);
            for depth in &depths {
                let line = Line { start: vector::along(first, normal, *depth), step: plane.across, count: plane.width };
                runs(stack, volume.size, &line, |run| {
                    for stretch in stretches(run, volume.size, interpolation) {
                        stretch.fill(&stored, interpolation, &mut values);
                    }
                    gather.add(&mut together[run.from..run.to], &values[run.from..run.to]);
                });
            }
            for (pixel, together) in pixels.iter_mut().zip(together) {
                *pixel = gather.value(together).map_or(outside, |stored| grid.measured(stored));
            }
            Ok::<(), Error>(())
        })?;
    });
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::samples_for_tests::{agree, cubes, geometries, holes, noise, planes};
    use crate::volume::{never, plain};

    const INTENSITIES: [Intensity; 3] = [Intensity::Maximum, Intensity::Minimum, Intensity::Average];

    #[test]
    fn the_fast_path_agrees_with_the_definition() {
        for (name, geometry) in geometries(6) {
            let volume = Volume { geometry, slope: -0.5, ..cubes([9, 8, 6], noise) };
            let holes = Volume { slope: -0.5, ..cubes([9, 8, 6], holes) }.with_padding(-2000.0);
            let holes = Volume { geometry: volume.geometry.clone(), ..holes };
            for (plane, volume) in planes(&volume).iter().take(2).flat_map(|plane| [(plane, &volume), (plane, &holes)])
            {
                for intensity in INTENSITIES {
                    let thick = Slab { thickness: 3.3, intensity };
                    let fast = slab(volume, plane, &thick, Interpolation::Linear, 9e3, &never).expect("a slab");
                    let plain = plain::slab(volume, plane, &thick, Interpolation::Linear, 9e3);
                    assert!(agree(&fast, &plain, 2e-3), "{name} {intensity:?}");
                }
            }
        }
    }

    #[test]
    fn samples_reach_from_face_to_face_at_the_finest_spacing() {
        let volume = cubes([4, 4, 9], |[_, _, z]| (z * z) as i16);
        let thick = |thickness, intensity| {
            let plane =
                Plane { corner: [1.0, 1.0, 4.0], across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], width: 2, height: 1 };
            let thick = Slab { thickness, intensity };
            slab(&volume, &plane, &thick, Interpolation::Linear, 0.0, &never).map(|values| values[1])
        };
        assert_eq!(INTENSITIES.map(|intensity| thick(4.0, intensity)), [Ok(36.0), Ok(4.0), Ok(90.0 / 5.0)]);
        assert_eq!(INTENSITIES.map(|intensity| thick(0.0, intensity)), [Ok(16.0); 3]);
        assert_eq!(Slab { thickness: 4.1, ..Slab::default() }.samples(&volume.geometry), 6);
        assert!(matches!(thick(f64::NAN, Intensity::Maximum), Err(Error::NotFinite(_))));
    }

    #[test]
    fn padding_has_no_part_in_averages_and_least_values() {
        let volume = cubes([4, 4, 5], |[_, _, z]| if z == 2 { -2000 } else { 10 * z as i16 }).with_padding(-2000.0);
        let plane =
            Plane { corner: [1.0, 1.0, 2.0], across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], width: 1, height: 1 };
        let thick = |thickness, intensity| {
            slab(&volume, &plane, &Slab { thickness, intensity }, Interpolation::Linear, -1.0, &never).expect("a slab")
        };
        assert_eq!(INTENSITIES.map(|intensity| thick(4.0, intensity)[0]), [40.0, 0.0, 20.0]);
        assert_eq!(INTENSITIES.map(|intensity| thick(0.5, intensity)[0]), [-1.0; 3]);
    }

    #[test]
    fn what_is_outside_does_not_count() {
        let volume = cubes([4, 4, 3], |_| 7);
        let plane =
            Plane { corner: [1.0, 1.0, 3.0], across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], width: 1, height: 1 };
        for intensity in INTENSITIES {
            let reach =
                |thickness| slab(&volume, &plane, &Slab { thickness, intensity }, Interpolation::Linear, -1.0, &never);
            assert_eq!((reach(2.0), reach(0.5)), (Ok(vec![7.0]), Ok(vec![-1.0])));
        }
    }
}
