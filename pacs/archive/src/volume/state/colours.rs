//! The colours that a state gives to what it renders (Render Display Module, PS3.3 §C.11.32).

use compute::Voi as Window;
use compute::volume::{Light, Transfer, TransferPoint};
use data_set::{Item, tags};

use super::classification::{Classification, Of};
use super::{damaged, unbuilt};
use crate::Error;
use crate::render::LongValues;

/// Points of a transfer function: as many as the longest table has entries, between these.
const POINTS: (usize, usize) = (2, 4096);
/// The change of value over 1 mm at which half of the shading shows, as a part of the window.
const CONTRAST: f64 = 0.03;

/// The colours of the one input of a state.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::volume) struct Colours {
    classification: Classification,
    reflection: Reflection,
}

/// Render Shading Module (PS3.3 §C.11.31): ambient and diffuse reflection as parts of both, and specular reflection.
/// `None`: nothing is shaded. The light is at the viewer, wherever it says that it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reflection(Option<(f64, f64)>);

impl Colours {
    /// Tables of the one classification of the one volume stream.
    pub(super) fn read(root: &Item<'_>, long: &LongValues) -> Result<Self, Error> {
        let mut streams = root.items_of(tags::VOLUME_STREAM_SEQUENCE);
        let (Some(stream), None) = (streams.next(), streams.next()) else {
            return Err(unbuilt("colours that are not of one volume stream"));
        };
        let mut components = stream.items_of(tags::PRESENTATION_STATE_CLASSIFICATION_COMPONENT_SEQUENCE);
        let (Some(component), None) = (components.next(), components.next()) else {
            return Err(unbuilt("colours that are not of one classification"));
        };
        let classification = Classification::read(&component, &[None], long)?;
        match classification.of {
            Of::One(_) => Ok(Self { classification, reflection: Reflection::read(root) }),
            Of::Two(..) => Err(damaged("a classification of two inputs is in a state of one")),
        }
    }

    /// Whether values are shades of grey that hide all behind them.
    pub(in crate::volume) fn is_grey(&self) -> bool {
        self.classification.is_grey()
    }

    /// The transfer function by values through a window. The opacity of a table is that of 1 mm.
    pub(in crate::volume) fn through(&self, window: &Window) -> Transfer {
        transfer(&self.classification, &self.reflection, window)
    }
}

/// The transfer function of a classification of one input, by values through its window.
pub(super) fn transfer(classification: &Classification, reflection: &Reflection, window: &Window) -> Transfer {
    let count = classification.entries().clamp(POINTS.0, POINTS.1);
    let points = values(window, count).into_iter().map(|(value, fraction)| {
        let (colour, alpha) = classification.at(fraction);
        TransferPoint { value: value as f32, colour, opacity: alpha as f32 }
    });
    Transfer { points: points.collect(), light: reflection.light(window) }
}

/// Values in ascending order, and what a window makes of them from 0 to 1: so many, and as evenly as can be.
fn values(window: &Window, count: usize) -> Vec<(f64, f64)> {
    let (low, width) = reach(window);
    let parts = (0..count).map(|at| at as f64 / (count - 1) as f64);
    let values = parts.map(|part| (low + width * part, part));
    match window {
        Window::Linear { .. } | Window::LinearExact { .. } => values.collect(),
        Window::Sigmoid { .. } | Window::Table(_) => values.map(|(value, _)| (value, window.fraction(value))).collect(),
    }
}

/// The least value that a window tells from others, and how far it is to the greatest.
fn reach(window: &Window) -> (f64, f64) {
    match window {
        Window::Linear { center, width } => (center - 0.5 - (width - 1.0) / 2.0, width - 1.0),
        Window::LinearExact { center, width } => (center - width / 2.0, *width),
        // Beyond twice the width on both sides there is less than 1/1000 of the range.
        Window::Sigmoid { center, width } => (center - 2.0 * width, 4.0 * width),
        Window::Table(table) => (table.first as f64, table.entries.len().saturating_sub(1) as f64),
    }
}

impl Reflection {
    pub(super) fn read(root: &Item<'_>) -> Self {
        let number = |tag| root.floats(tag).first().copied().filter(|number| (0.0..=1.0).contains(number));
        if root.raw_text(tags::SHADING_STYLE).is_none() {
            return Self(None);
        }
        let ambient = number(tags::AMBIENT_REFLECTION_INTENSITY).unwrap_or(0.0);
        let diffuse = number(tags::DIFFUSE_REFLECTION_INTENSITY).unwrap_or(1.0);
        let of_both = if ambient + diffuse > 0.0 { ambient / (ambient + diffuse) } else { 1.0 };
        Self(Some((of_both, number(tags::SPECULAR_REFLECTION_INTENSITY).unwrap_or(0.0))))
    }

    /// How surfaces of values through a window shine.
    pub(super) fn light(&self, window: &Window) -> Light {
        let Some((ambient, shine)) = self.0 else { return Light { ambient: 1.0, shine: 0.0, contrast: 1.0 } };
        let contrast = (CONTRAST * reach(window).1).max(f64::from(f32::MIN_POSITIVE));
        Light { ambient: ambient as f32, shine: shine as f32, contrast: contrast as f32 }
    }
}
