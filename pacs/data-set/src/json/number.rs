//! Numbers of the DICOM JSON Model, from binary VRs and from Integer and Decimal Strings.

use std::io::Write as _;

use dicom_core::{Tag, VR};

use super::{array, text};

/// The greatest whole number that every reader of JSON keeps exactly (RFC 8259 §6).
const EXACT: u64 = 1 << 53;

/// Digits that a double keeps apart: more say what a JSON number would not.
const DIGITS: usize = 17;

/// The values of a VR of binary numbers; bytes that make no whole number at the end count for nothing.
pub(super) fn binary(vr: VR, bytes: &[u8], big_endian: bool, out: &mut Vec<u8>) {
    match vr {
        VR::US => each(bytes, big_endian, out, |b, out| display(u16::from_le_bytes(b), out)),
        VR::SS => each(bytes, big_endian, out, |b, out| display(i16::from_le_bytes(b), out)),
        VR::UL => each(bytes, big_endian, out, |b, out| display(u32::from_le_bytes(b), out)),
        VR::SL => each(bytes, big_endian, out, |b, out| display(i32::from_le_bytes(b), out)),
        VR::UV => each(bytes, big_endian, out, |b, out| {
            let value = u64::from_le_bytes(b);
            exact(value <= EXACT, value, out);
        }),
        VR::SV => each(bytes, big_endian, out, |b, out| {
            let value = i64::from_le_bytes(b);
            exact(value.unsigned_abs() <= EXACT, value, out);
        }),
        VR::FL => each(bytes, big_endian, out, |b, out| {
            let value = f32::from_le_bytes(b);
            float(value.into(), &format!("{value:?}"), out);
        }),
        VR::FD => each(bytes, big_endian, out, |b, out| {
            let value = f64::from_le_bytes(b);
            float(value, &format!("{value:?}"), out);
        }),
        VR::AT => array(bytes.as_chunks::<4>().0.iter(), out, |&[a, b, c, d], out| {
            let read = if big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
            out.push(b'"');
            text::tag(Tag(read([a, b]), read([c, d])), out);
            out.push(b'"');
            true
        }),
        _ => {}
    }
}

/// Each whole group of `N` bytes, turned to little endian.
fn each<const N: usize>(bytes: &[u8], big_endian: bool, out: &mut Vec<u8>, write: impl Fn([u8; N], &mut Vec<u8>)) {
    array(bytes.as_chunks::<N>().0.iter(), out, |&group, out| {
        let mut group = group;
        if big_endian {
            group.reverse();
        }
        write(group, out);
        true
    });
}

fn display(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    write!(out, "{value}").expect("a Vec takes all that is written");
}

/// A whole number, as a string where readers of JSON would round it.
fn exact(is_exact: bool, value: impl std::fmt::Display, out: &mut Vec<u8>) {
    match is_exact {
        true => display(value, out),
        false => display(format_args!("\"{value}\""), out),
    }
}

/// A floating point number in its shortest form.
fn float(value: f64, shortest: &str, out: &mut Vec<u8>) {
    if value.is_finite() {
        out.extend_from_slice(shortest.strip_suffix(".0").unwrap_or(shortest).as_bytes());
    } else if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else {
        out.extend_from_slice(if value > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
    }
}

/// The values of an Integer String or Decimal String: numbers where they are some, else strings.
pub(super) fn strings(vr: VR, bytes: &[u8], out: &mut Vec<u8>) {
    array(bytes.split(|&byte| byte == b'\\'), out, |value, out| {
        let value = text::trim(value);
        if !value.is_empty() && !number(vr, value, out) {
            text::string(&String::from_utf8_lossy(value), out);
        }
        !value.is_empty()
    });
}

/// Whether a value of an Integer String or Decimal String is a number that JSON can say.
pub(super) fn is_number(vr: VR, value: &[u8]) -> bool {
    number(vr, value, &mut Vec::new())
}

/// Appends `value` as a JSON number, digit by digit but for what JSON forbids: a plus sign, zeros before the number, a
/// point without a digit on either side. Appends nothing and returns false where there is no such number.
fn number(vr: VR, value: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(Decimal { negative, whole, fraction, exponent }) = Decimal::read(value) else { return false };
    let significant = whole.len() + fraction.len() - leading_zeros(whole, fraction);
    let whole_only = fraction.is_empty() && exponent.is_empty();
    if significant > DIGITS || (vr == VR::IS && !(whole_only && significant < 16)) {
        return false;
    }
    let start = out.len();
    if negative {
        out.push(b'-');
    }
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
    out.extend_from_slice(exponent);
    let parsed = std::str::from_utf8(&out[start..]).ok().and_then(|text| text.parse::<f64>().ok());
    let fits = parsed.is_some_and(|number| number.is_finite() && (number != 0.0 || significant == 0));
    if !fits {
        out.truncate(start);
    }
    fits
}

/// Zeros before the first other digit.
fn leading_zeros(whole: &[u8], fraction: &[u8]) -> usize {
    whole.iter().chain(fraction).take_while(|&&digit| digit == b'0').count()
}

/// The parts of a decimal number.
struct Decimal<'a> {
    negative: bool,
    /// Digits before the point, without zeros at the beginning.
    whole: &'a [u8],
    /// Digits behind the point.
    fraction: &'a [u8],
    /// `E`, sign and digits, or nothing.
    exponent: &'a [u8],
}

impl<'a> Decimal<'a> {
    fn read(value: &'a [u8]) -> Option<Self> {
        let (negative, rest) = match value {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (whole, rest) = digits(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => digits(rest),
            rest => (&rest[..0], rest),
        };
        let exponent_digits = match rest {
            [] => None,
            [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => Some(digits),
            _ => return None,
        };
        let bad = exponent_digits.is_some_and(|found| found.is_empty() || !digits(found).1.is_empty());
        if bad || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let zeros = whole.iter().take_while(|&&digit| digit == b'0').count();
        Some(Self { negative, whole: &whole[zeros..], fraction, exponent: rest })
    }
}

/// The digits that `bytes` begin with, and the rest.
fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len()))
}
