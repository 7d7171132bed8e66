//! How the colours of several volumes at one place become one (PS3.4 §FF.2.3.3).

use super::{Light, Transfer};
use crate::{LookupTable, Voi};

/// Streams of colours with an opacity, which weights add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Composition {
    /// Each is of layers, every one over those before it.
    pub streams: Vec<Vec<Layer>>,
    /// Of each stream but the first: how much what was composed before it counts, and how much it does itself. The number of
    /// entries is an even power of two; see [`weight`].
    pub weights: Vec<[LookupTable; 2]>,
}

/// What has a colour.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// A volume seen through a transfer function.
    One {
        /// Which of the volumes.
        volume: usize,
        /// Its colours, the opacity of 1 mm, and how it shines.
        transfer: Transfer,
    },
    /// Two volumes that have their colours together.
    Two(Pair),
}

/// Two volumes seen through a table by what was measured of both. It has nothing where either has nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Which of the volumes. Surfaces are those of the first.
    pub volumes: [usize; 2],
    /// What makes a part from 0 to 1 of the values of each.
    pub windows: [Voi; 2],
    /// How many most significant bits of each count; see [`joined`].
    pub bits: [u32; 2],
    /// Red, green, blue and the opacity of 1 mm, from 0 to 1, by the joined bits: the last one goes on.
    pub colours: Vec<[f32; 4]>,
    /// How surfaces shine.
    pub light: Light,
}

impl Layer {
    /// Colour and opacity of a place, by the value of each volume there.
    pub fn at(&self, value: impl Fn(usize) -> f32) -> [f32; 4] {
        match self {
            Self::One { volume, transfer } => transfer.at(value(*volume)),
            Self::Two(pair) => pair.at(pair.volumes.map(value)),
        }
    }
}

impl Pair {
    /// Colour and opacity of two values; nothing of what is not a number.
    pub fn at(&self, values: [f32; 2]) -> [f32; 4] {
        if values.iter().any(|value| value.is_nan()) {
            return [0.0; 4];
        }
        let [one, other] = &self.windows;
        let parts = [one.fraction(values[0].into()), other.fraction(values[1].into())];
        let place = joined(parts, self.bits) as usize;
        self.colours.get(place).or(self.colours.last()).copied().unwrap_or_default()
    }
}

impl Composition {
    /// All layers, stream by stream.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.streams.iter().flatten()
    }

    /// The colour and opacity of a place, by the value of each volume there. One that is no number is nothing.
    pub fn seen(&self, value: impl Fn(usize) -> f32) -> [f32; 4] {
        self.colour(self.layers().map(|layer| layer.at(&value)))
    }

    /// The colour and opacity of a place, of those of all layers there, in their order. A layer that has nothing there has
    /// zeros.
    pub fn colour(&self, mut layers: impl Iterator<Item = [f32; 4]>) -> [f32; 4] {
        let mut sum = [0.0; 4];
        for (number, stream) in self.streams.iter().enumerate() {
            let own = layers.by_ref().take(stream.len()).reduce(over).unwrap_or_default();
            sum = match number.checked_sub(1).and_then(|place| self.weights.get(place)) {
                None => own,
                Some(tables) => {
                    // Only the first compositor has two opacities (PS3.3 §C.11.27.3).
                    let before = if number == 1 { sum[3] } else { 1.0 - own[3] };
                    let [one, other] =
                        tables.each_ref().map(|table| weight(table, before.into(), own[3].into()) as f32);
                    std::array::from_fn(|channel| (sum[channel] * one + own[channel] * other).clamp(0.0, 1.0))
                }
            };
        }
        sum
    }
}

/// The one above over the one below it (Porter and Duff), neither of them multiplied by its opacity.
fn over(below: [f32; 4], above: [f32; 4]) -> [f32; 4] {
    let behind = below[3] * (1.0 - above[3]);
    let opacity = above[3] + behind;
    if opacity <= 0.0 {
        return below;
    }
    std::array::from_fn(|channel| match channel {
        3 => opacity,
        _ => (above[channel] * above[3] + below[channel] * behind) / opacity,
    })
}

/// The weight of a table by two opacities from 0 to 1: the first gives the more significant half of the bits
/// (PS3.4 §FF.2.3.3.2).
pub fn weight(table: &LookupTable, one: f64, other: f64) -> f64 {
    let bits = table.entries.len().trailing_zeros() / 2;
    let most = f64::from((1_u32 << bits) - 1);
    let part = |opacity: f64| (opacity.clamp(0.0, 1.0) * most).round() as i64;
    table.fraction(table.first.saturating_add((part(one) << bits) | part(other)))
}

/// The number that the most significant bits of two parts from 0 to 1 make, those of the first before those of the
/// second (PS3.4 §FF.2.3.3.1). Parts have 16 bits.
pub fn joined(parts: [f64; 2], bits: [u32; 2]) -> u32 {
    let most = |which: usize| {
        let part = (parts[which].clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u32;
        part >> 16_u32.saturating_sub(bits[which])
    };
    (most(0) << bits[1]) | most(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Light;

    fn layer(volume: usize) -> Layer {
        let light = Light { ambient: 1.0, shine: 0.0, contrast: 1.0 };
        Layer::One { volume, transfer: Transfer { points: Vec::new(), light } }
    }

    fn table(entries: [u16; 4]) -> LookupTable {
        LookupTable { first: 0, entries: entries.to_vec(), bits: 8 }
    }

    #[test]
    fn layers_of_a_stream_lie_over_one_another() {
        let composition = Composition { streams: vec![vec![layer(0), layer(1)]], weights: Vec::new() };
        let (red, blue) = ([1.0, 0.0, 0.0, 0.5], [0.0, 0.0, 1.0, 0.5]);
        // Half is blue, half of the rest red: together they hide three quarters.
        assert_eq!(composition.colour([red, blue].into_iter()), [0.25 / 0.75, 0.0, 0.5 / 0.75, 0.75]);
        assert_eq!(composition.colour([red, [0.0; 4]].into_iter()), red);
        assert_eq!(composition.colour([[0.0; 4], blue].into_iter()), blue);
        assert_eq!(composition.colour([[0.3, 0.0, 0.0, 0.0], [0.0; 4]].into_iter()), [0.3, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn two_volumes_have_a_colour_by_the_most_significant_bits_of_both() {
        // 2 bits of the first and 1 of the second: 6 and 1 of 8 entries.
        assert_eq!(joined([0.8, 0.4], [2, 1]), 0b110);
        assert_eq!((joined([0.0, 1.0], [2, 1]), joined([1.0, 1.0], [8, 8])), (0b001, 0xffff));
        assert_eq!(joined([0.5, 0.499], [1, 1]), 0b10);
        let colours: Vec<[f32; 4]> = (0..8).map(|entry| [entry as f32 / 8.0, 0.0, 0.0, 1.0]).collect();
        let window = Voi::range(0.0, 100.0);
        let light = Light { ambient: 1.0, shine: 0.0, contrast: 1.0 };
        let windows = [window.clone(), window];
        let pair = Pair { volumes: [1, 0], windows, bits: [2, 1], colours, light };
        assert_eq!(pair.at([80.0, 40.0])[0], 0.75);
        assert_eq!((pair.at([f32::NAN, 40.0]), pair.at([80.0, f32::NAN])), ([0.0; 4], [0.0; 4]));
        let alone = Composition { streams: vec![vec![Layer::Two(pair)]], weights: Vec::new() };
        assert_eq!(alone.seen(|volume| [40.0, 80.0][volume])[0], 0.75);
    }

    #[test]
    fn streams_are_weighted_with_their_opacity() {
        // By the bits of two opacities: neither, the second, the first, both.
        let first = [table([0, 0, 255, 51]), table([0, 255, 0, 204])];
        let two = Composition { streams: vec![vec![layer(0)], vec![layer(1)]], weights: vec![first.clone()] };
        let (red, blue) = ([1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(two.colour([red, blue].into_iter()), [0.2, 0.0, 0.8, 1.0]);
        assert_eq!((two.colour([red, [0.0; 4]].into_iter()), two.colour([[0.0; 4], blue].into_iter())), (red, blue));
        // The third stream over what was composed: opaque it hides that, without opacity nothing of it.
        let last = [table([0, 0, 255, 0]), table([0, 255, 0, 0])];
        let streams = vec![vec![layer(0)], vec![layer(1)], vec![layer(2)]];
        let three = Composition { streams, weights: vec![first, last] };
        let green = [0.0, 1.0, 0.0, 1.0];
        assert_eq!(three.colour([red, blue, green].into_iter()), green);
        assert_eq!(three.colour([red, blue, [0.0; 4]].into_iter()), [0.2, 0.0, 0.8, 1.0]);
    }
}
