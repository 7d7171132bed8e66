//! Tomograms: the middle slice, and what the slices show together.

use archive::similar::{Example, SeenAs};
use archive::{Actor, Right};

use super::keeping::copies;
use super::radiograph::{Radiograph, SIDE};
use super::{all_described, fixture, like, uids, until};
use crate::fixture::{CT, Fixture, Object, actor};

/// A slice of a CT series.
fn slice(series: u32, number: u32) -> Object {
    let uid = format!("1.2.3.7.{series}.{number}");
    Radiograph::new(series * 5 + number)
        .object()
        .with(0x0008, 0x0016, "UI", CT)
        .with(0x0008, 0x0018, "UI", uid)
        .with(0x0008, 0x0060, "CS", "CT")
        .with(0x0020, 0x000e, "UI", format!("1.2.3.7.{series}"))
        .with(0x0020, 0x0013, "IS", number.to_string())
        .with(0x0020, 0x0032, "DS", format!("0\\0\\{}", number * 2))
        .with(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0")
        .with(0x0020, 0x0052, "UI", "1.2.3.8")
        .with(0x0028, 0x0030, "DS", "1\\1")
}

async fn store(fixture: &Fixture, objects: impl IntoIterator<Item = Object>) {
    for object in objects {
        fixture.store(&object.file()).await.result.expect("stored");
    }
    all_described(fixture);
}

fn pictures(fixture: &Fixture) -> Vec<String> {
    let rows = fixture.index.sql(
        "SELECT sop_instance_uid, seen_as FROM descriptors JOIN instances USING (instance_key) ORDER BY seen_as, 1",
    );
    rows.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_middle_slice_and_the_projections_are_found() {
    let fixture = fixture().await;
    store(&fixture, (1..=5).map(|number| slice(1, number))).await;
    let of = |uid: &str| (1..=4).map(|seen_as| format!("{uid}|{seen_as}")).collect::<Vec<_>>();
    assert_eq!(pictures(&fixture), of("1.2.3.7.1.3"));
    assert_eq!(fixture.count("descriptions"), 5);
    let sent = slice(1, 3).with(0x0008, 0x0018, "UI", "1.2.3.7.9").file();
    let answer = fixture.archive.similar(&actor(), like(Example::Sent(sent.into()))).await.expect("an answer");
    assert_eq!((uids(&answer)[0].as_str(), answer.matches.len()), ("1.2.3.7.1.3", 4));
    assert!(answer.matches[0].duplicate && answer.matches[0].seen_as == SeenAs::MiddleSlice);
    let mut seen: Vec<SeenAs> = answer.matches.iter().map(|found| found.seen_as).collect();
    seen.sort_unstable();
    let projections = [0, 1, 2].map(SeenAs::Projection);
    assert_eq!(seen, [&[SeenAs::MiddleSlice][..], &projections].concat());

    // Slices that come later move the middle.
    store(&fixture, (6..=9).map(|number| slice(1, number))).await;
    assert_eq!((pictures(&fixture), copies(&fixture)), (of("1.2.3.7.1.5"), 12));
    let answer = fixture.archive.similar(&actor(), like(Example::Sent(slice(1, 3).file().into()))).await;
    assert!(uids(&answer.expect("an answer")).iter().all(|uid| uid == "1.2.3.7.1.5"));

    // So do slices that are taken away.
    let mut deleting: Actor = actor();
    deleting.rights.push(Right::Delete);
    let scope = archive::Scope {
        series: Some(archive::Uid::new("1.2.3.7.1").expect("a UID")),
        instance: Some(archive::Uid::new("1.2.3.7.1.5").expect("a UID")),
        ..crate::fixture::scope("1.2")
    };
    fixture.archive.delete(&deleting, &scope).await.expect("deleted");
    all_described(&fixture);
    assert_eq!(pictures(&fixture), of("1.2.3.7.1.6"));
    until("the copies of the deleted slice are gone", || copies(&fixture) == 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slices_that_are_no_volume_have_a_middle_all_the_same() {
    let fixture = fixture().await;
    store(&fixture, (1..=3).map(|number| slice(2, number).without(0x0020, 0x0032))).await;
    assert_eq!(pictures(&fixture), ["1.2.3.7.2.2|1"]);
    let broken =
        slice(3, 1).with(0x0028, 0x0100, "US", 64_u16.to_le_bytes()).with(0x7fe0, 0x0010, "OW", [0; 8 * SIDE * SIDE]);
    store(&fixture, [broken]).await;
    assert_eq!(pictures(&fixture), ["1.2.3.7.2.2|1"]);
    let why = fixture.index.sql("SELECT failure FROM descriptions WHERE failure IS NOT NULL");
    assert!(!why.trim().is_empty());
}
