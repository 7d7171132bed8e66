//! Slices, slabs and curved reformats on a device.

use super::call::{Memory, Number};
use super::lines::Lines;
use super::trace::Sheaf;
use super::{DeviceVolume, Engine, Error};
use crate::volume::line::Line;
use crate::volume::{self, Curve, Intensity, Interpolation, Plane, Slab, Stop, as_stored};

impl Engine {
    /// See [`volume::slice()`].
    pub fn slice(
        &self,
        volume: &DeviceVolume,
        plane: &Plane,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        plane.check()?;
        let line = |row: usize| Line { start: plane.point(0.0, row as f64), step: plane.across, count: plane.width };
        self.along_lines(volume, (plane.width, plane.height), line, interpolation, outside, stop)
    }

    /// See [`volume::reformat`].
    pub fn reformat(
        &self,
        volume: &DeviceVolume,
        curve: &Curve,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        let columns = curve.columns()?;
        let size = (curve.height, columns.len());
        let line = |column: usize| curve.line(columns[column]);
        let turned = self.along_lines(volume, size, line, interpolation, outside, stop)?;
        Ok(curve.turned(&turned))
    }

    /// See [`volume::slab()`].
    pub fn slab(
        &self,
        volume: &DeviceVolume,
        plane: &Plane,
        slab: &Slab,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        plane.check()?;
        slab.check()?;
        let shape = &volume.shape;
        let stack = shape.stack();
        let depths: Vec<f64> = slab.depths(&shape.geometry).collect();
        let count = depths.len() as i32;
        let sheaf = Sheaf::of_rows(plane, depths);
        let gathered = as_stored(slab.intensity, shape.slope);
        in_bands(plane.height, sheaf.rows_at_once(self, stack), stop, |first, rows| {
            let lines = sheaf.lines(self, (volume, stack), (first, rows), stop)?;
            let values = self.room::<f32>(plane.width * rows)?;
            lines
                .told(self.call(volume, "slab")?)?
                .number(count)?
                .number(interpolation as i32)?
                .number(gathered as i32)?
                .number(outside)?
                .memory(&values)?
                .number(plane.width as i32)?
                .run(&self.queue, plane.width, rows)?;
            self.read(&values, plane.width * rows)
        })
    }

    fn along_lines(
        &self,
        volume: &DeviceVolume,
        (width, height): (usize, usize),
        line: impl Fn(usize) -> Line + Sync,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        let shape = &volume.shape;
        let stack = shape.stack();
        let lines = Lines::new(self, (stack, shape.size), height, line, stop)?;
        let values = self.room::<f32>(width * height)?;
        lines
            .told(self.call(volume, "slice")?)?
            .number(interpolation as i32)?
            .number(outside)?
            .memory(&values)?
            .number(width as i32)?
            .run(&self.queue, width, height)?;
        volume::go_on(stop)?;
        self.read(&values, width * height)
    }

    pub(super) fn read<T: Number + Default>(&self, values: &Memory, count: usize) -> Result<Vec<T>, Error> {
        let mut read = vec![T::default(); count];
        values.read(&self.queue, &mut read)?;
        Ok(read)
    }
}

/// Rows from a first one on, `most` at a time, one after another; between them it is asked whether to go on.
pub(super) fn in_bands<T>(
    height: usize,
    most: usize,
    stop: Stop<'_>,
    band: impl Fn(usize, usize) -> Result<Vec<T>, Error>,
) -> Result<Vec<T>, Error> {
    let mut values = Vec::new();
    for first in (0..height).step_by(most) {
        volume::go_on(stop)?;
        values.append(&mut band(first, most.min(height - first))?);
    }
    Ok(values)
}

// The kernels count on this order.
const _: () = assert!(Interpolation::Cubic as i32 == 2 && Intensity::Average as i32 == 2);
