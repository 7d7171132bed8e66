//! Memory in which objects are gathered before they go to the disk.

use std::ops::Deref;

use memmap2::MmapMut;
use parking_lot::Mutex;

/// Bytes in a block: large enough that a disk is not kept waiting.
const BLOCK: usize = 1 << 20;
/// Most blocks kept for the next object.
const KEPT: usize = 16;

/// A page-aligned buffer of fixed size.
pub(super) struct Block {
    memory: MmapMut,
    length: usize,
}

impl Block {
    /// Where the next bytes go.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.memory[self.length..]
    }

    /// So many bytes were put into the room.
    pub(super) fn filled(&mut self, count: usize) {
        self.length = BLOCK.min(self.length + count);
    }

    /// Whether nothing fits any more.
    pub(super) fn is_full(&self) -> bool {
        self.length == BLOCK
    }

    /// Forgets what it holds.
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

/// Blocks that nobody uses: memory that has been touched is cheaper than new memory.
#[derive(Default)]
pub(super) struct Blocks(Mutex<Vec<Block>>);

impl Blocks {
    /// An empty block.
    pub(super) fn take(&self) -> std::io::Result<Block> {
        match self.0.lock().pop() {
            Some(block) => Ok(block),
            None => Ok(Block { memory: MmapMut::map_anon(BLOCK)?, length: 0 }),
        }
    }

    /// Takes a block back.
    pub(super) fn give(&self, mut block: Block) {
        block.clear();
        let mut kept = self.0.lock();
        if kept.len() < KEPT {
            kept.push(block);
        }
    }
}
