//! The folder of a cluster: its parts, its lock, and what a server that runs in it says of itself.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use crate::ClusterError;

/// Longest path of a Unix socket.
const SOCKET_LIMIT: usize = 107;

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

    /// The server that runs in the folder, if any: its process id, and whether it takes connections.
    pub fn running(&self) -> Option<(i32, bool)> {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid: i32 = lines.next()?.trim().parse().ok()?;
        let ready = lines.nth(6).is_some_and(|status| status.trim() == "ready");
        is_postgres(pid).then_some((pid, ready))
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
    fn a_stale_pid_file_is_no_running_server() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let folder = Folder::new(dir.path()).expect("folder");
        std::fs::create_dir(folder.data()).expect("data");
        let text = format!("{}\n/x\n0\n5432\n/x\n\n0 0\nready\n", std::process::id());
        std::fs::write(folder.data().join("postmaster.pid"), text).expect("pid file");
        assert!(folder.running().is_none(), "this test is not postgres");
    }
}
