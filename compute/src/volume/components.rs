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
struct Span {
    row: u32,
    from: u32,
    to: u32,
    component: u32,
}

/// The connected parts of the samples with a label.
///
/// Spans of rows are joined, not samples: memory is 16 bytes a span. Of parts of equal size the one met first comes first.
pub fn components(labels: &Labels, label: u8, connectivity: Connectivity, stop: Stop<'_>) -> Result<Components, Error> {
    let [columns, rows, slices] = labels.size;
    let expected = columns * rows * slices;
    if labels.labels.len() != expected || expected == 0 {
        return Err(Error::Samples { size: labels.size, expected, found: labels.labels.len() });
    }
    let of_row = |(row, labels): (usize, &[u8])| spans(row, labels, label);
    let mut spans: Vec<Span> = labels.labels.par_chunks(columns).enumerate().flat_map_iter(of_row).collect();
    let mut starts = vec![0; rows * slices + 1];
    spans.iter().for_each(|span| starts[span.row as usize + 1] += 1);
    for row in 0..rows * slices {
        starts[row + 1] += starts[row];
    }
    let mut parents: Vec<u32> = (0..spans.len() as u32).collect();
    for slice in 0..slices {
        go_on(stop)?;
        for row in 0..rows {
            let at = slice * rows + row;
            let mut join = |other: usize, reach: u32| {
                join(&spans, starts[at]..starts[at + 1], starts[other]..starts[other + 1], reach, &mut parents);
            };
            let diagonal = connectivity == Connectivity::TwentySix;
            let reach = u32::from(diagonal);
            if row > 0 {
                join(at - 1, reach);
            }
            if slice > 0 {
                join(at - rows, reach);
                if diagonal && row > 0 {
                    join(at - rows - 1, reach);
                }
                if diagonal && row + 1 < rows {
                    join(at - rows + 1, reach);
                }
            }
        }
    }
    let samples = number(&mut spans, &mut parents);
    Ok(Components { size: labels.size, spans, samples })
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

impl Components {
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

/// Joins the spans of two rows that touch; both are in order.
fn join(
    spans: &[Span],
    mut one: std::ops::Range<usize>,
    mut other: std::ops::Range<usize>,
    reach: u32,
    parents: &mut [u32],
) {
    while !one.is_empty() && !other.is_empty() {
        let (a, b) = (spans[one.start], spans[other.start]);
        if a.from < b.to + reach && b.from < a.to + reach {
            let (a, b) = (root(parents, one.start as u32), root(parents, other.start as u32));
            parents[a.max(b) as usize] = a.min(b);
        }
        if a.to < b.to { one.start += 1 } else { other.start += 1 }
    }
}

fn root(parents: &mut [u32], mut at: u32) -> u32 {
    while parents[at as usize] != at {
        parents[at as usize] = parents[parents[at as usize] as usize];
        at = parents[at as usize];
    }
    at
}

/// Numbers the parts by their size, and tells the sizes.
fn number(spans: &mut [Span], parents: &mut [u32]) -> Vec<u64> {
    let mut sizes = vec![0_u64; spans.len()];
    for (at, span) in spans.iter().enumerate() {
        sizes[root(parents, at as u32) as usize] += u64::from(span.to - span.from);
    }
    let mut roots: Vec<u32> = (0..spans.len() as u32).filter(|at| parents[*at as usize] == *at).collect();
    roots.sort_by_key(|at| std::cmp::Reverse(sizes[*at as usize]));
    let mut numbers = vec![0; spans.len()];
    roots.iter().enumerate().for_each(|(number, at)| numbers[*at as usize] = number as u32);
    for (at, span) in spans.iter_mut().enumerate() {
        span.component = numbers[root(parents, at as u32) as usize];
    }
    roots.iter().map(|at| sizes[*at as usize]).collect()
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
