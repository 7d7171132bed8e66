//! A layer as rays meet it.

use super::field::Places;
use super::tint::Tint;
use crate::volume::{Layer, Light, Pair};

/// What has a colour, by the places of all volumes along a ray.
pub(super) enum Met<'a> {
    /// Of one volume, by a table of its values.
    One(usize, Tint),
    /// Of two, by their bits.
    Two(&'a Pair),
}

impl<'a> Met<'a> {
    pub(super) fn new(layer: &'a Layer) -> Self {
        match layer {
            Layer::One { volume, transfer } => Self::One(*volume, Tint::new(transfer)),
            Layer::Two(pair) => Self::Two(pair),
        }
    }

    /// The volume whose surfaces are seen.
    pub(super) fn volume(&self) -> usize {
        match self {
            Self::One(volume, _) => *volume,
            Self::Two(pair) => pair.volumes[0],
        }
    }

    pub(super) fn light(&self) -> Light {
        match self {
            Self::One(_, tint) => tint.light,
            Self::Two(pair) => pair.light,
        }
    }

    /// Colour and opacity at a place of a ray; nothing of volumes that are not there.
    pub(super) fn at(&self, places: &[Places], number: usize) -> [f32; 4] {
        let value = |volume: usize| places.get(volume).map_or(f32::NAN, |places| places.values[number]);
        match self {
            Self::One(volume, tint) => tint.at(value(*volume)),
            Self::Two(pair) => pair.at(pair.volumes.map(value)),
        }
    }

    /// Whether it may have an opacity, by the range of values of each volume; the least is above the greatest where it
    /// has none.
    pub(super) fn is_seen(&self, range: impl Fn(usize) -> [f32; 2]) -> bool {
        match self {
            Self::One(volume, tint) => tint.is_seen(range(*volume)),
            Self::Two(pair) => pair.volumes.into_iter().map(range).all(|[least, most]| least <= most),
        }
    }
}
