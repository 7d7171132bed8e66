//! The nearest so far: the least distances, ties by index.

/// A picture that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its distance.
    pub distance: u64,
    /// Its place on the shelf.
    pub index: u32,
    /// Which view of the example it is nearest to; the first of several.
    pub view: u8,
}

/// The `limit` nearest pictures at most `within` away, nearest first; of those equally far, the first on the shelf.
#[derive(Debug, Clone)]
pub struct Nearest {
    found: Vec<Found>,
    limit: usize,
    within: u64,
}

impl Nearest {
    /// None yet.
    pub fn new(limit: usize, within: u64) -> Self {
        Self { found: Vec::new(), limit, within }
    }

    /// The distance beyond which a picture does not matter. At this distance it may, by its index.
    pub fn reach(&self) -> u64 {
        match self.found.last() {
            Some(last) if self.found.len() == self.limit => last.distance.min(self.within),
            _ => self.within,
        }
    }

    /// Takes a picture in, if it is near enough. A picture is offered once.
    pub fn offer(&mut self, found: Found) {
        if self.limit == 0 || found.distance > self.reach() {
            return;
        }
        let place = self.found.partition_point(|other| (other.distance, other.index) < (found.distance, found.index));
        if place < self.limit {
            self.found.truncate(self.limit - 1);
            self.found.insert(place, found);
        }
    }

    /// Takes in what another one found among other pictures.
    pub fn join(mut self, other: Self) -> Self {
        other.found.into_iter().for_each(|found| self.offer(found));
        self
    }

    /// Nearest first.
    pub fn into_found(self) -> Vec<Found> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(limit: usize, within: u64, pictures: &[(u64, u32)]) -> Vec<(u64, u32)> {
        let mut nearest = Nearest::new(limit, within);
        pictures.iter().for_each(|(distance, index)| {
            nearest.offer(Found { distance: *distance, index: *index, view: 0 });
        });
        nearest.into_found().iter().map(|found| (found.distance, found.index)).collect()
    }

    #[test]
    fn the_nearest_come_first_and_ties_by_index() {
        assert_eq!(offered(3, 100, &[(5, 9), (1, 8), (5, 2), (5, 1), (7, 0)]), [(1, 8), (5, 1), (5, 2)]);
    }

    #[test]
    fn what_is_too_far_is_left_out() {
        assert_eq!(offered(3, 4, &[(5, 0), (4, 1)]), [(4, 1)]);
        assert_eq!(offered(0, 4, &[(1, 0)]), []);
    }
}
