//! A request read and checked: what is searched, by which keys, and which attributes come back.

use std::collections::BTreeSet;

use super::QueryError;
use super::key::{Key, Path};
use super::matcher::Matcher;
use super::range::Range;
use crate::attribute::{Attribute, Home, Level, TABLE, TIMEZONE_OFFSET};

/// Most matches of one answer: who wants more asks for the next page.
pub const MOST_MATCHES: u32 = 10_000;
/// The same when every attribute is wanted.
pub const MOST_WHOLE_MATCHES: u32 = 2_000;
/// Most keys, and most attributes asked for, in one request.
const MOST_NAMES: usize = 200;

/// A request as a shell has it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What one match is: a Study, a Series or an Instance.
    pub level: Level,
    /// Only within this Study.
    pub study: Option<&'a str>,
    /// Only within this Series.
    pub series: Option<&'a str>,
    /// Attribute paths and values; all must match.
    pub matching: &'a [(String, String)],
    /// Attributes wanted beyond the required ones.
    pub include: &'a [String],
    /// All attributes are wanted.
    pub include_all: bool,
    /// Names match by words and roughly.
    pub fuzzy: bool,
    /// Most matches wanted.
    pub limit: Option<u32>,
    /// Matches to skip.
    pub offset: u32,
}

/// A request that makes sense.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) level: Level,
    pub(super) keys: Vec<Key>,
    pub(super) offset: u32,
    pub(super) include_all: bool,
    /// Attributes that come back, by level.
    pub(super) wanted: BTreeSet<(Level, (u16, u16))>,
    /// Attributes that come back even without a value.
    pub(super) required: Vec<Attribute>,
    /// The highest level of which attributes come back, beyond its UID.
    pub(super) from_level: Level,
    limit: Option<u32>,
}

impl Query {
    /// Reads a request, or says what is wrong with it.
    pub fn parse(request: &Request<'_>) -> Result<Self, QueryError> {
        if request.level == Level::Patient {
            return Err(QueryError::Request("studies, series and instances are searched, patients are not"));
        }
        if request.matching.len() > MOST_NAMES || request.include.len() > MOST_NAMES {
            return Err(QueryError::Request("the request names too many attributes"));
        }
        let from_level = match (request.level, request.study, request.series) {
            (Level::Study, _, _) | (_, None, None) => Level::Patient,
            (Level::Instance, _, Some(_)) => Level::Instance,
            _ => Level::Series,
        };
        let mut query = Self {
            level: request.level,
            keys: Vec::new(),
            offset: request.offset,
            include_all: request.include_all,
            wanted: BTreeSet::new(),
            required: required(request.level, from_level),
            from_level,
            limit: request.limit,
        };
        query.wanted.extend(query.required.iter().map(|attribute| (attribute.level, attribute.tag)));
        query.read_keys(request)?;
        for name in request.include {
            query.want(Path::parse(name)?.root());
        }
        Ok(query)
    }

    fn read_keys(&mut self, request: &Request<'_>) -> Result<(), QueryError> {
        for (keyword, uid) in [("StudyInstanceUID", request.study), ("SeriesInstanceUID", request.series)] {
            if let Some(uid) = uid {
                self.keys.push(Key::uid(keyword, uid)?);
            }
        }
        for (name, value) in request.matching {
            let (path, matcher) = Key::parse(name, value, request.fuzzy)?;
            self.want(path.root());
            self.keys.extend(matcher.map(|matcher| Key { path, matcher }));
        }
        self.combine_date_and_time();
        Ok(())
    }

    /// An attribute of a lower level has not one value in a match, and does not come back.
    fn want(&mut self, attribute: &Attribute) {
        if attribute.level <= self.level {
            self.wanted.insert((attribute.level, attribute.tag));
        }
    }

    /// Study Date and Study Time together are one key (PS3.4 §C.2.2.2.5.4).
    fn combine_date_and_time(&mut self) {
        let find = |keyword| self.keys.iter().position(|key| key.path.leaf().keyword == keyword && is_column(key));
        let (Some(date), Some(time)) = (find("StudyDate"), find("StudyTime")) else { return };
        let (Matcher::Dates(dates), Matcher::Times(times)) = (&self.keys[date].matcher, &self.keys[time].matcher)
        else {
            return;
        };
        let moments: Range<_> = dates.with(*times);
        self.keys[date].matcher = Matcher::Moments(moments);
        self.keys.remove(time);
    }

    /// Most matches of this answer.
    pub fn limit(&self) -> usize {
        self.limit.map_or(self.server_limit(), |limit| limit.min(self.server_limit())) as usize
    }

    /// Whether the client would take more matches than the server gives at once.
    pub(super) fn is_limited_by_server(&self) -> bool {
        self.limit.is_none_or(|limit| limit > self.server_limit())
    }

    fn server_limit(&self) -> u32 {
        if self.include_all { MOST_WHOLE_MATCHES } else { MOST_MATCHES }
    }

    /// Whether any key or returned attribute is in the identity database.
    pub fn is_personal(&self) -> bool {
        self.keys.iter().any(Key::is_personal)
            || self.include_all
            || self.wanted.iter().any(|(_, tag)| {
                crate::attribute::by_tag(*tag).is_some_and(|attribute| attribute.home == Home::Identity)
            })
    }

    /// Names of the keys, for the audit trail; no values.
    pub fn key_names(&self) -> Vec<String> {
        let name = |key: &Key| match key.path.leaf() {
            Attribute { keyword: "", .. } => key.path.leaf().name(),
            attribute => attribute.keyword.to_owned(),
        };
        self.keys.iter().map(name).collect()
    }

    /// Whether an attribute comes back.
    pub(super) fn wants(&self, level: Level, tag: (u16, u16)) -> bool {
        (self.include_all && level >= self.from_level) || self.wanted.contains(&(level, tag))
    }

    /// The keys of a level that the index is asked.
    pub(super) fn open_keys(&self, level: Level) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.level() == level && !key.is_personal())
    }

    /// The keys of a level that the identity database is asked.
    pub(super) fn personal_keys(&self, level: Level) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.level() == level && key.is_personal())
    }

    /// The lowest level of a key that the index is asked.
    pub(super) fn lowest_open(&self) -> Option<Level> {
        self.keys.iter().filter(|key| !key.is_personal()).map(Key::level).max()
    }

    /// The lowest level of a key that the identity database is asked.
    pub(super) fn lowest_personal(&self) -> Option<Level> {
        self.keys.iter().filter(|key| key.is_personal()).map(Key::level).max()
    }
}

fn is_column(key: &Key) -> bool {
    matches!(key.path.place(), crate::attribute::Place::Column(_))
}

/// What a search at `level` returns in any case: its own attributes, in a relational search those of the levels above
/// too (PS3.18 §10.6.3.3), and always the UIDs above.
fn required(level: Level, from_level: Level) -> Vec<Attribute> {
    let is_uid_above = |attribute: &Attribute| {
        attribute.level < level && matches!(attribute.keyword, "StudyInstanceUID" | "SeriesInstanceUID")
    };
    let is_of_every_level = |attribute: &Attribute| {
        attribute.tag == TIMEZONE_OFFSET || (level == Level::Instance && attribute.keyword == "InstanceAvailability")
    };
    TABLE
        .iter()
        .filter(|attribute| {
            (attribute.returned && attribute.level <= level && attribute.level >= from_level)
                || is_uid_above(attribute)
                || is_of_every_level(attribute)
        })
        .copied()
        .collect()
}
