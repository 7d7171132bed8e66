//! The search itself: among which pictures, which of them are nearest, and whose matches they are.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::time::{Duration, Instant};

use compute::similar::regions::Cells;
use compute::similar::shelf::Copied;
use compute::similar::{Found, Source, gradient, search};
use parking_lot::Mutex;
use rayon::prelude::*;
use schema::descriptors;
use schema::search::{Match, Query as Keys};

use super::copies::{self, Unread};
use super::example::{By, Wanted};
use super::store::{Origin, Store};
use super::{SeenAs, SimilarMatch, SimilarRequest, describe};
use crate::deidentify::Secret;
use crate::node::LocalNode;
use crate::{Archive, Error, node};

/// How often a search is done again because something was removed, or copies were lost, while it ran.
const TRIES: usize = 64;

/// Images whose lost copies a search makes anew, and for how long. What is more is left to the thread that describes.
const REMADE: usize = 8;
const PATIENCE: Duration = Duration::from_secs(30);

/// Images that are left to it by one search, and in one transaction.
const LEFT: usize = 10_000;
const BATCH: usize = 500;

/// Pictures that tie with the last one, and are put in order.
const TIES: usize = 10_000;

/// What was found, and what it took.
pub(super) struct Nearest {
    pub(super) matches: Vec<SimilarMatch>,
    pub(super) looks: Vec<usize>,
    pub(super) among: usize,
}

/// One picture that was found.
struct Hit {
    origin: Origin,
    distance: u64,
    score: f64,
    mirrored: bool,
    /// The same picture.
    duplicate: bool,
    cells: Cells,
}

/// What one pass over the shelf gave.
struct Pass {
    hits: Vec<Hit>,
    looks: Vec<usize>,
    among: usize,
    /// Images whose copies are lost.
    lost: Vec<i64>,
}

/// Finds the nearest pictures of images that the keys match; ties in the order in which images were stored, or in one that
/// says nothing of it. Blocks.
pub(super) fn nearest(
    archive: &Archive,
    request: &SimilarRequest,
    wanted: &Wanted,
    keys: &Keys,
    shuffled: Option<&Secret>,
) -> Result<Nearest, Error> {
    let mut remaking = Remaking { left: REMADE, until: Instant::now() + PATIENCE };
    for _ in 0..TRIES {
        let named = named(archive, keys)?;
        archive.0.descriptors.catch_up(archive)?;
        let pass = match archive.0.descriptors.read().as_ref() {
            Some(store) => pass(archive, store, request, wanted, (named.as_deref(), shuffled))?,
            None => return Err(Error::Unavailable("the store of descriptors", None)),
        };
        if !pass.lost.is_empty() {
            remaking.remake(archive, &pass.lost)?;
            continue;
        }
        let mut matches = matches(archive, keys, pass.hits.iter().map(|hit| hit.origin.instance_key))?;
        let wanted = pass.hits.len();
        let found: Vec<SimilarMatch> =
            pass.hits.into_iter().filter_map(|hit| represented(hit, &mut matches, request.region.as_ref())).collect();
        // What was removed since the pass makes room for others.
        if found.len() == wanted {
            return Ok(Nearest { matches: found, looks: pass.looks, among: pass.among });
        }
    }
    Err(Error::Unavailable(
        "the search for similar images, because images are removed faster than they are found,",
        None,
    ))
}

/// What a search still makes anew.
struct Remaking {
    left: usize,
    until: Instant,
}

impl Remaking {
    /// Makes pictures anew whose copies are lost; an error when that takes too long for a search.
    fn remake(&mut self, archive: &Archive, mut lost: &[i64]) -> Result<(), Error> {
        while let Some((instance_key, others)) = lost.split_first() {
            if lost.len() > self.left || Instant::now() > self.until {
                for keys in lost[..lost.len().min(LEFT)].chunks(BATCH) {
                    archive.0.index.run(|connection| descriptors::forget_all(connection, keys))?;
                }
                return Err(Error::Unavailable(
                    "the search for similar images, because many copies were lost and are being made anew,",
                    None,
                ));
            }
            describe::again(archive, *instance_key, self.until)?;
            (self.left, lost) = (self.left - 1, others);
        }
        Ok(())
    }
}

/// The keys of the instances that match; `None`: all.
pub(super) fn named(archive: &Archive, keys: &Keys) -> Result<Option<Vec<i64>>, Error> {
    let mut index = archive.0.index.connection()?;
    let mut identity = archive.0.identity.connection()?;
    schema::search::keys(&mut index, &mut identity, keys).map_err(crate::search::failed)
}

/// What a search gives of these instances, by key; those that are gone are left out.
pub(super) fn matches(
    archive: &Archive,
    query: &Keys,
    instance_keys: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, Match>, Error> {
    let mut wanted: Vec<i64> = instance_keys.collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut index = archive.0.index.connection()?;
    let mut identity = archive.0.identity.connection()?;
    let failure = |error| crate::database::failure("the index database", error);
    let rows = schema::lookup::by_keys(&mut index, &wanted).map_err(failure)?;
    let key_of: HashMap<String, i64> = rows.into_iter().map(|row| (row.sop_instance_uid, row.instance_key)).collect();
    let found = schema::search::by_keys(&mut index, &mut identity, query, wanted).map_err(crate::search::failed)?;
    let keyed = found.into_iter().filter_map(|found| Some((*key_of.get(found.instance.as_deref()?)?, found)));
    Ok(keyed.collect())
}

fn represented(hit: Hit, matches: &mut HashMap<i64, Match>, region: Option<&Cells>) -> Option<SimilarMatch> {
    Some(SimilarMatch {
        // One image may be found by several of its pictures.
        matched: matches.get(&hit.origin.instance_key)?.clone(),
        score: hit.score,
        duplicate: hit.duplicate,
        mirrored: hit.mirrored,
        frame: hit.origin.frame,
        seen_as: hit.origin.seen_as,
        region_score: region.map(|asked| asked.overlap(&hit.cells)),
    })
}

/// Looks at what is on the shelf now.
fn pass(
    archive: &Archive,
    store: &Store,
    request: &SimilarRequest,
    wanted: &Wanted,
    (named, shuffled): (Option<&[i64]>, Option<&Secret>),
) -> Result<Pass, Error> {
    let among = among(store, request.region.as_ref(), named);
    let beside = Beside { store, node: &archive.0.node, lost: Mutex::default() };
    let limit = request.limit;
    // One more for the example itself, and one to see whether the last one ties with others.
    let mut most = limit.saturating_add(2);
    loop {
        let (found, looks) = look(archive, &beside, wanted, most, among.as_deref())?;
        let lost: Vec<i64> = std::mem::take(&mut *beside.lost.lock()).into_iter().collect();
        // The last one that is given comes after the example itself.
        let ties = limit > 0 && found.len() == most && found[most - 1].distance == found[limit].distance;
        if lost.is_empty() && ties && most < limit + TIES {
            most = (most * 4).min(limit + TIES);
            continue;
        }
        let mut hits: Vec<Hit> = found.iter().map(|found| hit(store, wanted, found)).collect();
        hits.retain(|hit| !wanted.is_own(hit.origin.instance_key, hit.origin.frame, hit.origin.seen_as));
        hits.retain(|hit| request.least_score.is_none_or(|least| hit.score >= least));
        // Ties do not come in the order of the shelf.
        let place = |key: i64| shuffled.map_or(key, |secret| secret.place(key));
        hits.sort_by_cached_key(|hit| (hit.distance, place(hit.origin.instance_key), hit.origin.seen_as));
        hits.truncate(limit);
        let among = among.map_or(store.len(), |among| among.len());
        return Ok(Pass { hits, looks, among, lost });
    }
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

/// The places of the pictures that the others are left out for; `None`: all.
fn among(store: &Store, region: Option<&Cells>, named: Option<&[i64]>) -> Option<Vec<u32>> {
    let shows = |place: u32| region.is_none_or(|asked| asked.overlap(&store.cells()[place as usize]) > 0.0);
    match (named, region) {
        (None, None) => None,
        (None, Some(_)) => Some((0..store.len() as u32).into_par_iter().filter(|place| shows(*place)).collect()),
        (Some(named), _) => {
            let mut places: Vec<u32> =
                named.iter().flat_map(|key| store.places(*key)).filter(|place| shows(*place)).collect();
            places.sort_unstable();
            places.dedup();
            Some(places)
        }
    }
}

/// The nearest pictures, and how many were compared at each level.
fn look(
    archive: &Archive,
    beside: &Beside<'_>,
    wanted: &Wanted,
    most: usize,
    among: Option<&[u32]>,
) -> Result<(Vec<Found>, Vec<usize>), Error> {
    let (on_device, accelerator) = (&archive.0.descriptors.on_device, archive.0.volumes.accelerator());
    match &wanted.by {
        By::Pixels(query) => {
            let Some(shelf) = beside.store.shelf() else {
                return Err(Error::Internal("the store of descriptors has columns of several lengths".into(), None));
            };
            let mut query = (**query).clone();
            query.limit = most;
            let scanned = match among {
                None => on_device.scan(accelerator, beside.store, &shelf, &query),
                Some(_) => None,
            };
            let answer = match scanned {
                Some(scanned) => scanned.search(&shelf, beside, &query)?,
                None => search(&shelf, beside, &query, among)?,
            };
            Ok((answer.found, answer.looks.to_vec()))
        }
        By::Gradients(own) => {
            let (store, gradients) = (beside.store, beside.store.gradients());
            Ok(match among {
                None => {
                    let on_processor = || gradient::nearest_by(own, store.summaries(), gradients, most);
                    let found = on_device.nearest_by(accelerator, store, own, most);
                    let (found, looks) = found.unwrap_or_else(on_processor);
                    (found, vec![store.len(), looks])
                }
                Some(among) => (gradient::nearest(own, gradients, most, Some(among)), vec![among.len()]),
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
