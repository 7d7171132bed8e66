//! Whether a device is right, and how fast it is: each operation beside the CPU's.

use std::time::{Duration, Instant};

use super::{Device, Engine, Error};
use crate::volume::{
    Bricks, Components, Connectivity, Geometry, Histogram, Intensity, Interpolation, PRESETS, Plane, Slab, Volume,
    Voxels, components, flatten, histogram, label, never, otsu, project, render, slab, slice,
};

/// One operation, on the device and on the CPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The operation.
    pub name: &'static str,
    /// Whether the results agree: values within 0.001, colours within 1 of 255.
    pub right: bool,
    /// The largest difference.
    pub difference: f32,
    /// How long the device took, with all copies but that of the volume: the shorter of two runs.
    pub device: Duration,
    /// How long the CPU took.
    pub processor: Duration,
}

/// How far values may differ.
const TOLERANCE: f32 = 0.001;

/// Every operation on a volume of `side`³ samples of 16 bits (192 takes a processor a few seconds), and how long the volume
/// took to get to the device.
pub fn self_test(device: &Device, side: usize) -> Result<(Vec<Check>, Duration), Error> {
    let volume = ripples(side.max(8))?;
    let engine = Engine::open(device)?;
    let start = Instant::now();
    let on_device = engine.upload(&volume)?;
    let upload = start.elapsed();
    let bricks = Bricks::of(&volume)?;
    let middle = volume.geometry.point([(side as f64 - 1.0) / 2.0; 3]);
    let oblique = Plane::around(middle, [0.5, -0.3, 0.8], [0.0, -1.0, 0.0], 0.8, (512, 512))?;
    let view = Plane::framing(&volume.geometry, volume.size, [0.4, 0.9, 0.1], [0.0, 0.0, 1.0])?;
    let thick = Slab { thickness: 10.0, intensity: Intensity::Average };
    let transfer = PRESETS[0].transfer((0.0, 1.0));
    let linear = Interpolation::Linear;
    let mut checks = Vec::new();
    let mut check = |name, on_device: &Answer<'_, Error>, processor: &Answer<'_, crate::volume::Error>, within| {
        // The first run compiles the kernels.
        let (_, (found, quick), (expected, slow)) = (on_device()?, timed(on_device)?, timed(processor)?);
        let (_, quicker) = timed(on_device)?;
        let difference = largest(&found, &expected);
        checks.push(Check {
            name,
            right: difference <= within,
            difference,
            device: quick.min(quicker),
            processor: slow,
        });
        Ok::<(), Error>(())
    };
    for (name, interpolation) in
        [("slice nearest", Interpolation::Nearest), ("slice linear", linear), ("slice cubic", Interpolation::Cubic)]
    {
        check(
            name,
            &|| engine.slice(&on_device, &oblique, interpolation, 0.0, &never),
            &|| slice(&volume, &oblique, interpolation, 0.0, &never),
            TOLERANCE,
        )?;
    }
    check(
        "slab average",
        &|| engine.slab(&on_device, &oblique, &thick, linear, 0.0, &never),
        &|| slab(&volume, &oblique, &thick, linear, 0.0, &never),
        TOLERANCE,
    )?;
    for (name, intensity) in [("project maximum", Intensity::Maximum), ("project average", Intensity::Average)] {
        check(
            name,
            &|| engine.project(&on_device, &view.straight(), intensity, 0.0, &never),
            &|| project(&volume, Some(&bricks), &view.straight(), intensity, 0.0, &never),
            TOLERANCE,
        )?;
    }
    check(
        "flatten maximum",
        &|| engine.flatten(&on_device, 2, Intensity::Maximum, &never).map(samples),
        &|| flatten(&volume, 2, Intensity::Maximum, &never).map(samples),
        TOLERANCE,
    )?;
    check(
        "render",
        &|| engine.render(&on_device, &view.straight(), &transfer, &never).map(|picture| levels(&picture.samples)),
        &|| render(&volume, &bricks, &view.straight(), &transfer, &never).map(|picture| levels(&picture.samples)),
        1.0,
    )?;
    let cuts = [-500.0, 100.0, 400.0];
    check(
        "histogram",
        &|| engine.histogram(&on_device, 4096, &never).map(|counted| counts(&counted)),
        &|| histogram(&volume, 4096, &never).map(|counted| counts(&counted)),
        0.0,
    )?;
    check(
        "label",
        &|| engine.label(&on_device, &cuts, &never).map(|found| levels(&found.labels)),
        &|| label(&volume, &cuts, &never).map(|found| levels(&found.labels)),
        0.0,
    )?;
    let labels = label(&volume, &cuts, &never)?;
    check(
        "components",
        &|| engine.components(&labels, 2, Connectivity::TwentySix, &never).map(|found| parts(&found)),
        &|| components(&labels, 2, Connectivity::TwentySix, &never).map(|found| parts(&found)),
        0.0,
    )?;
    if device.doubles {
        let counted = histogram(&volume, 4096, &never)?;
        check("otsu", &|| engine.otsu(&counted, 4).map(|cuts| values(&cuts)), &|| Ok(values(&otsu(&counted, 4))), 0.0)?;
    }
    Ok((checks, upload))
}

type Answer<'a, E> = dyn Fn() -> Result<Vec<f32>, E> + 'a;

fn timed<E>(work: &Answer<'_, E>) -> Result<(Vec<f32>, Duration), E> {
    let start = Instant::now();
    work().map(|values| (values, start.elapsed()))
}

/// The largest difference; endless when there are not as many values, or one is not a number.
fn largest(found: &[f32], expected: &[f32]) -> f32 {
    if found.len() != expected.len() {
        return f32::INFINITY;
    }
    let differences = found.iter().zip(expected).map(|(one, other)| (one - other).abs());
    differences.fold(0.0, |most, difference| if difference <= most { most } else { difference })
}

fn samples(volume: Volume) -> Vec<f32> {
    match volume.voxels {
        Voxels::F32(samples) => samples,
        _ => Vec::new(),
    }
}

fn counts(histogram: &Histogram) -> Vec<f32> {
    let ends = [histogram.least as f32, histogram.width as f32];
    ends.into_iter().chain(histogram.counts.iter().map(|count| *count as f32)).collect()
}

fn parts(components: &Components) -> Vec<f32> {
    let sizes = components.samples().iter().map(|size| *size as f32);
    sizes.chain(levels(&components.largest(254).labels)).collect()
}

fn values(cuts: &[f64]) -> Vec<f32> {
    cuts.iter().map(|cut| *cut as f32).collect()
}

fn levels(samples: &[u8]) -> Vec<f32> {
    samples.iter().map(|level| f32::from(*level)).collect()
}

/// A ball of ripples in a tilted stack.
fn ripples(side: usize) -> Result<Volume, Error> {
    let origins = (0..side).map(|slice| [0.0, 0.2 * slice as f64, 0.9 * slice as f64]).collect();
    let geometry = Geometry { across: [0.8, 0.0, 0.0], down: [0.0, 0.8, 0.0], origins };
    let half = side as f64 / 2.0;
    let mut samples = Vec::with_capacity(side * side * side);
    for z in 0..side {
        for y in 0..side {
            for x in 0..side {
                let away = [x, y, z].map(|place| (place as f64 - half).powi(2)).iter().sum::<f64>().sqrt();
                let value =
                    if away < 0.9 * half { 700.0 * (away * 0.4).sin() + 20.0 * (x % 7) as f64 } else { -1000.0 };
                samples.push(value as i16);
            }
        }
    }
    Ok(Volume::new([side; 3], Voxels::I16(samples), (1.0, 0.0), geometry)?)
}
