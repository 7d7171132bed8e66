//! The metadata of a store request: held in memory within limits, and read into data sets.

use actix_web::web;
use archive::{StoreFailure, StoreOutcome};
use data_set::model::{self, Attribute, Encoded, ModelError};
use data_set::{Tag, tags};
use multer::Field;

use super::content::Language;
use super::incoming::{body_error, unknown};
use crate::Failure;

/// Longest metadata of one request, as they come, in bytes.
const LONGEST: usize = 64 << 20;
/// Most bytes of all data sets of one request, without their bulk data.
const MOST_ENCODED: usize = 128 << 20;

/// The metadata of one request, as they come.
pub(super) struct Metadata {
    language: Language,
    texts: Vec<Vec<u8>>,
    length: usize,
}

/// One instance of the metadata.
pub(super) struct Instance {
    /// Its UIDs, as far as they are told; a failure until something better is known.
    pub outcome: StoreOutcome,
    /// Its data set.
    pub encoded: Result<Described, ModelError>,
}

/// A data set, and what its bulk data are to be checked against.
pub(super) struct Described {
    /// The data set.
    pub encoded: Encoded,
    /// Transfer syntaxes that the metadata name.
    pub syntaxes: Vec<String>,
    /// Number of Frames (0028,0008).
    pub frames: Option<u64>,
}

impl Metadata {
    pub fn new(language: Language) -> Self {
        Self { language, texts: Vec::new(), length: 0 }
    }

    /// Takes a part.
    pub async fn take(&mut self, mut part: Field<'_>) -> Result<(), Failure> {
        let mut text = Vec::new();
        while let Some(piece) = part.chunk().await.map_err(body_error)? {
            self.length += piece.len();
            if self.length > LONGEST {
                return Err(Failure::MetadataTooLarge(LONGEST as u64));
            }
            text.extend_from_slice(&piece);
        }
        self.texts.push(text);
        Ok(())
    }

    /// Reads the data sets, on a thread that may take its time. 400 when they are not readable as a whole.
    pub async fn read(self) -> Result<Vec<Instance>, Failure> {
        let Self { language, texts, .. } = self;
        let read = web::block(move || instances(language, texts)).await;
        read.map_err(|error| archive::Error::Internal("a task ended early".into(), Some(error.into())))?
    }
}

pub(super) fn instances(language: Language, texts: Vec<Vec<u8>>) -> Result<Vec<Instance>, Failure> {
    let mut instances = Vec::new();
    let mut room = MOST_ENCODED;
    let mut is_full = false;
    for text in texts {
        let mut take = |attributes: Vec<Attribute>| {
            let instance = describe(attributes);
            let length = instance.encoded.as_ref().map_or(0, |described| described.encoded.length());
            match room.checked_sub(length) {
                Some(left) => room = left,
                None => is_full = true,
            }
            if !is_full {
                instances.push(instance);
            }
            Ok(())
        };
        let read = match language {
            Language::Json => model::all_from_json(&text, &mut take),
            Language::Xml => model::from_xml(&text).and_then(&mut take),
        };
        read.map_err(|error| Failure::BadRequest(format!("the metadata cannot be understood: {error}")))?;
        if is_full {
            return Err(Failure::MetadataTooLarge(MOST_ENCODED as u64));
        }
    }
    Ok(instances)
}

fn describe(mut attributes: Vec<Attribute>) -> Instance {
    let uid = |tag: Tag| model::text(&attributes, tag).map(str::to_owned);
    let outcome = StoreOutcome {
        sop_class_uid: uid(tags::SOP_CLASS_UID),
        sop_instance_uid: uid(tags::SOP_INSTANCE_UID),
        study_instance_uid: uid(tags::STUDY_INSTANCE_UID),
        series_instance_uid: uid(tags::SERIES_INSTANCE_UID),
        ..unknown(StoreFailure::Processing)
    };
    let syntaxes = model::transfer_syntaxes(&attributes).into_iter().map(str::to_owned).collect();
    // It tells how an origin server keeps the object, and is no part of it.
    attributes.retain(|attribute| attribute.tag != model::AVAILABLE_TRANSFER_SYNTAX_UID);
    let frames = model::text(&attributes, tags::NUMBER_OF_FRAMES).and_then(|text| text.parse().ok());
    let encoded = model::encode(attributes).map(|encoded| Described { encoded, syntaxes, frames });
    Instance { outcome, encoded }
}
