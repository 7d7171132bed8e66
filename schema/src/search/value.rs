//! One value compared with what a key asks.

use chrono::{NaiveDate, NaiveTime, Timelike};

use super::matcher::{Matcher, Text};
use super::name::NamePattern;
use super::range::Range;
use super::statement::{Bind, Statement};

/// How a value is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// As what it is.
    Column,
    /// As the text in which it was received.
    Text {
        /// SQL for the document that says the zone of values without offset, and the zone (minutes from UTC) when none does.
        offset: Option<(&'static str, i32)>,
        /// SQL for what is to be added to a time to have it in the request's zone.
        shift: Option<String>,
    },
}

/// Adds a condition for `value`, which is SQL.
pub(super) fn matches(statement: &mut Statement, value: &str, matcher: &Matcher, kept: &Kept) {
    match (matcher, kept) {
        (Matcher::Texts(texts), _) => text(statement, value, texts),
        (Matcher::Uids(uids), _) => {
            statement.push(&format!("{value} = ANY(")).bind(Bind::Texts(uids.clone())).push(")");
        }
        (Matcher::Name(NamePattern { expression, .. }), _) => {
            statement.push(&format!("{value} ~ ")).bind(Bind::Text(expression.clone()));
        }
        (Matcher::FuzzyName(words), _) => fuzzy(statement, value, words),
        (Matcher::Dates(range), Kept::Column) => bounds(statement, value, range.from, range.to, Bind::Date),
        (Matcher::Dates(range), _) => dates_in_text(statement, value, *range),
        (Matcher::Times(range), Kept::Column) => bounds(statement, value, range.from, range.to, Bind::Time),
        (Matcher::Times(range), Kept::Text { shift: Some(shift), .. }) => {
            let time = format!("(dicom_moment('20000101', {value}) + {shift})::time");
            statement.push(&format!("({value} ~ '^[0-9]' AND "));
            bounds(statement, &time, range.from, range.to, Bind::Time);
            statement.push(")");
        }
        (Matcher::Times(range), _) => times_in_text(statement, value, *range),
        (Matcher::Moments(range), Kept::Text { offset: Some((document, minutes)), .. }) => {
            let zone = format!("coalesce(dicom_offset({document}), make_interval(mins => {minutes}))");
            let own = format!("CASE WHEN {value} ~ '[+-][0-9]{{4}}$' THEN '0' ELSE {zone} END");
            bounds(statement, &format!("(dicom_instant({value}) - {own})"), range.from, range.to, Bind::Moment);
        }
        (Matcher::Moments(range), _) => {
            bounds(statement, &format!("dicom_instant({value})"), range.from, range.to, Bind::Moment);
        }
        (Matcher::Number(number), _) => {
            statement.push(&format!("{value} = ")).bind(Bind::Number(*number));
        }
        (Matcher::Each(matchers), _) => {
            statement.push("(TRUE");
            for matcher in matchers {
                statement.push(" AND ");
                matches(statement, value, matcher, kept);
            }
            statement.push(")");
        }
        // Private elements have no columns; what is empty and what is paired is no single value.
        (Matcher::Any(_) | Matcher::OfVr(..) | Matcher::Empty | Matcher::Paired(_), _) => {
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
    for NamePattern { expression, .. } in words {
        statement.push(&format!("{separator}{value} ~ ")).bind(Bind::Text(expression.clone()));
        separator = " AND ";
    }
    statement.push(")");
}

/// Adds the bounds of a range, open where there is none.
pub(super) fn bounds<T>(statement: &mut Statement, value: &str, from: Option<T>, to: Option<T>, bind: fn(T) -> Bind) {
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
