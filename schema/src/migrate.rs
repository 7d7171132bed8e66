//! Embedded migrations of the two databases (`schema/migrations/index`, `schema/migrations/identity`).

use diesel::PgConnection;

/// Brings the index database up to date; safe when several processes do it at once (advisory lock).
pub fn index(connection: &mut PgConnection) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let _ = connection;
    todo!()
}
/// Brings the identity database up to date.
pub fn identity(connection: &mut PgConnection) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let _ = connection;
    todo!()
}
