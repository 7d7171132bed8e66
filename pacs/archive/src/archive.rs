//! The archive as its shells hold it.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::{PgConnection, QueryResult};

use crate::access::Gate;
use crate::audit::Trail;
use crate::database::Database;
use crate::deidentify::Disguises;
use crate::jobs::Worker;
use crate::node::LocalNode;
use crate::render::Images;
use crate::retrieve::{FrameCache, KeptAnswers, KeptLists, MadeFrames, RecentInstances};
use crate::similar::{Describer, Kept};
use crate::store::Committer;
use crate::volume::Volumes;
use crate::{Error, Settings, node};

/// A node with less room than this is not ready.
const LEAST_ROOM: u64 = 256 << 20;

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
    /// The local storage node.
    pub(crate) node: Arc<LocalNode>,
    /// Writes the rows of what is stored.
    pub(crate) committer: Committer,
    /// Does what is left to do after answers.
    pub(crate) worker: Worker,
    /// Told when there may be an errand for a shell.
    pub(crate) errands: tokio::sync::Notify,
    /// Told when there may be something to forward.
    pub(crate) sending: Arc<crate::forward::Due>,
    /// Instances that were asked for a moment ago.
    pub(crate) recent: Arc<RecentInstances>,
    /// Where the frames lie of what is being looked at.
    pub(crate) frames: FrameCache,
    /// Frames that were decoded or encoded lately.
    pub(crate) made: MadeFrames,
    /// Metadata that were sent lately.
    pub(crate) answers: KeptAnswers,
    /// Instances of the Series that are being sliced.
    pub(crate) lists: KeptLists,
    /// Descriptions of the images that are being looked at.
    pub(crate) images: Images,
    /// Volumes that are being sliced.
    pub(crate) volumes: Volumes,
    /// Describes images for searches by likeness.
    pub(crate) describer: Describer,
    /// What searches by likeness read.
    pub(crate) descriptors: Kept,
    /// What is remembered of de-identification.
    pub(crate) disguises: Disguises,
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
        schema::migrate::index(&mut *index.connection()?)
            .map_err(|error| Error::Internal("the index database cannot be brought up to date".into(), Some(error)))?;
        schema::migrate::identity(&mut *identity.connection()?).map_err(|error| {
            Error::Internal("the identity database cannot be brought up to date".into(), Some(error))
        })?;
        let mut node = LocalNode::open(&settings.node_folder).map_err(|error| {
            let folder = settings.node_folder.display();
            Error::Internal(format!("the storage node {folder} cannot be opened: {error}"), Some(Box::new(error)))
        })?;
        let address = format!("file://{}", node.root().display());
        node.id = index.run(|connection| schema::nodes::register(connection, &node.name(), &address))?;
        let node = Arc::new(node);
        let sending = Arc::new(crate::forward::Due::default());
        let recent = Arc::new(RecentInstances::default());
        let committer = Committer::new(&settings, node.clone(), sending.clone(), recent.clone());
        let trail = Trail::start(index.clone());
        let (frames, made, images) = (FrameCache::default(), MadeFrames::default(), Images::new());
        let (answers, lists) = (KeptAnswers::default(), KeptLists::default());
        let volumes = Volumes::new(settings.volume_cache, settings.volume_device);
        let access = Gate::new();
        let worker = Worker::default();
        let folder = settings.similar.folder.clone();
        let descriptors = Kept::new(folder.unwrap_or_else(|| settings.node_folder.join("descriptors")));
        let inner = Arc::new(Inner {
            settings,
            index,
            identity,
            node,
            committer,
            worker,
            errands: tokio::sync::Notify::new(),
            sending,
            recent,
            frames,
            made,
            answers,
            lists,
            images,
            volumes,
            describer: Describer::default(),
            descriptors,
            disguises: Disguises::default(),
            access,
            trail,
        });
        let started = inner.worker.start(Arc::downgrade(&inner));
        let quiet = inner.settings.similar.quiet;
        let started = started.and_then(|()| inner.describer.start(Arc::downgrade(&inner), quiet));
        started.map_err(|error| Error::Internal("a thread cannot be started".into(), Some(Box::new(error))))?;
        Ok(Self(inner))
    }

    /// Writes out what is queued. Stores that come later are refused as unavailable.
    pub async fn close(&self) {
        let archive = self.clone();
        let closing = tokio::task::spawn_blocking(move || {
            archive.0.committer.close();
            archive.0.worker.close();
            archive.0.describer.close();
            archive.0.descriptors.close();
        });
        if let Err(error) = closing.await {
            tracing::error!(%error, "the threads of the archive were not waited for");
        }
        self.0.trail.close().await;
    }

    /// Whether the archive can serve: each part by name, with the reason when it cannot.
    pub async fn ready(&self) -> Vec<(&'static str, Result<(), String>)> {
        let ping = |connection: &mut PgConnection| connection.batch_execute("SELECT 1");
        let node = self.0.node.clone();
        let (index, identity, node) = futures_util::join!(
            self.with_index(ping),
            self.with_identity(ping),
            blocking(move || node.probe().map_err(node::write_failure)),
        );
        let node = node.map_err(|error| error.to_string()).and_then(|room| match room {
            LEAST_ROOM.. => Ok(()),
            _ => Err(format!("the storage node has only {} MiB left", room >> 20)),
        });
        let told = |result: Result<(), Error>| result.map_err(|error| error.to_string());
        vec![("index", told(index)), ("identity", told(identity)), ("node", node)]
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
