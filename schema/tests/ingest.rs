//! Rows of a store.

mod support;

use std::sync::Barrier;

use diesel::Connection;
use schema::ingest::{NewInstance, Written, differing_headers, remove_identity, replace_identity, replace_index};
use schema::lookup;
use serde_json::json;
use support::{Databases, instance, line};

const STUDY: &str = "SELECT modalities_in_study, number_of_study_related_series, number_of_study_related_instances
    FROM studies ORDER BY study_instance_uid";

#[test]
fn migrates_twice_without_change() {
    let databases = Databases::new();
    schema::migrate::index(&mut databases.index()).expect("migrate again");
    schema::migrate::identity(&mut databases.identity()).expect("migrate again");
}

#[test]
fn migrates_when_several_processes_start_at_once() {
    let database = cluster::testing::TestDatabase::new("index");
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = diesel::PgConnection::establish(&database.url()).expect("connect");
                barrier.wait();
                schema::migrate::index(&mut connection).expect("migrate");
            });
        }
    });
}

#[test]
fn counts_series_instances_and_modalities() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 1, 2, &[])]);
    databases.store(&[
        instance(1, 1, 3, &[]),
        instance(
            1,
            2,
            1,
            &[("00080060", "CS", json!("SR")), ("00080016", "UI", json!("1.2.840.10008.5.1.4.1.1.88.11"))],
        ),
        instance(2, 1, 1, &[]),
    ]);
    assert_eq!(databases.index.sql(STUDY), "{CT,SR}|2|4\n{CT}|1|1\n");
    let classes = databases.index.sql("SELECT array_length(sop_classes_in_study, 1) FROM studies ORDER BY 1");
    assert_eq!(classes, "1\n2\n");
    let series = databases.index.sql("SELECT number_of_series_related_instances FROM series ORDER BY series_key");
    assert_eq!(series, "3\n1\n1\n");
}

#[test]
fn says_the_same_of_instances_that_come_alone_and_together() {
    let (alone, together) = (Databases::new(), Databases::new());
    let instances: Vec<_> = (0..24)
        .map(|number| {
            let (series, modality) = (number % 5, ["CT", "SR", "PT"][number as usize % 5 % 3]);
            let new = instance(number % 2, series, number, &[("00080060", "CS", json!(modality))]);
            NewInstance { frame_count: i32::from(modality != "SR"), ..new }
        })
        .collect();
    for instance in &instances {
        alone.store(std::slice::from_ref(instance));
    }
    together.store(&instances[..6]);
    together.store(&instances[6..]);
    for table in [
        "SELECT study_instance_uid, number_of_study_related_series, number_of_study_related_instances,
           modalities_in_study, sop_classes_in_study FROM studies ORDER BY 1",
        "SELECT series_instance_uid, number_of_series_related_instances, undescribed, modality FROM series ORDER BY 1",
        "SELECT sop_instance_uid, series_instance_uid, frame_count, rows, file_path, digest, instances.attributes
           FROM instances JOIN series USING (series_key) ORDER BY 1",
        "SELECT sop_instance_uid, study_instance_uid, series_instance_uid, action, outcome FROM audit ORDER BY 1",
    ] {
        assert_eq!(alone.index.sql(table), together.index.sql(table), "{table}");
    }
    let headers = "SELECT * FROM instance_headers ORDER BY sop_instance_uid";
    assert_eq!(alone.identity.sql(headers), together.identity.sql(headers));
}

#[test]
fn finds_an_instance_that_is_there() {
    let databases = Databases::new();
    let first = instance(1, 1, 1, &[]);
    assert_eq!(databases.store(std::slice::from_ref(&first)), [Written::New]);
    let again = databases.store(&[in_file("again.dcm", instance(1, 1, 1, &[])), instance(1, 1, 2, &[])]);
    let exists = Written::Exists {
        digest: first.digest,
        study_instance_uid: "1.2.1".into(),
        transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
        file_path: "1.2.1.1.1.dcm".into(),
    };
    assert_eq!(again, [exists, Written::New]);
    assert_eq!(databases.index.sql(STUDY), "{CT}|1|2\n");
}

fn in_file(path: &str, instance: NewInstance) -> NewInstance {
    NewInstance { file_path: path.to_owned(), ..instance }
}

#[test]
fn takes_what_it_wrote_before_a_lost_answer_for_new() {
    let databases = Databases::new();
    let batch = [instance(1, 1, 1, &[]), instance(1, 1, 2, &[])];
    assert_eq!(databases.store(&batch), [Written::New, Written::New]);
    assert_eq!(databases.store(&batch), [Written::New, Written::New]);
    assert_eq!(databases.index.sql(STUDY), "{CT}|1|2\n");
    assert_eq!(databases.index.sql("SELECT count(*) FROM audit"), "2\n");
}

#[test]
fn writes_lines_of_the_trail_for_what_is_new_only() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[])]);
    databases.store(&[in_file("again.dcm", instance(1, 1, 1, &[])), instance(1, 1, 2, &[]), instance(2, 1, 1, &[])]);
    let trail = databases.index.sql("SELECT sop_instance_uid, actor FROM audit ORDER BY audit_id");
    assert_eq!(trail, "1.2.1.1.1|CT1\n1.2.1.1.2|CT1\n1.2.2.1.1|CT1\n");
}

#[test]
fn takes_the_second_of_two_equal_uids_in_one_batch_for_existing() {
    let databases = Databases::new();
    let written = databases.store(&[instance(1, 1, 1, &[]), in_file("other.dcm", instance(1, 1, 1, &[]))]);
    assert_eq!(written[0], Written::New);
    assert!(matches!(written[1], Written::Exists { .. }));
    assert_eq!(databases.index.sql(STUDY), "{CT}|1|1\n");
}

#[test]
fn makes_no_study_for_an_instance_that_is_in_another() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[])]);
    let mut other = instance(2, 1, 1, &[]);
    other.sop_instance_uid = "1.2.1.1.1".into();
    let other = in_file("other.dcm", other);
    assert!(matches!(databases.store(&[other])[0], Written::Exists { .. }));
    assert_eq!(databases.index.sql(STUDY), "{CT}|1|1\n");
    assert_eq!(databases.index.sql("SELECT count(*) FROM series"), "1\n");
}

#[test]
fn keeps_the_attributes_that_came_first() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[("00081030", "LO", json!("first"))])]);
    databases.store(&[instance(1, 1, 2, &[("00081030", "LO", json!("second")), ("00100020", "LO", json!("other"))])]);
    assert_eq!(databases.index.sql("SELECT study_description FROM studies"), "first\n");
    assert_eq!(databases.identity.sql("SELECT patient_id FROM patients"), "P1\n");
}

#[test]
fn parts_a_series_uid_used_in_two_studies() {
    let databases = Databases::new();
    let mut other = instance(2, 1, 1, &[]);
    other.series_instance_uid = "1.2.1.1".into();
    databases.store(&[instance(1, 1, 1, &[]), other]);
    assert_eq!(databases.index.sql(STUDY), "{CT}|1|1\n{CT}|1|1\n");
}

#[test]
fn gives_studies_without_patient_id_a_patient_each() {
    let databases = Databases::new();
    let nobody = [("00100020", "LO", json!(" ")), ("00100021", "LO", json!("site"))];
    databases.store(&[instance(1, 1, 1, &nobody), instance(1, 1, 2, &nobody), instance(2, 1, 1, &nobody)]);
    databases.store(&[instance(3, 1, 1, &[("00100020", "LO", json!("x".repeat(70_000)))])]);
    assert_eq!(databases.identity.sql("SELECT count(*) FROM patients"), "3\n");
    assert_eq!(databases.index.sql("SELECT count(DISTINCT patient_key) FROM studies"), "3\n");
}

#[test]
fn tells_patients_of_two_issuers_apart() {
    let databases = Databases::new();
    let of =
        |study, issuer| instance(study, 1, 1, &[("00100020", "LO", json!("7")), ("00100021", "LO", json!(issuer))]);
    databases.store(&[of(1, "north"), of(2, "south"), of(3, "north")]);
    assert_eq!(databases.identity.sql("SELECT count(*) FROM patients"), "2\n");
}

#[test]
fn survives_values_that_no_column_holds() {
    let databases = Databases::new();
    let long = "é".repeat(60_000);
    databases.store(&[instance(
        1,
        1,
        1,
        &[
            ("00081030", "LO", json!(long)),
            ("00080050", "SH", json!(long)),
            ("00080060", "CS", json!("A\\B\u{0}")),
            ("00080020", "DA", json!("20241399")),
            ("00080030", "TM", json!("9999")),
            ("00200011", "IS", json!("99999999999")),
            ("00200013", "IS", json!("one")),
            ("00280010", "US", json!(-1.5e300)),
            ("00100010", "PN", json!({"Alphabetic": long, "Phonetic": 7})),
            ("00100030", "DA", json!("00000000")),
        ],
    )]);
    assert_eq!(databases.index.sql(STUDY), "{\"A\\\\B\"}|1|1\n");
}

#[test]
fn replaces_an_instance_in_place() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 1, 2, &[])]);
    let mut new = instance(1, 1, 1, &[("00080050", "SH", json!("late"))]);
    (new.file_path, new.digest, new.metadata) = ("new.dcm".into(), b"new".to_vec(), b"new metadata".to_vec());
    let patient = replace_identity(&mut databases.identity(), &new).expect("replace identity");
    let old = databases
        .index()
        .transaction(|connection| replace_index(connection, &new, patient, &line(&new)))
        .expect("replace");
    assert_eq!(old, "1.2.1.1.1.dcm");
    assert_eq!(databases.index.sql(STUDY), "{CT}|1|2\n");
    let rows = lookup::instances(&mut databases.index(), "1.2.1", None, None).expect("look up");
    assert_eq!(rows.iter().map(|row| row.file_path.as_str()).collect::<Vec<_>>(), ["new.dcm", "1.2.1.1.2.dcm"]);
    let metadata = lookup::metadata(&mut databases.identity(), "1.2.1", None, Some("1.2.1.1.1")).expect("look up");
    assert_eq!(metadata, [("1.2.1.1.1".to_owned(), b"new metadata".to_vec())]);
}

#[test]
fn tells_the_frame_indexes_of_many_instances_at_once() {
    let databases = Databases::new();
    let with_index = |number| NewInstance { frame_index: vec![number as u8], ..instance(1, 1, number, &[]) };
    databases.store(&[with_index(1), with_index(2), with_index(3)]);
    let rows = lookup::instances(&mut databases.index(), "1.2.1", None, None).expect("look up");
    let wanted: Vec<i64> = rows[..2].iter().map(|row| row.instance_key).chain([i64::MAX]).collect();
    let mut found = lookup::frame_indexes(&mut databases.index(), &wanted).expect("look up");
    found.sort_unstable();
    assert_eq!(found, [(wanted[0], vec![1]), (wanted[1], vec![2])]);
}

#[test]
fn moves_a_replaced_instance_to_its_new_study() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 2, 1, &[("00080060", "CS", json!("MR"))])]);
    let mut new = instance(2, 1, 1, &[]);
    new.sop_instance_uid = "1.2.1.2.1".into();
    let patient = replace_identity(&mut databases.identity(), &new).expect("replace identity");
    databases.index().transaction(|connection| replace_index(connection, &new, patient, &line(&new))).expect("replace");
    assert_eq!(databases.index.sql(STUDY), "{CT}|1|1\n{CT}|1|1\n");
    assert_eq!(databases.index.sql("SELECT count(*) FROM series"), "2\n");
    assert_eq!(databases.identity.sql("SELECT count(*) FROM series_identities"), "2\n");
}

#[test]
fn removes_what_nothing_refers_to() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(2, 1, 1, &[]), instance(2, 1, 2, &[])]);
    remove_identity(&mut databases.identity(), &["1.2.1.1.1".into(), "1.2.2.1.1".into()]).expect("remove");
    assert_eq!(databases.identity.sql("SELECT patient_id FROM patients"), "P2\n");
    assert_eq!(databases.identity.sql("SELECT study_instance_uid FROM series_identities"), "1.2.2\n");
    let left = lookup::identity_page(&mut databases.identity(), "", 10).expect("page");
    assert_eq!(left, ["1.2.2.1.2"]);
}

#[test]
fn finds_headers_of_another_object() {
    let databases = Databases::new();
    let batch = [instance(1, 1, 1, &[]), instance(1, 1, 2, &[])];
    databases.store(&batch);
    let mut other = batch.clone();
    other[1].digest = b"other".to_vec();
    assert!(differing_headers(&mut databases.identity(), &batch).expect("compare").is_empty());
    assert_eq!(differing_headers(&mut databases.identity(), &other).expect("compare"), [1]);
}

#[test]
fn orders_instances_by_series_and_instance_number() {
    let databases = Databases::new();
    databases.store(&[
        instance(1, 10, 2, &[]),
        instance(1, 2, 10, &[]),
        instance(1, 10, 1, &[]),
        instance(1, 2, 9, &[]),
    ]);
    let rows = lookup::instances(&mut databases.index(), "1.2.1", None, None).expect("look up");
    let uids: Vec<&str> = rows.iter().map(|row| row.sop_instance_uid.as_str()).collect();
    assert_eq!(uids, ["1.2.1.2.9", "1.2.1.2.10", "1.2.1.10.1", "1.2.1.10.2"]);
    let series = lookup::instances(&mut databases.index(), "1.2.1", Some("1.2.1.2"), None).expect("look up");
    assert_eq!(series.len(), 2);
    let page = lookup::page(&mut databases.index(), rows[0].instance_key - 1, 1).expect("page");
    assert_eq!(page[0].sop_instance_uid, rows[0].sop_instance_uid);
}

#[test]
fn registers_a_node_once() {
    let databases = Databases::new();
    let first = schema::nodes::register(&mut databases.index(), "local", "file:///a").expect("register");
    let second = schema::nodes::register(&mut databases.index(), "local", "file:///b").expect("register");
    assert_eq!(first, second);
    assert_eq!(databases.index.sql("SELECT url FROM storage_nodes"), "file:///b\n");
}
