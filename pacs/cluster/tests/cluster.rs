//! A private cluster as its owner sees it.

use cluster::{Cluster, ClusterError, Tuning, testing};

#[test]
fn starts_stops_and_starts_again_with_what_was_committed() {
    let dir = testing::folder();
    let folder = dir.path().join("postgres");
    let cluster = Cluster::start(&folder, Tuning::Test).expect("first start");
    cluster.ensure_database("index").expect("database");
    cluster.ensure_database("index").expect("a second time changes nothing");
    cluster.sql("index", "CREATE TABLE kept (n int)").expect("table");
    cluster.stop();
    let cluster = Cluster::start(&folder, Tuning::Test).expect("second start");
    assert_eq!(cluster.sql("index", "SELECT count(*) FROM kept").expect("count").trim(), "0");
}

#[test]
fn a_second_process_on_the_same_folder_is_told_so_and_can_join() {
    let dir = testing::folder();
    let first = Cluster::start(&dir.path().join("pg"), Tuning::Test).expect("first");
    let Err(error) = Cluster::start(&dir.path().join("pg"), Tuning::Test) else { panic!("two owners") };
    assert!(matches!(error, ClusterError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("--data-dir"), "{error}");
    let joined = Cluster::join(&dir.path().join("pg"), Tuning::Test).expect("join");
    drop(joined);
    assert_eq!(first.sql("postgres", "SELECT 1").expect("still running").trim(), "1");
}

#[test]
fn recovers_from_a_server_that_was_killed() {
    let dir = testing::folder();
    let folder = dir.path().join("pg");
    let cluster = Cluster::start(&folder, Tuning::Test).expect("start");
    cluster.sql("postgres", "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)").expect("row");
    let pid = cluster.pid().expect("pid").cast_signed();
    // SAFETY: kills the server that this test started.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    drop(cluster);
    assert!(folder.join("data/postmaster.pid").exists(), "a stale lock is left");
    let cluster = Cluster::start(&folder, Tuning::Test).expect("start over a stale lock");
    assert_eq!(cluster.sql("postgres", "SELECT n FROM kept").expect("row").trim(), "1");
}

#[test]
fn a_stale_lock_that_names_another_server_leaves_that_one_alone() {
    let dir = testing::folder();
    let folder = dir.path().join("pg");
    Cluster::start(&folder, Tuning::Test).expect("make").stop();
    let other = Cluster::start(&dir.path().join("other"), Tuning::Test).expect("another server");
    let lock = std::fs::read(dir.path().join("other/data/postmaster.pid")).expect("its lock");
    std::fs::write(folder.join("data/postmaster.pid"), lock).expect("a stale lock with its process id");
    let cluster = Cluster::start(&folder, Tuning::Test).expect("start over the stale lock");
    assert_ne!(cluster.pid(), other.pid());
    for server in [&cluster, &other] {
        assert_eq!(server.sql("postgres", "SELECT 1").expect("runs").trim(), "1");
    }
}

#[test]
fn a_cluster_of_a_version_that_is_not_installed_says_so() {
    let dir = testing::folder();
    let folder = dir.path().join("pg");
    Cluster::start(&folder, Tuning::Test).expect("make").stop();
    std::fs::write(folder.join("data/PG_VERSION"), "9\n").expect("as if it were old");
    let Err(error) = Cluster::start(&folder, Tuning::Test) else { panic!("started by another version") };
    assert!(matches!(&error, ClusterError::OtherVersion { made, .. } if made == "9"), "{error}");
}

#[test]
fn says_what_to_do_when_the_user_cannot_enter() {
    use std::os::unix::fs::PermissionsExt;
    // SAFETY: takes nothing and cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        return; // only root runs the server as somebody else
    }
    let dir = testing::folder();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).expect("close");
    let Err(error) = Cluster::start(&dir.path().join("pg"), Tuning::Test) else { panic!("cannot enter") };
    assert!(matches!(error, ClusterError::NotTraversable(_)), "{error}");
}

#[test]
fn revives_a_server_that_ended_by_itself() {
    let dir = testing::folder();
    let mut cluster = Cluster::start(&dir.path().join("pg"), Tuning::Test).expect("start");
    assert!(!cluster.revive().expect("alive"), "nothing to do");
    let pid = cluster.pid().expect("pid").cast_signed();
    let log = std::fs::read_to_string(dir.path().join("pg/postgres.log")).expect("a log");
    // SAFETY: kills the server that this test started.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    while !cluster.revive().expect("revive") {
        std::thread::yield_now();
    }
    assert_eq!(cluster.sql("postgres", "SELECT 1").expect("serves again").trim(), "1");
    let both = std::fs::read_to_string(dir.path().join("pg/postgres.log")).expect("a log");
    assert!(!log.is_empty() && both.len() > log.len() && both.starts_with(&log), "{both}");
}
