//! Search: one matching engine for QIDO-RS and C-FIND (PS3.4 §C.2.2.2).

use schema::attribute::Level;
use schema::search::{Found, LONGEST, Query, Request, SearchError};

use crate::archive::blocking;
use crate::audit::{Action, AuditEvent, Outcome};
use crate::database::failure;
use crate::{Actor, Archive, Error, Right, Uid};

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
    /// `emptyvaluematching=true`.
    pub empty: bool,
    /// `multiplevaluematching=true`.
    pub multiple: bool,
    /// Attributes that matches are ordered by, `-` before those that descend; none: newest first, then by number.
    pub order: Vec<String>,
    /// Most matches wanted.
    pub limit: Option<u32>,
    /// Matches to skip.
    pub offset: u32,
    /// Only what comes after the page whose answer said this ([`SearchAnswer::next`]).
    pub after: Option<String>,
    /// All matches are to be counted.
    pub total: bool,
}

/// What was found.
#[derive(Debug)]
pub struct SearchAnswer {
    /// Each match as a DICOM JSON object (PS3.18 Annex F), without Retrieve URL (0008,1190), which the shell knows.
    pub matches: Vec<serde_json::Map<String, serde_json::Value>>,
    /// There are more matches than were returned because the server's own limit was reached.
    pub truncated: bool,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
    /// How many matches there are on all pages, when they were to be counted.
    pub total: Option<i64>,
}

impl Archive {
    /// Answers a search: keys are checked before any database is asked, and every search is in the audit trail with the
    /// names of its keys. A search tells who the patients are: actors who may see de-identified data only are refused.
    pub async fn search(&self, actor: &Actor, search: Search) -> Result<SearchAnswer, Error> {
        self.permit(actor, Right::Search)?;
        let (study, series) = (search.study.clone(), search.series.clone());
        if !actor.identified {
            self.audit_search(actor, study, series, Outcome::Failure, "identified data refused".to_owned());
            return Err(Error::NotAuthorized(
                "this user may see de-identified data only, and these are not".to_owned(),
            ));
        }
        let query = search.query()?;
        let keys = format!("{} by {}", level_word(search.level), query.key_names().join(" "));
        let found = self.run(query).await;
        let outcome = if found.is_ok() { Outcome::Success } else { Outcome::Failure };
        self.audit_search(actor, study, series, outcome, keys);
        let Found { matches, truncated, next, total } = found?;
        Ok(SearchAnswer { matches, truncated, next, total })
    }

    async fn run(&self, query: Query) -> Result<Found, Error> {
        let (index, identity) = (self.0.index.clone(), self.0.identity.clone());
        blocking(move || {
            // Whoever needs both connections takes them in this order, so that nobody waits in a circle.
            let mut index = index.connection()?;
            let mut identity = identity.connection()?;
            schema::search::run(&mut index, &mut identity, &query).map_err(|error| match error {
                SearchError::TooLong => Error::BadRequest(format!(
                    "the search was stopped after {} seconds: name the Study, a patient or dates as well, because some of \
                     its keys are looked for in every document",
                    LONGEST.as_secs()
                )),
                SearchError::Database(error) => failure("one of the two databases", error),
            })
        })
        .await
    }

    fn audit_search(&self, actor: &Actor, study: Option<Uid>, series: Option<Uid>, outcome: Outcome, detail: String) {
        self.audit(AuditEvent {
            action: Action::Search,
            actor: actor.name.clone(),
            address: actor.address,
            via: actor.via,
            study: study.map(|uid| uid.as_str().to_owned()),
            series: series.map(|uid| uid.as_str().to_owned()),
            instance: None,
            outcome,
            detail: Some(detail),
        });
    }
}

impl Search {
    /// Everything of this level.
    pub fn of(level: Level) -> Self {
        Self {
            level,
            study: None,
            series: None,
            matching: Vec::new(),
            include: Vec::new(),
            include_all: false,
            fuzzy: false,
            empty: false,
            multiple: false,
            order: Vec::new(),
            limit: None,
            offset: 0,
            after: None,
            total: false,
        }
    }

    fn query(&self) -> Result<Query, Error> {
        let request = Request {
            level: self.level,
            study: self.study.as_ref().map(Uid::as_str),
            series: self.series.as_ref().map(Uid::as_str),
            matching: &self.matching,
            include: &self.include,
            include_all: self.include_all,
            fuzzy: self.fuzzy,
            empty: self.empty,
            multiple: self.multiple,
            order: &self.order,
            limit: self.limit,
            offset: self.offset,
            after: self.after.as_deref(),
            total: self.total,
        };
        Query::parse(&request).map_err(|error| Error::BadRequest(error.to_string()))
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Patient => "patients",
        Level::Study => "studies",
        Level::Series => "series",
        Level::Instance => "instances",
    }
}
