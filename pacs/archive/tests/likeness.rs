//! How well pictures of the same origin are found, so that no recipe gets worse unseen: radiographs of chests and variants of each. They
//! are in the folder that `PACS_TEST_DATA` names, or in `../shared/data`; without it nothing is tested, and that is said.

use std::path::{Path, PathBuf};

use compute::similar::grey::Samples;
use compute::similar::nearest::Found;
use compute::similar::{Grey, Pyramid, Query, Shelved, gradient, search};
use rand::{Rng, SeedableRng, rngs::StdRng};

const ORIGINS: usize = 50;
const VARIANTS: usize = 4;
const SIDE: usize = 224;
/// Pictures that are looked for among the nearest.
const NEAREST: usize = 50;

/// JPEG files of radiographs, one of so many that they come from all of them.
fn files() -> Vec<PathBuf> {
    let named = std::env::var_os("PACS_TEST_DATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    let mut files = Vec::new();
    let mut folders = vec![folder.join("radiographs")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("jpg" | "jpeg") => files.push(path),
                _ if path.is_dir() => folders.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    let step = (files.len() / ORIGINS).max(1);
    if files.len() < ORIGINS {
        eprintln!("not tested: no {ORIGINS} radiographs in {} (PACS_TEST_DATA)", folder.display());
        return Vec::new();
    }
    files.into_iter().step_by(step).take(ORIGINS).collect()
}

/// A picture of SIDE x SIDE tones, 0 to 255.
fn read(path: &Path) -> Vec<f64> {
    let picture = codec::decode_picture(&std::fs::read(path).expect("a file"), 1 << 24).expect("a picture");
    let (width, height, channels) = (picture.width as usize, picture.height as usize, usize::from(picture.channels));
    let at = |place: usize| {
        let (column, row) = (place % SIDE * width / SIDE, place / SIDE * height / SIDE);
        f64::from(picture.samples[(row * width + column) * channels])
    };
    (0..SIDE * SIDE).map(at).collect()
}

/// Turned (3 degrees), scaled (3 %), moved (2 % of the side), with another gamma (15 %) and noise (4 of 255), all of them standard
/// deviations, as `compute/benches/similar/pictures.py` does it.
fn variant(picture: &[f64], random: &mut StdRng) -> Vec<f64> {
    // The sum of twelve numbers is nearly normal.
    let mut normal = |deviation: f64| ((0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0) * deviation;
    let (turn, scale, gamma) = (normal(3.0_f64.to_radians()), 1.0 + normal(0.03), normal(0.15).exp());
    let (move_x, move_y, half) = (normal(0.02) * SIDE as f64, normal(0.02) * SIDE as f64, SIDE as f64 / 2.0);
    let tone = |place: usize| {
        let (x, y) = ((place % SIDE) as f64 - half, (place / SIDE) as f64 - half);
        let limit = |place: f64| place.clamp(0.0, SIDE as f64 - 1.001);
        let column = limit((turn.cos() * x - turn.sin() * y) / scale + half + move_x);
        let row = limit((turn.sin() * x + turn.cos() * y) / scale + half + move_y);
        let (left, top) = (column as usize, row as usize);
        let (across, down) = (column.fract(), row.fract());
        let of = |row: usize| picture[row * SIDE + left] * (1.0 - across) + picture[row * SIDE + left + 1] * across;
        let tone = (of(top) * (1.0 - down) + of(top + 1) * down) / 255.0;
        (255.0 * tone.powf(gamma) + normal(4.0)).clamp(0.0, 255.0)
    };
    (0..SIDE * SIDE).map(tone).collect()
}

/// recall@1 and mean average precision.
fn quality(origins: &[usize], nearest: impl Fn(usize) -> Vec<Found>) -> (f64, f64) {
    let (mut recall, mut precision) = (0.0, 0.0);
    for (index, origin) in origins.iter().enumerate() {
        let others = nearest(index).into_iter().map(|found| found.index as usize).filter(|other| *other != index);
        let hits: Vec<bool> = others.take(NEAREST).map(|other| origins[other] == *origin).collect();
        recall += f64::from(u8::from(hits.first() == Some(&true)));
        let places = hits.iter().enumerate().filter(|(_, hit)| **hit).map(|(place, _)| place + 1);
        precision += places.zip(1..).map(|(place, so_far)| f64::from(so_far) / place as f64).sum::<f64>();
    }
    let count = origins.len() as f64;
    (recall / count, precision / count / VARIANTS as f64)
}

#[test]
fn pictures_of_the_same_origin_are_found_at_least_as_well_as_by_thumbnails_and_by_hog() {
    let mut random = StdRng::seed_from_u64(12);
    let (mut origins, mut pyramids, mut gradients) = (Vec::new(), Vec::new(), Vec::new());
    for (origin, file) in files().iter().enumerate() {
        let picture = read(file);
        for number in 0..=VARIANTS {
            let made = if number == 0 { picture.clone() } else { variant(&picture, &mut random) };
            let samples: Vec<u16> = made.iter().map(|tone| (tone * 16.0) as u16).collect();
            let grey = Grey::new(SIDE, SIDE, Samples::U16(&samples)).expect("a picture");
            origins.push(origin);
            pyramids.push(Pyramid::of(&grey));
            gradients.extend(gradient::descriptor(&grey));
        }
    }
    if origins.is_empty() {
        return;
    }
    let mut shelved = Shelved::default();
    for pyramid in &pyramids {
        shelved.push([0, 1, 2].map(|level| pyramid.level(level)));
    }
    let (recall, precision) = quality(&origins, |index| {
        let query = Query::new(pyramids[index].clone(), NEAREST + 1);
        search(&shelved.shelf(), pyramids.as_slice(), &query, None).expect("copies in memory").found
    });
    // What thumbnails of 32 x 32 have.
    assert!(recall >= 0.867 && precision >= 0.693, "pixels: {recall:.3} / {precision:.3}");
    let descriptors = gradients.as_chunks::<{ gradient::LENGTH }>().0;
    let (recall, precision) =
        quality(&origins, |index| gradient::nearest(&descriptors[index], &gradients, NEAREST + 1, None));
    // What HOG has.
    assert!(recall >= 0.983 && precision >= 0.897, "gradients: {recall:.3} / {precision:.3}");
}
