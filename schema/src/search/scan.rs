//! Searches whose personal keys match too many to be named: the index gives candidates in order, the identity database
//! says which of them match, until there is a page of matches. Memory holds one batch and one page.

use std::collections::HashSet;

use diesel::{PgConnection, QueryResult};

use super::bounded::{Clock, SearchError};
use super::find::{self, Candidate, Placed, Row};
use super::resolve::{self, Resolved};
use super::statement::Statement;
use super::{Query, named};
use crate::attribute::Level;

/// Candidates asked about at once: first, and at most. When nearly everything matches, the first are enough.
const FIRST_BATCH: usize = 500;
const LARGEST_BATCH: usize = 4_000;

/// A page of matches, and one more when there is one. In a transaction, in which a cursor lives.
pub(super) fn find(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
) -> Result<Vec<Row>, SearchError> {
    let keys = page(index, identity, query)?;
    Ok(find::by_keys(index, query, keys)?)
}

/// The same without what is told of them.
pub(super) fn places(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
) -> Result<Vec<Placed>, SearchError> {
    let keys = page(index, identity, query)?;
    Ok(find::places_of(index, query, keys)?)
}

/// The keys of a page. Without personal keys there is nothing to ask about: then they are not too many to be named.
fn page(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> Result<Vec<i64>, SearchError> {
    let Some(level) = query.lowest_personal() else { return Ok(Vec::new()) };
    let clock = Clock::start();
    candidates(query, level, true).execute(index)?;
    let mut matching = Matching { query, level, last: None, size: FIRST_BATCH, ended: false };
    let mut page = Vec::new();
    let mut skip = query.offset();
    while page.len() <= query.limit() && !matching.ended {
        clock.check()?;
        for key in matching.next(index, identity)? {
            match skip {
                0 => page.push(key),
                _ => skip -= 1,
            }
        }
    }
    close(index)?;
    page.truncate(query.limit() + 1);
    Ok(page)
}

/// How many matches there are. Everything is asked about: it takes as long as it takes, within the bound of all searches.
pub(super) fn count(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> Result<i64, SearchError> {
    let Some(level) = query.lowest_personal() else { return Ok(find::count(index, query, &Resolved::Everything)?) };
    let clock = Clock::start();
    candidates(query, level, false).execute(index)?;
    let mut matching = Matching { query, level, last: None, size: LARGEST_BATCH, ended: false };
    let mut count = 0;
    while !matching.ended {
        clock.check()?;
        count += matching.next(index, identity)?.len() as i64;
    }
    close(index)?;
    Ok(count)
}

/// The keys of all matches, in order, or of the first ones when they are more than `most`.
pub(super) fn keys(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    most: usize,
) -> Result<Vec<i64>, SearchError> {
    let mut keys = Vec::new();
    // More personal keys than can be named: there is a level of them.
    let Some(level) = query.lowest_personal() else { return Ok(keys) };
    let clock = Clock::start();
    candidates(query, level, false).execute(index)?;
    let mut matching = Matching { query, level, last: None, size: LARGEST_BATCH, ended: false };
    while !matching.ended && keys.len() <= most {
        clock.check()?;
        keys.extend(matching.next(index, identity)?);
    }
    close(index)?;
    Ok(keys)
}

/// Those of these instances that match, where `level` is the lowest of a personal key.
pub(super) fn matching(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    (level, keys): (Level, &[i64]),
) -> QueryResult<Vec<i64>> {
    let mut statement = Statement::new(&format!("SELECT i.instance_key AS key, {} AS name", name(level)));
    named::among(&mut statement, query, keys);
    let candidates: Vec<Candidate> = statement.load(index)?;
    let names = matching_names(identity, query, level, &candidates)?;
    Ok(candidates.into_iter().filter(|row| names.contains(&row.name)).map(|row| row.key).collect())
}

/// What the identity database knows those of the candidates by that match.
fn matching_names(
    identity: &mut PgConnection,
    query: &Query,
    level: Level,
    candidates: &[Candidate],
) -> QueryResult<HashSet<String>> {
    let names: HashSet<String> = candidates.iter().map(|candidate| candidate.name.clone()).collect();
    Ok(resolve::among(identity, query, level, names.into_iter().collect())?.into_iter().collect())
}

/// What the identity database knows a row of the index by.
fn name(level: Level) -> &'static str {
    match level {
        Level::Patient => "st.patient_key::text",
        Level::Study => "st.study_instance_uid",
        Level::Series => "se.series_instance_uid",
        Level::Instance => "i.sop_instance_uid",
    }
}

fn close(index: &mut PgConnection) -> QueryResult<usize> {
    Statement::new("CLOSE candidates").execute(index)
}

/// The cursor over everything that the other keys match, or what of it is behind the place where the page begins.
fn candidates(query: &Query, level: Level, is_page: bool) -> Statement {
    let name = name(level);
    // A key below the level of the matches: each match comes once for every row of that level.
    let tables = level.max(query.level);
    let mut statement = Statement::new("DECLARE candidates NO SCROLL CURSOR FOR SELECT ");
    statement.push(&format!("{} AS key, {name} AS name", find::key(query.level)));
    find::from(&mut statement, tables);
    find::conditions(&mut statement, query, &Resolved::Everything, tables);
    if is_page {
        query.after(&mut statement);
    }
    statement.push(&query.order.sql());
    statement
}

/// Candidates, a batch at a time.
struct Matching<'a> {
    query: &'a Query,
    level: Level,
    last: Option<i64>,
    size: usize,
    ended: bool,
}

impl Matching<'_> {
    /// Keys of the matches among the next candidates.
    fn next(&mut self, index: &mut PgConnection, identity: &mut PgConnection) -> QueryResult<Vec<i64>> {
        let fetch = format!("FETCH {} FROM candidates", self.size);
        let batch: Vec<Candidate> = Statement::new(&fetch).load(index)?;
        self.ended = batch.len() < self.size;
        self.size = LARGEST_BATCH.min(self.size * 2);
        let names = matching_names(identity, self.query, self.level, &batch)?;
        let mut keys: Vec<i64> = batch
            .into_iter()
            .filter(|candidate| names.contains(&candidate.name))
            .map(|candidate| candidate.key)
            .collect();
        // Rows of one match follow each other, because the order ends with its key.
        keys.retain(|key| self.last.replace(*key) != Some(*key));
        Ok(keys)
    }
}
