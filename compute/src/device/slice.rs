//! Slices, slabs and curved reformats on a device.

use super::bands::in_bands;
use super::call::Memory;
use super::lines::Lines;
use super::{DeviceVolume, Engine, Error};
use crate::volume::line::Line;
use crate::volume::{self, Curve, Gather, Intensity, Interpolation, Plane, Slab, Stop, vector};

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
        let (stack, normal) = (shape.geometry.stack(), plane.normal());
        let depths: Vec<f64> = slab.depths(&shape.geometry).collect();
        let line = |number: usize| {
            let first = plane.point(0.0, (number / depths.len()) as f64);
            let start = vector::along(first, normal, depths[number % depths.len()]);
            Line { start, step: plane.across, count: plane.width }
        };
        let gathered = Gather::stored(slab.intensity, shape.slope).intensity();
        in_bands(plane, depths.len(), stop, |first, rows| {
            let count = rows * depths.len();
            let line = |number: usize| line(first * depths.len() + number);
            let lines = Lines::new((&self.context, &self.queue), (&stack, shape.size), count, line, stop)?;
            let values = Memory::room::<f32>(&self.context, plane.width * rows)?;
            lines
                .told(self.call(volume, "slab")?)?
                .number(depths.len() as i32)?
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
        let stack = shape.geometry.stack();
        let lines = Lines::new((&self.context, &self.queue), (&stack, shape.size), height, line, stop)?;
        let values = Memory::room::<f32>(&self.context, width * height)?;
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

    pub(super) fn read(&self, values: &Memory, count: usize) -> Result<Vec<f32>, Error> {
        let mut read = vec![0.0; count];
        values.read(&self.queue, &mut read)?;
        Ok(read)
    }
}

// The kernels count on this order.
const _: () = assert!(Interpolation::Cubic as i32 == 2 && Intensity::Average as i32 == 2);
