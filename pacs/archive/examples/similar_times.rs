//! How long a search by likeness takes inside the archive, and how long its store takes to fill.
//!
//! `cargo run --release -p archive --example similar_times -- [PICTURES] [COPIES]`: PICTURES descriptors in the database (20,000), of which
//! every COPIES (1) have the same larger copies, so that these fit the disk: each takes 86 KB.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use archive::similar::{Example, Profile, SimilarRequest};
use archive::{Actor, Archive, Level, Right, Scope, Search, Settings, Uid};
use cluster::{Cluster, Tuning};
use compute::similar::shelf::HELD;
use compute::similar::{Pyramid, SIDES, bytes, gradient};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use schema::descriptors::{Described, NewDescriptor};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let pictures = arguments.next().transpose()?.unwrap_or(20_000);
    let alike = arguments.next().transpose()?.unwrap_or(1).max(1);
    let folder = cluster::testing::folder();
    let cluster = Cluster::start(&folder.path().join("pg"), Tuning::Archive)?;
    for database in ["index", "identity"] {
        cluster.ensure_database(database)?;
    }
    let settings = Settings {
        index_url: cluster.url("index"),
        identity_url: cluster.url("identity"),
        connections: 4,
        node_folder: folder.path().join("node"),
        duplicates: Default::default(),
        largest_object: 1 << 30,
        volume_cache: 1 << 20,
        volume_device: Default::default(),
        similar: Default::default(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(&settings, (pictures, alike)))
}

async fn run(settings: &Settings, (pictures, alike): (usize, usize)) -> Result<(), Failure> {
    // Migrates, and registers the node.
    Archive::open(settings.clone()).await?.close().await;
    let begun = Instant::now();
    let uids = fill(settings, pictures, alike)?;
    println!("{pictures} pictures written in {:.1} s", begun.elapsed().as_secs_f64());
    let archive = Archive::open(settings.clone()).await?;
    let begun = Instant::now();
    ask(&archive, &uids, 1, Profile::Pixels).await?;
    println!("store filled from the database, and a search: {:.2} s", begun.elapsed().as_secs_f64());
    for profile in [Profile::Pixels, Profile::Gradients] {
        let mut times = ask(&archive, &uids, 50, profile).await?;
        times.sort_by(f64::total_cmp);
        println!("{profile:?}: top 10 in {:.1} ms (median of 50), {:.1} ms (worst)", times[25], times[49]);
    }
    archive.close().await;
    drop(archive);
    let archive = Archive::open(settings.clone()).await?;
    let begun = Instant::now();
    ask(&archive, &uids, 1, Profile::Pixels).await?;
    println!("store opened and compared, and a search: {:.2} s", begun.elapsed().as_secs_f64());
    archive.close().await;
    Ok(())
}

fn actor() -> Actor {
    let rights = vec![Right::Search, Right::Retrieve];
    Actor { name: "times".into(), rights, identified: true, address: None, via: "example" }
}

/// Searches for so many stored examples; gives milliseconds.
async fn ask(archive: &Archive, uids: &[String], count: usize, profile: Profile) -> Result<Vec<f64>, Failure> {
    let mut times = Vec::new();
    for number in 0..count {
        let instance = Uid::new(&uids[number * 7919 % uids.len()])?;
        let scope = Scope { study: Uid::new("1.2")?, series: Some(Uid::new("1.2.3")?), instance: Some(instance) };
        let stored = archive.instances(&actor(), &scope, "example").await?.remove(0);
        let request = SimilarRequest {
            example: Example::Stored { instance: stored, frame: 1 },
            profile,
            part: None,
            mirrored: false,
            limit: 10,
            least_score: None,
            region: None,
            filter: Search::of(Level::Instance),
        };
        let begun = Instant::now();
        let answer = archive.similar(&actor(), request).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        if number == 0 {
            println!("{profile:?}: {} matches, compared at each level: {:?}", answer.matches.len(), answer.looks);
        }
    }
    Ok(times)
}

/// Rows of one series with pictures, and their larger copies on the node; gives the SOP Instance UIDs.
fn fill(settings: &Settings, pictures: usize, alike: usize) -> Result<Vec<String>, Failure> {
    let mut connection = PgConnection::establish(&settings.index_url)?;
    connection.batch_execute(&format!(
        "SET synchronous_commit = off;
         INSERT INTO studies (study_instance_uid, patient_key, attributes) VALUES ('1.2', gen_random_uuid(), '{{}}');
         INSERT INTO series (study_key, series_instance_uid, attributes, undescribed)
           SELECT study_key, '1.2.3', '{{}}', false FROM studies;
         INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, storage_node_id, file_path,
           file_size, data_set_start, digest, frame_index, frame_count, kind, attributes)
         SELECT series_key, '1.2.3.' || number, '1.2', '1.2.840.10008.1.2.1', storage_node_id,
           'objects/00/0/' || (number - 1) / {alike} || '.dcm', 0, 0, '', '', 1, 'radiogram', '{{}}'
         FROM series, storage_nodes, generate_series(1, {pictures}) AS number ORDER BY number;
         ANALYZE",
    ))?;
    let folder = settings.node_folder.join("objects/00/0");
    fs::create_dir_all(&folder)?;
    let mut random = StdRng::seed_from_u64(1);
    let mut made = Vec::new();
    for number in 0..pictures {
        if number % alike == 0 {
            made = copies(&folder, number / alike, &mut random)?;
        }
        let key = number as i64 + 1;
        let gradient = (0..gradient::LENGTH).map(|_| random.random()).collect();
        let picture =
            NewDescriptor { instance_key: key, seen_as: 0, frame: 1, version: RECIPE, small: made.clone(), gradient };
        let described = Described { instance_key: key, version: RECIPE, failure: None, cells: vec![0; 64] };
        schema::descriptors::write(&mut connection, &[described], &[picture])?;
    }
    Ok((1..=pictures).map(|number| format!("1.2.3.{number}")).collect())
}

/// The larger copies of a picture of waves and noise; gives the small ones.
fn copies(folder: &Path, number: usize, random: &mut StdRng) -> Result<Vec<u8>, Failure> {
    let [a, b, c] = [(); 3].map(|()| random.random_range(0.5..9.0_f32));
    let cell = |place: usize, noise: u8| {
        let (x, y) = ((place % 256) as f32 / 256.0, (place / 256) as f32 / 256.0);
        (100.0 + 90.0 * ((a * x).sin() * (b * y).cos() + 0.3 * (c * x * y * 6.0).sin())) as u8 / 2 + noise
    };
    let cells = (0..65536).map(|place| cell(place, random.random_range(0..40))).collect();
    let pyramid = Pyramid::from_top(cells).ok_or("a copy of another size")?;
    for (level, side) in SIDES.iter().enumerate().skip(HELD) {
        fs::write(folder.join(format!("{number}.dcm.copy{side}")), bytes::large(&pyramid, level))?;
    }
    Ok(bytes::small(&pyramid))
}

/// As the archive has it, or its rows are not read.
const RECIPE: i32 = archive::similar::RECIPE;
