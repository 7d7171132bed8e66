//! A bound on the time that a search may take. Any attribute can be searched, and those without an index are looked for
//! in every document: on a large archive a careless search would keep a connection, and its client, for minutes.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::result::{DatabaseErrorKind, Error};

/// Longest time that a search may take, or one statement of it.
pub const LONGEST: Duration = Duration::from_secs(20);

/// Why a search has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// It took longer than [`LONGEST`].
    #[error("the search takes too long")]
    TooLong,
    /// A database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// A bound on a search of many statements.
pub(super) struct Clock(Instant);

impl Clock {
    /// The search begins.
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// An error when the search has taken too long.
    pub(super) fn check(&self) -> Result<(), SearchError> {
        if self.0.elapsed() < LONGEST { Ok(()) } else { Err(SearchError::TooLong) }
    }
}

/// Does `work` in a transaction whose statements are stopped when they take longer than [`LONGEST`].
pub(super) fn run<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, SearchError>,
) -> Result<T, SearchError> {
    within(LONGEST, connection, work)
}

fn within<T>(
    longest: Duration,
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, SearchError>,
) -> Result<T, SearchError> {
    let begun = Instant::now();
    // One trip to the server for both.
    let begin = format!("BEGIN; SET LOCAL statement_timeout = {}", longest.as_millis());
    AnsiTransactionManager::begin_transaction_sql(connection, &begin)?;
    let done = match work(connection) {
        Ok(found) => AnsiTransactionManager::commit_transaction(connection).map(|()| found).map_err(SearchError::from),
        Err(error) => {
            // The error of the work says more than that of a rollback; a connection that cannot roll back is broken.
            let _ = AnsiTransactionManager::rollback_transaction(connection);
            Err(error)
        }
    };
    // The server's words depend on its language; its patience does not.
    match done {
        Err(SearchError::Database(Error::DatabaseError(DatabaseErrorKind::Unknown, _)))
            if begun.elapsed() >= longest =>
        {
            Err(SearchError::TooLong)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use cluster::testing::TestDatabase;
    use diesel::Connection;
    use diesel::connection::SimpleConnection;

    use super::*;

    #[test]
    fn stops_what_takes_too_long_and_nothing_after_it() {
        let database = TestDatabase::new("bounded");
        let mut connection = PgConnection::establish(&database.url()).expect("connect");
        let longest = Duration::from_millis(50);
        let sleep = |connection: &mut PgConnection| Ok(connection.batch_execute("SELECT pg_sleep(20)")?);
        assert!(matches!(within(longest, &mut connection, sleep), Err(SearchError::TooLong)));
        let wrong = |connection: &mut PgConnection| Ok(connection.batch_execute("SELECT 1 / 0")?);
        assert!(matches!(within(longest, &mut connection, wrong), Err(SearchError::Database(_))));
        connection.batch_execute("SELECT pg_sleep(0.1)").expect("no bound outside a search");
    }
}
