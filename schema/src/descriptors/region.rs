//! The part of the body that an image shows.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use super::descriptions;

/// The part of the body that an image shows.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = descriptions, check_for_backend(diesel::pg::Pg))]
pub struct Region {
    /// The recipe by which the image was described; 0: not yet.
    pub version: i32,
    /// Cells of the figure: 64 bytes.
    pub cells: Vec<u8>,
    /// Who said so; `None`: the attributes.
    pub set_by: Option<String>,
    /// When.
    pub set_at: Option<DateTime<Utc>>,
}

/// The region of an image; `None` when it is not described yet.
pub fn region(connection: &mut PgConnection, instance_key: i64) -> QueryResult<Option<Region>> {
    descriptions::table.find(instance_key).select(Region::as_select()).first(connection).optional()
}

/// Sets the region of an image; `by` nobody: as the attributes say. `false` when there is no such image. In the caller's
/// transaction.
pub fn set_region(connection: &mut PgConnection, key: i64, cells: &[u8], by: Option<&str>) -> QueryResult<bool> {
    let rows = sql_query(
        "INSERT INTO descriptions (instance_key, version, cells, set_by, set_at)
         SELECT instance_key, 0, $2, $3, CASE WHEN $3 IS NULL THEN NULL ELSE now() END
         FROM instances WHERE instance_key = $1 FOR KEY SHARE
         ON CONFLICT (instance_key) DO UPDATE SET cells = excluded.cells, set_by = excluded.set_by, set_at = excluded.set_at,
           changed_at = clock_timestamp(), changed_by = pg_current_xact_id()",
    )
    .bind::<BigInt, _>(key)
    .bind::<Binary, _>(cells)
    .bind::<Nullable<Text>, _>(by)
    .execute(connection)?;
    Ok(rows == 1)
}
