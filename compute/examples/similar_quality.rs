//! How well each profile finds pictures of the same origin: recall@1 and mean average precision over the 50 nearest.
//!
//! `cargo run --release -p compute --example similar_quality -- FOLDER`: square pictures of 16-bit samples, little endian, in files
//! `ORIGIN_VARIANT.u16`.

use std::collections::HashMap;
use std::time::Instant;
use std::{env, fs, io};

use compute::similar::grey::Samples;
use compute::similar::nearest::Found;
use compute::similar::{Grey, Pyramid, Query, Shelved, gradient, search};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).ok_or_else(|| io::Error::other("which folder?"))?;
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.sort();
    let (mut origins, mut pyramids, mut gradients) = (Vec::new(), Vec::new(), Vec::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "u16")) {
        let bytes = fs::read(file)?;
        let samples: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        let side = samples.len().isqrt();
        let Some(picture) = Grey::new(side, side, Samples::U16(&samples)) else { continue };
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        origins.push(name.split('_').next().unwrap_or_default().to_owned());
        pyramids.push(Pyramid::of(&picture));
        gradients.extend(gradient::descriptor(&picture));
    }
    let mut shelved = Shelved::default();
    for pyramid in &pyramids {
        shelved.push([0, 1, 2].map(|level| pyramid.level(level)));
    }
    report("pixels", &origins, |index| {
        let query = Query::new(pyramids[index].clone(), 51);
        search(&shelved.shelf(), pyramids.as_slice(), &query, None).map_or_else(|_| Vec::new(), |answer| answer.found)
    });
    let descriptors = gradients.as_chunks::<{ gradient::LENGTH }>().0;
    report("gradients", &origins, |index| gradient::nearest(&descriptors[index], &gradients, 51, None));
    let all: Vec<u64> =
        descriptors.iter().skip(1).map(|other| compute::similar::distance::squared(&descriptors[0], other)).collect();
    println!(
        "mean squared difference of gradients: {:.0}",
        all.iter().sum::<u64>() as f64 / (all.len().max(1) * 1024) as f64
    );
    Ok(())
}

fn report(profile: &str, origins: &[String], nearest: impl Fn(usize) -> Vec<Found>) {
    let mut relatives: HashMap<&str, usize> = HashMap::new();
    origins.iter().for_each(|origin| *relatives.entry(origin).or_default() += 1);
    let (mut recall, mut precision, start) = (0.0, 0.0, Instant::now());
    for (index, origin) in origins.iter().enumerate() {
        let others =
            nearest(index).into_iter().map(|found| found.index as usize).filter(|other| *other != index).take(50);
        let hits: Vec<bool> = others.map(|other| origins[other] == *origin).collect();
        recall += f64::from(u8::from(hits.first() == Some(&true)));
        let mut so_far = 0.0;
        let mut sum = 0.0;
        for (rank, _) in hits.iter().enumerate().filter(|(_, hit)| **hit) {
            so_far += 1.0;
            sum += so_far / (rank + 1) as f64;
        }
        precision += sum / (relatives[origin.as_str()] - 1).max(1) as f64;
    }
    let count = origins.len().max(1) as f64;
    println!(
        "{profile}: recall@1 {:.3}, mAP {:.3}, {count} pictures, {:.2?} a search",
        recall / count,
        precision / count,
        start.elapsed() / count as u32
    );
}
