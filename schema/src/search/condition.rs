//! Keys as SQL conditions.

use chrono::{NaiveDateTime, TimeDelta};

use super::contained;
use super::key::Key;
use super::matcher::{Matcher, Text, escaped};
use super::name::NamePattern;
use super::path::Step;
use super::range::Range;
use super::statement::{Bind, Statement};
use super::value::{Kept, bounds, matches};
use crate::attribute::{Matching, Place, tag_name};

/// The column with the names of patients.
const NAME: &str = "patient_name_folded";

/// The tables of a level in SQL: alias, the column with the level's document, and the document that says in which zone
/// its dates and times are.
pub(super) struct Table {
    pub(super) alias: &'static str,
    pub(super) document: &'static str,
    pub(super) zone: Option<&'static str>,
    /// Whether there is an index on what documents contain.
    pub(super) indexed: bool,
    /// Whether attributes have columns, as the attribute table says; else all of them are in the document.
    pub(super) columns: bool,
}

impl Table {
    fn document(&self) -> String {
        format!("{}.{}", self.alias, self.document)
    }

    /// How an attribute of the data set is kept here.
    fn place(&self, key: &Key) -> Place {
        if self.columns { key.path.place() } else { Place::Document }
    }

    /// SQL for what is to be added to a row's date and time to have it in the zone of the request. Rows that say no
    /// offset are taken to be in that zone already; so is everything personal.
    fn shift(&self, minutes: i32) -> Option<String> {
        let asked = format!("make_interval(mins => {minutes})");
        self.zone.map(|zone| format!("({asked} - coalesce(dicom_offset({zone}), {asked}))"))
    }
}

/// Adds ` AND …` for each of these keys, all of this table.
pub(super) fn and<'a>(statement: &mut Statement, table: &Table, keys: impl Iterator<Item = &'a Key>) {
    let (plain, inside): (Vec<&Key>, Vec<&Key>) = keys.partition(|key| key.path.steps().len() == 1);
    for key in plain.iter().chain(&inside).filter(|key| table.indexed && table.place(key) == Place::Document) {
        contained::and(statement, &table.document(), key);
    }
    for key in plain {
        statement.push(" AND ");
        attribute(statement, table, key);
    }
    let inside = inside.into_iter().map(|key| (key.path.steps(), key)).collect();
    items(statement, table, &table.document(), inside);
}

/// An attribute of the data set itself.
fn attribute(statement: &mut Statement, table: &Table, key: &Key) {
    let alias = table.alias;
    match (table.place(key), &key.matcher) {
        (place, Matcher::Empty) => empty(statement, table, key, place),
        (Place::Column("study_date"), Matcher::Dates(range)) => newest(statement, table, key, range.with(None)),
        (Place::Column("study_date"), Matcher::Paired(range)) => newest(statement, table, key, *range),
        (Place::Column("study_time"), Matcher::Times(range)) if key.zone.is_some() => {
            let shift = key.zone.and_then(|minutes| table.shift(minutes)).unwrap_or_default();
            bounds(statement, &format!("(st.study_time + {shift})"), range.from, range.to, Bind::Time);
        }
        (_, Matcher::Paired(range)) => paired(statement, table, &table.document(), key, *range),
        (Place::Column(column), matcher) => {
            if let (NAME, Matcher::Name(NamePattern { begins: Some(begins), .. })) = (column, matcher) {
                begins_with(statement, &format!("{alias}.{column}"), begins);
            }
            matches(statement, &format!("{alias}.{column}"), matcher, &Kept::Column);
        }
        (Place::Array(column), matcher) => array(statement, &format!("{alias}.{column}"), matcher),
        (Place::Constant(code), matcher) => constant(statement, code, matcher),
        (Place::Document, matcher) => {
            document(statement, &table.document(), &key.path.steps()[0], matcher, &kept(table, key));
        }
    }
}

/// Adds that a component group begins with this, so that the indexes of beginnings are used; it decides nothing.
fn begins_with(statement: &mut Statement, names: &str, begins: &str) {
    let like = Bind::Text(format!("{}%", escaped(begins)));
    for (group, before) in [(1, "("), (2, " OR "), (3, " OR ")] {
        let indexed = if group == 1 { String::new() } else { format!("{names} LIKE '%=%' AND ") };
        statement
            .push(&format!("{before}({indexed}split_part({names}, '=', {group}) LIKE "))
            .bind(like.clone())
            .push(")");
    }
    statement.push(") AND ");
}

fn kept(table: &Table, key: &Key) -> Kept {
    let shift = key.zone.and_then(|minutes| table.shift(minutes));
    Kept::Text { offset: key.zone.map(|_| table.zone.unwrap_or("NULL::jsonb")).zip(key.zone), shift }
}

/// Keys inside sequences, by the path that is left: all keys of one sequence are asked of one Item (PS3.4 §C.2.2.2.6).
fn items(statement: &mut Statement, table: &Table, container: &str, mut keys: Vec<(&[Step], &Key)>) {
    while let Some((steps, _)) = keys.first() {
        let sequence = steps[0].clone();
        let (same, others) = keys.into_iter().partition(|(steps, _)| steps[0] == sequence);
        keys = others;
        let item = if container.starts_with("item") { format!("{container}_") } else { "item".to_owned() };
        statement.push(" AND EXISTS (SELECT FROM ");
        values(statement, container, &sequence, false);
        statement.push(&format!(" AS {item} WHERE TRUE"));
        let (leaves, deeper): (Vec<_>, Vec<_>) = Vec::into_iter(same)
            .map(|(steps, key): (&[Step], &Key)| (&steps[1..], key))
            .partition(|(steps, _)| steps.len() == 1);
        for (steps, key) in leaves {
            statement.push(" AND ");
            match &key.matcher {
                Matcher::Paired(range) => paired(statement, table, &item, key, *range),
                matcher => document(statement, &item, &steps[0], matcher, &kept(table, key)),
            }
        }
        items(statement, table, &item, deeper);
        statement.push(")");
    }
}

/// Adds a function that gives the values of an element as rows.
fn values(statement: &mut Statement, container: &str, step: &Step, folded: bool) {
    statement.push("jsonb_path_query(");
    element(statement, container, step);
    statement.push(&format!(", '{}')", step.json_path(folded)));
}

/// Adds what the path of a step starts from: the container, or the element of the creator.
fn element(statement: &mut Statement, container: &str, step: &Step) {
    match &step.creator {
        None => statement.push(container),
        Some(creator) => {
            let name = tag_name(step.attribute.tag);
            statement.push(&format!("dicom_private({container}, '{}', '{}', ", &name[..4], &name[6..]));
            statement.bind(Bind::Text(creator.clone())).push(")")
        }
    };
}

/// An element of a document. What an attribute with several values asks is asked of each (PS3.4 §C.2.2.2.1).
fn document(statement: &mut Statement, container: &str, step: &Step, matcher: &Matcher, kept: &Kept) {
    let is_name = step.attribute.matching() == Matching::PersonName;
    match matcher {
        Matcher::Any(matchers) | Matcher::Each(matchers) => {
            let (first, between) = match matcher {
                Matcher::Any(_) => ("(FALSE", " OR "),
                _ => ("(TRUE", " AND "),
            };
            statement.push(first);
            for matcher in matchers {
                statement.push(between);
                document(statement, container, step, matcher, kept);
            }
            statement.push(")");
        }
        Matcher::OfVr(vr, matcher) => {
            statement.push("(");
            element(statement, container, step);
            if step.creator.is_none() {
                statement.push(&format!(" -> '{}'", step.attribute.name()));
            }
            statement.push(&format!(" ->> 'vr' = '{vr}' AND "));
            document(statement, container, step, matcher, kept);
            statement.push(")");
        }
        Matcher::Number(number) => {
            statement.push("jsonb_path_exists(");
            element(statement, container, step);
            statement.push(&format!(", '{} ? (@.double() == $number)', ", step.json_path(false)));
            statement.push("jsonb_build_object('number', ").bind(Bind::Number(*number)).push("), true)");
        }
        Matcher::Empty => {
            statement.push("NOT EXISTS (SELECT FROM ");
            values(statement, container, step, is_name);
            statement.push(" AS found WHERE btrim(found #>> '{}') <> '')");
        }
        matcher => {
            statement.push("EXISTS (SELECT FROM ");
            values(statement, container, step, matches!(matcher, Matcher::Name(_) | Matcher::FuzzyName(_)));
            statement.push(" AS found WHERE ");
            matches(statement, "btrim(found #>> '{}')", matcher, kept);
            statement.push(")");
        }
    }
}

/// Empty Value Matching (PS3.4 §C.2.2.2.7). A column is NULL also where a value could not be read as what it should be.
fn empty(statement: &mut Statement, table: &Table, key: &Key, place: Place) {
    let (alias, step) = (table.alias, &key.path.steps()[0]);
    match place {
        Place::Column(column @ ("patient_id" | "issuer_of_patient_id")) => {
            statement.push(&format!("{alias}.{column} = ''"));
        }
        Place::Column(column) => {
            statement.push(&format!("({alias}.{column} IS NULL AND "));
            document(statement, &table.document(), step, &Matcher::Empty, &Kept::Column);
            statement.push(")");
        }
        Place::Array(column) => {
            statement.push(&format!("{alias}.{column} = '{{}}'"));
        }
        Place::Constant(_) => {
            statement.push("FALSE");
        }
        Place::Document => document(statement, &table.document(), step, &Matcher::Empty, &Kept::Column),
    }
}

/// Study Date, with or without Study Time, by the column that is both. A study without Study Time counts from the
/// beginning of its day; one without Study Date matches no range.
fn newest(statement: &mut Statement, table: &Table, key: &Key, range: Range<NaiveDateTime>) {
    statement.push("(st.study_date IS NOT NULL AND ");
    match key.zone.and_then(|minutes| table.shift(minutes)) {
        None => bounds(statement, "st.newest", range.from, range.to, Bind::Moment),
        Some(shift) => {
            // The index takes a day more on either side than zones differ; the sum below decides.
            let wide =
                |moment: NaiveDateTime, hours| moment.checked_add_signed(TimeDelta::hours(hours)).unwrap_or(moment);
            let (from, to) = (range.from.map(|moment| wide(moment, -48)), range.to.map(|moment| wide(moment, 48)));
            bounds(statement, "st.newest", from, to, Bind::Moment);
            statement.push(" AND ");
            let shifted = format!("(st.newest + CASE WHEN st.study_time IS NULL THEN '0' ELSE {shift} END)");
            bounds(statement, &shifted, range.from, range.to, Bind::Moment);
        }
    }
    statement.push(")");
}

/// A date of a document or an Item, and the time beside it.
fn paired(statement: &mut Statement, table: &Table, container: &str, key: &Key, range: Range<NaiveDateTime>) {
    let value = |tag: (u16, u16)| format!("{container} #>> '{{{},Value,0}}'", tag_name(tag));
    let time = key.time_beside().map_or("NULL".to_owned(), value);
    let moment = format!("dicom_moment({}, {time})", value(key.path.leaf().tag));
    let shifted = match key.zone.and_then(|minutes| table.shift(minutes)) {
        None => moment,
        Some(shift) => format!("({moment} + CASE WHEN {time} IS NULL THEN '0' ELSE {shift} END)"),
    };
    bounds(statement, &shifted, range.from, range.to, Bind::Moment);
}

fn array(statement: &mut Statement, value: &str, matcher: &Matcher) {
    match matcher {
        Matcher::Uids(uids) => {
            statement.push(&format!("{value} && ")).bind(Bind::Texts(uids.clone()));
        }
        Matcher::Texts(texts) if texts.iter().all(|text| matches!(text, Text::Literal(_))) => {
            let literals = texts.iter().map(|text| match text {
                Text::Literal(text) | Text::Like(text) => text.clone(),
            });
            statement.push(&format!("{value} && ")).bind(Bind::Texts(literals.collect()));
        }
        Matcher::Each(matchers) => {
            statement.push("(TRUE");
            for matcher in matchers {
                statement.push(" AND ");
                array(statement, value, matcher);
            }
            statement.push(")");
        }
        other => {
            statement.push(&format!("EXISTS (SELECT FROM unnest({value}) AS found WHERE "));
            matches(statement, "found", other, &Kept::Column);
            statement.push(")");
        }
    }
}

fn constant(statement: &mut Statement, code: &str, matcher: &Matcher) {
    let is_match = match matcher {
        Matcher::Texts(texts) => texts.iter().any(|text| text.matches_code(code)),
        _ => false,
    };
    statement.push(if is_match { "TRUE" } else { "FALSE" });
}
