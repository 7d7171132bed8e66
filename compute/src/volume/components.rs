//! Connected parts of a class of samples.

use rayon::prelude::*;

use super::stop::go_on;
use super::{Error, Geometry, Labels, Stop};

/// Which samples touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connectivity {
    /// Those that share a face.
    Six,
    /// Those that share a face, an edge or a corner.
    TwentySix,
}

/// The connected parts of the samples with one label, the largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    size: [usize; 3],
    spans: Vec<Span>,
    samples: Vec<u64>,
}

/// Samples side by side in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    row: u32,
    from: u32,
    to: u32,
    component: u32,
}

/// The connected parts of the samples with a label.
///
/// Spans of rows are joined, not samples: memory is 16 bytes a span. Of parts of equal size the one met first comes first.
pub fn components(labels: &Labels, label: u8, connectivity: Connectivity, stop: Stop<'_>) -> Result<Components, Error> {
    labels.check()?;
    let [columns, rows, slices] = labels.size;
    let of_row = |(row, labels): (usize, &[u8])| spans(row, labels, label);
    let spans: Vec<Span> = labels.labels.par_chunks(columns).enumerate().flat_map_iter(of_row).collect();
    let mut starts = vec![0; rows * slices + 1];
    spans.iter().for_each(|span| starts[span.row as usize + 1] += 1);
    for row in 0..rows * slices {
        starts[row + 1] += starts[row];
    }
    let mut parents: Vec<u32> = (0..spans.len() as u32).collect();
    let all = Rows { spans: &spans, starts: &starts, rows, diagonal: connectivity == Connectivity::TwentySix };
    // Threads have slices of their own. What they made is joined where these meet.
    let band = slices.div_ceil(2 * rayon::current_num_threads()).max(1);
    let mut rest = parents.as_mut_slice();
    let mut bands = Vec::new();
    for first in (0..slices).step_by(band) {
        let slices = first..(first + band).min(slices);
        let start = starts[slices.start * rows];
        let (these, others) = rest.split_at_mut(starts[slices.end * rows] - start);
        bands.push((slices, Parents { first: start, of: these }));
        rest = others;
    }
    bands.into_par_iter().try_for_each(|(slices, mut parents)| {
        for slice in slices.clone() {
            go_on(stop)?;
            all.join_within(slice, &mut parents);
            if slice > slices.start {
                all.join_to_last(slice, &mut parents);
            }
        }
        Ok(())
    })?;
    for slice in (0..slices).step_by(band).skip(1) {
        go_on(stop)?;
        all.join_to_last(slice, &mut Parents { first: 0, of: &mut parents });
    }
    // What a span follows comes before it, and knows its first one already.
    for at in 0..parents.len() {
        parents[at] = parents[parents[at] as usize];
    }
    Ok(Components::joined(labels.size, spans, &parents))
}

/// What [`components()`] takes in memory for the samples with a label, in bytes.
pub fn components_room(labels: &Labels, label: u8) -> usize {
    let starts = |row: &[u8]| {
        let inner = row.windows(2).filter(|pair| pair[0] != label && pair[1] == label).count();
        inner + usize::from(row.first() == Some(&label))
    };
    let spans: usize = labels.labels.par_chunks(labels.size[0].max(1)).map(starts).sum();
    // Its number, and the one that it is joined to.
    spans * (size_of::<Span>() + size_of::<u32>()) + labels.size[1] * labels.size[2] * size_of::<usize>()
}

impl Span {
    #[cfg(feature = "opencl")]
    pub(crate) fn new(row: usize, from: u32, to: u32) -> Self {
        Self { row: row as u32, from, to, component: 0 }
    }
}

impl Components {
    /// Spans in reading order, and the number of the first span of the part that each belongs to.
    pub(crate) fn joined(size: [usize; 3], mut spans: Vec<Span>, roots: &[u32]) -> Self {
        let samples = number(&mut spans, roots);
        Self { size, spans, samples }
    }

    /// How many samples each part has, the largest first.
    pub fn samples(&self) -> &[u64] {
        &self.samples
    }

    /// The largest parts, at most 255, as labels from 1; all else is 0.
    pub fn largest(&self, count: usize) -> Labels {
        let mut labels = vec![0; self.size.iter().product()];
        for span in self.spans.iter().filter(|span| (span.component as usize) < count.min(255)) {
            let row = span.row as usize * self.size[0];
            labels[row + span.from as usize..row + span.to as usize].fill(span.component as u8 + 1);
        }
        Labels { size: self.size, labels }
    }

    /// How much of the patient each part takes, in ml, in the order of `samples`.
    pub fn millilitres(&self, geometry: &Geometry) -> Vec<f64> {
        let each = geometry.voxel_volumes();
        let mut volumes = vec![0.0; self.samples.len()];
        for span in &self.spans {
            let slice = span.row as usize / self.size[1];
            let each = each.get(slice).copied().unwrap_or_default();
            volumes[span.component as usize] += f64::from(span.to - span.from) * each / 1000.0;
        }
        volumes
    }
}

fn spans(row: usize, labels: &[u8], label: u8) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(skipped) = labels[at..].iter().position(|one| *one == label) {
        let from = at + skipped;
        at = labels[from..].iter().position(|one| *one != label).map_or(labels.len(), |length| from + length);
        found.push(Span { row: row as u32, from: from as u32, to: at as u32, component: 0 });
    }
    found
}

/// The spans of all rows, and where those of each begin.
struct Rows<'a> {
    spans: &'a [Span],
    starts: &'a [usize],
    /// Rows of a slice.
    rows: usize,
    diagonal: bool,
}

/// Which span each of some spans follows, from a first one on: itself, or one before it.
struct Parents<'a> {
    first: usize,
    of: &'a mut [u32],
}

impl Rows<'_> {
    /// Joins the rows of a slice.
    fn join_within(&self, slice: usize, parents: &mut Parents<'_>) {
        (1..self.rows).map(|row| slice * self.rows + row).for_each(|row| self.join(row, row - 1, parents));
    }

    /// Joins the rows of a slice to those of the one before it.
    fn join_to_last(&self, slice: usize, parents: &mut Parents<'_>) {
        for row in 0..self.rows {
            let at = slice * self.rows + row;
            self.join(at, at - self.rows, parents);
            if self.diagonal && row > 0 {
                self.join(at, at - self.rows - 1, parents);
            }
            if self.diagonal && row + 1 < self.rows {
                self.join(at, at - self.rows + 1, parents);
            }
        }
    }

    /// Joins the spans of two rows that touch; both are in order.
    fn join(&self, one: usize, other: usize, parents: &mut Parents<'_>) {
        let reach = u32::from(self.diagonal);
        let [mut one, mut other] = [one, other].map(|row| self.starts[row]..self.starts[row + 1]);
        while !one.is_empty() && !other.is_empty() {
            let (a, b) = (self.spans[one.start], self.spans[other.start]);
            if a.from < b.to + reach && b.from < a.to + reach {
                parents.join(one.start, other.start);
            }
            if a.to < b.to { one.start += 1 } else { other.start += 1 }
        }
    }
}

impl Parents<'_> {
    /// Makes the parts of two spans one, which is known by its first span.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.of[one.max(other) - self.first] = one.min(other) as u32;
    }

    fn root(&mut self, mut at: usize) -> usize {
        loop {
            let parent = self.of[at - self.first] as usize;
            if parent == at {
                return at;
            }
            let next = self.of[parent - self.first];
            self.of[at - self.first] = next;
            at = next as usize;
        }
    }
}

/// Numbers the parts by their size, and tells the sizes.
fn number(spans: &mut [Span], roots: &[u32]) -> Vec<u64> {
    let mut sizes = vec![0_u64; spans.len()];
    for (span, root) in spans.iter().zip(roots) {
        sizes[*root as usize] += u64::from(span.to - span.from);
    }
    let mut firsts: Vec<u32> = (0..spans.len() as u32).filter(|at| roots[*at as usize] == *at).collect();
    firsts.sort_by_key(|at| std::cmp::Reverse(sizes[*at as usize]));
    let mut numbers = vec![0; spans.len()];
    firsts.iter().enumerate().for_each(|(number, at)| numbers[*at as usize] = number as u32);
    for (span, root) in spans.iter_mut().zip(roots) {
        span.component = numbers[*root as usize];
    }
    firsts.iter().map(|at| sizes[*at as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::never;
    use crate::volume::samples_for_tests::{cubes, noise};

    fn of(size: [usize; 3], labels: &[u8], connectivity: Connectivity) -> Components {
        components(&Labels { size, labels: labels.to_vec() }, 1, connectivity, &never).expect("components")
    }

    #[test]
    fn samples_that_share_a_face_are_one_and_those_that_share_a_corner_are_for_twenty_six() {
        let labels = [1, 0, 0, 0, 1, 1, 0, 0, 1];
        assert_eq!(of([3, 3, 1], &labels, Connectivity::Six).samples(), [3, 1]);
        assert_eq!(of([3, 3, 1], &labels, Connectivity::TwentySix).samples(), [4]);
        assert_eq!(of([2, 2, 2], &[1, 0, 0, 0, 0, 0, 0, 1], Connectivity::TwentySix).samples(), [2]);
        assert_eq!(of([2, 2, 2], &[0, 0, 1, 0, 0, 1, 0, 0], Connectivity::TwentySix).samples(), [2]);
        assert_eq!(of([2, 2, 2], &[0; 8], Connectivity::Six).samples(), [0; 0]);
    }

    #[test]
    fn the_largest_come_first_and_can_be_kept() {
        let found = of([7, 1, 1], &[1, 0, 1, 1, 1, 0, 1], Connectivity::Six);
        assert_eq!(found.samples(), [3, 1, 1]);
        assert_eq!(found.largest(2).labels, [2, 0, 1, 1, 1, 0, 0]);
        let geometry = cubes([7, 1, 1], noise).geometry;
        assert_eq!(found.millilitres(&geometry), [0.003, 0.001, 0.001]);
    }

    #[test]
    fn parts_agree_with_a_flood_fill() {
        let size = [13, 11, 9];
        for (connectivity, share) in [(Connectivity::Six, 1000), (Connectivity::TwentySix, 1700)] {
            let places: Vec<[usize; 3]> = (0..1287).map(|at| [at % 13, at / 13 % 11, at / 143]).collect();
            let labels: Vec<u8> =
                places.iter().map(|place| u8::from(i32::from(noise(*place)) + 1000 > share)).collect();
            let mut left: std::collections::BTreeSet<usize> = (0..1287).filter(|at| labels[*at] == 1).collect();
            let mut sizes = Vec::new();
            while let Some(first) = left.pop_first() {
                let (mut queue, mut size) = (vec![first], 0);
                while let Some(at) = queue.pop() {
                    size += 1;
                    let near = |other: &usize| {
                        let away: [usize; 3] =
                            std::array::from_fn(|axis| places[at][axis].abs_diff(places[*other][axis]));
                        let touching = away.iter().all(|away| *away <= 1);
                        touching && (connectivity == Connectivity::TwentySix || away.iter().sum::<usize>() == 1)
                    };
                    let next: Vec<usize> = left.iter().copied().filter(near).collect();
                    left.retain(|at| !next.contains(at));
                    queue.extend(next);
                }
                sizes.push(size);
            }
            sizes.sort_by_key(|size| std::cmp::Reverse(*size));
            assert_eq!(of(size, &labels, connectivity).samples(), sizes, "{connectivity:?}");
        }
    }
}
