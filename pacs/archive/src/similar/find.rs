//! The search itself: among which pictures, which of them are nearest, and whose matches they are. `look` is one look at
//! the shelf, `broad` the search when the keys leave too many images to name them all.

pub(super) mod broad;
mod look;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use compute::similar::regions::Cells;
use schema::descriptors;
use schema::search::{Match, Named, Query as Keys};

use super::example::Wanted;
use super::store::Store;
use super::{SimilarMatch, SimilarRequest, describe};
use crate::deidentify::Secret;
use crate::{Archive, Error};
use look::{Hit, Left, Looked, look};

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
    /// Among how many pictures; `None` when nobody counted those that the keys leave.
    pub(super) among: Option<usize>,
}

/// What one pass over the shelf gave.
struct Pass {
    hits: Vec<Hit>,
    looks: Vec<usize>,
    among: Option<usize>,
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
        archive.0.descriptors.catch_up(archive)?;
        let pass = once(archive, request, wanted, keys, shuffled)?;
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

/// One search of what is on the shelf now.
fn once(
    archive: &Archive,
    request: &SimilarRequest,
    wanted: &Wanted,
    keys: &Keys,
    shuffled: Option<&Secret>,
) -> Result<Pass, Error> {
    let (few, shown) = with_store(archive, |store| {
        let few = broad::few(store.len());
        Ok((few, request.region.and_then(|asked| shown_by_few(store, &asked, few))))
    })?;
    let named = match shown {
        Some(shown) => Some(broad::matching(archive, keys, &shown)?),
        None => match named_up_to(archive, keys, few)? {
            Named::All => None,
            Named::These(keys) => Some(keys),
            Named::Many => match broad::pass(archive, request, wanted, keys, shuffled)? {
                Some(pass) => return Ok(pass),
                None => named(archive, keys)?,
            },
        },
    };
    with_store(archive, |store| pass(archive, store, request, wanted, (named.as_deref(), shuffled)))
}

/// The images of a part of the body where they are few. Of many, it is asked which of those that are near they are.
fn shown_by_few(store: &Store, asked: &Cells, few: usize) -> Option<Vec<i64>> {
    let shown: Vec<i64> = store.shown().all(asked).take(few + 1).collect();
    (shown.len() <= few).then_some(shown)
}

pub(super) fn with_store<T>(archive: &Archive, work: impl FnOnce(&Store) -> Result<T, Error>) -> Result<T, Error> {
    match archive.0.descriptors.read().as_ref() {
        Some(store) => work(store),
        None => Err(Error::Unavailable("the store of descriptors", None)),
    }
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
    Ok(match named_up_to(archive, keys, usize::MAX)? {
        Named::All => None,
        Named::These(keys) => Some(keys),
        // No more than that can be held: it does not happen, and would not be everything.
        Named::Many => Some(Vec::new()),
    })
}

pub(super) fn named_up_to(archive: &Archive, keys: &Keys, most: usize) -> Result<Named, Error> {
    let mut index = archive.0.index.connection()?;
    let mut identity = archive.0.identity.connection()?;
    schema::search::keys(&mut index, &mut identity, keys, most).map_err(crate::search::failed)
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

/// The nearest on the shelf, of the images that are named.
fn pass(
    archive: &Archive,
    store: &Store,
    request: &SimilarRequest,
    wanted: &Wanted,
    (named, shuffled): (Option<&[i64]>, Option<&Secret>),
) -> Result<Pass, Error> {
    let region = request.region.as_ref();
    let among = named.map(|named| among(store, region, named));
    let left = among.as_deref().map_or(Left::Of(region), Left::Places);
    let limit = request.limit;
    // One more for the example itself, and one to see whether the last one ties with others.
    let mut most = limit.saturating_add(2);
    loop {
        let Looked { hits, looks, lost } = look(archive, store, wanted, most, left)?;
        // The last one that is given comes after the example itself.
        let ties = limit > 0 && hits.len() == most && hits[most - 1].distance == hits[limit].distance;
        if lost.is_empty() && ties && most < limit + TIES {
            most = (most * 4).min(limit + TIES);
            continue;
        }
        let hits = given(hits, request, wanted, shuffled);
        let all = || region.map_or(store.len(), |asked| store.shown().pictures(asked));
        let among = Some(among.as_ref().map_or_else(all, Vec::len));
        return Ok(Pass { hits, looks, among, lost });
    }
}

/// What of the nearest is given, in order.
fn given(mut hits: Vec<Hit>, request: &SimilarRequest, wanted: &Wanted, shuffled: Option<&Secret>) -> Vec<Hit> {
    hits.retain(|hit| !wanted.is_own(hit.origin.instance_key, hit.origin.frame, hit.origin.seen_as));
    hits.retain(|hit| request.least_score.is_none_or(|least| hit.score >= least));
    // Ties do not come in the order of the shelf: the same picture is before its mirror image.
    let place = |key: i64| shuffled.map_or(key, |secret| secret.place(key));
    hits.sort_by_cached_key(|hit| {
        (hit.distance, !hit.duplicate, hit.mirrored, place(hit.origin.instance_key), hit.origin.seen_as)
    });
    hits.truncate(request.limit);
    hits
}

/// The places of the pictures of these images that show something of a part of the body.
fn among(store: &Store, region: Option<&Cells>, named: &[i64]) -> Vec<u32> {
    let places = named.iter().flat_map(|key| store.places(*key));
    let mut places: Vec<u32> = places.filter(|place| store.shows(*place, region)).collect();
    places.sort_unstable();
    places.dedup();
    places
}
