//! What makes samples and a geometry a volume.

use super::{Error, Geometry, Kept, Point, Volume, Voxels, vector};

/// The longest side: places among the samples are kept in 32 bits and a fraction.
const LONGEST: usize = 65_535;

/// The largest cosine of the angle between rows and columns: a degree of slant is a rounded header, more is another geometry.
const SLANT: f64 = 0.0175;

impl Volume {
    /// A volume, when sizes agree, numbers are numbers, and slices are in order. Float samples may be NaN.
    pub fn new(
        size: [usize; 3],
        voxels: Voxels,
        (slope, intercept): (f32, f32),
        geometry: Geometry,
    ) -> Result<Self, Error> {
        if size.contains(&0) {
            return Err(Error::Empty(size));
        }
        let count = size.iter().try_fold(1_usize, |product, side| product.checked_mul(*side));
        let expected = count.filter(|_| size.iter().all(|side| *side <= LONGEST)).ok_or(Error::TooLarge { size })?;
        if voxels.len() != expected {
            return Err(Error::Samples { size, expected, found: voxels.len() });
        }
        if geometry.origins.len() != size[2] {
            return Err(Error::Origins { slices: size[2], origins: geometry.origins.len() });
        }
        if !slope.is_finite() || !intercept.is_finite() {
            return Err(Error::NotFinite("slope or intercept"));
        }
        geometry.check()?;
        Ok(Self { size, voxels, slope, intercept, padding: None, geometry, stack: Kept::default() })
    }

    /// The same volume, of which samples with this value, as stored, are none: nothing was measured there. Of floats those
    /// are none that are no numbers, whatever the value is.
    pub fn with_padding(self, padding: f32) -> Self {
        Self { padding: Some(padding), ..self }
    }
}

impl Geometry {
    /// Whether slices have spacing and right angles, and follow one another.
    pub fn check(&self) -> Result<(), Error> {
        finite("the direction of rows or columns", &[self.across, self.down])?;
        finite("the origin of a slice", &self.origins)?;
        let (across, down) = (vector::length(self.across), vector::length(self.down));
        if across <= 0.0 || down <= 0.0 {
            return Err(Error::NoSpacing);
        }
        if vector::dot(self.across, self.down).abs() > SLANT * across * down {
            return Err(Error::NotAtRightAngles);
        }
        let normal = self.normal();
        let least = 1e-6 * across;
        let rises = |pair: &[Point]| vector::dot(normal, vector::minus(pair[1], pair[0])) > least;
        match self.origins.windows(2).position(|pair| !rises(pair)) {
            Some(below) => Err(Error::Order(below + 1)),
            None => Ok(()),
        }
    }
}

/// Whether all numbers are numbers.
pub(super) fn finite(what: &'static str, points: &[Point]) -> Result<(), Error> {
    if points.iter().flatten().all(|number| number.is_finite()) { Ok(()) } else { Err(Error::NotFinite(what)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::samples_for_tests::geometries;

    fn geometry() -> Geometry {
        geometries(2)[0].1.clone()
    }

    fn of(size: [usize; 3], samples: usize, geometry: Geometry) -> Result<Volume, Error> {
        Volume::new(size, Voxels::U8(vec![0; samples]), (1.0, 0.0), geometry)
    }

    #[test]
    fn sizes_agree_with_samples_and_slices() {
        assert!(of([2, 3, 2], 12, geometry()).is_ok());
        assert_eq!(of([2, 3, 2], 11, geometry()), Err(Error::Samples { size: [2, 3, 2], expected: 12, found: 11 }));
        assert_eq!(of([2, 3, 1], 6, geometry()), Err(Error::Origins { slices: 1, origins: 2 }));
        assert_eq!(of([2, 0, 2], 0, geometry()), Err(Error::Empty([2, 0, 2])));
        let size = [usize::MAX, 2, 2];
        assert_eq!(of(size, 0, geometry()), Err(Error::TooLarge { size }));
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        assert!(matches!(
            of([1, 1, 2], 2, Geometry { across: [f64::NAN, 0.0, 0.0], ..geometry() }),
            Err(Error::NotFinite(_))
        ));
        let origins = vec![[0.0; 3], [0.0, 0.0, f64::INFINITY]];
        assert!(matches!(of([1, 1, 2], 2, Geometry { origins, ..geometry() }), Err(Error::NotFinite(_))));
        let sloped = Volume::new([1, 1, 2], Voxels::U8(vec![0; 2]), (f32::NAN, 0.0), geometry());
        assert!(matches!(sloped, Err(Error::NotFinite(_))));
    }

    #[test]
    fn slices_have_spacing_and_right_angles_and_follow_one_another() {
        assert_eq!(of([1, 1, 2], 2, Geometry { down: [0.0; 3], ..geometry() }), Err(Error::NoSpacing));
        assert_eq!(of([1, 1, 2], 2, Geometry { down: [0.5, 0.5, 0.0], ..geometry() }), Err(Error::NotAtRightAngles));
        let origins = geometry().origins.into_iter().rev().collect();
        assert_eq!(of([1, 1, 2], 2, Geometry { origins, ..geometry() }), Err(Error::Order(1)));
        let origins = vec![[0.0; 3]; 2];
        assert_eq!(of([1, 1, 2], 2, Geometry { origins, ..geometry() }), Err(Error::Order(1)));
    }
}
