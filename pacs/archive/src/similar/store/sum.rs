//! Sums of rows, by which one that is not whole is told.

use compute::similar::regions::Cells;

/// The sum of a row.
#[derive(Default)]
pub(super) struct Sum(blake3::Hasher);

impl Sum {
    pub(super) fn add(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes);
        self
    }

    pub(super) fn add_cells(&mut self, cells: &Cells) -> &mut Self {
        for word in cells.0 {
            self.add(&word.to_le_bytes());
        }
        self
    }

    pub(super) fn end(&self) -> u64 {
        let hash = self.0.finalize();
        hash.as_bytes().first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk)).max(1)
    }
}
