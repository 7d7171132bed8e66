//! The folder of a cluster: its parts, its lock, and what a server that runs in it says of itself.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use crate::ClusterError;
use crate::owner::Owner;

/// Longest path of a Unix socket.
const SOCKET_LIMIT: usize = 107;
/// Size at which the log is put aside, in bytes.
const LOG_LIMIT: u64 = 8 << 20;

/// Paths within the folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub root: PathBuf,
}

impl Folder {
    /// Makes the path absolute and checks that a socket in it has a path that fits.
    pub fn new(root: &Path) -> Result<Self, ClusterError> {
        let root = std::path::absolute(root).map_err(ClusterError::folder("find", root))?;
        let socket = root.join(".s.PGSQL.5432");
        let length = socket.as_os_str().len();
        if length > SOCKET_LIMIT {
            return Err(ClusterError::SocketPathTooLong { socket, length });
        }
        Ok(Self { root })
    }

    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    pub fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// The log, to be written on. What the server said before stays.
    pub fn open_log(&self) -> Result<File, ClusterError> {
        let path = self.log();
        let failed = |what| ClusterError::folder(what, &path);
        self.put_long_log_aside().map_err(failed("put aside"))?;
        OpenOptions::new().append(true).create(true).open(&path).map_err(failed("write"))
    }

    /// Moves what a long log says to `postgres.log.1`. A server that is writing goes on in the same file, which is empty then.
    pub fn put_long_log_aside(&self) -> std::io::Result<()> {
        let path = self.log();
        match std::fs::metadata(&path) {
            Ok(log) if log.len() > LOG_LIMIT => {
                std::fs::copy(&path, path.with_extension("log.1"))?;
                OpenOptions::new().write(true).open(&path)?.set_len(0)
            }
            _ => Ok(()),
        }
    }

    /// Major version of the PostgreSQL that made the cluster, if there is one.
    pub fn made_by(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.data().join("PG_VERSION")).ok()?;
        Some(text.trim().to_owned())
    }

    /// The server that runs in the folder, if any: its process id, and whether it takes connections.
    pub fn running(&self, owner: &Owner) -> Option<(i32, bool)> {
        let (pid, ready) = self.named()?;
        (is_postgres(pid) && self.is_worked_in_by(pid, owner)?).then_some((pid, ready))
    }

    /// Removes the lock file of a server that is gone when its process id is another program's by now: PostgreSQL would
    /// take that program for the server, and not start.
    pub fn remove_stale_lock(&self, owner: &Owner) -> Result<(), ClusterError> {
        let Some((pid, _)) = self.named() else { return Ok(()) };
        let known = Path::new("/proc").join(pid.to_string()).exists();
        if known && (!is_postgres(pid) || self.is_worked_in_by(pid, owner) == Some(false)) {
            tracing::info!(
                pid,
                "a lock file is left of a database server that is gone; its process id is another's now"
            );
            let path = self.lock_file();
            std::fs::remove_file(&path).map_err(ClusterError::folder("remove", &path))?;
        }
        Ok(())
    }

    /// PostgreSQL's own lock file.
    fn lock_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// The process that PostgreSQL's lock file names, whoever has that id now, and whether it said that it was ready.
    fn named(&self) -> Option<(i32, bool)> {
        let text = std::fs::read_to_string(self.lock_file()).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let ready = lines.nth(6).is_some_and(|status| status.trim() == "ready");
        Some((pid, ready))
    }

    /// Whether a process works in the data folder, as its server does; `None` when that cannot be known.
    fn is_worked_in_by(&self, pid: i32, owner: &Owner) -> Option<bool> {
        Some(owner.working_folder(pid)? == self.data().canonicalize().ok()?)
    }

    /// Takes the folder's lock, which the operating system releases when this process ends, however it ends.
    pub fn lock(&self) -> Result<File, ClusterError> {
        let path = self.root.join("owner.lock");
        let failed = |what| ClusterError::folder(what, &path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("open"))?;
        // SAFETY: the descriptor is open for as long as `file` lives.
        if unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } != 0 {
            let mut text = String::new();
            let owner = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            let folder = self.root.parent().unwrap_or(&self.root).to_owned();
            return Err(ClusterError::InUse { folder, owner });
        }
        file.set_len(0).map_err(failed("write"))?;
        file.rewind().map_err(failed("write"))?;
        writeln!(file, "{}", std::process::id()).map_err(failed("write"))?;
        Ok(file)
    }
}

/// A process id may have been given to another program since its file was written.
fn is_postgres(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_path_too_long_for_a_socket() {
        let long = Path::new("/tmp").join("x".repeat(120));
        let error = Folder::new(&long).expect_err("too long");
        assert!(error.to_string().contains("shorter path"), "{error}");
    }

    #[test]
    fn a_second_lock_names_the_first_owner() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let folder = Folder::new(dir.path()).expect("folder");
        let _first = folder.lock().expect("first lock");
        let error = folder.lock().expect_err("second lock");
        assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    }

    #[test]
    fn a_stale_lock_file_that_names_another_program_goes() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (folder, owner) = (Folder::new(dir.path()).expect("folder"), Owner::find().expect("owner"));
        std::fs::create_dir(folder.data()).expect("data");
        let text = format!("{}\n/x\n0\n5432\n/x\n\n0 0\nready\n", std::process::id());
        std::fs::write(folder.lock_file(), text).expect("lock file");
        assert!(folder.running(&owner).is_none(), "this test is not postgres");
        folder.remove_stale_lock(&owner).expect("no trouble");
        assert!(!folder.lock_file().exists());
    }

    #[test]
    fn a_log_is_written_on_until_it_is_long() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let folder = Folder::new(dir.path()).expect("folder");
        folder.open_log().expect("log").write_all(b"one\n").expect("written");
        let mut log = folder.open_log().expect("log");
        log.write_all(b"two\n").expect("written");
        assert_eq!(std::fs::read_to_string(folder.log()).expect("log"), "one\ntwo\n");
        log.set_len(LOG_LIMIT + 1).expect("a long log");
        folder.put_long_log_aside().expect("put aside");
        log.write_all(b"three\n").expect("written");
        assert_eq!(std::fs::read_to_string(folder.log()).expect("log"), "three\n");
        let aside = std::fs::metadata(dir.path().join("postgres.log.1")).expect("the other log");
        assert_eq!(aside.len(), LOG_LIMIT + 1);
    }
}
