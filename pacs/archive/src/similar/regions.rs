//! Images by the part of the body that they show.

use compute::similar::regions::{Cells, Overlap, overlapping};
use schema::descriptors;

use super::store::{Store, cells_of};
use super::{BodyRegion, RegionMatch, cells_as_bytes, find};
use crate::archive::blocking;
use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Actor, Archive, Error, Level, Right, Search, StoredInstance, body};

/// How often a search is done again because something was removed while it ran.
const TRIES: usize = 16;

impl Archive {
    /// Images by their place in the body alone: |A ∩ Aᵢ| / |A|, best first, those without any left out; ties in an order
    /// that stays.
    pub async fn in_region(
        &self,
        actor: &Actor,
        cells: Cells,
        filter: Search,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<RegionMatch>, Error> {
        let filter = Search { level: Level::Instance, ..filter };
        let query = self.permit_search(actor, &filter)?;
        let keys = format!("{} and place in the body", crate::search::keys(&filter, &query));
        let archive = self.clone();
        let found = blocking(move || {
            for _ in 0..TRIES {
                let named = find::named(&archive, &query)?;
                archive.0.descriptors.catch_up(&archive)?;
                let best = match archive.0.descriptors.read().as_ref() {
                    Some(store) => best(store, &cells, named.as_deref(), (offset, limit)),
                    None => Vec::new(),
                };
                let mut matches = find::matches(&archive, &query, best.iter().map(|(key, _)| *key))?;
                let wanted = best.len();
                let found = best.into_iter().filter_map(|(key, score)| Some((matches.remove(&key)?, score)));
                let found: Vec<RegionMatch> = found.map(|(matched, score)| RegionMatch { matched, score }).collect();
                if found.len() == wanted {
                    return Ok(found);
                }
            }
            Err(Error::Unavailable("the search by place in the body", None))
        })
        .await;
        self.audit_search(actor, &filter, Outcome::of(&found), keys);
        found
    }

    /// The part of the body that an image shows; what its attributes say as long as nobody said otherwise.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to search.
    pub async fn body_region(&self, actor: &Actor, instance: &StoredInstance) -> Result<BodyRegion, Error> {
        self.permit_identified(actor, Right::Search)?;
        let key = instance.key;
        let region = self.with_index(move |connection| descriptors::region(connection, key)).await?;
        match region {
            Some(region) if region.set_by.is_some() || region.version > 0 => {
                Ok(BodyRegion { cells: cells_of(&region.cells), set_by: region.set_by, set_at: region.set_at })
            }
            _ => Ok(BodyRegion { cells: self.cells_of_attributes(key).await?, set_by: None, set_at: None }),
        }
    }

    async fn cells_of_attributes(&self, key: i64) -> Result<Cells, Error> {
        let attributes = self.with_index(move |connection| descriptors::attributes(connection, key)).await?;
        Ok(attributes.map(|attributes| body::of_attributes(&attributes)).unwrap_or_default())
    }

    /// Says which part of the body an image shows. `None`: what its attributes say again.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to annotate; `NotFound` when the image is gone.
    pub async fn set_body_region(
        &self,
        actor: &Actor,
        instance: &StoredInstance,
        cells: Option<Cells>,
    ) -> Result<BodyRegion, Error> {
        self.permit_identified(actor, Right::Annotate)?;
        let key = instance.key;
        let (new, by) = match cells {
            Some(cells) => (cells, Some(actor.name.clone())),
            None => (self.cells_of_attributes(key).await?, None),
        };
        let event = AuditEvent {
            study: Some(instance.study.clone()),
            series: Some(instance.series.clone()),
            instance: Some(instance.instance.clone()),
            detail: Some(
                if by.is_some() { "place in the body" } else { "place in the body, as attributes say" }.into(),
            ),
            ..AuditEvent::by(actor, Action::Annotate, true)
        };
        let lines = crate::audit::lines([event]);
        let region = self
            .with_index(move |connection| {
                diesel::Connection::transaction(connection, |connection| {
                    if !descriptors::set_region(connection, key, &cells_as_bytes(&new), by.as_deref())? {
                        return Ok(None);
                    }
                    schema::audit::write(connection, &lines)?;
                    descriptors::region(connection, key)
                })
            })
            .await?;
        let region = region.ok_or_else(|| Error::NotFound(format!("instance {}", instance.instance)))?;
        Ok(BodyRegion { cells: cells_of(&region.cells), set_by: region.set_by, set_at: region.set_at })
    }
}

/// Keys and scores of the images that show most of what is asked for.
fn best(store: &Store, asked: &Cells, named: Option<&[i64]>, (offset, limit): (usize, usize)) -> Vec<(i64, f64)> {
    let (cells, keys) = store.regions();
    let most = offset.saturating_add(limit).min(keys.len());
    let count = f64::from(asked.count().max(1));
    let page = |overlaps: Vec<Overlap>, key: &dyn Fn(u32) -> i64| -> Vec<(i64, f64)> {
        let page = overlaps.into_iter().skip(offset);
        page.map(|overlap| (key(overlap.index), f64::from(overlap.common) / count)).collect()
    };
    match named {
        None => page(overlapping(asked, cells, most), &|index| keys[index as usize]),
        Some(named) => {
            let mut rows: Vec<u32> = named.iter().filter_map(|key| store.image(*key)).collect();
            rows.sort_unstable();
            rows.dedup();
            let some: Vec<Cells> = rows.iter().map(|row| cells[*row as usize]).collect();
            page(overlapping(asked, &some, most), &|index| keys[rows[index as usize] as usize])
        }
    }
}
