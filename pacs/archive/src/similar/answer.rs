//! What is asked, and what is answered.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use compute::similar::regions::Cells;

use crate::{Match, Search, StoredInstance};

/// What of pictures is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Tones, cell by cell: finds the same picture, also under another exposure.
    #[default]
    Pixels,
    /// Which way grey rises, by place: small shifts and rotations matter little.
    Gradients,
}

/// What is to be looked like.
#[derive(Debug, Clone)]
pub enum Example {
    /// A stored image; a frame of it, from 1.
    Stored {
        /// The image.
        instance: StoredInstance,
        /// Its frame.
        frame: u32,
    },
    /// An image that is not stored: a DICOM object, PNG or JPEG, told by its bytes.
    Sent(Bytes),
}

/// A search for images that look like an example.
#[derive(Debug, Clone)]
pub struct SimilarRequest {
    /// What they are to look like.
    pub example: Example,
    /// What of them is compared.
    pub profile: Profile,
    /// Left, top, right, bottom in shares (0 to 1) of the example as it is displayed: only this part counts. Profile Pixels
    /// alone.
    pub part: Option<[f64; 4]>,
    /// Mirror images count too. Profile Pixels alone.
    pub mirrored: bool,
    /// Most matches wanted; a thousand at most.
    pub limit: usize,
    /// Matches with less are left out.
    pub least_score: Option<f64>,
    /// Images that show nothing of this part of the body are left out.
    pub region: Option<Cells>,
    /// Keys that matches must have too (Instance level), as [`crate::Archive::search`] takes them, and the attributes that
    /// come back. No keys: everything.
    pub filter: Search,
}

/// What was found.
#[derive(Debug)]
pub struct SimilarAnswer {
    /// Most like the example first.
    pub matches: Vec<SimilarMatch>,
    /// How many pictures were compared at each level, from 8 × 8 to 256 × 256; of the profile Gradients one number. None for
    /// those who may see de-identified data only.
    pub looks: Vec<usize>,
    /// Among how many pictures was looked, when filters and the part of the body had left the others out. `None` when these
    /// leave so many that only the nearest ones were asked about, and for those who may see de-identified data only: withheld
    /// ones count.
    pub among: Option<usize>,
    /// Images that are not described yet: they are not found before they are.
    pub waiting: u64,
    /// There may be more: so many of the nearest cannot be de-identified ([`MOST_VEILED`](super::MOST_VEILED)) that those
    /// beyond them were not looked at.
    pub is_cut: bool,
}

/// One image that was found.
#[derive(Debug)]
pub struct SimilarMatch {
    /// What a search gives of it.
    pub matched: Match,
    /// 1 for identical copies, near 0 for pictures that have nothing to do with each other.
    pub score: f64,
    /// The same picture: identical copies of 256, all of them, neither mirrored nor a projection. Of the profile Pixels alone.
    pub duplicate: bool,
    /// The example's mirror image is nearer than the example.
    pub mirrored: bool,
    /// The frame that is like the example, from 1.
    pub frame: u32,
    /// What of the image is like it.
    pub seen_as: SeenAs,
    /// The share of the part of the body asked for that the image shows.
    pub region_score: Option<f64>,
}

/// What of an image a descriptor is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SeenAs {
    /// A frame as it is.
    Image,
    /// A frame as it is, the middle slice of a tomogram.
    MiddleSlice,
    /// The largest values of a tomogram along an axis: 0 along rows, 1 along columns, 2 from slice to slice. The image is
    /// the middle slice.
    Projection(u8),
}

/// An image of a part of the body.
#[derive(Debug)]
pub struct RegionMatch {
    /// What a search gives of it.
    pub matched: Match,
    /// The share of the part of the body asked for that it shows: more than 0, 1 for all of it.
    pub score: f64,
}

/// The part of the body that an image shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyRegion {
    /// Cells of the figure; none when nobody knows.
    pub cells: Cells,
    /// Who said so; `None`: the attributes, or nobody who may be named to whoever asks.
    pub set_by: Option<String>,
    /// When.
    pub set_at: Option<DateTime<Utc>>,
}

/// How far the descriptors are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DescriptorState {
    /// The version of the recipe that descriptors are made by.
    pub version: u32,
    /// Images that are described by it, or need no descriptor of their own (slices of a tomogram but the middle one).
    pub described: u64,
    /// Images that wait to be described.
    pub waiting: u64,
    /// Images that cannot be described.
    pub failed: u64,
    /// Why, with how many for each reason; those with most first, at most twenty.
    pub reasons: Vec<(String, u64)>,
    /// Pictures that can be found: frames, middle slices and projections.
    pub pictures: u64,
}
