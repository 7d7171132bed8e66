//! A request as a shell has it: nothing of it is checked yet.

use crate::attribute::Level;

/// A request as a shell has it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What one match is: a patient, a Study, a Series or an Instance.
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
    /// Two quotation marks match what has no value (PS3.4 §C.2.2.2.7).
    pub empty: bool,
    /// Of several values each must match (PS3.4 §C.2.2.2.8).
    pub multiple: bool,
    /// Dates and times are matched each by itself, not as moments (PS3.4 §C.2.2.2.5).
    pub apart: bool,
    /// Nothing comes back but what the request names, and the UIDs.
    pub only_asked: bool,
    /// Attributes that matches are ordered by, `-` before those that descend. None: the usual order of the level.
    pub order: &'a [String],
    /// Most matches wanted.
    pub limit: Option<u32>,
    /// Matches to skip.
    pub offset: u32,
    /// Only matches behind this place, a token of an earlier answer.
    pub after: Option<&'a str>,
    /// All matches are counted.
    pub total: bool,
    /// Where nothing else orders matches, they come in an order that says nothing of when they came. Hexadecimal digits, which
    /// make that of the series and instances of a study.
    pub shuffled: Option<&'a str>,
}

impl Request<'_> {
    /// Everything of this level.
    pub fn of(level: Level) -> Self {
        Self {
            level,
            study: None,
            series: None,
            matching: &[],
            include: &[],
            include_all: false,
            fuzzy: false,
            empty: false,
            multiple: false,
            apart: false,
            only_asked: false,
            order: &[],
            limit: None,
            offset: 0,
            after: None,
            total: false,
            shuffled: None,
        }
    }
}

/// What of the matches comes back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) limit: Option<u32>,
    pub(super) offset: u32,
    pub(super) include_all: bool,
    pub(super) total: bool,
}
