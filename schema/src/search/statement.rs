//! SQL text with its parameters, put together piece by piece.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types as sql;
use diesel::{QueryResult, RunQueryDsl};
use uuid::Uuid;

/// A parameter.
#[derive(Debug, Clone)]
pub(super) enum Bind {
    Text(String),
    Texts(Vec<String>),
    Uuid(Uuid),
    Uuids(Vec<Uuid>),
    Keys(Vec<i64>),
    Number(f64),
    Whole(i64),
    Date(NaiveDate),
    Time(NaiveTime),
    Moment(NaiveDateTime),
    Document(serde_json::Value),
}

impl Bind {
    /// Whether the database knows dates as far away as this.
    pub(super) fn is_storable(&self) -> bool {
        let years = -4_700..=200_000;
        match self {
            Self::Date(date) => years.contains(&date.year()),
            Self::Moment(moment) => years.contains(&moment.year()),
            _ => true,
        }
    }
}

/// A statement that grows. What comes from a request goes in by [`Statement::bind`] only.
#[derive(Debug, Default)]
pub(super) struct Statement {
    text: String,
    binds: Vec<Bind>,
}

impl Statement {
    /// Begins with this text.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), binds: Vec::new() }
    }

    /// Adds text of ours.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a parameter.
    pub(super) fn bind(&mut self, bind: Bind) -> &mut Self {
        self.binds.push(bind);
        let number = self.binds.len();
        self.text.push_str(&format!("${number}"));
        self
    }

    fn into_query<'a>(self) -> BoxedSqlQuery<'a, Pg, SqlQuery> {
        let mut query = diesel::sql_query(self.text).into_boxed::<Pg>();
        for bind in self.binds {
            query = match bind {
                Bind::Text(value) => query.bind::<sql::Text, _>(value),
                Bind::Texts(value) => query.bind::<sql::Array<sql::Text>, _>(value),
                Bind::Uuid(value) => query.bind::<sql::Uuid, _>(value),
                Bind::Uuids(value) => query.bind::<sql::Array<sql::Uuid>, _>(value),
                Bind::Keys(value) => query.bind::<sql::Array<sql::BigInt>, _>(value),
                Bind::Number(value) => query.bind::<sql::Double, _>(value),
                Bind::Whole(value) => query.bind::<sql::BigInt, _>(value),
                Bind::Date(value) => query.bind::<sql::Date, _>(value),
                Bind::Time(value) => query.bind::<sql::Time, _>(value),
                Bind::Moment(value) => query.bind::<sql::Timestamp, _>(value),
                Bind::Document(value) => query.bind::<sql::Jsonb, _>(value),
            };
        }
        query
    }

    /// Its text with its parameters in it.
    #[cfg(test)]
    pub(super) fn in_full(self) -> String {
        let text = |bind: &Bind| match bind {
            Bind::Whole(number) => number.to_string(),
            Bind::Text(text) => format!("'{text}'"),
            Bind::Uuid(uuid) => format!("'{uuid}'"),
            Bind::Document(document) => format!("'{}'::jsonb", document.to_string().replace('\'', "''")),
            other => panic!("not written out here: {other:?}"),
        };
        let numbered = self.binds.iter().enumerate().rev();
        numbered.fold(self.text, |sql, (number, bind)| sql.replace(&format!("${}", number + 1), &text(bind)))
    }

    /// Runs it and reads rows.
    pub(super) fn load<T>(self, connection: &mut PgConnection) -> QueryResult<Vec<T>>
    where
        T: diesel::deserialize::QueryableByName<Pg> + 'static,
    {
        self.into_query().load(connection)
    }

    /// Runs it.
    pub(super) fn execute(self, connection: &mut PgConnection) -> QueryResult<usize> {
        self.into_query().execute(connection)
    }
}
