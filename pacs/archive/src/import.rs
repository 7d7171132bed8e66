//! Import: a folder of DICOM files adopted, file by file.
//!
//! It can be stopped at any time and run again: what is stored already comes out as identical.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::BytesMut;
use futures_util::{StreamExt, stream};
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::{Actor, Archive, Arrival, Error, StoreFailure, StoreWarning, Stored};

/// Files on their way in at once.
const AT_ONCE: usize = 8;
/// How far the walk through the folders may run ahead.
const AHEAD: usize = 1024;
/// How much of a file is read at once.
const PIECE: usize = 256 << 10;

/// What an import tells while it runs.
#[derive(Debug, Clone)]
pub enum Progress {
    /// There are so many files in the folder.
    Counted(u64),
    /// A file is done.
    Done(Done),
}

/// A file that is done.
#[derive(Debug, Clone)]
pub struct Done {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How it was stored, or why not.
    pub result: Result<Stored, String>,
    /// What was odd though it was stored, or left aside.
    pub warnings: Vec<StoreWarning>,
}

/// How an import ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// New objects (or objects that took the place of others).
    pub stored: u64,
    /// Those of them that are odd; `progress` was told how.
    pub warned: u64,
    /// Objects that were stored before.
    pub identical: u64,
    /// Different objects that were left aside for those stored under their UID before (policy `keep`).
    pub kept: u64,
    /// Files that were refused; `progress` was told why.
    pub refused: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// It was told to stop before the last file was taken.
    pub stopped: bool,
}

impl Done {
    fn refused(path: PathBuf, reason: String) -> Self {
        Self { path, bytes: 0, result: Err(reason), warnings: Vec::new() }
    }
}

impl Archive {
    /// Stores every DICOM file under `folder`. Files that cannot be stored are refused one by one; the import ends early
    /// when the archive itself cannot store ([`Error::Unavailable`], [`Error::OutOfResources`]), and when `stop` comes: then
    /// no other file is taken, and those on their way are done.
    pub async fn import(
        &self,
        actor: &Actor,
        folder: &Path,
        stop: impl Future<Output = ()>,
        mut progress: impl FnMut(Progress),
    ) -> Result<Summary, Error> {
        let metadata = tokio::fs::metadata(folder).await;
        if !metadata.is_ok_and(|metadata| metadata.is_dir()) {
            return Err(Error::BadRequest(format!("{} is not a folder that can be read", folder.display())));
        }
        let mut count = std::pin::pin!(count(folder.to_owned(), self.0.node.root().to_owned()));
        let paths = walk(folder.to_owned(), self.0.node.root().to_owned());
        let paths = stream::unfold(paths, |mut paths| async move { paths.recv().await.map(|path| (path, paths)) });
        let stopped = AtomicBool::new(false);
        let paths = paths.take_until(async {
            stop.await;
            stopped.store(true, Ordering::Relaxed);
        });
        let mut results = std::pin::pin!(paths.map(|path| self.import_file(actor, path)).buffer_unordered(AT_ONCE));
        let mut summary = Summary::default();
        let mut counted = false;
        loop {
            tokio::select! {
                files = &mut count, if !counted => {
                    counted = true;
                    progress(Progress::Counted(files));
                }
                result = results.next() => {
                    let Some(done) = result.transpose()? else {
                        return Ok(Summary { stopped: stopped.load(Ordering::Relaxed), ..summary });
                    };
                    summary.add(&done);
                    progress(Progress::Done(done));
                }
            }
        }
    }

    async fn import_file(&self, actor: &Actor, path: Result<PathBuf, (PathBuf, String)>) -> Result<Done, Error> {
        let path = match path {
            Ok(path) => path,
            Err((path, reason)) => return Ok(Done::refused(path, reason)),
        };
        let mut file = match File::open(&path).await {
            Ok(file) => file,
            Err(error) => return Ok(Done::refused(path, error.to_string())),
        };
        let bytes = file.metadata().await.map_or(0, |metadata| metadata.len());
        Ok(match self.import_content(actor, &mut file, bytes).await? {
            Ok((stored, warnings)) => Done { path, bytes, result: Ok(stored), warnings },
            Err(reason) => Done { bytes, ..Done::refused(path, reason) },
        })
    }

    async fn import_content(
        &self,
        actor: &Actor,
        file: &mut File,
        bytes: u64,
    ) -> Result<Result<(Stored, Vec<StoreWarning>), String>, Error> {
        if bytes > self.0.settings.largest_object {
            return Ok(Err(format!("it is larger than {} bytes", self.0.settings.largest_object)));
        }
        let mut incoming = self.store(actor, Arrival::File { study: None }).await?;
        loop {
            let mut piece = BytesMut::with_capacity(PIECE);
            match file.read_buf(&mut piece).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Ok(Err(error.to_string())),
            }
            if incoming.write(piece.freeze()).await.is_err() {
                break;
            }
        }
        let outcome = incoming.finish().await;
        match outcome.result {
            Ok(stored) => Ok(Ok((stored, outcome.warnings))),
            Err(StoreFailure::Unavailable(what)) => Err(Error::Unavailable(what, None)),
            Err(StoreFailure::NodeFull) => Err(Error::OutOfResources),
            Err(failure) => Ok(Err(failure.to_string())),
        }
    }
}

impl Summary {
    fn add(&mut self, done: &Done) {
        self.bytes += done.bytes;
        match done.result {
            Ok(Stored::New | Stored::Replaced) => {
                self.stored += 1;
                self.warned += u64::from(!done.warnings.is_empty());
            }
            Ok(Stored::Identical) => self.identical += 1,
            Ok(Stored::Kept) => self.kept += 1,
            Err(_) => self.refused += 1,
        }
    }
}

/// A file to import, or what could not be looked into and why.
type Found = Result<PathBuf, (PathBuf, String)>;

/// All files under `folder`, links followed, but for those of the storage node itself.
fn files(folder: PathBuf, node: PathBuf) -> impl Iterator<Item = Found> {
    let inside = move |entry: &walkdir::DirEntry| {
        !entry.file_type().is_dir() || entry.path().canonicalize().map_or(true, |path| path != node)
    };
    let entries = walkdir::WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    entries.filter_entry(inside).filter_map(|entry| match entry {
        Ok(entry) if entry.file_type().is_file() => Some(Ok(entry.into_path())),
        Ok(_) => None,
        Err(error) => Some(Err((error.path().map(Path::to_owned).unwrap_or_default(), error.to_string()))),
    })
}

/// Walks on a thread of its own. Ends when nobody listens any more.
fn walk(folder: PathBuf, node: PathBuf) -> mpsc::Receiver<Found> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        for found in files(folder, node) {
            if sender.blocking_send(found).is_err() {
                return;
            }
        }
    });
    receiver
}

async fn count(folder: PathBuf, node: PathBuf) -> u64 {
    tokio::task::spawn_blocking(move || files(folder, node).count() as u64).await.unwrap_or(0)
}
