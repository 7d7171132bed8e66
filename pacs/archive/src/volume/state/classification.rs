//! How a value becomes a colour and an alpha: a classification component of one input (PS3.3 §C.11.27.2, §C.11.32).

use compute::LookupTable;
use compute::palette::Palette;
use data_set::{Item, tags};

use super::{damaged, unbuilt};
use crate::Error;
use crate::render::{LongValues, alpha, palette};

/// Entries of a table that stands for the value itself.
const SHADES: usize = 256;

/// Tables for the values of one input, each a part of what its window lets through.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Classification {
    /// Volumetric Presentation Input Number (0070,1207) of the input.
    pub(super) input: Option<i64>,
    /// `None`: the value is red, green and blue.
    palette: Option<Palette>,
    alpha: Alpha,
}

#[derive(Debug, Clone, PartialEq)]
enum Alpha {
    One,
    Value,
    Table(LookupTable),
}

impl Classification {
    /// # Errors
    /// `NotAcceptable` when it is of two inputs, `Damaged` when it lacks a table.
    pub(super) fn read(component: &Item<'_>, long: &LongValues) -> Result<Self, Error> {
        if component.raw_text(tags::COMPONENT_TYPE) != Some("ONE_TO_RGBA") {
            return Err(unbuilt("colours of two inputs"));
        }
        let input = component.items_of(tags::COMPONENT_INPUT_SEQUENCE).next();
        Ok(Self {
            input: input.and_then(|input| input.int(tags::VOLUMETRIC_PRESENTATION_INPUT_INDEX)),
            palette: match component.raw_text(tags::RGBLUT_TRANSFER_FUNCTION) {
                Some("EQUAL_RGB") => None,
                Some("TABLE") => Some(palette(component, false, long).ok_or_else(|| damaged("it has no palette"))?),
                other => return Err(damaged(&format!("its RGB LUT Transfer Function is {other:?}"))),
            },
            alpha: match component.raw_text(tags::ALPHA_LUT_TRANSFER_FUNCTION) {
                Some("TABLE") => Alpha::Table(
                    alpha(component, long).ok_or_else(|| damaged("it has no Alpha Palette Color Lookup Table"))?,
                ),
                Some("IDENTITY") => Alpha::Value,
                Some("NONE") => Alpha::One,
                other => return Err(damaged(&format!("its Alpha LUT Transfer Function is {other:?}"))),
            },
        })
    }

    /// How many entries its longest table has.
    pub(super) fn entries(&self) -> usize {
        let of_alpha = match &self.alpha {
            Alpha::Table(table) => table.entries.len(),
            Alpha::One | Alpha::Value => 0,
        };
        self.palette.as_ref().map_or(SHADES, |palette| palette.red.entries.len()).max(of_alpha)
    }

    /// The colour of a value from 0 to 1.
    pub(super) fn colour(&self, value: f64) -> [u8; 3] {
        match &self.palette {
            Some(palette) => palette.colour_at(value),
            None => [(value * 255.0).round() as u8; 3],
        }
    }

    /// How much of what is behind a value from 0 to 1 is hidden.
    pub(super) fn alpha(&self, value: f64) -> f64 {
        match &self.alpha {
            Alpha::One => 1.0,
            Alpha::Value => value,
            Alpha::Table(table) => {
                let last = table.entries.len().saturating_sub(1) as f64;
                table.fraction(table.first.saturating_add((value * last).round() as i64))
            }
        }
    }

    #[cfg(test)]
    pub(super) fn grey(input: i64, is_opaque: bool) -> Self {
        Self { input: Some(input), palette: None, alpha: if is_opaque { Alpha::One } else { Alpha::Value } }
    }
}
