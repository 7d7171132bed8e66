//! Volume rendering on a device.

use super::slice::in_bands;
use super::trace::Sheaf;
use super::{DeviceVolume, Engine, Error};
use crate::Picture;
use crate::volume::{DARK, Point, Rays, Shader, Sight, Stop, Transfer, vector};

impl Engine {
    /// See [`crate::volume::render()`].
    pub fn render(
        &self,
        volume: &DeviceVolume,
        sight: &Sight,
        transfer: &Transfer,
        stop: Stop<'_>,
    ) -> Result<Picture, Error> {
        sight.check()?;
        let (shape, plane) = (&volume.shape, &sight.plane);
        let (stack, rays) = (shape.stack(), Rays::through(shape, sight));
        let shader = Shader::new(shape, stack, transfer, rays.step);
        let table = self.memory_of(&shader.table)?;
        let by_mm = self.memory_of(&shader.rows)?;
        let sheaf = Sheaf::of_rays(&rays);
        let (fan, light) = (sight.fan(), shader.light);
        let single = |[x, y, z]: Point| [x as f32, y as f32, z as f32, 0.0];
        let samples = in_bands(plane.height, sheaf.rows_at_once(self, stack), stop, |first, rows| {
            let count = plane.width * rows;
            let lines = sheaf.lines(self, (volume, stack), (first, rows), stop)?;
            let colours = self.room::<[u8; 3]>(count)?;
            lines
                .told(self.call(volume, "render")?)?
                .memory(&table)?
                .number(shader.scale)?
                .number(shader.offset)?
                .number(shader.table.len() as i32)?
                .memory(&by_mm)?
                .number(single(vector::along(fan[0], fan[2], first as f64)))?
                .number(single(fan[1]))?
                .number(single(fan[2]))?
                .number([light.ambient, light.shine, light.contrast, 0.0])?
                .number(DARK)?
                .memory(&colours)?
                .number(plane.width as i32)?
                .run(&self.queue, plane.width, rows)?;
            self.read(&colours, 3 * count)
        })?;
        Ok(Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples })
    }
}
