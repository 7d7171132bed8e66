//! An import that is stopped midway, by its operator or by a power cut, and run again.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};

use e2e::fixture::data_set;
use e2e::{Fixture, Gateway};

/// Objects in the folder: enough that an import of them takes some seconds.
const STUDIES: u32 = 6;
const OF_A_STUDY: u32 = 250;
const ALL: u64 = (STUDIES * OF_A_STUDY) as u64;

#[test]
fn an_import_that_is_told_to_stop_says_so_and_goes_on_when_it_runs_again() {
    let gateway = Gateway::start();
    let stopped = import_until_some_are_done(&gateway, Some(libc::SIGINT));
    let said = String::from_utf8_lossy(&stopped.stdout).into_owned();
    assert_eq!(stopped.status.code(), Some(130), "{said}");
    assert!(said.contains("Stopped before the last file. Run it again to go on"), "{said}");
    let stored = number_before(&said, " stored,");
    assert!((1..ALL).contains(&stored), "{said}");
    assert_eq!(listed(&gateway), stored, "what it says is stored is there");
    goes_on(&gateway, stored);
}

#[test]
fn an_import_that_is_killed_goes_on_when_it_runs_again() {
    let gateway = Gateway::start();
    let killed = import_until_some_are_done(&gateway, Some(libc::SIGKILL));
    assert_eq!(killed.status.signal(), Some(libc::SIGKILL));
    let stored = listed(&gateway);
    assert!((1..ALL).contains(&stored), "{stored} were stored");
    goes_on(&gateway, stored);
}

/// The import run again finds what is stored and stores the rest. Then everything is there once.
fn goes_on(gateway: &Gateway, stored: u64) {
    let again = import_until_some_are_done(gateway, None);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.success(), "{said}");
    let (new, before) = (number_before(&said, " stored,"), number_before(&said, " were here already,"));
    assert!(before >= stored && new + before == ALL, "{stored} were stored before: {said}");
    let http = gateway.http();
    assert_eq!(listed(gateway), ALL);
    for study in 1..=STUDIES {
        let uid = object(study, 1).study;
        let found = http.get(&format!("/dicom-web/studies?StudyInstanceUID={uid}"), "application/json").json();
        assert_eq!(found.as_array().expect("an array").len(), 1, "{uid} is there once");
        let counted = ["00201206", "00201208"].map(|tag| found[0][tag]["Value"][0].as_u64());
        assert_eq!(counted, [Some(1), Some(u64::from(OF_A_STUDY))], "series and instances of {uid}");
        for number in 1..=OF_A_STUDY {
            let object = object(study, number);
            let answer = http.get(&object.path(), "application/dicom; transfer-syntax=*");
            assert_eq!(answer.status, 200, "{}: {}", object.instance, answer.text());
            assert!(data_set(&answer.body) == object.data_set(), "{} has other bytes", object.instance);
        }
    }
    gateway.command(&["verify", "--mend", "--grace", "0"]);
    let verified = gateway.command(&["verify", "--digests", "--grace", "0"]);
    assert!(verified.contains(&format!("{ALL} instances and {ALL} files were compared.")), "{verified}");
}

fn object(study: u32, number: u32) -> Fixture {
    Fixture::new(study, 1, number, number as u8)
}

/// How many instances a search lists, each once.
fn listed(gateway: &Gateway) -> u64 {
    let found = gateway.http().get("/dicom-web/instances?limit=10000", "application/json").json();
    let found = found.as_array().expect("an array");
    let uids: BTreeSet<&str> = found.iter().filter_map(|row| row["00080018"]["Value"][0].as_str()).collect();
    assert_eq!(uids.len(), found.len(), "an instance is listed twice");
    uids.len() as u64
}

fn number_before(said: &str, words: &str) -> u64 {
    let before = said.split(words).next().unwrap_or_default();
    let number = before.rsplit(|character: char| !character.is_ascii_digit()).next();
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number before {words:?} in {said}"))
}

/// Runs the import at a terminal. A signal is sent once its progress bar shows that some files are done, and not all.
fn import_until_some_are_done(gateway: &Gateway, signal: Option<i32>) -> Output {
    let folder = gateway.folder().join("to import");
    for study in 1..=STUDIES {
        let folder = folder.join(study.to_string());
        std::fs::create_dir_all(&folder).expect("a folder");
        for number in 1..=OF_A_STUDY {
            std::fs::write(folder.join(number.to_string()), object(study, number).file).expect("a file");
        }
    }
    let (mut screen, terminal) = terminal();
    let child = gateway
        .prepared(&["import", folder.to_str().expect("text")])
        .env("TERM", "xterm")
        .stdout(Stdio::piped())
        .stderr(terminal)
        .spawn()
        .expect("the import starts");
    let (mut shown, mut piece, mut to_send) = (String::new(), [0; 4096], signal);
    // Reading fails when the last process has left the terminal.
    while let Ok(length @ 1..) = screen.read(&mut piece) {
        shown.push_str(&String::from_utf8_lossy(&piece[..length]));
        if let Some(signal) = to_send.filter(|_| (1..ALL).contains(&done(&shown))) {
            // SAFETY: a signal to the process that this test started, and has not waited for.
            unsafe { libc::kill(child.id().cast_signed(), signal) };
            to_send = None;
        }
    }
    let output = child.wait_with_output().expect("output");
    assert!(to_send.is_none(), "it showed no progress before its end:\n{shown}");
    output
}

/// Files that are done by the last line that tells it: `12/1500 files`.
fn done(shown: &str) -> u64 {
    let Some((before, _)) = shown.rsplit_once(&format!("/{ALL} files")) else { return 0 };
    let digits = before.rsplit(|character: char| !character.is_ascii_digit()).next();
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// What a terminal shows, and the end of it that a program writes to.
fn terminal() -> (File, OwnedFd) {
    let size = libc::winsize { ws_row: 24, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    let (mut screen, mut program) = (-1, -1);
    // SAFETY: two numbers are written, the size is read; name and modes are not wanted.
    let opened = unsafe {
        libc::openpty(&raw mut screen, &raw mut program, std::ptr::null_mut(), std::ptr::null(), &raw const size)
    };
    assert_eq!(opened, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: both were opened just now, and nobody else has them.
    unsafe { (File::from_raw_fd(screen), OwnedFd::from_raw_fd(program)) }
}
