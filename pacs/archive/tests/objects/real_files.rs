//! The test data, every file of it: stored, kept, and read back.

use std::path::{Path, PathBuf};

use archive::retrieve::Encoding;
use archive::{Arrival, DuplicatePolicy, Scope, StoreFailure, Stored, Uid};

use crate::fixture::*;

/// Real DICOM files, when there are some.
pub fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("PACS_TEST_DATA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("{} is not there: no real files were tried", folder.display());
    None
}

pub fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

async fn store_and_read_back(fixture: &Fixture, path: &Path) -> Result<Stored, StoreFailure> {
    let bytes = std::fs::read(path).expect("a file");
    let outcome = store(&fixture.archive, Arrival::File { study: None }, &bytes, 300_000).await;
    let stored = outcome.result?;
    let uid = |text: Option<String>| Uid::new(&text.expect("its UIDs are known")).expect("a UID");
    let scope = Scope {
        study: uid(outcome.study_instance_uid),
        series: Some(uid(outcome.series_instance_uid)),
        instance: Some(uid(outcome.sop_instance_uid)),
    };
    let instance = fixture.archive.instances(&actor(), &scope, "test").await.expect("stored").remove(0);
    if stored != Stored::Identical {
        let body = fixture.archive.object(&instance, Encoding::Stored).await.expect("an object");
        assert!(collect(body).await == bytes, "{} came back otherwise", path.display());
    }
    for number in 1..=instance.frame_count.min(3) {
        let frame = fixture.archive.frame(&instance, number, Encoding::Stored).await.expect("a frame");
        collect(frame).await;
    }
    let metadata = fixture.metadata(&scope).await;
    assert!(!metadata[0].json.is_empty());
    Ok(stored)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_real_file_is_kept_as_it_came_or_refused_with_a_reason() {
    let Some(data) = data() else { return };
    // Many files are one object in several transfer syntaxes: each takes the place of the one before.
    let fixture = Fixture::with_policy(DuplicatePolicy::Replace).await;
    let mut paths = Vec::new();
    for folder in ["charsets", "encoding-edge", "modalities", "special", "transfer-syntaxes", "broken-fuzz"] {
        files(&data.join(folder), &mut paths);
    }
    let (mut stored, mut refused) = (0, 0);
    for path in &paths {
        match store_and_read_back(&fixture, path).await {
            Ok(_) => stored += 1,
            Err(StoreFailure::Processing | StoreFailure::Unavailable(_) | StoreFailure::NodeFull) => {
                panic!("{} was not processed", path.display())
            }
            Err(failure) => {
                refused += 1;
                eprintln!("{}: {failure}", path.strip_prefix(&data).unwrap().display());
            }
        }
    }
    eprintln!("{stored} stored, {refused} refused");
    assert!(stored > refused);
    let options = archive::verify::Options { digests: true, grace: std::time::Duration::ZERO, mend: false };
    let report = fixture.archive.verify(options, |progress| {
        if let archive::verify::Progress::Found(finding) = progress {
            eprintln!("{finding}");
        }
    });
    let report = report.await.expect("a report");
    assert_eq!(report.findings, 0);
}
