//! What is in a volume: how often values occur, and the class of each.

use super::{is_padding, sample, stored};
use crate::volume::{Histogram, Labels, Volume, Voxels};

/// See [`crate::volume::histogram()`].
pub fn histogram(volume: &Volume, bins: usize) -> Histogram {
    let bins = bins.max(1);
    let is_whole = !matches!(volume.voxels, Voxels::F32(_));
    let measured = places(volume.size).filter(|place| !is_padding(volume, *place));
    // Whole numbers are put into bins as they are stored, others as they were measured.
    let value = |place| if is_whole { stored(volume, place) } else { sample(volume, place) };
    let values: Vec<f64> = measured.map(value).filter(|value| value.is_finite()).collect();
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.is_empty() {
        return Histogram { least: 0.0, width: 1.0, counts: vec![0] };
    }
    let (width, count) = match is_whole {
        true => {
            let each = ((most - least + 1.0) / bins as f64).ceil();
            (each, ((most - least + 1.0) / each).ceil() as usize)
        }
        false => (if most > least { (most - least) / bins as f64 } else { 1.0 }, bins),
    };
    let mut counts = vec![0; count];
    for value in values {
        counts[(((value - least) / width) as usize).min(count - 1)] += 1;
    }
    if !is_whole {
        return Histogram { least, width, counts };
    }
    let (slope, intercept) = (f64::from(volume.slope), f64::from(volume.intercept));
    let edge = |stored: f64| slope * stored + intercept;
    let (first, end) = (least - 0.5, least - 0.5 + width * count as f64);
    if slope < 0.0 {
        counts.reverse();
    }
    let least = edge(if slope < 0.0 { end } else { first });
    Histogram { least, width: if slope == 0.0 { width } else { width * slope.abs() }, counts }
}

/// See [`crate::volume::label`].
pub fn label(volume: &Volume, cuts: &[f64]) -> Labels {
    let class = |place| match is_padding(volume, place) {
        true => Labels::NONE,
        false => cuts.iter().take(254).filter(|cut| sample(volume, place) >= **cut).count() as u8,
    };
    Labels { size: volume.size, labels: places(volume.size).map(class).collect() }
}

/// All places, in the order of the samples.
fn places([columns, rows, slices]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    let rows = (0..slices).flat_map(move |slice| (0..rows).map(move |row| (row, slice)));
    rows.flat_map(move |(row, slice)| (0..columns).map(move |column| [column, row, slice]))
}
