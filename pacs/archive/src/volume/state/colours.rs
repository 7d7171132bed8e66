//! The colours that a state gives to what it renders (Render Display Module, PS3.3 §C.11.32).

use compute::Voi as Window;
use compute::volume::{Light, Transfer, TransferPoint};
use data_set::{Item, tags};

use super::classification::Classification;
use super::unbuilt;
use crate::Error;
use crate::render::LongValues;

/// Points of a transfer function: as many as the longest table has entries, between these.
const POINTS: (usize, usize) = (2, 4096);
/// The change of value over 1 mm at which half of the shading shows, as a part of the window.
const CONTRAST: f64 = 0.03;

/// The transfer function of the one input: tables of its classification, by values through its window.
///
/// The opacity of a table is that of 1 mm. Without a Render Shading Module (PS3.3 §C.11.31) nothing is shaded; with one the
/// light is at the viewer, wherever it says that it is.
pub(super) fn transfer(root: &Item<'_>, window: Option<&Window>, long: &LongValues) -> Result<Transfer, Error> {
    let mut streams = root.items_of(tags::VOLUME_STREAM_SEQUENCE);
    let (Some(stream), None) = (streams.next(), streams.next()) else {
        return Err(unbuilt("colours that are not of one volume stream"));
    };
    let mut components = stream.items_of(tags::PRESENTATION_STATE_CLASSIFICATION_COMPONENT_SEQUENCE);
    let (Some(component), None) = (components.next(), components.next()) else {
        return Err(unbuilt("colours that are not of one classification"));
    };
    let classification = Classification::read(&component, long)?;
    let window = window.ok_or_else(|| unbuilt("colours without a window"))?;
    Ok(of(root, &classification, window))
}

/// The transfer function of a classification, by values through the window of its input.
pub(super) fn of(root: &Item<'_>, classification: &Classification, window: &Window) -> Transfer {
    let count = classification.entries().clamp(POINTS.0, POINTS.1);
    let points = values(window, count).into_iter().map(|(value, fraction)| TransferPoint {
        value: value as f32,
        colour: classification.colour(fraction),
        opacity: classification.alpha(fraction) as f32,
    });
    let points: Vec<TransferPoint> = points.collect();
    let width = points.last().map_or(1.0, |last| last.value) - points.first().map_or(0.0, |first| first.value);
    Transfer { light: light(root, f64::from(width)), points }
}

/// Values in ascending order, and what a window makes of them from 0 to 1: so many, and as evenly as can be.
fn values(window: &Window, count: usize) -> Vec<(f64, f64)> {
    let last = (count - 1) as f64;
    let ramp = |low: f64, width: f64| -> Vec<(f64, f64)> {
        (0..count).map(|at| at as f64 / last).map(|part| (low + width * part, part)).collect()
    };
    match window {
        Window::Linear { center, width } => ramp(center - 0.5 - (width - 1.0) / 2.0, width - 1.0),
        Window::LinearExact { center, width } => ramp(center - width / 2.0, *width),
        // Beyond twice the width on both sides there is less than 1/1000 of the range.
        Window::Sigmoid { center, width } => {
            let all = ramp(center - 2.0 * width, 4.0 * width);
            all.into_iter().map(|(value, _)| (value, window.fraction(value))).collect()
        }
        Window::Table(table) => {
            let all = ramp(table.first as f64, table.entries.len().saturating_sub(1) as f64);
            all.into_iter().map(|(value, _)| (value, window.fraction(value))).collect()
        }
    }
}

fn light(root: &Item<'_>, width: f64) -> Light {
    let number = |tag| root.floats(tag).first().copied().filter(|number| (0.0..=1.0).contains(number));
    if root.raw_text(tags::SHADING_STYLE).is_none() {
        return Light { ambient: 1.0, shine: 0.0, contrast: 1.0 };
    }
    let ambient = number(tags::AMBIENT_REFLECTION_INTENSITY).unwrap_or(0.0);
    let diffuse = number(tags::DIFFUSE_REFLECTION_INTENSITY).unwrap_or(1.0);
    let of_both = if ambient + diffuse > 0.0 { ambient / (ambient + diffuse) } else { 1.0 };
    Light {
        ambient: of_both as f32,
        shine: number(tags::SPECULAR_REFLECTION_INTENSITY).unwrap_or(0.0) as f32,
        contrast: (CONTRAST * width).max(f64::from(f32::MIN_POSITIVE)) as f32,
    }
}
