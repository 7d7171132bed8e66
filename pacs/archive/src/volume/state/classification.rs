//! How values become a colour and an alpha: a classification component of one input or two (PS3.3 §C.11.27.2, §C.11.32).

use compute::LookupTable;
use compute::palette::Palette;
use compute::volume::joined;
use data_set::{Item, tags};

use super::damaged;
use crate::Error;
use crate::render::{LongValues, alpha, palette};

/// Entries of a table that stands for the value itself.
const SHADES: usize = 256;
/// Most bits of the number of an entry.
const MOST_BITS: u32 = 16;

/// Tables for the values of inputs, each a part of what its window lets through.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Classification {
    pub(super) of: Of,
    /// `None`: the value is red, green and blue.
    palette: Option<Palette>,
    alpha: Alpha,
}

/// Which of the inputs of the state it is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Of {
    One(usize),
    /// The first gives the more significant bits of the number of an entry, each as many as that.
    Two([usize; 2], [u32; 2]),
}

#[derive(Debug, Clone, PartialEq)]
enum Alpha {
    One,
    Value,
    Table(LookupTable),
}

impl Classification {
    /// Of a state whose inputs have these numbers.
    ///
    /// # Errors
    /// `Damaged` when it lacks a table, or is of an input that is not there.
    pub(super) fn read(component: &Item<'_>, numbers: &[Option<i64>], long: &LongValues) -> Result<Self, Error> {
        let palette = match component.raw_text(tags::RGBLUT_TRANSFER_FUNCTION) {
            Some("EQUAL_RGB") => None,
            Some("TABLE") => Some(palette(component, false, long).ok_or_else(|| damaged("it has no palette"))?),
            other => return Err(damaged(&format!("its RGB LUT Transfer Function is {other:?}"))),
        };
        let alpha = match component.raw_text(tags::ALPHA_LUT_TRANSFER_FUNCTION) {
            Some("TABLE") => Alpha::Table(
                alpha(component, long).ok_or_else(|| damaged("it has no Alpha Palette Color Lookup Table"))?,
            ),
            Some("IDENTITY") => Alpha::Value,
            Some("NONE") => Alpha::One,
            other => return Err(damaged(&format!("its Alpha LUT Transfer Function is {other:?}"))),
        };
        let classification = Self { of: Of::One(0), palette, alpha };
        let items: Vec<Item<'_>> = component.items_of(tags::COMPONENT_INPUT_SEQUENCE).take(3).collect();
        let of = match (component.raw_text(tags::COMPONENT_TYPE), items.as_slice()) {
            // Nothing else can be meant.
            (Some("ONE_TO_RGBA"), []) if numbers.len() == 1 => Of::One(0),
            (Some("ONE_TO_RGBA"), [item, ..]) => Of::One(input(item, numbers)?),
            (Some("TWO_TO_RGBA"), [one, other]) => {
                let bits = [one, other].map(|item| item.int(tags::BITS_MAPPED_TO_COLOR_LOOKUP_TABLE));
                Of::Two([input(one, numbers)?, input(other, numbers)?], classification.bits(bits)?)
            }
            (Some("ONE_TO_RGBA" | "TWO_TO_RGBA"), _) => {
                return Err(damaged("a classification does not say which inputs it is of"));
            }
            (other, _) => return Err(damaged(&format!("its Component Type is {other:?}"))),
        };
        Ok(Self { of, ..classification })
    }

    /// How many bits each of two inputs gives: as many as it says, else what is left of those of the tables. Each has one
    /// half when neither says so.
    fn bits(&self, [one, other]: [Option<i64>; 2]) -> Result<[u32; 2], Error> {
        let all = self.longest().map(|entries| entries.next_power_of_two().trailing_zeros());
        let said = |bits: Option<i64>| bits.map(|bits| u32::try_from(bits).unwrap_or(u32::MAX));
        let bits = match (said(one), said(other), all) {
            (Some(one), Some(other), _) => Some([one, other]),
            (Some(one), None, Some(all)) => Some([one, all.saturating_sub(one)]),
            (None, Some(other), Some(all)) => Some([all.saturating_sub(other), other]),
            (None, None, Some(all)) => Some([all / 2, all - all / 2]),
            (_, _, None) => None,
        };
        bits.filter(|[one, other]| one.saturating_add(*other) <= MOST_BITS).ok_or_else(|| {
            damaged(
                "a classification of two inputs does not say by how many bits of each, of 16, its tables are looked up",
            )
        })
    }

    /// How many entries its longest table has.
    fn longest(&self) -> Option<usize> {
        let of_alpha = match &self.alpha {
            Alpha::Table(table) => Some(table.entries.len()),
            Alpha::One | Alpha::Value => None,
        };
        self.palette.as_ref().map(|palette| palette.red.entries.len()).max(of_alpha)
    }

    /// How many different values it tells apart.
    pub(super) fn entries(&self) -> usize {
        let shades = if self.palette.is_none() { SHADES } else { 0 };
        self.longest().unwrap_or(SHADES).max(shades)
    }

    /// Whether the value is red, green and blue, and opaque.
    pub(super) fn is_grey(&self) -> bool {
        self.palette.is_none() && self.alpha == Alpha::One
    }

    /// Colour and alpha of one value from 0 to 1.
    pub(super) fn at(&self, value: f64) -> ([u8; 3], f64) {
        let colour = match &self.palette {
            Some(palette) => palette.colour_at(value),
            None => [(value * 255.0).round() as u8; 3],
        };
        let alpha = match &self.alpha {
            Alpha::One => 1.0,
            Alpha::Value => value,
            Alpha::Table(table) => {
                let last = table.entries.len().saturating_sub(1) as f64;
                table.fraction(table.first.saturating_add((value * last).round() as i64))
            }
        };
        (colour, alpha)
    }

    /// Colours and alphas of two inputs, which give so many bits, by the number of the entry.
    pub(super) fn all(&self, bits: [u32; 2]) -> impl Iterator<Item = ([u8; 3], f64)> {
        (0..1_u32 << (bits[0] + bits[1])).map(move |entry| self.entry(entry, bits))
    }

    /// The same of two values from 0 to 1.
    pub(super) fn at_both(&self, values: [f64; 2], bits: [u32; 2]) -> ([u8; 3], f64) {
        self.entry(joined(values, bits), bits)
    }

    /// Where it has no table, the number of the entry is the value.
    fn entry(&self, entry: u32, bits: [u32; 2]) -> ([u8; 3], f64) {
        let most = (1_u32 << (bits[0] + bits[1])) - 1;
        let value = f64::from(entry) / f64::from(most.max(1));
        let colour = match &self.palette {
            Some(palette) => palette.colour(entry.into()),
            None => [(value * 255.0).round() as u8; 3],
        };
        let alpha = match &self.alpha {
            Alpha::One => 1.0,
            Alpha::Value => value,
            Alpha::Table(table) => table.fraction(entry.into()),
        };
        (colour, alpha)
    }

    #[cfg(test)]
    pub(super) fn grey(of: Of, is_opaque: bool) -> Self {
        Self { of, palette: None, alpha: if is_opaque { Alpha::One } else { Alpha::Value } }
    }
}

/// The input that a component names by its Volumetric Presentation Input Number. Where there is one alone, it may go without
/// saying.
fn input(item: &Item<'_>, numbers: &[Option<i64>]) -> Result<usize, Error> {
    let number = item.int(tags::VOLUMETRIC_PRESENTATION_INPUT_INDEX);
    let place = numbers.iter().position(|its| its.is_some() && *its == number);
    place
        .or(matches!(numbers, [only] if number.is_none() || only.is_none()).then_some(0))
        .ok_or_else(|| damaged("a classification is of an input that is not there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: u16) -> LookupTable {
        LookupTable { first: 0, entries: (0..entries).collect(), bits: 8 }
    }

    #[test]
    fn two_inputs_share_the_bits_of_the_tables() {
        let grey = Classification::grey(Of::One(0), true);
        let of = |entries: u16| Classification { alpha: Alpha::Table(table(entries)), ..grey.clone() };
        assert_eq!(of(16).bits([None, None]).ok(), Some([2, 2]));
        assert_eq!(of(32).bits([Some(3), None]).ok(), Some([3, 2]));
        assert_eq!(of(32).bits([None, Some(4)]).ok(), Some([1, 4]));
        assert_eq!(grey.bits([Some(8), Some(8)]).ok(), Some([8, 8]));
        for bits in [[None, None], [Some(8), None], [Some(9), Some(8)], [Some(-1), Some(2)]] {
            assert!(matches!(grey.bits(bits), Err(Error::Damaged(_))), "{bits:?}");
        }
    }

    #[test]
    fn two_values_look_up_one_entry() {
        let palette = Palette { red: table(16), green: table(16), blue: table(16) };
        let tables = Classification { palette: Some(palette), ..Classification::grey(Of::One(0), false) };
        // The second of four, before the last of four.
        assert_eq!(tables.at_both([0.3, 1.0], [2, 2]), ([7; 3], 7.0 / 15.0));
        assert_eq!(tables.all([2, 2]).nth(7), Some(([7; 3], 7.0 / 15.0)));
        assert_eq!(tables.at_both([1.0, 1.0], [4, 4]).0, [15; 3], "the last entry goes on");
    }
}
