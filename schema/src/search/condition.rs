//! One key as an SQL condition.

use chrono::{NaiveDate, NaiveTime, Timelike};

use super::key::{Key, Path};
use super::matcher::{Matcher, Text};
use super::name::NamePattern;
use super::range::Range;
use super::statement::{Bind, Statement};
use crate::attribute::Place;

/// The tables of a level in SQL: alias and the column with the level's document.
pub(super) struct Table {
    pub(super) alias: &'static str,
    pub(super) document: &'static str,
}

/// Adds ` AND …` for a key whose attribute is of this table.
pub(super) fn and(statement: &mut Statement, table: &Table, key: &Key) {
    statement.push(" AND ");
    let alias = table.alias;
    match key.path.place() {
        Place::Column(column) => matches(statement, &format!("{alias}.{column}"), &key.matcher, Kept::Column),
        Place::Array(column) => array(statement, &format!("{alias}.{column}"), &key.matcher),
        Place::Constant(code) => constant(statement, code, &key.matcher),
        Place::Document => document(statement, &format!("{alias}.{}", table.document), &key.path, &key.matcher),
    }
}

/// What an attribute with several values asks is asked of each (PS3.4 §C.2.2.2.1).
fn document(statement: &mut Statement, document: &str, path: &Path, matcher: &Matcher) {
    let is_name = matches!(matcher, Matcher::Name(_) | Matcher::FuzzyName(_));
    let json_path = path.json_path(is_name);
    match matcher {
        Matcher::Any(matchers) => {
            statement.push("(FALSE");
            for matcher in matchers {
                statement.push(" OR ");
                self::document(statement, document, path, matcher);
            }
            statement.push(")");
        }
        Matcher::Number(number) => {
            statement.push(&format!("jsonb_path_exists({document}, '{json_path} ? (@.double() == $number)', "));
            statement.push("jsonb_build_object('number', ").bind(Bind::Number(*number)).push("), true)");
        }
        matcher => {
            statement.push(&format!("EXISTS (SELECT FROM jsonb_path_query({document}, '{json_path}') AS found WHERE "));
            matches(statement, "btrim(found #>> '{}')", matcher, Kept::Text);
            statement.push(")");
        }
    }
}

/// Whether a value is kept as what it is, or as the text in which it was received.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Column,
    Text,
}

fn matches(statement: &mut Statement, value: &str, matcher: &Matcher, kept: Kept) {
    match matcher {
        Matcher::Texts(texts) => text(statement, value, texts),
        Matcher::Uids(uids) => {
            statement.push(&format!("{value} = ANY(")).bind(Bind::Texts(uids.clone())).push(")");
        }
        Matcher::Name(NamePattern(pattern)) => {
            statement.push(&format!("{value} ~ ")).bind(Bind::Text(pattern.clone()));
        }
        Matcher::FuzzyName(words) => fuzzy(statement, value, words),
        Matcher::Dates(range) if kept == Kept::Column => bounds(statement, value, range.from, range.to, Bind::Date),
        Matcher::Dates(range) => dates_in_text(statement, value, *range),
        Matcher::Times(range) if kept == Kept::Column => bounds(statement, value, range.from, range.to, Bind::Time),
        Matcher::Times(range) => times_in_text(statement, value, *range),
        Matcher::Moments(range) if kept == Kept::Column => study_date_and_time(statement, value, *range),
        Matcher::Moments(range) => {
            bounds(statement, &format!("dicom_instant({value})"), range.from, range.to, Bind::Moment);
        }
        Matcher::Number(number) => {
            statement.push(&format!("{value} = ")).bind(Bind::Number(*number));
        }
        // Private elements have no columns.
        Matcher::Any(_) => {
            statement.push("FALSE");
        }
    }
}

fn text(statement: &mut Statement, value: &str, texts: &[Text]) {
    let mut separator = "(";
    for text in texts {
        statement.push(separator).push(value);
        match text {
            Text::Literal(text) => statement.push(" = ").bind(Bind::Text(text.clone())),
            Text::Like(like) => statement.push(" LIKE ").bind(Bind::Text(like.clone())),
        };
        separator = " OR ";
    }
    statement.push(")");
}

/// Every word is found, in any order.
fn fuzzy(statement: &mut Statement, value: &str, words: &[NamePattern]) {
    let mut separator = "(";
    for NamePattern(word) in words {
        statement.push(&format!("{separator}{value} ~ ")).bind(Bind::Text(word.clone()));
        separator = " AND ";
    }
    statement.push(")");
}

fn bounds<T>(statement: &mut Statement, value: &str, from: Option<T>, to: Option<T>, bind: fn(T) -> Bind) {
    let mut separator = "(";
    for (operator, bound) in [(" >= ", from), (" <= ", to)] {
        if let Some(bound) = bound {
            statement.push(&format!("{separator}{value}{operator}")).bind(bind(bound));
            separator = " AND ";
        }
    }
    statement.push(")");
}

/// Eight digits are in order of date; ACR-NEMA put dots between them.
fn dates_in_text(statement: &mut Statement, value: &str, range: Range<NaiveDate>) {
    let value = format!("replace({value}, '.', '')");
    statement.push(&format!("({value} ~ '^[0-9]{{8}}$' AND "));
    let digits = |date: NaiveDate| date.format("%Y%m%d").to_string();
    bounds(statement, &format!("{value} COLLATE \"C\""), range.from.map(digits), range.to.map(digits), Bind::Text);
    statement.push(")");
}

/// Times with the digits that were left out are in order as texts.
fn times_in_text(statement: &mut Statement, value: &str, range: Range<NaiveTime>) {
    let digits = format!("replace({value}, ':', '')");
    statement.push(&format!("({digits} ~ '^[0-9]{{2,6}}([.][0-9]+)?$' AND "));
    let value = format!("rpad({digits}, greatest(6, length({digits})), '0') COLLATE \"C\"");
    let from = |time: NaiveTime| match time.nanosecond() {
        0 => time.format("%H%M%S").to_string(),
        _ => time.format("%H%M%S%.6f").to_string().trim_end_matches('0').to_owned(),
    };
    let to = |time: NaiveTime| time.format("%H%M%S%.6f").to_string();
    bounds(statement, &value, range.from.map(from), range.to.map(to), Bind::Text);
    statement.push(")");
}

/// A study without Study Time counts from the beginning of its day.
fn study_date_and_time(statement: &mut Statement, date: &str, range: Range<chrono::NaiveDateTime>) {
    let (from, to) = (range.from.map(|moment| moment.date()), range.to.map(|moment| moment.date()));
    statement.push("(");
    // The index on the date takes the days; the sum below decides within the first and the last.
    bounds(statement, date, from, to, Bind::Date);
    let time = date.replace("study_date", "study_time");
    statement.push(" AND ");
    bounds(statement, &format!("{date} + coalesce({time}, '00:00')"), range.from, range.to, Bind::Moment);
    statement.push(")");
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
        other => {
            statement.push(&format!("EXISTS (SELECT FROM unnest({value}) AS found WHERE "));
            matches(statement, "found", other, Kept::Text);
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
