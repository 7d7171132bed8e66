//! Rows and files compared.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use archive::verify::{Finding, Options, Progress, Report};

use crate::fixture::*;

async fn verify(fixture: &Fixture, mend: bool) -> (Report, Vec<Finding>) {
    let options = Options { digests: true, mend, grace: Duration::ZERO };
    let findings = Arc::new(Mutex::new(Vec::new()));
    let told = findings.clone();
    let progress = move |progress| {
        if let Progress::Found(finding) = progress {
            told.lock().expect("no panic").push(finding);
        }
    };
    let report = fixture.archive.verify(options, progress).await.expect("a report");
    let findings = findings.lock().expect("no panic").clone();
    (report, findings)
}

#[tokio::test]
async fn finds_nothing_wrong_in_a_sound_archive() {
    let fixture = Fixture::new().await;
    for number in 0..5 {
        fixture.store(&Object::new(&format!("1.1.{number}")).file()).await;
    }
    let (report, findings) = verify(&fixture, false).await;
    assert_eq!(findings, []);
    assert_eq!(report, Report { instances: 5, files: 5, ..Report::default() });
}

#[tokio::test]
async fn finds_missing_short_and_changed_files_and_keeps_their_rows() {
    let fixture = Fixture::new().await;
    for number in 0..3 {
        fixture.store(&Object::new(&format!("1.1.{number}")).file()).await;
    }
    let path = |path: &str| fixture.settings.node_folder.join(path);
    let (missing, short, changed) =
        (fixture.only("1.1.0").await, fixture.only("1.1.1").await, fixture.only("1.1.2").await);
    std::fs::remove_file(path(&missing.path)).unwrap();
    std::fs::write(path(&short.path), b"short").unwrap();
    let mut bytes = std::fs::read(path(&changed.path)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(path(&changed.path), &bytes).unwrap();
    let (report, findings) = verify(&fixture, true).await;
    let expected = [
        Finding::MissingFile { instance: "1.1.0".into(), path: missing.path },
        Finding::WrongSize { instance: "1.1.1".into(), path: short.path, expected: short.size, found: 5 },
        Finding::WrongDigest { instance: "1.1.2".into(), path: changed.path },
    ];
    assert_eq!(findings, expected);
    assert_eq!((report.findings, report.mended), (3, 0));
    assert_eq!(fixture.count("instances"), 3);
}

#[tokio::test]
async fn sets_files_aside_and_removes_headers_that_no_instance_has() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    fixture.store(&Object::new("1.2").file()).await;
    let orphan = fixture.only("1.2").await;
    fixture.index.sql("DELETE FROM instances WHERE sop_instance_uid = '1.2'");
    let foreign = fixture.settings.node_folder.join("objects/notes.txt");
    std::fs::write(&foreign, b"somebody's").unwrap();
    let expected = [
        Finding::OrphanedHeader { instance: "1.2".into() },
        Finding::OrphanedFile { path: "objects/notes.txt".into() },
        Finding::OrphanedFile { path: orphan.path },
    ];
    let (report, findings) = verify(&fixture, false).await;
    assert_eq!((findings, report.mended), (expected.to_vec(), 0));
    let (report, findings) = verify(&fixture, true).await;
    assert_eq!((findings, report.mended), (expected.to_vec(), 2));
    let aside = fixture.settings.node_folder.join("orphans");
    assert_eq!(std::fs::read_dir(aside).unwrap().count(), 1);
    let (_, findings) = verify(&fixture, true).await;
    assert_eq!(findings, expected[1..2], "a file that the node did not name is not touched");
    assert!(foreign.exists());
    assert_eq!(fixture.metadata(&scope("1.1")).await.len(), 1);
}

#[tokio::test]
async fn makes_a_lost_header_anew_from_the_stored_object() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    let before = fixture.metadata(&scope("1.1")).await;
    fixture.identity.sql("DELETE FROM instance_headers");
    let meanwhile = fixture.metadata(&scope("1.1")).await;
    assert_eq!(meanwhile[0].json, before[0].json);
    let (report, findings) = verify(&fixture, true).await;
    assert_eq!(findings, [Finding::MissingHeader { instance: "1.1".into() }]);
    assert_eq!(report.mended, 1);
    let after = fixture.metadata(&scope("1.1")).await;
    assert_eq!(after[0].json, before[0].json);
    assert!(verify(&fixture, false).await.0.is_clean());
}

#[tokio::test]
async fn leaves_young_files_alone() {
    let fixture = Fixture::new().await;
    let young = fixture.settings.node_folder.join("objects/0f/a/0192f0c1d2e37f00a1b2c3d4e5f60718.dcm");
    std::fs::create_dir_all(young.parent().unwrap()).unwrap();
    std::fs::write(&young, b"its row is on its way").unwrap();
    let options = Options { mend: true, ..Options::default() };
    let report = fixture.archive.verify(options, |_| {}).await.expect("a report");
    assert_eq!(report, Report { files: 1, young: 1, ..Report::default() });
    assert!(young.exists());
}
