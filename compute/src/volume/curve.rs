//! A curved reformat: the surface that a direction sweeps along a curve, rolled out.

use super::line::Line;
use super::slice::along_lines;
use super::{Error, Interpolation, Point, Stop, Volume, check::finite, vector};

/// A surface along a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The curve: straight from point to point, in mm.
    pub points: Vec<Point>,
    /// The direction of the columns of the picture, from top to bottom; the same everywhere.
    pub direction: Point,
    /// From pixel to pixel, along the curve and along the direction, in mm.
    pub spacing: f64,
    /// Rows; the curve runs through the middle.
    pub height: usize,
}

/// The most columns: a mistake in the spacing takes no more memory than that.
const MOST_COLUMNS: f64 = 65_536.0;

impl Curve {
    /// The places on the curve that the columns show: at equal distances along it, the first on the first point.
    ///
    /// Errors: fewer than two points that differ, a direction or spacing without extent.
    pub fn columns(&self) -> Result<Vec<Point>, Error> {
        finite("the curve", &self.points)?;
        finite("the direction or spacing", &[self.direction, [self.spacing; 3]])?;
        if vector::length(self.direction) <= 0.0 || self.spacing <= 0.0 || self.height == 0 {
            return Err(Error::NoExtent("the surface along the curve"));
        }
        let mut columns = Vec::new();
        // How far the next column is from the start of a part of the curve.
        let mut ahead = 0.0;
        for pair in self.points.windows(2) {
            let way = vector::minus(pair[1], pair[0]);
            let length = vector::length(way);
            if length / self.spacing + columns.len() as f64 > MOST_COLUMNS {
                return Err(Error::TooLarge { size: [usize::MAX, self.height, 1] });
            }
            let mut along = ahead;
            while along <= length + 1e-9 * self.spacing {
                columns.push(vector::along(pair[0], way, along / length.max(f64::MIN_POSITIVE)));
                along += self.spacing;
            }
            ahead = along - length;
        }
        match columns.len() {
            0 | 1 => Err(Error::NoExtent("the curve")),
            count if count.saturating_mul(self.height) > 1 << 28 => {
                Err(Error::TooLarge { size: [count, self.height, 1] })
            }
            _ => Ok(columns),
        }
    }

    /// The places of a column of the picture.
    pub(crate) fn line(&self, column: Point) -> Line {
        let step = vector::times(vector::unit(self.direction), self.spacing);
        let start = vector::along(column, step, -(self.height as f64 - 1.0) / 2.0);
        Line { start, step, count: self.height }
    }

    /// The picture by rows, of its columns one after another.
    pub(crate) fn turned(&self, columns: &[f32]) -> Vec<f32> {
        (0..self.height).flat_map(|row| columns[row..].iter().step_by(self.height).copied()).collect()
    }
}

/// What was measured on the surface along a curve: `height` rows of as many values as [`Curve::columns`] has.
///
/// The definition is [`super::plain::reformat`].
pub fn reformat(
    volume: &Volume,
    curve: &Curve,
    interpolation: Interpolation,
    outside: f32,
    stop: Stop<'_>,
) -> Result<Vec<f32>, Error> {
    let columns = curve.columns()?;
    let line = |column: usize| curve.line(columns[column]);
    let size = (curve.height, columns.len());
    along_lines(volume, size, line, interpolation, outside, stop).map(|values| curve.turned(&values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::samples_for_tests::{agree, cubes, geometries, noise, ramp};
    use crate::volume::{never, plain};

    fn curve() -> Curve {
        let points = vec![[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [3.0, 4.0, 0.0]];
        Curve { points, direction: [0.0, 0.0, 2.0], spacing: 0.5, height: 5 }
    }

    #[test]
    fn columns_are_at_equal_distances_along_the_curve() {
        let columns = curve().columns().expect("columns");
        assert_eq!((columns.len(), columns[0], columns[6]), (15, [0.0; 3], [3.0, 0.0, 0.0]));
        assert_eq!((columns[7], columns[14]), ([3.0, 0.5, 0.0], [3.0, 4.0, 0.0]));
    }

    #[test]
    fn a_curve_without_extent_is_refused() {
        for points in [vec![], vec![[0.0; 3]], vec![[0.0; 3]; 2]] {
            assert!(matches!(Curve { points, ..curve() }.columns(), Err(Error::NoExtent(_))));
        }
        assert!(matches!(Curve { spacing: 0.0, ..curve() }.columns(), Err(Error::NoExtent(_))));
        assert!(matches!(Curve { spacing: 1e-9, ..curve() }.columns(), Err(Error::TooLarge { .. })));
        assert!(matches!(Curve { spacing: f64::NAN, ..curve() }.columns(), Err(Error::NotFinite(_))));
    }

    #[test]
    fn the_surface_is_rolled_out_with_the_curve_in_the_middle() {
        let volume = cubes([8, 8, 8], |[x, y, z]| (x + 10 * y + 100 * z) as i16);
        let flat = Curve { points: vec![[0.0, 1.0, 3.0], [7.0, 1.0, 3.0]], spacing: 1.0, ..curve() };
        let values = reformat(&volume, &flat, Interpolation::Linear, 0.0, &never).expect("a picture");
        assert_eq!(values[2 * 8..3 * 8], [310.0, 311.0, 312.0, 313.0, 314.0, 315.0, 316.0, 317.0]);
        assert_eq!(values[8], 210.0);
    }

    #[test]
    fn the_fast_path_agrees_with_the_definition() {
        for (name, geometry) in geometries(6) {
            let volume = Volume { geometry, ..cubes([9, 8, 6], noise) };
            let points = [[0.0, 0.0, 0.0], [5.0, 3.0, 2.0], [8.0, 7.0, 3.0]];
            let points = points.map(|index| volume.geometry.point(index)).to_vec();
            let curve = Curve { points, direction: [0.1, -0.4, 1.0], spacing: 0.3, height: 33 };
            let fast = reformat(&volume, &curve, Interpolation::Linear, ramp([0.0; 3]) as f32, &never);
            let plain = plain::reformat(&volume, &curve, Interpolation::Linear, ramp([0.0; 3]) as f32);
            assert!(agree(&fast.expect("a picture"), &plain.expect("a picture"), 2e-3), "{name}");
        }
    }
}
