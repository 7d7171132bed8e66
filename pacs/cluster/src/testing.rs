//! Databases for tests: each test its own, on one cluster.
//!
//! `with-postgres COMMAND…` starts a cluster for a whole test run and names it in `PACS_TEST_POSTGRES`; a test that
//! runs without it starts a cluster for its process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use crate::binaries::Binaries;
use crate::{Cluster, Tuning, socket_url};

/// Environment variable that names the socket folder of the test run's cluster.
pub const VARIABLE: &str = "PACS_TEST_POSTGRES";

/// An empty database, dropped with the value.
pub struct TestDatabase {
    name: String,
    socket: PathBuf,
}

impl TestDatabase {
    /// Makes an empty database whose name begins with `prefix` (lower case letters and `_`).
    pub fn new(prefix: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{prefix}_{}_{number}", std::process::id());
        let socket = socket().to_owned();
        psql(&socket, &format!("CREATE DATABASE {name}"));
        Self { name, socket }
    }

    /// libpq URL.
    pub fn url(&self) -> String {
        socket_url(&self.socket, &self.name)
    }

    /// Runs one statement and gives what it prints.
    pub fn sql(&self, statement: &str) -> String {
        run(&self.url(), statement)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        psql(&self.socket, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// A new folder that the database's user can reach, for a cluster or a data directory.
pub fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::Builder::new().prefix("pacs-").tempdir_in("/tmp").expect("a temporary folder");
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).expect("open the folder");
    dir
}

fn socket() -> &'static Path {
    static SOCKET: OnceLock<PathBuf> = OnceLock::new();
    SOCKET.get_or_init(|| std::env::var_os(VARIABLE).map(PathBuf::from).unwrap_or_else(own_cluster))
}

/// A cluster for this process, on a thread that lives as long as the process: the server ends with that thread.
fn own_cluster() -> PathBuf {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let dir = folder();
        let cluster = Cluster::start(&dir.path().join("pg"), Tuning::Test).expect("a cluster for tests");
        sender.send((dir.path().to_owned(), cluster.socket().to_owned())).expect("the test waits");
        let _kept = (dir, cluster);
        loop {
            std::thread::park();
        }
    });
    let (dir, socket) = receiver.recv().expect("a cluster for tests");
    remove_at_exit(dir);
    socket
}

fn remove_at_exit(dir: PathBuf) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    extern "C" fn remove() {
        if let Some(folder) = FOLDER.get() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
    FOLDER.set(dir).expect("one cluster a process");
    // SAFETY: `remove` only touches a static that is never dropped.
    unsafe { libc::atexit(remove) };
}

fn psql(socket: &Path, statement: &str) {
    run(&socket_url(socket, "postgres"), statement);
}

fn run(url: &str, statement: &str) -> String {
    let psql = Binaries::find(None).expect("PostgreSQL").path("psql");
    let output = Command::new(psql).args(["-X", "-q", "-t", "-A", "-d", url, "-c", statement]).output().expect("psql");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
