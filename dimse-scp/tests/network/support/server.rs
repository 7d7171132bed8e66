//! A server: archive, databases, node folder, socket.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use archive::{Actor, AeTitle, Archive, Arrival, DuplicatePolicy, Right, Scope, Uid};
use cluster::testing::{TestDatabase, folder};
use dimse_scp::Settings;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Object;

/// A running server. It lets in whoever calls it `PACS`, unless its settings were changed.
pub struct Server {
    pub address: SocketAddr,
    pub archive: Archive,
    pub shutdown: CancellationToken,
    pub running: JoinHandle<std::io::Result<()>>,
    node: TempDir,
    _databases: [TestDatabase; 2],
}

impl Server {
    /// Starts a server with changed settings.
    pub async fn start(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), change).await
    }

    /// The same on an address of this machine.
    pub async fn start_at(host: IpAddr, change: impl FnOnce(&mut Settings)) -> Self {
        let databases = [TestDatabase::new("index"), TestDatabase::new("identity")];
        let node = folder();
        let archive = Archive::open(archive::Settings {
            index_url: databases[0].url(),
            identity_url: databases[1].url(),
            connections: 4,
            node_folder: node.path().join("node"),
            duplicates: DuplicatePolicy::Refuse,
            largest_object: 1 << 30,
            volume_cache: 64 << 20,
            volume_device: Default::default(),
            similar: Default::default(),
        })
        .await
        .expect("an archive");
        let listener = TcpListener::bind((host, 0)).await.expect("a port");
        let address = listener.local_addr().expect("a bound socket");
        let shutdown = CancellationToken::new();
        let mut settings = Settings { accept_unknown: true, ..Settings::default() };
        change(&mut settings);
        let serving = dimse_scp::serve(listener, archive.clone(), settings, shutdown.clone());
        let running = tokio::spawn(serving);
        Self { address, archive, shutdown, running, node, _databases: databases }
    }

    /// Whether the object is there for everybody.
    pub async fn has(&self, object: &Object) -> bool {
        let actor =
            Actor { name: "test".into(), rights: vec![Right::Retrieve], identified: true, address: None, via: "test" };
        let scope = Scope {
            study: Uid::new(&object.study).expect("a UID"),
            series: None,
            instance: Some(Uid::new(&object.instance).expect("a UID")),
        };
        self.archive.instances(&actor, &scope, "test").await.is_ok_and(|found| found.len() == 1)
    }

    /// What the audit trail says about refusals.
    pub async fn refusals(&self) -> Vec<String> {
        let word = archive::audit::Action::Refuse.word().to_owned();
        let filter = archive::audit::AuditFilter { action: Some(word), ..Default::default() };
        let rows = self.archive.audit_trail(filter, 10).await.expect("an audit trail");
        rows.into_iter().filter_map(|row| row.detail).collect()
    }

    /// Files of some size on the storage node, wherever they are.
    pub fn files(&self) -> usize {
        count(self.node.path())
    }

    /// Stores many objects at once.
    pub async fn store(&self, objects: &[Object]) {
        let actor =
            Actor { name: "test".into(), rights: vec![Right::Store], identified: true, address: None, via: "test" };
        let storing = objects.iter().map(|object| async {
            let arrival = Arrival::DataSet {
                sop_class_uid: super::object::CLASS.to_owned(),
                sop_instance_uid: object.instance.clone(),
                transfer_syntax: "1.2.840.10008.1.2.1".to_owned(),
                source: None,
            };
            let mut incoming = self.archive.store(&actor, arrival).await.expect("room");
            incoming.write(object.data_set.clone().into()).await.expect("taken");
            incoming.finish().await.result.expect("stored");
        });
        futures_util::future::join_all(storing).await;
    }

    /// Lets an AE title in, which may search.
    pub async fn register(&self, title: &str) {
        self.register_for(title, true).await;
    }

    /// Lets an AE title in that may search, or not.
    pub async fn register_for(&self, title: &str, may_search: bool) {
        self.register_as(title, 104, may_search, false, false).await;
    }

    /// Lets an AE title in that listens on a port of this machine, and may move or not.
    pub async fn register_at(&self, title: &str, port: u16, may_move: bool) {
        self.register_with(title, port, may_move, false).await;
    }

    /// The same, and it listens with TLS or not.
    pub async fn register_with(&self, title: &str, port: u16, may_move: bool, tls: bool) {
        self.register_as(title, port, true, may_move, tls).await;
    }

    async fn register_as(&self, title: &str, port: u16, may_search: bool, may_move: bool, tls: bool) {
        let entity = archive::access::ApplicationEntity {
            may_store: may_move,
            may_search,
            may_move,
            tls,
            ..archive::access::ApplicationEntity::at(AeTitle::new(title).expect("an AE title"), "127.0.0.1", port)
        };
        self.archive.add_application_entity("test", &entity).await.expect("a new title");
    }
}

fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => count(&entry.path()),
            Ok(metadata) => usize::from(metadata.len() > 1000),
            Err(_) => 0,
        })
        .sum()
}

/// Waits until a condition holds; fails after ten seconds.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap_or_else(|_| panic!("{what}: not in time"));
}
