//! Searches whose matches are put in order elsewhere: the keys of all instances that match, and matches by these keys.

use diesel::PgConnection;

use super::bounded::{self, Clock, SearchError};
use super::find::{self, Keyed};
use super::resolve::{self, Resolved};
use super::statement::Statement;
use super::{Match, Query, answer, scan};

/// Rows fetched at once.
const BATCH: usize = 10_000;

/// The keys of all instances that match, in no order; `None`: a query without keys, which all match. The query is of the
/// level of instances. Eight bytes an instance are held.
pub fn keys(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
) -> Result<Option<Vec<i64>>, SearchError> {
    if query.keys.is_empty() {
        return Ok(None);
    }
    bounded::run(index, |index| {
        bounded::run(identity, |identity| match resolve::resolve(index, identity, query)? {
            Resolved::TooMany => scan::keys(index, identity, query),
            resolved => all(index, query, &resolved),
        })
    })
    .map(Some)
}

fn all(index: &mut PgConnection, query: &Query, resolved: &Resolved) -> Result<Vec<i64>, SearchError> {
    let clock = Clock::start();
    let mut statement = Statement::new("DECLARE named NO SCROLL CURSOR FOR SELECT ");
    statement.push(find::key(query.level)).push(" AS key");
    find::from(&mut statement, query.level);
    find::conditions(&mut statement, query, resolved, query.level);
    statement.execute(index)?;
    let mut keys = Vec::new();
    loop {
        clock.check()?;
        let batch: Vec<Keyed> = Statement::new(&format!("FETCH {BATCH} FROM named")).load(index)?;
        keys.extend(batch.iter().map(|row| row.key));
        if batch.len() < BATCH {
            break;
        }
    }
    Statement::new("CLOSE named").execute(index)?;
    Ok(keys)
}

/// The instances with these keys as matches of a query, whose keys are not asked for again; those that are gone are left out.
pub fn by_keys(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    keys: Vec<i64>,
) -> Result<Vec<Match>, SearchError> {
    let rows = find::by_keys(index, query, keys)?;
    let mut personal = answer::Personal::load(identity, query, &rows)?;
    Ok(rows.into_iter().map(|row| answer::represent(query, row, &mut personal)).collect())
}
