//! One object on its way in: bytes are gathered in blocks, and a full block is written while the next one fills.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::{JoinHandle, spawn_blocking};

use super::block::Block;
use super::local::sync_folder;
use super::{LocalNode, Placed};

/// Objects from this size on, in bytes, go past the page cache (docs/adr/0009).
const DIRECT_FROM: usize = 128 << 10;
/// What the length and place of a direct write must be a multiple of, whatever the disk.
const ALIGNMENT: usize = 4096;

/// Bytes on their way to a file. Dropping it leaves nothing behind.
pub(crate) struct Receipt {
    node: Arc<LocalNode>,
    block: Block,
    draft: Draft,
}

enum Draft {
    /// Nothing is written yet.
    None,
    /// Waiting for the next block.
    Idle(Written),
    /// A block is being written.
    Busy(JoinHandle<io::Result<(Written, Block)>>),
    /// An error was told.
    Lost,
}

impl Receipt {
    /// Nothing is on the disk yet.
    pub(crate) fn new(node: Arc<LocalNode>) -> io::Result<Self> {
        let block = node.blocks.take()?;
        Ok(Self { node, block, draft: Draft::None })
    }

    /// Appends bytes. Waits while the block before the last is still being written.
    pub(crate) async fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        loop {
            bytes = self.block.fill(bytes);
            if !self.block.is_full() {
                return Ok(());
            }
            let written = self.settled().await?;
            let block = std::mem::replace(&mut self.block, self.node.blocks.take()?);
            let node = self.node.clone();
            self.draft = Draft::Busy(spawn_blocking(move || {
                let mut written = written.map_or_else(|| Written::new(&node, block.len()), Ok)?;
                written.append(&block)?;
                Ok((written, block))
            }));
        }
    }

    /// Waits until no block is being written.
    async fn settled(&mut self) -> io::Result<Option<Written>> {
        match std::mem::replace(&mut self.draft, Draft::Lost) {
            Draft::None => Ok(None),
            Draft::Idle(written) => Ok(Some(written)),
            Draft::Busy(task) => {
                let (written, block) = task.await.map_err(io::Error::other)??;
                self.node.blocks.give(block);
                Ok(Some(written))
            }
            Draft::Lost => Err(io::Error::other("the object was lost")),
        }
    }

    /// Waits for the disk, so that there is one block left to write at most.
    pub(crate) async fn rest(&mut self) -> io::Result<()> {
        self.draft = self.settled().await?.map_or(Draft::None, Draft::Idle);
        Ok(())
    }

    /// Writes what is left. Blocks; to be called after `rest`.
    fn complete(self) -> io::Result<Written> {
        let mut written = match self.draft {
            Draft::Idle(written) => written,
            Draft::None => Written::new(&self.node, self.block.len())?,
            Draft::Busy(_) | Draft::Lost => return Err(io::Error::other("the object was lost")),
        };
        written.append(&self.block)?;
        self.node.blocks.give(self.block);
        Ok(written)
    }

    /// Reads everything back, piece by piece, from byte `start` on. Blocks; to be called after `rest`.
    pub(crate) fn read_back(self, start: u64, mut each: impl FnMut(&[u8])) -> io::Result<Self> {
        let node = self.node.clone();
        let written = self.complete()?;
        let mut buffer = vec![0; 256 << 10];
        let mut position = start;
        while position < written.length {
            let length = usize::try_from(written.length - position).map_or(buffer.len(), |left| left.min(buffer.len()));
            written.file.read_exact_at(&mut buffer[..length], position)?;
            each(&buffer[..length]);
            position += length as u64;
        }
        let block = node.blocks.take()?;
        Ok(Self { node, block, draft: Draft::Idle(written) })
    }

    /// Begins, on another thread, to write what is left, to give the object its name among those of a series, and to make
    /// it durable: fsync of the file and of its folder. To be called after `rest`, on a thread of the runtime.
    ///
    /// The name may come before the bytes are on the disk, because nobody looks for the file before a row names it. In
    /// this order most file systems write their journal once: the fsync of the file takes the new name along.
    pub(crate) fn place(self, series: &str) -> io::Result<Placed> {
        let node = self.node.clone();
        let path = node.new_path(series)?;
        let absolute = node.absolute(&path)?;
        Ok(Placed::new(node, path, move || {
            let written = self.complete()?;
            fs::rename(&written.path, &absolute)?;
            written.file.sync_all()?;
            absolute.parent().map_or(Ok(()), sync_folder)
        }))
    }
}

/// A temporary file with the bytes so far. Dropping it removes it.
struct Written {
    path: PathBuf,
    file: File,
    /// The same file, past the page cache.
    direct: Option<File>,
    length: u64,
}

impl Written {
    /// Makes an empty file for an object of `length` bytes or more.
    fn new(node: &LocalNode, length: usize) -> io::Result<Self> {
        let path = node.incoming_path();
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        let mut written = Self { path, file, direct: None, length: 0 };
        if length >= DIRECT_FROM {
            // Some file systems cannot do it; then it is done the usual way.
            written.direct = OpenOptions::new().write(true).custom_flags(libc::O_DIRECT).open(&written.path).ok();
        }
        Ok(written)
    }

    /// Appends a block; only the last one may be of any length. What does not fill a sector goes the usual way.
    fn append(&mut self, block: &Block) -> io::Result<()> {
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

    fn append_plainly(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.length)?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // Once it has its name there is nothing under this one any more.
        let _ = fs::remove_file(&self.path);
    }
}
