//! Rows of `application_entities`: who may call by DIMSE, and where they listen.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::tables::application_entities;

/// An application entity that is known here.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = application_entities, check_for_backend(diesel::pg::Pg))]
pub struct EntityRow {
    /// AE title.
    pub title: String,
    /// Where it listens: name or address.
    pub host: String,
    /// Where it listens: TCP port.
    pub port: i32,
    /// It listens with TLS.
    pub tls: bool,
    /// May send objects (C-STORE).
    pub may_store: bool,
    /// May search (C-FIND) and retrieve (C-GET).
    pub may_search: bool,
    /// May have objects sent to another AE (C-MOVE).
    pub may_move: bool,
    /// May query the worklist and report performed steps.
    pub may_worklist: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Most associations at once; none: as configured.
    pub max_associations: Option<i32>,
    /// How it proves who it is, in the words of the archive; none: by its title.
    pub certificate: Option<String>,
}

/// An application entity to add.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = application_entities, treat_none_as_null = true)]
pub struct NewEntity<'a> {
    /// AE title.
    pub title: &'a str,
    /// Name or address.
    pub host: &'a str,
    /// TCP port.
    pub port: i32,
    /// It listens with TLS.
    pub tls: bool,
    /// May store.
    pub may_store: bool,
    /// May search and retrieve.
    pub may_search: bool,
    /// May move.
    pub may_move: bool,
    /// May query the worklist and report performed steps.
    pub may_worklist: bool,
    /// Most associations at once; none: as configured.
    pub max_associations: Option<i32>,
    /// How it proves who it is; none: by its title.
    pub certificate: Option<String>,
}

/// Adds an application entity; `false` when there is one of this title.
pub fn add(connection: &mut PgConnection, entity: &NewEntity<'_>) -> QueryResult<bool> {
    let added = diesel::insert_into(application_entities::table).values(entity).on_conflict_do_nothing();
    added.execute(connection).map(|rows| rows == 1)
}

/// Adds an application entity, or changes the one of its title; `true` when it is new. One statement: what others do at the
/// same time comes before it or after it.
pub fn put(connection: &mut PgConnection, entity: &NewEntity<'_>) -> QueryResult<bool> {
    diesel::insert_into(application_entities::table)
        .values(entity)
        .on_conflict(application_entities::title)
        .do_update()
        .set(entity)
        // A row that no transaction has ever changed is new.
        .returning(sql::<Bool>("(xmax = 0)"))
        .get_result(connection)
}

/// The application entities of these titles, as far as there are any.
pub fn find(connection: &mut PgConnection, titles: &[String]) -> QueryResult<Vec<EntityRow>> {
    let of_these = application_entities::table.filter(application_entities::title.eq_any(titles));
    of_these.select(EntityRow::as_select()).load(connection)
}

/// All application entities, by title.
pub fn list(connection: &mut PgConnection) -> QueryResult<Vec<EntityRow>> {
    application_entities::table.order(application_entities::title).select(EntityRow::as_select()).load(connection)
}

/// Removes an application entity; `false` when there is none of this title.
pub fn remove(connection: &mut PgConnection, title: &str) -> QueryResult<bool> {
    diesel::delete(application_entities::table.find(title)).execute(connection).map(|rows| rows == 1)
}
