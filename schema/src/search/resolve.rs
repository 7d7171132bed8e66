//! The identity database: whom or what the personal keys name.

use diesel::sql_types::Text;
use diesel::{PgConnection, QueryResult, QueryableByName};
use uuid::Uuid;

use super::condition::{self, Table};
use super::key::Key;
use super::matcher::{self, Matcher};
use super::statement::{Bind, Statement};
use super::{Query, contained, find};
use crate::attribute::{Level, Place};

/// Most patients, studies, series or instances that are named to the index. With more, the index goes first.
const MOST_NAMED: i64 = 5_000;
/// So many candidates are looked into rather than all documents.
const FEW: i64 = 20_000;

/// What the personal keys come to.
#[derive(Debug)]
pub(super) enum Resolved {
    /// There are none: everything.
    Everything,
    /// Studies of these patients.
    Patients(Vec<Uuid>),
    /// The studies, series or instances with these UIDs.
    Uids(Level, Vec<String>),
    /// More than can be named, or more than are worth to be looked for: the index goes first.
    TooMany,
}

impl Resolved {
    /// The level whose rows are named.
    pub(super) fn level(&self) -> Option<Level> {
        match self {
            Self::Patients(_) => Some(Level::Study),
            Self::Uids(level, _) => Some(*level),
            Self::Everything | Self::TooMany => None,
        }
    }
}

impl Resolved {
    /// How many rows are named.
    pub(super) fn names(&self) -> usize {
        match self {
            Self::Everything | Self::TooMany => 0,
            Self::Patients(patients) => patients.len(),
            Self::Uids(_, uids) => uids.len(),
        }
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

const TABLES: [(Level, Table); 4] = [
    (Level::Patient, Table { alias: "pa", document: "attributes", zone: None, indexed: false, columns: true }),
    (Level::Study, Table { alias: "sti", document: "attributes", zone: None, indexed: true, columns: true }),
    (Level::Series, Table { alias: "sei", document: "attributes", zone: None, indexed: true, columns: true }),
    (Level::Instance, Table { alias: "h", document: "personal::jsonb", zone: None, indexed: false, columns: true }),
];

/// Asks the personal keys. When no index finds what they ask for and the other keys leave few candidates, these are not named:
/// looking into the documents of a few is quicker than into all.
pub(super) fn resolve(index: &mut PgConnection, identity: &mut PgConnection, query: &Query) -> QueryResult<Resolved> {
    let Some(level) = query.lowest_personal() else { return Ok(Resolved::Everything) };
    if is_slow(query) && find::are_few(index, query, level.max(query.level), FEW)? {
        return Ok(Resolved::TooMany);
    }
    let mut statement = names(query, level);
    statement.push(" LIMIT ").bind(Bind::Whole(MOST_NAMED + 1));
    let names: Vec<Name> = statement.load(identity)?;
    if names.len() as i64 > MOST_NAMED {
        return Ok(Resolved::TooMany);
    }
    let names = names.into_iter().map(|row| row.name);
    Ok(match level {
        // Keys are read as text, as are UIDs; Postgres writes them as Uuid reads them.
        Level::Patient => Resolved::Patients(names.filter_map(|name| name.parse().ok()).collect()),
        level => Resolved::Uids(level, names.collect()),
    })
}

/// Whether the personal keys would be looked for in all documents though there are other keys.
fn is_slow(query: &Query) -> bool {
    let (personal, open): (Vec<&Key>, Vec<&Key>) = query.keys.iter().partition(|key| key.is_personal);
    !open.is_empty() && !open.iter().any(|key| key.names_rows()) && !personal.into_iter().any(is_indexed)
}

/// Whether an index of the identity database finds what a key asks for.
fn is_indexed(key: &Key) -> bool {
    let begins = |text: &matcher::Text| !matches!(text, matcher::Text::Like(like) if like.starts_with(['%', '_']));
    match (key.path.place(), &key.matcher) {
        (_, Matcher::Empty) | (Place::Column("patient_sex" | "issuer_of_patient_id"), _) => false,
        (Place::Column(_), Matcher::Texts(texts)) => texts.iter().all(begins),
        (Place::Column(_), _) => true,
        (Place::Document, _) => matches!(key.level(), Level::Study | Level::Series) && contained::knows(key),
        (Place::Array(_) | Place::Constant(_), _) => false,
    }
}

/// Which of these patients (their keys), studies, series or instances the personal keys match.
pub(super) fn among(
    connection: &mut PgConnection,
    query: &Query,
    level: Level,
    candidates: Vec<String>,
) -> QueryResult<Vec<String>> {
    let mut statement = names(query, level);
    match level {
        Level::Patient => {
            let keys = candidates.iter().filter_map(|key| key.parse().ok()).collect();
            statement.push(" AND pa.patient_key = ANY(").bind(Bind::Uuids(keys)).push(")");
        }
        _ => {
            statement.push(&format!(" AND {} = ANY(", name(level))).bind(Bind::Texts(candidates)).push(")");
        }
    }
    Ok(statement.load::<Name>(connection)?.into_iter().map(|row| row.name).collect())
}

/// The studies, series or instances of these patients that the personal keys match.
pub(super) fn of_patients(
    connection: &mut PgConnection,
    query: &Query,
    level: Level,
    patients: Vec<Uuid>,
) -> QueryResult<Resolved> {
    let mut statement = names(query, level);
    statement.push(" AND pa.patient_key = ANY(").bind(Bind::Uuids(patients)).push(")");
    Ok(Resolved::Uids(level, statement.load::<Name>(connection)?.into_iter().map(|row| row.name).collect()))
}

/// Adds ` AND …`: only patients `pa` whom the personal keys match, by themselves and by what they have.
pub(super) fn patients(statement: &mut Statement, query: &Query) {
    condition::and(statement, &TABLES[0].1, query.personal_keys(Level::Patient));
    let Some(level) = query.lowest_personal().filter(|level| *level > Level::Patient) else { return };
    statement.push(" AND EXISTS (SELECT FROM study_identities sti");
    if level >= Level::Series {
        statement.push(" JOIN series_identities sei USING (study_instance_uid)");
    }
    if level >= Level::Instance {
        statement.push(" JOIN instance_headers h USING (study_instance_uid, series_instance_uid)");
    }
    statement.push(" WHERE sti.patient_key = pa.patient_key");
    for (of, table) in TABLES.iter().filter(|(of, _)| *of <= level && *of > Level::Patient) {
        condition::and(statement, table, query.personal_keys(*of));
        condition::and(statement, table, query.open_keys(*of).filter(|key| key.names_rows()));
    }
    statement.push(")");
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Patient => "pa.patient_key::text",
        Level::Study => "sti.study_instance_uid",
        Level::Series => "sei.series_instance_uid",
        Level::Instance => "h.sop_instance_uid",
    }
}

/// The names of the rows of `level` that all personal keys match, and the UIDs that both databases know.
fn names(query: &Query, level: Level) -> Statement {
    let mut statement = Statement::new(&format!("SELECT {} AS name", name(level)));
    statement.push(match level {
        Level::Patient => " FROM patients pa",
        Level::Study => " FROM study_identities sti JOIN patients pa USING (patient_key)",
        Level::Series => {
            " FROM series_identities sei JOIN study_identities sti USING (study_instance_uid)
              JOIN patients pa USING (patient_key)"
        }
        Level::Instance => {
            " FROM instance_headers h JOIN series_identities sei USING (study_instance_uid, series_instance_uid)
              JOIN study_identities sti USING (study_instance_uid) JOIN patients pa USING (patient_key)"
        }
    });
    statement.push(" WHERE TRUE");
    for (of, table) in TABLES.iter().filter(|(of, _)| *of <= level) {
        condition::and(&mut statement, table, query.personal_keys(*of));
        condition::and(&mut statement, table, query.open_keys(*of).filter(|key| key.names_rows()));
    }
    if level == Level::Patient {
        of_named_studies(&mut statement, query);
    }
    statement
}

/// Patients of the studies that the query names, when it names any.
fn of_named_studies(statement: &mut Statement, query: &Query) {
    for key in query.open_keys(Level::Study).filter(|key| key.names_rows()) {
        statement.push(" AND EXISTS (SELECT FROM study_identities sti WHERE sti.patient_key = pa.patient_key");
        condition::and(statement, &TABLES[1].1, std::iter::once(key));
        statement.push(")");
    }
}

#[cfg(test)]
mod tests;
