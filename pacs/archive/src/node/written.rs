//! The file of an object on its way in.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::LocalNode;

/// Objects from this size on, in bytes, go past the page cache (docs/adr/0009).
const DIRECT_FROM: usize = 128 << 10;
/// What the length and place of a direct write must be a multiple of, whatever the disk.
const ALIGNMENT: usize = 4096;

/// A file with the bytes so far. Dropping it removes it, unless it got its name.
pub(super) struct Written {
    path: PathBuf,
    named: bool,
    file: File,
    /// The same file, past the page cache.
    direct: Option<File>,
    length: u64,
}

impl Written {
    /// Makes an empty file for an object of `length` bytes or more.
    pub(super) fn new(path: PathBuf, length: usize) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        let mut written = Self { path, named: false, file, direct: None, length: 0 };
        if length >= DIRECT_FROM {
            // Some file systems cannot do it; then it is done the usual way.
            written.direct = OpenOptions::new().write(true).custom_flags(libc::O_DIRECT).open(&written.path).ok();
        }
        Ok(written)
    }

    /// Appends a block; only the last one may be of any length. What does not fill a sector goes the usual way.
    pub(super) fn append(&mut self, block: &[u8]) -> io::Result<()> {
        let (sectors, end) = block.split_at(block.len() - block.len() % ALIGNMENT);
        if let Some(direct) = &self.direct {
            match direct.write_all_at(sectors, self.length) {
                // A file system that said it could, but cannot.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => self.direct = None,
                result => {
                    result?;
                    self.length += sectors.len() as u64;
                    return self.append_plainly(end);
                }
            }
        }
        self.append_plainly(block)
    }

    /// Gives the object its name and makes it durable: fsync of the file and, where that is not enough, of its folder.
    ///
    /// The name may come before the bytes are on the disk, because nobody looks for the file before a row names it. In
    /// this order most file systems write their journal once: the fsync of the file takes the new name along.
    pub(super) fn name(&mut self, node: &LocalNode, path: &Path) -> io::Result<()> {
        if self.path != path {
            fs::rename(&self.path, path)?;
        }
        self.named = true;
        self.file.sync_all()?;
        node.sync_names(path)
    }

    /// Reads everything back, piece by piece, from byte `start` on.
    pub(super) fn read_back(&self, start: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut buffer = vec![0; 256 << 10];
        let mut position = start;
        while position < self.length {
            let length = usize::try_from(self.length - position).map_or(buffer.len(), |left| left.min(buffer.len()));
            self.file.read_exact_at(&mut buffer[..length], position)?;
            each(&buffer[..length]);
            position += length as u64;
        }
        Ok(())
    }

    fn append_plainly(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.length)?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if !self.named {
            // Whatever stays is found by the next start, or by `pacs verify`.
            let _ = fs::remove_file(&self.path);
        }
    }
}
