//! Which way grey rises, by place: what another exposure, a small shift and a small rotation leave much as it is.
//!
//! The picture's field within its frame at 128 × 128, smoothed; the direction of its gradient in 16 steps of the full circle, weighted
//! by its length, gathered in 8 × 8 wide overlapping places; each place made as long as the others, and small parts lifted by a power.

mod summary;

use rayon::prelude::*;

use super::blur::blurred;
use super::distance::squared_each;
use super::nearest::{Found, Nearest};
use super::square::{Field, resample};
use super::{Grey, frame};
pub(crate) use summary::nearest_given;
pub use summary::{SUMMARY, Summaries, Summary, nearest_by, nearest_where};

/// The version of this recipe.
pub const VERSION: u8 = 2;

/// Places a side.
const PLACES: usize = 8;

/// Steps of the circle.
const DIRECTIONS: usize = 16;

/// How many bytes a gradient descriptor has: those of a place follow one another, places row by row.
pub const LENGTH: usize = PLACES * PLACES * DIRECTIONS;

const SIDE: usize = 128;

/// The standard deviation of what a place gathers from, beyond its own square, in cells of 128.
const REACH: f32 = 12.0;

/// The standard deviation by which the picture is smoothed, in cells.
const SMOOTH: f32 = 3.0;

/// What counts as no gradient, in standard deviations of grey a cell.
const FAINT: f32 = 0.02;

/// How much small parts are lifted.
const POWER: f32 = 0.2;

/// The mean squared difference of a byte of two pictures that have nothing to do with each other, measured on radiographs of chests.
const UNLIKE: f64 = 800.0;

/// How many descriptors a thread scans at a time.
const BATCH: usize = 1024;

/// The descriptor of a picture: [`LENGTH`] bytes. That of a picture of one colour is 0 throughout.
pub fn descriptor(picture: &Grey) -> Vec<u8> {
    of_field(picture, frame::within(picture))
}

/// The same where the field within its frame is known.
pub fn of_field(picture: &Grey, field: Field) -> Vec<u8> {
    let mut cells = resample(picture, field, (SIDE, SIDE));
    let mean = cells.iter().sum::<f32>() / cells.len() as f32;
    let spread = (cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f32>() / cells.len() as f32).sqrt();
    if !spread.is_finite() || spread <= 1e-5 * mean.abs() {
        return vec![0; LENGTH];
    }
    cells.iter_mut().for_each(|cell| *cell = (*cell - mean) / spread);
    let gathered = gathered(&blurred(&cells, SIDE, SMOOTH));
    gathered.chunks_exact(DIRECTIONS).flat_map(even).collect()
}

/// The descriptors nearest to one, by the sum of squared differences: nearest first, ties by place. Descriptors follow one another.
pub fn nearest(query: &[u8; LENGTH], descriptors: &[u8], limit: usize, among: Option<&[u32]>) -> Vec<Found> {
    let none = || Nearest::new(limit, u64::MAX);
    let found = |index: u32, distance: u32| Found { distance: u64::from(distance), index, view: 0 };
    if let Some(among) = among {
        let known = among.par_iter().filter_map(|index| {
            let start = (*index as usize).checked_mul(LENGTH)?;
            let mut distance = [0];
            squared_each(query, descriptors.get(start..start + LENGTH)?, &mut distance);
            Some(found(*index, distance[0]))
        });
        let join = |mut nearest: Nearest, found| {
            nearest.offer(found);
            nearest
        };
        return known.fold(none, join).reduce(none, Nearest::join).into_found();
    }
    let batches = descriptors.par_chunks(BATCH * LENGTH).enumerate().map(|(batch, descriptors)| {
        let mut distances = [0; BATCH];
        let count = descriptors.len() / LENGTH;
        squared_each(query, descriptors, &mut distances[..count]);
        let mut nearest = none();
        distances[..count].iter().zip((batch * BATCH) as u32..).for_each(|(d, index)| nearest.offer(found(index, *d)));
        nearest
    });
    batches.reduce(none, Nearest::join).into_found()
}

/// The score of a distance: 1 for identical descriptors, near 0 for pictures that have nothing to do with each other.
pub fn score(distance: u64) -> f64 {
    (1.0 - distance as f64 / (UNLIKE * LENGTH as f64)).max(0.0)
}

/// What each place gathers of each direction.
fn gathered(cells: &[f32]) -> Vec<f32> {
    let weights = weights();
    let mut gathered = vec![0.0_f32; LENGTH];
    for y in 1..SIDE - 1 {
        let mut row = [[0.0_f32; DIRECTIONS]; PLACES];
        for (x, weights) in weights.iter().enumerate().take(SIDE - 1).skip(1) {
            let place = y * SIDE + x;
            let across = (cells[place + 1] - cells[place - 1]) / 2.0;
            let down = (cells[place + SIDE] - cells[place - SIDE]) / 2.0;
            let turn = down.atan2(across) / std::f32::consts::TAU * DIRECTIONS as f32 + DIRECTIONS as f32;
            let (step, part) = (turn as usize, turn.fract());
            let length = across.hypot(down);
            for (sums, weight) in row.iter_mut().zip(weights) {
                sums[step % DIRECTIONS] += weight * length * (1.0 - part);
                sums[(step + 1) % DIRECTIONS] += weight * length * part;
            }
        }
        for (sums, weight) in gathered.chunks_exact_mut(PLACES * DIRECTIONS).zip(weights[y]) {
            sums.iter_mut().zip(row.as_flattened()).for_each(|(sum, part)| *sum += weight * part);
        }
    }
    gathered
}

/// How much each place gathers from a cell along one axis: its own stretch, blurred.
fn weights() -> Vec<[f32; PLACES]> {
    let width = SIDE / PLACES;
    let bell = |distance: f32| (-(distance / REACH).powi(2) / 2.0).exp() / (REACH * std::f32::consts::TAU.sqrt());
    let weight = |cell: usize, place: usize| {
        let own = place * width..(place + 1) * width;
        own.map(|other| bell(cell as f32 - other as f32)).sum::<f32>() / width as f32
    };
    (0..SIDE).map(|cell| std::array::from_fn(|place| weight(cell, place))).collect()
}

/// The directions of a place, as bytes.
fn even(directions: &[f32]) -> impl Iterator<Item = u8> {
    let length = directions.iter().map(|part| part * part).sum::<f32>().sqrt() + FAINT;
    directions.iter().map(move |part| ((part / length).powf(POWER) * 255.0).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::super::distance::squared;
    use super::super::grey::Samples;
    use super::*;

    fn picture(shift: f32, exposure: f32, turn: f32) -> Vec<f32> {
        let cell = |place: usize| {
            let (x, y) = ((place % 300) as f32 - 150.0, (place / 300) as f32 - 150.0);
            let (x, y) = (x * turn.cos() - y * turn.sin() + shift, x * turn.sin() + y * turn.cos());
            let grey = 2.0 + (x / 31.0).sin() * (y / 47.0).cos() + (x * y / 9000.0).sin() * 0.9;
            1000.0 * grey.powf(exposure)
        };
        (0..90000).map(cell).collect()
    }

    fn made(samples: &[f32]) -> Vec<u8> {
        descriptor(&Grey::new(300, 300, Samples::F32(samples)).unwrap())
    }

    #[test]
    fn exposure_and_small_movements_matter_little() {
        let example = made(&picture(0.0, 1.0, 0.0));
        let other = squared(&example, &made(&picture(75.0, 1.0, 1.5)));
        for (shift, exposure, turn) in [(0.0, 1.3, 0.0), (6.0, 1.0, 0.0), (0.0, 1.0, 0.05), (4.0, 0.8, -0.03)] {
            let same = squared(&example, &made(&picture(shift, exposure, turn)));
            assert!(same * 4 < other, "{shift} {exposure} {turn}: {same} {other}");
        }
    }

    #[test]
    fn one_colour_has_no_direction() {
        assert_eq!(made(&vec![7.0; 90000]), vec![0; LENGTH]);
        assert_eq!(made(&vec![f32::NAN; 90000]), vec![0; LENGTH]);
    }

    #[test]
    fn the_nearest_are_those_of_a_plain_comparison() {
        let descriptors: Vec<u8> = (0..3000 * LENGTH).map(|place| (place * place / 977 % 251) as u8).collect();
        let query = descriptors[5 * LENGTH..].first_chunk::<LENGTH>().unwrap();
        let distance = |index: u32| squared(query, &descriptors[index as usize * LENGTH..][..LENGTH]);
        let mut plain: Vec<(u64, u32)> = (0..3000).map(|index| (distance(index), index)).collect();
        plain.sort_unstable();
        let places = |found: Vec<Found>| found.iter().map(|found| (found.distance, found.index)).collect::<Vec<_>>();
        assert_eq!(places(nearest(query, &descriptors, 7, None)), plain[..7]);
        let among: Vec<u32> = (0..4000).filter(|index| index % 3 == 0).collect();
        plain.retain(|(_, index)| index % 3 == 0);
        assert_eq!(places(nearest(query, &descriptors, 7, Some(&among))), plain[..7]);
        assert!(score(0) == 1.0 && score(u64::MAX) == 0.0);
    }
}
