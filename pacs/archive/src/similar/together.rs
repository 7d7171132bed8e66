//! Images of a series that are described one after the other and written down together: one transaction for several.

use std::time::{Duration, Instant};

use schema::descriptors::{self, Described, NewDescriptor};

use super::copies;
use crate::{Archive, Error, archive, node};

/// Images that are written down together at most, and how long the first of them waits for others.
const MOST: usize = 32;
const LONGEST: Duration = Duration::from_secs(1);

/// Images that are described and not written down yet. A process that ends before loses their descriptions, and nothing
/// else: they count as not described.
pub(super) struct Together {
    most: usize,
    since: Instant,
    described: Vec<Described>,
    pictures: Vec<NewDescriptor>,
    /// Their files.
    paths: Vec<(i64, String)>,
}

impl Together {
    /// None yet. Of a series at which a process ended or failed before, each image is written down by itself: then the
    /// first one that is left is what the next one ends at, and what cannot be written takes no others along.
    pub(super) fn new(failed_before: bool) -> Self {
        Self::of(if failed_before { 1 } else { MOST })
    }

    fn of(most: usize) -> Self {
        Self { most, since: Instant::now(), described: Vec::new(), pictures: Vec::new(), paths: Vec::new() }
    }

    /// Adds an image, which was described just now.
    pub(super) fn add(&mut self, described: Described, picture: Option<NewDescriptor>, path: String) {
        if self.described.is_empty() {
            self.since = Instant::now();
        }
        self.paths.push((described.instance_key, path));
        self.described.push(described);
        self.pictures.extend(picture);
    }

    /// Whether there are enough of them, or the first one has waited long enough.
    pub(super) fn is_due(&self) -> bool {
        self.described.len() >= self.most || (!self.described.is_empty() && self.since.elapsed() >= LONGEST)
    }

    /// Writes them down. The copies of those that are gone meanwhile go too.
    pub(super) async fn write(&mut self, archive: &Archive) -> Result<(), Error> {
        let Self { described, pictures, mut paths, .. } = std::mem::replace(self, Self::of(self.most));
        if described.is_empty() {
            return Ok(());
        }
        let gone = archive.with_index(move |connection| descriptors::write(connection, &described, &pictures)).await?;
        paths.retain(|(key, _)| gone.contains(key));
        if paths.is_empty() {
            return Ok(());
        }
        let node = archive.0.node.clone();
        let removed = move || paths.iter().try_for_each(|(_, path)| copies::remove(&node, path));
        archive::blocking(move || removed().map_err(node::write_failure)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(together: &mut Together, count: usize) -> bool {
        for key in 0..count as i64 {
            let cells = vec![0; descriptors::CELLS];
            together.add(Described { instance_key: key, version: 1, failure: None, cells }, None, String::new());
        }
        together.is_due()
    }

    #[test]
    fn images_wait_for_others_but_not_for_long() {
        let mut together = Together::new(false);
        assert!(!together.is_due());
        // Unless this takes a second.
        assert!(!added(&mut together, 1) || together.since.elapsed() >= LONGEST);
        assert!(added(&mut together, MOST));
        let mut together = Together::new(false);
        added(&mut together, 1);
        together.since = Instant::now().checked_sub(LONGEST).expect("a machine that runs for a second");
        assert!(together.is_due());
    }

    #[test]
    fn after_an_end_each_image_is_written_by_itself() {
        assert!(added(&mut Together::new(true), 1));
    }
}
