//! Rows that travel as one array a column, so that a statement is the same however many there are: the server plans it
//! once a connection. (Diesel prepares an INSERT of one row once, that of several anew each time, and an UPDATE always.)

/// Makes a struct of columns out of a list of rows. `push` writes a SELECT that gives the rows again, with their numbers,
/// from 1, in the column `number`. (`unnest` of many arrays does the same, but prepares a scan for each of them.)
macro_rules! columns {
    (
        $(#[$about:meta])*
        $name:ident of $row:ty {
            $( $column:ident: $kind:ty = $rust:ty = |$item:ident| $value:expr; )*
        }
    ) => {
        $(#[$about])*
        pub(crate) struct $name<'a> {
            length: i32,
            $( $column: Vec<$rust>, )*
        }

        impl<'a> $name<'a> {
            pub(crate) fn new(rows: impl IntoIterator<Item = $row>) -> Self {
                let mut columns = Self { length: 0, $( $column: Vec::new(), )* };
                for row in rows {
                    columns.length += 1;
                    $( columns.$column.push({ let $item = row; $value }); )*
                }
                columns
            }

            #[allow(dead_code, reason = "some are only ever one row")]
            pub(crate) fn push<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql("SELECT number");
                $(
                    out.push_sql(", (");
                    out.push_bind_param::<diesel::sql_types::Array<$kind>, _>(&self.$column)?;
                    out.push_sql(")[number] AS ");
                    out.push_identifier(stringify!($column))?;
                )*
                out.push_sql(" FROM generate_series(1, ");
                out.push_bind_param::<diesel::sql_types::Integer, _>(&self.length)?;
                out.push_sql(") AS number");
                Ok(())
            }

            /// Writes a SELECT that gives the first row again: scalars are less work for the server than arrays of one.
            pub(crate) fn push_first<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql("SELECT 1 AS number");
                $(
                    let first = self.$column.first().ok_or(diesel::result::Error::NotFound)?;
                    out.push_sql(", ");
                    out.push_bind_param::<$kind, _>(first)?;
                    out.push_sql(" AS ");
                    out.push_identifier(stringify!($column))?;
                )*
                Ok(())
            }
        }
    };
}
pub(crate) use columns;

/// Makes a type a statement that Diesel prepares once a connection and loads rows of `$kind` from.
macro_rules! statement {
    ($name:ident => $kind:ty) => {
        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
        }
        impl diesel::query_builder::Query for $name<'_> {
            type SqlType = $kind;
        }
        impl diesel::query_dsl::RunQueryDsl<diesel::PgConnection> for $name<'_> {}
    };
}
pub(crate) use statement;

/// A JSON object as a value of a `jsonb` column, by reference.
#[derive(Debug, Clone, Copy, diesel::expression::AsExpression)]
#[diesel(sql_type = diesel::sql_types::Jsonb)]
#[diesel(sql_type = diesel::sql_types::Json)]
pub(crate) struct Document<'a>(pub(crate) &'a serde_json::Map<String, serde_json::Value>);

mod to_sql {
    use std::io::Write;

    use diesel::pg::Pg;
    use diesel::serialize::{IsNull, Output, Result, ToSql};
    use diesel::sql_types::{Json, Jsonb};

    use super::Document;

    impl ToSql<Jsonb, Pg> for Document<'_> {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> Result {
            // The version of the binary format of jsonb.
            out.write_all(&[1])?;
            serde_json::to_writer(out, self.0)?;
            Ok(IsNull::No)
        }
    }

    impl ToSql<Json, Pg> for Document<'_> {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> Result {
            serde_json::to_writer(out, self.0)?;
            Ok(IsNull::No)
        }
    }
}
