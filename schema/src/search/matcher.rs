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
/// Most values that must all match.
const MOST_VALUES: usize = 50;

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
    /// A date and the time beside it.
    Paired(Range<NaiveDateTime>),
    /// A moment.
    Moments(Range<NaiveDateTime>),
    /// This number.
    Number(f64),
    /// Any of these: of a private element nobody knows what it is.
    Any(Vec<Matcher>),
    /// This, of elements that are of this VR.
    OfVr(VR, Box<Matcher>),
    /// Each of these, by some value (Multiple Value Matching, PS3.4 §C.2.2.2.8).
    Each(Vec<Matcher>),
    /// No value (Empty Value Matching, PS3.4 §C.2.2.2.7).
    Empty,
}

/// How values are read, as the request wishes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manner {
    /// Names match by words, roughly.
    pub(super) fuzzy: bool,
    /// `""` matches what has no value.
    pub(super) empty: bool,
    /// Of several values each must match.
    pub(super) multiple: bool,
    /// Minutes from UTC of dates and times that say no offset themselves.
    pub(super) zone: Option<i32>,
}

impl Matcher {
    /// Reads a value; `None`: universal matching. `Err` says what is wrong.
    pub(super) fn parse(attribute: &Attribute, value: &str, manner: Manner) -> Result<Option<Self>, &'static str> {
        let value = value.trim();
        if value.is_empty() || value.bytes().all(|byte| byte == b'*') {
            return Ok(None);
        }
        let matching = attribute.matching();
        check_length(matching, value)?;
        if manner.empty && value == "\"\"" {
            return match matching {
                Matching::Nothing => Err("binary values are not searched"),
                _ => Ok(Some(Self::Empty)),
            };
        }
        if manner.multiple && takes_several(attribute.vr) && value.contains('\\') {
            return each(attribute, value, manner);
        }
        single(attribute, value, manner)
    }
}

fn check_length(matching: Matching, value: &str) -> Result<(), &'static str> {
    if matching != Matching::Uid && value.len() > LONGEST {
        return Err("the value is too long");
    }
    if matching == Matching::PersonName && value.chars().count() > LONGEST_NAME {
        return Err("the name is too long");
    }
    if value.contains('\0') {
        return Err("the value holds a NUL character");
    }
    Ok(())
}

fn single(attribute: &Attribute, value: &str, manner: Manner) -> Result<Option<Matcher>, &'static str> {
    Ok(match attribute.matching() {
        Matching::Text if attribute.vr == VR::UN => private(value, manner),
        Matching::Text => texts(value, attribute.vr),
        Matching::Exact if value.contains(['*', '?']) => return Err("this attribute takes no wild cards"),
        Matching::Exact => Some(Matcher::Texts(vec![Text::Literal(value.to_owned())])),
        Matching::PersonName if manner.fuzzy => name::words(value).map(Matcher::FuzzyName),
        Matching::PersonName => NamePattern::parse(value).map(Matcher::Name),
        Matching::Uid => uids(value)?,
        Matching::Date => Some(Matcher::Dates(range::dates(value)?)),
        Matching::Time => Some(Matcher::Times(range::times(value)?)),
        Matching::DateTime => Some(Matcher::Moments(range::moments(value, manner.zone)?)),
        Matching::Number => Some(Matcher::Number(number(value)?)),
        Matching::Sequence => return Err("name an attribute of its Items, such as Sequence.Attribute"),
        Matching::Nothing => return Err("binary values are not searched"),
    })
}

/// VRs that Multiple Value Matching is defined for, and private elements, whose VR may be any of them.
fn takes_several(vr: VR) -> bool {
    matches!(vr, VR::AE | VR::AS | VR::AT | VR::CS | VR::LO | VR::PN | VR::SH | VR::UC | VR::UN)
}

fn each(attribute: &Attribute, value: &str, manner: Manner) -> Result<Option<Matcher>, &'static str> {
    let values: Vec<&str> = value.split('\\').map(str::trim).filter(|value| !value.is_empty()).collect();
    if value.contains(['*', '?']) {
        return Err("several values that must all match take no wild cards");
    }
    if values.len() > MOST_VALUES {
        return Err("there are too many values");
    }
    let matchers = values.iter().map(|value| single(attribute, value, manner));
    let matchers: Vec<Matcher> = matchers.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    Ok(match matchers.len() {
        0 => None,
        _ => Some(Matcher::Each(matchers)),
    })
}

/// A backslash separates alternatives, as it separates values (narrative texts have one value and may hold any
/// character); so does a comma in code strings, which hold none.
fn texts(value: &str, vr: VR) -> Option<Matcher> {
    let is_narrative = matches!(vr, VR::LT | VR::ST | VR::UT | VR::UR);
    let separates = |character| (character == '\\' && !is_narrative) || (vr == VR::CS && character == ',');
    let texts: Vec<Text> =
        value.split(separates).map(str::trim).filter(|text| !text.is_empty()).map(Text::parse).collect();
    if texts.is_empty() || texts.contains(&Text::Like("%".into())) {
        return None;
    }
    Some(Matcher::Texts(texts))
}

/// A private element may be a text, a number or a name; what it is else, its VR says where it was stored with one.
fn private(value: &str, manner: Manner) -> Option<Matcher> {
    let name = match manner.fuzzy {
        true => name::words(value).map(Matcher::FuzzyName)?,
        false => NamePattern::parse(value).map(Matcher::Name)?,
    };
    let dates = range::dates(value).ok().filter(|range| !range.is_reversed()).map(Matcher::Dates);
    let times = range::times(value).ok().filter(|range| !range.is_reversed()).map(Matcher::Times);
    let moments = range::moments(value, manner.zone).ok().filter(|range| !range.is_reversed()).map(Matcher::Moments);
    let typed = [(VR::DA, dates), (VR::TM, times), (VR::DT, moments), (VR::UI, uids(value).ok().flatten())];
    let typed = typed.into_iter().filter_map(|(vr, matcher)| Some(Matcher::OfVr(vr, Box::new(matcher?))));
    let any = [texts(value, VR::UN)?, name].into_iter().chain(number(value).ok().map(Matcher::Number)).chain(typed);
    Some(Matcher::Any(any.collect()))
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

/// Text for LIKE that stands for itself.
pub(super) fn escaped(text: &str) -> String {
    let escape = |character| matches!(character, '%' | '_' | '\\').then_some('\\');
    text.chars().flat_map(|character| escape(character).into_iter().chain([character])).collect()
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
        Matcher::parse(&by_name(keyword).expect("an attribute"), value, Manner::default())
    }

    fn parse_as(manner: Manner, keyword: &str, value: &str) -> Result<Option<Matcher>, &'static str> {
        Matcher::parse(&by_name(keyword).expect("an attribute"), value, manner)
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
    fn keeps_backslashes_of_narrative_texts() {
        let literal = |text: &str| Ok(Some(Matcher::Texts(vec![Text::Literal(text.into())])));
        assert_eq!(parse("ImageComments", "a\\b"), literal("a\\b"));
    }

    #[test]
    fn reads_several_values_that_must_all_match() {
        let multiple = Manner { multiple: true, ..Manner::default() };
        let literal = |text: &str| Matcher::Texts(vec![Text::Literal(text.into())]);
        let each = Ok(Some(Matcher::Each(vec![literal("CT"), literal("PT")])));
        assert_eq!(parse_as(multiple, "ModalitiesInStudy", "CT\\PT"), each);
        assert_eq!(parse_as(multiple, "ModalitiesInStudy", "CT"), Ok(Some(literal("CT"))));
        assert_eq!(parse_as(multiple, "SOPInstanceUID", "1\\2"), parse("SOPInstanceUID", "1,2"));
        assert!(parse_as(multiple, "ModalitiesInStudy", "CT\\P*").is_err());
        assert!(parse_as(multiple, "ModalitiesInStudy", &"CT\\".repeat(60)).is_err());
    }

    #[test]
    fn takes_a_private_value_for_everything_that_it_may_be() {
        let vrs = |value: &str| match parse("00091001", value) {
            Ok(Some(Matcher::Any(any))) => {
                let vr = |matcher: &Matcher| if let Matcher::OfVr(vr, _) = matcher { Some(*vr) } else { None };
                any.iter().filter_map(vr).collect::<Vec<_>>()
            }
            other => panic!("{value}: {other:?}"),
        };
        assert_eq!(vrs("20240101-20240131"), [VR::DA, VR::DT]);
        assert_eq!(vrs("10-12"), [VR::TM]);
        assert_eq!(vrs("1.2.3,1.2.4"), [VR::UI]);
        assert!(vrs("20240131-20240101").is_empty(), "such a range is none");
        assert!(vrs("some text*").is_empty());
    }

    #[test]
    fn takes_two_quotation_marks_for_nothing_only_when_asked() {
        let empty = Manner { empty: true, ..Manner::default() };
        for keyword in ["PatientID", "StudyDate", "Rows", "RequestAttributesSequence", "00091001"] {
            assert_eq!(parse_as(empty, keyword, "\"\""), Ok(Some(Matcher::Empty)), "{keyword}");
        }
        assert!(parse_as(empty, "PixelData", "\"\"").is_err());
        assert!(parse("StudyDate", "\"\"").is_err());
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
            ("PatientAge", "01?Y"),
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
