//! Search: one matching engine for QIDO-RS and C-FIND (PS3.4 §C.2.2.2).

mod answering;
mod matches;

use schema::attribute::Level;
use schema::search::{Found, LONGEST, Query, QueryError, Request, SearchError};

use crate::archive::blocking;
use crate::audit::{Action, AuditEvent, Outcome};
use crate::database::failure;
use crate::deidentify::Hidden;
use crate::{Actor, Archive, Error, Right, Uid};

pub use answering::Answering;
pub use matches::Matches;
pub use schema::search::{Match, TooLong};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Search {
    /// What one match is: a patient, a Study, a Series or an Instance.
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
    /// Dates and times are matched each by itself, where a combined range was not agreed on (PS3.4 §C.5.1.1).
    pub apart: bool,
    /// Nothing comes back but what is named here, and the UIDs.
    pub only_asked: bool,
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
    /// Each match, without Retrieve URL (0008,1190), which the shell knows.
    pub matches: Vec<Match>,
    /// There are more matches than were returned.
    pub truncated: bool,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
    /// How many matches there are on all pages, when they were to be counted.
    pub total: Option<i64>,
}

/// A search as the databases are asked.
pub(crate) struct Asked {
    pub(crate) query: Query,
    /// With what it means, where pseudonyms were asked for.
    pub(crate) search: Search,
    /// What the audit trail says of it.
    pub(crate) keys: String,
}

/// Why a search makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// The attribute that it is about, as the search named it.
    pub attribute: Option<String>,
    /// What is wrong, the attribute's name included.
    pub words: String,
}

impl Archive {
    /// Answers a search: keys are checked before any database is asked, and every search is in the audit trail with the
    /// names of its keys. A search tells who the patients are: actors who may see de-identified data only get de-identified
    /// matches, and are refused what else would tell it.
    pub async fn search(&self, actor: &Actor, search: Search) -> Result<SearchAnswer, Error> {
        let Asked { query, search, keys } = self.asked(actor, &search).await?;
        let found = self.found(actor, query).await;
        self.audit_search(actor, &search, Outcome::of(&found), keys);
        let Found { matches, truncated, next, total } = found?;
        Ok(SearchAnswer { matches, truncated, next, total })
    }

    /// Whether the actor may search, and what is asked of the databases.
    pub(crate) async fn asked(&self, actor: &Actor, search: &Search) -> Result<Asked, Error> {
        if actor.identified {
            let query = self.permit_search(actor, search)?;
            return Ok(Asked { keys: keys(search, &query), query, search: search.clone() });
        }
        self.permit(actor, Right::Search)?;
        let unveiled = self.unveiled(search).await;
        if let Err(error) = &unveiled {
            let words = if matches!(error, Error::NotAuthorized(_)) { "identified data refused" } else { "refused" };
            self.audit_search(actor, search, Outcome::Failure, words.to_owned());
        }
        let Hidden { search, shuffled } = unveiled?;
        let query = search.query(Some(&shuffled))?;
        Ok(Asked { keys: format!("{}, de-identified", keys(&search, &query)), query, search })
    }

    /// Whether the actor may search identified data, and whether the search makes sense.
    pub(crate) fn permit_search(&self, actor: &Actor, search: &Search) -> Result<Query, Error> {
        self.permit(actor, Right::Search)?;
        if !actor.identified {
            self.audit_search(actor, search, Outcome::Failure, "identified data refused".to_owned());
            return Err(Error::NotAuthorized(
                "this user may see de-identified data only, and these are not".to_owned(),
            ));
        }
        search.query(None)
    }

    /// SOP Instance UIDs of Instances of a Study with this attribute, for somebody who may retrieve them.
    pub(crate) async fn instances_that_match(
        &self,
        study: Uid,
        (attribute, value): (&str, &str),
        most: u32,
    ) -> Result<Vec<String>, Error> {
        let matching = vec![(attribute.to_owned(), value.to_owned())];
        let of_study = Search { study: Some(study), matching, limit: Some(most), ..Search::of(Level::Instance) };
        let search = Search { only_asked: true, ..of_study };
        let found = self.run(search.query(None)?).await?;
        Ok(found.matches.into_iter().filter_map(|found| found.instance).collect())
    }

    /// What a query finds, as the actor may see it.
    async fn found(&self, actor: &Actor, query: Query) -> Result<Found, Error> {
        match self.run(query).await {
            Ok(found) if !actor.identified => self.veiled(found).await,
            found => found,
        }
    }

    async fn run(&self, query: Query) -> Result<Found, Error> {
        let (index, identity) = (self.0.index.clone(), self.0.identity.clone());
        blocking(move || {
            // Whoever needs both connections takes them in this order, so that nobody waits in a circle.
            let mut index = index.connection()?;
            let mut identity = identity.connection()?;
            schema::search::run(&mut index, &mut identity, &query).map_err(failed)
        })
        .await
    }

    pub(crate) fn audit_search(&self, actor: &Actor, search: &Search, outcome: Outcome, detail: String) {
        let text = |uid: &Option<Uid>| uid.as_ref().map(|uid| uid.as_str().to_owned());
        self.audit(AuditEvent {
            study: text(&search.study),
            series: text(&search.series),
            detail: Some(detail),
            ..AuditEvent::by(actor, Action::Search, outcome)
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
            apart: false,
            only_asked: false,
            order: Vec::new(),
            limit: None,
            offset: 0,
            after: None,
            total: false,
        }
    }

    /// Whether the search makes sense.
    ///
    /// # Errors
    /// What is wrong with it, for a client.
    pub fn check(&self) -> Result<(), Unclear> {
        self.parse(None).map(drop).map_err(|error| {
            let attribute = match &error {
                QueryError::UnknownAttribute(attribute) | QueryError::Attribute { attribute, .. } => {
                    Some(attribute.clone())
                }
                QueryError::Request(_) => None,
            };
            Unclear { attribute, words: error.to_string() }
        })
    }

    fn query(&self, shuffled: Option<&str>) -> Result<Query, Error> {
        self.parse(shuffled).map_err(|error| Error::BadRequest(error.to_string()))
    }

    fn parse(&self, shuffled: Option<&str>) -> Result<Query, QueryError> {
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
            apart: self.apart,
            only_asked: self.only_asked,
            order: &self.order,
            limit: self.limit,
            offset: self.offset,
            after: self.after.as_deref(),
            total: self.total,
            shuffled,
        };
        Query::parse(&request)
    }
}

/// What a search without an answer means to the archive.
pub(crate) fn failed(error: SearchError) -> Error {
    match error {
        SearchError::TooLong => Error::BadRequest(format!(
            "the search was stopped after {} seconds: name the Study, a patient or dates as well, because some of its keys \
             are looked for in every document",
            LONGEST.as_secs()
        )),
        SearchError::Database(error) => failure("one of the two databases", error),
    }
}

/// What the audit trail says of a search: no values.
pub(crate) fn keys(search: &Search, query: &Query) -> String {
    format!("{} by {}", level_word(search.level), query.key_names().join(" "))
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Patient => "patients",
        Level::Study => "studies",
        Level::Series => "series",
        Level::Instance => "instances",
    }
}
