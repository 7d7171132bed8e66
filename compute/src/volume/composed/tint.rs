//! A transfer function as a table by value, linear between its entries.

use crate::volume::Transfer;
use crate::volume::transfer::Light;

/// Entries between the first and the last point of a transfer function: a state's longest table has as many.
const ENTRIES: usize = 4096;

/// Colours and the opacity of 1 mm, by what was measured.
pub(super) struct Tint {
    colours: Vec<[f32; 4]>,
    /// How many entries before each have an opacity.
    seen: Vec<u32>,
    low: f32,
    scale: f32,
    pub(super) light: Light,
}

impl Tint {
    pub(super) fn new(transfer: &Transfer) -> Self {
        let ends = transfer.points.first().zip(transfer.points.last());
        let (low, high) = ends.map_or((0.0, 1.0), |(first, last)| (first.value, last.value));
        let width = (high - low).max(f32::MIN_POSITIVE) / (ENTRIES - 1) as f32;
        let colours: Vec<[f32; 4]> = (0..ENTRIES).map(|at| transfer.at(low + width * at as f32)).collect();
        let mut seen = vec![0];
        for (at, [.., opacity]) in colours.iter().enumerate() {
            seen.push(seen[at] + u32::from(*opacity > 0.0));
        }
        Self { colours, seen, low, scale: width.recip(), light: transfer.light }
    }

    /// Nothing of what is no number.
    pub(super) fn at(&self, value: f32) -> [f32; 4] {
        if value.is_nan() {
            return [0.0; 4];
        }
        let place = self.place(value);
        let first = place as usize;
        let (low, high) = (self.colours[first], self.colours[(first + 1).min(ENTRIES - 1)]);
        let part = place - first as f32;
        std::array::from_fn(|channel| low[channel] + (high[channel] - low[channel]) * part)
    }

    /// Whether any value between two has an opacity; none has where the least is above the greatest.
    pub(super) fn is_seen(&self, [least, most]: [f32; 2]) -> bool {
        // Between two entries it is of both.
        let [first, last] = [least, most].map(|value| self.place(value) as usize);
        least <= most && self.seen[(last + 2).min(ENTRIES)] > self.seen[first]
    }

    /// Where it is among the entries, from the first to the last.
    fn place(&self, value: f32) -> f32 {
        ((value - self.low) * self.scale).clamp(0.0, (ENTRIES - 1) as f32)
    }
}
