//! What SimpleITK does too, for `simpleitk.py`: an operation a line, as JSON.

use std::time::Instant;

use compute::volume::{
    Connectivity, Error, Intensity, Interpolation, Plane, Point, Volume, Voxels, components, flatten, histogram, label,
    never, otsu, slice,
};

use crate::planes;

/// Prints the least time of each operation, where its plane is, and a number that tells its result.
pub fn beside(volume: &Volume) -> Result<(), Error> {
    for (name, plane) in [("oblique", planes::oblique()?), ("steep", planes::steep()?)] {
        for (how, interpolation) in [("nearest", Interpolation::Nearest), ("linear", Interpolation::Linear)] {
            let name = format!("slice {name}, {how}, 512 × 512");
            let told = told(&plane);
            timed(&name, &told, 41, || slice(volume, &plane, interpolation, -1000.0, &never), |values| mean(values))?;
        }
    }
    for (axis, of) in [(1, "rows"), (2, "slices")] {
        for (name, intensity) in [("maximum", Intensity::Maximum), ("average", Intensity::Average)] {
            let work = || flatten(volume, axis, intensity, &never);
            timed(&format!("{name} along {of}"), &format!(", \"axis\": {axis}"), 5, work, |flat| match &flat.voxels {
                Voxels::F32(values) => mean(values),
                _ => f64::NAN,
            })?;
        }
    }
    let cuts = otsu(&histogram(volume, 4096, &never)?, 3);
    let work = || {
        let cuts = otsu(&histogram(volume, 4096, &never)?, 3);
        label(volume, &cuts, &never).map(|labels| (labels, cuts))
    };
    timed("3 classes by Otsu, labelled", "", 3, work, |(labels, cuts)| f64::from(labels.labels[0]) + cuts[1])?;
    let labels = label(volume, &[cuts[1]], &never)?;
    let name = format!("connected parts above {:.1}", cuts[1]);
    let work = || components(&labels, 1, Connectivity::Six, &never);
    timed(&name, &format!(", \"cut\": {}", cuts[1]), 3, work, |parts| parts.samples()[0] as f64)
}

/// Times the work alone, and what it takes to let go of its result: so are the others timed.
fn timed<T>(
    name: &str,
    told: &str,
    runs: usize,
    work: impl Fn() -> Result<T, Error>,
    result: impl Fn(&T) -> f64,
) -> Result<(), Error> {
    let result = result(&work()?);
    let mut least = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        drop(std::hint::black_box(work()?));
        least = least.min(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("{{\"name\": {name:?}, \"ms\": {least:.3}, \"result\": {result}{told}}}");
    Ok(())
}

fn told(plane: &Plane) -> String {
    let list = |point: Point| format!("[{}, {}, {}]", point[0], point[1], point[2]);
    let [corner, across, down] = [plane.corner, plane.across, plane.down].map(list);
    format!(
        ", \"corner\": {corner}, \"across\": {across}, \"down\": {down}, \"size\": [{}, {}]",
        plane.width, plane.height
    )
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64
}
