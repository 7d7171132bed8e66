//! The volume operations, on 512 × 512 × 400 samples of 16 bits.

use std::error::Error;
use std::time::{Duration, Instant};

use compute::device::{DeviceVolume, Engine};
use compute::volume::{
    Bricks, Connectivity, Intensity, Interpolation, PRESETS, Plane, Slab, Volume, components, histogram, label, never,
    otsu, project, render, slab, slice,
};

use super::table::Table;
use super::{body, touched};

const INTENSITIES: [Intensity; 3] = [Intensity::Maximum, Intensity::Minimum, Intensity::Average];

type Done = Result<(), Box<dyn Error>>;

/// A volume here and on the device.
struct Both<'a> {
    engine: &'a Engine,
    volume: Volume,
    bricks: Bricks,
    there: DeviceVolume,
    side: usize,
}

pub fn measure(engine: &Engine, table: &mut Table, quick: bool) -> Done {
    let (size, side) = if quick { ([96, 96, 64], 64) } else { ([512, 512, 400], 512) };
    let volume = body::body(size)?;
    let (bricks, there) = (Bricks::of(&volume)?, engine.upload(&volume)?);
    let both = Both { engine, volume, bricks, there, side };
    both.slices(table)?;
    both.slabs(table)?;
    both.projections(table)?;
    both.renderings(table)?;
    both.classes(table)
}

impl Both<'_> {
    fn slices(&self, table: &mut Table) -> Done {
        let up = [0.0, -1.0, 0.0];
        let ways = [
            ("axial", [0.0, 0.0, 1.0], up),
            ("oblique", [0.5, -0.3, 0.8], up),
            ("steep", [0.95, 0.1, 0.2], [0.0, 0.0, 1.0]),
        ];
        for (way, toward, up) in ways {
            let plane = self.plane(toward, up)?;
            for interpolation in [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic] {
                let name = format!("slice {way} {interpolation:?}");
                if !table.wants(&name) {
                    continue;
                }
                let run =
                    Table::run(self.engine, || self.engine.slice(&self.there, &plane, interpolation, 0.0, &never))?;
                let (time, expected) = timed(|| slice(&self.volume, &plane, interpolation, 0.0, &never))?;
                let samples = touched::on_planes(&self.volume, &plane, &[0.0], interpolation);
                table.line(&name, &run, 2 * samples + 4 * plane.pixels(), time, largest(&run.made, &expected));
            }
        }
        Ok(())
    }

    fn slabs(&self, table: &mut Table) -> Done {
        let plane = self.plane([0.5, -0.3, 0.8], [0.0, -1.0, 0.0])?;
        for intensity in INTENSITIES {
            let thick = Slab { thickness: 20.0, intensity };
            let name = format!("slab 20 mm {intensity:?}");
            if !table.wants(&name) {
                continue;
            }
            let linear = Interpolation::Linear;
            let run = Table::run(self.engine, || self.engine.slab(&self.there, &plane, &thick, linear, 0.0, &never))?;
            let (time, expected) = timed(|| slab(&self.volume, &plane, &thick, linear, 0.0, &never))?;
            let count = thick.samples(&self.volume.geometry);
            let depths: Vec<f64> =
                (0..count).map(|number| 20.0 * number as f64 / (count - 1).max(1) as f64 - 10.0).collect();
            let samples = touched::on_planes(&self.volume, &plane, &depths, linear);
            table.line(&name, &run, 2 * samples + 4 * plane.pixels(), time, largest(&run.made, &expected));
        }
        Ok(())
    }

    fn projections(&self, table: &mut Table) -> Done {
        let up = [0.0, 0.0, 1.0];
        let cameras = [
            ("from the side", [1.0, 0.0, 0.0], up),
            ("from the front", [0.0, 1.0, 0.0], up),
            ("from the feet", [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]),
            ("oblique", [0.4, 0.9, 0.1], up),
            ("steep", [0.3, 0.2, 0.9], [0.0, -1.0, 0.0]),
        ];
        for (camera, toward, up) in cameras {
            let plane = self.framed(toward, up, self.side)?;
            let mut samples = None;
            for intensity in INTENSITIES {
                let name = format!("project {camera} {intensity:?}");
                if !table.wants(&name) {
                    continue;
                }
                let run = Table::run(self.engine, || {
                    self.engine.project(&self.there, &plane.straight(), intensity, 0.0, &never)
                })?;
                let (time, expected) =
                    timed(|| project(&self.volume, Some(&self.bricks), &plane.straight(), intensity, 0.0, &never))?;
                let samples = *samples.get_or_insert_with(|| touched::on_rays(&self.volume, &plane, None));
                table.line(&name, &run, 2 * samples + 4 * plane.pixels(), time, largest(&run.made, &expected));
            }
        }
        Ok(())
    }

    fn renderings(&self, table: &mut Table) -> Done {
        for preset in PRESETS {
            for side in [self.side, 2 * self.side] {
                let name = format!("render {} {side}²", preset.name);
                if !table.wants(&name) {
                    continue;
                }
                let plane = self.framed([0.4, 0.9, 0.1], [0.0, 0.0, 1.0], side)?;
                let transfer = preset.transfer((-1000.0, 1000.0));
                let run =
                    Table::run(self.engine, || self.engine.render(&self.there, &plane.straight(), &transfer, &never))?;
                let (time, expected) =
                    timed(|| render(&self.volume, &self.bricks, &plane.straight(), &transfer, &never))?;
                let pairs = run.made.samples.iter().zip(&expected.samples);
                let most = pairs.map(|(one, other)| one.abs_diff(*other)).max().unwrap_or(u8::MAX);
                let samples = touched::on_rays(&self.volume, &plane, Some(&transfer));
                table.line(&name, &run, 2 * samples + 12 * plane.pixels(), time, f64::from(most));
            }
        }
        Ok(())
    }

    fn classes(&self, table: &mut Table) -> Done {
        let samples = self.volume.voxels.len();
        if table.wants("histogram") {
            let run = Table::run(self.engine, || self.engine.histogram(&self.there, 4096, &never))?;
            let (time, expected) = timed(|| histogram(&self.volume, 4096, &never))?;
            let differ = if run.made == expected { 0.0 } else { f64::INFINITY };
            table.line("histogram", &run, 2 * samples, time, differ);
        }
        if table.wants("label") {
            let cuts = [-400.0, 150.0];
            let run = Table::run(self.engine, || self.engine.label(&self.there, &cuts, &never))?;
            let (time, expected) = timed(|| label(&self.volume, &cuts, &never))?;
            let differ = if run.made == expected { 0.0 } else { f64::INFINITY };
            table.line("label, 2 cuts", &run, 3 * samples, time, differ);
        }
        if table.wants("components") {
            let labels = label(&self.volume, &[150.0], &never)?;
            let connectivity = Connectivity::TwentySix;
            let run = Table::run(self.engine, || self.engine.components(&labels, 1, connectivity, &never))?;
            let (time, expected) = timed(|| components(&labels, 1, connectivity, &never))?;
            let differ = if run.made == expected { 0.0 } else { f64::INFINITY };
            table.line("components", &run, samples, time, differ);
        }
        if table.wants("otsu") && self.engine.device().doubles {
            let counted = histogram(&self.volume, 4096, &never)?;
            let run = Table::run(self.engine, || self.engine.otsu(&counted, 4))?;
            let (time, expected) = timed(|| Ok(otsu(&counted, 4)))?;
            let differ = if run.made == expected { 0.0 } else { f64::INFINITY };
            // The sums of 512 bins, and where three cuts lie.
            table.line("otsu, 4 classes", &run, 16 * 513 + 3 * 4 * 513, time, differ);
        }
        Ok(())
    }

    fn plane(&self, toward: [f64; 3], up: [f64; 3]) -> Result<Plane, compute::volume::Error> {
        Plane::around([0.0; 3], toward, up, 358.4 / self.side as f64, (self.side, self.side))
    }

    fn framed(&self, toward: [f64; 3], up: [f64; 3], side: usize) -> Result<Plane, compute::volume::Error> {
        Plane::framing(&self.volume.geometry, self.volume.size, toward, up)?.fitted(side, side)
    }
}

fn timed<T>(work: impl Fn() -> Result<T, compute::volume::Error>) -> Result<(Duration, T), compute::volume::Error> {
    let start = Instant::now();
    work().map(|made| (start.elapsed(), made))
}

/// The largest difference; endless where one is no number, or there are not as many.
fn largest(found: &[f32], expected: &[f32]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let differences = found.iter().zip(expected).map(|(one, other)| f64::from((one - other).abs()));
    differences.fold(0.0, |most, difference| if difference <= most { most } else { difference })
}
