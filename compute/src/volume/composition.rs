//! How the colours of several volumes at one place become one (PS3.4 §FF.2.3.3).

use super::Transfer;
use crate::LookupTable;

/// Streams of colours with an opacity, which weights add up.
#[derive(Debug, Clone, PartialEq)]
pub struct Composition {
    /// Each is of layers, every one over those before it.
    pub streams: Vec<Vec<Layer>>,
    /// Of each stream but the first: how much what was composed before it counts, and how much it does itself. The number of
    /// entries is an even power of two; see [`weight`].
    pub weights: Vec<[LookupTable; 2]>,
}

/// A volume seen through a transfer function.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Which of the volumes.
    pub volume: usize,
    /// Its colours, the opacity of 1 mm, and how it shines.
    pub transfer: Transfer,
}

impl Composition {
    /// All layers, stream by stream.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.streams.iter().flatten()
    }

    /// The colour and opacity of a place, of those of all layers there, in their order. A layer that has nothing there has
    /// zeros.
    pub fn colour(&self, layers: &[[f32; 4]]) -> [f32; 4] {
        let (mut sum, mut rest) = ([0.0; 4], layers);
        for (number, stream) in self.streams.iter().enumerate() {
            let (own, others) = rest.split_at(stream.len().min(rest.len()));
            rest = others;
            let own = own.iter().copied().reduce(over).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Light;

    fn layer(volume: usize) -> Layer {
        let light = Light { ambient: 1.0, shine: 0.0, contrast: 1.0 };
        Layer { volume, transfer: Transfer { points: Vec::new(), light } }
    }

    fn table(entries: [u16; 4]) -> LookupTable {
        LookupTable { first: 0, entries: entries.to_vec(), bits: 8 }
    }

    #[test]
    fn layers_of_a_stream_lie_over_one_another() {
        let composition = Composition { streams: vec![vec![layer(0), layer(1)]], weights: Vec::new() };
        let (red, blue) = ([1.0, 0.0, 0.0, 0.5], [0.0, 0.0, 1.0, 0.5]);
        // Half is blue, half of the rest red: together they hide three quarters.
        assert_eq!(composition.colour(&[red, blue]), [0.25 / 0.75, 0.0, 0.5 / 0.75, 0.75]);
        assert_eq!(composition.colour(&[red, [0.0; 4]]), red);
        assert_eq!(composition.colour(&[[0.0; 4], blue]), blue);
        assert_eq!(composition.colour(&[[0.3, 0.0, 0.0, 0.0], [0.0; 4]]), [0.3, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn streams_are_weighted_with_their_opacity() {
        // By the bits of two opacities: neither, the second, the first, both.
        let first = [table([0, 0, 255, 51]), table([0, 255, 0, 204])];
        let two = Composition { streams: vec![vec![layer(0)], vec![layer(1)]], weights: vec![first.clone()] };
        let (red, blue) = ([1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(two.colour(&[red, blue]), [0.2, 0.0, 0.8, 1.0]);
        assert_eq!((two.colour(&[red, [0.0; 4]]), two.colour(&[[0.0; 4], blue])), (red, blue));
        // The third stream over what was composed: opaque it hides that, without opacity nothing of it.
        let last = [table([0, 0, 255, 0]), table([0, 255, 0, 0])];
        let streams = vec![vec![layer(0)], vec![layer(1)], vec![layer(2)]];
        let three = Composition { streams, weights: vec![first, last] };
        let green = [0.0, 1.0, 0.0, 1.0];
        assert_eq!(three.colour(&[red, blue, green]), green);
        assert_eq!(three.colour(&[red, blue, [0.0; 4]]), [0.2, 0.0, 0.8, 1.0]);
    }
}
