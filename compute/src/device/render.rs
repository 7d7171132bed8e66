//! Volume rendering on a device.

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
        let ray = |pixel: usize| rays.ray(plane, normal, pixel % plane.width, pixel / plane.width);
        let device = (&self.context, &self.queue);
        let lines = Lines::new(device, (&stack, shape.size), plane.pixels(), ray, stop)?;
        let table = Memory::of(&self.context, &self.queue, &shader.table)?;
        let rows = Memory::of(&self.context, &self.queue, &shader.rows)?;
        let colours = Memory::room::<[f32; 3]>(&self.context, plane.pixels())?;
        let [x, y, z] = shader.normal;
        let call = lines
            .told(self.call(volume, "render")?)?
            .memory(&table)?
            .number(shader.scale)?
            .number(shader.offset)?
            .number(shader.table.len() as i32)?
            .memory(&rows)?
            .number([x, y, z, 0.0])?
            .number([shader.light.ambient, shader.light.shine, shader.light.contrast, 0.0])?
            .number(DARK)?
            .memory(&colours)?
            .number(plane.width as i32)?;
        self.in_bands(&call, (plane.width, plane.height), stop)?;
        let samples = self.read(&colours, 3 * plane.pixels())?.into_iter().map(level).collect();
        Ok(Picture { width: plane.width as u32, height: plane.height as u32, channels: 3, samples })
    }
}
