//! Masks moved by parts of a pixel (Mask Sub-pixel Shift, PS3.3 §C.7.6.10.1.2), for all frames or for each (Frame Pixel Shift,
//! PS3.3 §C.7.6.16.2.14).

use std::collections::BTreeMap;

use data_set::{Item, tags};

/// Rows downwards and columns to the right.
pub(super) type Shift = (f64, f64);

/// The shift that an Item tells.
pub(super) fn read(item: &Item<'_>) -> Option<Shift> {
    match item.floats(tags::MASK_SUB_PIXEL_SHIFT)[..] {
        [rows, columns, ..] if rows.is_finite() && columns.is_finite() => Some((rows, columns)),
        _ => None,
    }
}

/// What functional groups of an image tell for the subtraction with this Subtraction Item ID: for all frames, and for single
/// ones by number. It is what the mask is moved by when it is taken from that frame.
pub(super) fn of_frames(root: &Item<'_>, id: i64) -> (Option<Shift>, BTreeMap<u32, Shift>) {
    let of = |groups: Item<'_>| {
        let mut items = groups.items_of(tags::FRAME_PIXEL_SHIFT_SEQUENCE);
        read(&items.find(|item| item.int(tags::SUBTRACTION_ITEM_ID) == Some(id))?)
    };
    let frames = (1..).zip(root.items_of(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE));
    let shared = root.items_of(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).next().and_then(of);
    (shared, frames.filter_map(|(number, groups)| Some((number, of(groups)?))).collect())
}

/// The values moved downwards and to the right, linear between them; at the edges the outermost go on.
pub(super) fn moved(values: &[f32], columns: usize, (down, right): (f64, f64)) -> Vec<f32> {
    let rows = values.len() / columns.max(1);
    if rows == 0 {
        return values.to_vec();
    }
    let across = Between::all(columns, right);
    let along = Between::all(rows, down);
    let mut moved = Vec::with_capacity(values.len());
    for row in &along {
        let (above, below) = (&values[row.first * columns..][..columns], &values[row.second * columns..][..columns]);
        for column in &across {
            let mean = |line: &[f32]| line[column.first] + (line[column.second] - line[column.first]) * column.part;
            moved.push(mean(above) + (mean(below) - mean(above)) * row.part);
        }
    }
    moved
}

/// Two neighbours and the part that the second has.
struct Between {
    first: usize,
    second: usize,
    part: f32,
}

impl Between {
    fn all(length: usize, shift: f64) -> Vec<Self> {
        let last = (length - 1) as f64;
        let between = |place: usize| {
            let from = (place as f64 - shift).clamp(0.0, last);
            let first = from as usize;
            Self { first, second: (first + 1).min(length - 1), part: (from - first as f64) as f32 }
        };
        (0..length).map(between).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_downwards_and_to_the_right() {
        let values = [0.0, 10.0, 20.0, 30.0, 40.0, 50.0];
        assert_eq!(moved(&values, 3, (0.0, 1.0)), [0.0, 0.0, 10.0, 30.0, 30.0, 40.0]);
        assert_eq!(moved(&values, 3, (0.0, -0.5)), [5.0, 15.0, 20.0, 35.0, 45.0, 50.0]);
        assert_eq!(moved(&values, 3, (0.5, 0.0)), [0.0, 10.0, 20.0, 15.0, 25.0, 35.0]);
        assert_eq!(moved(&values, 3, (1e300, -1e300)), [20.0; 6]);
    }
}
