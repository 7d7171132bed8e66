//! Which frames a request wants (PS3.18 §8.3.5.3.1, §8.3.5.3.2), and numbers in its parameters.

use archive::attribute;
use archive::volume::Choice;
use compute::volume::Point;

use crate::Failure;
use crate::query::Query;

/// Reads `volumeinputreference` and matching: `match=AcquisitionNumber=2`, or, as the examples of the Standard have it
/// (PS3.18 §B.33), an attribute as a parameter of its own.
pub(super) fn choice(query: &Query) -> Result<Choice, Failure> {
    let mut choice = Choice::default();
    for list in query.all("volumeinputreference") {
        choice.refer(list)?;
    }
    for (name, value) in query.iter() {
        match name {
            "match" => {
                let words = || Failure::BadRequest(format!("match must be attribute=value; it is {value:?}"));
                let (attribute, value) = value.split_once('=').ok_or_else(words)?;
                choice.require(attribute, value)?;
            }
            _ if attribute::by_name(name).is_some() => choice.require(name, value)?,
            _ => {}
        }
    }
    Ok(choice)
}

/// A number of a parameter, within these bounds.
pub(crate) fn number(query: &Query, name: &str, least: f64, most: f64) -> Result<Option<f64>, Failure> {
    let Some(text) = query.one(name)? else { return Ok(None) };
    let number = decimal(text).filter(|number| (least..=most).contains(number));
    number.map(Some).ok_or_else(|| Failure::BadRequest(format!("{name} must be a number from {least} to {most}")))
}

/// So many numbers with commas between them.
pub(crate) fn numbers<const COUNT: usize>(query: &Query, name: &str) -> Result<Option<[f64; COUNT]>, Failure> {
    let Some(text) = query.one(name)? else { return Ok(None) };
    let numbers: Option<Vec<f64>> = text.split(',').map(decimal).collect();
    let exact = numbers.and_then(|numbers| <[f64; COUNT]>::try_from(numbers).ok());
    let words = || Failure::BadRequest(format!("{name} must be {COUNT} numbers with commas between them"));
    exact.map(Some).ok_or_else(words)
}

/// The points of a curve: `x,y,z` for each, in one parameter or in several.
pub(super) fn points(query: &Query, name: &str) -> Result<Option<Vec<Point>>, Failure> {
    let mut values = Vec::new();
    let words = || Failure::BadRequest(format!("{name} must be x,y,z for each of two points or more"));
    for text in query.all(name) {
        for number in text.split(',') {
            values.push(decimal(number).ok_or_else(words)?);
        }
    }
    if values.is_empty() {
        return Ok(None);
    }
    if values.len() < 6 || !values.len().is_multiple_of(3) {
        return Err(words());
    }
    Ok(Some(values.chunks_exact(3).map(|point| [point[0], point[1], point[2]]).collect()))
}

/// A finite number in decimal notation, no larger than any place in a patient.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| plain && number.abs() < 1e9)
}
