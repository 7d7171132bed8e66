//! One matching key: an attribute, maybe inside sequences, and what its value shall be.

use super::QueryError;
use super::matcher::{Manner, Matcher, Text};
use super::path::{Path, shown};
use crate::attribute::{Attribute, Home, Level, Place};

/// Group and element.
type Tag = (u16, u16);

/// Specific Character Set (0008,0005): says how a request is encoded, and is never matched (PS3.4 §C.2.2.2).
const CHARACTER_SET: Tag = (0x0008, 0x0005);

/// Dates and the times that go with them: together they are moments (PS3.4 §C.2.2.2.5).
const PAIRS: &[(Tag, Tag)] = &[
    ((0x0008, 0x0012), (0x0008, 0x0013)), // Instance Creation
    ((0x0008, 0x0020), (0x0008, 0x0030)), // Study
    ((0x0008, 0x0021), (0x0008, 0x0031)), // Series
    ((0x0008, 0x0022), (0x0008, 0x0032)), // Acquisition
    ((0x0008, 0x0023), (0x0008, 0x0033)), // Content
    ((0x0040, 0x0002), (0x0040, 0x0003)), // Scheduled Procedure Step Start
    ((0x0040, 0x0004), (0x0040, 0x0005)), // Scheduled Procedure Step End
    ((0x0040, 0x0244), (0x0040, 0x0245)), // Performed Procedure Step Start
    ((0x0040, 0x0250), (0x0040, 0x0251)), // Performed Procedure Step End
];

/// One matching key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) path: Path,
    pub(crate) matcher: Matcher,
    /// Minutes from UTC that the request's dates and times are meant in; `None`: each as it was received.
    pub(crate) zone: Option<i32>,
    /// Asked of the identity database.
    pub(crate) is_personal: bool,
}

impl Key {
    /// Reads a key and its value; no matcher means universal matching.
    pub(super) fn parse(name: &str, value: &str, manner: Manner) -> Result<(Path, Option<Matcher>), QueryError> {
        let path = Path::parse(name)?;
        if path.leaf().tag == CHARACTER_SET {
            return Ok((path, None));
        }
        let refuse = |reason| QueryError::Attribute { attribute: shown(name), reason };
        let matcher = Matcher::parse(path.leaf(), value, manner).map_err(refuse)?;
        let Attribute { level, home, .. } = path.root();
        if (*level, *home) == (Level::Patient, Home::Index) && matcher.is_some() {
            return Err(refuse("what a patient has is counted for the answer, and not matched"));
        }
        Ok((path, matcher))
    }

    /// A key of this path.
    pub(super) fn new(path: Path, matcher: Matcher, zone: Option<i32>) -> Self {
        let is_personal = path.home() == Home::Identity;
        Self { path, matcher, zone, is_personal }
    }

    /// A key of the data set's own UIDs.
    pub(super) fn uid(keyword: &str, uid: &str) -> Result<Self, QueryError> {
        let (path, matcher) = Self::parse(keyword, uid, Manner::default())?;
        let matcher = matcher.ok_or(QueryError::Request("a UID of the request's path is empty"))?;
        Ok(Self::new(path, matcher, None))
    }

    pub(crate) fn level(&self) -> Level {
        self.path.root().level
    }

    /// Whether it is one of the three UIDs that name rows in both databases.
    pub(crate) fn names_rows(&self) -> bool {
        matches!(self.path.leaf().keyword, "StudyInstanceUID" | "SeriesInstanceUID" | "SOPInstanceUID")
            && matches!(self.path.place(), Place::Column(_))
            && matches!(self.matcher, Matcher::Uids(_))
    }

    /// Whether it asks for exact values only.
    pub(super) fn is_exact(&self) -> bool {
        match &self.matcher {
            Matcher::Texts(texts) => texts.iter().all(|text| matches!(text, Text::Literal(_))),
            matcher => matches!(matcher, Matcher::Uids(_)),
        }
    }

    /// A range that ends before it begins matches nothing that its client can have meant.
    pub(super) fn check(&self) -> Result<(), QueryError> {
        let reversed = match &self.matcher {
            Matcher::Dates(range) => range.is_reversed(),
            Matcher::Times(range) => range.is_reversed(),
            Matcher::Moments(range) | Matcher::Paired(range) => range.is_reversed(),
            _ => false,
        };
        match reversed {
            true => {
                let attribute = self.path.leaf().keyword.to_owned();
                Err(QueryError::Attribute { attribute, reason: "the range ends before it begins" })
            }
            false => Ok(()),
        }
    }

    /// The time that goes with this date, in the data set itself or in the same Item.
    pub(crate) fn time_beside(&self) -> Option<(u16, u16)> {
        let Attribute { tag, .. } = self.path.leaf();
        PAIRS.iter().find(|(date, _)| date == tag).map(|(_, time)| *time)
    }
}

/// Makes one key of each date and the time beside it (combined date-time matching) unless they are to be matched `apart`,
/// and moments of the dates that are meant in a zone, because there a day is another stretch of time.
pub(super) fn combine_dates_and_times(keys: &mut Vec<Key>, apart: bool) {
    let mut at = 0;
    while at < keys.len() {
        let key = &keys[at];
        let (Some(beside), Matcher::Dates(dates)) = (key.time_beside(), &key.matcher) else {
            at += 1;
            continue;
        };
        let above = key.path.above();
        let is_beside = |key: &Key| !apart && key.path.above() == above && key.path.leaf().tag == beside;
        let time = keys.iter().position(|key| is_beside(key) && matches!(key.matcher, Matcher::Times(_)));
        let times = time.and_then(|time| match &keys[time].matcher {
            Matcher::Times(times) => Some(*times),
            _ => None,
        });
        if times.is_some() || key.zone.is_some() {
            keys[at].matcher = Matcher::Paired(dates.with(times));
        }
        match time {
            Some(time) => {
                keys.remove(time);
                at += usize::from(time > at);
            }
            None => at += 1,
        }
    }
}

/// Keys inside one sequence are asked of one database, because they are asked of one Item. What is personal in an Item
/// is in the identity database only, and with it all the sequence.
pub(super) fn keep_sequences_together(keys: &mut [Key]) {
    let personal: Vec<_> = keys
        .iter()
        .filter(|key| key.is_personal && key.path.steps().len() > 1)
        .map(|key| key.path.steps()[0].clone())
        .collect();
    for key in keys.iter_mut().filter(|key| key.path.steps().len() > 1) {
        key.is_personal |= personal.contains(&key.path.steps()[0]);
    }
}
