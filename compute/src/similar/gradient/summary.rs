//! A first look at gradient descriptors: a quarter of the bytes leaves out nearly all that are not near.
//!
//! What neighbouring places gather overlaps, so the means of 2 × 2 places keep about four fifths of a distance. As for the copies of
//! a picture ([`super::super::bound`]), `‖a − b‖ ≥ 2 · ‖qₐ − q_b‖ − eₐ − e_b`, where `q` are the means in whole numbers and `e` is how far
//! the means are from these, times 2.

use rayon::prelude::*;

use super::{BATCH, DIRECTIONS, LENGTH, PLACES};
use crate::similar::bound::{Margin, least_inside};
use crate::similar::distance::{squared_each, squared_within};
use crate::similar::nearest::{Found, Nearest};
use crate::similar::search::{ALL, Keeps};

/// How many bytes a summary has.
pub const SUMMARY: usize = LENGTH / 4;

/// In how many parts, at least, the most promising are looked for.
const PARTS: usize = 512;

/// How many descriptors are compared between two looks at how near one has to be.
const ROUND: usize = 32;

/// The summary of one descriptor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The means of 2 × 2 places, in whole numbers.
    pub cells: [u8; SUMMARY],
    /// What these leave out.
    pub margin: Margin,
}

impl Summary {
    /// Of a descriptor.
    pub fn of(descriptor: &[u8; LENGTH]) -> Self {
        let mut cells = [0; SUMMARY];
        let mut errors = 0_u32;
        for (place, cell) in cells.iter_mut().enumerate() {
            let (direction, place) = (place % DIRECTIONS, place / DIRECTIONS);
            let (x, y) = (place % (PLACES / 2) * 2, place / (PLACES / 2) * 2);
            let at = |x: usize, y: usize| u32::from(descriptor[(y * PLACES + x) * DIRECTIONS + direction]);
            let sum = at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1);
            *cell = ((sum + 2) / 4) as u8;
            errors += sum.abs_diff(u32::from(*cell) * 4).pow(2);
        }
        // 2 · ‖mean − cell‖, where mean = sum / 4.
        let rounding = (f64::from(errors).sqrt() / 2.0) as f32;
        Self { cells, margin: Margin { rounding: if errors == 0 { 0.0 } else { rounding.next_up() }, detail: 0.0 } }
    }
}

/// The summaries of descriptors, in their order.
#[derive(Debug, Clone, Copy)]
pub struct Summaries<'a> {
    /// Those of all, one after the other.
    pub cells: &'a [[u8; SUMMARY]],
    /// What each leaves out.
    pub margins: &'a [Margin],
}

/// What [`super::nearest`] finds among all descriptors, from a look at their summaries and at a few of them; and how many were looked at
/// whole. Descriptors without a summary, and summaries without a descriptor, are left out.
pub fn nearest_by(
    query: &[u8; LENGTH],
    summaries: Summaries<'_>,
    descriptors: &[u8],
    limit: usize,
) -> (Vec<Found>, usize) {
    nearest_where(query, (summaries, descriptors), limit, ALL)
}

/// The same among those that `keeps` says yes to.
pub fn nearest_where(
    query: &[u8; LENGTH],
    (summaries, descriptors): (Summaries<'_>, &[u8]),
    limit: usize,
    keeps: &Keeps,
) -> (Vec<Found>, usize) {
    let count = least_of(summaries, descriptors);
    let own = Summary::of(query);
    let mut bounds = vec![0.0_f32; count];
    let batches = bounds.par_chunks_mut(BATCH).zip(summaries.cells.par_chunks(BATCH));
    batches.zip(summaries.margins.par_chunks(BATCH)).for_each(|((bounds, cells), margins)| {
        let mut squared = [0; BATCH];
        squared_each(&own.cells, cells[..bounds.len()].as_flattened(), &mut squared[..bounds.len()]);
        bound_each(bounds, &squared, own.margin, margins);
    });
    nearest_from(query, &bounds, descriptors, limit, keeps)
}

/// The same, given the squared distances of the summaries to that of `query`.
pub(crate) fn nearest_given(
    query: &[u8; LENGTH],
    distances: &[u32],
    (summaries, descriptors): (Summaries<'_>, &[u8]),
    limit: usize,
    keeps: &Keeps,
) -> (Vec<Found>, usize) {
    let own = Summary::of(query);
    let mut bounds = vec![0.0_f32; least_of(summaries, descriptors).min(distances.len())];
    let batches = bounds.par_chunks_mut(BATCH).zip(distances.par_chunks(BATCH));
    batches.zip(summaries.margins.par_chunks(BATCH)).for_each(|((bounds, squared), margins)| {
        bound_each(bounds, squared, own.margin, margins);
    });
    nearest_from(query, &bounds, descriptors, limit, keeps)
}

/// How many have a summary and a descriptor.
fn least_of(summaries: Summaries<'_>, descriptors: &[u8]) -> usize {
    (descriptors.len() / LENGTH).min(summaries.cells.len()).min(summaries.margins.len())
}

/// The nearest, given how near each can be.
fn nearest_from(
    query: &[u8; LENGTH],
    bounds: &[f32],
    descriptors: &[u8],
    limit: usize,
    keeps: &Keeps,
) -> (Vec<Found>, usize) {
    let (descriptors, count) = (descriptors.as_chunks::<LENGTH>().0, bounds.len());
    let mut nearest = Nearest::new(limit, u64::MAX);
    if limit == 0 || count == 0 {
        return (nearest.into_found(), 0);
    }
    let mut looks = 0;
    let mut compare = |nearest: &mut Nearest, some: &[u32]| {
        looks += some.len();
        let reach = nearest.reach();
        let compared = some.par_iter().with_min_len(16).filter_map(|index| {
            let distance = squared_within(query, &descriptors[*index as usize], reach)?;
            Some(Found { distance, index: *index, view: 0 })
        });
        compared.collect::<Vec<_>>().into_iter().for_each(|found| nearest.offer(found));
    };
    // The nearest by bound of each of many parts: their distances tell how near the others have to be.
    let part = count.div_ceil(PARTS.max(4 * limit.min(count)));
    let least = bounds.par_chunks(part).enumerate().filter_map(|(number, bounds)| {
        let places = bounds.iter().zip((number * part) as u32..);
        let nearer = |least: Option<(&f32, u32)>, (bound, index): (&f32, u32)| match least {
            Some((least, _)) if least <= bound => false,
            _ => keeps(index),
        };
        let least = places.fold(None, |least, place| if nearer(least, place) { Some(place) } else { least });
        least.map(|(_, index)| index)
    });
    let mut first: Vec<u32> = least.collect();
    first.sort_unstable_by(|a, b| bounds[*a as usize].total_cmp(&bounds[*b as usize]));
    first.truncate(limit.saturating_mul(2).max(16));
    compare(&mut nearest, &first);
    first.sort_unstable();
    let reach = nearest.reach() as f64;
    let near = bounds.par_chunks(BATCH).enumerate().flat_map_iter(|(batch, bounds)| {
        let near = bounds.iter().zip((batch * BATCH) as u32..);
        let near = near.filter(|(bound, index)| f64::from(**bound) <= reach && keeps(*index));
        near.map(|(bound, index)| (*bound, index)).collect::<Vec<_>>()
    });
    let mut near: Vec<(f32, u32)> = near.collect();
    near.retain(|(_, index)| first.binary_search(index).is_err());
    near.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    for round in near.chunks(ROUND) {
        if f64::from(round[0].0) > nearest.reach() as f64 {
            break;
        }
        let round: Vec<u32> = round.iter().map(|(_, index)| *index).collect();
        compare(&mut nearest, &round);
    }
    (nearest.into_found(), looks)
}

#[multiversion::multiversion(targets("x86_64+avx2+bmi2+popcnt", "x86_64+sse4.1"))]
fn bound_each(bounds: &mut [f32], squared: &[u32], own: Margin, margins: &[Margin]) {
    for ((bound, squared), margin) in bounds.iter_mut().zip(squared).zip(margins) {
        *bound = least_inside(*squared, 2.0, own, *margin);
    }
}

#[cfg(test)]
mod tests {
    use super::super::nearest;
    use super::*;
    use rand::{Rng, SeedableRng, rngs::StdRng};

    /// Descriptors around a few, some of them the same.
    fn descriptors(random: &mut StdRng, count: usize) -> Vec<u8> {
        let first: Vec<u8> = (0..5 * LENGTH).map(|_| random.random()).collect();
        let near = |random: &mut StdRng, cell: u8, spread: u8| cell.saturating_add(random.random_range(0..=spread));
        let one = |random: &mut StdRng| -> Vec<u8> {
            let (start, spread) = (random.random_range(0..5) * LENGTH, random.random_range(0..120));
            first[start..start + LENGTH].iter().map(|cell| near(random, *cell, spread)).collect()
        };
        (0..count).flat_map(|_| one(random)).collect()
    }

    fn summaries(descriptors: &[u8]) -> (Vec<[u8; SUMMARY]>, Vec<Margin>) {
        let all = descriptors.as_chunks().0.iter().map(Summary::of);
        all.map(|summary| (summary.cells, summary.margin)).unzip()
    }

    #[test]
    fn a_look_at_summaries_finds_what_a_look_at_all_finds() {
        let mut random = StdRng::seed_from_u64(1024);
        for count in [0, 1, 7, 900, 3000] {
            let mut all = descriptors(&mut random, count);
            if count > 9 {
                all.copy_within(LENGTH..2 * LENGTH, 9 * LENGTH);
            }
            let (cells, margins) = summaries(&all);
            let summaries = Summaries { cells: &cells, margins: &margins };
            for limit in [0, 1, 10, 5000] {
                let query = *descriptors(&mut random, 1).first_chunk().expect("a descriptor");
                let query = all.as_chunks().0.get(limit).copied().unwrap_or(query);
                let (found, looks) = nearest_by(&query, summaries, &all, limit);
                assert_eq!(found, nearest(&query, &all, limit, None), "{count} {limit}");
                assert!(looks <= count);
                for keeps in [|index: u32| index % 3 == 1, |index: u32| index > 890, |_: u32| false] {
                    let among: Vec<u32> = (0..count as u32).filter(|index| keeps(*index)).collect();
                    let (found, looks) = nearest_where(&query, (summaries, &all), limit, &keeps);
                    assert_eq!(found, nearest(&query, &all, limit, Some(&among)), "{count} {limit}");
                    assert!(looks <= among.len());
                }
            }
        }
    }
}
