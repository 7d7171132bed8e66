//! The server: made once, started, asked to stop.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::binaries::Binaries;
use crate::folder::Folder;
use crate::owner::Owner;
use crate::{ClusterError, SUPERUSER, socket_url};

/// How long a server may take to start (after a crash it replays its log first) or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much of the machine the cluster may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tuning {
    /// For an archive.
    Archive,
    /// For tests: little memory.
    Test,
}

/// A running private cluster. Dropping it stops the server, if this process started it.
pub struct Cluster {
    folder: Folder,
    binaries: Binaries,
    owner: Owner,
    tuning: Tuning,
    /// Server and lock, when this process started it.
    owned: Option<(Child, File)>,
}

impl Cluster {
    /// Starts the cluster in `folder`, making it first when there is none. Only one process can have it.
    ///
    /// The server ends with the calling *thread* (`PR_SET_PDEATHSIG`), so call this from one that lives as long as the process.
    pub fn start(folder: &Path, tuning: Tuning) -> Result<Self, ClusterError> {
        let folder = Folder::new(folder)?;
        let binaries = Binaries::find(folder.made_by())?;
        let owner = Owner::find()?;
        owner.make_folder(&folder.root)?;
        owner.check_reach(&folder.root)?;
        let lock = folder.lock()?;
        end_left_over(&folder, &owner)?;
        if !folder.data().exists() {
            make(&folder, &binaries, &owner)?;
        }
        let child = launch(&folder, &binaries, &owner, tuning)?;
        let mut cluster = Self { folder, binaries, owner, tuning, owned: Some((child, lock)) };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// Joins the cluster that another process runs in `folder`, or starts it for as long as this one needs it.
    pub fn join(folder: &Path, tuning: Tuning) -> Result<Self, ClusterError> {
        match Self::start(folder, tuning) {
            Err(ClusterError::InUse { .. }) => {
                let folder = Folder::new(folder)?;
                let (binaries, owner) = (Binaries::find(folder.made_by())?, Owner::find()?);
                let mut cluster = Self { folder, binaries, owner, tuning, owned: None };
                cluster.wait_until_ready()?;
                Ok(cluster)
            }
            other => other,
        }
    }

    /// Starts the server again if it ended by itself; true when it had. To be asked now and then: it looks after the log too.
    pub fn revive(&mut self) -> Result<bool, ClusterError> {
        let Some((child, _)) = &mut self.owned else { return Ok(false) };
        if matches!(child.try_wait(), Ok(None)) {
            // What cannot be put aside now is tried again at the next look.
            self.folder.put_long_log_aside().ok();
            return Ok(false);
        }
        *child = launch(&self.folder, &self.binaries, &self.owner, self.tuning)?;
        self.wait_until_ready()?;
        Ok(true)
    }

    /// libpq URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        socket_url(&self.folder.root, database)
    }

    /// The folder of the server's Unix socket.
    pub fn socket(&self) -> &Path {
        &self.folder.root
    }

    /// The server's process id.
    pub fn pid(&self) -> Option<u32> {
        self.folder.running(&self.owner).map(|(pid, _)| pid.unsigned_abs())
    }

    /// Makes `database` when there is none of this name.
    pub fn ensure_database(&self, database: &str) -> Result<(), ClusterError> {
        let known = self.sql("postgres", &format!("SELECT 1 FROM pg_database WHERE datname = '{database}'"))?;
        if known.trim().is_empty() {
            self.sql("postgres", &format!("CREATE DATABASE \"{database}\""))?;
        }
        Ok(())
    }

    /// Runs one statement as superuser and gives what it prints, unadorned.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String, ClusterError> {
        let mut command = Command::new(self.binaries.path("psql"));
        command.args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", statement]);
        run("psql", command, &self.folder.log())
    }

    /// Stops the server: running statements are cancelled, what is committed stays.
    pub fn stop(mut self) {
        self.end();
    }

    fn wait_until_ready(&mut self) -> Result<(), ClusterError> {
        let log = self.folder.log();
        let from = Instant::now();
        while !self.folder.running(&self.owner).is_some_and(|(_, ready)| ready) {
            if let Some((child, _)) = &mut self.owned
                && let Ok(Some(status)) = child.try_wait()
            {
                let output = format!("{status}\n{}", tail(&log));
                return Err(ClusterError::Command { command: "postgres", output, log });
            }
            if from.elapsed() > PATIENCE {
                return Err(ClusterError::NotReady { seconds: PATIENCE.as_secs(), log });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn end(&mut self) {
        if let Some((mut child, _lock)) = self.owned.take() {
            end_process(child.id().cast_signed(), || matches!(child.try_wait(), Ok(None)));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end();
    }
}

/// A server that outlived its owner holds the folder; it has nobody to serve.
fn end_left_over(folder: &Folder, owner: &Owner) -> Result<(), ClusterError> {
    if let Some((pid, _)) = folder.running(owner) {
        tracing::info!(pid, "ending the database server of a gateway that is gone");
        end_process(pid, || folder.running(owner).is_some());
        if folder.running(owner).is_some() {
            return Err(ClusterError::NotReady { seconds: PATIENCE.as_secs(), log: folder.log() });
        }
    }
    folder.remove_stale_lock(owner)
}

/// Fast shutdown; after a long while, immediate shutdown (which loses nothing committed).
fn end_process(pid: i32, mut alive: impl FnMut() -> bool) {
    for signal in [libc::SIGINT, libc::SIGQUIT] {
        // SAFETY: a signal to a process that this one started or found to be its own database server.
        unsafe { libc::kill(pid, signal) };
        let from = Instant::now();
        while alive() {
            if from.elapsed() > PATIENCE {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Makes the cluster under another name first, so that an interrupted start leaves no half of one.
fn make(folder: &Folder, binaries: &Binaries, owner: &Owner) -> Result<(), ClusterError> {
    let unfinished = folder.root.join("data.unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished).map_err(ClusterError::folder("remove", &unfinished))?;
    }
    let mut command = owner.command(&binaries.path("initdb"));
    command.arg("-D").arg(&unfinished);
    command.args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]);
    // Byte order for sorting and prefix searches; letters of every script for trigrams.
    command.args(["--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C"]);
    run("initdb", command, &folder.log())?;
    std::fs::rename(&unfinished, folder.data()).map_err(ClusterError::folder("name", folder.data()))
}

fn launch(folder: &Folder, binaries: &Binaries, owner: &Owner, tuning: Tuning) -> Result<Child, ClusterError> {
    let log = folder.open_log()?;
    let mut command = owner.command(&binaries.path("postgres"));
    command.arg("-D").arg(folder.data()).arg("-k").arg(&folder.root);
    for setting in settings(tuning) {
        command.arg("-c").arg(setting);
    }
    command.arg("-c").arg(wal_compression(folder, binaries, owner));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    // A group of its own: Ctrl-C in a terminal must reach the gateway alone, which drains first.
    command.process_group(0);
    // SAFETY: prctl is async-signal-safe and changes the child alone.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGINT) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    command.spawn().map_err(ClusterError::folder("start", binaries.path("postgres")))
}

fn settings(tuning: Tuning) -> Vec<&'static str> {
    let mut all = vec![
        "listen_addresses=",
        "unix_socket_permissions=0700",
        "jit=off",
        "random_page_cost=1.1",
        "max_wal_size=4GB",
        "checkpoint_timeout=15min",
        "password_encryption=scram-sha-256",
        // Details of errors name values, which may be personal; whoever made the statement gets them all the same.
        "log_error_verbosity=terse",
    ];
    all.extend(match tuning {
        Tuning::Archive => ["shared_buffers=256MB", "max_connections=100"],
        Tuning::Test => ["shared_buffers=32MB", "max_connections=300"],
    });
    all
}

/// lz4 costs the server a third of what its own compression does; it is there since PostgreSQL 15, in most builds.
fn wal_compression(folder: &Folder, binaries: &Binaries, owner: &Owner) -> &'static str {
    const LZ4: &str = "wal_compression=lz4";
    let mut command = owner.command(&binaries.path("postgres"));
    command.arg("-D").arg(folder.data()).args(["-c", LZ4, "-C", "wal_compression"]);
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => LZ4,
        _ => "wal_compression=on",
    }
}

fn run(name: &'static str, mut command: Command, log: &Path) -> Result<String, ClusterError> {
    let failed = |output: String| ClusterError::Command { command: name, output, log: PathBuf::from(log) };
    let output = command.stdin(Stdio::null()).output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}
