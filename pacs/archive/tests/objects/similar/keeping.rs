//! Descriptors are kept up with what is stored, replaced, deleted and lost.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use archive::similar::{Example, SimilarRequest};
use archive::verify::Options;
use archive::{Actor, Archive, DuplicatePolicy, Error, Right};

use super::radiograph::{Radiograph, SIDE};
use super::{all_described, fixture, like, like_stored, stored, uids, until};
use crate::fixture::{Fixture, Object, actor, store};

fn administrator() -> Actor {
    Actor { rights: vec![Right::Search, Right::Delete, Right::Administer], ..actor() }
}

fn some() -> Vec<Radiograph> {
    (1..=6).map(Radiograph::new).collect()
}

async fn found(archive: &Archive, request: SimilarRequest) -> Vec<String> {
    uids(&archive.similar(&actor(), request).await.expect("an answer"))
}

pub fn copies(fixture: &Fixture) -> usize {
    fixture.files().0.iter().filter(|path| path.to_string_lossy().contains(".copy")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_is_not_found_and_leaves_nothing() {
    let all = some();
    let fixture = stored(&all).await;
    let request = like_stored(&fixture, &all[0]).await;
    let before = found(&fixture.archive, request.clone()).await;
    assert_eq!((before.len(), copies(&fixture)), (5, 18));
    let nearest = all.iter().find(|radiograph| radiograph.uid() == before[0]).expect("one of them");
    fixture.archive.delete(&administrator(), &nearest.scope()).await.expect("deleted");
    assert_eq!(found(&fixture.archive, request).await, before[1..]);
    until("its copies are gone", || copies(&fixture) == 15);
    assert_eq!((fixture.count("descriptions"), fixture.count("descriptors")), (5, 5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_gateway_finds_what_the_first_one_stores() {
    let all = some();
    let fixture = stored(&all[..4]).await;
    let second = Archive::open(fixture.settings.clone()).await.expect("an archive");
    second.keep_descriptors_at_hand().expect("a thread");
    let request = like_stored(&fixture, &all[0]).await;
    let first = found(&fixture.archive, request.clone()).await;
    assert_eq!(found(&second, request.clone()).await, first);
    assert_eq!(first.len(), 3);
    fixture.store(&all[4].object().file()).await.result.expect("stored");
    all_described(&fixture);
    let more = found(&second, request.clone()).await;
    assert_eq!(more.len(), 4);
    assert_eq!(found(&fixture.archive, request.clone()).await, more);
    fixture.archive.delete(&administrator(), &all[1].scope()).await.expect("deleted");
    assert_eq!(found(&second, request).await.len(), 3);
    second.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_lost_or_damaged_is_made_anew() {
    let all = some();
    let fixture = stored(&all).await;
    let request = like_stored(&fixture, &all[0]).await;
    let before = found(&fixture.archive, request.clone()).await;
    fixture.archive.close().await;
    let (settings, folder) = (fixture.settings.clone(), fixture.settings.node_folder.join("descriptors"));
    drop(fixture.archive);
    assert!(folder.join("0").is_dir());
    std::fs::remove_dir_all(&folder).expect("lost");
    let next = Archive::open(settings.clone()).await.expect("an archive");
    assert_eq!(found(&next, request.clone()).await, before);
    next.close().await;
    drop(next);
    // Every byte of every column turned over, but for the lock.
    for file in walk(&folder).into_iter().filter(|path| path.file_name().is_some_and(|name| name != "lock")) {
        let turned: Vec<u8> = std::fs::read(&file).expect("a column").into_iter().map(|byte| !byte).collect();
        std::fs::write(&file, turned).expect("damaged");
    }
    let next = Archive::open(settings).await.expect("an archive");
    assert_eq!(found(&next, request).await, before);
    next.close().await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_that_are_lost_or_damaged_are_made_anew() {
    let all = some();
    let fixture = stored(&all).await;
    let request = like_stored(&fixture, &all[0]).await;
    let before = found(&fixture.archive, request.clone()).await;
    let whole: Vec<(PathBuf, Vec<u8>)> = copies_of(&fixture);
    for (number, (path, bytes)) in whole.iter().enumerate() {
        let is_another = |(other, _): &&(PathBuf, Vec<u8>)| other != path && other.extension() == path.extension();
        match number % 5 {
            0 => std::fs::remove_file(path).expect("lost"),
            1 => std::fs::write(path, b"").expect("cut"),
            2 => std::fs::write(path, vec![0; bytes.len()]).expect("damaged"),
            3 => {
                let half = bytes.len() / 2;
                std::fs::write(path, [&bytes[..half], &vec![0; bytes.len() - half]].concat()).expect("torn");
            }
            _ => {
                let (_, another) = whole.iter().find(is_another).expect("a copy of another image");
                std::fs::write(path, another).expect("another's");
            }
        }
    }
    assert_eq!(found(&fixture.archive, request).await, before);
    assert_eq!(copies_of(&fixture), whole);
}

fn copies_of(fixture: &Fixture) -> Vec<(PathBuf, Vec<u8>)> {
    let copies = fixture.files().0.into_iter().filter(|path| path.to_string_lossy().contains(".copy"));
    let mut copies: Vec<_> = copies.map(|path| (path.clone(), std::fs::read(path).expect("a copy"))).collect();
    copies.sort();
    copies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_leaves_lost_copies_to_whoever_is_at_their_series() {
    let all = some();
    let fixture = stored(&all).await;
    let request = like_stored(&fixture, &all[0]).await;
    let before = found(&fixture.archive, request.clone()).await;
    lose_copies(&fixture);
    // Another process took them, and ends in the middle of it.
    fixture.index.sql(
        "INSERT INTO describing (series_key, due_at, begun) SELECT series_key, now() + interval '2 seconds', 1 FROM series",
    );
    let begun = Instant::now();
    assert_eq!(found(&fixture.archive, request).await, before);
    assert!(begun.elapsed() >= Duration::from_secs(1), "nobody waited for the other process");
    assert_eq!((fixture.count("describing"), copies(&fixture)), (0, 3 * all.len()));
}

fn lose_copies(fixture: &Fixture) {
    for path in fixture.files().0.iter().filter(|path| path.to_string_lossy().contains(".copy")) {
        std::fs::remove_file(path).expect("lost");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_lost_of_many_are_made_anew_while_nobody_waits() {
    let all: Vec<Radiograph> = (1..=14).map(Radiograph::new).collect();
    let fixture = stored(&all).await;
    let request = like_stored(&fixture, &all[0]).await;
    let before = found(&fixture.archive, request.clone()).await;
    lose_copies(&fixture);
    let refused = fixture.archive.similar(&actor(), request.clone()).await;
    assert!(matches!(refused, Err(Error::Unavailable(..))), "{refused:?}");
    all_described(&fixture);
    assert_eq!(copies(&fixture), 3 * all.len());
    assert_eq!(found(&fixture.archive, request).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_on_a_disk_that_is_away_are_not_lost() {
    let all = some();
    let fixture = stored(&all).await;
    let request = like_stored(&fixture, &all[0]).await;
    let before = found(&fixture.archive, request.clone()).await;
    lose_copies(&fixture);
    let [name, away] = ["node.uuid", "away"].map(|name| fixture.settings.node_folder.join(name));
    std::fs::rename(&name, &away).expect("away");
    let refused = fixture.archive.similar(&actor(), request.clone()).await;
    assert!(matches!(refused, Err(Error::Unavailable(..))), "{refused:?}");
    assert_eq!(fixture.index.sql("SELECT count(*) FROM descriptions WHERE version = 0").trim(), "0");
    std::fs::rename(&away, &name).expect("there again");
    assert_eq!(found(&fixture.archive, request).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_image_is_remembered_and_the_others_are_described() {
    let all = some();
    let fixture = fixture().await;
    // Two samples a pixel are no picture.
    let half = |number| Radiograph::new(number).object().with(0x0028, 0x0010, "US", 32_u16.to_le_bytes());
    let strange = |number| half(number).with(0x0028, 0x0002, "US", 2_u16.to_le_bytes());
    for object in [strange(7), all[0].object(), strange(8), all[1].object()] {
        fixture.store(&object.file()).await.result.expect("stored");
    }
    all_described(&fixture);
    let state = fixture.archive.descriptors(&administrator()).await.expect("a state");
    assert_eq!((state.described, state.failed, state.waiting, state.pictures), (2, 2, 0, 2), "{state:?}");
    assert_eq!(state.reasons.len(), 1);
    assert!(state.reasons[0].0.contains("2 samples") && state.reasons[0].1 == 2, "{state:?}");
    let request = like_stored(&fixture, &all[0]).await;
    assert_eq!(found(&fixture.archive, request).await, [all[1].uid()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_told_and_a_restart_loses_none() {
    let all = some();
    let fixture = Fixture::with(|settings| settings.similar.quiet = Duration::from_secs(3600)).await;
    for radiograph in &all {
        fixture.store(&radiograph.object().file()).await.result.expect("stored");
    }
    let example = like(Example::Sent(all[0].object().file().into()));
    let answer = fixture.archive.similar(&actor(), example.clone()).await.expect("an answer");
    assert_eq!((answer.matches.len(), answer.waiting), (0, 6));
    fixture.archive.close().await;
    // One of them was taken by a process that ended in the middle of it.
    fixture.index.sql(
        "INSERT INTO describing (series_key, due_at) SELECT min(series_key), now() + interval '1 second' FROM series",
    );
    let mut settings = fixture.settings.clone();
    settings.similar.quiet = Duration::ZERO;
    let next = Archive::open(settings).await.expect("an archive");
    all_described(&fixture);
    let answer = next.similar(&actor(), example).await.expect("an answer");
    assert_eq!((answer.matches.len(), answer.waiting), (6, 0));
    assert!(answer.matches[0].duplicate);
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_at_which_processes_ended_is_left_and_the_others_are_described() {
    let all = some();
    let fixture = Fixture::with(|settings| settings.similar.quiet = Duration::from_secs(3600)).await;
    for radiograph in &all[..2] {
        fixture.store(&radiograph.object().file()).await.result.expect("stored");
        let (series, uid) = (radiograph.series(), format!("{}.2", radiograph.series()));
        let next = radiograph.object().with(0x0008, 0x0018, "UI", uid).with(0x0020, 0x000e, "UI", series);
        fixture.store(&next.file()).await.result.expect("stored");
    }
    fixture.archive.close().await;
    // Three processes ended at one of the series, two at the other.
    fixture.index.sql(
        "INSERT INTO describing (series_key, due_at, begun)
         SELECT series_key, now(), 1 + row_number() OVER (ORDER BY series_key) FROM series",
    );
    let mut settings = fixture.settings.clone();
    settings.similar.quiet = Duration::ZERO;
    let next = Archive::open(settings).await.expect("an archive");
    all_described(&fixture);
    let state = next.descriptors(&administrator()).await.expect("a state");
    assert_eq!((state.described, state.failed, state.waiting, state.pictures), (3, 1, 0, 3), "{state:?}");
    assert!(state.reasons[0].0.contains("ended several times"), "{state:?}");
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_replaced_is_found_as_it_is_now() {
    let fixture = Fixture::with(|settings| {
        settings.similar.quiet = Duration::ZERO;
        settings.duplicates = DuplicatePolicy::Replace;
    })
    .await;
    let all = some();
    for radiograph in &all[..3] {
        fixture.store(&radiograph.object().file()).await.result.expect("stored");
    }
    all_described(&fixture);
    let other = Radiograph { pixels: all[1].pixels.clone(), ..all[2].clone() };
    store(&fixture.archive, archive::Arrival::File { study: None }, &other.object().file(), 100_000).await;
    all_described(&fixture);
    let request = like_stored(&fixture, &all[1]).await;
    let answer = fixture.archive.similar(&actor(), request).await.expect("an answer");
    assert_eq!((uids(&answer)[0].clone(), answer.matches[0].duplicate), (other.uid(), true));
    assert_eq!(answer.among, Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn descriptors_are_rebuilt_on_request() {
    let all = some();
    let fixture = stored(&all).await;
    let nobody = fixture.archive.rebuild_descriptors(&actor()).await;
    assert!(matches!(nobody, Err(Error::NotAuthorized(_))));
    fixture.index.sql("UPDATE descriptors SET version = 7, small = 'x'");
    let request = like_stored(&fixture, &all[0]).await;
    assert_eq!(fixture.archive.rebuild_descriptors(&administrator()).await.expect("queued"), 6);
    all_described(&fixture);
    assert_eq!(found(&fixture.archive, request).await.len(), 5);
    let state = fixture.archive.descriptors(&administrator()).await.expect("a state");
    assert_eq!((state.described, state.waiting, state.failed, state.pictures), (6, 0, 0, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_newer_recipe_described_is_left_as_it_is() {
    let all = some();
    let fixture = stored(&all[..3]).await;
    let newer =
        "UPDATE descriptions SET version = 2147483647 WHERE instance_key > (SELECT min(instance_key) FROM instances)";
    fixture.index.sql(newer);
    fixture.index.sql("UPDATE descriptions SET version = 1 WHERE version <> 2147483647");
    // A gateway looks for what is outdated when it starts.
    fixture.archive.close().await;
    let next = Archive::open(fixture.settings.clone()).await.expect("an archive");
    until("what is older is described", || {
        fixture.index.sql("SELECT count(*) FROM descriptions WHERE version = 1").trim() == "0"
    });
    all_described(&fixture);
    let left = fixture.index.sql("SELECT count(*) FROM descriptions WHERE version = 2147483647");
    assert_eq!(left.trim(), "2");
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_waits_for_a_series_that_somebody_holds_and_for_that_alone() {
    let all = some();
    let fixture = stored(&all[..3]).await;
    fixture.archive.close().await;
    let mut settings = fixture.settings.clone();
    settings.similar.quiet = Duration::from_secs(3600);
    let next = Archive::open(settings).await.expect("an archive");
    let (index, runtime) = (&fixture.index, tokio::runtime::Handle::current());
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            // Holds one series until the others are queued.
            scope.spawn(|| {
                index.sql(
                    "DO $$ BEGIN
                       PERFORM 1 FROM series WHERE series_key = (SELECT min(series_key) FROM series) FOR UPDATE;
                       WHILE (SELECT count(*) FROM series WHERE undescribed) < 2 LOOP PERFORM pg_sleep(0.01); END LOOP;
                     END $$",
                )
            });
            until("the series is held", || {
                let sleeping =
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND wait_event = 'PgSleep'";
                index.sql(sleeping).trim() != "0"
            });
            assert_eq!(runtime.block_on(next.rebuild_descriptors(&administrator())).expect("queued"), 3);
        });
    });
    assert_eq!(fixture.index.sql("SELECT count(*) FROM series WHERE undescribed").trim(), "3");
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_kinds_that_were_chosen_are_described() {
    let fixture = fixture().await;
    let us = |number: u32| -> Object {
        let class = "1.2.840.10008.5.1.4.1.1.6.1";
        Radiograph::new(number).object().with(0x0008, 0x0016, "UI", class).with(0x0008, 0x0060, "CS", "US")
    };
    fixture.store(&us(1).file()).await.result.expect("stored");
    all_described(&fixture);
    assert_eq!((fixture.count("descriptions"), fixture.count("descriptors")), (1, 0));
    fixture.archive.close().await;
    let mut settings = fixture.settings.clone();
    settings.similar.kinds = vec!["ultrasound".parse().expect("a kind")];
    let next = Archive::open(settings).await.expect("an archive");
    next.rebuild_descriptors(&administrator()).await.expect("queued");
    all_described(&fixture);
    assert_eq!((fixture.count("descriptions"), fixture.count("descriptors")), (1, 1));
    next.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_knows_copies_and_removes_those_without_an_image() {
    let all = some();
    let fixture = stored(&all[..2]).await;
    let stray = fixture.settings.node_folder.join("objects/0192f0c1d2e37f00a1b2c3d4e5f60718.dcm.rows.copy128");
    std::fs::write(&stray, vec![0; SIDE]).expect("a stray copy");
    let options = Options { mend: true, grace: Duration::ZERO, ..Options::default() };
    let report = fixture.archive.verify(options.clone(), |_| ()).await.expect("a report");
    assert_eq!((report.files, report.findings, report.mended), (2, 1, 1));
    assert!(!stray.exists() && copies(&fixture) == 6);
    assert!(fixture.archive.verify(options, |_| ()).await.expect("a report").findings == 0);
}
