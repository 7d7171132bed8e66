//! What waits to be described, and how changes are followed: also when transactions end in another order than they began in.

mod support;

use std::time::{Duration, Instant};

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use schema::descriptors::{self, Again, Described, NewDescriptor, Pace};
use schema::ingest::{Identified, write_index};
use support::{Databases, instance, lines};

const AT_ONCE: Pace = Pace { quiet: Duration::ZERO, lease: Duration::from_secs(60) };

fn claim(connection: &mut PgConnection) -> Option<i64> {
    descriptors::claim(connection, 1, 1, AT_ONCE).expect("an answer").map(|claimed| claimed.series_key)
}

/// Describes all that waits in a series.
fn describe(connection: &mut PgConnection, series_key: i64) -> Vec<i64> {
    let images = descriptors::undescribed(connection, (series_key, 1), 1, (0, 100)).expect("images");
    let keys: Vec<i64> = images.iter().map(|image| image.row.instance_key).collect();
    for key in &keys {
        let described = Described { instance_key: *key, version: 1, failure: None, cells: vec![0; 64] };
        let picture =
            NewDescriptor { instance_key: *key, seen_as: 0, frame: 1, version: 1, small: vec![1], gradient: vec![2] };
        assert!(descriptors::write(connection, &[described], &[picture]).expect("written").is_empty());
    }
    keys
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_series_waits_once_and_one_at_a_time_has_it() {
    let databases = Databases::new();
    let mut connection = databases.index();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 1, 2, &[])]);
    let series = claim(&mut connection).expect("a series");
    assert_eq!(claim(&mut databases.index()), None);
    assert_eq!(descriptors::count_waiting(&mut connection, 1, 100), Ok(2));
    assert_eq!(describe(&mut connection, series).len(), 2);
    descriptors::finish(&mut connection, series, 1).expect("finished");
    assert_eq!((claim(&mut connection), descriptors::count_waiting(&mut connection, 1, 100)), (None, Ok(0)));
    databases.store(&[instance(1, 1, 3, &[])]);
    assert_eq!(claim(&mut connection), Some(series));
    // Given back, or left by a process that ended: somebody else has it.
    descriptors::renew(&mut connection, series, Duration::ZERO).expect("given back");
    assert_eq!(claim(&mut databases.index()), Some(series));
    assert_eq!(describe(&mut connection, series).len(), 1);
}

#[test]
fn a_series_is_left_alone_while_it_grows_and_after_a_failure() {
    let databases = Databases::new();
    let mut connection = databases.index();
    databases.store(&[instance(1, 1, 1, &[])]);
    let quiet = Pace { quiet: Duration::from_secs(3600), ..AT_ONCE };
    assert!(descriptors::claim(&mut connection, 1, 1, quiet).expect("an answer").is_none());
    let series = claim(&mut connection).expect("a series");
    descriptors::postpone(&mut connection, series, Duration::from_secs(3600), "no disk").expect("postponed");
    assert_eq!(claim(&mut connection), None);
    assert_eq!(databases.index.sql("SELECT failures, last_error FROM describing").trim(), "1|no disk");
}

#[test]
fn a_series_whose_pictures_are_lost_is_taken_unless_somebody_is_at_it() {
    let databases = Databases::new();
    let mut connection = databases.index();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 1, 2, &[])]);
    let series = claim(&mut connection).expect("a series");
    let [lost, other] = describe(&mut connection, series)[..] else { panic!("two images") };
    let lease = AT_ONCE.lease;
    let held = descriptors::claim_again(&mut connection, lost, lease).expect("an answer");
    assert!(matches!(held, Again::Held) && descriptors::is_held(&mut connection, lost).expect("an answer"));
    assert!(descriptors::undescribed(&mut connection, (series, 1), 1, (0, 9)).expect("images").is_empty());
    // It failed, and is tried again in an hour: nobody is at it.
    descriptors::postpone(&mut connection, series, Duration::from_secs(3600), "no disk").expect("postponed");
    assert!(!descriptors::is_held(&mut connection, other).expect("an answer"));
    let taken = descriptors::claim_again(&mut connection, lost, lease).expect("an answer");
    assert!(matches!(taken, Again::Mine(taken) if (taken.series_key, taken.failures, taken.begun) == (series, 1, 1)));
    assert_eq!((claim(&mut databases.index()), describe(&mut connection, series)), (None, vec![lost]));
    descriptors::finish(&mut connection, series, 1).expect("finished");
    assert!(!descriptors::is_held(&mut connection, lost).expect("an answer"));
    assert!(matches!(descriptors::claim_again(&mut connection, lost + 99, lease), Ok(Again::Gone)));
}

#[test]
fn images_of_another_node_wait_for_it() {
    let databases = Databases::new();
    let mut connection = databases.index();
    databases.store(&[instance(1, 1, 1, &[])]);
    assert!(descriptors::claim(&mut connection, 2, 1, AT_ONCE).expect("an answer").is_none());
    // A series without images has nothing to wait for.
    databases.index.sql("UPDATE instances SET frame_count = 0");
    let claimed = descriptors::claim(&mut connection, 2, 1, AT_ONCE).expect("an answer").expect("a series");
    descriptors::finish(&mut connection, claimed.series_key, 1).expect("finished");
    assert_eq!(databases.index.sql("SELECT undescribed FROM series").trim(), "f");
}

#[test]
fn an_image_that_is_committed_while_its_series_is_finished_waits() {
    let databases = Databases::new();
    let mut connection = databases.index();
    databases.store(&[instance(1, 1, 1, &[])]);
    let series = claim(&mut connection).expect("a series");
    describe(&mut connection, series);
    let mut storing = databases.index();
    let new = [instance(1, 1, 2, &[])];
    let identified = Identified { patients: vec![uuid::Uuid::nil()], homes_are_new: false, headers_are_new: true };
    std::thread::scope(|scope| {
        let finished = storing.transaction(|storing| {
            write_index(storing, &new, &identified, &lines(&new))?;
            let finished = scope.spawn(|| descriptors::finish(&mut databases.index(), series, 1));
            until("finishing waits for the store", || {
                databases.index.sql("SELECT count(*) FROM pg_locks WHERE NOT granted").trim() != "0"
            });
            Ok::<_, diesel::result::Error>(finished)
        });
        finished.expect("stored").join().expect("no panic").expect("finished");
    });
    assert_eq!(claim(&mut connection), Some(series));
    assert_eq!(describe(&mut connection, series).len(), 1);
}

#[test]
fn changes_are_seen_whatever_the_order_of_their_commits() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 1, 2, &[])]);
    let (mut early, mut late, mut follower) = (databases.index(), databases.index(), databases.index());
    let cells = vec![0; 64];
    let horizon = descriptors::changes(&mut follower, None, 100).expect("a horizon").horizon;
    let marks = |follower: &mut PgConnection, horizon: &str| {
        let changes = descriptors::changes(follower, Some(horizon), 100).expect("changes");
        (changes.marks.iter().map(|mark| mark.instance_key).collect::<Vec<_>>(), changes.horizon, changes.gone)
    };
    let horizon = early
        .transaction(|early| {
            assert!(descriptors::set_region(early, 1, &cells, None)?);
            assert!(descriptors::set_region(&mut late, 2, &cells, Some("mueller"))?);
            let (seen, horizon, _) = marks(&mut follower, &horizon);
            assert_eq!(seen, [2]);
            Ok::<_, diesel::result::Error>(horizon)
        })
        .expect("committed late");
    let (seen, horizon, _) = marks(&mut follower, &horizon);
    assert!(seen.contains(&1), "{seen:?}");
    sql_query("DELETE FROM instances WHERE instance_key = 2").execute(&mut late).expect("deleted");
    assert_eq!(marks(&mut follower, &horizon).2, [2]);
    // A server that started anew may have lost what was seen, and gives its numbers to others.
    let (first, _) = horizon.split_once('@').expect("the run of the server");
    assert!(descriptors::changes(&mut follower, Some(&format!("{first}@1")), 100).expect("changes").too_many);
}

#[test]
fn what_a_person_said_stays_when_an_image_is_described() {
    let databases = Databases::new();
    let mut connection = databases.index();
    databases.store(&[instance(1, 1, 1, &[])]);
    assert!(descriptors::set_region(&mut connection, 1, &[7; 64], Some("mueller")).expect("set"));
    assert!(!descriptors::set_region(&mut connection, 99, &[7; 64], Some("mueller")).expect("an answer"));
    let series = claim(&mut connection).expect("a series");
    describe(&mut connection, series);
    let region = descriptors::region(&mut connection, 1).expect("an answer").expect("a region");
    assert_eq!((region.cells, region.set_by.as_deref(), region.version), (vec![7; 64], Some("mueller"), 1));
    let detail = descriptors::details(&mut connection, &[1], 1).expect("details").remove(0);
    assert_eq!((detail.pictures.len(), detail.file_path.as_str()), (1, "1.2.1.1.1.dcm"));
    assert!(descriptors::details(&mut connection, &[1], 2).expect("details")[0].pictures.is_empty());
}

#[test]
fn only_what_describes_does_not_wait_for_the_disk() {
    let databases = Databases::new();
    let mut connection = databases.index();
    databases.store(&[instance(1, 1, 1, &[])]);
    sql_query("SET synchronous_commit = local").execute(&mut connection).expect("set");
    let series = claim(&mut connection).expect("a series");
    describe(&mut connection, series);
    descriptors::finish(&mut connection, series, 1).expect("finished");
    let after = "DO $$ BEGIN ASSERT current_setting('synchronous_commit') = 'local'; END $$";
    sql_query(after).execute(&mut connection).expect("as before for whoever has the connection next");
}
