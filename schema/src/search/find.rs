//! The index: which studies, series or instances match, a page of them, in an order that stays.

use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text};
use diesel::{PgConnection, QueryResult, QueryableByName};

use super::Query;
use super::answer;
use super::condition::{self, Table};
use super::found::Document;
use super::order::Position;
use super::resolve::Resolved;
use super::statement::{Bind, Statement};
use crate::attribute::{Home, Level, TIMEZONE_OFFSET};

/// What the index says of one match.
#[derive(Debug, QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Text)]
    pub(super) study_instance_uid: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) series_instance_uid: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) sop_instance_uid: Option<String>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub(super) study: Option<Document>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub(super) series: Option<Document>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub(super) instance: Option<Document>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub(super) timezone: Option<Document>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    pub(super) modalities_in_study: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    pub(super) sop_classes_in_study: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) number_of_study_related_series: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) number_of_study_related_instances: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) number_of_series_related_instances: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) sop_class_uid: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) instance_number: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) rows: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) columns: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) bits_allocated: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub(super) number_of_frames: Option<i32>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    pub(super) position: Position,
}

const STUDY: Table =
    Table { alias: "st", document: "attributes", zone: Some("st.attributes"), indexed: true, columns: true };
const SERIES: Table =
    Table { alias: "se", document: "attributes", zone: Some("se.attributes"), indexed: true, columns: true };
const INSTANCE: Table =
    Table { alias: "i", document: "attributes", zone: Some("se.attributes"), indexed: false, columns: true };

/// From this offset on, keys are found before rows: what is skipped is then read from an index only.
pub(super) const FAR: u32 = 200;
/// So are they when more rows than this are named: those that are not of the page need not be read.
const MANY: usize = 50;

/// A page of matches, and one more when there is one.
pub(super) fn find(connection: &mut PgConnection, query: &Query, resolved: &Resolved) -> QueryResult<Vec<Row>> {
    if query.offset() < FAR && resolved.names() <= MANY {
        return page(select(query), query, resolved).load(connection);
    }
    let keys = Statement::new(&format!("SELECT {} AS key", key(query.level)));
    let keys: Vec<Keyed> = page(keys, query, resolved).load(connection)?;
    by_keys(connection, query, keys.into_iter().map(|row| row.key).collect())
}

/// What is asked for a page when nothing personal is.
#[cfg(test)]
pub(super) fn statement(query: &Query) -> Statement {
    page(select(query), query, &Resolved::Everything)
}

fn page(mut statement: Statement, query: &Query, resolved: &Resolved) -> Statement {
    from(&mut statement, query.level);
    conditions(&mut statement, query, resolved, query.level);
    query.after(&mut statement);
    statement.push(&query.order.sql());
    statement.push(" LIMIT ").bind(Bind::Whole(query.limit() as i64 + 1));
    statement.push(" OFFSET ").bind(Bind::Whole(query.offset().into()));
    statement
}

/// The rows with these keys, in order.
pub(super) fn by_keys(connection: &mut PgConnection, query: &Query, keys: Vec<i64>) -> QueryResult<Vec<Row>> {
    let mut statement = select(query);
    from(&mut statement, query.level);
    statement.push(&format!(" WHERE {} = ANY(", key(query.level))).bind(Bind::Keys(keys)).push(")");
    statement.push(&query.order.sql());
    statement.load(connection)
}

/// A page of matches, and one more when there is one, without what is told of them.
pub(super) fn places(connection: &mut PgConnection, query: &Query, resolved: &Resolved) -> QueryResult<Vec<Placed>> {
    page(place(query), query, resolved).load(connection)
}

/// The same of the rows with these keys, in order.
pub(super) fn places_of(connection: &mut PgConnection, query: &Query, keys: Vec<i64>) -> QueryResult<Vec<Placed>> {
    let mut statement = place(query);
    from(&mut statement, query.level);
    statement.push(&format!(" WHERE {} = ANY(", key(query.level))).bind(Bind::Keys(keys)).push(")");
    statement.push(&query.order.sql());
    statement.load(connection)
}

/// The columns of [`Placed`]. What is kept of a document is counted without being read.
fn place(query: &Query) -> Statement {
    let level = query.level;
    let documents = [
        (Level::Study, "coalesce(pg_column_size(st.attributes), 0)"),
        (Level::Series, "coalesce(pg_column_size(se.attributes), 0)"),
        (Level::Instance, "coalesce(pg_column_size(i.attributes), 0)"),
    ];
    let sizes = documents.iter().filter(|(of, _)| level >= *of && wants_document(query, *of)).map(|(_, size)| *size);
    let size = sizes.fold(String::from("0"), |sum, size| sum + " + " + size);
    let uid = if level == Level::Instance { "i.sop_instance_uid" } else { "NULL::text" };
    let left_out = match level {
        Level::Patient | Level::Study => "st.left_out",
        Level::Series => "st.left_out, se.left_out",
        Level::Instance => "st.left_out, se.left_out, i.left_out",
    };
    let (key, position) = (key(level), query.order.position());
    Statement::new(&format!(
        "SELECT {key} AS key, {size} AS size, {uid} AS uid, concat_ws(' ', {left_out}) AS left_out, {position} AS position"
    ))
}

/// How many matches there are.
pub(super) fn count(connection: &mut PgConnection, query: &Query, resolved: &Resolved) -> QueryResult<i64> {
    let mut statement = Statement::new("SELECT count(*) AS key");
    from(&mut statement, query.level);
    conditions(&mut statement, query, resolved, query.level);
    Ok(statement.load::<Keyed>(connection)?.first().map_or(0, |row| row.key))
}

/// Whether the keys that the index is asked leave no more rows of `level` than so many.
pub(super) fn are_few(connection: &mut PgConnection, query: &Query, level: Level, few: i64) -> QueryResult<bool> {
    let mut statement = Statement::new("SELECT count(*) AS key FROM (SELECT");
    from(&mut statement, level);
    conditions(&mut statement, query, &Resolved::Everything, level);
    statement.push(" LIMIT ").bind(Bind::Whole(few + 1)).push(") AS candidates");
    Ok(statement.load::<Keyed>(connection)?.first().is_some_and(|row| row.key <= few))
}

/// Column of a level's key.
pub(super) fn key(level: Level) -> &'static str {
    match level {
        Level::Patient | Level::Study => "st.study_key",
        Level::Series => "se.series_key",
        Level::Instance => "i.instance_key",
    }
}

/// Adds the tables down to `level`.
pub(super) fn from(statement: &mut Statement, level: Level) {
    statement.push(match level {
        Level::Patient | Level::Study => " FROM studies st",
        Level::Series => " FROM series se JOIN studies st USING (study_key)",
        Level::Instance => " FROM instances i JOIN series se USING (series_key) JOIN studies st USING (study_key)",
    });
}

/// Adds what the keys ask, in tables down to `level`, and below it by EXISTS.
pub(super) fn conditions(statement: &mut Statement, query: &Query, resolved: &Resolved, level: Level) {
    statement.push(" WHERE TRUE");
    for table in [Level::Study, Level::Series, Level::Instance].into_iter().filter(|table| *table <= level) {
        conditions_of(statement, query, resolved, table);
    }
    let lowest = query.lowest_open().max(resolved.level()).filter(|lowest| *lowest > level);
    let Some(lowest) = lowest else { return };
    let mut depth = 0;
    for table in [Level::Series, Level::Instance].into_iter().filter(|table| *table > level && *table <= lowest) {
        statement.push(match table {
            Level::Instance => " AND EXISTS (SELECT FROM instances i WHERE i.series_key = se.series_key",
            _ => " AND EXISTS (SELECT FROM series se WHERE se.study_key = st.study_key",
        });
        conditions_of(statement, query, resolved, table);
        depth += 1;
    }
    statement.push(&")".repeat(depth));
}

/// Adds what the keys of one level ask.
fn conditions_of(statement: &mut Statement, query: &Query, resolved: &Resolved, level: Level) {
    let (table, uid) = match level {
        Level::Patient | Level::Study => (STUDY, "st.study_instance_uid"),
        Level::Series => (SERIES, "se.series_instance_uid"),
        Level::Instance => (INSTANCE, "i.sop_instance_uid"),
    };
    condition::and(statement, &table, query.open_keys(level));
    match resolved {
        Resolved::Patients(patients) if level == Level::Study => {
            statement.push(" AND st.patient_key = ANY(").bind(Bind::Uuids(patients.clone())).push(")");
        }
        Resolved::Uids(of, uids) if *of == level => {
            statement.push(&format!(" AND {uid} = ANY(")).bind(Bind::Texts(uids.clone())).push(")");
        }
        _ => {}
    }
}

/// The columns of [`Row`]; documents only where something in them is wanted.
fn select(query: &Query) -> Statement {
    let level = query.level;
    let column = |wanted: bool, column: &'static str, none: &'static str| if wanted { column } else { none };
    let (series, instance) = (level >= Level::Series, level >= Level::Instance);
    let text = |wanted, name| column(wanted, name, "NULL::text");
    let number = |wanted, name| column(wanted, name, "NULL::integer");
    let document = |of, name| column(level >= of && wants_document(query, of), name, "NULL::jsonb");
    let timezone = if series { "se.attributes -> '00080201'" } else { "NULL::jsonb" };
    let columns = [
        ("st.study_instance_uid", "study_instance_uid"),
        (text(series, "se.series_instance_uid"), "series_instance_uid"),
        (text(instance, "i.sop_instance_uid"), "sop_instance_uid"),
        (document(Level::Study, "st.attributes"), "study"),
        (document(Level::Series, "se.attributes"), "series"),
        (document(Level::Instance, "i.attributes"), "instance"),
        (timezone, "timezone"),
        ("st.modalities_in_study", "modalities_in_study"),
        ("st.sop_classes_in_study", "sop_classes_in_study"),
        ("st.number_of_study_related_series", "number_of_study_related_series"),
        ("st.number_of_study_related_instances", "number_of_study_related_instances"),
        (number(series, "se.number_of_series_related_instances"), "number_of_series_related_instances"),
        (text(instance, "i.sop_class_uid"), "sop_class_uid"),
        (number(instance, "i.instance_number"), "instance_number"),
        (number(instance, "i.rows"), "rows"),
        (number(instance, "i.columns"), "columns"),
        (number(instance, "i.bits_allocated"), "bits_allocated"),
        (number(instance, "i.number_of_frames"), "number_of_frames"),
    ];
    let columns: Vec<String> = columns.iter().map(|(column, name)| format!("{column} AS {name}")).collect();
    Statement::new(&format!("SELECT {}, {} AS position", columns.join(", "), query.order.position()))
}

/// Whether something of the level's document is wanted that no column gives.
pub(super) fn wants_document(query: &Query, level: Level) -> bool {
    if query.include_all() {
        return level >= query.from_level;
    }
    let has_column = |tag| answer::COLUMNS.contains(&tag) || (tag == TIMEZONE_OFFSET && query.level > Level::Study);
    let is_open = |tag| crate::attribute::by_tag(tag).is_some_and(|known| known.home == Home::Index);
    query.wanted.iter().any(|(of, tag)| *of == level && is_open(*tag) && !has_column(*tag))
}

/// A row that matches, and how much is told of it.
#[derive(Debug, QueryableByName)]
pub(super) struct Placed {
    #[diesel(sql_type = BigInt)]
    pub(super) key: i64,
    /// Bytes of its documents, as they are kept.
    #[diesel(sql_type = Integer)]
    pub(super) size: i32,
    /// Of an instance.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) uid: Option<String>,
    /// Tags of what its documents lack, with blanks between them.
    #[diesel(sql_type = Text)]
    pub(super) left_out: String,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    pub(super) position: Position,
}

/// A key of a row.
#[derive(Debug, QueryableByName)]
pub(super) struct Keyed {
    #[diesel(sql_type = BigInt)]
    pub(super) key: i64,
}

/// A key of a row, and what the identity database knows it by.
#[derive(Debug, QueryableByName)]
pub(super) struct Candidate {
    #[diesel(sql_type = BigInt)]
    pub(super) key: i64,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
}
