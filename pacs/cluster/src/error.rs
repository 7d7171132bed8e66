//! Why a private cluster cannot be had, and what to do about it.

use std::path::PathBuf;

/// A failure to make, start or reach a private Postgres cluster. Each text ends with what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No `initdb` and `postgres` binaries.
    #[error(
        "no PostgreSQL server was found on this machine. Install it (Debian: apt-get install postgresql), \
         or name its bin folder in the environment variable PACS_POSTGRES_BIN, \
         or use a server of your own with database.index_url and database.identity_url"
    )]
    NoBinaries,
    /// The folder that is named has no `initdb` and `postgres` binaries.
    #[error(
        "PACS_POSTGRES_BIN names {}, and there is no PostgreSQL server in it. \
         Name the folder that has initdb and postgres, or unset the variable", .0.display()
    )]
    NoBinariesIn(PathBuf),
    /// Running as root and there is no user to give the cluster to.
    #[error(
        "PostgreSQL refuses to run as root and this machine has no user `postgres`. \
         Start the gateway as an ordinary user, or add one: adduser --system --group postgres"
    )]
    NoUser,
    /// Somebody else has the folder.
    #[error(
        "another gateway{} uses the data directory {}. Stop it first, or give this one a directory of its own with --data-dir",
        .owner.map(|pid| format!(" (process {pid})")).unwrap_or_default(), .folder.display()
    )]
    InUse {
        /// The data directory.
        folder: PathBuf,
        /// The process that holds it, when it could be read.
        owner: Option<i32>,
    },
    /// The Unix socket's path would not fit the operating system's limit of 107 bytes.
    #[error(
        "the path {} is {length} bytes long, and a Unix socket's path may have 107 at most. \
         Choose a data directory with a shorter path (--data-dir)", .socket.display()
    )]
    SocketPathTooLong {
        /// The path of the socket.
        socket: PathBuf,
        /// Its length.
        length: usize,
    },
    /// The cluster's user cannot get into the folder.
    #[error(
        "the user `postgres` cannot enter {}, which lies above the data directory. \
         Allow it (chmod o+x on that folder), or choose another data directory (--data-dir)", .0.display()
    )]
    NotTraversable(PathBuf),
    /// The cluster on disk was made by another major version of PostgreSQL.
    #[error(
        "the data directory was made by PostgreSQL {made}, and this machine has PostgreSQL {found}. \
         Install postgresql-{made}, or name its bin folder in the environment variable PACS_POSTGRES_BIN, \
         or move the data over with pg_upgrade"
    )]
    OtherVersion {
        /// Version that made the cluster.
        made: String,
        /// Versions found.
        found: String,
    },
    /// A command of PostgreSQL failed.
    #[error("{command} failed: {output}\nIts log is {}", .log.display())]
    Command {
        /// What was run.
        command: &'static str,
        /// What it said last.
        output: String,
        /// Where the log is.
        log: PathBuf,
    },
    /// The server did not become ready.
    #[error("PostgreSQL did not get ready within {seconds} seconds. Its log, {}, says why", .log.display())]
    NotReady {
        /// How long was waited.
        seconds: u64,
        /// Where the log is.
        log: PathBuf,
    },
    /// The folder cannot be made, read or written.
    #[error("cannot {what} {}: {source}", .path.display())]
    Folder {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl ClusterError {
    pub(crate) fn folder(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Folder { what, path, source }
    }
}
