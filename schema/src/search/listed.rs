//! Large answers: which rows they have is found first, what is told of them a page at a time, as it is sent. A row of the list
//! takes some hundred bytes, what is told of one may be megabytes.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Json, Nullable};

use super::bounded::{self, SearchError};
use super::find::{self, Placed};
use super::found::{TooLong, shown};
use super::resolve::{self, Resolved};
use super::{Match, Query, answer, count, scan};
use crate::attribute::{self, Level};
use crate::identity::instance_headers;

/// Most bytes of documents, as the databases keep them (compressed from some 2 KiB on), of one page.
const PAGE_BYTES: i64 = 1 << 20;
/// Most rows of one page.
const PAGE_ROWS: usize = 500;
/// Most matches whose documents are small that are answered at once.
const AT_ONCE: usize = 500;

diesel::define_sql_function! {
    /// Bytes of a value as it is kept, which is not read for it.
    fn pg_column_size(value: Nullable<Json>) -> Nullable<Integer>;
}

/// A row of an answer that is still to be told.
#[derive(Debug)]
struct Row {
    key: i64,
    size: i64,
}

/// The rows of an answer, in order.
#[derive(Debug, Default)]
pub struct Listing {
    rows: std::collections::VecDeque<Row>,
}

impl Listing {
    /// How many are left.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether all were told.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The keys of the next page: one row at least.
    fn next(&mut self) -> Vec<i64> {
        let (mut keys, mut bytes) = (Vec::new(), 0);
        while let Some(row) = self.rows.front() {
            bytes += row.size;
            if !keys.is_empty() && (bytes > PAGE_BYTES || keys.len() >= PAGE_ROWS) {
                break;
            }
            keys.push(row.key);
            self.rows.pop_front();
        }
        keys
    }
}

/// An answer before anything is told of its matches.
#[derive(Debug)]
pub struct Listed {
    /// Its rows.
    pub rows: Listing,
    /// There are more matches.
    pub truncated: bool,
    /// Where the next answer begins, when there is one.
    pub next: Option<String>,
    /// How many matches there are, when they were to be counted.
    pub total: Option<i64>,
    /// What is not told of its rows. Of private attributes that are named by their creator it is known when they are told, and
    /// so it is of what earlier versions stored.
    pub left_out: TooLong,
}

impl Query {
    /// Whether its answer may be large: whoever asks for it shall list it first.
    pub fn may_be_large(&self) -> bool {
        let is_whole = self.level == Level::Instance
            && (find::wants_document(self, Level::Instance) || answer::wants_personal(self, Level::Instance));
        self.level > Level::Patient && (self.limit() > AT_ONCE || self.include_all() || is_whole)
    }
}

/// The rows of an answer, within a bounded time.
pub fn list(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> Result<Listed, SearchError> {
    bounded::run(index, |index| {
        bounded::run(identity, |identity| {
            let resolved = resolve::resolve(index, identity, query)?;
            let mut rows = match &resolved {
                Resolved::TooMany => scan::places(index, identity, query)?,
                resolved => find::places(index, query, resolved)?,
            };
            let total = if query.total() { Some(count(index, identity, query, &resolved)?) } else { None };
            let truncated = rows.len() > query.limit();
            rows.truncate(query.limit());
            let next = rows.last().filter(|_| truncated).map(|row| query.token(&row.position));
            let sizes = personal_sizes(identity, query, &rows)?;
            let size = |row: &Placed| {
                let personal = row.uid.as_ref().and_then(|uid| sizes.get(uid)).copied().unwrap_or(0);
                i64::from(row.size) + i64::from(personal)
            };
            let left_out = too_long(query, &rows);
            let rows = rows.iter().map(|row| Row { key: row.key, size: size(row) }).collect();
            Ok(Listed { rows: Listing { rows }, truncated, next, total, left_out })
        })
    })
}

/// What is told of the next rows, whose documents are a page together; none when all were told. Rows that are gone by now are
/// left out.
pub fn page(
    index: &mut PgConnection,
    identity: &mut PgConnection,
    query: &Query,
    rows: &mut Listing,
) -> Result<Vec<Match>, SearchError> {
    let keys = rows.next();
    if keys.is_empty() { Ok(Vec::new()) } else { super::by_keys(index, identity, query, keys) }
}

/// What is wanted of these rows, and too long to be told.
fn too_long(query: &Query, rows: &[Placed]) -> TooLong {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for name in rows.iter().flat_map(|row| row.left_out.split_ascii_whitespace()) {
        let Some(tag) = attribute::parse_tag(name) else { continue };
        let level = attribute::by_tag(tag).map_or(Level::Instance, |known| known.level);
        if query.wants(level, tag) {
            *counts.entry(tag).or_default() += 1;
        }
    }
    counts.into_iter().map(|(tag, count)| (shown(tag), count)).collect()
}

/// Bytes of the personal documents of instances, as they are kept.
fn personal_sizes(connection: &mut PgConnection, query: &Query, rows: &[Placed]) -> QueryResult<HashMap<String, i32>> {
    if !answer::wants_personal(query, Level::Instance) {
        return Ok(HashMap::new());
    }
    let uids: Vec<&str> = rows.iter().filter_map(|row| row.uid.as_deref()).collect();
    let sizes = instance_headers::table
        .filter(instance_headers::sop_instance_uid.eq_any(uids))
        .select((instance_headers::sop_instance_uid, pg_column_size(instance_headers::personal)));
    let sizes: Vec<(String, Option<i32>)> = sizes.load(connection)?;
    Ok(sizes.into_iter().filter_map(|(uid, size)| Some((uid, size?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(sizes: &[i64]) -> Vec<usize> {
        let rows = sizes.iter().enumerate().map(|(key, size)| Row { key: key as i64, size: *size }).collect();
        let mut listing = Listing { rows };
        std::iter::from_fn(|| Some(listing.next().len()).filter(|length| *length > 0)).collect()
    }

    #[test]
    fn a_page_is_bounded_by_rows_and_by_bytes_but_never_empty() {
        assert_eq!(pages(&[0; 1_001]), [500, 500, 1]);
        assert_eq!(pages(&[PAGE_BYTES / 2, PAGE_BYTES / 2, 1]), [2, 1]);
        assert_eq!(pages(&[PAGE_BYTES * 9, 1, PAGE_BYTES]), [1, 1, 1]);
        assert_eq!(pages(&[]), [0; 0]);
    }
}
