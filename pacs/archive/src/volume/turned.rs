//! Stacks of several orientations in one series: discs of the spine, for one, are imaged each along its own plane.

use super::slice::{Place, Slice, cross, dot};
use super::stack::Source;

/// Slices of more different orientations than this are no stack, in degrees. At the edge of an image of half a metre
/// it is less than half a millimetre.
pub(super) const SAME_ORIENTATION: f64 = 0.1;
/// Most stacks that are told apart, and that are named.
const MOST: usize = 64;
const NAMED: usize = 4;

/// The angle between two orientations, in degrees: the larger one of rows and columns.
pub(super) fn angle(one: &Place, other: &Place) -> f64 {
    let of = |one: [f64; 3], other| dot(cross(one, other), cross(one, other)).sqrt().atan2(dot(one, other));
    of(one.across, other.across).max(of(one.down, other.down)).to_degrees()
}

/// The slices that lie as one of them does.
pub(super) fn like(slices: Vec<Slice>, anchor: &Slice) -> Vec<Slice> {
    slices.into_iter().filter(|slice| angle(&slice.place, &anchor.place) <= SAME_ORIENTATION).collect()
}

/// Which stacks slices of several orientations are, and how one of them is asked for; nothing when there are none.
pub(super) fn choices(sources: &[Source], slices: &[Slice]) -> String {
    let mut stacks: Vec<(&Slice, usize)> = Vec::new();
    for slice in slices {
        match stacks.iter().position(|(first, _)| angle(&first.place, &slice.place) <= SAME_ORIENTATION) {
            Some(place) => stacks[place].1 += 1,
            None if stacks.len() == MOST => return String::new(),
            None => stacks.push((slice, 1)),
        }
    }
    stacks.retain(|(_, count)| *count > 1);
    let name = |(first, count): &(&Slice, usize)| match sources.len() {
        1 => format!("{} for the stack of {count}", first.frame),
        _ => format!("{} for the stack of {count}", sources[first.source].instance.instance),
    };
    let names: Vec<String> = stacks.iter().take(NAMED).map(name).collect();
    match names.as_slice() {
        [] => String::new(),
        _ => format!(
            "; volumeinputreference takes one stack: {}{}",
            names.join(", "),
            if stacks.len() > NAMED { ", …" } else { "" }
        ),
    }
}
