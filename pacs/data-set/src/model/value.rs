//! The values of one element as bytes, checked by its VR (PS3.5 §6.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dicom_core::VR;

use super::{Value, attributes};

/// Longest Decimal String (PS3.5 §6.2).
const LONGEST_DECIMAL: usize = 16;

/// The bytes of values in little endian, without padding. Errors say what is wrong without saying the value.
pub(super) fn encode(vr: VR, values: &[Value]) -> Result<Vec<u8>, String> {
    match vr {
        _ if values.iter().all(|value| *value == Value::Null) && values.len() < 2 => Ok(Vec::new()),
        VR::AE | VR::AS | VR::CS | VR::DA | VR::DT | VR::TM | VR::UI => joined(values, |value| plain(vr, value)),
        VR::DS | VR::IS => joined(values, |value| number_text(vr, value)),
        VR::LO | VR::SH | VR::UC => joined(values, |value| text(vr, value)),
        VR::PN => joined(values, name),
        VR::LT | VR::ST | VR::UT | VR::UR => match values {
            [value] if vr == VR::UR => plain(vr, value).map(String::into_bytes),
            [value] => text(vr, value).map(String::into_bytes),
            _ => Err(format!("an element of VR {vr} has one value only")),
        },
        VR::AT => numbers(values, vr, |text| {
            let tag = attributes::tag(text)?;
            let [group, element] = [tag.group(), tag.element()].map(u16::to_le_bytes);
            Some([group, element].concat())
        }),
        VR::US => numbers(values, vr, |text| Some(integer::<u16>(text)?.to_le_bytes().to_vec())),
        VR::SS => numbers(values, vr, |text| Some(integer::<i16>(text)?.to_le_bytes().to_vec())),
        VR::UL => numbers(values, vr, |text| Some(integer::<u32>(text)?.to_le_bytes().to_vec())),
        VR::SL => numbers(values, vr, |text| Some(integer::<i32>(text)?.to_le_bytes().to_vec())),
        VR::UV => numbers(values, vr, |text| Some(integer::<u64>(text)?.to_le_bytes().to_vec())),
        VR::SV => numbers(values, vr, |text| Some(integer::<i64>(text)?.to_le_bytes().to_vec())),
        VR::FL => numbers(values, vr, |text| Some(single(text)?.to_le_bytes().to_vec())),
        VR::FD => numbers(values, vr, |text| Some(double(text)?.to_le_bytes().to_vec())),
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN => {
            Err(format!("an element of VR {vr} has InlineBinary or bulk data"))
        }
        VR::SQ => Err("a sequence holds items only".to_owned()),
    }
}

/// The bytes of `InlineBinary`.
pub(super) fn inline_binary(vr: VR, text: &str) -> Result<Vec<u8>, String> {
    if !matches!(vr, VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN) {
        return Err(format!("an element of VR {vr} has no InlineBinary"));
    }
    let wrong = |_| "InlineBinary is no Base64".to_owned();
    match STANDARD.decode(text) {
        Ok(bytes) => Ok(bytes),
        // In XML it may be broken into lines.
        Err(_) => {
            let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(packed).map_err(wrong)
        }
    }
}

/// Values with backslashes between; nothing for those that are null.
fn joined(values: &[Value], one: impl Fn(&Value) -> Result<String, String>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            bytes.push(b'\\');
        }
        let text = if *value == Value::Null { String::new() } else { one(value)? };
        if text.contains('\\') {
            return Err("a value holds a backslash, which stands between values".to_owned());
        }
        bytes.extend_from_slice(text.as_bytes());
    }
    Ok(bytes)
}

/// A text of any script.
fn text(vr: VR, value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) if text.contains('\0') => Err("a text holds a NUL".to_owned()),
        Value::Text(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        _ => Err(format!("a value of VR {vr} is a string")),
    }
}

/// A text of the default character repertoire.
fn plain(vr: VR, value: &Value) -> Result<String, String> {
    let text = text(vr, value)?;
    if text.is_ascii() { Ok(text) } else { Err(format!("a value of VR {vr} has characters that are not ASCII")) }
}

/// Integer and Decimal Strings: numbers, or strings as they are.
fn number_text(vr: VR, value: &Value) -> Result<String, String> {
    match value {
        Value::Number(text) if vr == VR::IS => match integer::<i64>(text) {
            Some(number) => Ok(number.to_string()),
            None => Err("a value of VR IS is a whole number".to_owned()),
        },
        Value::Number(text) => Ok(decimal(text)),
        other if vr == VR::DS => plain(vr, other).map(|text| decimal(&text)),
        other => plain(vr, other),
    }
}

/// A number in as many digits as a Decimal String can hold.
fn decimal(text: &str) -> String {
    let number = match text.parse::<f64>() {
        Ok(number) if text.len() > LONGEST_DECIMAL => number,
        _ => return text.to_owned(),
    };
    let written = (0..LONGEST_DECIMAL).flat_map(|digits| [format!("{number:.digits$}"), format!("{number:.digits$e}")]);
    let fitting = written.filter(|text| text.len() <= LONGEST_DECIMAL);
    let error = |text: &String| text.parse().map_or(f64::INFINITY, |read: f64| (read - number).abs());
    fitting.min_by(|one, other| error(one).total_cmp(&error(other))).unwrap_or_else(|| text.to_owned())
}

/// A person's name in component groups, which `=` separates.
fn name(value: &Value) -> Result<String, String> {
    let Value::Name(groups) = value else {
        return Err("a value of VR PN is an object of component groups".to_owned());
    };
    if groups.iter().any(|group| group.contains(['=', '\0'])) {
        return Err("a component group holds a = or a NUL".to_owned());
    }
    Ok(groups.join("=").trim_end_matches('=').to_owned())
}

/// Binary numbers.
fn numbers(values: &[Value], vr: VR, one: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for value in values {
        let text = match value {
            Value::Number(text) => text,
            Value::Text(text) => text.trim(),
            _ => return Err(format!("a value of VR {vr} is a number")),
        };
        let encoded = one(text).ok_or_else(|| format!("a value cannot be one of VR {vr}"))?;
        bytes.extend_from_slice(&encoded);
    }
    Ok(bytes)
}

/// A whole number, also in the way in which some writers tell one: `1.0`, `1e3`.
fn integer<T: std::str::FromStr + TryFrom<i64>>(text: &str) -> Option<T> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    /// Whole numbers below are exact in a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number: f64 = text.parse().ok()?;
    if number.fract() != 0.0 || number.abs() > EXACT {
        return None;
    }
    T::try_from(number as i64).ok()
}

fn single(text: &str) -> Option<f32> {
    let number: f32 = text.parse().ok()?;
    // Beyond its range a number is not infinity.
    (number.is_finite() || !double(text)?.is_finite()).then_some(number)
}

fn double(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let says_so = text.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E'));
    (number.is_finite() || says_so).then_some(number)
}
