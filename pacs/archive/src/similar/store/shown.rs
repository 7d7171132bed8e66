//! Images by the part of the body that they show.
//!
//! Far more images than parts: of a million radiographs, all but those that a person corrected have one of some hundred
//! sets of cells. A search looks at each set once, and then takes as many images as it wants.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use compute::similar::regions::{Cells, overlapping};

/// An image by its key, or by a place that says nothing of its key, and its key.
pub(in crate::similar) trait Member: Copy + Ord {
    fn place(self) -> i64;
}

impl Member for i64 {
    fn place(self) -> i64 {
        self
    }
}

impl Member for (i64, i64) {
    fn place(self) -> i64 {
        self.0
    }
}

/// Images that have the same cells together, in order.
pub(in crate::similar) struct Shown<M> {
    sets: Vec<Cells>,
    members: Vec<BTreeSet<M>>,
    /// How many pictures there are of them.
    pictures: Vec<usize>,
    by_cells: HashMap<Cells, u32>,
}

impl<M> Default for Shown<M> {
    fn default() -> Self {
        Self { sets: Vec::new(), members: Vec::new(), pictures: Vec::new(), by_cells: HashMap::new() }
    }
}

impl<M: Member> Shown<M> {
    /// Adds an image of so many pictures. One that shows nothing is not added, as nobody can look for it.
    pub(super) fn insert(&mut self, cells: Cells, image: M, pictures: usize) {
        if cells == Cells::default() {
            return;
        }
        let set = *self.by_cells.entry(cells).or_insert_with(|| {
            self.sets.push(cells);
            self.members.push(BTreeSet::new());
            self.pictures.push(0);
            self.sets.len() as u32 - 1
        });
        self.members[set as usize].insert(image);
        self.pictures[set as usize] += pictures;
    }

    /// Takes an image of so many pictures off.
    pub(super) fn remove(&mut self, cells: &Cells, image: M, pictures: usize) {
        let Some(set) = self.by_cells.get(cells).map(|set| *set as usize) else { return };
        self.members[set].remove(&image);
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

    /// All these images, in no order.
    pub(in crate::similar) fn all(&self, asked: &Cells) -> impl Iterator<Item = M> {
        let alike = self.sets.iter().zip(&self.members).filter(|(set, _)| asked.meets(set));
        alike.flat_map(|(_, images)| images.iter().copied())
    }

    /// The images that have cells in common with `asked`, and how many: those with most first, ties in their order.
    /// `limit` of them after `offset`. No other images are looked at, but for one of each set of cells.
    pub(in crate::similar) fn in_order(&self, asked: &Cells, offset: usize, limit: usize) -> Vec<(M, u32)> {
        self.in_order_seen(asked, (offset, limit), &|_| ())
    }

    /// The same, telling each image that is looked at.
    fn in_order_seen(&self, asked: &Cells, (offset, limit): (usize, usize), seen: &dyn Fn(M)) -> Vec<(M, u32)> {
        let least = self.members.iter().map(|images| images.first().map_or(i64::MAX, |first| first.place()));
        // Each set has an image that is no later than its others, so that no more sets than images are wanted.
        let sets = overlapping(asked, &self.sets, &least.collect::<Vec<_>>(), offset.saturating_add(limit));
        let (mut skipped, mut found) = (0, Vec::new());
        for alike in sets.chunk_by(|one, other| one.common == other.common) {
            let count: usize = alike.iter().map(|set| self.members[set.index as usize].len()).sum();
            let wanted = limit - found.len();
            if skipped + count > offset && wanted > 0 {
                let members = alike.iter().map(|set| self.members[set.index as usize].iter().copied());
                let images = merged(members.map(|images| images.inspect(move |image| seen(*image))));
                let images = images.skip(offset.saturating_sub(skipped)).take(wanted);
                found.extend(images.map(|image| (image, alike[0].common)));
            }
            skipped += count;
        }
        found
    }
}

/// What is in several sequences in order, in order.
fn merged<M: Member>(sequences: impl Iterator<Item = impl Iterator<Item = M>>) -> impl Iterator<Item = M> {
    let mut sequences: Vec<_> = sequences.collect();
    let next = |(place, sequence): (usize, &mut _)| Iterator::next(sequence).map(|image| Reverse((image, place)));
    let mut heads: BinaryHeap<Reverse<(M, usize)>> = sequences.iter_mut().enumerate().filter_map(next).collect();
    std::iter::from_fn(move || {
        let Reverse((image, place)) = heads.pop()?;
        heads.extend(next((place, &mut sequences[place])));
        Some(image)
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
        let turned = |key: i64| key * 7919 % 307;
        let (mut shown, mut veiled, mut images) = (Shown::default(), Shown::default(), HashMap::new());
        for round in 0..2000 {
            let key = random.random_range(1..300);
            if let Some(old) = images.remove(&key) {
                shown.remove(&old, key, pictures(key));
                veiled.remove(&old, (turned(key), key), pictures(key));
            } else {
                let cells = cells(&mut random);
                shown.insert(cells, key, pictures(key));
                veiled.insert(cells, (turned(key), key), pictures(key));
                images.insert(key, cells);
            }
            if round % 40 == 0 {
                let (asked, offset) = (cells(&mut random), random.random_range(0..20));
                let mut alike: Vec<i64> = plain(&images, &asked, |key| key).into_iter().map(|(key, _)| key).collect();
                alike.sort_unstable();
                let mut keys: Vec<i64> = shown.all(&asked).collect();
                keys.sort_unstable();
                assert_eq!(keys, alike);
                assert_eq!(shown.pictures(&asked), alike.iter().map(|key| pictures(*key)).sum::<usize>());
                for limit in [0, 1, 10, 1000] {
                    let expected = |all: Vec<(i64, u32)>| all.into_iter().skip(offset).take(limit).collect::<Vec<_>>();
                    assert_eq!(shown.in_order(&asked, offset, limit), expected(plain(&images, &asked, |key| key)));
                    let found = veiled.in_order(&asked, offset, limit).into_iter();
                    let found: Vec<(i64, u32)> = found.map(|((_, key), common)| (key, common)).collect();
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
