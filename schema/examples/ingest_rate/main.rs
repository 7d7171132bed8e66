//! How many instances a second both databases take, and how long searches take over many studies.
//!
//! `cargo run --release -p schema --example ingest_rate -- [INSTANCES] [BATCH] [STUDIES]`: stores INSTANCES CT headers,
//! BATCH at a time, on a cluster of its own, then fills both databases up to STUDIES and asks what viewers ask.

mod fill;
mod searches;

use std::time::{Duration, Instant};

use cluster::{Cluster, Tuning};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use schema::audit::AuditRow;
use schema::documents::Documents;
use schema::ingest::{NewInstance, write_identity, write_index};
use serde_json::{Map, Value, json};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>().expect("a number"));
    let instances = arguments.next().unwrap_or(20_000);
    let batch = arguments.next().unwrap_or(100);
    let studies = arguments.next().unwrap_or(20_000);
    let folder = cluster::testing::folder();
    let cluster = Cluster::start(&folder.path().join("pg"), Tuning::Archive).expect("a cluster");
    let mut connections = ["index", "identity"].map(|name| database(&cluster, name));
    let [index, identity] = &mut connections;
    schema::migrate::index(index).expect("migrate");
    schema::migrate::identity(identity).expect("migrate");
    schema::nodes::register(index, "local", "file:///node").expect("a node");
    store(index, identity, instances, batch);
    let begin = Instant::now();
    fill::index(index, studies);
    fill::identity(identity, studies);
    println!("{studies} studies written in {:.0} s", begin.elapsed().as_secs_f64());
    for connection in [&mut *index, &mut *identity] {
        // As the archive's searches have it.
        connection.batch_execute("RESET ALL").expect("a setting");
    }
    searches::run(index, identity, studies);
}

fn database(cluster: &Cluster, name: &str) -> PgConnection {
    let connect = |name: &str| PgConnection::establish(&cluster::socket_url(cluster.socket(), name)).expect("connect");
    connect("postgres").batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
    let mut connection = connect(name);
    // As the archive's committer has it.
    connection.batch_execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off").expect("a setting");
    connection
}

/// A header like a scanner's: some sixty attributes that are not personal, some thirty that are.
fn header(study: usize, number: usize) -> NewInstance {
    let uid = format!("1.2.826.0.1.3680043.9.7433.1.{study}");
    let (series_uid, sop_uid) = (format!("{uid}.1"), format!("{uid}.1.{number}"));
    let mut all = Map::new();
    let mut set = |tag: &str, vr: &str, value: Value| all.insert(tag.to_owned(), json!({"vr": vr, "Value": [value]}));
    for (tag, vr, value) in [
        ("00080016", "UI", json!("1.2.840.10008.5.1.4.1.1.2")),
        ("00080018", "UI", json!(sop_uid)),
        ("00080020", "DA", json!(format!("2024{:02}{:02}", 1 + study / 28 % 12, 1 + study % 28))),
        ("00080030", "TM", json!("101112.123")),
        ("00080050", "SH", json!(format!("A{study}"))),
        ("00080060", "CS", json!("CT")),
        ("00080090", "PN", json!({"Alphabetic": "Referring^Doctor"})),
        ("00081030", "LO", json!("CT Thorax")),
        ("0008103E", "LO", json!("Lung 1.0 B70f")),
        ("00100010", "PN", json!({"Alphabetic": format!("Patient^Number{study}")})),
        ("00100020", "LO", json!(format!("PID{study}"))),
        ("00100030", "DA", json!("19700101")),
        ("00100040", "CS", json!("F")),
        ("0020000D", "UI", json!(uid)),
        ("0020000E", "UI", json!(series_uid)),
        ("00200011", "IS", json!(1)),
        ("00200013", "IS", json!(number)),
        ("00280010", "US", json!(512)),
        ("00280011", "US", json!(512)),
        ("00280100", "US", json!(16)),
    ] {
        set(tag, vr, value);
    }
    for element in 0..40 {
        set(&format!("0018{:04X}", 0x1100 + element), "DS", json!(number as f64 * 1.5 + f64::from(element)));
    }
    for element in 0..20 {
        set(&format!("0029{:04X}", 0x1010 + element), "LO", json!(format!("private value {element}")));
    }
    let noise = |word: u32| word.wrapping_mul(2_654_435_761).wrapping_add(number as u32).to_le_bytes();
    NewInstance {
        study_instance_uid: uid,
        series_instance_uid: series_uid,
        file_path: format!("ab/cd/{sop_uid}"),
        digest: number.to_le_bytes().repeat(4),
        sop_instance_uid: sop_uid,
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
        transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
        documents: Documents::split(all),
        metadata: (0..750).flat_map(noise).collect(),
        storage_node_id: 1,
        file_size: 526_000,
        data_set_start: 380,
        frame_index: vec![7; 24],
        frame_count: 1,
        kind: "tomogram",
    }
}

/// Its line in the audit trail.
fn line(instance: &NewInstance) -> AuditRow {
    AuditRow {
        at: chrono::Utc::now(),
        action: "store".into(),
        actor: "CT1".into(),
        address: Some("192.0.2.7".into()),
        via: "dimse".into(),
        study_instance_uid: Some(instance.study_instance_uid.clone()),
        series_instance_uid: Some(instance.series_instance_uid.clone()),
        sop_instance_uid: Some(instance.sop_instance_uid.clone()),
        outcome: "success".into(),
        detail: Some("new".into()),
    }
}

fn store(index: &mut PgConnection, identity: &mut PgConnection, instances: usize, batch: usize) {
    let (mut making, mut of_identity, mut of_index) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for first in (0..instances).step_by(batch) {
        let begin = Instant::now();
        let rows: Vec<NewInstance> =
            (first..instances.min(first + batch)).map(|number| header(number / 250, number % 250)).collect();
        making += begin.elapsed();
        let begin = Instant::now();
        let identified = write_identity(identity, &rows).expect("write identity");
        of_identity += begin.elapsed();
        let begin = Instant::now();
        write_index(index, &rows, &identified, &rows.iter().map(line).collect::<Vec<_>>()).expect("write index");
        of_index += begin.elapsed();
    }
    let rate = |time: Duration| instances as f64 / time.as_secs_f64();
    println!(
        "{instances} instances by {batch}: {:.0}/s (identity {:.0}/s, index {:.0}/s; making the rows {:.0}/s)",
        rate(of_identity + of_index),
        rate(of_identity),
        rate(of_index),
        rate(making)
    );
}
