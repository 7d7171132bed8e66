//! The matching engine: a typed query value, and its SQL in both databases (PS3.4 §C.2.2.2).
//!
//! A request is read into a [`Query`] first, and refused there with words when it makes no sense; nothing of it reaches
//! a database but as a bound parameter. Keys that are personal are asked of the identity database, which gives a few
//! patients, studies, series or instances; the index is asked for these and for the other keys, in an order that stays
//! the same from page to page (patients are looked for the other way round); then the identity database gives what is personal about the matches. When the personal
//! keys match too many to be named, the index goes first, a batch of candidates at a time.
//!
//! The SQL is put together here as text, because its shape (which tables, which documents, which paths in them) is
//! only known with the query; Diesel's query language fixes it at compile time.

mod answer;
mod bounded;
mod condition;
mod contained;
mod find;
mod found;
mod key;
mod listed;
mod matcher;
mod name;
mod named;
mod order;
mod path;
mod patient;
mod query;
mod range;
mod request;
mod resolve;
mod scan;
mod statement;
mod value;
mod wanted;
mod worklist;

use diesel::PgConnection;

use crate::attribute::Level;

pub(crate) use answer::remove_folded;
pub use bounded::{LONGEST, SearchError};
pub use found::{Match, TooLong, too_long};
pub use listed::{Listed, Listing, list, page};
pub use named::{Named, by_keys, keys, matching};
pub use path::Path;
pub(crate) use path::Step;
pub use query::{MOST_MATCHES, MOST_WHOLE_MATCHES, Query};
pub use request::Request;
pub use worklist::{
    MOST_ITEMS, WorklistFound, WorklistMatch, WorklistPlace, WorklistQuery, WorklistRequest, run_worklist,
};

/// What is wrong with a request, in words for its client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No such attribute.
    #[error("{0} is not an attribute that this server knows")]
    UnknownAttribute(String),
    /// The attribute is known and cannot be used as it was.
    #[error("{attribute}: {reason}")]
    Attribute {
        /// As in the request.
        attribute: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Too much of something, or a level that is not searched.
    #[error("{0}")]
    Request(&'static str),
}

impl QueryError {
    /// The same about an attribute that stands in the value of a parameter.
    fn within(self, parameter: &str) -> Self {
        match self {
            Self::UnknownAttribute(attribute) => Self::Attribute {
                attribute: format!("{parameter}={attribute}"),
                reason: "this is not an attribute that this server knows",
            },
            Self::Attribute { attribute, reason } => {
                Self::Attribute { attribute: format!("{parameter}={attribute}"), reason }
            }
            other => other,
        }
    }
}

/// What a query found.
#[derive(Debug)]
pub struct Found {
    /// Each match, without Retrieve URL (0008,1190).
    pub matches: Vec<Match>,
    /// There are more.
    pub truncated: bool,
    /// Where the next page begins, when there is one: a token that a request for it holds.
    pub next: Option<String>,
    /// How many matches there are on all pages, when they were to be counted.
    pub total: Option<i64>,
}

/// Answers a query, within a bounded time.
pub fn run(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> Result<Found, SearchError> {
    if query.level == Level::Patient {
        return match query.is_quick() {
            true => patient::find(index, identity, query),
            false => {
                bounded::run(index, |index| bounded::run(identity, |identity| patient::find(index, identity, query)))
            }
        };
    }
    if query.is_quick() {
        return match resolve::resolve(index, identity, query)? {
            resolve::Resolved::TooMany => run_bounded(index, identity, query),
            resolved => answer(index, identity, query, &resolved),
        };
    }
    run_bounded(index, identity, query)
}

fn run_bounded(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> Result<Found, SearchError> {
    bounded::run(index, |index| {
        bounded::run(identity, |identity| {
            let resolved = resolve::resolve(index, identity, query)?;
            answer(index, identity, query, &resolved)
        })
    })
}

fn answer(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    resolved: &resolve::Resolved,
) -> Result<Found, SearchError> {
    let mut rows = match resolved {
        resolve::Resolved::TooMany => scan::find(index, identity, query)?,
        resolved => find::find(index, query, resolved)?,
    };
    let total = if query.total() { Some(count(index, identity, query, resolved)?) } else { None };
    let more = rows.len() > query.limit();
    rows.truncate(query.limit());
    let next = rows.last().filter(|_| more).map(|row| query.token(&row.position));
    let mut personal = answer::Personal::load(identity, query, &rows)?;
    let matches = rows.into_iter().map(|row| answer::represent(query, row, &mut personal)).collect();
    Ok(Found { matches, truncated: more, next, total })
}

fn count(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    resolved: &resolve::Resolved,
) -> Result<i64, SearchError> {
    match resolved {
        resolve::Resolved::TooMany => scan::count(index, identity, query),
        resolved => Ok(find::count(index, query, resolved)?),
    }
}
