//! One object on its way in: bytes are gathered in blocks, and a full block is written while the next one fills.

use std::io;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::block::Block;
use super::draft::Draft;
use super::{LocalNode, Placed};

/// What is worth a thread of its own as soon as it is there, in bytes; less is written with the object's name.
const EARLY: usize = 64 << 10;

/// Bytes on their way to a file. Dropping it leaves nothing behind.
pub(crate) struct Receipt {
    node: Arc<LocalNode>,
    block: Block,
    draft: Draft,
}

impl Receipt {
    /// Nothing is on the disk yet.
    pub(crate) fn new(node: Arc<LocalNode>) -> io::Result<Self> {
        let (block, draft) = (node.blocks.take()?, Draft::new(node.clone()));
        Ok(Self { node, block, draft })
    }

    /// Where the next bytes go; there is some room.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        self.block.room()
    }

    /// So many bytes were put into the room; gives all that are gathered, and whether this is the last that is seen of them.
    pub(crate) fn filled(&mut self, count: usize) -> (&[u8], bool) {
        self.block.filled(count);
        (&self.block, self.block.is_full())
    }

    /// What is gathered.
    pub(crate) fn gathered(&self) -> &[u8] {
        &self.block
    }

    /// Makes room. Waits while a block waits behind the one that is being written.
    pub(crate) async fn pass_on(&mut self) -> io::Result<()> {
        if self.block.is_full() {
            self.draft.room().await?;
            self.hand_over()?;
        }
        Ok(())
    }

    /// There is no more. What is left is written while the object is looked at.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if self.block.len() < EARLY { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let block = std::mem::replace(&mut self.block, self.node.blocks.take()?);
        self.draft.then(move |progress| progress.append(block));
        Ok(())
    }

    /// Reads everything back, piece by piece, from byte `start` on, into `sum`. Blocks.
    pub(crate) fn read_back<T: Send + 'static>(
        &mut self,
        start: u64,
        mut sum: T,
        mut each: impl FnMut(&mut T, &[u8]) + Send + 'static,
    ) -> io::Result<T> {
        self.hand_over()?;
        let (sender, receiver) = oneshot::channel();
        self.draft.then(move |progress| {
            let read = progress.read_back(start, &mut |bytes| each(&mut sum, bytes));
            // Whoever asked waits.
            let _ = sender.send(read.map(|()| sum));
        });
        self.draft.help();
        receiver.blocking_recv().map_err(io::Error::other)?
    }

    /// Begins, on another thread, to write what is left, to give the object its name among those of a series, and to make
    /// it durable. To be called on a thread of the runtime.
    pub(crate) fn place(self, series: &str) -> io::Result<Placed> {
        let Self { node, block, draft } = self;
        let path = node.new_path(series)?;
        let absolute = node.absolute(&path)?;
        let (placed, duty) = Placed::new(node.clone(), path, draft.clone());
        draft.then(move |progress| {
            match block.is_empty() {
                true => node.blocks.give(block),
                false => progress.append_at(absolute.clone(), block),
            }
            duty.tell(progress.name(&absolute));
        });
        Ok(placed)
    }
}
