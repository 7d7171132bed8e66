//! Projections on a device.

use super::slice::in_bands;
use super::trace::Sheaf;
use super::{DeviceVolume, Engine, Error};
use crate::volume::{self, Intensity, Interpolation, Rays, Sight, Stop, Volume, as_stored};

/// Workers for a row: what the kernel says.
const GROUP: usize = 64;

impl Engine {
    /// See [`volume::project`].
    pub fn project(
        &self,
        volume: &DeviceVolume,
        sight: &Sight,
        intensity: Intensity,
        outside: f32,
        stop: Stop<'_>,
    ) -> Result<Vec<f32>, Error> {
        sight.check()?;
        let (shape, plane) = (&volume.shape, &sight.plane);
        let rays = Rays::through(shape, sight);
        if let Some(axis) = rays.axis {
            let flat = self.flatten(volume, axis, intensity, stop)?;
            return Ok(volume::slice(&flat, &rays.onto(), Interpolation::Linear, outside, stop)?);
        }
        let (stack, sheaf) = (shape.stack(), Sheaf::of_rays(&rays));
        let gathered = as_stored(intensity, shape.slope);
        in_bands(plane.height, sheaf.rows_at_once(self, stack), stop, |first, rows| {
            let count = plane.width * rows;
            let lines = sheaf.lines(self, (volume, stack), (first, rows), stop)?;
            let values = self.room::<f32>(count)?;
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
        let values = self.room::<f32>(width * height)?;
        let gathered = as_stored(intensity, shape.slope) as i32;
        if axis == 0 {
            let call = self.call(volume, "flatten_rows")?.number(gathered)?.memory(&values)?;
            call.run_groups(&self.queue, width * height, GROUP)?;
        } else {
            let call = self.call(volume, "flatten")?.number(axis.min(2) as i32)?.number(gathered)?.memory(&values)?;
            call.number(width as i32)?.run(&self.queue, width, height)?;
        }
        volume::go_on(stop)?;
        Ok(volume::flat(shape, axis.min(2), self.read(&values, width * height)?))
    }
}
