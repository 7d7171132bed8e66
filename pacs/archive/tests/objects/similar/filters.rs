//! Searches by likeness with keys that leave many images, or few: the same as brute force over those that match.

use archive::similar::{Profile, SimilarRequest};
use archive::{Actor, Level, Search};
use compute::similar::Pyramid;
use compute::similar::score::score;

use super::radiograph::{self, Radiograph};
use super::{all_described, fixture, like_stored, uids};
use crate::fixture::{Fixture, Object, actor};

const COUNT: u32 = 56;

/// One in two, in four and in fourteen has a word.
fn view(number: u32) -> &'static str {
    match number {
        number if number % 14 == 3 => "LL",
        number if number.is_multiple_of(4) => "AP",
        number if number.is_multiple_of(2) => "PA",
        _ => "RL",
    }
}

/// Every seventh picture is the one before it once more: ties.
fn radiograph(number: u32) -> Radiograph {
    let origin = if number.is_multiple_of(7) { number - 1 } else { number };
    Radiograph { number, ..Radiograph::new(origin) }
}

fn object(radiograph: &Radiograph) -> Object {
    radiograph.object().with(0x0018, 0x5101, "CS", view(radiograph.number))
}

fn by(keys: &[(&str, &str)]) -> Search {
    let matching = keys.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Search { matching, ..Search::of(Level::Instance) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_nearest_that_match_are_those_of_a_comparison_of_all() {
    let all: Vec<Radiograph> = (1..=COUNT).map(radiograph).collect();
    let pyramids: Vec<Pyramid> = all.iter().map(Radiograph::pyramid).collect();
    let fixture = fixture().await;
    for radiograph in &all {
        fixture.store(&object(radiograph).file()).await.result.expect("stored");
    }
    all_described(&fixture);
    let researcher = Actor { identified: false, ..actor() };
    let (mut broad, mut narrow) = (0, 0);
    for (round, number) in [5_usize, 6, 20, 33, 48].into_iter().enumerate() {
        let example = like_stored(&fixture, &all[number]).await;
        for (words, is_open) in [("RL", true), ("PA", true), ("AP", false), ("LL", true), ("XX", true)] {
            let matches = |other: &Radiograph| view(other.number) == words;
            let personal = [("ViewPosition", words), ("PatientName", "Quaestor*")];
            let filter = by(if is_open { &personal[..1] } else { &personal });
            for (limit, least_score) in [(1, None), (3, None), (3, Some(0.55)), (40, None)] {
                let request = SimilarRequest { limit, least_score, filter: filter.clone(), ..example.clone() };
                let mut plain: Vec<(u64, usize)> = (0..all.len())
                    .filter(|other| *other != number && matches(&all[*other]))
                    .map(|other| (radiograph::distance(&pyramids[number], &pyramids[other], false), other))
                    .filter(|(distance, _)| least_score.is_none_or(|least| score(*distance, 65536) >= least))
                    .collect();
                plain.sort_unstable();
                plain.truncate(limit);
                let expected: Vec<String> = plain.iter().map(|(_, other)| all[*other].uid()).collect();
                let answer = fixture.archive.similar(&actor(), request.clone()).await.expect("an answer");
                assert_eq!(uids(&answer), expected, "{round} {words} {limit} {least_score:?}");
                match answer.among {
                    None => broad += 1,
                    Some(among) => {
                        narrow += 1;
                        assert_eq!(among, all.iter().filter(|other| matches(other)).count(), "{words}");
                    }
                }
                if is_open {
                    let veiled = fixture.archive.similar(&researcher, request).await.expect("an answer");
                    let scores: Vec<f64> = veiled.matches.iter().map(|found| found.score).collect();
                    let plain: Vec<f64> = plain.iter().map(|(distance, _)| score(*distance, 65536)).collect();
                    assert_eq!((scores, veiled.among), (plain, None), "{round} {words} {limit}");
                }
            }
        }
    }
    assert!(broad >= 20 && narrow >= 20, "both ways are tried: {broad}, {narrow}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gradients_and_parts_of_the_body_go_with_keys_that_leave_many() {
    let all: Vec<Radiograph> = (1..=COUNT).map(radiograph).collect();
    let fixture = fixture().await;
    for radiograph in &all {
        let part = if radiograph.number.is_multiple_of(3) { "HAND" } else { "CHEST" };
        let object = object(radiograph).with(0x0018, 0x0015, "CS", part);
        fixture.store(&object.file()).await.result.expect("stored");
    }
    all_described(&fixture);
    let chest = archive::body::named("chest").expect("a part");
    for profile in [Profile::Pixels, Profile::Gradients] {
        for limit in [1, 2, 4] {
            let example = SimilarRequest { profile, ..like_stored(&fixture, &all[0]).await };
            let everything = SimilarRequest { limit: 100, ..example.clone() };
            let everything = fixture.archive.similar(&actor(), everything).await.expect("an answer");
            let shows = |number: u32| !number.is_multiple_of(3) && view(number) == "RL";
            let number = |uid: &str| uid.split('.').nth(4).and_then(|part| part.parse().ok()).expect("a number");
            let mut expected: Vec<String> = uids(&everything).into_iter().filter(|uid| shows(number(uid))).collect();
            expected.truncate(limit);
            let filter = by(&[("ViewPosition", "RL")]);
            let request = SimilarRequest { limit, region: Some(chest), filter, ..example };
            let answer = fixture.archive.similar(&actor(), request).await.expect("an answer");
            assert_eq!(uids(&answer), expected, "{profile:?} {limit}");
        }
    }
}

/// One image shows a foot, one in three a hand, the others a chest.
fn body_part(number: u32) -> &'static str {
    match number {
        7 => "FOOT",
        number if number.is_multiple_of(3) => "HAND",
        _ => "CHEST",
    }
}

/// An archive of images that show these parts, and what they are made of.
async fn of_the_body() -> (Fixture, Vec<Radiograph>) {
    let all: Vec<Radiograph> = (1..=COUNT).map(radiograph).collect();
    let fixture = fixture().await;
    for radiograph in &all {
        let object = object(radiograph).with(0x0018, 0x0015, "CS", body_part(radiograph.number));
        fixture.store(&object.file()).await.result.expect("stored");
    }
    all_described(&fixture);
    (fixture, all)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_the_body_that_many_or_few_images_show_leaves_out_the_others() {
    let (fixture, all) = of_the_body().await;
    let number = |uid: &str| uid.split('.').nth(4).and_then(|part| part.parse().ok()).expect("a number");
    for (example, part) in [(0, None), (2, None), (6, None), (11, Some([0.1, 0.2, 0.7, 0.9]))] {
        for profile in [Profile::Pixels, Profile::Gradients] {
            if part.is_some() && profile == Profile::Gradients {
                continue;
            }
            let example = SimilarRequest { profile, part, ..like_stored(&fixture, &all[example]).await };
            let everything = SimilarRequest { limit: 100, ..example.clone() };
            let everything = uids(&fixture.archive.similar(&actor(), everything).await.expect("an answer"));
            for (word, name) in [("CHEST", "chest"), ("HAND", "hand"), ("FOOT", "foot")] {
                let region = archive::body::named(name).expect("a part");
                let shows = |uid: &&String| body_part(number(uid)) == word;
                for limit in [1, 3, 100] {
                    let request = SimilarRequest { limit, region: Some(region), ..example.clone() };
                    let answer = fixture.archive.similar(&actor(), request).await.expect("an answer");
                    let expected: Vec<String> = everything.iter().filter(shows).take(limit).cloned().collect();
                    assert_eq!(uids(&answer), expected, "{profile:?} {word} {limit}");
                    let among = (1..=COUNT).filter(|number| body_part(*number) == word).count();
                    assert_eq!(answer.among, Some(among), "{profile:?} {word} {limit}");
                    assert!(answer.matches.iter().all(|found| found.region_score == Some(1.0)));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn images_of_a_part_of_the_body_are_those_that_match_page_by_page() {
    let (fixture, all) = of_the_body().await;
    let researcher = Actor { identified: false, ..actor() };
    let chest = archive::body::named("chest").expect("a part");
    for words in ["RL", "PA", "AP", "LL", "XX"] {
        let filter = by(&[("ViewPosition", words)]);
        let shown =
            |radiograph: &&Radiograph| view(radiograph.number) == words && body_part(radiograph.number) == "CHEST";
        let expected: Vec<String> = all.iter().filter(shown).map(Radiograph::uid).collect();
        let (mut found, mut veiled) = (Vec::new(), Vec::new());
        for offset in (0..COUNT as usize).step_by(4) {
            let page = fixture.archive.in_region(&actor(), chest, filter.clone(), offset, 4).await.expect("a page");
            found.extend(page.into_iter().filter_map(|found| found.matched.instance));
            let page = fixture.archive.in_region(&researcher, chest, filter.clone(), offset, 4).await.expect("a page");
            veiled.extend(page.into_iter().filter_map(|found| found.matched.instance));
        }
        assert_eq!(found, expected, "{words}");
        veiled.sort_unstable();
        veiled.dedup();
        assert_eq!(veiled.len(), expected.len(), "{words}");
    }
}
