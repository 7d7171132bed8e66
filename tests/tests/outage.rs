//! What happens when the database or the disk is not there.

use cluster::{Cluster, Tuning};
use dicom_dictionary_std::uids;
use e2e::fixture::data_set;
use e2e::{Fixture, Gateway, Scu, wait_until};

/// Ends the private database server of a gateway; the gateway starts it again by itself.
fn end_database(gateway: &Gateway) -> bool {
    let path = gateway.data_dir().join("postgres/data/postmaster.pid");
    let Some(pid) = std::fs::read_to_string(path).ok().and_then(|text| text.lines().next()?.parse().ok()) else {
        return false;
    };
    // SAFETY: the server belongs to the gateway that this test started.
    unsafe { libc::kill(pid, libc::SIGINT) == 0 }
}

#[test]
fn stores_are_refused_clearly_while_the_database_is_away_and_resume_by_themselves() {
    let gateway = Gateway::start();
    let http = gateway.http();
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    let (mut stored, mut refused, mut outages) = (Vec::new(), 0, 0);
    for number in 1..=400 {
        if number % 100 == 50 {
            outages += u32::from(end_database(&gateway));
        }
        let fixture = Fixture::new(1, 1, number, 0);
        let success = if number % 2 == 0 {
            match scu.store(&fixture).expect("the association outlives the database") {
                0x0000 => true,
                0xA700 => false,
                other => panic!("status {other:04X}"),
            }
        } else {
            let answer = http.stow(std::slice::from_ref(&fixture.file));
            match answer.status {
                200 => true,
                503 | 409 => false,
                other => panic!("{other}: {}", answer.text()),
            }
        };
        if success { stored.push(fixture) } else { refused += 1 }
    }
    assert!(outages > 0, "the database was never away");
    eprintln!("{outages} outages: {} stored, {refused} refused", stored.len());
    wait_until("the database is back", || http.get("/health/ready", "application/json").status == 200);
    for fixture in &stored {
        let answer = http.get(&fixture.path(), "application/dicom; transfer-syntax=*");
        assert_eq!(answer.status, 200, "{}", fixture.instance);
        assert!(data_set(&answer.body) == fixture.data_set(), "{} changed", fixture.instance);
    }
    assert_eq!(http.stow(&[Fixture::new(2, 1, 1, 0).file]).status, 200, "service resumes");
    gateway.command(&["verify", "--mend", "--grace", "0"]);
}

/// Query/Retrieve Level STUDY, and every Study Instance UID, in Implicit VR Little Endian.
const EVERY_STUDY: &[u8] = b"\x08\0\x52\0\x06\0\0\0STUDY \x20\0\x0D\0\0\0\0\0";

/// The gateway with databases that somebody else runs, and takes away.
#[test]
fn readers_are_told_while_the_database_is_away_and_served_again_when_it_is_back() {
    let folder = cluster::testing::folder();
    let start = || Cluster::start(&folder.path().join("theirs"), Tuning::Test).expect("a database server");
    let server = start();
    let setting = |database: &str| {
        server.ensure_database(database).expect("a database");
        format!("database.{database}_url={}", server.url(database))
    };
    let gateway = Gateway::start_with(&[&setting("index"), &setting("identity")]);
    assert!(!gateway.data_dir().join("postgres").exists(), "no private cluster is made");
    let http = gateway.http();
    let fixtures = [1, 2].map(|number| Fixture::new(1, 1, number, 0));
    let mut storing = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    for fixture in &fixtures {
        assert_eq!(storing.store(fixture).expect("a status"), 0x0000);
    }
    let model = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND;
    let mut searching =
        Scu::call(&gateway.dimse_address, model, uids::IMPLICIT_VR_LITTLE_ENDIAN).expect("an association");
    assert_eq!(searching.find(model, EVERY_STUDY).expect("a status"), (1, 0x0000));
    let get = |path: &str| http.get(path, "application/dicom+json");
    let object = |fixture: &Fixture| http.get(&fixture.path(), "application/dicom; transfer-syntax=*");
    assert!(data_set(&object(&fixtures[0]).body) == fixtures[0].data_set());

    server.stop();
    assert_eq!(searching.find(model, EVERY_STUDY).expect("a status"), (0, 0xA700));
    assert_eq!(storing.store(&Fixture::new(1, 1, 3, 0)).expect("a status"), 0xA700);
    assert_eq!(get("/dicom-web/studies").status, 503);
    assert_eq!(get(&format!("/dicom-web/studies/{}/series", fixtures[1].study)).status, 503);
    assert_eq!(get(&format!("/dicom-web/studies/{}/metadata", fixtures[1].study)).status, 503);
    let missing = object(&fixtures[1]);
    assert!(missing.status == 503 && missing.header("retry-after").is_some(), "{}: {}", missing.status, missing.text());
    let ready = http.get("/health/ready", "application/json");
    assert!(ready.status == 503 && ready.text().contains("index"), "{}: {}", ready.status, ready.text());
    assert_eq!(http.get("/health/live", "application/json").status, 200);

    let _server = start();
    wait_until("the database is back", || http.get("/health/ready", "application/json").status == 200);
    assert_eq!(searching.find(model, EVERY_STUDY).expect("a status"), (1, 0x0000));
    assert_eq!(get("/dicom-web/studies").json().as_array().map(Vec::len), Some(1));
    for fixture in &fixtures {
        assert!(data_set(&object(fixture).body) == fixture.data_set(), "{} changed", fixture.instance);
    }
    assert_eq!(storing.store(&Fixture::new(1, 1, 3, 0)).expect("a status"), 0x0000);
    gateway.command(&["verify", "--mend", "--grace", "0"]);
}

#[test]
fn a_full_disk_refuses_objects_and_keeps_none_by_halves() {
    let disk = tempfile::tempdir_in("/tmp").expect("a folder");
    let Some(_mount) = Mount::new(disk.path(), "size=2m") else {
        eprintln!("a small file system cannot be mounted here: this test proves nothing");
        return;
    };
    let folder = disk.path().join("objects");
    let gateway = Gateway::start_with(&[&format!("storage.folder={}", folder.display())]);
    let http = gateway.http();
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    let filler = disk.path().join("filler");
    let free = fs_free(disk.path());
    std::fs::write(&filler, vec![1; usize::try_from(free).expect("small") - 64 * 1024]).expect("fill the disk");
    let mut refused = 0;
    for number in 1..=120 {
        let fixture = Fixture::new(1, 1, number, 0);
        if number % 2 == 0 {
            let status = scu.store(&fixture).expect("the association goes on");
            assert!(matches!(status, 0x0000 | 0xA700), "{status:04X}");
            refused += u32::from(status != 0);
        } else {
            let answer = http.stow(std::slice::from_ref(&fixture.file));
            assert!(matches!(answer.status, 200 | 503), "{}: {}", answer.status, answer.text());
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some(), "it may be repeated");
                assert!(answer.text().contains("is full"), "{}", answer.text());
            }
            refused += u32::from(answer.status != 200);
        }
    }
    assert!(refused > 0, "the disk was never full");
    std::fs::remove_file(&filler).expect("make room");
    assert_eq!(http.stow(&[Fixture::new(3, 1, 1, 0).file]).status, 200, "service resumes");
    gateway.command(&["verify", "--grace", "0"]);
}

fn fs_free(path: &std::path::Path) -> u64 {
    let output = std::process::Command::new("df").args(["--output=avail", "-B1"]).arg(path).output().expect("df");
    String::from_utf8_lossy(&output.stdout).lines().nth(1).and_then(|line| line.trim().parse().ok()).expect("bytes")
}

/// A file system in memory, unmounted when dropped.
struct Mount(std::path::PathBuf);

impl Mount {
    fn new(folder: &std::path::Path, options: &str) -> Option<Self> {
        use std::os::unix::fs::PermissionsExt;
        let mounted =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder).status();
        mounted.is_ok_and(|status| status.success()).then(|| {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("open the folder");
            Self(folder.to_owned())
        })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
