//! Volume rendering on a device.

use super::bands::in_bands;
use super::call::Memory;
use super::lines::Lines;
use super::{DeviceVolume, Engine, Error};
use crate::Picture;
use crate::volume::{DARK, Plane, Rays, Shader, Stop, Transfer, level};

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
        let (stack, rays, normal) = (shape.geometry.stack(), Rays::through(shape, plane), plane.normal());
        let shader = Shader::new(shape, &stack, transfer, normal, rays.step);
        let table = Memory::of(&self.context, &self.queue, &shader.table)?;
        let by_mm = Memory::of(&self.context, &self.queue, &shader.rows)?;
        let ([x, y, z], light) = (shader.normal, shader.light);
        let colours = in_bands(plane, 1, stop, |first, rows| {
            let ray = |pixel: usize| rays.ray(plane, normal, pixel % plane.width, first + pixel / plane.width);
            let count = plane.width * rows;
            let lines = Lines::new((&self.context, &self.queue), (&stack, shape.size), count, ray, stop)?;
            let colours = Memory::room::<[f32; 3]>(&self.context, count)?;
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
        let samples = colours.into_iter().map(level).collect();
        Ok(Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples })
    }
}
