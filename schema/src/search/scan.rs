//! Searches whose personal keys match too many to be named: the index gives candidates in order, the identity database
//! says which of them match, until there is a page of matches. Memory holds one batch and one page.

use std::collections::HashSet;

use diesel::{Connection, PgConnection, QueryResult};

use super::Query;
use super::find::{self, Candidate, Row};
use super::resolve::{self, Resolved};
use super::statement::Statement;
use crate::attribute::Level;

/// Candidates asked about at once: first, and at most. When nearly everything matches, the first are enough.
const FIRST_BATCH: usize = 500;
const LARGEST_BATCH: usize = 4_000;

/// A page of matches, and one more when there is one.
pub(super) fn find(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> QueryResult<Vec<Row>> {
    let Some(level) = query.lowest_personal() else { return find::find(index, query, &Resolved::Everything) };
    // One snapshot for candidates and rows: a cursor lives in a transaction anyway.
    index.transaction(|index| {
        candidates(query, level).execute(index)?;
        let keys = matching(index, identity, query, level)?;
        find::by_keys(index, query, keys)
    })
}

/// The cursor over everything that the other keys match.
fn candidates(query: &Query, level: Level) -> Statement {
    let name = match level {
        Level::Patient => "st.patient_key::text",
        Level::Study => "st.study_instance_uid",
        Level::Series => "se.series_instance_uid",
        Level::Instance => "i.sop_instance_uid",
    };
    // A key below the level of the matches: each match comes once for every row of that level.
    let tables = level.max(query.level);
    let mut statement = Statement::new("DECLARE candidates NO SCROLL CURSOR FOR SELECT ");
    statement.push(&format!("{} AS key, {name} AS name", find::key(query.level)));
    find::from(&mut statement, tables);
    find::conditions(&mut statement, query, &Resolved::Everything, tables);
    statement.push(find::order(query.level));
    statement
}

/// Keys of the page's matches.
fn matching(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    level: Level,
) -> QueryResult<Vec<i64>> {
    let mut page = Vec::new();
    let mut skip = query.offset;
    let mut last = None;
    let mut size = FIRST_BATCH;
    while page.len() <= query.limit() {
        let batch: Vec<Candidate> = Statement::new(&format!("FETCH {size} FROM candidates")).load(index)?;
        let names: HashSet<String> = batch.iter().map(|candidate| candidate.name.clone()).collect();
        let names: HashSet<String> =
            resolve::among(identity, query, level, names.into_iter().collect())?.into_iter().collect();
        let ended = batch.len() < size;
        size = LARGEST_BATCH.min(size * 2);
        // Rows of one match follow each other, because the order ends with its key.
        for candidate in batch.into_iter().filter(|candidate| names.contains(&candidate.name)) {
            if last.replace(candidate.key) == Some(candidate.key) {
                continue;
            }
            match skip {
                0 => page.push(candidate.key),
                _ => skip -= 1,
            }
        }
        if ended {
            break;
        }
    }
    page.truncate(query.limit() + 1);
    Ok(page)
}
