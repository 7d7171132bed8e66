//! Images that look like a given one, and images of a part of the body (docs/SIMILAR.md).

mod answer;
mod settings;

pub use answer::{
    BodyRegion, DescriptorState, Example, Profile, RegionMatch, SeenAs, SimilarAnswer, SimilarMatch, SimilarRequest,
};
pub use settings::{ImageKind, SimilarSettings};

use compute::similar::regions::Cells;

use crate::{Actor, Archive, Error, Search, StoredInstance};

impl Archive {
    /// The images that look most like an example, most like it first; ties in the order in which they were stored.
    ///
    /// # Errors
    /// `NotAuthorized`; `NotFound` when the stored example is gone; `NotAcceptable` when no picture can be made of the
    /// example, `Damaged` when it is broken; `BadRequest` when part, score or filter make no sense.
    pub async fn similar(&self, _actor: &Actor, _request: SimilarRequest) -> Result<SimilarAnswer, Error> {
        Err(Error::Unavailable("the search for similar images", None))
    }

    /// Images by their place in the body alone: |A ∩ Aᵢ| / |A|, best first, those without any left out.
    pub async fn in_region(
        &self,
        _actor: &Actor,
        _cells: Cells,
        _filter: Search,
        _offset: usize,
        _limit: usize,
    ) -> Result<Vec<RegionMatch>, Error> {
        Err(Error::Unavailable("the search by place in the body", None))
    }

    /// The part of the body that an image shows.
    pub async fn body_region(&self, _actor: &Actor, _instance: &StoredInstance) -> Result<BodyRegion, Error> {
        Err(Error::Unavailable("the place in the body", None))
    }

    /// Says which part of the body an image shows. `None`: what its attributes say again.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to annotate; `NotFound` when the image is gone.
    pub async fn set_body_region(
        &self,
        _actor: &Actor,
        _instance: &StoredInstance,
        _cells: Option<Cells>,
    ) -> Result<BodyRegion, Error> {
        Err(Error::Unavailable("the place in the body", None))
    }

    /// How many images are described, wait for it, or cannot be.
    pub async fn descriptors(&self, _actor: &Actor) -> Result<DescriptorState, Error> {
        Err(Error::Unavailable("the descriptors", None))
    }

    /// Has all images described anew; gives how many series were queued.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to administer.
    pub async fn rebuild_descriptors(&self, _actor: &Actor) -> Result<u64, Error> {
        Err(Error::Unavailable("the descriptors", None))
    }
}
