//! Studies enough for a search to be worth measuring, written by the databases themselves: alike in both.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

/// What the index has of so many studies.
pub fn index(connection: &mut PgConnection, studies: usize) {
    fill(connection, include_str!("index.sql"), studies);
}

/// What the identity database has of them.
pub fn identity(connection: &mut PgConnection, studies: usize) {
    fill(connection, include_str!("identity.sql"), studies);
}

fn fill(connection: &mut PgConnection, statements: &str, studies: usize) {
    connection.batch_execute(&statements.replace("{studies}", &studies.to_string())).expect("fill the database");
    // As the server's own housekeeping does some time after a store.
    connection.batch_execute("VACUUM ANALYZE").expect("look over the tables");
}
