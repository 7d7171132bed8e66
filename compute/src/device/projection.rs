//! Projections on a device.

use super::bands::in_bands;
use super::call::Memory;
use super::lines::Lines;
use super::{DeviceVolume, Engine, Error};
use crate::volume::{self, Gather, Intensity, Interpolation, Plane, Rays, Stop, Volume};

/// Lanes that share a row, as the kernel has them.
const LANES: usize = 32;

/// Columns that are flattened together: what is read at a time lies side by side.
const COLUMNS: usize = 64;

impl Engine {
    /// See [`volume::project`].
    pub fn project(
        &self,
        volume: &DeviceVolume,
        plane: &Plane,
        intensity: Intensity,
        outside: f32,
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        plane.check()?;
        let shape = &volume.shape;
        let rays = Rays::through(shape, plane);
        if let Some(axis) = rays.axis {
            let flat = self.flatten(volume, axis, intensity, stop)?;
            return Ok(volume::slice(&flat, &rays.onto(plane), Interpolation::Linear, outside, stop)?);
        }
        let (stack, normal) = (shape.geometry.stack(), plane.normal());
        let gathered = Gather::stored(intensity, shape.slope).intensity();
        in_bands(plane, 1, stop, |first, rows| {
            let ray = |pixel: usize| rays.ray(plane, normal, pixel % plane.width, first + pixel / plane.width);
            let count = plane.width * rows;
            let lines = Lines::new((&self.context, &self.queue), (&stack, shape.size), count, ray, stop)?;
            let values = Memory::room::<f32>(&self.context, count)?;
            lines
                .told(self.call(volume, "project")?)?
                .number(gathered as i32)?
                .number(outside)?
                .memory(&values)?
                .number(plane.width as i32)?
                .run(&self.queue, plane.width, rows)?;
            self.read(&values, count)
        })
    }

    /// See [`volume::flatten`].
    pub fn flatten(
        &self,
        volume: &DeviceVolume,
        axis: usize,
        intensity: Intensity,
        stop: Stop<'_>,
    ) -> Result<Volume, Error> {
        let shape = &volume.shape;
        let [columns, rows, slices] = shape.size;
        let (width, height) = [(rows, slices), (columns, slices), (columns, rows)][axis.min(2)];
        let values = Memory::room::<f32>(&self.context, width * height)?;
        let gathered = Gather::stored(intensity, shape.slope).intensity() as i32;
        if axis == 0 {
            let call = self.call(volume, "flatten_rows")?.number(gathered)?.memory(&values)?;
            call.run_in_groups(&self.queue, LANES, width * height, LANES)?;
        } else {
            let call = self.call(volume, "flatten")?.number(axis.min(2) as i32)?.number(gathered)?;
            let call = call.memory(&values)?.number(width as i32)?;
            call.run_in_groups(&self.queue, width.next_multiple_of(COLUMNS), height, COLUMNS)?;
        }
        volume::go_on(stop)?;
        Ok(volume::flat(shape, axis.min(2), self.read(&values, width * height)?))
    }
}
