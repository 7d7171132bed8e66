//! Rows that travel as one array a column, so that a statement is the same however many there are: the server plans it
//! once a connection. (Diesel prepares an INSERT of one row once, that of several anew each time, and an UPDATE always.)

/// Makes a struct of columns out of a list of rows. `push` writes `unnest($1, …)` with the columns' names after it; their
/// numbers, from 1, are in the column `number`.
macro_rules! columns {
    (
        $(#[$about:meta])*
        $name:ident as $alias:literal of $row:ty {
            $( $column:ident: $kind:ty = $rust:ty = |$item:ident| $value:expr; )*
        }
    ) => {
        $(#[$about])*
        pub(crate) struct $name<'a> {
            $( $column: Vec<$rust>, )*
        }

        impl<'a> $name<'a> {
            /// The columns' names, in order.
            pub(crate) const NAMES: &'static [&'static str] = &[$( stringify!($column) ),*];

            pub(crate) fn new(rows: impl IntoIterator<Item = $row>) -> Self {
                let mut columns = Self { $( $column: Vec::new(), )* };
                for row in rows {
                    $( columns.$column.push({ let $item = row; $value }); )*
                }
                columns
            }

            pub(crate) fn push<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                let mut before = "unnest(";
                $(
                    out.push_sql(before);
                    out.push_bind_param::<diesel::sql_types::Array<$kind>, _>(&self.$column)?;
                    before = ", ";
                )*
                out.push_sql(") WITH ORDINALITY AS ");
                let mut before = concat!($alias, " (");
                for name in Self::NAMES {
                    out.push_sql(before);
                    out.push_identifier(name)?;
                    before = ", ";
                }
                out.push_sql(", number)");
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
