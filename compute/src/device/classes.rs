//! Histograms and classes on a device.

use super::call::{Memory, Plain};
use super::{DeviceVolume, Engine, Error};
use crate::volume::grid::Sample;
use crate::volume::{self, Histogram, Labels, Stop, bounds, leave_out_padding, of_counts};

/// Different whole numbers of 16 bits.
const NUMBERS: usize = 1 << 16;

impl Engine {
    /// See [`volume::histogram()`]. Of whole numbers: where the bins of others lie depends on all of them.
    ///
    /// # Errors
    /// `Unavailable` of samples that are no whole numbers, `TooLarge` of more than a counter can count.
    pub fn histogram(&self, volume: &DeviceVolume, bins: usize, stop: Stop<'_>) -> Result<Histogram, Error> {
        let [columns, rows, slices] = volume.shape.size;
        let first = match volume.kind {
            0 | 2 => 0,
            1 => i32::from(i16::MIN),
            _ => return Err(Error::Unavailable("whole numbers alone are counted on a device".to_owned())),
        };
        let samples = (columns * rows * slices) as u64;
        if samples > u64::from(u32::MAX) {
            return Err(Error::TooLarge { needed: samples, most: u32::MAX.into() });
        }
        volume::go_on(stop)?;
        let counts = self.memory_of(&vec![0_u32; NUMBERS])?;
        self.call(volume, "histogram")?.number(first)?.memory(&counts)?.run(&self.queue, rows, slices)?;
        let counts: Vec<u32> = self.read(&counts, NUMBERS)?;
        let mut counts: Vec<u64> = counts.into_iter().map(u64::from).collect();
        leave_out_padding(&volume.shape, &mut counts, first.into());
        Ok(of_counts(&volume.shape, &counts, first.into(), bins))
    }

    /// See [`volume::label`].
    pub fn label(&self, volume: &DeviceVolume, cuts: &[f64], stop: Stop<'_>) -> Result<Labels, Error> {
        let size @ [columns, rows, slices] = volume.shape.size;
        let samples = columns * rows * slices;
        if samples as u64 > self.device().largest {
            return Err(Error::TooLarge { needed: samples as u64, most: self.device().largest });
        }
        let (bounds, count) = match volume.kind {
            0 => self.bounds::<u8>(volume, cuts),
            1 => self.bounds::<i16>(volume, cuts),
            2 => self.bounds::<u16>(volume, cuts),
            _ => self.bounds::<f32>(volume, cuts),
        }?;
        volume::go_on(stop)?;
        let labels = self.room::<u8>(samples)?;
        self.call(volume, "label")?
            .memory(&bounds)?
            .number(count as i32)?
            .number(i32::from(volume.shape.slope < 0.0))?
            .memory(&labels)?
            .run(&self.queue, columns, rows * slices)?;
        volume::go_on(stop)?;
        Ok(Labels { size, labels: self.read(&labels, samples)? })
    }

    fn bounds<S: Sample + Plain>(&self, volume: &DeviceVolume, cuts: &[f64]) -> Result<(Memory, usize), Error> {
        let bounds: Vec<S> = bounds((volume.shape.slope, volume.shape.intercept), cuts);
        Ok((self.memory_of(&bounds)?, bounds.len()))
    }
}
