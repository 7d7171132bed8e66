//! The order of matches, and places in it: a page begins where the last one ended, however deep that is.
//!
//! An order ends with the key of the row, so that no two rows are equal; the default ones are those of an index. A place
//! is what the last row of a page has in the columns of its order. To a client it is an opaque text, which it sends back
//! as it got it; what comes back is read as carefully as anything else.

mod shuffled;

use chrono::{DateTime, NaiveTime, TimeDelta};

use super::QueryError;
use super::path::{Path, shown};
use super::statement::{Bind, Statement};
use crate::attribute::{Attribute, Home, Level, Place, VR};

/// Most attributes of an order.
const MOST_TERMS: usize = 8;
/// Longest continuation token, in bytes.
const LONGEST_TOKEN: usize = 8_192;

/// How a column's value travels in a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    /// Days since 1970.
    Date,
    /// Microseconds since midnight.
    Time,
    /// Microseconds since 1970.
    Moment,
    Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    column: String,
    kind: Kind,
    descending: bool,
    /// Rows without a value come last, either way.
    nullable: bool,
}

/// The order of a search's matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    terms: Vec<Term>,
    /// That of an index.
    usual: bool,
}

/// What a row has in the columns of its order.
pub(super) type Position = Vec<Option<String>>;

/// Column by which patients are ordered.
const PATIENT_KEY: &str = "pa.patient_key";

fn alias(level: Level) -> &'static str {
    match level {
        Level::Patient | Level::Study => "st",
        Level::Series => "se",
        Level::Instance => "i",
    }
}

fn term(column: &str, kind: Kind, descending: bool, nullable: bool) -> Term {
    Term { column: column.to_owned(), kind, descending, nullable }
}

impl Order {
    /// Studies newest first, series and instances by their numbers; patients in any that stays.
    pub(super) fn usual(level: Level) -> Self {
        let terms = match level {
            Level::Patient => vec![term(PATIENT_KEY, Kind::Uuid, false, false)],
            Level::Study => {
                vec![term("st.newest", Kind::Moment, true, false), term("st.study_key", Kind::Whole, true, false)]
            }
            Level::Series => vec![
                term("se.study_key", Kind::Whole, false, false),
                term("se.series_number", Kind::Whole, false, true),
                term("se.series_key", Kind::Whole, false, false),
            ],
            Level::Instance => vec![
                term("i.series_key", Kind::Whole, false, false),
                term("i.instance_number", Kind::Whole, false, true),
                term("i.instance_key", Kind::Whole, false, false),
            ],
        };
        Self { terms, usual: true }
    }

    /// Whether an index has this order.
    pub(super) fn is_usual(&self) -> bool {
        self.usual
    }

    /// Reads the attributes that matches of `level` shall be ordered by, `-` before those that shall descend.
    /// With `shuffled`, what these leave open is in an order that it makes.
    pub(super) fn parse(names: &[String], level: Level, shuffled: Option<&str>) -> Result<Self, QueryError> {
        if names.is_empty() && shuffled.is_none() {
            return Ok(Self::usual(level));
        }
        if level == Level::Patient {
            return Err(QueryError::Request("patients come in one order only"));
        }
        if names.len() > MOST_TERMS {
            return Err(QueryError::Request("orderby names too many attributes"));
        }
        let mut terms = Vec::new();
        for name in names {
            let (descending, name) = match name.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, name.as_str()),
            };
            terms.push(Self::term(name, descending, level)?);
        }
        match shuffled {
            Some(by) => shuffled::order(&mut terms, level, by),
            None => newest(&mut terms),
        }
        let descending = terms[0].descending;
        let (table, key) = match level {
            Level::Patient | Level::Study => ("st", "study_key"),
            Level::Series => ("se", "series_key"),
            Level::Instance => ("i", "instance_key"),
        };
        terms.push(term(&format!("{table}.{key}"), Kind::Whole, descending, false));
        Ok(Self { terms, usual: false })
    }

    fn term(name: &str, descending: bool, level: Level) -> Result<Term, QueryError> {
        let refuse = |reason| QueryError::Attribute { attribute: format!("orderby={}", shown(name)), reason };
        let path = Path::parse(name).map_err(|error| error.within("orderby"))?;
        let Attribute { level: of, home, vr, .. } = *path.root();
        match path.place() {
            _ if of > level => Err(refuse("this attribute is of a lower level than the matches")),
            _ if home == Home::Identity => {
                Err(refuse("personal attributes are kept in a database of their own and give no order"))
            }
            Place::Column(column) => {
                let kind = match vr {
                    VR::DA => Kind::Date,
                    VR::TM => Kind::Time,
                    VR::IS | VR::US => Kind::Whole,
                    _ => Kind::Text,
                };
                Ok(term(&format!("{}.{column}", alias(of)), kind, descending, true))
            }
            _ => Err(refuse("only attributes with a column of their own give an order")),
        }
    }

    /// ` ORDER BY …`
    pub(super) fn sql(&self) -> String {
        let terms = self.terms.iter().map(|term| {
            let direction = if term.descending { " DESC" } else { "" };
            let last = if term.nullable { " NULLS LAST" } else { "" };
            format!("{}{direction}{last}", term.column)
        });
        format!(" ORDER BY {}", terms.collect::<Vec<_>>().join(", "))
    }

    /// An expression that gives a row's [`Position`].
    pub(super) fn position(&self) -> String {
        let texts = self.terms.iter().map(|term| {
            let column = &term.column;
            match term.kind {
                Kind::Text | Kind::Whole | Kind::Uuid => format!("{column}::text"),
                Kind::Date => format!("({column} - date '1970-01-01')::text"),
                Kind::Time | Kind::Moment => format!("(extract(epoch FROM {column}) * 1000000)::bigint::text"),
            }
        });
        format!("ARRAY[{}]", texts.collect::<Vec<_>>().join(", "))
    }

    /// Adds ` AND …`: only rows behind this place.
    pub(super) fn after(&self, statement: &mut Statement, place: &[Option<Bind>]) {
        let same = self.terms.iter().all(|term| !term.nullable && term.descending == self.terms[0].descending);
        let operator = |term: &Term| if term.descending { "<" } else { ">" };
        if same {
            let columns: Vec<&str> = self.terms.iter().map(|term| term.column.as_str()).collect();
            statement.push(&format!(" AND ({}) {} (", columns.join(", "), operator(&self.terms[0])));
            for (number, value) in place.iter().flatten().enumerate() {
                statement.push(if number > 0 { ", " } else { "" }).bind(value.clone());
            }
            statement.push(")");
            return;
        }
        if let (Some(value), Term { nullable: false, column, .. }) = (&place[0], &self.terms[0]) {
            // Where the scan of the index begins; what follows decides.
            statement.push(&format!(" AND {column} {}= ", operator(&self.terms[0]))).bind(value.clone());
        }
        statement.push(" AND (FALSE");
        for (number, (term, value)) in self.terms.iter().zip(place).enumerate() {
            // Behind a row without a value in this column there is none that differs in it.
            let Some(value) = value else { continue };
            statement.push(" OR (");
            for (term, value) in self.terms.iter().zip(place).take(number) {
                match value {
                    Some(value) => statement.push(&format!("{} = ", term.column)).bind(value.clone()),
                    None => statement.push(&format!("{} IS NULL", term.column)),
                };
                statement.push(" AND ");
            }
            statement.push(&format!("({} {} ", term.column, operator(term))).bind(value.clone());
            if term.nullable {
                statement.push(&format!(" OR {} IS NULL", term.column));
            }
            statement.push("))");
        }
        statement.push(")");
    }

    /// Reads a token of the search with this `print`; `None`: it is not one.
    pub(super) fn read(&self, token: &str, print: u64) -> Option<Vec<Option<Bind>>> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let (of, position): (u64, Position) = serde_json::from_slice(&from_hexadecimal(token)?).ok()?;
        if of != print || position.len() != self.terms.len() {
            return None;
        }
        self.terms.iter().zip(position).map(|(term, value)| term.read(value)).collect()
    }
}

impl Term {
    fn read(&self, value: Option<String>) -> Option<Option<Bind>> {
        let Some(value) = value else { return self.nullable.then_some(None) };
        let number = || value.parse::<i64>().ok();
        let bind = match self.kind {
            Kind::Text if value.contains('\0') => return None,
            Kind::Text => Bind::Text(value),
            Kind::Uuid => Bind::Uuid(value.parse().ok()?),
            Kind::Whole => Bind::Whole(number()?),
            Kind::Date => Bind::Date(DateTime::from_timestamp(number()?.checked_mul(86_400)?, 0)?.date_naive()),
            Kind::Time => {
                let since = TimeDelta::microseconds(number().filter(|number| (0..86_400_000_000).contains(number))?);
                Bind::Time(NaiveTime::MIN.overflowing_add_signed(since).0)
            }
            Kind::Moment => Bind::Moment(DateTime::from_timestamp_micros(number()?)?.naive_utc()),
        };
        Some(Some(bind)).filter(|bind| bind.as_ref().is_some_and(Bind::is_storable))
    }
}

/// Study Date and Study Time at the end, in one direction, are the column that has an index.
fn newest(terms: &mut Vec<Term>) {
    let columns: Vec<&str> = terms.iter().map(|term| term.column.as_str()).collect();
    let length = match columns.as_slice() {
        [.., "st.study_date", "st.study_time"] => 2,
        [.., "st.study_date"] => 1,
        _ => return,
    };
    let from = terms.len() - length;
    let descending = terms[from].descending;
    if terms[from..].iter().all(|term| term.descending == descending) {
        terms.truncate(from);
        terms.push(term("st.newest", Kind::Moment, descending, false));
    }
}

/// A place as a client gets it.
pub(super) fn token(print: u64, position: &Position) -> String {
    let text = serde_json::json!([print, position]).to_string();
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(names: &[&str]) -> Result<String, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Order::parse(&names, Level::Series, None).map(|order| order.sql()).map_err(|error| error.to_string())
    }

    #[test]
    fn orders_by_columns_and_then_by_key() {
        let sql = by(&["Modality", "-00200011"]);
        assert_eq!(
            sql.as_deref(),
            Ok(" ORDER BY se.modality NULLS LAST, se.series_number DESC NULLS LAST, se.series_key")
        );
        assert_eq!(by(&["-StudyDate"]).as_deref(), Ok(" ORDER BY st.newest DESC, se.series_key DESC"));
        assert_eq!(by(&["StudyDate", "-StudyTime"]).as_deref().map(|sql| sql.contains("newest")), Ok(false));
    }

    #[test]
    fn refuses_what_gives_no_order() {
        for name in ["PatientName", "Rows", "SeriesDate", "ModalitiesInStudy", "", "-", "--Modality", "Nothing"] {
            assert!(by(&[name]).is_err(), "{name}");
        }
        assert!(by(&["Modality"; 9]).is_err());
    }

    #[test]
    fn reads_its_own_tokens_and_no_others() {
        let order = Order::usual(Level::Study);
        let place: Position = vec![Some("1700000000000000".into()), Some("7".into())];
        let token = token(5, &place);
        assert_eq!(order.read(&token, 5).map(|place| place.len()), Some(2));
        assert!(order.read(&token, 6).is_none());
        assert!(Order::usual(Level::Series).read(&token, 5).is_none());
        for bad in ["", "0", "zz", "é", &token[2..], &token[..token.len() - 1], &"5b".repeat(9_000)] {
            assert!(order.read(bad, 5).is_none(), "{bad}");
        }
        for position in [[None, Some("7")], [Some("x"), Some("7")], [Some("9223372036854775807"), Some("7")]] {
            let position: Position = position.map(|value| value.map(str::to_owned)).to_vec();
            assert!(order.read(&super::token(5, &position), 5).is_none(), "{position:?}");
        }
    }
}
