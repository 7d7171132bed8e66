//! Connections to one of the two databases: pooled, replaced when they break, and quick to say that a database is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};
use diesel::result::{DatabaseErrorKind, Error as DatabaseError};
use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl};

use crate::Error;

/// How long a request waits for a connection before it is told that the database is not available.
const PATIENCE: Duration = Duration::from_secs(3);
/// The same while the database is known to be away: requests must not pile up behind each other's patience.
const IMPATIENCE: Duration = Duration::from_millis(250);
/// A connection unused for longer than this is tried before it is lent.
const STALE: Duration = Duration::from_secs(1);

/// One of the two databases.
#[derive(Clone)]
pub(crate) struct Database {
    name: &'static str,
    pool: Pool<Manager>,
    away: Arc<AtomicBool>,
}

impl Database {
    /// Prepares a pool; nothing is connected yet. `name` is what errors call it: `the index database`.
    pub(crate) fn new(name: &'static str, url: &str, connections: u32) -> Self {
        let manager = Manager { url: url.to_owned(), broken: AtomicU64::new(0) };
        let pool = Pool::builder()
            .max_size(connections.max(2))
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(Quiet(name)))
            .test_on_check_out(true)
            .build_unchecked(manager);
        Self { name, pool, away: Arc::default() }
    }

    /// Runs `work` on a connection. Blocks: call it on a blocking thread.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&mut PgConnection) -> QueryResult<T>) -> Result<T, Error> {
        let mut held = self.connection()?;
        work(&mut held.connection).map_err(|error| self.failure(error))
    }

    /// Lends a connection.
    pub(crate) fn connection(&self) -> Result<PooledConnection<Manager>, Error> {
        let patience = if self.away.load(Ordering::Relaxed) { IMPATIENCE } else { PATIENCE };
        let lent = self.pool.get_timeout(patience);
        self.away.store(lent.is_err(), Ordering::Relaxed);
        lent.map_err(|error| Error::Unavailable(self.name, Some(Box::new(error))))
    }

    /// What a failed query means to the archive.
    pub(crate) fn failure(&self, error: DatabaseError) -> Error {
        failure(self.name, error)
    }
}

/// What a failed query of the database called `name` means to the archive.
pub(crate) fn failure(name: &'static str, error: DatabaseError) -> Error {
    match error {
        DatabaseError::DatabaseError(
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction,
            _,
        )
        | DatabaseError::BrokenTransactionManager => Error::Unavailable(name, Some(Box::new(error))),
        DatabaseError::DatabaseError(_, ref information) if information.message().contains("No space left") => {
            Error::Unavailable(name, Some(Box::new(error)))
        }
        other => Error::Internal(format!("a query of {name} failed"), Some(Box::new(other))),
    }
}

/// Makes connections and tells live ones from dead ones.
pub(crate) struct Manager {
    url: String,
    /// How many connections were found broken so far: a connection lent before the last of them is suspect.
    broken: AtomicU64,
}

/// A connection and when it was last known to work.
pub(crate) struct Held {
    /// The connection.
    pub(crate) connection: PgConnection,
    used: Instant,
    broken_then: u64,
}

/// Connects, and makes sure that a commit is durable even where the server's default says otherwise.
pub(crate) fn connect(url: &str) -> Result<PgConnection, diesel::r2d2::Error> {
    let mut connection = PgConnection::establish(&with_timeouts(url))?;
    diesel::sql_query(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    )
    .execute(&mut connection)?;
    Ok(connection)
}

/// A server that does not answer at all must not keep anybody waiting for the minutes that the system would give it.
fn with_timeouts(url: &str) -> String {
    let mut url = url.to_owned();
    for (key, value) in [("connect_timeout", "3"), ("tcp_user_timeout", "10000")] {
        if !url.contains(key) {
            let separator = match (url.contains("://"), url.contains('?')) {
                (false, _) => ' ',
                (true, false) => '?',
                (true, true) => '&',
            };
            url.push_str(&format!("{separator}{key}={value}"));
        }
    }
    url
}

impl ManageConnection for Manager {
    type Connection = Held;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Held, Self::Error> {
        let connection = connect(&self.url)?;
        Ok(Held { connection, used: Instant::now(), broken_then: self.broken.load(Ordering::Relaxed) })
    }

    fn is_valid(&self, held: &mut Held) -> Result<(), Self::Error> {
        let broken = self.broken.load(Ordering::Relaxed);
        if held.broken_then == broken && held.used.elapsed() < STALE {
            return Ok(());
        }
        held.connection.ping()?;
        held.broken_then = broken;
        Ok(())
    }

    fn has_broken(&self, held: &mut Held) -> bool {
        held.used = Instant::now();
        let broken = std::thread::panicking() || R2D2Connection::is_broken(&mut held.connection);
        if broken {
            self.broken.fetch_add(1, Ordering::Relaxed);
        }
        broken
    }
}

/// Reports failed attempts to connect at debug level: the request that suffers from them reports its own error.
#[derive(Debug)]
struct Quiet(&'static str);

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for Quiet {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::debug!(database = self.0, %error, "no connection");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_timeouts_to_every_way_to_name_a_database() {
        assert_eq!(
            with_timeouts("postgresql:///index?host=%2Ftmp"),
            "postgresql:///index?host=%2Ftmp&connect_timeout=3&tcp_user_timeout=10000"
        );
        assert_eq!(with_timeouts("postgresql://h/index"), "postgresql://h/index?connect_timeout=3&tcp_user_timeout=10000");
        assert_eq!(with_timeouts("host=/tmp dbname=index"), "host=/tmp dbname=index connect_timeout=3 tcp_user_timeout=10000");
        assert_eq!(with_timeouts("host=h connect_timeout=9"), "host=h connect_timeout=9 tcp_user_timeout=10000");
    }
}
