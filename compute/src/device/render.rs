//! Volume rendering on a device.

use super::slice::in_bands;
use super::trace::Sheaf;
use super::{DeviceVolume, Engine, Error};
use crate::Picture;
use crate::volume::{DARK, Plane, Rays, Shader, Stop, Transfer};

impl Engine {
    /// See [`crate::volume::render()`].
    pub fn render(
        &self,
        volume: &DeviceVolume,
        plane: &Plane,
        transfer: &Transfer,
        stop: Stop<'_>,
    ) -> Result<Picture, Error> {
        plane.check()?;
        let shape = &volume.shape;
        let (stack, rays) = (shape.stack(), Rays::through(shape, plane));
        let shader = Shader::new(shape, stack, transfer, plane.normal(), rays.step);
        let table = self.memory_of(&shader.table)?;
        let by_mm = self.memory_of(&shader.rows)?;
        let sheaf = Sheaf::of_rays(plane, &rays);
        let ([x, y, z], light) = (shader.normal, shader.light);
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
                .number([x, y, z, 0.0])?
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
