//! Connections to one of the two databases: lent, replaced when they break, and made by whoever needs one.
//!
//! A request that finds no connection makes one itself and so learns at once when the database is away, and the first
//! request after the database is back gets through: nothing waits for a background thread to try again.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::r2d2::R2D2Connection;
use diesel::result::{DatabaseErrorKind, Error as DatabaseError};
use diesel::{Connection, PgConnection, QueryResult, RunQueryDsl};
use parking_lot::{Condvar, Mutex};

use crate::Error;

/// How long a request waits while all connections are lent.
const PATIENCE: Duration = Duration::from_secs(3);
/// A connection unused for longer than this is tried before it is lent.
const STALE: Duration = Duration::from_secs(1);

/// One of the two databases. Cheap to clone; all clones lend the same connections.
#[derive(Clone)]
pub(crate) struct Database(Arc<Pool>);

struct Pool {
    name: &'static str,
    url: String,
    most: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    /// Connections that nobody uses, and since when.
    idle: Vec<(PgConnection, Instant)>,
    lent: usize,
}

impl Database {
    /// Nothing is connected yet. `name` is what errors call it: `the index database`.
    pub(crate) fn new(name: &'static str, url: &str, connections: u32) -> Self {
        let most = connections.max(2) as usize;
        let (state, returned) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Pool { name, url: url.to_owned(), most, state, returned }))
    }

    /// Runs `work` on a connection. Blocks: call it on a blocking thread.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&mut PgConnection) -> QueryResult<T>) -> Result<T, Error> {
        let mut lent = self.connection()?;
        work(&mut lent).map_err(|error| failure(self.0.name, error))
    }

    /// Lends a connection, making one when none is idle. Blocks.
    pub(crate) fn connection(&self) -> Result<Lent, Error> {
        let idle = self.0.take()?;
        // From here on the connection is counted as lent, and dropping this gives the count back.
        let mut lent = Lent { pool: self.0.clone(), connection: None };
        if let Some((mut connection, since)) = idle
            && (since.elapsed() < STALE || connection.ping().is_ok())
        {
            lent.connection = Some(connection);
            return Ok(lent);
        }
        let connection = connect(&self.0.url);
        lent.connection = Some(connection.map_err(|error| Error::Unavailable(self.0.name, Some(Box::new(error))))?);
        Ok(lent)
    }
}

impl Pool {
    /// An idle connection, or leave to make one.
    fn take(&self) -> Result<Option<(PgConnection, Instant)>, Error> {
        let mut state = self.state.lock();
        let until = Instant::now() + PATIENCE;
        while state.lent >= self.most {
            if self.returned.wait_until(&mut state, until).timed_out() {
                return Err(Error::Unavailable(self.name, Some("all connections are in use".into())));
            }
        }
        state.lent += 1;
        Ok(state.idle.pop())
    }
}

/// A connection on loan.
pub(crate) struct Lent {
    pool: Arc<Pool>,
    /// `None` only while it is being made.
    connection: Option<PgConnection>,
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("a connection is lent only when it has been made")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("a connection is lent only when it has been made")
    }
}

impl Drop for Lent {
    /// A broken connection is not lent again, and casts doubt on those that are idle: the server may have gone.
    fn drop(&mut self) {
        let mut connection = self.connection.take();
        if std::thread::panicking() || connection.as_mut().is_some_and(R2D2Connection::is_broken) {
            connection = None;
        }
        let mut state = self.pool.state.lock();
        state.lent -= 1;
        match connection {
            Some(connection) => state.idle.push((connection, Instant::now())),
            None => state.idle.clear(),
        }
        drop(state);
        self.pool.returned.notify_one();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_timeouts_to_every_way_to_name_a_database() {
        assert_eq!(
            with_timeouts("postgresql:///index?host=%2Ftmp"),
            "postgresql:///index?host=%2Ftmp&connect_timeout=3&tcp_user_timeout=10000"
        );
        assert_eq!(
            with_timeouts("postgresql://h/index"),
            "postgresql://h/index?connect_timeout=3&tcp_user_timeout=10000"
        );
        assert_eq!(
            with_timeouts("host=/tmp dbname=index"),
            "host=/tmp dbname=index connect_timeout=3 tcp_user_timeout=10000"
        );
        assert_eq!(with_timeouts("host=h connect_timeout=9"), "host=h connect_timeout=9 tcp_user_timeout=10000");
    }
}
