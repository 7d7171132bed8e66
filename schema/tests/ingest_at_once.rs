//! Rows of stores that come at once.

mod support;

use std::sync::Barrier;

use diesel::Connection;
use schema::ingest::{Written, replace_identity, replace_index, write_identity, write_index};
use serde_json::json;
use support::{Databases, instance, line, lines};

const STUDY: &str = "SELECT modalities_in_study, number_of_study_related_series, number_of_study_related_instances
    FROM studies ORDER BY study_instance_uid";

#[test]
fn makes_one_row_each_when_all_store_the_first_instances_at_once() {
    let databases = Databases::new();
    let threads = 8;
    let barrier = Barrier::new(threads as usize);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (databases, barrier) = (&databases, &barrier);
            scope.spawn(move || {
                let (mut index, mut identity) = (databases.index(), databases.identity());
                for round in 0..10 {
                    // Two studies of one patient, three series, in another order for each thread; one instance that all send.
                    let mut batch: Vec<_> = (0..12)
                        .map(|number| {
                            let id = [("00100020", "LO", json!(format!("same{round}")))];
                            instance(round * 2 + number % 2, number % 3, 100 * thread + number, &id)
                        })
                        .collect();
                    batch.push(instance(round * 2, 0, 9999, &[("00100020", "LO", json!(format!("same{round}")))]));
                    batch.rotate_left(thread as usize);
                    barrier.wait();
                    let identified = write_identity(&mut identity, &batch).expect("write identity");
                    write_index(&mut index, &batch, &identified, &lines(&batch)).expect("write index");
                }
            });
        }
    });
    assert_eq!(databases.identity.sql("SELECT count(*), count(DISTINCT patient_id) FROM patients"), "10|10\n");
    let wrong = databases.index.sql(
        "SELECT count(*) FROM studies WHERE number_of_study_related_series <> 3 OR number_of_study_related_instances <>
            (SELECT count(*) FROM series JOIN instances USING (series_key) WHERE series.study_key = studies.study_key)",
    );
    assert_eq!(wrong, "0\n");
    let wrong = databases.index.sql(
        "SELECT count(*) FROM series WHERE number_of_series_related_instances <>
            (SELECT count(*) FROM instances WHERE instances.series_key = series.series_key)",
    );
    assert_eq!(wrong, "0\n");
    assert_eq!(databases.index.sql("SELECT count(*) FROM instances"), format!("{}\n", 10 * (8 * 12 + 1)));
}

#[test]
fn makes_one_row_each_when_all_store_a_lone_first_instance_at_once() {
    let databases = Databases::new();
    let (threads, rounds) = (6, 15);
    let barrier = Barrier::new(threads as usize);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (databases, barrier) = (&databases, &barrier);
            scope.spawn(move || {
                let (mut index, mut identity) = (databases.index(), databases.identity());
                for round in 0..rounds {
                    // Two studies of one patient with two series each.
                    let id = [("00100020", "LO", json!(format!("same{round}")))];
                    let one = [instance(round * 2 + thread % 2, thread % 4, 100 + thread, &id)];
                    barrier.wait();
                    let identified = write_identity(&mut identity, &one).expect("write identity");
                    let written = write_index(&mut index, &one, &identified, &lines(&one)).expect("write index");
                    assert_eq!(written, [Written::New]);
                }
            });
        }
    });
    assert_eq!(databases.identity.sql("SELECT count(*), count(DISTINCT patient_id) FROM patients"), "15|15\n");
    assert_eq!(databases.identity.sql("SELECT count(*) FROM instance_headers"), "90\n");
    assert_eq!(databases.index.sql("SELECT count(*) FROM instances"), "90\n");
    let wrong = databases.index.sql(
        "SELECT count(*) FROM studies WHERE (number_of_study_related_series, number_of_study_related_instances) <>
            (SELECT count(DISTINCT series_key), count(*) FROM series JOIN instances USING (series_key)
             WHERE series.study_key = studies.study_key)",
    );
    assert_eq!(wrong, "0\n");
    let wrong = databases.index.sql(
        "SELECT count(*) FROM series WHERE number_of_series_related_instances <>
            (SELECT count(*) FROM instances WHERE instances.series_key = series.series_key)",
    );
    assert_eq!(wrong, "0\n");
}

#[test]
fn counts_right_when_instances_are_replaced_while_others_are_stored() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 2, 1, &[])]);
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..2_u32 {
            let (databases, barrier) = (&databases, &barrier);
            scope.spawn(move || {
                let (mut index, mut identity) = (databases.index(), databases.identity());
                barrier.wait();
                for round in 0..30_u32 {
                    // Together with the instance that is being replaced, in a series that becomes empty at times.
                    let batch = [instance(1, 1, 1000 + 100 * thread + round, &[]), instance(1, 2, 1, &[])];
                    let identified = write_identity(&mut identity, &batch).expect("write identity");
                    while let Err(error) = write_index(&mut index, &batch, &identified, &lines(&batch)) {
                        assert_eq!(error, diesel::result::Error::NotFound);
                    }
                }
            });
            scope.spawn(move || {
                let (mut index, mut identity) = (databases.index(), databases.identity());
                barrier.wait();
                for round in 0..30_u32 {
                    let mut new = instance(1, 2, 1, &[]);
                    new.file_path = format!("{thread}.{round}.dcm");
                    let patient = replace_identity(&mut identity, &new).expect("replace identity");
                    match index.transaction(|index| replace_index(index, &new, patient, &line(&new))) {
                        Ok(_) | Err(diesel::result::Error::NotFound) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert_eq!(databases.index.sql(STUDY), "{CT}|2|62\n");
    let series =
        databases.index.sql("SELECT number_of_series_related_instances FROM series ORDER BY series_instance_uid");
    assert_eq!(series, "61\n1\n");
    assert_eq!(databases.index.sql("SELECT count(*) FROM instances"), "62\n");
    assert_eq!(databases.identity.sql("SELECT count(*) FROM series_identities"), "2\n");
    let headers = "SELECT count(*) FROM instance_headers JOIN series_identities USING (series_instance_uid)";
    assert_eq!(databases.identity.sql(headers), "62\n");
}
