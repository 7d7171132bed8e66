//! Which images show most of a part of the body.
//!
//! Without keys, a page is read off the images by what they show. Where keys leave many images, those that show most
//! are asked whether they match, more and more of them until there is a page; where they leave few, these are looked
//! at.

use std::collections::HashSet;
use std::sync::Arc;

use compute::similar::regions::{Cells, overlapping};
use schema::search::{Named, Query};

use super::super::find::{self, broad};
use super::super::store::Store;
use crate::deidentify::Secret;
use crate::{Archive, Error};

/// How many of those that show most are asked about for each that is wanted, at first and at last; and at least and at
/// most in all.
const FIRST: usize = 2;
const LAST: usize = 64;
const LEAST: usize = 128;
const MOST: usize = 16_384;

/// What is asked for, and the order of ties for those who must not learn in which images were stored.
type Asked<'a> = (&'a Cells, Option<&'a Arc<Secret>>);

/// `offset` and `limit`.
type Page = (usize, usize);

/// Keys and scores of the images that match and show most of what is asked for. Blocks.
pub(super) fn page(archive: &Archive, keys: &Query, asked: Asked<'_>, page: Page) -> Result<Vec<(i64, f64)>, Error> {
    if let Some(secret) = asked.1 {
        archive.0.descriptors.veil(secret);
    }
    let few = broad::few(find::with_store(archive, |store| Ok(store.images()))?);
    let all = || find::with_store(archive, |store| Ok(first(store, asked, page)));
    let of = |named: &[i64]| find::with_store(archive, |store| Ok(among(store, asked, named, page)));
    let found = match find::named_up_to(archive, keys, few)? {
        Named::All => all()?,
        Named::These(named) => of(&named)?,
        Named::Many => match matching(archive, keys, asked, page)? {
            Some(found) => found,
            None => match find::named(archive, keys)? {
                Some(named) => of(&named)?,
                None => all()?,
            },
        },
    };
    let count = f64::from(asked.0.count().max(1));
    Ok(found.into_iter().map(|(key, common)| (key, f64::from(common) / count)).collect())
}

/// Of all images, and how many cells they have in common with what is asked for.
fn first(store: &Store, (cells, shuffled): Asked<'_>, (offset, limit): Page) -> Vec<(i64, u32)> {
    match (shuffled, store.veiled()) {
        (None, _) => store.shown().in_order(cells, offset, limit),
        (Some(_), Some(veiled)) => {
            let found = veiled.in_order(cells, offset, limit).into_iter();
            found.map(|((_, key), common)| (key, common)).collect()
        }
        // It is made before anything is looked at.
        (Some(_), None) => Vec::new(),
    }
}

/// The same of those that match; `None` when too few of those that show most do. The shelf is held while it is looked
/// at, and not while a database is asked.
fn matching(
    archive: &Archive,
    keys: &Query,
    asked: Asked<'_>,
    (offset, limit): Page,
) -> Result<Option<Vec<(i64, u32)>>, Error> {
    let end = offset.saturating_add(limit);
    let (mut most, last) = (end.saturating_mul(FIRST).max(LEAST), end.saturating_mul(LAST).clamp(LEAST, MOST));
    while most <= last {
        let mut found = find::with_store(archive, |store| Ok(first(store, asked, (0, most))))?;
        let are_all = found.len() < most;
        let shown: Vec<i64> = found.iter().map(|(key, _)| *key).collect();
        let matching: HashSet<i64> = broad::matching(archive, keys, &shown)?.into_iter().collect();
        found.retain(|(key, _)| matching.contains(key));
        if are_all || found.len() >= end {
            return Ok(Some(found.into_iter().skip(offset).take(limit).collect()));
        }
        // As many as should do, by the share of those that match, and as many again.
        most = (most.saturating_mul(2 * end) / found.len().max(1)).max(4 * most);
    }
    Ok(None)
}

/// The same of images that were named.
fn among(store: &Store, (cells, shuffled): Asked<'_>, named: &[i64], (offset, limit): Page) -> Vec<(i64, u32)> {
    let shown = |key: i64| store.cells_of_image(key).map(|cells| (key, cells));
    let mut all: Vec<(i64, Cells)> = named.iter().filter_map(|key| shown(*key)).collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    all.dedup_by_key(|(key, _)| *key);
    let (keys, sets): (Vec<i64>, Vec<Cells>) = all.into_iter().unzip();
    let places: Option<Vec<i64>> = shuffled.map(|secret| keys.iter().map(|key| secret.place(*key)).collect());
    let found = overlapping(cells, &sets, places.as_deref().unwrap_or(&keys), offset.saturating_add(limit));
    found.into_iter().skip(offset).map(|overlap| (keys[overlap.index as usize], overlap.common)).collect()
}
