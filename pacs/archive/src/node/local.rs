//! A folder as a storage node.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use uuid::Uuid;

use super::block::Blocks;
use super::opened::OpenFiles;

/// A local storage node.
pub(crate) struct LocalNode {
    /// Key of its row.
    pub(crate) id: i64,
    uuid: Uuid,
    root: PathBuf,
    /// Where this process puts what arrives.
    incoming: PathBuf,
    /// Locked as long as the process lives: what lies in an unlocked folder is nobody's.
    _lock: File,
    receipts: AtomicU64,
    /// Folders that are known to be on the disk, with everything above them.
    durable: Mutex<HashSet<PathBuf>>,
    /// Whether the fsync of a file makes its newest name durable too.
    names_go_along: bool,
    /// For objects on their way in.
    pub(super) blocks: Blocks,
    /// For objects that are asked for again.
    pub(crate) opened: OpenFiles,
}

impl LocalNode {
    /// Opens `root`, making it when it does not exist, and removes what dead processes left in `incoming/`.
    /// The row's key is not known yet.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        fs::create_dir_all(root.join("objects"))?;
        fs::create_dir_all(root.join("incoming"))?;
        let uuid = identify(&root.join("node.uuid"))?;
        let (incoming, lock) = claim(&root.join("incoming"))?;
        let names_go_along = names_go_along(&root)?;
        let node = Self {
            id: 0,
            uuid,
            root,
            incoming,
            _lock: lock,
            receipts: AtomicU64::new(0),
            durable: Mutex::default(),
            names_go_along,
            blocks: Blocks::default(),
            opened: OpenFiles::new(),
        };
        sync_folder(&node.root)?;
        node.sweep()?;
        Ok(node)
    }

    /// Its name in the index: two gateways with folders of their own must not take them for one node.
    pub(crate) fn name(&self) -> String {
        format!("local-{}", self.uuid)
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the folder is the node still: a disk that is not mounted leaves an empty one.
    pub(crate) fn is_there(&self) -> bool {
        fs::read_to_string(self.root.join("node.uuid")).is_ok_and(|text| Uuid::try_parse(text.trim()) == Ok(self.uuid))
    }

    /// A name for a file on its way in.
    pub(crate) fn incoming_path(&self) -> PathBuf {
        self.incoming.join(format!("{}.part", self.receipts.fetch_add(1, Ordering::Relaxed)))
    }

    /// A path for a new object of a series, relative to the node, in a folder that is on the disk. Only a hash of the
    /// UID goes into it, so that no input can lead out of the node.
    pub(crate) fn new_path(&self, series: &str) -> io::Result<String> {
        let hash = blake3::hash(series.as_bytes());
        let hash = hash.as_bytes();
        let outer = format!("objects/{:02x}", hash[0]);
        let inner = format!("{outer}/{:x}", hash[1] >> 4);
        for (folder, parent) in [(outer.as_str(), "objects"), (inner.as_str(), outer.as_str())] {
            self.make_durable(Path::new(folder), Path::new(parent))?;
        }
        Ok(format!("{inner}/{}.dcm", Uuid::now_v7().simple()))
    }

    fn make_durable(&self, folder: &Path, parent: &Path) -> io::Result<()> {
        if self.durable.lock().contains(folder) {
            return Ok(());
        }
        match fs::create_dir(self.root.join(folder)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => sync_folder(&self.root.join(parent))?,
        }
        self.durable.lock().insert(folder.to_owned());
        Ok(())
    }

    /// Makes the name of a file durable that was made so after it got that name.
    pub(super) fn sync_names(&self, path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(folder) if !self.names_go_along => sync_folder(folder),
            _ => Ok(()),
        }
    }

    /// The absolute path of an object. A path that would lead elsewhere (a row made by somebody else) is refused.
    pub(crate) fn absolute(&self, path: &str) -> io::Result<PathBuf> {
        let relative = Path::new(path);
        if relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(self.root.join(relative));
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "the path leads out of the storage node"))
    }

    /// Opens an object for reading.
    pub(crate) fn open_object(&self, path: &str) -> io::Result<File> {
        File::open(self.absolute(path)?)
    }

    /// Opens an object for reading if that needs no disk: `None` when it might.
    pub(crate) fn open_at_hand(&self, path: &str) -> Option<File> {
        let path = self.absolute(path).ok()?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok().map(File::from)
    }

    /// Calls `each` with the paths and ages of the objects, relative to the node, in no order.
    pub(crate) fn objects(&self, mut each: impl FnMut(String, Duration)) -> io::Result<()> {
        for entry in walkdir::WalkDir::new(self.root.join("objects")) {
            let entry = entry?;
            if entry.file_type().is_dir() {
                continue;
            }
            let modified = entry.metadata()?.modified()?;
            let age = SystemTime::now().duration_since(modified).unwrap_or_default();
            if let Ok(path) = entry.path().strip_prefix(&self.root) {
                each(path.to_string_lossy().into_owned(), age);
            }
        }
        Ok(())
    }

    /// Removes an object; it is no error when it is gone already.
    pub(crate) fn remove(&self, path: &str) -> io::Result<()> {
        let removed = fs::remove_file(self.absolute(path)?);
        self.opened.forget(path);
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Puts a small file beside an object, whole or not at all, without waiting for the disk.
    pub(crate) fn put_beside(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let draft = self.incoming_path();
        let put = fs::write(&draft, bytes).and_then(|()| fs::rename(&draft, self.absolute(path)?));
        if put.is_err() {
            let _ = fs::remove_file(&draft);
        }
        put
    }

    /// Moves an object to where nothing looks for it but people.
    pub(crate) fn set_aside(&self, path: &str) -> io::Result<()> {
        let from = self.absolute(path)?;
        let aside = self.root.join("orphans");
        fs::create_dir_all(&aside)?;
        fs::rename(&from, aside.join(from.file_name().unwrap_or_default()))
    }

    /// Removes the incoming folders of processes that are gone; gives the number of files in them.
    pub(crate) fn sweep(&self) -> io::Result<u64> {
        let mut removed = 0;
        for entry in fs::read_dir(self.root.join("incoming"))? {
            let folder = entry?.path();
            if folder == self.incoming || !folder.is_dir() {
                continue;
            }
            let Ok(handle) = File::open(&folder) else { continue };
            if handle.try_lock().is_ok() {
                removed += fs::read_dir(&folder)?.count() as u64;
                fs::remove_dir_all(&folder)?;
            }
        }
        Ok(removed)
    }

    /// Whether a file can be written, and how many bytes are free.
    pub(crate) fn probe(&self) -> io::Result<u64> {
        let path = self.incoming_path();
        fs::write(&path, b"probe")?;
        fs::remove_file(&path)?;
        free_bytes(&self.root)
    }
}

impl Drop for LocalNode {
    fn drop(&mut self) {
        // Succeeds when nothing is on its way in; else the next process sweeps.
        let _ = fs::remove_dir(&self.incoming);
    }
}

/// Reads the node's UUID, or makes one. When two processes do that at once, the first one's counts.
fn identify(path: &Path) -> io::Result<Uuid> {
    if !path.try_exists()? {
        let uuid = Uuid::new_v4();
        let draft = path.with_extension(uuid.simple().to_string());
        let mut file = File::create_new(&draft)?;
        writeln!(file, "{uuid}")?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => fs::rename(&draft, path)?,
            Ok(()) => {}
        }
        let _ = fs::remove_file(&draft);
    }
    let wrong = || io::Error::other(format!("{} holds no UUID", path.display()));
    Uuid::try_parse(fs::read_to_string(path)?.trim()).map_err(|_| wrong())
}

/// Makes and locks a folder of this process. Another process may sweep it between the two: then a next one is made.
fn claim(incoming: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let folder = incoming.join(Uuid::new_v4().simple().to_string());
        fs::create_dir(&folder)?;
        let Ok(lock) = File::open(&folder) else { continue };
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if fs::metadata(&folder).is_ok_and(|there| lock.metadata().is_ok_and(|ours| there.ino() == ours.ino())) {
            return Ok((folder, lock));
        }
    }
}

/// Whether a rename is in the journal with the inode that it renames: then the fsync of the file that follows is enough.
/// So it is with ext4 and XFS, which change both in one transaction.
fn names_go_along(root: &Path) -> io::Result<bool> {
    let device = fs::metadata(root)?.dev();
    let device = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    // proc(5): mount ID, parent ID, device, root, place, options, any more fields, a dash, and the kind of file system.
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut kinds = mounts.lines().filter(|line| line.split(' ').nth(2) == Some(&device));
    let kind = kinds.next().and_then(|line| line.split_once(" - ")).and_then(|(_, rest)| rest.split(' ').next());
    Ok(kind.is_some_and(|kind| ["ext4", "xfs"].contains(&kind)))
}

/// Makes a folder's entries durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Bytes that an unprivileged process may still write to the file system of `path`.
fn free_bytes(path: &Path) -> io::Result<u64> {
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    let mut room = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: `path` is a C string and `room` is as large as statvfs(3) writes.
    if unsafe { libc::statvfs(path.as_ptr(), room.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: statvfs succeeded, so it has filled in `room`.
    let room = unsafe { room.assume_init() };
    Ok(room.f_bavail.saturating_mul(room.f_frsize))
}
