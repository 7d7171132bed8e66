//! Search: one matching engine for QIDO-RS and C-FIND (PS3.4 §C.2.2.2).

use schema::attribute::Level;

use crate::Uid;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// What one match is: a Study, a Series or an Instance.
    pub level: Level,
    /// Only within this Study.
    pub study: Option<Uid>,
    /// Only within this Series.
    pub series: Option<Uid>,
    /// Attribute path (`PatientName`, `00100010`, `RequestAttributesSequence.ScheduledProcedureStepID`) and value as in the
    /// request, percent-decoded. All must match.
    pub matching: Vec<(String, String)>,
    /// Attributes wanted beyond the required ones (keyword, tag or path each).
    pub include: Vec<String>,
    /// `includefield=all`.
    pub include_all: bool,
    /// `fuzzymatching=true`.
    pub fuzzy: bool,
    /// Most matches wanted.
    pub limit: Option<u32>,
    /// Matches to skip.
    pub offset: u32,
}

/// What was found.
#[derive(Debug)]
pub struct SearchAnswer {
    /// Each match as a DICOM JSON object (PS3.18 Annex F), without Retrieve URL (0008,1190), which the shell knows.
    pub matches: Vec<serde_json::Map<String, serde_json::Value>>,
    /// There are more matches than were returned because the server's own limit was reached.
    pub truncated: bool,
    /// Fuzzy matching was asked for and not done.
    pub fuzzy_ignored: bool,
}

// impl Archive { pub async fn search(&self, actor: &Actor, search: Search) -> Result<SearchAnswer, Error> }
