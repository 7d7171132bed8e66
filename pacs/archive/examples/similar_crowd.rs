//! Descriptors of as many pictures as wanted, for measurements of searches by likeness by a whole gateway: `tools/similar.sh` puts them
//! into its database, and says how. Pictures are those of the benchmark of `compute::similar`.
//!
//! - `similar_crowd rows FROM COUNT FOLDER`: rows of the table `descriptors` from number FROM (of 1) on, as COPY reads them in binary.
//! - `similar_crowd cells`: what images of each part of the body show, as the table `descriptions` has it, one a line. Picture `n` has
//!   line `n` modulo their number, from 0.
//! - `similar_crowd copies COUNT NODE FOLDER [PART…]`: writes the larger copies to which searches for some of COUNT pictures come into
//!   the folder of a storage node, and prints the numbers of these pictures: searches among all, and among those that show one of the
//!   parts of the body, of ten, mirror images too, and of as many as are asked about where keys leave many. The copies of all would take 86 KB each.

#[path = "../../../compute/benches/similar/crowd.rs"]
#[expect(dead_code, reason = "the benchmark takes more of it")]
mod crowd;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::error::Error;
use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use archive::body::{self, Cells, Side};
use archive::similar::RECIPE;
use compute::similar::shelf::{Copied, HELD};
use compute::similar::{Level, Pyramid, Query, SIDES, Shelved, Source, TOP, bytes, gradient, search_where};
use crowd::Crowd;
use rayon::prelude::*;

type Failure = Box<dyn Error + Send + Sync>;

/// How many are looked for.
const QUERIES: usize = 16;
/// As the archive looks for ten: one more for the example itself, one for ties; and at first where keys leave many.
const TEN: usize = 12;
const MANY: usize = 48;
/// How many are made at once.
const BATCH: usize = 4096;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["rows", from, count, folder] => rows(from.parse()?, count.parse()?, Path::new(folder)),
        ["cells"] => cells(),
        ["copies", count, node, folder, parts @ ..] => {
            copies(count.parse()?, Path::new(node), Path::new(folder), parts)
        }
        _ => Err("similar_crowd rows FROM COUNT FOLDER | cells | copies COUNT NODE FOLDER [PART…]".into()),
    }
}

/// Number 1 is the first of a crowd.
fn pyramid(crowd: &Crowd, number: usize) -> Pyramid {
    let Ok(copy) = crowd.copy(number - 1, TOP);
    let top = copy.map(|copy| copy.cells.into_owned()).unwrap_or_default();
    Pyramid::from_top(top).expect("a copy of 256")
}

/// As [`bytes::small`] writes them, of which a whole pyramid takes long.
fn small(levels: &[Level; HELD]) -> Vec<u8> {
    let mut bytes = vec![bytes::VERSION, 0];
    for level in levels {
        bytes.extend(level.margin.rounding.to_le_bytes());
        bytes.extend(level.margin.detail.to_le_bytes());
        bytes.extend(&level.cells);
    }
    bytes
}

fn rows(from: usize, count: usize, folder: &Path) -> Result<(), Failure> {
    let (crowd, _) = Crowd::of(Some(folder), QUERIES);
    let (gradients, _) = crowd::gradients(Some(folder), from - 1 + count, QUERIES);
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    out.write_all(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0")?;
    let numbers: Vec<usize> = (from..from + count).collect();
    for numbers in numbers.chunks(BATCH) {
        let made: Vec<Vec<u8>> = numbers.par_iter().map(|number| small(&crowd.levels(*number - 1))).collect();
        for (number, small) in numbers.iter().zip(made) {
            let gradient = &gradients[(number - 1) * gradient::LENGTH..][..gradient::LENGTH];
            let (key, seen_as) = ((*number as i64).to_be_bytes(), 0_u16.to_be_bytes());
            let [frame, version] = [1, RECIPE].map(i32::to_be_bytes);
            out.write_all(&6_u16.to_be_bytes())?;
            for field in [&key[..], &seen_as, &frame, &version, &small, gradient] {
                out.write_all(&(field.len() as u32).to_be_bytes())?;
                out.write_all(field)?;
            }
        }
    }
    out.write_all(&(-1_i16).to_be_bytes())?;
    Ok(out.flush()?)
}

/// The sets of cells that pictures show, in turn.
fn sets() -> Vec<Cells> {
    let sides = [None, Some(Side::Left), Some(Side::Right)];
    let sets = body::parts().iter().flat_map(|part| sides.map(|side| part.cells(side)));
    sets.map(|cells| (cells.0, cells)).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn cells() -> Result<(), Failure> {
    let mut out = stdout().lock();
    sets().iter().try_for_each(|cells| {
        let bytes = cells.0.map(u64::to_le_bytes).concat();
        writeln!(out, "\\\\x{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    })?;
    Ok(())
}

/// A crowd, and which of its larger copies a search came to.
struct Seen<'a> {
    crowd: &'a Crowd,
    copies: Mutex<BTreeSet<(usize, usize)>>,
}

impl Source for Seen<'_> {
    type Error = Infallible;

    fn copy(&self, index: usize, level: usize) -> Result<Option<Copied<'_>>, Infallible> {
        self.copies.lock().expect("a lock").insert((index + 1, level));
        self.crowd.copy(index, level)
    }
}

fn copies(count: usize, node: &Path, folder: &Path, parts: &[&str]) -> Result<(), Failure> {
    let (crowd, _) = Crowd::of(Some(folder), QUERIES);
    let mut shelved = Shelved::default();
    crowd.fill(&mut shelved, count);
    let sets = sets();
    let parts = parts.iter().map(|name| body::named(name).ok_or_else(|| format!("{name} is no part of the body")));
    let parts: Vec<Option<Cells>> = parts.map(|part| part.map(Some)).chain([Ok(None)]).collect::<Result<_, _>>()?;
    let seen = Seen { crowd: &crowd, copies: Mutex::default() };
    for query in 0..QUERIES {
        let number = 1 + query * 7919 % count;
        seen.copies.lock().expect("a lock").insert((number, TOP));
        for part in &parts {
            let shows = |place: u32| part.is_none_or(|part| part.meets(&sets[(place as usize + 1) % sets.len()]));
            for limit in [TEN, MANY] {
                let query = Query::new(pyramid(&crowd, number), limit);
                let Ok(_) = search_where(&shelved.shelf(), &seen, &query, &shows);
                let Ok(_) = search_where(&shelved.shelf(), &seen, &query.or_mirrored(), &shows);
            }
        }
        println!("{number}");
    }
    for (number, level) in seen.copies.into_inner().expect("a lock") {
        write(node, number, &crowd.levels(number - 1)[HELD - 1], (level, &pyramid(&crowd, number)))?;
    }
    Ok(())
}

/// A file as the archive writes it: recipe, sum, copy.
fn write(node: &Path, number: usize, picture: &Level, (level, pyramid): (usize, &Pyramid)) -> Result<(), Failure> {
    let path = format!("objects/00/0/{number}.dcm.copy{}", SIDES[level]);
    let copy = bytes::large(pyramid, level);
    let mut sum = blake3::Hasher::new();
    sum.update(&(path.len() as u64).to_le_bytes()).update(path.as_bytes());
    sum.update(&picture.margin.rounding.to_le_bytes()).update(&picture.margin.detail.to_le_bytes());
    let sum = sum.update(&picture.cells).update(&copy).finalize();
    let file: PathBuf = node.join(path);
    std::fs::create_dir_all(file.parent().ok_or("no folder")?)?;
    Ok(std::fs::write(file, [&RECIPE.to_le_bytes()[..], &sum.as_bytes()[..16], &copy].concat())?)
}
