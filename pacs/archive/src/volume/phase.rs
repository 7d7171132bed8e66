//! Several volumes in one series: stacks, and phases at the same places. One of them is chosen.
//!
//! Stacks are told apart by Stack ID. Phases are told apart by the first of these that leaves no two slices at one place:
//! temporal position, trigger delay, echo, diffusion b-value, inversion time, acquisition, image type; then by several of
//! them together; else by how often the place has been seen before, in order of Instance Number and frame. The volume is
//! the one that the named slice belongs to, else the first: that of the smallest value.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use compute::volume::Point;

use super::slice::{Slice, TRAITS, dot};

/// Slices nearer to each other than this are at the same place, in mm.
const SAME_PLACE: f64 = 0.01;
/// Largest part by which equal steps from slice to slice differ.
const SAME_STEP: f64 = 0.01;
/// Fewest slices that show that their steps are equal.
const FEWEST: usize = 3;

/// The slices of one stack: that of `anchor`, else the first one.
pub(super) fn one_stack(slices: Vec<Slice>, anchor: Option<&Slice>) -> Vec<Slice> {
    let Some(stack) = anchor.or(slices.first()).map(|slice| slice.stack.clone()) else { return slices };
    slices.into_iter().filter(|slice| slice.stack == stack).collect()
}

/// Volumes of one series: their slices in order of places, the first phase first.
pub(super) struct Phases {
    /// At least one.
    pub(super) all: Vec<Vec<Slice>>,
    /// Which of them is wanted.
    pub(super) wanted: usize,
}

/// The phases of slices: of each one slice for each place, in order of places along `normal`. That of `anchor` is wanted,
/// else the first.
pub(super) fn phases(mut slices: Vec<Slice>, normal: Point, anchor: Option<&Slice>) -> Phases {
    let depth = |slice: &Slice| dot(slice.place.position, normal);
    // Stable: at one place the order stays that of the series.
    slices.sort_by(|one, other| depth(one).total_cmp(&depth(other)));
    let is_same = |one: &Slice, other: &Slice| depth(other) - depth(one) < SAME_PLACE;
    let is_volume = |slices: &[&Slice]| slices.len() > 1 && slices.windows(2).all(|pair| !is_same(pair[0], pair[1]));
    let all: Vec<&Slice> = slices.iter().collect();
    let is_one = is_volume(&all);
    // Slices in equal steps are one volume, whatever tells them apart: odd and even ones are often acquired in turn.
    if is_one && is_regular(&all, depth) {
        return Phases { all: vec![slices], wanted: 0 };
    }
    let single = (0..TRAITS).map(|place| place..place + 1);
    let joined = (2..=TRAITS).map(|end| 0..end);
    for traits in single.chain(joined) {
        let mut groups: HashMap<&[Option<Arc<str>>], Vec<&Slice>> = HashMap::new();
        for slice in &slices {
            groups.entry(&slice.traits[traits.clone()]).or_default().push(slice);
        }
        if groups.len() < 2 || !groups.values().all(|members| is_volume(members)) {
            continue;
        }
        if is_one && !are_interleaved(&groups, depth) {
            continue;
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by(|(one, _), (other, _)| order(one, other));
        let wanted =
            anchor.and_then(|anchor| groups.iter().position(|(key, _)| *key == &anchor.traits[traits.clone()]));
        let all = groups.iter().map(|(_, members)| members.iter().map(|slice| (*slice).clone()).collect());
        return Phases { all: all.collect(), wanted: wanted.unwrap_or(0) };
    }
    if is_one { Phases { all: vec![slices], wanted: 0 } } else { by_turn(slices, is_same, anchor) }
}

/// Whether slices in order follow one another in equal steps, to what rounding does to them.
fn is_regular(slices: &[&Slice], depth: impl Fn(&Slice) -> f64) -> bool {
    let steps = slices.windows(2).map(|pair| depth(pair[1]) - depth(pair[0]));
    let (least, most) = steps.fold((f64::INFINITY, 0.0_f64), |(least, most), step| (least.min(step), most.max(step)));
    most - least < SAME_PLACE + SAME_STEP * most
}

/// Whether each group is a regular stack by itself, and some lie among the slices of others: stacks that were acquired at
/// places a little apart, which make no volume together.
fn are_interleaved<K>(groups: &HashMap<K, Vec<&Slice>>, depth: impl Fn(&Slice) -> f64) -> bool {
    if !groups.values().all(|members| members.len() >= FEWEST && is_regular(members, &depth)) {
        return false;
    }
    let ends = |members: &Vec<&Slice>| Some((depth(members.first()?), depth(members.last()?)));
    let mut reaches: Vec<(f64, f64)> = groups.values().filter_map(ends).collect();
    reaches.sort_by(|one, other| one.0.total_cmp(&other.0));
    reaches.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

/// Of each place the slice that comes as often after others: wanted is what `anchor` does, else the first.
fn by_turn(slices: Vec<Slice>, is_same: impl Fn(&Slice, &Slice) -> bool, anchor: Option<&Slice>) -> Phases {
    let is_anchor =
        |slice: &Slice| anchor.is_some_and(|anchor| (anchor.source, anchor.frame) == (slice.source, slice.frame));
    let (mut all, mut wanted, mut turn): (Vec<Vec<Slice>>, _, _) = (Vec::new(), 0, 0);
    let mut before: Option<Slice> = None;
    for slice in slices {
        turn = if before.is_some_and(|before| is_same(&before, &slice)) { turn + 1 } else { 0 };
        if is_anchor(&slice) {
            wanted = turn;
        }
        if all.len() == turn {
            all.push(Vec::new());
        }
        all[turn].push(slice.clone());
        before = Some(slice);
    }
    Phases { all, wanted }
}

/// Numbers by size, texts by letters, what is missing last.
fn order(one: &[Option<Arc<str>>], other: &[Option<Arc<str>>]) -> Ordering {
    let each = one.iter().zip(other).map(|pair| match pair {
        (Some(one), Some(other)) => match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(one), Ok(other)) => one.total_cmp(&other),
            _ => one.cmp(other),
        },
        (one, other) => one.is_none().cmp(&other.is_none()),
    });
    each.fold(Ordering::Equal, Ordering::then)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::slice::{Place, Traits};

    /// A slice at `z`, of a temporal position and an acquisition.
    fn slice(source: usize, z: f64, time: Option<&str>, acquisition: Option<&str>) -> Slice {
        let mut traits: Traits = Default::default();
        traits[0] = time.map(Arc::from);
        traits[5] = acquisition.map(Arc::from);
        Slice {
            source,
            frame: 1,
            place: Place {
                position: [0.0, 0.0, z],
                across: [1.0, 0.0, 0.0],
                down: [0.0, 1.0, 0.0],
                spacing: [1.0, 1.0],
            },
            traits,
            stack: None,
            frame_of_reference: None,
            is_localizer: false,
        }
    }

    fn chosen(slices: &[Slice], anchor: Option<&Slice>) -> Vec<usize> {
        let mut found = phases(slices.to_vec(), [0.0, 0.0, 1.0], anchor);
        found.all.swap_remove(found.wanted).iter().map(|slice| slice.source).collect()
    }

    #[test]
    fn slices_are_ordered_by_place() {
        let slices = [(0, 2.0), (1, 0.0), (2, 1.5)].map(|(source, z)| slice(source, z, None, None));
        assert_eq!(chosen(&slices, None), [1, 2, 0]);
    }

    #[test]
    fn acquisitions_at_places_a_little_apart_are_two_volumes() {
        let two = |shift: f64| -> Vec<_> {
            let place = |source: usize| (source / 2) as f64 * 3.0 + (source % 2) as f64 * shift;
            (0..8).map(|source| slice(source, place(source), None, Some(["1", "2"][source % 2]))).collect()
        };
        let apart = two(0.4);
        assert_eq!(chosen(&apart, None), [0, 2, 4, 6]);
        assert_eq!(chosen(&apart, Some(&apart[3])), [1, 3, 5, 7]);
        assert_eq!(chosen(&two(1.5), None), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn the_first_phase_is_that_of_the_smallest_number() {
        let time = ["10", "10", "9", "9"];
        let slices: Vec<_> =
            (0..4).map(|source| slice(source, (source % 2) as f64, Some(time[source]), Some("1"))).collect();
        assert_eq!(chosen(&slices, None), [2, 3]);
        assert_eq!(chosen(&slices, Some(&slices[1])), [0, 1]);
        assert_eq!(phases(slices, [0.0, 0.0, 1.0], None).all.len(), 2);
    }

    #[test]
    fn what_differs_from_slice_to_slice_is_no_phase() {
        // An acquisition for each slice says nothing; the same place twice is then a second turn.
        let acquisition = ["1", "2", "3", "4"];
        let slices: Vec<_> =
            (0..4).map(|source| slice(source, (source / 2) as f64, None, Some(acquisition[source]))).collect();
        assert_eq!(chosen(&slices, None), [0, 2]);
        assert_eq!(chosen(&slices, Some(&slices[3])), [1, 3]);
    }
}
