//! Parts of the body: sets of cells of the human figure, and how much of one set others cover.

use std::cmp::Reverse;

use multiversion::multiversion;
use rayon::prelude::*;

/// Columns of the grid over the figure.
pub const COLUMNS: usize = 16;

/// Rows of the grid over the figure.
pub const ROWS: usize = 32;

const WORDS: usize = COLUMNS * ROWS / 64;

/// How many sets a thread looks at a time.
const BATCH: usize = 8192;

/// A set of cells of the figure, one bit each: column by column in a row, row by row from the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Cells(pub [u64; WORDS]);

/// A set that has cells in common with the one asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// Its place among the sets.
    pub index: u32,
    /// How many cells they have in common, at least one.
    pub common: u32,
}

impl Cells {
    /// Adds a cell; one beside the grid is not added.
    pub fn insert(&mut self, column: usize, row: usize) {
        if column < COLUMNS && row < ROWS {
            let bit = row * COLUMNS + column;
            self.0[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Whether a cell is in the set.
    pub fn contains(&self, column: usize, row: usize) -> bool {
        let bit = row * COLUMNS + column;
        column < COLUMNS && row < ROWS && self.0[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// How many cells it has.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether the two have a cell in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// The share of this set that lies in another: |A ∩ B| / |A|; 0 of the empty set.
    pub fn overlap(&self, other: &Self) -> f64 {
        f64::from(common(self, other)) / f64::from(self.count().max(1))
    }
}

/// The sets that have cells in common with `asked`, those with most first, ties by their keys; a set without a key is left out.
/// The score of each is `common / asked.count()`.
pub fn overlapping(asked: &Cells, sets: &[Cells], keys: &[i64], limit: usize) -> Vec<Overlap> {
    let sets = &sets[..sets.len().min(keys.len())];
    let batches = sets.par_chunks(BATCH).enumerate().map(|(batch, sets)| {
        let mut counts = [0; BATCH];
        common_each(asked, sets, &mut counts);
        let mut most = Vec::new();
        let mut least = 1;
        for (common, index) in counts[..sets.len()].iter().zip((batch * BATCH) as u32..) {
            if u32::from(*common) < least {
                continue;
            }
            most.push(Overlap { index, common: u32::from(*common) });
            if most.len() >= limit.max(64).saturating_mul(4) {
                keep(&mut most, keys, limit);
                // A later one as large may come before these, by its key.
                least = most.iter().map(|overlap| overlap.common).min().unwrap_or(1);
            }
        }
        keep(&mut most, keys, limit);
        most
    });
    let mut most: Vec<Overlap> = batches.flatten_iter().collect();
    keep(&mut most, keys, limit);
    most.sort_unstable_by_key(|overlap| order(overlap, keys));
    most
}

fn order(overlap: &Overlap, keys: &[i64]) -> (Reverse<u32>, i64, u32) {
    (Reverse(overlap.common), keys[overlap.index as usize], overlap.index)
}

/// Keeps the first `limit` of overlaps.
fn keep(overlaps: &mut Vec<Overlap>, keys: &[i64], limit: usize) {
    if overlaps.len() > limit {
        overlaps.select_nth_unstable_by_key(limit, |overlap| order(overlap, keys));
        overlaps.truncate(limit);
    }
}

#[multiversion(targets("x86_64+avx2+bmi2+popcnt", "x86_64+popcnt"))]
fn common_each(asked: &Cells, sets: &[Cells], counts: &mut [u16]) {
    for (count, set) in counts.iter_mut().zip(sets) {
        *count = common(asked, set) as u16;
    }
}

#[inline(always)]
fn common(a: &Cells, b: &Cells) -> u32 {
    a.0.iter().zip(&b.0).map(|(a, b)| (a & b).count_ones()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: std::ops::Range<usize>) -> Cells {
        let mut cells = Cells::default();
        rows.for_each(|row| (0..COLUMNS).for_each(|column| cells.insert(column, row)));
        cells
    }

    #[test]
    fn the_score_is_the_share_of_what_is_asked_for() {
        let (chest, trunk) = (rows(6..12), rows(6..18));
        assert_eq!(chest.overlap(&trunk), 1.0);
        assert_eq!(trunk.overlap(&chest), 0.5);
        assert_eq!(Cells::default().overlap(&chest), 0.0);
        assert!(chest.meets(&trunk) && !chest.meets(&rows(12..18)) && !chest.meets(&Cells::default()));
        assert_eq!(chest.count(), 96);
    }

    #[test]
    fn cells_beside_the_grid_are_in_no_set() {
        let mut cells = Cells::default();
        cells.insert(COLUMNS, 0);
        cells.insert(0, ROWS);
        cells.insert(15, 31);
        assert_eq!(cells.count(), 1);
        assert!(cells.contains(15, 31) && !cells.contains(COLUMNS, 0) && !cells.contains(0, ROWS));
    }

    #[test]
    fn sets_with_nothing_in_common_are_left_out_and_ties_come_by_their_keys() {
        let sets = [rows(0..3), rows(6..12), rows(5..7), rows(4..20), rows(11..12)];
        let found = |keys: [i64; 5], limit: usize| -> Vec<(u32, u32)> {
            let found = overlapping(&rows(6..12), &sets, &keys, limit);
            found.iter().map(|overlap| (overlap.index, overlap.common)).collect()
        };
        assert_eq!(found([1, 2, 3, 4, 5], 10), [(1, 96), (3, 96), (2, 16), (4, 16)]);
        assert_eq!(found([5, 4, 3, 2, 1], 10), [(3, 96), (1, 96), (4, 16), (2, 16)]);
        assert_eq!(found([5, 4, 3, 2, 1], 1), [(3, 96)]);
        assert!(overlapping(&Cells::default(), &sets, &[0; 5], 9).is_empty());
        assert!(overlapping(&rows(0..9), &sets, &[0; 5], 0).is_empty());
        assert_eq!(overlapping(&rows(6..12), &sets, &[1, 2], 10).len(), 1);
    }

    #[test]
    fn the_first_of_many_are_those_of_a_plain_comparison() {
        let sets: Vec<Cells> = (0..30_000).map(|k: usize| rows(k * 7 % 30..(k * 7 % 30 + k % 5).min(ROWS))).collect();
        let asked = rows(8..14);
        let mut plain: Vec<_> =
            (0..).zip(&sets).map(|(index, set)| Overlap { index, common: common(&asked, set) }).collect();
        plain.retain(|overlap| overlap.common > 0);
        // Neither in the order of the sets nor against it.
        let keys: Vec<i64> = (0..30_000).map(|k| k * 7919 % 30_011).collect();
        plain.sort_by_key(|overlap| (Reverse(overlap.common), keys[overlap.index as usize]));
        assert_eq!(overlapping(&asked, &sets, &keys, 100), plain[..100]);
    }
}
