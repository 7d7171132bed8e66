//! The committer's own connection to a database: searches cannot keep it waiting.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::Text;

use crate::{Error, database};

/// A connection that is made when it is needed, and again after it broke.
pub(super) struct Link {
    name: &'static str,
    url: String,
    live: Option<Live>,
}

struct Live {
    connection: PgConnection,
    log: Option<String>,
    flush: bool,
}

impl Link {
    pub(super) fn new(name: &'static str, url: &str) -> Self {
        Self { name, url: url.to_owned(), live: None }
    }

    /// Runs `work`. A connection that breaks by it is dropped.
    pub(super) fn run<T>(&mut self, work: impl FnOnce(&mut PgConnection) -> QueryResult<T>) -> Result<T, Error> {
        let name = self.name;
        let connection = &mut self.live()?.connection;
        let result = work(connection);
        if R2D2Connection::is_broken(connection) {
            self.live = None;
        }
        result.map_err(|error| database::failure(name, error))
    }

    /// Makes sure that there is a connection: what fails from here on may have been done.
    pub(super) fn connect(&mut self) -> Result<(), Error> {
        self.live().map(drop)
    }

    /// What tells one write-ahead log from another; `None` when the server does not say.
    pub(super) fn log(&mut self) -> Result<Option<String>, Error> {
        Ok(self.live()?.log.clone())
    }

    /// Drops the connection.
    pub(super) fn forget(&mut self) {
        self.live = None;
    }

    /// Whether a commit waits until the log is on the disk.
    pub(super) fn flush(&mut self, flush: bool) -> Result<(), Error> {
        if self.live()?.flush != flush {
            let value = if flush { "on" } else { "off" };
            let statement = format!("SET synchronous_commit = {value}");
            self.run(|connection| diesel::sql_query(statement).execute(connection))?;
            self.live()?.flush = flush;
        }
        Ok(())
    }

    fn live(&mut self) -> Result<&mut Live, Error> {
        if self.live.is_none() {
            let mut connection =
                database::connect(&self.url).map_err(|error| Error::Unavailable(self.name, Some(Box::new(error))))?;
            let log = log_of(&mut connection);
            // Arrays of any length come into one statement, whose plan does not get better by looking at them; and it is
            // kept, so it must not be made for the small tables of a young archive.
            connection
                .batch_execute(
                    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
                     SET enable_hashjoin = off; SET enable_mergejoin = off",
                )
                .map_err(|error| database::failure(self.name, error))?;
            self.live = Some(Live { connection, log, flush: true });
        }
        self.live.as_mut().ok_or(Error::Unavailable(self.name, None))
    }
}

#[derive(QueryableByName)]
struct Log {
    #[diesel(sql_type = Text)]
    log: String,
}

/// The cluster and the moment its server started: a copy of a cluster has the same identifier, but not both.
fn log_of(connection: &mut PgConnection) -> Option<String> {
    diesel::sql_query(
        "SELECT system_identifier || '/' || extract(epoch FROM pg_postmaster_start_time()) AS log FROM pg_control_system()",
    )
    .get_result::<Log>(connection)
    .ok()
    .map(|row| row.log)
}
