//! Numbers of a data set, whether they are encoded in binary or as text (PS3.5 §6.2).

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;

use super::{Element, Item};

impl Item<'_> {
    /// The whole numbers with this tag: of binary VRs, of IS, and of DS where they are whole. What is no number ends
    /// the list; it is empty when there is no such element, or its value was not kept.
    pub fn ints(&self, tag: Tag) -> Vec<i64> {
        let mut numbers = Vec::new();
        self.each(tag, |number| {
            numbers.extend(number.whole());
            number.whole().is_some()
        });
        numbers
    }

    /// The first of the whole numbers with this tag.
    pub fn int(&self, tag: Tag) -> Option<i64> {
        let mut first = None;
        self.each(tag, |number| {
            first = number.whole();
            false
        });
        first
    }

    /// The numbers with this tag, of any binary or textual VR. What is no number ends the list.
    pub fn floats(&self, tag: Tag) -> Vec<f64> {
        let mut numbers = Vec::new();
        self.each(tag, |number| {
            numbers.push(match number {
                Number::Int(value) => value as f64,
                Number::Float(value) => value,
            });
            true
        });
        numbers
    }

    /// Calls `take` with each number with this tag until it says `false`.
    fn each(&self, tag: Tag, mut take: impl FnMut(Number) -> bool) {
        let Some(element) = self.get(tag) else { return };
        let Some(bytes) = self.bytes(element) else { return };
        let (vr, big) = reading(element);
        match vr {
            VR::IS | VR::DS => text(bytes, take),
            VR::US | VR::OW | VR::AT => binary(bytes, big, &mut take, |b| Number::Int(u16::from_le_bytes(b).into())),
            VR::SS => binary(bytes, big, &mut take, |b| Number::Int(i16::from_le_bytes(b).into())),
            VR::UL | VR::OL => binary(bytes, big, &mut take, |b| Number::Int(u32::from_le_bytes(b).into())),
            VR::SL => binary(bytes, big, &mut take, |b| Number::Int(i32::from_le_bytes(b).into())),
            VR::UV | VR::OV => binary(bytes, big, &mut take, |b| match i64::try_from(u64::from_le_bytes(b)) {
                Ok(value) => Number::Int(value),
                Err(_) => Number::Float(u64::from_le_bytes(b) as f64),
            }),
            VR::SV => binary(bytes, big, &mut take, |b| Number::Int(i64::from_le_bytes(b))),
            VR::FL | VR::OF => binary(bytes, big, &mut take, |b| Number::Float(f32::from_le_bytes(b).into())),
            VR::FD | VR::OD => binary(bytes, big, &mut take, |b| Number::Float(f64::from_le_bytes(b))),
            VR::OB => drop(bytes.iter().all(|&byte| take(Number::Int(byte.into())))),
            _ => {}
        }
    }
}

/// One number of a value.
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// The number if it is whole and exact.
    fn whole(&self) -> Option<i64> {
        match *self {
            Self::Int(value) => Some(value),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
            Self::Float(_) => None,
        }
    }
}

/// The VR to read a value with, and whether it is big endian. A UN of a known tag holds that tag's VR in little endian.
fn reading(element: &Element) -> (VR, bool) {
    if element.vr != VR::UN {
        return (element.vr, element.big_endian);
    }
    match StandardDataDictionary.by_tag(element.tag).map(|entry| entry.vr()) {
        Some(VirtualVr::Exact(vr)) => (vr, false),
        Some(VirtualVr::Xs) => (VR::US, false),
        _ => (VR::UN, false),
    }
}

/// Each whole group of `N` bytes, turned to little endian; a rest of fewer is no number.
fn binary<const N: usize>(
    bytes: &[u8],
    big: bool,
    take: &mut impl FnMut(Number) -> bool,
    read: impl Fn([u8; N]) -> Number,
) {
    for chunk in bytes.as_chunks::<N>().0 {
        let mut group = *chunk;
        if big {
            group.reverse();
        }
        if !take(read(group)) {
            return;
        }
    }
}

/// Each number of an Integer String or Decimal String.
fn text(bytes: &[u8], mut take: impl FnMut(Number) -> bool) {
    for value in bytes.split(|&byte| byte == b'\\') {
        let Ok(value) = std::str::from_utf8(value) else { return };
        let value = value.trim_matches([' ', '\0']);
        let number = match value.trim_start_matches('+').parse::<i64>() {
            Ok(int) => Number::Int(int),
            Err(_) => match value.parse::<f64>() {
                Ok(float) if float.is_finite() => Number::Float(float),
                _ => return,
            },
        };
        if !take(number) {
            return;
        }
    }
}
