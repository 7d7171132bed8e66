//! A volume where it is worked on: each operation on the device, or nothing when the processor has to do it.

use compute::Picture;
use compute::device::DeviceVolume;
use compute::volume::{
    Components, Connectivity, Curve, Histogram, Intensity, Interpolation, Labels, Plane, Sight, Slab, Stop, Transfer,
    Volume, Voxels,
};

use super::accelerator::Accelerator;
use super::copies::Own;

/// A volume where it is worked on.
pub(super) struct Site<'a> {
    pub(super) accelerator: &'a Accelerator,
    pub(super) volume: &'a Volume,
    pub(super) on_device: &'a Own<DeviceVolume>,
}

impl Site<'_> {
    pub(super) fn slice(
        &self,
        plane: &Plane,
        slab: &Slab,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Option<Result<Vec<f32>, compute::volume::Error>> {
        self.accelerator.run(self.volume, self.on_device, |engine, volume| match slab.thickness > 0.0 {
            true => engine.slab(volume, plane, slab, interpolation, outside, stop),
            false => engine.slice(volume, plane, interpolation, outside, stop),
        })
    }

    pub(super) fn reformat(
        &self,
        curve: &Curve,
        interpolation: Interpolation,
        outside: f32,
        stop: Stop<'_>,
    ) -> Option<Result<Vec<f32>, compute::volume::Error>> {
        self.accelerator.run(self.volume, self.on_device, |engine, volume| {
            engine.reformat(volume, curve, interpolation, outside, stop)
        })
    }

    pub(super) fn project(
        &self,
        sight: &Sight,
        intensity: Intensity,
        outside: f32,
        stop: Stop<'_>,
    ) -> Option<Result<Vec<f32>, compute::volume::Error>> {
        self.accelerator
            .run(self.volume, self.on_device, |engine, volume| engine.project(volume, sight, intensity, outside, stop))
    }

    /// Of samples that are whole numbers; others are counted by the processor.
    pub(super) fn histogram(&self, bins: usize, stop: Stop<'_>) -> Option<Result<Histogram, compute::volume::Error>> {
        if matches!(self.volume.voxels, Voxels::F32(_)) {
            return None;
        }
        self.accelerator.run(self.volume, self.on_device, |engine, volume| engine.histogram(volume, bins, stop))
    }

    pub(super) fn label(&self, cuts: &[f64], stop: Stop<'_>) -> Option<Result<Labels, compute::volume::Error>> {
        self.accelerator.run(self.volume, self.on_device, |engine, volume| engine.label(volume, cuts, stop))
    }

    pub(super) fn otsu(&self, histogram: &Histogram, classes: usize) -> Option<Vec<f64>> {
        let cuts = self.accelerator.run(self.volume, self.on_device, |engine, _| engine.otsu(histogram, classes));
        cuts?.ok()
    }

    /// Of labels of the volume.
    pub(super) fn components(
        &self,
        labels: &Labels,
        label: u8,
        connectivity: Connectivity,
        stop: Stop<'_>,
    ) -> Option<Result<Components, compute::volume::Error>> {
        self.accelerator
            .run(self.volume, self.on_device, |engine, _| engine.components(labels, label, connectivity, stop))
    }

    pub(super) fn render(
        &self,
        sight: &Sight,
        transfer: &Transfer,
        stop: Stop<'_>,
    ) -> Option<Result<Picture, compute::volume::Error>> {
        self.accelerator.run(self.volume, self.on_device, |engine, volume| engine.render(volume, sight, transfer, stop))
    }
}
