//! A requirement of the Standard as data, and what a check can find.

use crate::Suite;

/// How strongly the Standard asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whoever does otherwise does not conform.
    Shall,
    /// Recommended.
    Should,
    /// An option; whoever lacks it merely does not offer it.
    May,
}

impl Level {
    /// The Standard's word.
    pub fn name(self) -> &'static str {
        match self {
            Level::Shall => "shall",
            Level::Should => "should",
            Level::May => "may",
        }
    }
}

/// Asks the server and compares.
pub type Check = fn(&Suite) -> Verdict;

/// The result of one check.
pub type Verdict = Result<(), Finding>;

/// Why a requirement did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The server does otherwise.
    Failed {
        /// What was expected and what was seen.
        reason: String,
        /// Request line and Accept.
        request: String,
        /// HTTP status of the answer; `None` when there was none.
        status: Option<u16>,
    },
    /// The requirement says nothing about this server.
    NotApplicable(String),
}

/// One sentence of the Standard that can be tested.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// `WEB-10.6-012`: never used again for another requirement.
    pub id: &'static str,
    /// Where the Standard says so.
    pub clause: &'static str,
    /// How strongly.
    pub level: Level,
    /// The requirement in one sentence.
    pub text: &'static str,
    /// What the check cannot see, or how it reads the Standard.
    pub note: Option<&'static str>,
    /// `None` when there is no check yet; `unchecked.txt` lists these.
    pub check: Option<Check>,
}

impl Requirement {
    const fn new(level: Level, id: &'static str, clause: &'static str, text: &'static str, check: Check) -> Self {
        Self { id, clause, level, text, note: None, check: Some(check) }
    }

    /// The same with a note.
    pub const fn noted(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }

    /// The group of a report: the chapter and section of the id, `WEB-10.6`.
    pub fn group(&self) -> &'static str {
        self.id.rsplit_once('-').map_or(self.id, |(group, _)| group)
    }
}

/// A mandatory requirement.
pub const fn shall(id: &'static str, clause: &'static str, text: &'static str, check: Check) -> Requirement {
    Requirement::new(Level::Shall, id, clause, text, check)
}

/// A recommendation.
pub const fn should(id: &'static str, clause: &'static str, text: &'static str, check: Check) -> Requirement {
    Requirement::new(Level::Should, id, clause, text, check)
}

/// An option.
pub const fn may(id: &'static str, clause: &'static str, text: &'static str, check: Check) -> Requirement {
    Requirement::new(Level::May, id, clause, text, check)
}

/// A requirement that nothing checks yet.
pub const fn unchecked(level: Level, id: &'static str, clause: &'static str, text: &'static str) -> Requirement {
    Requirement { id, clause, level, text, note: None, check: None }
}
