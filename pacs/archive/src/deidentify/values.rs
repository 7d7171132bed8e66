//! Values that take the place of others: dates that are moved, and dummies.

use chrono::{Days, NaiveDate};
use data_set::VR;

/// A dummy text; valid in every VR of text but those of numbers, dates and ages.
pub(super) const REMOVED: &str = "REMOVED";

/// A dummy as it is encoded in an object; empty where there is none that says nothing.
pub(super) fn dummy(vr: VR) -> Vec<u8> {
    match vr {
        VR::US | VR::SS => vec![0; 2],
        VR::UL | VR::SL | VR::FL => vec![0; 4],
        VR::FD | VR::UV | VR::SV => vec![0; 8],
        _ => text_dummy(vr).unwrap_or_default().as_bytes().to_vec(),
    }
}

/// A dummy of a VR whose values are texts.
pub(super) fn text_dummy(vr: VR) -> Option<&'static str> {
    match vr {
        VR::AS => Some("000D"),
        VR::DA => Some("19000101"),
        VR::DT => Some("19000101000000"),
        VR::TM => Some("000000"),
        VR::DS | VR::IS => Some("0"),
        VR::AE | VR::CS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT => Some(REMOVED),
        _ => None,
    }
}

/// A DA or DT value so many days earlier; nothing when it is no such value. What a DT value says of time zones is left out:
/// it tells a place. Precision stays: of a DT value that is a year, a year is left.
pub(super) fn moved(value: &str, days: u32) -> Option<String> {
    let value = value.trim_matches(['\0', ' ']);
    // DA of before DICOM (PS3.5 §6.2, note).
    let value = match value.as_bytes() {
        [_, _, _, _, b'.', _, _, b'.', _, _] => value.replace('.', ""),
        _ => value.to_owned(),
    };
    let end = value.find(['+', '-']).unwrap_or(value.len());
    let (moment, fraction) = match value[..end].split_once('.') {
        Some((moment, fraction)) => (moment, Some(fraction)),
        None => (&value[..end], None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_moment = is_digits(moment) && matches!(moment.len(), 4 | 6 | 8 | 10 | 12 | 14);
    let is_fraction = fraction.is_none_or(|fraction| moment.len() == 14 && fraction.len() <= 6 && is_digits(fraction));
    if !is_moment || !is_fraction {
        return None;
    }
    let part = |range: std::ops::Range<usize>| moment.get(range).map_or(Ok(1), str::parse::<u32>);
    let date = NaiveDate::from_ymd_opt(moment[..4].parse().ok()?, part(4..6).ok()?, part(6..8).ok()?)?;
    let earlier = date.checked_sub_days(Days::new(days.into()))?.format("%Y%m%d").to_string();
    let mut moved = earlier.get(..moment.len().min(8))?.to_owned();
    moved.push_str(moment.get(8..).unwrap_or_default());
    if let Some(fraction) = fraction {
        moved.push('.');
        moved.push_str(fraction);
    }
    Some(moved)
}

/// A TM value, or nothing when it is none: `HH`, `HHMM`, `HHMMSS`, with a fraction of up to six digits, or with colons as of
/// before DICOM (PS3.5 §6.2, note).
pub(super) fn time(value: &str) -> Option<String> {
    let value = value.trim_matches(['\0', ' ']);
    let (moment, fraction) = match value.split_once('.') {
        Some((moment, fraction)) => (moment, Some(fraction)),
        None => (value, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_colons = matches!(moment.as_bytes(), [_, _, b':', _, _] | [_, _, b':', _, _, b':', _, _]);
    let digits = if has_colons { moment.replace(':', "") } else { moment.to_owned() };
    let is_moment = is_digits(&digits) && matches!(digits.len(), 2 | 4 | 6);
    let is_fraction =
        fraction.is_none_or(|fraction| digits.len() == 6 && matches!(fraction.len(), 1..=6) && is_digits(fraction));
    (is_moment && is_fraction).then(|| value.to_owned())
}

/// Whether a text is what its VR says, of those VRs that have no room for words: numbers, codes, ages, UIDs (PS3.5 §6.2).
/// A value of them that was too long to be looked at (`None`) is not.
pub(super) fn is_plain(vr: VR, value: Option<&[u8]>) -> bool {
    let is_made_of = |others: &[u8]| {
        value.is_some_and(|value| {
            value.iter().all(|byte| byte.is_ascii_digit() || b" \\\0".contains(byte) || others.contains(byte))
        })
    };
    match vr {
        VR::DS => is_made_of(b"+-.eE"),
        VR::IS => is_made_of(b"+-"),
        VR::AS => is_made_of(b"DWMY"),
        VR::UI => is_made_of(b"."),
        VR::CS => is_made_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_") && value.is_some_and(has_short_values),
        _ => true,
    }
}

/// CS values have 16 characters.
fn has_short_values(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\\').all(|value| value.trim_ascii().len() <= 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_stay_and_nothing_else_does() {
        for value in ["10", "1011", "101112", "101112.5", "101112.123456 ", "10:11", "10:11:12", "10:11:12.5"] {
            assert_eq!(time(value).as_deref(), Some(value.trim()), "{value}");
        }
        for value in [
            "",
            "1",
            "101",
            "20240301101112",
            "20240301",
            "101112.1234567",
            "1011.5",
            "101112.",
            "10:1112",
            "Ada",
            "10-11",
            "101112+0100",
            "1011123",
            "ä0",
        ] {
            assert_eq!(time(value), None, "{value}");
        }
    }

    #[test]
    fn values_with_no_room_for_words_have_none() {
        for (vr, value, is_one) in [
            (VR::DS, "-1.5e3\\2 ", true),
            (VR::DS, "Ada", false),
            (VR::IS, "12\\-3", true),
            (VR::IS, "1.5", false),
            (VR::CS, "MR\\HEAD_1 ", true),
            (VR::CS, "Ada", false),
            (VR::CS, "LOVELACE ADA 18151210", false),
            (VR::UI, "1.2.840\0", true),
            (VR::UI, "1.2.840.10008.ADA", false),
            (VR::AS, "036Y", true),
            (VR::LO, "whatever it is", true),
        ] {
            assert_eq!(is_plain(vr, Some(value.as_bytes())), is_one, "{value}");
        }
        assert!(!is_plain(VR::CS, None) && is_plain(VR::LO, None));
    }

    #[test]
    fn moves_dates_over_months_and_years() {
        for (value, days, earlier) in [
            ("20240301", 1, "20240229"),
            ("20240101 ", 1, "20231231"),
            ("2024.01.01", 366, "20221231"),
            ("20240101123456.123456+0100", 1, "20231231123456.123456"),
            ("20240101120000-0500", 31, "20231201120000"),
            ("202401", 1, "202312"),
            ("2024", 1, "2023"),
        ] {
            assert_eq!(moved(value, days).as_deref(), Some(earlier), "{value}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for value in ["", "Quaestor", "20241301", "2024010", "20240101-20240201x", "20240101.5", "2024010112345ä", "ä"]
        {
            assert!(moved(value, 1).is_none_or(|moved| moved.len() <= 8 && value.starts_with("20240101-")), "{value}");
        }
    }
}
