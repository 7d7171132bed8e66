//! The distance of two copies: the sum of squared differences of their cells.

use std::ops::Range;

use multiversion::multiversion;

/// How many differences are summed before the sum is looked at. Their squares fit 32 bits.
const STRETCH: usize = 4096;

/// A rectangle of cells of a square copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rectangle {
    /// Columns, the end not included.
    pub columns: Range<usize>,
    /// Rows, the end not included.
    pub rows: Range<usize>,
}

impl Rectangle {
    /// The cells of a copy `factor` times smaller that lie within the rectangle with all that they cover. `None` when there is none.
    pub fn pooled(&self, factor: usize) -> Option<Self> {
        let inner = |range: &Range<usize>| range.start.div_ceil(factor)..range.end / factor;
        let (columns, rows) = (inner(&self.columns), inner(&self.rows));
        (!columns.is_empty() && !rows.is_empty()).then_some(Self { columns, rows })
    }

    /// How many cells it has.
    pub fn area(&self) -> usize {
        self.columns.len() * self.rows.len()
    }

    /// The rectangle seen in a mirror beside a copy of `side` cells.
    pub fn mirrored(&self, side: usize) -> Self {
        Self { columns: side - self.columns.end..side - self.columns.start, rows: self.rows.clone() }
    }
}

/// The distance of two copies, which have as many cells.
pub fn squared(a: &[u8], b: &[u8]) -> u64 {
    squared_within(a, b, u64::MAX).unwrap_or(u64::MAX)
}

/// The distance of two copies. `None` as soon as it is found to be more than `most`.
pub fn squared_within(a: &[u8], b: &[u8], most: u64) -> Option<u64> {
    let mut sum = 0;
    for (a, b) in a.chunks(STRETCH).zip(b.chunks(STRETCH)) {
        sum += u64::from(stretch(a, b));
        if sum > most {
            return None;
        }
    }
    Some(sum)
}

/// The distance of two square copies of `side` within a rectangle. `None` as soon as it is found to be more than `most`.
pub fn squared_in(a: &[u8], b: &[u8], side: usize, rectangle: &Rectangle, most: u64) -> Option<u64> {
    let mut sum = 0;
    for row in rectangle.rows.clone() {
        let place = row * side + rectangle.columns.start..row * side + rectangle.columns.end;
        sum += u64::from(stretch(&a[place.clone()], &b[place]));
        if sum > most {
            return None;
        }
    }
    Some(sum)
}

/// The distance from `query` to each of `copies`, which follow one another. Copies have no more than `STRETCH` cells.
#[multiversion(targets("x86_64+avx2+bmi2+popcnt", "x86_64+sse4.1"))]
pub fn squared_each(query: &[u8], copies: &[u8], distances: &mut [u32]) {
    // Lengths known beforehand spare the loop around each copy.
    if let Ok(query) = <&[u8; 64]>::try_from(query) {
        for (distance, copy) in distances.iter_mut().zip(copies.as_chunks::<64>().0) {
            *distance = differences(query, copy);
        }
        return;
    }
    if let Ok(query) = <&[u8; 256]>::try_from(query) {
        for (distance, copy) in distances.iter_mut().zip(copies.as_chunks::<256>().0) {
            *distance = differences(query, copy);
        }
        return;
    }
    for (distance, copy) in distances.iter_mut().zip(copies.chunks_exact(query.len().max(1))) {
        *distance = differences(query, copy);
    }
}

#[multiversion(targets("x86_64+avx2+bmi2+popcnt", "x86_64+sse4.1"))]
fn stretch(a: &[u8], b: &[u8]) -> u32 {
    differences(a, b)
}

#[inline(always)]
fn differences(a: &[u8], b: &[u8]) -> u32 {
    let squared = |(a, b): (&u8, &u8)| {
        let difference = i16::from(*a) - i16::from(*b);
        i32::from(difference) * i32::from(difference)
    };
    // Never negative: at most 4096 squares below 2¹⁶.
    a.iter().zip(b).map(squared).sum::<i32>() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(count: usize, factor: usize) -> Vec<u8> {
        (0..count).map(|place| (place * factor % 251) as u8).collect()
    }

    fn plain(a: &[u8], b: &[u8]) -> u64 {
        a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum()
    }

    #[test]
    fn distances_are_sums_of_squares_at_any_length() {
        for count in [1, 15, 64, 100, 1024, 4096, 5000, 65536] {
            let (a, b) = (cells(count, 7), cells(count, 31));
            assert_eq!(squared(&a, &b), plain(&a, &b), "{count}");
        }
        assert_eq!(squared(&[0; 65536], &[255; 65536]), 65536 * 255 * 255);
    }

    #[test]
    fn a_distance_that_is_too_large_is_given_up() {
        assert_eq!(squared_within(&[0; 8192], &[1; 8192], 8192), Some(8192));
        assert_eq!(squared_within(&[0; 8192], &[1; 8192], 8191), None);
    }

    #[test]
    fn within_a_rectangle_only_its_cells_count() {
        let rectangle = Rectangle { columns: 1..3, rows: 2..4 };
        let mut other = cells(16, 3);
        other[9] += 5;
        other[0] += 9;
        assert_eq!(squared_in(&cells(16, 3), &other, 4, &rectangle, 99), Some(25));
        assert_eq!(squared_in(&cells(16, 3), &other, 4, &rectangle, 24), None);
    }

    #[test]
    fn only_cells_with_all_they_cover_lie_within_a_rectangle() {
        let rectangle = Rectangle { columns: 3..17, rows: 8..16 };
        assert_eq!(rectangle.pooled(4), Some(Rectangle { columns: 1..4, rows: 2..4 }));
        assert_eq!(rectangle.pooled(16), None);
    }

    #[test]
    fn many_copies_are_as_far_as_each() {
        let (query, copies) = (cells(64, 5), cells(640, 11));
        let mut distances = [0; 10];
        squared_each(&query, &copies, &mut distances);
        for (distance, copy) in distances.iter().zip(copies.chunks(64)) {
            assert_eq!(u64::from(*distance), plain(&query, copy));
        }
    }
}
