//! The same measurements as rows of one table, for `tools/similar.sh`: `-- FOLDER --table COUNT`. Fields lie between
//! tabs: what, how many were found, median, 99th percentile and least in milliseconds, how often, and how many pictures
//! were looked at by level.

use std::path::Path;
use std::time::Instant;

use compute::similar::grey::Samples;
use compute::similar::regions::{Cells, overlapping};
use compute::similar::{Answer, Grey, Keeps, Pyramid, Query, Shelved, frame, gradient, search, search_where};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::crowd::{self, Crowd};

const ROUNDS: usize = 9;

/// Of a hundred pictures, how many show the part of the body that is asked for.
const SHOWN: u32 = 43;

pub fn table(folder: Option<&Path>, count: usize, queries: usize) {
    let (crowd, examples) = Crowd::of(folder, queries);
    let mut shelved = Shelved::default();
    let shown = |place: u32| place.wrapping_mul(2_654_435_761) >> 16 < (SHOWN << 16) / 100;
    let steps = [10_000, 100_000].into_iter().filter(|step| *step < count).chain([count]);
    for step in steps {
        crowd.fill(&mut shelved, step);
        pixels(&crowd, &shelved, &examples, ("", &|_| true));
        if step == count {
            pixels(&crowd, &shelved, &examples, (", of a part of the body", &shown));
        }
    }
    drop(shelved);
    gradients(folder, (count, queries), &shown);
    parts(count);
    making();
}

fn pixels(crowd: &Crowd, shelved: &Shelved, examples: &[Pyramid], (more, keeps): (&str, &Keeps)) {
    let shelf = shelved.shelf();
    let is_all = more.is_empty();
    let queries: Vec<Query> = examples.iter().map(|example| Query::new(example.clone(), 10)).collect();
    let find = |query: &Query| -> Answer {
        let Ok(found) =
            if is_all { search(&shelf, crowd, query, None) } else { search_where(&shelf, crowd, query, keeps) };
        found
    };
    row(&format!("inside, ten of {}, pixels{more}", shelf.len()), &queries, |query| {
        let answer = find(query);
        (answer.found.len(), format!("{:?}", answer.looks))
    });
}

fn gradients(folder: Option<&Path>, (count, queries): (usize, usize), shown: &Keeps) {
    let (descriptors, examples) = crowd::gradients(folder, count, queries);
    let summaries = descriptors.as_chunks().0.iter().map(gradient::Summary::of);
    let (cells, margins): (Vec<_>, Vec<_>) = summaries.map(|summary| (summary.cells, summary.margin)).unzip();
    let both = (gradient::Summaries { cells: &cells, margins: &margins }, &descriptors[..]);
    let all: (&str, &Keeps) = ("", &|_| true);
    for (more, keeps) in [all, (", of a part of the body", shown)] {
        row(&format!("inside, ten of {count}, gradients{more}"), &examples, |query| {
            let (found, looks) = gradient::nearest_where(query, both, 10, keeps);
            (found.len(), format!("[{count}, {looks}]"))
        });
    }
}

/// As if no two images had the same cells.
fn parts(count: usize) {
    let mut random = StdRng::seed_from_u64(6);
    let mut cells = || Cells([(); 8].map(|()| random.random::<u64>() & random.random::<u64>()));
    let sets: Vec<Cells> = (0..count).map(|_| cells()).collect();
    let keys: Vec<i64> = (0..count as i64).collect();
    row(&format!("inside, a hundred of {count} different parts of the body"), &sets[..9.min(count)], |asked| {
        (overlapping(asked, &sets, &keys, 100).len(), String::new())
    });
}

/// What is kept of a picture, by one thread.
fn making() {
    let samples: Vec<u16> =
        (0..2048 * 2048_u64).map(|place| ((place % 2048) * (place / 2048) / 1024 % 4096) as u16).collect();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    row("inside, what is kept of a picture of 2048²", &[samples], |samples| {
        let picture = Grey::new(2048, 2048, Samples::U16(samples)).expect("a picture");
        let kept = || {
            let field = frame::within(&picture);
            (Pyramid::of_field(&picture, field), gradient::of_field(&picture, field))
        };
        alone.install(|| std::hint::black_box(kept()));
        (1, String::new())
    });
}

/// Each of these some times; the looks are those of the last one.
fn row<T>(what: &str, of: &[T], find: impl Fn(&T) -> (usize, String)) {
    let (mut times, mut last) = (Vec::new(), (0, String::new()));
    for one in of.iter().flat_map(|one| std::iter::repeat_n(one, ROUNDS)) {
        let start = Instant::now();
        last = find(one);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let (count, (found, looks)) = (times.len(), last);
    let p99 = times[(count * 99 / 100).min(count - 1)];
    println!("{what}\t{found}\t{:.2}\t{p99:.2}\t{:.2}\t{count}\t{looks}", times[count / 2], times[0]);
}
