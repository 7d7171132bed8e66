//! Searches by likeness and by place in the body: real descriptors in a real database, compared with brute force.

mod device;
mod filters;
mod keeping;
mod radiograph;
mod regions;
mod together;
mod tomogram;

use std::time::{Duration, Instant};

use archive::similar::{Example, Profile, SeenAs, SimilarAnswer, SimilarRequest};
use archive::{Actor, Error, Level, Right, Search};
use bytes::Bytes;
use compute::similar::Pyramid;
use compute::similar::score::score;

use crate::fixture::{Fixture, actor};
use radiograph::Radiograph;

/// An archive that describes at once.
pub async fn fixture() -> Fixture {
    Fixture::with(|settings| settings.similar.quiet = Duration::ZERO).await
}

pub fn until(what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::yield_now();
    }
}

/// Waits until nothing is to be described.
pub fn all_described(fixture: &Fixture) {
    until("all images are described", || {
        fixture.index.sql("SELECT count(*) FROM series WHERE undescribed").trim() == "0"
    });
}

pub async fn stored(radiographs: &[Radiograph]) -> Fixture {
    let fixture = fixture().await;
    for radiograph in radiographs {
        fixture.store(&radiograph.object().file()).await.result.expect("stored");
    }
    all_described(&fixture);
    fixture
}

pub fn like(example: Example) -> SimilarRequest {
    SimilarRequest {
        example,
        profile: Profile::Pixels,
        part: None,
        mirrored: false,
        limit: 10,
        least_score: None,
        region: None,
        filter: Search::of(Level::Instance),
    }
}

pub async fn like_stored(fixture: &Fixture, radiograph: &Radiograph) -> SimilarRequest {
    let found = fixture.archive.instances(&actor(), &radiograph.scope(), "test").await.expect("stored");
    like(Example::Stored { instance: found[0].clone(), frame: 1 })
}

pub fn uids(answer: &SimilarAnswer) -> Vec<String> {
    answer.matches.iter().map(|found| found.matched.instance.clone().expect("a UID")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_nearest_are_those_of_a_comparison_of_all() {
    let mut all: Vec<Radiograph> = (1..=17).map(Radiograph::new).collect();
    // The same pixels under another UID, and others that are nearly the same.
    all.push(Radiograph { pixels: all[3].pixels.clone(), ..Radiograph::new(18) });
    all.push(all[5].blurred(19));
    all.push(all[7].mirrored(20));
    let pyramids: Vec<Pyramid> = all.iter().map(Radiograph::pyramid).collect();
    let fixture = stored(&all).await;
    for (number, example) in all.iter().enumerate() {
        for mirrored in [false, true] {
            let request = SimilarRequest { mirrored, ..like_stored(&fixture, example).await };
            let answer = fixture.archive.similar(&actor(), request).await.expect("an answer");
            let distance = |other: usize, mirrored| radiograph::distance(&pyramids[number], &pyramids[other], mirrored);
            // Those as far come as they are before mirrored ones, and as they were stored.
            let mut plain: Vec<(u64, bool, usize)> = (0..all.len())
                .filter(|other| *other != number)
                .map(|other| (distance(other, mirrored), distance(other, mirrored) < distance(other, false), other))
                .collect();
            plain.sort_unstable();
            plain.truncate(10);
            let expected: Vec<String> = plain.iter().map(|(.., other)| all[*other].uid()).collect();
            assert_eq!(uids(&answer), expected, "{number} {mirrored}");
            for (found, (distance, ..)) in answer.matches.iter().zip(&plain) {
                assert_eq!(found.score, score(*distance, 65536));
                assert_eq!(found.duplicate, *distance == 0 && !found.mirrored);
                assert_eq!((found.frame, found.seen_as), (1, SeenAs::Image));
            }
            assert_eq!((answer.waiting, answer.among), (0, Some(all.len())));
        }
    }
    let request = SimilarRequest { mirrored: true, ..like_stored(&fixture, &all[7]).await };
    let answer = fixture.archive.similar(&actor(), request).await.expect("an answer");
    assert!(answer.matches[0].mirrored && !answer.matches[0].duplicate);
    assert_eq!(uids(&answer)[0], all[19].uid());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_that_tie_at_the_last_place_the_one_stored_first_is_found() {
    let own = Radiograph::new(2);
    let far = |number| Radiograph { pixels: Radiograph::new(7).pixels, ..Radiograph::new(number) };
    let all = [far(1), own.clone(), own.blurred(3), far(4), far(5)];
    let fixture = stored(&all).await;
    let request = SimilarRequest { limit: 2, ..like_stored(&fixture, &own).await };
    let expected = [all[2].uid(), all[0].uid()];
    assert_eq!(uids(&fixture.archive.similar(&actor(), request.clone()).await.expect("an answer")), expected);
    // Now it is the last one on the shelf.
    fixture.index.sql(
        "UPDATE descriptions SET changed_at = clock_timestamp(), changed_by = pg_current_xact_id()
         WHERE instance_key = (SELECT min(instance_key) FROM instances)",
    );
    assert_eq!(uids(&fixture.archive.similar(&actor(), request).await.expect("an answer")), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gradients_parts_scores_and_limits_are_kept() {
    let mut all: Vec<Radiograph> = (1..=8).map(Radiograph::new).collect();
    all.push(all[2].blurred(9));
    let fixture = stored(&all).await;
    let whole = like_stored(&fixture, &all[2]).await;
    let gradients = SimilarRequest { profile: Profile::Gradients, ..whole.clone() };
    let answer = fixture.archive.similar(&actor(), gradients).await.expect("an answer");
    // Summaries first, then what may be near.
    assert_eq!((uids(&answer)[0].clone(), answer.looks.len()), (all[8].uid(), 2));
    let part = SimilarRequest { part: Some([0.1, 0.1, 0.6, 0.9]), limit: 3, ..whole.clone() };
    let answer = fixture.archive.similar(&actor(), part).await.expect("an answer");
    assert_eq!((uids(&answer)[0].clone(), answer.matches.len()), (all[8].uid(), 3));
    let scoring = SimilarRequest { least_score: Some(0.9), ..whole.clone() };
    let answer = fixture.archive.similar(&actor(), scoring).await.expect("an answer");
    assert_eq!(uids(&answer), [all[8].uid()]);
    let none = SimilarRequest { limit: 0, ..whole.clone() };
    assert!(fixture.archive.similar(&actor(), none).await.expect("an answer").matches.is_empty());
    for wrong in [
        SimilarRequest { part: Some([0.5, 0.0, 1.5, 1.0]), ..whole.clone() },
        SimilarRequest { part: Some([0.5, 0.0, 0.5, 1.0]), ..whole.clone() },
        SimilarRequest { part: Some([f64::NAN, 0.0, 0.5, 1.0]), ..whole.clone() },
        SimilarRequest { least_score: Some(2.0), ..whole.clone() },
        SimilarRequest { limit: 1001, ..whole.clone() },
        SimilarRequest { profile: Profile::Gradients, mirrored: true, ..whole.clone() },
    ] {
        let refused = fixture.archive.similar(&actor(), wrong).await;
        assert!(matches!(refused, Err(Error::BadRequest(_))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn examples_may_be_sent_as_dicom_png_and_jpeg() {
    let all: Vec<Radiograph> = (1..=6).map(Radiograph::new).collect();
    let fixture = stored(&all).await;
    let object = all[4].object().file();
    let levels: Vec<u8> = all[4].pixels.iter().map(|level| (level >> 8) as u8).collect();
    let png = codec::encode_png(radiograph::SIDE as u32, radiograph::SIDE as u32, 1, &levels).expect("a PNG");
    let jpeg = codec::encode_jpeg(radiograph::SIDE as u32, radiograph::SIDE as u32, 1, &levels, 95).expect("a JPEG");
    for (sent, least) in [(object, 1.0), (png, 0.99), (jpeg, 0.99)] {
        let answer = fixture.archive.similar(&actor(), like(Example::Sent(sent.into()))).await.expect("an answer");
        assert_eq!(uids(&answer)[0], all[4].uid());
        assert!(answer.matches[0].score >= least, "{}", answer.matches[0].score);
    }
    assert_eq!(fixture.count("instances"), 6);
    for (sent, is_unreadable) in [(&b"GIF89a"[..], true), (b"", true), (b"\xff\xd8\xff\xe0broken", false)] {
        let refused = fixture.archive.similar(&actor(), like(Example::Sent(Bytes::from_static(sent)))).await;
        match refused {
            Err(Error::BadRequest(_)) => assert!(is_unreadable),
            Err(Error::Unprocessable(_)) => assert!(!is_unreadable),
            other => panic!("{other:?}"),
        }
    }
    let without_pixels = all[0].object().without(0x7fe0, 0x0010).file();
    let refused = fixture.archive.similar(&actor(), like(Example::Sent(without_pixels.into()))).await;
    assert!(matches!(refused, Err(Error::Unprocessable(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_filter_and_rights_hold() {
    let all: Vec<Radiograph> = (1..=6).map(Radiograph::new).collect();
    let fixture = stored(&all).await;
    let request = like_stored(&fixture, &all[0]).await;
    let by = |name: &str, value: &str| Search {
        matching: vec![(name.to_owned(), value.to_owned())],
        ..Search::of(Level::Instance)
    };
    let filtered = SimilarRequest { filter: by("SOPInstanceUID", &all[3].uid()), ..request.clone() };
    let answer = fixture.archive.similar(&actor(), filtered).await.expect("an answer");
    assert_eq!((uids(&answer), answer.among), (vec![all[3].uid()], Some(1)));
    let personal = SimilarRequest { filter: by("PatientName", "Quaestor*"), ..request.clone() };
    let answer = fixture.archive.similar(&actor(), personal).await.expect("an answer");
    assert_eq!(answer.matches.len(), 5);
    let nobody = SimilarRequest { filter: by("PatientID", "4712"), ..request.clone() };
    assert!(fixture.archive.similar(&actor(), nobody).await.expect("an answer").matches.is_empty());
    let wrong = SimilarRequest { filter: by("PatientNam", "x"), ..request.clone() };
    assert!(matches!(fixture.archive.similar(&actor(), wrong).await, Err(Error::BadRequest(_))));
    let nobody = Actor { rights: vec![Right::Retrieve], ..actor() };
    assert!(matches!(fixture.archive.similar(&nobody, request.clone()).await, Err(Error::NotAuthorized(_))));
    // Who may not see who patients are gets the same images under their pseudonyms, and no key that tells who they are.
    let researcher = Actor { identified: false, ..actor() };
    let personal = SimilarRequest { filter: by("PatientName", "Quaestor*"), ..request.clone() };
    assert!(matches!(fixture.archive.similar(&researcher, personal).await, Err(Error::NotAuthorized(_))));
    let known = fixture.archive.similar(&actor(), request.clone()).await.expect("an answer");
    let veiled = fixture.archive.similar(&researcher, request.clone()).await.expect("an answer");
    assert_eq!(veiled.matches.len(), known.matches.len());
    for (veiled, known) in veiled.matches.iter().zip(&known.matches) {
        let text = serde_json::to_string(&veiled.matched).expect("JSON");
        assert!(veiled.score == known.score && !text.contains("Quaestor") && !text.contains("\"4711\""), "{text}");
        assert!(veiled.matched.instance.as_deref().is_some_and(|uid| uid.starts_with("2.25.")), "{text}");
    }
    let trail = fixture.archive.audit_trail(Default::default(), 100).await.expect("the trail");
    assert!(trail.iter().any(|row| row.detail.as_deref() == Some("instances by PatientName and likeness")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_archive_and_images_of_one_colour_have_answers() {
    let fixture = fixture().await;
    let example = Radiograph::new(1).object().file();
    let answer = fixture.archive.similar(&actor(), like(Example::Sent(example.into()))).await.expect("an answer");
    assert!(answer.matches.is_empty());
    assert_eq!((answer.among, answer.waiting), (Some(0), 0));
    let even =
        |number| Radiograph { pixels: vec![777; radiograph::SIDE * radiograph::SIDE], ..Radiograph::new(number) };
    for radiograph in [even(1), even(2), Radiograph::new(3)] {
        fixture.store(&radiograph.object().file()).await.result.expect("stored");
    }
    all_described(&fixture);
    for profile in [Profile::Pixels, Profile::Gradients] {
        let request = SimilarRequest { profile, ..like_stored(&fixture, &even(1)).await };
        let answer = fixture.archive.similar(&actor(), request).await.expect("an answer");
        assert_eq!(uids(&answer)[0], even(2).uid());
        assert_eq!(answer.matches[0].duplicate, profile == Profile::Pixels);
        assert!(answer.matches.iter().all(|found| found.score.is_finite()));
    }
}
