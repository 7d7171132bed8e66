//! The archive as its shells hold it.

use std::sync::Arc;

use diesel::{PgConnection, QueryResult};

use crate::access::Gate;
use crate::audit::Trail;
use crate::database::Database;
use crate::{Error, Settings};

/// The archive. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Archive(pub(crate) Arc<Inner>);

/// What all clones share.
pub(crate) struct Inner {
    /// As opened.
    pub(crate) settings: Settings,
    /// The index database: shareable, no personal data.
    pub(crate) index: Database,
    /// The identity database.
    pub(crate) identity: Database,
    /// Who got in lately.
    pub(crate) access: Gate,
    /// The audit trail's queue.
    pub(crate) trail: Trail,
}

impl Archive {
    /// Connects to both databases, brings them up to date, and registers the local storage node.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        blocking(move || Self::open_blocking(settings)).await
    }

    fn open_blocking(settings: Settings) -> Result<Self, Error> {
        let index = Database::new("the index database", &settings.index_url, settings.connections);
        let identity = Database::new("the identity database", &settings.identity_url, settings.connections);
        schema::migrate::index(&mut index.connection()?.connection)
            .map_err(|error| Error::Internal("the index database cannot be brought up to date".into(), Some(error)))?;
        schema::migrate::identity(&mut identity.connection()?.connection).map_err(|error| {
            Error::Internal("the identity database cannot be brought up to date".into(), Some(error))
        })?;
        let trail = Trail::start(index.clone());
        Ok(Self(Arc::new(Inner { settings, index, identity, access: Gate::new(), trail })))
    }

    /// Writes out what is queued. Stores that come later are refused as unavailable.
    pub async fn close(&self) {
        self.0.trail.close().await;
    }

    /// Runs `work` on a connection to the index database, on a blocking thread.
    pub(crate) async fn with_index<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, Error> {
        let database = self.0.index.clone();
        blocking(move || database.run(work)).await
    }

    /// Runs `work` on a connection to the identity database, on a blocking thread.
    pub(crate) async fn with_identity<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, Error> {
        let database = self.0.identity.clone();
        blocking(move || database.run(work)).await
    }
}

/// Runs `work`, which may wait for a disk or a database, on a thread that may wait. It runs to its end even when the
/// caller goes away.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::Internal("a task ended early".into(), Some(Box::new(error)))),
    }
}
