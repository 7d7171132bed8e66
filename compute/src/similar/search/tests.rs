use rand::{Rng, SeedableRng, rngs::StdRng};

use super::super::distance::Rectangle;
use super::super::pyramid::Pyramid;
use super::super::shelf::{Copied, Shelved};
use super::*;

/// Pictures made of few shapes, so that many are alike and some are the same.
fn pictures(random: &mut StdRng, count: usize) -> Vec<Pyramid> {
    let mut pictures: Vec<Pyramid> = Vec::new();
    while pictures.len() < count {
        let cells = match random.random_range(0..5) {
            0 if !pictures.is_empty() => pictures[random.random_range(0..pictures.len())].level(TOP).cells.clone(),
            1 if !pictures.is_empty() => {
                let mut cells = pictures[random.random_range(0..pictures.len())].level(TOP).cells.clone();
                for _ in 0..random.random_range(1..2000) {
                    cells[random.random_range(0..65536)] = random.random();
                }
                cells
            }
            2 => vec![random.random_range(100..104); 65536],
            _ => waves(random),
        };
        pictures.extend(Pyramid::from_top(cells));
    }
    pictures
}

fn waves(random: &mut StdRng) -> Vec<u8> {
    let [a, b, c] = [(); 3].map(|()| random.random_range(0.5..9.0_f32));
    let noise = random.random_range(0.0..60.0_f32);
    let wave = |place: usize| {
        let (x, y) = ((place % 256) as f32 / 256.0, (place / 256) as f32 / 256.0);
        128.0 + 90.0 * ((a * x).sin() * (b * y).cos() + 0.3 * (c * x * y * 6.0).sin())
    };
    (0..65536).map(|place| (wave(place) + noise * random.random_range(-0.5..0.5)) as u8).collect()
}

fn shelved(pictures: &[Pyramid]) -> Shelved {
    let mut shelved = Shelved::default();
    for picture in pictures {
        assert!(shelved.push([0, 1, 2].map(|level| picture.level(level))));
    }
    shelved
}

/// All copies of 256 compared, cell by cell.
fn brute_force(pictures: &[Pyramid], views: &[(Pyramid, Rectangle)], limit: usize, within: u64) -> Vec<Found> {
    let distance = |picture: &Pyramid, (view, part): &(Pyramid, Rectangle)| {
        let rows = part.rows.clone().flat_map(|row| part.columns.clone().map(move |column| row * 256 + column));
        rows.map(|cell| u64::from(view.level(TOP).cells[cell].abs_diff(picture.level(TOP).cells[cell])).pow(2))
            .sum::<u64>()
    };
    let found = pictures.iter().zip(0..).filter_map(|(picture, index)| {
        let nearest = views.iter().zip(0..).map(|(view, place)| (distance(picture, view), place)).min();
        nearest.map(|(distance, view)| Found { distance, index, view })
    });
    let mut found: Vec<Found> = found.filter(|found| found.distance <= within).collect();
    found.sort_by_key(|found| (found.distance, found.index));
    found.truncate(limit);
    found
}

fn rectangle(random: &mut StdRng) -> Rectangle {
    let mut side = || {
        let start = random.random_range(0..255);
        start..random.random_range(start + 1..=256)
    };
    Rectangle { columns: side(), rows: side() }
}

#[test]
fn a_search_finds_what_a_comparison_of_all_finds() {
    let mut random = StdRng::seed_from_u64(60);
    let pictures = pictures(&mut random, 60);
    let (shelved, whole) = (shelved(&pictures), Rectangle { columns: 0..256, rows: 0..256 });
    for round in 0..48 {
        let example = if round % 3 == 0 {
            pictures[random.random_range(0..pictures.len())].clone()
        } else {
            Pyramid::from_top(waves(&mut random)).unwrap()
        };
        let limit = [1, 3, 10, 100][round % 4];
        let part = if round % 2 == 0 { whole.clone() } else { rectangle(&mut random) };
        let mut query = Query::new(example.clone(), limit);
        let mut views = vec![(example.clone(), part.clone())];
        if round % 2 == 1 {
            query = query.inside(part.clone());
        }
        if round % 5 == 0 {
            query = if round % 2 == 0 {
                query.or_mirrored()
            } else {
                Query::new(example.clone(), limit).or_mirrored().inside(part.clone())
            };
            views.push((example.mirrored(), part.mirrored(256)));
        }
        if round % 7 == 0 {
            query = query.scoring(0.6);
        }
        let answer = search(&shelved.shelf(), pictures.as_slice(), &query, None).unwrap();
        assert_eq!(answer.found, brute_force(&pictures, &views, limit, query.within), "{round}");
    }
}

#[test]
fn only_pictures_among_those_given_are_found() {
    let mut random = StdRng::seed_from_u64(61);
    let pictures = pictures(&mut random, 40);
    let among = [3, 38, 9, 17, 99];
    let some: Vec<Pyramid> = [3, 9, 17, 38].map(|place: usize| pictures[place].clone()).to_vec();
    let query = Query::new(pictures[17].clone(), 3);
    let answer = search(&shelved(&pictures).shelf(), pictures.as_slice(), &query, Some(&among)).unwrap();
    let whole = Rectangle { columns: 0..256, rows: 0..256 };
    let expected = brute_force(&some, &[(pictures[17].clone(), whole)], 3, u64::MAX);
    let places = expected.into_iter().map(|found| Found { index: [3, 9, 17, 38][found.index as usize], ..found });
    assert_eq!(answer.found, places.collect::<Vec<_>>());
}

#[test]
fn those_that_are_kept_are_found_as_if_there_were_no_others() {
    let mut random = StdRng::seed_from_u64(64);
    let pictures = pictures(&mut random, 60);
    let shelved = shelved(&pictures);
    for round in 0..24 {
        let mut query = Query::new(pictures[random.random_range(0..60)].clone(), [1, 3, 10, 100][round % 4]);
        if round % 3 == 0 {
            query = query.inside(rectangle(&mut random));
        }
        let (one_in, rest) = (random.random_range(1..9), random.random_range(0..9));
        let keeps = |index: u32| index % one_in == rest % one_in && round != 5;
        let among: Vec<u32> = (0..60).filter(|index| keeps(*index)).collect();
        let Ok(expected) = search(&shelved.shelf(), pictures.as_slice(), &query, Some(&among));
        let Ok(answer) = search_where(&shelved.shelf(), pictures.as_slice(), &query, &keeps);
        assert_eq!(answer.found, expected.found, "{round}");
        assert!(answer.looks[TOP] <= among.len() && answer.found.len() <= among.len());
    }
}

#[test]
fn who_cannot_be_near_is_not_asked_about() {
    let mut random = StdRng::seed_from_u64(65);
    let mut pictures: Vec<Pyramid> = (0..9).map(|_| Pyramid::from_top(waves(&mut random)).unwrap()).collect();
    // The nearest first, so that the bounds of the others are known to be too far.
    pictures.extend((0..800).map(|tone: usize| Pyramid::from_top(vec![(tone % 2 * 255) as u8; 65536]).unwrap()));
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let keeps = |_: u32| asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < usize::MAX;
    let query = Query::new(pictures[0].clone(), 3);
    let Ok(answer) = search_where(&shelved(&pictures).shelf(), pictures.as_slice(), &query, &keeps);
    assert_eq!(answer.found[0], Found { distance: 0, index: 0, view: 0 });
    assert!(asked.into_inner() < pictures.len(), "most are out by their bounds alone");
}

#[test]
fn an_empty_shelf_has_nothing_to_find() {
    let query = Query::new(Pyramid::from_top(vec![5; 65536]).unwrap(), 10);
    let none: &[Pyramid] = &[];
    assert!(search(&Shelved::default().shelf(), none, &query, None).unwrap().found.is_empty());
}

/// Copies that may be gone, or unreadable.
struct Shaky<'a>(&'a [Pyramid]);

impl Source for Shaky<'_> {
    type Error = &'static str;

    fn copy(&self, index: usize, level: usize) -> Result<Option<Copied<'_>>, Self::Error> {
        match index {
            0 => Ok(None),
            1 => Err("unreadable"),
            _ => Ok(Some(self.0[index].level(level).into())),
        }
    }
}

#[test]
fn a_picture_that_is_gone_is_left_out_and_an_error_is_told() {
    let pictures = pictures(&mut StdRng::seed_from_u64(62), 5);
    let query = Query::new(pictures[0].clone(), 5);
    let shelved = shelved(&pictures);
    let answer = search(&shelved.shelf(), &Shaky(&pictures), &query, Some(&[0, 2, 3, 4])).unwrap();
    assert_eq!(answer.found.len(), 3);
    assert_eq!(search(&shelved.shelf(), &Shaky(&pictures), &query, None).unwrap_err(), "unreadable");
}

#[test]
fn a_picture_that_was_taken_off_is_not_found() {
    let mut pictures = pictures(&mut StdRng::seed_from_u64(63), 12);
    let mut shelved = shelved(&pictures);
    let query = Query::new(pictures[4].clone(), 12);
    shelved.swap_remove(4);
    shelved.swap_remove(99);
    pictures.swap_remove(4);
    let answer = search(&shelved.shelf(), pictures.as_slice(), &query, None).unwrap();
    let whole = Rectangle { columns: 0..256, rows: 0..256 };
    let mut expected = brute_force(&pictures, &[(query_view(&query), whole)], 12, u64::MAX);
    expected.truncate(12);
    assert_eq!(answer.found, expected);
}

fn query_view(query: &Query) -> Pyramid {
    let cells = query.whole(TOP).into_iter().flatten().next().map(|copy| copy.cells.into_owned());
    Pyramid::from_top(cells.unwrap()).unwrap()
}

#[test]
fn many_searches_at_once_find_what_each_finds() {
    let mut random = StdRng::seed_from_u64(16);
    let pictures = pictures(&mut random, 70);
    let shelved = shelved(&pictures);
    let example = |random: &mut StdRng| Pyramid::from_top(waves(random)).expect("a copy of 256");
    let mut queries: Vec<Query> = (0..19).map(|limit| Query::new(example(&mut random), limit)).collect();
    queries[2] = queries[2].clone().or_mirrored();
    queries[5] = queries[5].clone().inside(rectangle(&mut random));
    queries[7] = queries[7].clone().scoring(0.7);
    let some: Vec<u32> = (0..70).filter(|index| index % 3 > 0).collect();
    for among in [None, Some(&some[..])] {
        let Ok(together) = search_many(&shelved.shelf(), pictures.as_slice(), &queries, among);
        for (query, answer) in queries.iter().zip(together) {
            let Ok(alone) = search(&shelved.shelf(), pictures.as_slice(), query, among);
            assert_eq!((answer.found, answer.looks), (alone.found, alone.looks));
        }
    }
    let Ok(none) = search_many(&Shelved::default().shelf(), pictures.as_slice(), &queries, None);
    assert!(none.iter().all(|answer| answer.found.is_empty()));
}
