//! Images by the part of the body that they show.

use archive::body::Cells;
use archive::similar::SimilarRequest;
use archive::{Actor, Archive, Error, Level, Right, Search, StoredInstance};

use super::radiograph::Radiograph;
use super::{all_described, like_stored, stored, uids};
use crate::fixture::{Fixture, actor};

fn annotator() -> Actor {
    Actor { name: "mueller".into(), rights: vec![Right::Search, Right::Retrieve, Right::Annotate], ..actor() }
}

fn rows(rows: std::ops::Range<usize>) -> Cells {
    let mut cells = Cells::default();
    rows.for_each(|row| (0..4).for_each(|column| cells.insert(column, row)));
    cells
}

async fn instance(fixture: &Fixture, radiograph: &Radiograph) -> StoredInstance {
    fixture.archive.instances(&actor(), &radiograph.scope(), "test").await.expect("stored").remove(0)
}

async fn in_region(archive: &Archive, cells: Cells, filter: Search) -> Vec<(String, f64)> {
    let found = archive.in_region(&actor(), cells, filter, 0, 100).await.expect("an answer");
    found.into_iter().map(|found| (found.matched.instance.expect("a UID"), found.score)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_says_what_an_image_shows_and_takes_it_back() {
    let all: Vec<Radiograph> = (1..=4).map(Radiograph::new).collect();
    let fixture = stored(&all).await;
    for (radiograph, cells) in all.iter().zip([rows(0..4), rows(2..4), rows(8..9), rows(1..3)]) {
        let instance = instance(&fixture, radiograph).await;
        let set = fixture.archive.set_body_region(&annotator(), &instance, Some(cells)).await.expect("set");
        assert_eq!((set.cells, set.set_by.as_deref()), (cells, Some("mueller")));
        assert_eq!(fixture.archive.body_region(&actor(), &instance).await.expect("a region"), set);
    }
    let everything = || Search::of(Level::Instance);
    let found = in_region(&fixture.archive, rows(0..4), everything()).await;
    assert_eq!(found, [(all[0].uid(), 1.0), (all[1].uid(), 0.5), (all[3].uid(), 0.5)]);
    let page = fixture.archive.in_region(&actor(), rows(0..4), everything(), 1, 1).await.expect("an answer");
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].matched.instance, Some(all[1].uid()));
    let only = Search { matching: vec![("SOPInstanceUID".into(), all[3].uid())], ..everything() };
    assert_eq!(in_region(&fixture.archive, rows(0..4), only).await, [(all[3].uid(), 0.5)]);

    // Described anew, it stays as the person said.
    fixture.archive.rebuild_descriptors(&Actor { rights: vec![Right::Administer], ..actor() }).await.expect("queued");
    all_described(&fixture);
    assert_eq!(in_region(&fixture.archive, rows(8..9), everything()).await, [(all[2].uid(), 1.0)]);

    let instance = instance(&fixture, &all[2]).await;
    let taken_back = fixture.archive.set_body_region(&annotator(), &instance, None).await.expect("taken back");
    assert_eq!((taken_back.set_by, taken_back.set_at), (None, None));
    assert!(in_region(&fixture.archive, rows(8..9), everything()).await.is_empty());
    let refused = fixture.archive.set_body_region(&actor(), &instance, Some(rows(0..1))).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(_))));
    let trail = fixture.archive.audit_trail(Default::default(), 100).await.expect("the trail");
    assert_eq!(trail.iter().filter(|row| row.action == "annotate").count(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_that_show_as_much_come_in_the_order_in_which_they_were_stored() {
    let all: Vec<Radiograph> = (1..=5).map(Radiograph::new).collect();
    let fixture = stored(&all[..4]).await;
    let shows = async |radiograph: &Radiograph| {
        let instance = instance(&fixture, radiograph).await;
        fixture.archive.set_body_region(&annotator(), &instance, Some(rows(0..4))).await.expect("set");
    };
    for radiograph in &all[..4] {
        shows(radiograph).await;
    }
    assert_eq!(in_region(&fixture.archive, rows(0..4), Search::of(Level::Instance)).await.len(), 4);
    // Its place is free for the next one.
    let deleting = Actor { rights: vec![Right::Search, Right::Delete], ..actor() };
    fixture.archive.delete(&deleting, &all[0].scope()).await.expect("deleted");
    assert_eq!(in_region(&fixture.archive, rows(0..4), Search::of(Level::Instance)).await.len(), 3);
    fixture.store(&all[4].object().file()).await.result.expect("stored");
    all_described(&fixture);
    shows(&all[4]).await;
    let expected: Vec<_> = all[1..].iter().map(|radiograph| (radiograph.uid(), 1.0)).collect();
    assert_eq!(in_region(&fixture.archive, rows(0..4), Search::of(Level::Instance)).await, expected);
    let by_key = Search { matching: vec![("PatientName".into(), "Quaestor*".into())], ..Search::of(Level::Instance) };
    assert_eq!(in_region(&fixture.archive, rows(0..4), by_key).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_by_likeness_leave_out_what_shows_another_part() {
    let all: Vec<Radiograph> = (1..=4).map(Radiograph::new).collect();
    let fixture = stored(&all).await;
    for (radiograph, cells) in all.iter().zip([rows(0..2), rows(0..1), rows(9..12)]) {
        let instance = instance(&fixture, radiograph).await;
        fixture.archive.set_body_region(&annotator(), &instance, Some(cells)).await.expect("set");
    }
    let request = SimilarRequest { region: Some(rows(0..2)), ..like_stored(&fixture, &all[0]).await };
    let answer = fixture.archive.similar(&actor(), request.clone()).await.expect("an answer");
    assert_eq!((uids(&answer), answer.among), (vec![all[1].uid()], Some(2)));
    assert_eq!(answer.matches[0].region_score, Some(0.5));
    let none = SimilarRequest { region: Some(Cells::default()), ..request };
    assert!(matches!(fixture.archive.similar(&actor(), none).await, Err(Error::BadRequest(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_researcher_does_not_learn_the_order_of_arrival_from_ties() {
    let all: Vec<Radiograph> = (1..=10).map(Radiograph::new).collect();
    let fixture = stored(&all).await;
    let mut arrived = Vec::new();
    for radiograph in &all {
        let instance = instance(&fixture, radiograph).await;
        fixture.archive.set_body_region(&annotator(), &instance, Some(rows(0..4))).await.expect("set");
        arrived.push(fixture.archive.deidentified(vec![instance]).await.expect("the databases").remove(0).instance);
    }
    let researcher = Actor { identified: false, ..actor() };
    let mut found = Vec::new();
    // Page by page, so that which ones are on a page tells nothing either.
    for offset in (0..10).step_by(2) {
        let page = fixture
            .archive
            .in_region(&researcher, rows(0..4), Search::of(Level::Instance), offset, 2)
            .await
            .expect("a page");
        found.extend(page.into_iter().filter_map(|found| found.matched.instance));
    }
    assert_ne!(found, arrived);
    found.sort_unstable();
    arrived.sort_unstable();
    assert_eq!(found, arrived);
}
