//! Images by the part of the body that they show.
//!
//! Far more images than parts: of a million radiographs, all but those that a person corrected have one of some hundred sets of
//! cells. A search looks at each set once, and then takes as many images as it wants.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use compute::similar::regions::{Cells, overlapping};
use rayon::prelude::*;

/// Images that have the same cells together, by their keys.
#[derive(Default)]
pub(in crate::similar) struct Shown {
    sets: Vec<Cells>,
    members: Vec<BTreeSet<i64>>,
    /// How many pictures there are of them.
    pictures: Vec<usize>,
    by_cells: HashMap<Cells, u32>,
}

impl Shown {
    /// Adds an image of so many pictures. One that shows nothing is not added, as nobody can look for it.
    pub(super) fn insert(&mut self, cells: Cells, key: i64, pictures: usize) {
        if cells == Cells::default() {
            return;
        }
        let set = *self.by_cells.entry(cells).or_insert_with(|| {
            self.sets.push(cells);
            self.members.push(BTreeSet::new());
            self.pictures.push(0);
            self.sets.len() as u32 - 1
        });
        self.members[set as usize].insert(key);
        self.pictures[set as usize] += pictures;
    }

    /// Takes an image of so many pictures off.
    pub(super) fn remove(&mut self, cells: &Cells, key: i64, pictures: usize) {
        let Some(set) = self.by_cells.get(cells).map(|set| *set as usize) else { return };
        self.members[set].remove(&key);
        self.pictures[set] -= pictures;
        if self.members[set].is_empty() {
            self.by_cells.remove(cells);
            self.sets.swap_remove(set);
            self.members.swap_remove(set);
            self.pictures.swap_remove(set);
            if let Some(moved) = self.sets.get(set) {
                self.by_cells.insert(*moved, set as u32);
            }
        }
    }

    /// How many pictures there are of images that have cells in common with `asked`.
    pub(in crate::similar) fn pictures(&self, asked: &Cells) -> usize {
        let alike = self.sets.iter().zip(&self.pictures).filter(|(set, _)| asked.meets(set));
        alike.map(|(_, pictures)| pictures).sum()
    }

    /// The keys of all these images, in no order.
    pub(in crate::similar) fn keys(&self, asked: &Cells) -> impl Iterator<Item = i64> {
        let alike = self.sets.iter().zip(&self.members).filter(|(set, _)| asked.meets(set));
        alike.flat_map(|(_, keys)| keys.iter().copied())
    }

    /// Keys of the images that have cells in common with `asked`, and how many: those with most first, ties by their keys. `limit`
    /// of them after `offset`. No other images are looked at, but for one of each set of cells.
    pub(in crate::similar) fn in_order(&self, asked: &Cells, offset: usize, limit: usize) -> Vec<(i64, u32)> {
        self.in_order_seen(asked, (offset, limit), &|_| ())
    }

    /// The same, telling each image that is looked at.
    fn in_order_seen(&self, asked: &Cells, (offset, limit): (usize, usize), seen: &dyn Fn(i64)) -> Vec<(i64, u32)> {
        let least: Vec<i64> = self.members.iter().map(|keys| keys.first().copied().unwrap_or(i64::MAX)).collect();
        // Each set has an image that is no later than its others, so that no more sets than images are wanted.
        let sets = overlapping(asked, &self.sets, &least, offset.saturating_add(limit));
        let (mut skipped, mut found) = (0, Vec::new());
        for alike in sets.chunk_by(|one, other| one.common == other.common) {
            let count: usize = alike.iter().map(|set| self.members[set.index as usize].len()).sum();
            let wanted = limit - found.len();
            if skipped + count > offset && wanted > 0 {
                let members = alike.iter().map(|set| self.members[set.index as usize].iter().copied());
                let keys = merged(members.map(|keys| keys.inspect(move |key| seen(*key))));
                let keys = keys.skip(offset.saturating_sub(skipped)).take(wanted);
                found.extend(keys.map(|key| (key, alike[0].common)));
            }
            skipped += count;
        }
        found
    }

    /// The same with ties by `place`, which says nothing of the keys.
    pub(in crate::similar) fn shuffled(
        &self,
        asked: &Cells,
        (offset, limit): (usize, usize),
        place: impl Fn(i64) -> i64 + Sync,
    ) -> Vec<(i64, u32)> {
        let sets = overlapping(asked, &self.sets, &vec![0; self.sets.len()], usize::MAX);
        let (mut skipped, mut found) = (0, Vec::new());
        for alike in sets.chunk_by(|one, other| one.common == other.common) {
            let count: usize = alike.iter().map(|set| self.members[set.index as usize].len()).sum();
            let wanted = limit - found.len();
            if wanted == 0 {
                break;
            }
            if skipped + count > offset {
                let keys = alike.iter().flat_map(|set| self.members[set.index as usize].iter().copied());
                let keys: Vec<i64> = keys.collect();
                let mut placed: Vec<(i64, i64)> = keys.into_par_iter().map(|key| (place(key), key)).collect();
                placed.par_sort_unstable();
                let page = placed.into_iter().skip(offset.saturating_sub(skipped)).take(wanted);
                found.extend(page.map(|(_, key)| (key, alike[0].common)));
            }
            skipped += count;
        }
        found
    }
}

/// What is in several sequences in order, in order.
fn merged(sequences: impl Iterator<Item = impl Iterator<Item = i64>>) -> impl Iterator<Item = i64> {
    let mut sequences: Vec<_> = sequences.collect();
    let next = |(place, sequence): (usize, &mut _)| Iterator::next(sequence).map(|key| Reverse((key, place)));
    let mut heads: BinaryHeap<Reverse<(i64, usize)>> = sequences.iter_mut().enumerate().filter_map(next).collect();
    std::iter::from_fn(move || {
        let Reverse((key, place)) = heads.pop()?;
        heads.extend(next((place, &mut sequences[place])));
        Some(key)
    })
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    /// What looks at all images.
    fn plain(images: &HashMap<i64, Cells>, asked: &Cells, place: impl Fn(i64) -> i64) -> Vec<(i64, u32)> {
        let common = |cells: &Cells| asked.0.iter().zip(cells.0).map(|(a, b)| (a & b).count_ones()).sum();
        let mut all: Vec<(i64, u32)> = images.iter().map(|(key, cells)| (*key, common(cells))).collect();
        all.retain(|(_, common)| *common > 0);
        all.sort_by_key(|(key, common)| (Reverse(*common), place(*key)));
        all
    }

    #[test]
    fn pages_are_those_of_a_look_at_all_while_images_come_and_go() {
        let mut random = StdRng::seed_from_u64(16);
        let cells =
            |random: &mut StdRng| Cells([random.random_range(0..7), 0, random.random_range(0..5), 0, 0, 0, 0, 0]);
        let pictures = |key: i64| key as usize % 3;
        let (mut shown, mut images) = (Shown::default(), HashMap::new());
        for round in 0..2000 {
            let key = random.random_range(1..300);
            if let Some(old) = images.remove(&key) {
                shown.remove(&old, key, pictures(key));
            } else {
                let cells = cells(&mut random);
                shown.insert(cells, key, pictures(key));
                images.insert(key, cells);
            }
            if round % 40 == 0 {
                let (asked, offset) = (cells(&mut random), random.random_range(0..20));
                let turned = |key: i64| key * 7919 % 307;
                let mut alike: Vec<i64> = plain(&images, &asked, |key| key).into_iter().map(|(key, _)| key).collect();
                alike.sort_unstable();
                let mut keys: Vec<i64> = shown.keys(&asked).collect();
                keys.sort_unstable();
                assert_eq!(keys, alike);
                assert_eq!(shown.pictures(&asked), alike.iter().map(|key| pictures(*key)).sum::<usize>());
                for limit in [0, 1, 10, 1000] {
                    let expected = |all: Vec<(i64, u32)>| all.into_iter().skip(offset).take(limit).collect::<Vec<_>>();
                    assert_eq!(shown.in_order(&asked, offset, limit), expected(plain(&images, &asked, |key| key)));
                    let found = shown.shuffled(&asked, (offset, limit), turned);
                    assert_eq!(found, expected(plain(&images, &asked, turned)));
                }
            }
        }
        images.into_iter().for_each(|(key, cells)| shown.remove(&cells, key, pictures(key)));
        assert!(shown.sets.is_empty() && shown.members.is_empty() && shown.by_cells.is_empty());
        assert!(shown.pictures.is_empty());
    }

    #[test]
    fn a_page_looks_at_its_images_and_at_one_of_each_set() {
        let (sets, each) = (50, 2000);
        let mut shown = Shown::default();
        (0..sets * each).for_each(|key| shown.insert(Cells([(1 << (key % sets)) | 1, 0, 0, 0, 0, 0, 0, 0]), key, 1));
        let asked = Cells([1, 0, 0, 0, 0, 0, 0, 0]);
        for (offset, limit) in [(0, 10), (0, 100), (400, 100)] {
            let looked = std::cell::Cell::new(0);
            let found = shown.in_order_seen(&asked, (offset, limit), &|_| looked.set(looked.get() + 1));
            let keys: Vec<i64> = found.into_iter().map(|(key, _)| key).collect();
            assert_eq!(keys, (offset as i64..(offset + limit) as i64).collect::<Vec<_>>());
            assert!(looked.get() <= offset + limit + sets as usize, "{} of {}", looked.get(), sets * each);
        }
    }
}
