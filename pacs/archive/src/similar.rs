//! Images that look like a given one, and images of a part of the body (docs/SIMILAR.md).
//!
//! Read in this order: `answer` is what is asked and answered; `picture` what is kept of one picture, `place` where in the body it lies, `tomogram` the pictures
//! of a series of slices; `describe` makes them for a series, in the thread of `worker`, when the store wrote down that
//! there is something new, and `together` writes them down; `copies` are the files beside images. `store` has all
//! descriptors side by side in mapped files (`column`), `follow` keeps it up with the database; `on_device` has what is read first on an OpenCL device. `example` is what is looked for, `find` finds it; `regions` is
//! the same by the part of the body.

mod answer;
mod column;
pub(crate) mod copies;
mod describe;
mod example;
mod find;
mod follow;
mod on_device;
mod picture;
mod place;
mod regions;
mod settings;
mod store;
mod together;
mod tomogram;
mod worker;

pub use answer::{
    BodyRegion, DescriptorState, Example, Profile, RegionMatch, SeenAs, SimilarAnswer, SimilarMatch, SimilarRequest,
};
pub use picture::{LARGEST_EXAMPLE, RECIPE};
pub use settings::{ImageKind, SimilarSettings};

pub(crate) use follow::Kept;
pub(crate) use worker::Describer;

use std::sync::Arc;

use compute::similar::regions::Cells;
use schema::descriptors::{self, CELLS};
use schema::search::Query;

use crate::archive::blocking;
use crate::audit::Outcome;
use crate::deidentify::Secret;
use crate::search::Asked;
use crate::{Actor, Archive, Error, Level, Right, Search};

/// Most matches of one answer.
pub const MOST_SIMILAR: usize = 1000;
/// So many of the nearest images are looked through for those that can be de-identified.
pub const MOST_VEILED: usize = 8 * MOST_SIMILAR;
/// Images that wait are counted so far.
const MOST_WAITING: i64 = 10_000;
/// Reasons of failures that are told.
const REASONS: i64 = 20;

impl Archive {
    /// The images that look most like an example, most like it first; ties in the order in which they were stored. The example
    /// itself is left out. What was described before the search began is found; [`SimilarAnswer::waiting`] says how many
    /// images were not, counted up to 10,000.
    ///
    /// # Errors
    /// `NotAuthorized`; `NotFound` past the last frame; `NotAcceptable` and `Damaged` when no picture can be made of a stored
    /// example, `Unprocessable` of one that was sent; `BadRequest` when what was sent is no DICOM object, PNG or JPEG, or part,
    /// score or filter make no sense; `Unavailable` while the store of descriptors is being filled.
    pub async fn similar(&self, actor: &Actor, request: SimilarRequest) -> Result<SimilarAnswer, Error> {
        let filter = Search { level: Level::Instance, ..request.filter.clone() };
        if let Example::Stored { instance, .. } = &request.example {
            self.disclosable(instance).await?;
        }
        let Asked { query, search: filter, keys } = self.asked(actor, &filter).await?;
        let answer = match check(&request) {
            Ok(()) if !actor.identified => self.look_for_veiled(request, query).await,
            Ok(()) => self.look_for(request, query, None).await,
            Err(error) => Err(error),
        };
        self.audit_search(actor, &filter, Outcome::of(&answer), format!("{keys} and likeness"));
        answer
    }

    async fn look_for(
        &self,
        request: SimilarRequest,
        query: Query,
        shuffled: Option<Arc<Secret>>,
    ) -> Result<SimilarAnswer, Error> {
        // Before anything is looked at: what is described meanwhile counts as waiting, and may be found nevertheless.
        let count = |connection: &mut _| descriptors::count_waiting(connection, RECIPE, MOST_WAITING);
        let waiting = self.with_index(count).await?.max(0) as u64;
        let _turn = self.0.descriptors.turn().await;
        let wanted = example::wanted(self, &request).await?;
        let archive = self.clone();
        let nearest = blocking(move || find::nearest(&archive, &request, &wanted, &query, shuffled.as_deref())).await?;
        let find::Nearest { matches, looks, among } = nearest;
        Ok(SimilarAnswer { matches, looks, among, waiting, is_cut: false })
    }

    /// What may be told to somebody who may not know whose images are. Those that cannot be de-identified are not found: how
    /// much one looks like a picture of a name would tell whose it is, and so would the place that it takes from others.
    async fn look_for_veiled(&self, request: SimilarRequest, query: Query) -> Result<SimilarAnswer, Error> {
        let secret = self.secret().await?;
        let (limit, mut wanted) = (request.limit, request.limit);
        loop {
            let more = SimilarRequest { limit: wanted, ..request.clone() };
            let mut answer = self.look_for(more, query.clone(), Some(secret.clone())).await?;
            let found = answer.matches.len();
            let uids = answer.matches.iter().filter_map(|found| found.matched.instance.clone()).collect();
            let withheld = self.withheld_among(uids).await?;
            let is_given = |uid: &Option<String>| uid.as_ref().is_some_and(|uid| !withheld.contains(uid));
            answer.matches.retain(|found| is_given(&found.matched.instance));
            if answer.matches.len() < limit && found == wanted && wanted < MOST_VEILED {
                wanted = (wanted * 4).min(MOST_VEILED);
                continue;
            }
            answer.is_cut = answer.matches.len() < limit && found == wanted;
            answer.matches.truncate(limit);
            // Of what is not given, they would tell.
            (answer.looks, answer.among) = (Vec::new(), None);
            self.veil(&mut answer.matches, |found| &mut found.matched).await?;
            return Ok(answer);
        }
    }

    /// How many images are described, wait for it, or cannot be.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to administer.
    pub async fn descriptors(&self, actor: &Actor) -> Result<DescriptorState, Error> {
        self.permit(actor, Right::Administer)?;
        let state = self.with_index(|connection| descriptors::state(connection, RECIPE, REASONS)).await?;
        let number = |count: i64| count.max(0) as u64;
        Ok(DescriptorState {
            version: RECIPE.unsigned_abs(),
            described: number(state.described),
            waiting: number(state.waiting),
            failed: number(state.failed),
            reasons: state.reasons.into_iter().map(|(reason, count)| (reason, number(count))).collect(),
            pictures: number(state.pictures),
        })
    }

    /// Has all images described anew; gives how many series wait for it. What is described is found as it is until its turn
    /// has come.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to administer.
    pub async fn rebuild_descriptors(&self, actor: &Actor) -> Result<u64, Error> {
        self.permit(actor, Right::Administer)?;
        let queued = self.with_index(descriptors::queue_all).await?;
        self.administered(&actor.name, "rebuild descriptors".to_owned());
        Ok(queued)
    }
}

/// What makes no sense, before anything is read.
fn check(request: &SimilarRequest) -> Result<(), Error> {
    let refuse = |words: &str| Err(Error::BadRequest(words.to_owned()));
    if request.limit > MOST_SIMILAR {
        return Err(Error::BadRequest(format!("limit: at most {MOST_SIMILAR} similar images are given")));
    }
    if request.least_score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
        return refuse("score: a least score lies between 0 and 1");
    }
    if request.profile == Profile::Gradients && (request.part.is_some() || request.mirrored) {
        return refuse("part and mirrored go with the profile pixels only");
    }
    if request.region.is_some_and(|cells| cells.count() == 0) {
        return refuse("the part of the body that is asked for has no cells");
    }
    Ok(())
}

/// A set of cells as the database has it.
fn cells_as_bytes(cells: &Cells) -> [u8; CELLS] {
    let mut bytes = [0; CELLS];
    bytes.as_chunks_mut::<8>().0.iter_mut().zip(cells.0).for_each(|(to, word)| *to = word.to_le_bytes());
    bytes
}
