//! A request read and checked: what is searched, by which keys, and which attributes come back.

use std::collections::BTreeSet;

use super::QueryError;
use super::find::FAR;
use super::key::{Key, combine_dates_and_times, keep_sequences_together};
use super::matcher::{Manner, Matcher};
use super::order::{Order, Position, token};
use super::path::{Path, shown};
use super::range;
use super::request::{Page, Request};
use super::statement::{Bind, Statement};
use crate::attribute::{Attribute, Home, Level, Place, TABLE, TIMEZONE_OFFSET};

/// Most matches of one answer: who wants more asks for the next page.
pub const MOST_MATCHES: u32 = 10_000;
/// The same when every attribute is wanted.
pub const MOST_WHOLE_MATCHES: u32 = 2_000;
/// Most keys, and most attributes asked for, in one request.
const MOST_NAMES: usize = 200;

/// A request that makes sense.
#[derive(Debug, Clone)]
pub struct Query {
    pub(super) level: Level,
    pub(super) keys: Vec<Key>,
    /// Attributes that come back, by level.
    pub(super) wanted: BTreeSet<(Level, (u16, u16))>,
    /// Private elements that come back: group, creator, last byte of the tag.
    pub(super) private: Vec<(u16, String, u8)>,
    /// Attributes that come back even without a value.
    pub(super) required: Vec<Attribute>,
    /// The highest level of which attributes come back, beyond its UID.
    pub(super) from_level: Level,
    pub(super) order: Order,
    page: Page,
    place: Option<Vec<Option<Bind>>>,
}

impl Query {
    /// Reads a request, or says what is wrong with it.
    pub fn parse(request: &Request<'_>) -> Result<Self, QueryError> {
        if request.level == Level::Patient && (request.total || request.offset > 0 || request.include_all) {
            return Err(QueryError::Request("patients are not counted, skipped or told whole"));
        }
        if request.matching.len() > MOST_NAMES || request.include.len() > MOST_NAMES {
            return Err(QueryError::Request("the request names too many attributes"));
        }
        let from_level = match (request.level, request.study, request.series) {
            (Level::Patient | Level::Study, _, _) | (_, None, None) => Level::Patient,
            (Level::Instance, _, Some(_)) => Level::Instance,
            _ => Level::Series,
        };
        let mut query = Self {
            level: request.level,
            keys: read_keys(request)?,
            wanted: BTreeSet::new(),
            private: Vec::new(),
            required: required(request, from_level),
            from_level,
            order: Order::parse(request.order, request.level, request.shuffled)?,
            page: Page {
                limit: request.limit,
                offset: request.offset,
                include_all: request.include_all,
                total: request.total,
            },
            place: None,
        };
        query.wanted.extend(query.required.iter().map(|attribute| (attribute.level, attribute.tag)));
        for (name, _) in request.matching {
            query.want(&Path::parse(name)?);
        }
        for name in request.include {
            query.want(&Path::parse(name).map_err(|error| error.within("includefield"))?);
        }
        query.place = request.after.map(|token| query.read_place(token)).transpose()?;
        Ok(query)
    }

    fn read_place(&self, token: &str) -> Result<Vec<Option<Bind>>, QueryError> {
        let refuse = |reason| QueryError::Attribute { attribute: "after".to_owned(), reason };
        if self.page.offset > 0 {
            return Err(refuse("a search that goes on after a page has no offset"));
        }
        self.order.read(token, self.print()).ok_or_else(|| refuse("this does not come from an answer to this search"))
    }

    /// Whether indexes answer it at once, so that it needs no bound on its time: the first page of everything, or keys
    /// that are UIDs, Patient IDs and Study Dates.
    pub(super) fn is_quick(&self) -> bool {
        let is_quick = |key: &Key| match key.path.place() {
            Place::Column("patient_id") => key.is_exact(),
            // The usual order is that of the dates: a page is one stretch of their index.
            Place::Column("study_date") => {
                let is_range = matches!(key.matcher, Matcher::Dates(_) | Matcher::Paired(_));
                self.level == Level::Study && key.zone.is_none() && is_range
            }
            _ => key.names_rows(),
        };
        self.order.is_usual() && !self.page.total && self.page.offset < FAR && self.keys.iter().all(is_quick)
    }

    /// What tells this search from another one, whatever the page.
    fn print(&self) -> u64 {
        let text = format!("{:?}{:?}{:?}", self.level, self.keys, self.order);
        // FNV-1a: the same in every process, and nothing depends on its being hard to forge.
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |print, byte| (print ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    /// Adds ` AND …`: only matches behind the place where the page begins.
    pub(super) fn after(&self, statement: &mut Statement) {
        if let Some(place) = &self.place {
            self.order.after(statement, place);
        }
    }

    /// A token of the place behind this row.
    pub(super) fn token(&self, position: &Position) -> String {
        token(self.print(), position)
    }

    /// An attribute of a lower level has not one value in a match, and does not come back.
    fn want(&mut self, path: &Path) {
        let attribute = path.root();
        match &path.steps()[0].creator {
            Some(creator) => {
                let (group, element) = attribute.tag;
                self.private.push((group, creator.clone(), element as u8));
            }
            None if attribute.level <= self.level => {
                self.wanted.insert((attribute.level, attribute.tag));
            }
            None => {}
        }
    }

    /// Most matches of this answer.
    pub fn limit(&self) -> usize {
        self.page.limit.map_or(self.server_limit(), |limit| limit.min(self.server_limit())) as usize
    }

    fn server_limit(&self) -> u32 {
        if self.page.include_all { MOST_WHOLE_MATCHES } else { MOST_MATCHES }
    }

    /// Matches to skip.
    pub(super) fn offset(&self) -> u32 {
        self.page.offset
    }

    /// Whether all attributes come back.
    pub(super) fn include_all(&self) -> bool {
        self.page.include_all
    }

    /// Whether all matches are counted.
    pub(super) fn total(&self) -> bool {
        self.page.total
    }

    /// Whether any key or returned attribute is in the identity database.
    pub fn is_personal(&self) -> bool {
        self.keys.iter().any(|key| key.is_personal)
            || self.page.include_all
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
        (self.page.include_all && level >= self.from_level) || self.wanted.contains(&(level, tag))
    }

    /// The keys of a level that the index is asked.
    pub(super) fn open_keys(&self, level: Level) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.level() == level && !key.is_personal)
    }

    /// The keys of a level that the identity database is asked.
    pub(super) fn personal_keys(&self, level: Level) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.level() == level && key.is_personal)
    }

    /// The lowest level of a key that the index is asked.
    pub(super) fn lowest_open(&self) -> Option<Level> {
        self.keys.iter().filter(|key| !key.is_personal).map(Key::level).max()
    }

    /// The lowest level of a key that the identity database is asked.
    pub(super) fn lowest_personal(&self) -> Option<Level> {
        self.keys.iter().filter(|key| key.is_personal).map(Key::level).max()
    }
}

fn read_keys(request: &Request<'_>) -> Result<Vec<Key>, QueryError> {
    let mut keys = Vec::new();
    for (keyword, uid) in [("StudyInstanceUID", request.study), ("SeriesInstanceUID", request.series)] {
        if let Some(uid) = uid {
            keys.push(Key::uid(keyword, uid)?);
        }
    }
    let zone = read_zone(request)?;
    let manner = Manner { fuzzy: request.fuzzy, empty: request.empty, multiple: request.multiple, zone };
    for (name, value) in request.matching.iter().filter(|(name, value)| !is_zone(name) || is_empty(request, value)) {
        let (path, matcher) = Key::parse(name, value, manner)?;
        keys.extend(matcher.map(|matcher| Key::new(path, matcher, zone)));
    }
    combine_dates_and_times(&mut keys, request.apart);
    keep_sequences_together(&mut keys);
    for key in &keys {
        key.check()?;
    }
    Ok(keys)
}

/// Timezone Offset From UTC (0008,0201) is no key: it says what the other keys mean (PS3.4 §C.2.2.2.5).
fn read_zone(request: &Request<'_>) -> Result<Option<i32>, QueryError> {
    let mut zones = request.matching.iter().filter(|(name, value)| is_zone(name) && !is_empty(request, value));
    let Some((name, value)) = zones.next() else { return Ok(None) };
    let refuse = |reason| QueryError::Attribute { attribute: shown(name), reason };
    if zones.next().is_some() {
        return Err(refuse("dates and times are meant in one zone"));
    }
    if matches!(value.trim(), "" | "*") {
        return Ok(None);
    }
    range::zone(value).map(Some).ok_or_else(|| refuse("an offset from UTC is +HHMM or -HHMM"))
}

fn is_zone(name: &str) -> bool {
    Path::parse(name).is_ok_and(|path| path.steps().len() == 1 && path.root().tag == TIMEZONE_OFFSET)
}

fn is_empty(request: &Request<'_>, value: &str) -> bool {
    request.empty && value.trim() == "\"\""
}

/// What a search returns in any case: the attributes of its level, in a relational search those of the levels above too
/// (PS3.18 §10.6.3.3), and always the UIDs above. Only UIDs when nothing but what was asked for shall come.
fn required(request: &Request<'_>, from_level: Level) -> Vec<Attribute> {
    let level = request.level;
    let is_uid = |attribute: &Attribute| {
        attribute.level <= level
            && matches!(attribute.keyword, "StudyInstanceUID" | "SeriesInstanceUID" | "SOPInstanceUID")
    };
    let is_of_every_level = |attribute: &Attribute| {
        (level > Level::Patient && attribute.tag == TIMEZONE_OFFSET)
            || (level == Level::Instance && attribute.keyword == "InstanceAvailability")
    };
    let is_usual = |attribute: &Attribute| {
        (attribute.returned && attribute.level <= level && attribute.level >= from_level)
            || is_of_every_level(attribute)
    };
    let is_required = |attribute: &&Attribute| is_uid(attribute) || (!request.only_asked && is_usual(attribute));
    TABLE.iter().filter(is_required).copied().collect()
}
