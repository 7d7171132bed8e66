//! Searches whose keys leave many images. To read the keys of a million rows takes longer than to look for what is
//! near, so the nearest of all are looked for, and whether they match is asked of them alone. That is given up where
//! few of them do.

use std::collections::HashSet;

use schema::search::Query as Keys;

use super::super::SimilarRequest;
use super::super::example::Wanted;
use super::{Hit, Left, Looked, Pass, given, look, with_store};
use crate::deidentify::Secret;
use crate::{Archive, Error};

/// Images that are named at once: as many as a share of the pictures, and no more than so many.
const SHARE: usize = 32;
const MOST_NAMED: usize = 2_000;

/// How many of the nearest are looked at for each that is wanted, at first and at last; and at least and at most in
/// all, as of each a copy of 256 is read.
const FIRST: usize = 4;
const LAST: usize = 64;
const LEAST: usize = 16;
const MOST: usize = 4_096;

/// How many are named before anything is looked at, of so many pictures or images.
pub(in crate::similar) fn few(all: usize) -> usize {
    (all / SHARE).clamp(1, MOST_NAMED)
}

/// The same as a pass over all images that match; `None` when too few of the nearest ones do. The shelf is held while
/// it is looked at, and not while a database is asked.
pub(super) fn pass(
    archive: &Archive,
    request: &SimilarRequest,
    wanted: &Wanted,
    keys: &Keys,
    shuffled: Option<&Secret>,
) -> Result<Option<Pass>, Error> {
    let limit = request.limit;
    // One more for the example itself, and one that is as far as the last.
    let each = limit.saturating_add(2);
    let (mut most, last_look) = (each.saturating_mul(FIRST).max(LEAST), each.saturating_mul(LAST).min(MOST));
    while most <= last_look {
        let Looked { hits, looks, lost } =
            with_store(archive, |store| look(archive, store, wanted, most, Left::Of(request.region.as_ref())))?;
        // They may be those of images that do not match, for which nobody waits.
        if !lost.is_empty() {
            return Ok(None);
        }
        let is_all = hits.len() < most;
        let last = hits.last().map(|hit| (hit.distance, hit.score));
        // No nearer ones are left; of those as far as the last one, some may be.
        let is_sure = |hit: &Hit| is_all || last.is_some_and(|(distance, _)| hit.distance < distance);
        let asked: HashSet<i64> = hits.iter().map(|hit| hit.origin.instance_key).collect();
        let matching = matching(archive, keys, &asked.into_iter().collect::<Vec<_>>())?;
        let matching: HashSet<i64> = matching.into_iter().collect();
        let sure = hits.into_iter().filter(|hit| is_sure(hit) && matching.contains(&hit.origin.instance_key));
        let hits = given(sure.collect(), request, wanted, shuffled);
        let is_past = last.zip(request.least_score).is_some_and(|((_, score), least)| score < least);
        if is_all || is_past || hits.len() == limit {
            return Ok(Some(Pass { hits, looks, among: None, lost }));
        }
        // As many as should do, by the share of those that match, and as many again.
        most = (most.saturating_mul(2 * limit) / hits.len().max(1)).max(4 * most);
    }
    Ok(None)
}

/// The images among these that match.
pub(in crate::similar) fn matching(archive: &Archive, keys: &Keys, asked: &[i64]) -> Result<Vec<i64>, Error> {
    let mut index = archive.0.index.connection()?;
    let mut identity = archive.0.identity.connection()?;
    schema::search::matching(&mut index, &mut identity, keys, asked).map_err(crate::search::failed)
}
