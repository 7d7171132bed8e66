//! An archive of its own for a test, and objects to put into it.

use std::path::{Path, PathBuf};

use archive::retrieve::InstanceMetadata;
use archive::{Actor, Archive, Arrival, DuplicatePolicy, Right, Scope, Settings, StoreOutcome, StoredInstance, Uid};
use bytes::Bytes;
use cluster::testing::{TestDatabase, folder};
use futures_util::TryStreamExt;

pub const STUDY: &str = "1.2.3";
pub const SERIES: &str = "1.2.3.4";
pub const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// An archive, its databases and its folder.
pub struct Fixture {
    pub archive: Archive,
    pub settings: Settings,
    pub index: TestDatabase,
    pub identity: TestDatabase,
    pub folder: tempfile::TempDir,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (index, identity, folder) = (TestDatabase::new("index"), TestDatabase::new("identity"), folder());
        let mut settings = Settings {
            index_url: index.url(),
            identity_url: identity.url(),
            connections: 4,
            node_folder: folder.path().join("node"),
            duplicates: DuplicatePolicy::Refuse,
            largest_object: 64 << 20,
            volume_cache: 64 << 20,
            volume_device: Default::default(),
            similar: Default::default(),
        };
        change(&mut settings);
        let archive = Archive::open(settings.clone()).await.expect("an archive");
        Self { archive, settings, index, identity, folder }
    }

    pub async fn with_policy(duplicates: DuplicatePolicy) -> Self {
        Self::with(|settings| settings.duplicates = duplicates).await
    }

    pub async fn store(&self, file: &[u8]) -> StoreOutcome {
        store(&self.archive, Arrival::File { study: None }, file, 100_000).await
    }

    pub async fn only(&self, instance: &str) -> StoredInstance {
        let mut found = self.archive.instances(&actor(), &scope(instance), "test").await.expect("stored");
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    pub async fn metadata(&self, scope: &Scope) -> Vec<InstanceMetadata> {
        let metadata = self.archive.metadata(&actor(), scope).await.expect("metadata");
        metadata.pages().try_collect::<Vec<_>>().await.expect("metadata").concat()
    }

    /// Files on the node, and temporary files.
    pub fn files(&self) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let node = &self.settings.node_folder;
        (files(&node.join("objects")), files(&node.join("incoming")))
    }

    pub fn count(&self, table: &str) -> u64 {
        self.index.sql(&format!("SELECT count(*) FROM {table}")).trim().parse().expect("a number")
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

pub async fn store(archive: &Archive, arrival: Arrival, bytes: &[u8], piece: usize) -> StoreOutcome {
    let mut incoming = archive.store(&actor(), arrival).await.expect("may store");
    for piece in bytes.chunks(piece) {
        if incoming.write(Bytes::copy_from_slice(piece)).await.is_err() {
            break;
        }
    }
    incoming.finish().await
}

pub fn actor() -> Actor {
    use Right::{Retrieve, Search, Store};
    Actor {
        name: "MODALITY".into(),
        rights: vec![Store, Search, Retrieve],
        identified: true,
        address: None,
        via: "dimse",
    }
}

pub fn scope(instance: &str) -> Scope {
    let uid = |text| Uid::new(text).expect("a UID");
    Scope { study: uid(STUDY), series: Some(uid(SERIES)), instance: Some(uid(instance)) }
}

pub async fn collect(body: archive::retrieve::Body) -> Vec<u8> {
    let pieces: Vec<Bytes> = body.content.try_collect().await.expect("content");
    let whole = pieces.concat();
    assert!(body.length.is_none_or(|length| length == whole.len() as u64));
    whole
}

/// The value of a sequence with one Item.
pub fn sequence_item(elements: &[(u16, u16, &str, &str)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (group, element, vr, value) in elements {
        content.extend([group.to_le_bytes(), element.to_le_bytes()].concat());
        content.extend(vr.as_bytes());
        content.extend((value.len() as u16).to_le_bytes());
        content.extend(value.as_bytes());
    }
    let mut item = [0xFE, 0xFF, 0x00, 0xE0].to_vec();
    item.extend((content.len() as u32).to_le_bytes());
    item.extend(content);
    item
}

/// A data set in Explicit VR Little Endian, element by element.
#[derive(Clone, Default)]
pub struct Object {
    elements: std::collections::BTreeMap<(u16, u16), (&'static str, Vec<u8>)>,
}

impl Object {
    /// A CT image of 2 by 3 pixels.
    pub fn new(instance: &str) -> Self {
        Self::default()
            .with(0x0008, 0x0016, "UI", CT)
            .with(0x0008, 0x0018, "UI", instance)
            .with(0x0008, 0x0060, "CS", "CT")
            .with(0x0010, 0x0010, "PN", "Quaestor^Ada")
            .with(0x0010, 0x0020, "LO", "4711")
            .with(0x0020, 0x000d, "UI", STUDY)
            .with(0x0020, 0x000e, "UI", SERIES)
            .with(0x0028, 0x0002, "US", 1u16.to_le_bytes())
            .with(0x0028, 0x0010, "US", 2u16.to_le_bytes())
            .with(0x0028, 0x0011, "US", 3u16.to_le_bytes())
            .with(0x0028, 0x0100, "US", 16u16.to_le_bytes())
            .with(0x7fe0, 0x0010, "OW", *b"abcdefghijkl")
    }

    pub fn with(mut self, group: u16, element: u16, vr: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.elements.insert((group, element), (vr, value.as_ref().to_vec()));
        self
    }

    pub fn without(mut self, group: u16, element: u16) -> Self {
        self.elements.remove(&(group, element));
        self
    }

    pub fn data_set(&self) -> Vec<u8> {
        self.elements.iter().flat_map(|(&tag, (vr, value))| element(tag, vr, value)).collect()
    }

    pub fn file(&self) -> Vec<u8> {
        file(EXPLICIT, &self.data_set())
    }
}

/// A PS3.10 file around a data set.
pub fn file(transfer_syntax: &str, data_set: &[u8]) -> Vec<u8> {
    let meta = element((2, 0x0010), "UI", transfer_syntax.as_bytes());
    let length = element((2, 0), "UL", &(meta.len() as u32).to_le_bytes());
    [&[0; 128][..], b"DICM", &length, &meta, data_set].concat()
}

fn element((group, number): (u16, u16), vr: &str, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    let mut bytes = [group.to_le_bytes(), number.to_le_bytes()].concat();
    bytes.extend_from_slice(vr.as_bytes());
    if matches!(vr, "OB" | "OW" | "OD" | "OF" | "OL" | "OV" | "SQ" | "UC" | "UN" | "UR" | "UT" | "SV" | "UV") {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    bytes.extend_from_slice(&value);
    bytes
}
