//! Times of the volume operations on 512 × 512 × 400 samples of 16 bits: `cargo bench --package compute --bench volume`.
//!
//! Each line is the median and the least of several runs, in ms, with the threads of the global pool
//! (`RAYON_NUM_THREADS`). A word after `--` chooses the lines that hold it. With the word `beside` there are the operations that
//! SimpleITK has too, as `simpleitk.py` reads them.

mod beside;
#[path = "../../examples/device_bench/body.rs"]
mod body;
mod planes;

use std::hint::black_box;
use std::time::Instant;

use compute::volume::{
    Bricks, Connectivity, Curve, Error, Intensity, Interpolation, PRESETS, Plane, Point, Slab, Tissues, components,
    cuts, flatten, histogram, label, never, otsu, project, reformat, render, slab, slice,
};

use planes::SIZE;

fn main() -> Result<(), Error> {
    let chosen = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let time = |name: &str, runs: usize, work: &dyn Fn() -> Result<(), Error>| -> Result<(), Error> {
        if chosen.as_ref().is_some_and(|word| !name.contains(word.as_str())) {
            return Ok(());
        }
        work()?;
        let mut times = Vec::new();
        for _ in 0..runs {
            let start = Instant::now();
            work()?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        println!("{name:<44} {:>9.2} {:>9.2}", times[times.len() / 2], times[0]);
        Ok(())
    };
    let volume = body::body(SIZE)?;
    if chosen.as_deref() == Some("beside") {
        return beside::beside(&volume);
    }
    println!("{:<44} {:>9} {:>9}", "ms", "median", "least");
    let bricks = Bricks::of(&volume)?;
    let (oblique, steep) = (planes::oblique()?, planes::steep()?);
    let view = Plane::framing(&volume.geometry, SIZE, [0.4, 0.9, 0.1], [0.0, 0.0, 1.0])?.fitted(512, 512)?;
    for interpolation in [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic] {
        for (name, plane) in [("oblique", &oblique), ("steep", &steep)] {
            time(&format!("slice {name} {interpolation:?} 512 × 512"), 41, &|| {
                slice(&volume, plane, interpolation, 0.0, &never).map(|values| drop(black_box(values)))
            })?;
        }
    }
    for intensity in [Intensity::Maximum, Intensity::Average] {
        let thick = Slab { thickness: 20.0, intensity };
        time(&format!("slab 20 mm {intensity:?} ({} samples)", thick.samples(&volume.geometry)), 3, &|| {
            slab(&volume, &oblique, &thick, Interpolation::Linear, 0.0, &never).map(|values| drop(black_box(values)))
        })?;
    }
    let points: Vec<Point> = (0..40)
        .map(|at| f64::from(at) / 6.0)
        .map(|at| [120.0 * at.sin(), 90.0 * at.cos(), 30.0 * at - 100.0])
        .collect();
    let curve = Curve { points, direction: [0.0, 0.0, 1.0], spacing: 0.7, height: 512 };
    time(&format!("reformat along {} columns", curve.columns()?.len()), 11, &|| {
        reformat(&volume, &curve, Interpolation::Linear, 0.0, &never).map(|values| drop(black_box(values)))
    })?;
    for (axis, name) in ["columns", "rows", "slices"].into_iter().enumerate() {
        for intensity in [Intensity::Maximum, Intensity::Average] {
            time(&format!("flatten along {name} {intensity:?}"), 5, &|| {
                flatten(&volume, axis, intensity, &never).map(|values| drop(black_box(values)))
            })?;
        }
    }
    time("bricks", 5, &|| Bricks::of(&volume).map(|bricks| drop(black_box(bricks))))?;
    for (name, intensity, bricks) in [
        ("Maximum, bricks", Intensity::Maximum, Some(&bricks)),
        ("Minimum, bricks", Intensity::Minimum, Some(&bricks)),
        ("Maximum", Intensity::Maximum, None),
        ("Average", Intensity::Average, None),
    ] {
        time(&format!("project oblique {} × {} {name}", view.width, view.height), 1, &|| {
            project(&volume, bricks, &view.straight(), intensity, 0.0, &never).map(|values| drop(black_box(values)))
        })?;
    }
    for preset in PRESETS {
        let transfer = preset.transfer((-1000.0, 1000.0));
        time(&format!("render {} × {} {}", view.width, view.height, preset.name), 1, &|| {
            render(&volume, &bricks, &view.straight(), &transfer, &never).map(|picture| drop(black_box(picture)))
        })?;
    }
    time("histogram", 5, &|| histogram(&volume, 65_536, &never).map(|counted| drop(black_box(counted))))?;
    let counted = histogram(&volume, 65_536, &never)?;
    let found = cuts(&counted, &Tissues::computed_tomography()).cuts;
    time("cuts", 5, &|| {
        black_box(cuts(&counted, &Tissues::computed_tomography()));
        Ok(())
    })?;
    time("otsu, 3 classes", 5, &|| {
        black_box(otsu(&counted, 3));
        Ok(())
    })?;
    time(&format!("label at {found:.0?}"), 5, &|| {
        label(&volume, &found, &never).map(|labels| drop(black_box(labels)))
    })?;
    let labels = label(&volume, &found, &never)?;
    for connectivity in [Connectivity::Six, Connectivity::TwentySix] {
        time(&format!("components, {connectivity:?}"), 1, &|| {
            components(&labels, 1, connectivity, &never).map(|parts| drop(black_box(parts)))
        })?;
    }
    time("millilitres", 5, &|| {
        black_box(labels.millilitres(1, &volume.geometry));
        Ok(())
    })?;
    #[cfg(feature = "opencl")]
    if chosen.as_ref().is_none_or(|word| word == "device") {
        on_devices();
    }
    Ok(())
}

/// Each OpenCL device beside the processor, on 192³ samples.
#[cfg(feature = "opencl")]
fn on_devices() {
    use compute::device::{devices, self_test};
    let devices = devices().unwrap_or_else(|error| {
        println!("{error}");
        Vec::new()
    });
    for device in devices {
        println!("\n{:<44} {:>9} {:>9} {:>10}", device.name, "device", "CPU", "differ");
        match self_test(&device, 192) {
            Ok((checks, upload)) => {
                for check in checks {
                    let [device, processor] = [check.device, check.processor].map(|time| time.as_secs_f64() * 1e3);
                    println!("{:<44} {device:>9.2} {processor:>9.2} {:>10.6}", check.name, check.difference);
                }
                println!("{:<44} {:>9.2}", "upload", upload.as_secs_f64() * 1e3);
            }
            Err(error) => println!("{error}"),
        }
    }
}
