//! Single values out of DICOM JSON (PS3.18 Annex F), as the columns of both databases need them.
//!
//! Whatever cannot be read as what it should be is `None`: a column is for finding and ordering, the value as received
//! is in the document.

use chrono::{NaiveDate, NaiveTime};
use serde_json::{Map, Value};

use crate::fold::fold_person_name;

/// Longest text that goes into an indexed column, in characters. No VR of those columns allows more than 64; a
/// longer one would not fit into an index page.
const LONGEST: usize = 256;

/// All values of an element, `null`s left out.
pub fn values<'a>(document: &'a Map<String, Value>, tag: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let values = document.get(tag).and_then(|element| element.get("Value")).and_then(Value::as_array);
    values.into_iter().flatten().filter(|value| !value.is_null())
}

/// The first value as text, trimmed, cut to what an index can hold.
pub fn text(document: &Map<String, Value>, tag: &str) -> Option<String> {
    let text = match values(document, tag).next()? {
        Value::String(text) => text.trim().chars().take(LONGEST).collect(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text: &String| !text.is_empty())
}

/// The first value as a whole number that fits a column.
pub fn integer(document: &Map<String, Value>, tag: &str) -> Option<i32> {
    match values(document, tag).next()? {
        Value::Number(number) => number.as_i64().and_then(|number| i32::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The first value as a date (DA); also as ACR-NEMA wrote it, with dots.
pub fn date(document: &Map<String, Value>, tag: &str) -> Option<NaiveDate> {
    let digits = text(document, tag)?.replace('.', "");
    if digits.len() != 8 || !digits.is_ascii() {
        return None;
    }
    NaiveDate::parse_from_str(&digits, "%Y%m%d").ok()
}

/// The first value as a time (TM), what is left out being zero; also as ACR-NEMA wrote it, with colons.
pub fn time(document: &Map<String, Value>, tag: &str) -> Option<NaiveTime> {
    parse_time(&text(document, tag)?).map(|(time, _)| time)
}

/// Reads a TM value: the time, and the length in microseconds of what it leaves open (`10`: an hour).
pub(crate) fn parse_time(text: &str) -> Option<(NaiveTime, i64)> {
    let digits = text.trim().replace(':', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let valid = whole.len() % 2 == 0 && (2..=6).contains(&whole.len()) && fraction.len() <= 6;
    if !valid || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if !fraction.is_empty() && whole.len() != 6 {
        return None;
    }
    let part = |at: usize| whole.get(at..at + 2).map_or(Some(0), |two| two.parse::<u32>().ok());
    let micros = if fraction.is_empty() { 0 } else { format!("{fraction:0<6}").parse().ok()? };
    let open = match (whole.len(), fraction.len() as u32) {
        (2, _) => 3_600_000_000,
        (4, _) => 60_000_000,
        (_, digits) => 10_i64.pow(6 - digits),
    };
    // A leap second is kept as the last moment of its minute.
    let (second, micros) = if part(4)? == 60 { (59, 999_999) } else { (part(4)?, micros) };
    Some((NaiveTime::from_hms_micro_opt(part(0)?, part(2)?, second, micros)?, open))
}

/// The first Person Name, its component groups with `=` between them.
pub fn person_name(document: &Map<String, Value>, tag: &str) -> Option<String> {
    let groups = groups(values(document, tag).next()?)?;
    let name: String = groups.join("=").trim_end_matches('=').chars().take(LONGEST * 3).collect();
    Some(name).filter(|name| !name.is_empty())
}

/// The first Person Name folded for matching, its component groups with `=` between them.
pub fn folded_person_name(document: &Map<String, Value>, tag: &str) -> Option<String> {
    fold_groups(values(document, tag).next()?).filter(|name| !name.is_empty())
}

/// Folds one Person Name value.
pub(crate) fn fold_groups(value: &Value) -> Option<String> {
    let folded: Vec<String> =
        groups(value)?.map(|group| fold_person_name(group).replace('=', " ").chars().take(LONGEST).collect()).to_vec();
    Some(folded.join("=").trim_end_matches('=').to_owned())
}

fn groups(value: &Value) -> Option<[&str; 3]> {
    let value = value.as_object()?;
    let group = |name| value.get(name).and_then(Value::as_str).unwrap_or_default();
    Some([group("Alphabetic"), group("Ideographic"), group("Phonetic")])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(value: Value) -> Map<String, Value> {
        let mut document = Map::new();
        document.insert("00080020".into(), json!({"vr": "XX", "Value": value}));
        document
    }

    #[test]
    fn reads_dates_of_both_forms() {
        let expected = NaiveDate::from_ymd_opt(2024, 2, 29);
        assert_eq!(date(&document(json!(["20240229"])), "00080020"), expected);
        assert_eq!(date(&document(json!(["2024.02.29"])), "00080020"), expected);
        assert_eq!(date(&document(json!(["20230229"])), "00080020"), None);
        assert_eq!(date(&document(json!([null])), "00080020"), None);
    }

    #[test]
    fn reads_times_of_every_precision() {
        let read = |text: &str| parse_time(text).map(|(time, open)| (time.to_string(), open));
        assert_eq!(read("10"), Some(("10:00:00".into(), 3_600_000_000)));
        assert_eq!(read("1030"), Some(("10:30:00".into(), 60_000_000)));
        assert_eq!(read("10:30:15.5"), Some(("10:30:15.500".into(), 100_000)));
        assert_eq!(read("235960"), Some(("23:59:59.999999".into(), 1_000_000)));
        for bad in ["", "1", "24", "1060", "10.5", "103015.1234567", "10-30", "１０"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_numbers_written_either_way() {
        assert_eq!(integer(&document(json!([7])), "00080020"), Some(7));
        assert_eq!(integer(&document(json!([" -7 "])), "00080020"), Some(-7));
        assert_eq!(integer(&document(json!(["99999999999"])), "00080020"), None);
    }

    #[test]
    fn joins_the_groups_of_a_name() {
        let name = document(json!([{"Alphabetic": "Yamada^Tarou ", "Phonetic": "やまだ^たろう"}]));
        assert_eq!(person_name(&name, "00080020").as_deref(), Some("Yamada^Tarou ==やまだ^たろう"));
        assert_eq!(folded_person_name(&name, "00080020").as_deref(), Some("yamada^tarou==やまだ^たろう"));
    }
}
