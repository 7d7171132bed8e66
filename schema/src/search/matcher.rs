//! What a key's value asks for, by the attribute's kind of matching.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::name::{self, NamePattern};
use super::range::{self, Range};
use crate::attribute::{Attribute, Matching, VR};

/// Longest value of a key, in bytes; lists of UIDs may be longer.
const LONGEST: usize = 1024;
/// Longest name, in characters: three component groups of 64 (PS3.5 §6.2) and what is between them.
const LONGEST_NAME: usize = 200;
/// Most UIDs in a list.
const MOST_UIDS: usize = 10_000;

/// A text, with wild cards or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    /// This text.
    Literal(String),
    /// What LIKE matches; everything that is not a wild card is escaped.
    Like(String),
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Matcher {
    /// One of these.
    Texts(Vec<Text>),
    /// One of these.
    Uids(Vec<String>),
    /// This name.
    Name(NamePattern),
    /// All of these words, or words much like them, in any order.
    FuzzyName(Vec<NamePattern>),
    /// A date.
    Dates(Range<NaiveDate>),
    /// A time of day.
    Times(Range<NaiveTime>),
    /// A moment.
    Moments(Range<NaiveDateTime>),
    /// This number.
    Number(f64),
    /// Any of these: of a private element nobody knows what it is.
    Any(Vec<Matcher>),
}

impl Matcher {
    /// Reads a value; `None`: universal matching. `Err` says what is wrong.
    pub(super) fn parse(attribute: &Attribute, value: &str, fuzzy: bool) -> Result<Option<Self>, &'static str> {
        let value = value.trim();
        if value.is_empty() || value.bytes().all(|byte| byte == b'*') {
            return Ok(None);
        }
        let matching = attribute.matching();
        if matching != Matching::Uid && value.len() > LONGEST {
            return Err("the value is too long");
        }
        if matching == Matching::PersonName && value.chars().count() > LONGEST_NAME {
            return Err("the name is too long");
        }
        if value.contains('\0') {
            return Err("the value holds a NUL character");
        }
        Ok(match matching {
            Matching::Text if attribute.vr == VR::UN => private(value),
            Matching::Text => texts(value, attribute.vr == VR::CS),
            Matching::Exact => Some(Self::Texts(vec![Text::Literal(value.to_owned())])),
            Matching::PersonName if fuzzy => name::words(value).map(Self::FuzzyName),
            Matching::PersonName => NamePattern::parse(value).map(Self::Name),
            Matching::Uid => uids(value)?,
            Matching::Date => Some(Self::Dates(range::dates(value)?)),
            Matching::Time => Some(Self::Times(range::times(value)?)),
            Matching::DateTime => Some(Self::Moments(range::moments(value)?)),
            Matching::Number => Some(Self::Number(number(value)?)),
            Matching::Sequence => return Err("name an attribute of its Items, such as Sequence.Attribute"),
            Matching::Nothing => return Err("binary values are not searched"),
        })
    }
}

/// A backslash separates alternatives, as it separates values; so does a comma in code strings, which hold none.
fn texts(value: &str, code_string: bool) -> Option<Matcher> {
    let separates = |character| character == '\\' || (code_string && character == ',');
    let texts: Vec<Text> =
        value.split(separates).map(str::trim).filter(|text| !text.is_empty()).map(Text::parse).collect();
    if texts.is_empty() || texts.contains(&Text::Like("%".into())) {
        return None;
    }
    Some(Matcher::Texts(texts))
}

/// A private element may be a text, a number or a name.
fn private(value: &str) -> Option<Matcher> {
    let any = [texts(value, false)?, NamePattern::parse(value).map(Matcher::Name)?];
    Some(Matcher::Any(any.into_iter().chain(number(value).ok().map(Matcher::Number)).collect()))
}

impl Text {
    fn parse(text: &str) -> Self {
        if !text.contains(['*', '?']) {
            return Self::Literal(text.to_owned());
        }
        let mut like = String::with_capacity(text.len() + 8);
        for character in text.chars() {
            match character {
                '*' if like.ends_with('%') && !like.ends_with("\\%") => {}
                '*' => like.push('%'),
                '?' => like.push('_'),
                '%' | '_' | '\\' => like.extend(['\\', character]),
                other => like.push(other),
            }
        }
        Self::Like(like)
    }

    /// Whether a text that is known already matches.
    pub(super) fn matches_code(&self, code: &str) -> bool {
        match self {
            Self::Literal(text) => text == code,
            Self::Like(like) => like_matches(like, code),
        }
    }
}

/// LIKE on a short code: `%` takes any number of characters, `_` one.
fn like_matches(like: &str, code: &str) -> bool {
    match like.chars().next() {
        None => code.is_empty(),
        Some('%') => (0..=code.len()).any(|at| code.is_char_boundary(at) && like_matches(&like[1..], &code[at..])),
        Some('_') => code.chars().next().is_some_and(|first| like_matches(&like[1..], &code[first.len_utf8()..])),
        Some(first) => code.strip_prefix(first).is_some_and(|rest| like_matches(&like[first.len_utf8()..], rest)),
    }
}

fn uids(value: &str) -> Result<Option<Matcher>, &'static str> {
    let uids: Vec<String> =
        value.split([',', '\\']).map(str::trim).filter(|uid| !uid.is_empty()).map(str::to_owned).collect();
    let valid = |uid: &String| uid.len() <= 64 && uid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if uids.iter().any(|uid| uid.contains(['*', '?'])) {
        return Err("a UID takes no wild cards");
    }
    if !uids.iter().all(valid) {
        return Err("this is not a UID");
    }
    if uids.len() > MOST_UIDS {
        return Err("the list of UIDs is too long");
    }
    Ok((!uids.is_empty()).then_some(Matcher::Uids(uids)))
}

fn number(value: &str) -> Result<f64, &'static str> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    value.parse().ok().filter(|number: &f64| plain && number.is_finite()).ok_or("this is not a number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::by_name;

    fn parse(keyword: &str, value: &str) -> Result<Option<Matcher>, &'static str> {
        Matcher::parse(&by_name(keyword).expect("an attribute"), value, false)
    }

    #[test]
    fn takes_nothing_and_stars_for_universal() {
        for value in ["", " ", "*", "**"] {
            assert_eq!(parse("StudyInstanceUID", value), Ok(None));
            assert_eq!(parse("StudyDate", value), Ok(None));
        }
    }

    #[test]
    fn escapes_what_sql_would_take_for_wild_cards() {
        let like = |text: &str| Ok(Some(Matcher::Texts(vec![Text::Like(text.into())])));
        assert_eq!(parse("PatientID", "a%_\\*"), parse("PatientID", "a%_\\*"));
        assert_eq!(parse("PatientID", "50%_*?"), like("50\\%\\_%_"));
        assert_eq!(parse("PatientID", "%*"), like("\\%%"));
    }

    #[test]
    fn reads_lists() {
        let uids = Ok(Some(Matcher::Uids(vec!["1.2".into(), "1.3".into()])));
        assert_eq!(parse("SOPInstanceUID", "1.2,1.3"), uids);
        assert_eq!(parse("SOPInstanceUID", "1.2\\ 1.3,"), uids);
        let codes = Ok(Some(Matcher::Texts(vec![Text::Literal("CT".into()), Text::Literal("MR".into())])));
        assert_eq!(parse("ModalitiesInStudy", "CT,MR"), codes);
        assert_eq!(parse("ModalitiesInStudy", "CT\\MR"), codes);
    }

    #[test]
    fn refuses_what_the_kind_of_matching_does_not_know() {
        for (keyword, value) in [
            ("StudyInstanceUID", "1.2.*"),
            ("StudyInstanceUID", "1.2'; DROP TABLE studies"),
            ("StudyDate", "2024*"),
            ("Rows", "5?2"),
            ("Rows", "inf"),
            ("InstanceNumber", "1e999"),
            ("RequestAttributesSequence", "7"),
            ("PixelData", "7"),
            ("PatientID", "a\0"),
        ] {
            assert!(parse(keyword, value).is_err(), "{keyword}={value}");
        }
        assert!(parse("PatientID", &"x".repeat(LONGEST + 1)).is_err());
        assert!(parse("PatientName", &"?".repeat(LONGEST_NAME + 1)).is_err());
    }

    #[test]
    fn compares_codes_with_wild_cards() {
        assert!(Text::parse("ON*").matches_code("ONLINE"));
        assert!(Text::parse("?NLIN?").matches_code("ONLINE"));
        assert!(!Text::parse("OFF*").matches_code("ONLINE"));
        assert!(Text::parse("ONLINE").matches_code("ONLINE"));
    }
}
