//! Bytes that must wait for the rest of a request: on the node, not in memory.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::archive::blocking;
use crate::node::{self, write_failure};
use crate::retrieve::Content;
use crate::{Actor, Archive, Error, Right};

/// How much is written at once, in bytes.
const BLOCK: usize = 1 << 20;

/// A file without a name, so that nothing is left of it when it is dropped or the process ends.
pub struct Spool {
    file: Arc<File>,
    block: Vec<u8>,
    written: u64,
}

impl Archive {
    /// An empty spool. Fails when the actor may not store.
    pub async fn spool(&self, actor: &Actor) -> Result<Spool, Error> {
        self.permit(actor, Right::Store)?;
        let node = self.0.node.clone();
        let open = move || -> io::Result<File> {
            let path = node.incoming_path();
            let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
            fs::remove_file(&path)?;
            Ok(file)
        };
        let file = blocking(move || open().map_err(write_failure)).await?;
        Ok(Spool { file: Arc::new(file), block: Vec::new(), written: 0 })
    }
}

impl Spool {
    /// How many bytes it holds.
    pub fn length(&self) -> u64 {
        self.written + self.block.len() as u64
    }

    /// Appends a piece of any size.
    pub async fn append(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.block.extend_from_slice(piece);
        if self.block.len() < BLOCK { Ok(()) } else { self.flush().await }
    }

    /// Writes what was gathered. To be called before anything is read.
    pub async fn flush(&mut self) -> Result<(), Error> {
        let (file, block, at) = (self.file.clone(), std::mem::take(&mut self.block), self.written);
        let block = blocking(move || file.write_all_at(&block, at).map(|()| block).map_err(write_failure)).await?;
        self.written += block.len() as u64;
        self.block = block;
        self.block.clear();
        Ok(())
    }

    /// The bytes of a range, as fast as they are consumed.
    pub fn content(&self, range: Range<u64>) -> Content {
        node::ranges(self.file.clone(), vec![range])
    }
}
