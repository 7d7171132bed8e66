//! The worklist, searched: Scheduled Procedure Steps by any attribute (PS3.4 §K.2.2), soonest first.
//!
//! One table in the identity database holds whole items as documents; keys are matched there as everywhere else.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::sql_types::{BigInt, Jsonb, Text, Timestamp};
use diesel::{PgConnection, QueryableByName};
use serde_json::{Map, Value};

use super::QueryError;
use super::bounded::{self, SearchError};
use super::condition::{self, Table};
use super::key::{Key, combine_dates_and_times};
use super::matcher::{Manner, Matcher};
use super::range::Range;
use super::statement::{Bind, Statement};
use super::value::bounds;
use super::wanted::Wanted;
use crate::attribute::TIMEZONE_OFFSET;
use crate::worklist::FINISHED;

/// Most items of one answer.
pub const MOST_ITEMS: u32 = 1_000;
/// Most bytes of the items of one answer, but for the last one: whole items, as they are kept.
const MOST_BYTES: usize = 16 << 20;
/// Most keys, and most attributes asked for, in one request.
const MOST_NAMES: usize = 200;

const STEPS: Table = Table { alias: "ss", document: "document", zone: None, indexed: true, columns: false };
/// Scheduled Procedure Step Sequence, and Start Date and Status in it.
const SEQUENCE: (u16, u16) = (0x0040, 0x0100);
const START_DATE: (u16, u16) = (0x0040, 0x0002);
const STATUS: (u16, u16) = (0x0040, 0x0020);

/// A request as a shell has it.
#[derive(Debug, Clone, Default)]
pub struct WorklistRequest {
    /// Attribute paths and values; all must match.
    pub matching: Vec<(String, String)>,
    /// Attributes wanted.
    pub include: Vec<String>,
    /// What PS3.4 Table K.6-1 requires comes back beside them.
    pub with_required: bool,
    /// All attributes are wanted.
    pub include_all: bool,
    /// Names match by words and roughly.
    pub fuzzy: bool,
    /// Two quotation marks match what has no value.
    pub empty: bool,
    /// Of several values each must match.
    pub multiple: bool,
    /// Most items wanted.
    pub limit: Option<u32>,
    /// Items to skip.
    pub offset: u32,
    /// Only what comes behind this place.
    pub after: Option<WorklistPlace>,
}

/// A place in the order of the worklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorklistPlace(NaiveDateTime, i64);

/// A request that makes sense.
#[derive(Debug, Clone)]
pub struct WorklistQuery {
    keys: Vec<Key>,
    wanted: Wanted,
    limit: u32,
    offset: u32,
    after: Option<WorklistPlace>,
    limited_by_server: bool,
    /// What is finished comes too: a status was asked for.
    any_status: bool,
}

/// An item that matches.
#[derive(Debug, Clone)]
pub struct WorklistMatch {
    /// The attributes that were wanted, as a DICOM JSON object.
    pub attributes: Map<String, Value>,
    /// Key of the step.
    pub scheduled_step_key: i64,
    /// (0020,000D)
    pub study_instance_uid: String,
    /// (0040,0009)
    pub scheduled_procedure_step_id: String,
    /// (0040,0020)
    pub status: String,
}

/// What a query found.
#[derive(Debug)]
pub struct WorklistFound {
    /// The items, soonest first.
    pub matches: Vec<WorklistMatch>,
    /// The place behind the last one, when there are more.
    pub next: Option<WorklistPlace>,
    /// There are more, and only the server's own limit kept them out.
    pub truncated: bool,
}

impl WorklistQuery {
    /// Reads a request, or says what is wrong with it.
    pub fn parse(request: &WorklistRequest) -> Result<Self, QueryError> {
        if request.matching.len() > MOST_NAMES || request.include.len() > MOST_NAMES {
            return Err(QueryError::Request("the request names too many attributes"));
        }
        let manner = Manner { fuzzy: request.fuzzy, empty: request.empty, multiple: request.multiple, zone: None };
        let mut wanted = if request.include_all { Wanted::all() } else { Wanted::default() };
        if request.with_required {
            wanted.want_required();
        }
        let mut keys = Vec::new();
        let mut any_status = false;
        for (name, value) in &request.matching {
            let (path, matcher) = Key::parse(name, value, manner)?;
            wanted.want(&path);
            // Also universal matching, when it is said and not left out.
            any_status |= path.leaf().tag == STATUS && !value.trim().is_empty();
            if path.leaf().tag != TIMEZONE_OFFSET {
                keys.extend(matcher.map(|matcher| Key::new(path, matcher, None)));
            }
        }
        for name in &request.include {
            wanted.want(&super::path::Path::parse(name).map_err(|error| error.within("includefield"))?);
        }
        combine_dates_and_times(&mut keys, false);
        keys.iter().try_for_each(Key::check)?;
        let limit = request.limit.map_or(MOST_ITEMS, |limit| limit.min(MOST_ITEMS));
        let limited_by_server = request.limit.is_none_or(|limit| limit > MOST_ITEMS);
        Ok(Self { keys, wanted, limit, offset: request.offset, after: request.after, limited_by_server, any_status })
    }

    /// Names of the keys, for the audit trail; no values.
    pub fn key_names(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.path.leaf().keyword.to_owned()).collect()
    }

    /// Whether an attribute of the item itself comes back.
    pub fn wants(&self, tag: &str) -> bool {
        self.wanted.has(tag)
    }

    fn statement(&self) -> Statement {
        let mut statement = Statement::new(
            "SELECT * FROM (
                SELECT *, count(*) OVER () AS found, sum(octet_length(document::text))
                    OVER (ORDER BY starts, key ROWS UNBOUNDED PRECEDING) - octet_length(document::text) AS before
                FROM (SELECT ss.scheduled_step_key AS key, ss.starts, ss.study_instance_uid,
                    ss.scheduled_procedure_step_id, ss.status, ss.document FROM scheduled_steps ss WHERE TRUE",
        );
        if !self.any_status {
            // Literally, as the index has it.
            let [completed, discontinued] = FINISHED;
            statement.push(&format!(" AND ss.status NOT IN ('{completed}', '{discontinued}')"));
        }
        for range in self.keys.iter().filter_map(starts) {
            statement.push(" AND ");
            bounds(&mut statement, "ss.starts", range.from, range.to, Bind::Moment);
        }
        condition::and(&mut statement, &STEPS, self.keys.iter());
        if let Some(WorklistPlace(starts, key)) = self.after {
            statement.push(" AND (ss.starts, ss.scheduled_step_key) > (").bind(Bind::Moment(starts));
            statement.push(", ").bind(Bind::Whole(key)).push(")");
        }
        statement.push(" ORDER BY ss.starts, ss.scheduled_step_key LIMIT ");
        statement.bind(Bind::Whole(i64::from(self.limit) + 1));
        statement.push(" OFFSET ").bind(Bind::Whole(self.offset.into()));
        statement.push(&format!(") AS page) AS sized WHERE before < {MOST_BYTES} ORDER BY starts, key"));
        statement
    }
}

/// What a key says of the column by which the worklist is ordered: it has an index, documents have none for ranges. The
/// exact condition stands beside this one.
fn starts(key: &Key) -> Option<Range<NaiveDateTime>> {
    let is_start = key.path.leaf().tag == START_DATE && key.path.root().tag == SEQUENCE && key.path.steps().len() == 2;
    match &key.matcher {
        Matcher::Dates(range) if is_start => Some(range.with(None)),
        // A time that is not there counts as midnight: the whole first day.
        Matcher::Paired(range) if is_start => {
            Some(Range { from: range.from.and_then(|from| from.checked_sub_signed(TimeDelta::days(1))), to: range.to })
                .filter(|range| range.from.is_some() || range.to.is_some())
        }
        _ => None,
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    key: i64,
    #[diesel(sql_type = Timestamp)]
    starts: NaiveDateTime,
    #[diesel(sql_type = Text)]
    study_instance_uid: String,
    #[diesel(sql_type = Text)]
    scheduled_procedure_step_id: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Jsonb)]
    document: Value,
    /// Rows of the page, and one more when there are more.
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// Answers a query of the worklist, within a bounded time.
pub fn run_worklist(identity: &mut PgConnection, query: &WorklistQuery) -> Result<WorklistFound, SearchError> {
    let mut rows: Vec<Row> = bounded::run(identity, |identity| Ok(query.statement().load(identity)?))?;
    let found = rows.first().map_or(0, |row| usize::try_from(row.found).unwrap_or(usize::MAX));
    let too_large = rows.len() < found;
    rows.truncate(query.limit as usize);
    let more = rows.len() < found;
    let next = rows.last().filter(|_| more).map(|row| WorklistPlace(row.starts, row.key));
    let matches = rows.into_iter().map(|row| WorklistMatch {
        attributes: query.wanted.of(row.document),
        scheduled_step_key: row.key,
        study_instance_uid: row.study_instance_uid,
        scheduled_procedure_step_id: row.scheduled_procedure_step_id,
        status: row.status,
    });
    Ok(WorklistFound { matches: matches.collect(), next, truncated: more && (too_large || query.limited_by_server) })
}
