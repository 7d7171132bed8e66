//! Embedded migrations of the two databases (`schema/migrations/index`, `schema/migrations/identity`).

use diesel::sql_types::BigInt;
use diesel::{PgConnection, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const INDEX: EmbeddedMigrations = embed_migrations!("migrations/index");
const IDENTITY: EmbeddedMigrations = embed_migrations!("migrations/identity");

/// Key of the advisory lock that one process holds while it migrates. Any number does, as long as it stays.
const LOCK: i64 = 0x5041_4353_6d69_6772;

/// Brings the index database up to date; safe when several processes do it at once (advisory lock).
pub fn index(connection: &mut PgConnection) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    migrate(connection, INDEX)
}

/// Brings the identity database up to date.
pub fn identity(connection: &mut PgConnection) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    migrate(connection, IDENTITY)
}

/// Advisory locks have no place in Diesel's query language. The lock ends with the connection at the latest.
fn migrate(
    connection: &mut PgConnection,
    migrations: EmbeddedMigrations,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
    let result = connection.run_pending_migrations(migrations).map(|_| ());
    sql_query("SELECT pg_advisory_unlock($1)").bind::<BigInt, _>(LOCK).execute(connection)?;
    result
}
