//! Searches whose matches are put in order elsewhere: the keys of all instances that match, and matches by these keys.

use diesel::PgConnection;

use super::bounded::{self, Clock, SearchError};
use super::find::{self, Keyed};
use super::resolve::{self, Resolved};
use super::statement::{Bind, Statement};
use super::{Match, Query, answer, scan};
use crate::attribute::Level;

/// Rows fetched at once.
const BATCH: usize = 10_000;

/// Rows asked about at once.
const TOGETHER: usize = 4_000;

/// The instances that match a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A query without keys, which all match.
    All,
    /// Their keys, in no order.
    These(Vec<i64>),
    /// More than were to be named.
    Many,
}

/// The keys of all instances that match, unless they are more than `most`. The query is of the level of instances. Eight
/// bytes an instance are held.
pub fn keys(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    most: usize,
) -> Result<Named, SearchError> {
    if query.keys.is_empty() {
        return Ok(Named::All);
    }
    let keys = bounded::run(index, |index| {
        bounded::run(identity, |identity| match resolve::resolve(index, identity, query)? {
            Resolved::TooMany => scan::keys(index, identity, query, most),
            resolved => all(index, query, &resolved, most),
        })
    })?;
    Ok(if keys.len() > most { Named::Many } else { Named::These(keys) })
}

/// Those of these instances that match, in no order. Only they are looked into, however many match.
pub fn matching(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    keys: &[i64],
) -> Result<Vec<i64>, SearchError> {
    if query.keys.is_empty() {
        return Ok(keys.to_vec());
    }
    let clock = Clock::start();
    bounded::run(index, |index| {
        bounded::run(identity, |identity| {
            let mut all = Vec::new();
            for keys in keys.chunks(TOGETHER) {
                clock.check()?;
                match query.lowest_personal() {
                    Some(level) => all.extend(scan::matching(index, identity, query, (level, keys))?),
                    None => {
                        let mut statement = Statement::new("SELECT i.instance_key AS key");
                        among(&mut statement, query, keys);
                        all.extend(statement.load::<Keyed>(index)?.into_iter().map(|row| row.key));
                    }
                }
            }
            Ok(all)
        })
    })
}

/// Adds tables, and what the index is asked of these instances.
pub(super) fn among(statement: &mut Statement, query: &Query, keys: &[i64]) {
    find::from(statement, Level::Instance);
    find::conditions(statement, query, &Resolved::Everything, Level::Instance);
    statement.push(" AND i.instance_key = ANY(").bind(Bind::Keys(keys.to_vec())).push(")");
}

/// All that match, or some more than `most`.
fn all(index: &mut PgConnection, query: &Query, resolved: &Resolved, most: usize) -> Result<Vec<i64>, SearchError> {
    let clock = Clock::start();
    let mut statement = Statement::new("DECLARE named NO SCROLL CURSOR FOR SELECT ");
    statement.push(find::key(query.level)).push(" AS key");
    find::from(&mut statement, query.level);
    find::conditions(&mut statement, query, resolved, query.level);
    statement.execute(index)?;
    let mut keys = Vec::new();
    while keys.len() <= most {
        clock.check()?;
        let wanted = BATCH.min((most - keys.len()).saturating_add(1));
        let batch: Vec<Keyed> = Statement::new(&format!("FETCH {wanted} FROM named")).load(index)?;
        keys.extend(batch.iter().map(|row| row.key));
        if batch.len() < wanted {
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
