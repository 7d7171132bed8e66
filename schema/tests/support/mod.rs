//! Databases and instances for the tests of this crate.

#![allow(dead_code, missing_docs, reason = "each test binary uses a part")]

pub mod asking;

use cluster::testing::TestDatabase;
use diesel::{Connection, PgConnection};
use schema::audit::AuditRow;
use schema::documents::Documents;
use schema::ingest::NewInstance;
use serde_json::{Map, Value, json};

/// Both databases, migrated.
pub struct Databases {
    pub index: TestDatabase,
    pub identity: TestDatabase,
}

impl Databases {
    pub fn new() -> Self {
        let databases = Self { index: TestDatabase::new("index"), identity: TestDatabase::new("identity") };
        schema::migrate::index(&mut databases.index()).expect("migrate the index");
        schema::migrate::identity(&mut databases.identity()).expect("migrate the identity database");
        databases.index.sql("INSERT INTO storage_nodes (name, url) VALUES ('local', 'file:///node')");
        databases
    }

    pub fn index(&self) -> PgConnection {
        PgConnection::establish(&self.index.url()).expect("connect to the index")
    }

    pub fn identity(&self) -> PgConnection {
        PgConnection::establish(&self.identity.url()).expect("connect to the identity database")
    }

    /// Stores instances as the archive does.
    pub fn store(&self, instances: &[NewInstance]) -> Vec<schema::ingest::Written> {
        let identified = schema::ingest::write_identity(&mut self.identity(), instances).expect("write identity");
        schema::ingest::write_index(&mut self.index(), instances, &identified, &lines(instances)).expect("write index")
    }
}

/// The lines of the audit trail that go with instances.
pub fn lines(instances: &[NewInstance]) -> Vec<AuditRow> {
    instances.iter().map(line).collect()
}

/// The line of the audit trail that goes with an instance.
pub fn line(instance: &NewInstance) -> AuditRow {
    AuditRow {
        at: chrono::Utc::now(),
        action: "store".into(),
        actor: "CT1".into(),
        address: None,
        via: "dimse".into(),
        study_instance_uid: Some(instance.study_instance_uid.clone()),
        series_instance_uid: Some(instance.series_instance_uid.clone()),
        sop_instance_uid: Some(instance.sop_instance_uid.clone()),
        outcome: "success".into(),
        detail: None,
    }
}

/// An instance of study 1.2.`study`, series 1.2.`study`.`series`, with attributes by tag: `("00100010", "PN", json)`.
pub fn instance(study: u32, series: u32, number: u32, attributes: &[(&str, &str, Value)]) -> NewInstance {
    let (study_uid, series_uid) = (format!("1.2.{study}"), format!("1.2.{study}.{series}"));
    let uid = format!("{series_uid}.{number}");
    let mut all = Map::new();
    let mut set = |tag: &str, vr: &str, value: Value| all.insert(tag.to_owned(), json!({"vr": vr, "Value": [value]}));
    set("00080016", "UI", json!("1.2.840.10008.5.1.4.1.1.2"));
    set("00080018", "UI", json!(uid));
    set("0020000D", "UI", json!(study_uid));
    set("0020000E", "UI", json!(series_uid));
    set("00200011", "IS", json!(series));
    set("00200013", "IS", json!(number));
    set("00080060", "CS", json!("CT"));
    set("00100020", "LO", json!(format!("P{study}")));
    for (tag, vr, value) in attributes {
        set(tag, vr, value.clone());
    }
    let sop_class_uid = all["00080016"]["Value"][0].as_str().expect("a UID").to_owned();
    NewInstance {
        study_instance_uid: study_uid,
        series_instance_uid: series_uid,
        file_path: format!("{uid}.dcm"),
        digest: uid.as_bytes().to_vec(),
        sop_instance_uid: uid,
        sop_class_uid,
        transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
        documents: Documents::split(all),
        metadata: b"metadata".to_vec(),
        storage_node_id: 1,
        file_size: 1000,
        data_set_start: 132,
        frame_index: Vec::new(),
        frame_count: 1,
        kind: "tomogram",
    }
}
