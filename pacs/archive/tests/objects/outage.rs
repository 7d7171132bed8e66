//! Databases that stop and nodes that are full.

use std::path::Path;
use std::process::Command;

use archive::{Archive, DuplicatePolicy, Settings, StoreFailure, Stored};
use archive::{Arrival, Error};
use cluster::testing::folder;
use cluster::{Cluster, Tuning};

use crate::fixture::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_clearly_while_the_database_is_away_and_resumes_by_itself() {
    let folder = folder();
    let data = folder.path().join("pg");
    let cluster = Cluster::start(&data, Tuning::Test).expect("a cluster");
    let url = |name: &str| cluster::socket_url(cluster.socket(), name);
    for name in ["a_index", "a_identity"] {
        cluster.ensure_database(name).expect("a database");
    }
    let settings = Settings {
        index_url: url("a_index"),
        identity_url: url("a_identity"),
        connections: 4,
        node_folder: folder.path().join("node"),
        duplicates: DuplicatePolicy::Refuse,
        largest_object: 1 << 20,
        volume_cache: 64 << 20,
        volume_device: Default::default(),
        similar: Default::default(),
    };
    let archive = Archive::open(settings).await.expect("an archive");
    let put = async |number: u32| {
        let file = Object::new(&format!("1.1.{number}")).file();
        store(&archive, Arrival::File { study: None }, &file, 1000).await.result
    };
    assert_eq!(put(1).await, Ok(Stored::New));
    drop(cluster);
    for number in [2, 3] {
        assert!(matches!(put(number).await, Err(StoreFailure::Unavailable(_))), "{number}");
    }
    let search = archive.instances(&actor(), &scope("1.1.1"), "test").await.err();
    assert!(matches!(search, Some(Error::Unavailable(..))), "{search:?}");
    let ready = archive.ready().await;
    assert!(ready.iter().any(|(name, state)| *name == "index" && state.is_err()), "{ready:?}");
    assert_eq!(files(&folder.path().join("node/objects")), 1, "what was refused left nothing");

    let _cluster = Cluster::start(&data, Tuning::Test).expect("the cluster again");
    assert_eq!(put(2).await, Ok(Stored::New));
    assert_eq!(put(1).await, Ok(Stored::Identical));
    assert_eq!(archive.instances(&actor(), &scope("1.1.1"), "test").await.expect("stored").len(), 1);
    assert!(archive.ready().await.iter().all(|(_, state)| state.is_ok()));
}

#[tokio::test]
async fn a_full_node_refuses_and_keeps_nothing_of_what_it_refused() {
    let mount = Mounted::new(1 << 20);
    let Some(mount) = mount else {
        eprintln!("no tmpfs can be mounted here: a full node was not tried");
        return;
    };
    let fixture = Fixture::with(|settings| settings.node_folder = mount.0.path().join("node")).await;
    let large =
        |number: u32| Object::new(&format!("1.1.{number}")).with(0x7fe0, 0x0010, "OW", vec![1; 600 << 10]).file();
    assert_eq!(fixture.store(&large(1)).await.result, Ok(Stored::New));
    let refused = fixture.store(&large(2)).await;
    assert_eq!(refused.result, Err(StoreFailure::NodeFull));
    let (objects, incoming) = fixture.files();
    assert_eq!((objects.len(), incoming.len()), (1, 0));
    assert_eq!(fixture.count("instances"), 1);
    assert_eq!(fixture.identity.sql("SELECT sop_instance_uid FROM instance_headers"), "1.1.1\n");
    let trail =
        fixture.index.sql("SELECT sop_instance_uid, outcome FROM audit WHERE action = 'store' ORDER BY audit_id");
    assert_eq!(trail, "1.1.1|success\n1.1.2|failure\n");
    assert!(fixture.archive.ready().await.iter().any(|(name, state)| *name == "node" && state.is_err()));
    assert_eq!(fixture.store(&Object::new("1.1.3").file()).await.result, Ok(Stored::New));
    fixture.archive.close().await;
    drop(fixture);
}

/// A small file system, unmounted when dropped.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn new(bytes: u64) -> Option<Self> {
        let folder = folder();
        let options = format!("size={bytes}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(folder))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}
