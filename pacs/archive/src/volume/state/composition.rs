//! Several inputs composed in colours (PS3.3 §C.11.27, PS3.4 §FF.2.3.3): each becomes colours with an alpha, and what
//! they add up to is weighted by both alphas.

use compute::volume::weight;
use compute::{LookupTable, Voi as Window};
use data_set::{Item, tags};

use super::classification::{Classification, Of};
use super::{damaged, is, unbuilt};
use crate::Error;
use crate::render::{LongValues, weights};

/// Most classifications.
pub(super) const MOST: usize = 16;

/// What becomes of the values of all inputs at one place.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::volume) struct Composition {
    layers: Vec<Classification>,
    /// Of each layer but the first: how much what was composed before it counts, and how much it does itself.
    weights: Vec<[LookupTable; 2]>,
}

impl Composition {
    /// Of inputs with these numbers.
    pub(super) fn read(root: &Item<'_>, numbers: &[Option<i64>], long: &LongValues) -> Result<Self, Error> {
        if !is(root, tags::PIXEL_PRESENTATION, "TRUE_COLOR") {
            return Err(damaged("its Pixel Presentation is not TRUE_COLOR"));
        }
        let mut layers = Vec::new();
        for component in root.items_of(tags::PRESENTATION_STATE_CLASSIFICATION_COMPONENT_SEQUENCE).take(MOST + 1) {
            layers.push(Classification::read(&component, numbers, long)?);
        }
        let compositors = root.items_of(tags::PRESENTATION_STATE_COMPOSITOR_COMPONENT_SEQUENCE).take(MOST);
        let weights = compositors.map(|compositor| pair(&compositor, long)).collect::<Result<Vec<_>, _>>()?;
        match layers.len() {
            0 => Err(damaged("it has no classification")),
            count if count > MOST => Err(unbuilt("the composition of more than 16 classifications")),
            count if count != weights.len() + 1 => Err(damaged("it has not one compositor less than classifications")),
            _ => Ok(Self { layers, weights }),
        }
    }

    /// The colour of a place, of the value of each input there, through its window; one that is no number is nothing.
    pub(in crate::volume) fn colour(&self, windows: &[Window], value: impl Fn(usize) -> f32) -> [u8; 3] {
        let (mut sum, mut alpha_before) = ([0.0; 3], 0.0);
        for (number, layer) in self.layers.iter().enumerate() {
            let (colour, alpha) = seen(layer, windows, &value);
            let Some([before, own]) = number.checked_sub(1).and_then(|place| self.weights.get(place)) else {
                (sum, alpha_before) = (colour, alpha);
                continue;
            };
            // What was composed has no alpha of its own.
            let one = if number == 1 { alpha_before } else { 1.0 - alpha };
            let (before, own) = (weight(before, one, alpha), weight(own, one, alpha));
            sum = std::array::from_fn(|channel| (sum[channel] * before + colour[channel] * own).clamp(0.0, 1.0));
        }
        sum.map(|part: f64| (part * 255.0).round() as u8)
    }
}

/// Colour and alpha of a classification; nothing where any input of it has nothing.
fn seen(layer: &Classification, windows: &[Window], value: impl Fn(usize) -> f32) -> ([f64; 3], f64) {
    let part = |input: usize| {
        let value = Some(value(input)).filter(|value| !value.is_nan());
        value.map(|value| windows[input].fraction(f64::from(value)))
    };
    let found = match layer.of {
        Of::One(input) => part(input).map(|part| layer.at(part)),
        Of::Two([one, other], bits) => part(one).zip(part(other)).map(|(one, other)| layer.at_both([one, other], bits)),
    };
    found.map_or(([0.0; 3], 0.0), |(colour, alpha)| (colour.map(|level| f64::from(level) / 255.0), alpha))
}

/// The tables of one compositor: the number of their entries is an even power of two.
pub(super) fn pair(compositor: &Item<'_>, long: &LongValues) -> Result<[LookupTable; 2], Error> {
    let tables =
        compositor.items_of(tags::WEIGHTING_TRANSFER_FUNCTION_SEQUENCE).take(3).map(|item| weights(&item, long));
    let tables =
        tables.collect::<Option<Vec<LookupTable>>>().and_then(|tables| <[LookupTable; 2]>::try_from(tables).ok());
    let is_square = |table: &LookupTable| {
        let count = table.entries.len();
        count > 1 && count.is_power_of_two() && count.trailing_zeros().is_multiple_of(2)
    };
    let tables = tables.filter(|tables| tables.iter().all(is_square));
    tables.ok_or_else(|| damaged("a compositor has no two tables of weights"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: Vec<u16>) -> LookupTable {
        LookupTable { first: 0, entries, bits: 8 }
    }

    const WINDOWS: [Window; 3] = [const { Window::LinearExact { center: 50.0, width: 100.0 } }; 3];

    fn layer(input: usize, is_opaque: bool) -> Classification {
        Classification::grey(Of::One(input), is_opaque)
    }

    #[test]
    fn both_alphas_choose_the_weights_the_first_one_before_the_second() {
        // By the bits of two alphas of 1 bit: neither, the second, the first, both.
        let weights = vec![[table(vec![255, 0, 255, 51]), table(vec![0, 255, 0, 204])]];
        let composition = Composition { layers: vec![layer(0, true), layer(1, true)], weights };
        let of = |one: f32, other: f32| composition.colour(&WINDOWS, |input| [one, other][input]);
        assert_eq!(of(100.0, 0.0), [51; 3]);
        assert_eq!(of(0.0, 100.0), [204; 3]);
        // Where one of them has nothing the other is seen alone.
        assert_eq!(of(40.0, f32::NAN), [102; 3]);
        assert_eq!(of(f32::NAN, 40.0), [102; 3]);
        assert_eq!(of(f32::NAN, f32::NAN), [0; 3]);
    }

    #[test]
    fn two_inputs_have_one_colour_where_both_are() {
        // Of 2 bits of each: the third step of the second input, and the second of the first.
        let both = Classification::grey(Of::Two([1, 0], [2, 2]), true);
        let composition = Composition { layers: vec![both], weights: Vec::new() };
        let of = |one: f32, other: f32| composition.colour(&WINDOWS, |input| [one, other][input]);
        assert_eq!(of(30.0, 60.0), [(9 * 255_u32 / 15) as u8; 3]);
        assert_eq!((of(f32::NAN, 60.0), of(30.0, f32::NAN)), ([0; 3], [0; 3]));
    }

    #[test]
    fn what_was_composed_is_weighted_by_the_rest_of_the_next_alpha() {
        let over = || [table(vec![0, 0, 255, 255]), table(vec![0, 255, 0, 255])];
        let composition = Composition {
            layers: vec![layer(0, true), layer(1, true), layer(2, false)],
            weights: vec![[table(vec![0, 0, 255, 255]), table(vec![0; 4])], over()],
        };
        let of = |last: f32| composition.colour(&WINDOWS, |input| [60.0, 90.0, last][input]);
        // Transparent, the last lets what is behind it through; opaque, nothing of that.
        assert_eq!((of(0.0), of(100.0)), ([153; 3], [255; 3]));
    }
}
