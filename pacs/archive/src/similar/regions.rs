//! Images by the part of the body that they show.

mod best;

use compute::similar::regions::Cells;
use schema::descriptors;

use super::store::cells_of;
use super::{BodyRegion, RegionMatch, cells_as_bytes, find, place};
use crate::archive::blocking;
use crate::audit::{Action, AuditEvent, Outcome};
use crate::search::Asked;
use crate::{Actor, Archive, Error, Level, Right, Search, StoredInstance};

/// How often a search is done again because something was removed while it ran.
const TRIES: usize = 16;

impl Archive {
    /// Images by their place in the body alone: |A ∩ Aᵢ| / |A|, best first, those without any left out; ties in the order
    /// in which they were stored, for those who may see de-identified data only in one that says nothing of it.
    pub async fn in_region(
        &self,
        actor: &Actor,
        cells: Cells,
        filter: Search,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<RegionMatch>, Error> {
        let filter = Search { level: Level::Instance, ..filter };
        let Asked { query, search: filter, keys } = self.asked(actor, &filter).await?;
        let archive = self.clone();
        let shuffled = if actor.identified { None } else { Some(self.secret().await?) };
        let found = blocking(move || {
            for _ in 0..TRIES {
                archive.0.descriptors.catch_up(&archive)?;
                let best = best::page(&archive, &query, (&cells, shuffled.as_ref()), (offset, limit))?;
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
        let found = match found {
            Ok(mut found) if !actor.identified => {
                let veiled = self.veil(&mut found, |found| &mut found.matched).await;
                veiled.map(|()| found)
            }
            found => found,
        };
        self.audit_search(actor, &filter, Outcome::of(&found), format!("{keys} and place in the body"));
        found
    }

    /// The part of the body that an image shows; what its attributes say as long as nobody said otherwise. Who said so, and
    /// when, is for those who may know whose the image is.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to search; `NotAcceptable` when the actor may see de-identified images only, and
    /// this one cannot be.
    pub async fn body_region(&self, actor: &Actor, instance: &StoredInstance) -> Result<BodyRegion, Error> {
        self.permit(actor, Right::Search)?;
        self.disclosable(instance).await?;
        let key = instance.key;
        let region = self.with_index(move |connection| descriptors::region(connection, key)).await?;
        match region {
            Some(region) if region.set_by.is_some() || region.version > 0 => {
                let (set_by, set_at) = if actor.identified { (region.set_by, region.set_at) } else { (None, None) };
                Ok(BodyRegion { cells: cells_of(&region.cells), set_by, set_at })
            }
            _ => Ok(BodyRegion { cells: self.cells_of_attributes(instance).await?, set_by: None, set_at: None }),
        }
    }

    async fn cells_of_attributes(&self, instance: &StoredInstance) -> Result<Cells, Error> {
        let key = instance.key;
        let attributes = self.with_index(move |connection| descriptors::attributes(connection, key)).await?;
        match attributes {
            Some(attributes) => place::of_attributes(self, instance, attributes).await,
            None => Ok(Cells::default()),
        }
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
            None => (self.cells_of_attributes(instance).await?, None),
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
