//! One look at the shelf: the nearest pictures on it, and which copies are lost.

use std::collections::BTreeSet;
use std::io;

use compute::similar::regions::Cells;
use compute::similar::shelf::Copied;
use compute::similar::{Found, Source, gradient, search, search_where};
use parking_lot::Mutex;

use super::super::SeenAs;
use super::super::copies::{self, Unread};
use super::super::example::{By, Wanted};
use super::super::store::{Origin, Store};
use crate::node::LocalNode;
use crate::{Archive, Error, node};

/// One picture that was found.
pub(super) struct Hit {
    pub(super) origin: Origin,
    pub(super) distance: u64,
    pub(super) score: f64,
    pub(super) mirrored: bool,
    /// The same picture.
    pub(super) duplicate: bool,
    pub(super) cells: Cells,
}

/// What a look gave.
pub(super) struct Looked {
    /// Nearest first, those as far in the order of the shelf.
    pub(super) hits: Vec<Hit>,
    /// How many pictures were compared at each level.
    pub(super) looks: Vec<usize>,
    /// Images whose copies are lost.
    pub(super) lost: Vec<i64>,
}

/// Which pictures keys and parts of the body leave.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// Those that show something of this part of the body; of none, all. Only those that may be near are asked.
    Of(Option<&'a Cells>),
    /// Those at these places.
    Places(&'a [u32]),
}

/// Looks for the `most` nearest pictures of those that are left.
pub(super) fn look(
    archive: &Archive,
    store: &Store,
    wanted: &Wanted,
    most: usize,
    left: Left<'_>,
) -> Result<Looked, Error> {
    let beside = Beside { store, node: &archive.0.node, lost: Mutex::default() };
    let (found, looks) = found(archive, &beside, wanted, most, left)?;
    let hits = found.iter().map(|found| hit(store, wanted, found)).collect();
    Ok(Looked { hits, looks, lost: beside.lost.into_inner().into_iter().collect() })
}

fn hit(store: &Store, wanted: &Wanted, found: &Found) -> Hit {
    let place = found.index as usize;
    let (score, is_compared_whole) = match &wanted.by {
        By::Pixels(query) => (query.score(found), query.is_whole()),
        By::Gradients(_) => (gradient::score(found.distance), false),
    };
    let (origin, cells, mirrored) = (store.origin(place), store.cells()[place], found.view == 1);
    // Equal in part, mirrored or in their gradients, pictures may be different ones; and a projection is no image.
    let is_image = !matches!(origin.seen_as, SeenAs::Projection(_));
    let duplicate = found.distance == 0 && is_compared_whole && is_image && !mirrored;
    Hit { origin, distance: found.distance, score, mirrored, duplicate, cells }
}

/// The nearest pictures, and how many were compared at each level.
fn found(
    archive: &Archive,
    beside: &Beside<'_>,
    wanted: &Wanted,
    most: usize,
    left: Left<'_>,
) -> Result<(Vec<Found>, Vec<usize>), Error> {
    let (on_device, accelerator) = (&archive.0.descriptors.on_device, archive.0.volumes.accelerator());
    let store = beside.store;
    match &wanted.by {
        By::Pixels(query) => {
            let Some(shelf) = store.shelf() else {
                return Err(Error::Internal("the store of descriptors has columns of several lengths".into(), None));
            };
            let mut query = (**query).clone();
            query.limit = most;
            let answer = match left {
                Left::Places(places) => search(&shelf, beside, &query, Some(places))?,
                Left::Of(region) => {
                    let keeps = |place: u32| store.shows(place, region);
                    match on_device.scan(accelerator, store, &shelf, &query) {
                        Some(scanned) => scanned.search_where(&shelf, beside, &query, &keeps)?,
                        None => search_where(&shelf, beside, &query, &keeps)?,
                    }
                }
            };
            Ok((answer.found, answer.looks.to_vec()))
        }
        By::Gradients(own) => {
            let gradients = store.gradients();
            Ok(match left {
                Left::Places(places) => (gradient::nearest(own, gradients, most, Some(places)), vec![places.len()]),
                Left::Of(region) => {
                    let keeps = |place: u32| store.shows(place, region);
                    let both = (store.summaries(), gradients);
                    let found = on_device.nearest_where(accelerator, store, own, most, &keeps);
                    let found = found.unwrap_or_else(|| gradient::nearest_where(own, both, most, &keeps));
                    (found.0, vec![store.len(), found.1])
                }
            })
        }
    }
}

/// The larger copies, beside their images on the node.
struct Beside<'a> {
    store: &'a Store,
    node: &'a LocalNode,
    lost: Mutex<BTreeSet<i64>>,
}

impl Source for Beside<'_> {
    type Error = Error;

    fn copy(&self, index: usize, level: usize) -> Result<Option<Copied<'_>>, Error> {
        let origin = self.store.origin(index);
        let picture = self.store.largest(index);
        match copies::read(self.node, (&origin.path, origin.seen_as), &picture, level) {
            Ok(copy) => Ok(Some(copy.into())),
            // An empty folder where a disk should be says nothing about copies.
            Err(_) if !self.node.is_there() => Err(Error::Unavailable("the storage node", None)),
            Err(Unread::Failed(error)) if !is_broken(&error) => Err(node::read_failure(error)),
            Err(Unread::Lost | Unread::Failed(_)) => {
                self.lost.lock().insert(origin.instance_key);
                Ok(None)
            }
        }
    }
}

/// Whether the disk or its file system does not give what was written, and will not.
fn is_broken(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EIO | libc::EBADMSG | libc::EUCLEAN))
}
