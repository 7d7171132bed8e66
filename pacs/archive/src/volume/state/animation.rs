//! What moves in a state (Presentation Animation Module, PS3.3 §C.11.29, PS3.4 §FF.2.4.2).

use std::collections::BTreeMap;

use compute::volume::Point;
use data_set::{Item, Tag, tags};

use super::{damaged, is, unbuilt};
use crate::Error;
use crate::volume::motion::{MOST, USUAL_DEGREES};
use crate::volume::path::Path;
use crate::volume::{Animation, Motion, Reformat};

/// Most and fewest steps a second, or degrees, that a state may recommend.
const RATES: std::ops::RangeInclusive<f64> = 1e-3..=1e3;
/// Largest step, in mm or degrees, and the smallest.
const STEPS: std::ops::RangeInclusive<f64> = 1e-4..=1e4;

/// How what is seen moves. What it is for some views only, and these are others, is damaged.
pub(super) fn animation(root: &Item<'_>, reformat: Reformat) -> Result<Option<Animation>, Error> {
    let Some(style) = root.raw_text(tags::PRESENTATION_ANIMATION_STYLE) else { return Ok(None) };
    let rate = number(root, tags::RECOMMENDED_ANIMATION_RATE).filter(|rate| RATES.contains(rate));
    let step = number(root, tags::ANIMATION_STEP_SIZE).filter(|step| STEPS.contains(step));
    let along = |path: Result<Path, Error>, motion: fn(Path) -> Motion| {
        let (path, step) = (path?, step.ok_or_else(|| damaged("its Animation Step Size is none"))?);
        match path.count(step) {
            count if count > MOST as f64 => Err(unbuilt(&format!("an animation of {count} frames"))),
            _ => Ok(Animation { motion: motion(path), step: Some(step), rate }),
        }
    };
    let animation = match (style, reformat) {
        ("SWIVEL", _) => swivel(root, step, rate)?,
        ("INPUT_SEQ" | "PRESENTATION_SEQ", _) => Animation { motion: Motion::Sequence, step: None, rate },
        ("CROSSCURVE", Reformat::Mpr) => along(curve(root), Motion::Crosscurve)?,
        ("FLYTHROUGH", Reformat::ThreeD) => along(flight(root), Motion::Flythrough)?,
        ("CROSSCURVE", Reformat::ThreeD) => return Err(damaged("CROSSCURVE moves a plane, and it has none")),
        ("FLYTHROUGH", Reformat::Mpr) => return Err(damaged("FLYTHROUGH moves a viewer, and it has none")),
        (other, _) => return Err(damaged(&format!("its Presentation Animation Style is {other:?}"))),
    };
    Ok(Some(animation))
}

/// How many moments there are, and the inputs that are shown together in one of them: all inputs in the only one, or of
/// INPUT_SEQ those of each Input Sequence Position Index, in order.
pub(super) fn moment<'a>(root: &Item<'a>, number: usize) -> Result<(usize, Vec<Item<'a>>), Error> {
    let inputs = root.items_of(tags::VOLUMETRIC_PRESENTATION_STATE_INPUT_SEQUENCE).take(MOST + 1);
    if !is(root, tags::PRESENTATION_ANIMATION_STYLE, "INPUT_SEQ") {
        return Ok((1, inputs.collect()));
    }
    let mut moments: BTreeMap<i64, Vec<Item<'a>>> = BTreeMap::new();
    for (number, input) in inputs.enumerate() {
        if number == MOST {
            return Err(unbuilt("an animation of so many inputs"));
        }
        let index = input.int(tags::INPUT_SEQUENCE_POSITION_INDEX);
        let index = index.ok_or_else(|| damaged("an input has no Input Sequence Position Index"))?;
        moments.entry(index).or_default().push(input);
    }
    let count = moments.len();
    Ok((count, moments.into_values().nth(number).unwrap_or_default()))
}

/// Degrees over which it turns. Its rate is in degrees a second.
fn swivel(root: &Item<'_>, step: Option<f64>, rate: Option<f64>) -> Result<Animation, Error> {
    let range = number(root, tags::SWIVEL_RANGE).filter(|range| (1.0..=360.0).contains(range));
    let range = range.ok_or_else(|| damaged("its Swivel Range is none"))?;
    let step = step.filter(|step| *step >= 1.0).unwrap_or(USUAL_DEGREES).min(range);
    Ok(Animation { motion: Motion::Swivel(range), step: Some(step), rate: rate.map(|rate| rate / step) })
}

/// The one curve that a plane goes along.
fn curve(root: &Item<'_>) -> Result<Path, Error> {
    let mut curves = root.items_of(tags::ANIMATION_CURVE_SEQUENCE);
    match (curves.next(), curves.next()) {
        (Some(curve), None) => path(&curve),
        _ => Err(damaged("its Animation Curve Sequence has not one curve")),
    }
}

/// The curve that a viewer goes along, what is up there, and the curve that is looked at meanwhile, if there is one.
fn flight(root: &Item<'_>) -> Result<Path, Error> {
    let mut curves = root.items_of(tags::ANIMATION_CURVE_SEQUENCE);
    let (first, second) = match (curves.next(), curves.next(), curves.next()) {
        (Some(first), second, None) => (first, second),
        _ => return Err(damaged("its Animation Curve Sequence has not one curve, or two")),
    };
    let mut path = path(&first)?;
    let count = path.points.len();
    if first.get(tags::VOLUMETRIC_CURVE_UP_DIRECTIONS).is_some() {
        let directions = points(&first, tags::VOLUMETRIC_CURVE_UP_DIRECTIONS)?;
        let directions = Some(directions).filter(|directions| directions.len() == count);
        path.up = Some(directions.ok_or_else(|| damaged("its curve has not an up direction for each point"))?);
    }
    if let Some(second) = second {
        let looked_at = points(&second, tags::VOLUMETRIC_CURVE_POINTS)?;
        let looked_at = Some(looked_at).filter(|points| points.len() == count);
        path.look_at = Some(looked_at.ok_or_else(|| unbuilt("two curves that have not as many points"))?);
    }
    Ok(path)
}

fn path(curve: &Item<'_>) -> Result<Path, Error> {
    let points = points(curve, tags::VOLUMETRIC_CURVE_POINTS)?;
    let path = Path { points, look_at: None, up: None };
    match path.length() > 0.0 {
        true => Ok(path),
        false => Err(damaged("its Animation Curve Sequence has no two points that differ")),
    }
}

/// x, y and z of each point.
fn points(curve: &Item<'_>, tag: Tag) -> Result<Vec<Point>, Error> {
    if curve.get(tag).is_some_and(|element| curve.bytes(element).is_none()) {
        return Err(unbuilt("a curve of so many points"));
    }
    let values = curve.floats(tag);
    let is_place = |value: &f64| value.is_finite() && value.abs() < 1e9;
    match values.as_chunks::<3>() {
        (points, []) if values.iter().all(is_place) => Ok(points.to_vec()),
        _ => Err(damaged("its Animation Curve Sequence has points that are none")),
    }
}

fn number(root: &Item<'_>, tag: Tag) -> Option<f64> {
    root.floats(tag).first().copied()
}
