//! Folders of files adopted.

use archive::import::{Progress, Summary};
use archive::{Actor, Error, StoreWarning};
use futures_util::FutureExt;
use futures_util::future::{abortable, pending, ready};

use crate::fixture::*;

#[tokio::test]
async fn imports_a_folder_and_says_what_it_refused() {
    let fixture = Fixture::new().await;
    let folder = fixture.folder.path().join("to import");
    std::fs::create_dir_all(folder.join("deep/er")).unwrap();
    for number in 0..20 {
        let file = Object::new(&format!("1.1.{number}")).file();
        std::fs::write(folder.join(format!("deep/er/{number}")), file).unwrap();
    }
    std::fs::write(folder.join("letter.txt"), b"this is a letter, not a picture. ".repeat(20)).unwrap();
    let whole = Object::new("1.3").file();
    std::fs::write(folder.join("cut off.dcm"), &whole[..whole.len() - 5]).unwrap();
    std::fs::write(folder.join("empty"), b"").unwrap();
    std::fs::write(folder.join("no uid.dcm"), Object::new("1.2").without(0x0008, 0x0018).file()).unwrap();
    let operator = Actor { via: "import", ..actor() };
    let (mut refused, mut warned, mut counted) = (Vec::new(), Vec::new(), 0);
    let summary = fixture.archive.import(&operator, &folder, pending(), |progress| match progress {
        Progress::Counted(files) => counted = files,
        Progress::Done(done) if done.result.is_err() => refused.push(done.path.file_name().unwrap().to_owned()),
        Progress::Done(done) => warned.extend(done.warnings),
    });
    let summary = summary.await.expect("a summary");
    assert_eq!((summary.stored, summary.warned, summary.identical, summary.refused), (21, 1, 0, 3));
    assert_eq!(warned, [StoreWarning::Damaged]);
    refused.sort();
    assert_eq!(refused, ["empty", "letter.txt", "no uid.dcm"]);
    assert!(counted == 24 || counted == 0, "{counted}");
    let again = fixture.archive.import(&operator, &folder, pending(), |_| {}).await.expect("a summary");
    assert_eq!(again, Summary { stored: 0, warned: 0, identical: 21, ..summary });
    assert_eq!(fixture.files().0.len(), 21);
}

#[tokio::test]
async fn does_not_import_the_storage_node_itself() {
    let fixture = Fixture::new().await;
    fixture.store(&Object::new("1.1").file()).await;
    let summary = fixture.archive.import(&actor(), fixture.folder.path(), pending(), |_| {}).await.expect("a summary");
    assert_eq!(summary, Summary::default());
}

#[tokio::test]
async fn refuses_a_folder_that_is_not_there() {
    let fixture = Fixture::new().await;
    let missing = fixture.archive.import(&actor(), &fixture.folder.path().join("nowhere"), pending(), |_| {}).await;
    assert!(matches!(missing, Err(Error::BadRequest(_))));
}

#[tokio::test]
async fn takes_no_other_file_when_it_is_told_to_stop_and_goes_on_when_it_runs_again() {
    let fixture = Fixture::new().await;
    let folder = fixture.folder.path().join("to import");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..20 {
        std::fs::write(folder.join(number.to_string()), Object::new(&format!("1.1.{number}")).file()).unwrap();
    }
    let stopped = fixture.archive.import(&actor(), &folder, ready(()), |_| {}).await.expect("a summary");
    assert_eq!(stopped, Summary { stopped: true, ..Summary::default() });
    let (operator, (stop, heard)) = (actor(), abortable(pending::<()>()));
    let stopped = fixture.archive.import(&operator, &folder, stop.map(drop), |progress| match progress {
        Progress::Counted(_) => {}
        Progress::Done(_) => heard.abort(),
    });
    let stopped = stopped.await.expect("a summary");
    assert!(stopped.stopped && (1..20).contains(&stopped.stored), "{stopped:?}");
    assert_eq!(fixture.files().0.len() as u64, stopped.stored, "what was on its way is done");
    let rest = fixture.archive.import(&actor(), &folder, pending(), |_| {}).await.expect("a summary");
    assert_eq!((rest.stored, rest.identical, rest.stopped), (20 - stopped.stored, stopped.stored, false));
}
