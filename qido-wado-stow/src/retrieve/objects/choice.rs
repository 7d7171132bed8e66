//! How objects are packed and in which transfer syntax each is sent, by what the client accepts.

use archive::StoredInstance;
use archive::retrieve::Encoding;
use data_set::explicit::EXPLICIT_VR_BIG_ENDIAN;

use super::super::transfer::{Offer, Wish};
use super::{DICOM, PREAMBLE, ZIP};
use crate::Failure;
use crate::accept::Accept;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::media_type::MediaType;
use crate::transfer_syntax::EXPLICIT_VR_LITTLE_ENDIAN;

/// How an answer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One object, as it is.
    Single,
    /// A part for each object.
    Multipart,
    /// A file for each object, in a ZIP archive.
    Zip,
}

/// What is sent: how, and in which encoding each instance.
pub(super) struct Choice {
    /// How.
    pub form: Form,
    /// The encoding of each instance; of those that are not available in any acceptable one, none.
    encodings: Vec<Option<Encoding>>,
    /// How many instances are not available in any acceptable encoding.
    pub left_out: usize,
    /// Why the last of these is not, as the end of a sentence.
    pub reason: String,
}

impl Choice {
    /// The instances that are sent, each in its encoding.
    pub fn members(self, instances: Vec<StoredInstance>) -> Vec<(StoredInstance, Encoding)> {
        instances
            .into_iter()
            .zip(self.encodings)
            .filter_map(|(instance, encoding)| Some((instance, encoding?)))
            .collect()
    }

    /// Tells this representation from others of the same instances.
    fn name(&self) -> String {
        let encodings = self.encodings.iter().flatten().map(|encoding| match encoding {
            Encoding::Stored => "s",
            Encoding::Native => "n",
            Encoding::Encoded(syntax) => syntax,
        });
        format!("{:?} {} {}", self.form, self.left_out, encodings.collect::<Vec<_>>().join(" "))
    }

    /// What tells the state of the answer. Stored bytes alone are the same each time.
    pub fn validators(&self, instances: &[StoredInstance]) -> Validators {
        let validators = Validators::of_instances(instances, &self.name());
        let mut members = instances.iter().zip(&self.encodings);
        let is_file = self.form == Form::Single
            && members.all(|(instance, encoding)| encoding.is_none_or(|encoding| instance.is_file(encoding)));
        if is_file { validators.strong() } else { validators }
    }
}

/// The first acceptable packing that any instance can be given in; each instance then in the first acceptable transfer
/// syntax it has. What has none is left out, with a warning (206).
pub(super) async fn choose(
    asked: &Asked,
    wishes: &[(Form, Wish)],
    instances: &[StoredInstance],
) -> Result<Choice, Failure> {
    let mut offer = Offer::default();
    let mut encodings = Vec::with_capacity(instances.len());
    let mut form = None;
    for instance in instances {
        let acceptable = wishes.iter().filter(|wish| form.is_none_or(|form| wish.0 == form));
        let found = first(asked, &mut offer, acceptable, instance).await?;
        form = form.or(found.map(|(form, _)| form));
        encodings.push(found.map(|(_, encoding)| encoding));
    }
    let left_out = encodings.iter().filter(|encoding| encoding.is_none()).count();
    match form {
        Some(form) => Ok(Choice { form, encodings, left_out, reason: offer.words() }),
        None => Err(nothing_acceptable(wishes.is_empty(), &offer)),
    }
}

/// The first of some wishes that an instance can fulfil.
async fn first(
    asked: &Asked,
    offer: &mut Offer,
    wishes: impl Iterator<Item = &(Form, Wish)>,
    instance: &StoredInstance,
) -> Result<Option<(Form, Encoding)>, Failure> {
    for (form, wish) in wishes {
        if let Some(encoding) = fulfil(wish, instance)
            && let Some(encoding) = offer.of(&asked.archive, instance, encoding).await?
        {
            return Ok(Some((*form, encoding)));
        }
    }
    Ok(None)
}

/// An object that came without preamble and file meta information gets them, unless it is wanted as it is stored. What is
/// treated is not written big endian: who takes any transfer syntax gets little endian.
fn fulfil(wish: &Wish, instance: &StoredInstance) -> Option<Encoding> {
    let encoding = wish.fulfil(&instance.transfer_syntax, instance.frame_count > 0)?;
    let is_bare = instance.data_set_start < PREAMBLE && instance.transfer_syntax == EXPLICIT_VR_LITTLE_ENDIAN;
    let is_big = instance.is_deidentified() && instance.transfer_syntax == EXPLICIT_VR_BIG_ENDIAN;
    let is_turned = match wish {
        Wish::Stored => is_big,
        Wish::Any => is_big || is_bare,
        Wish::Default | Wish::Named(_) => is_bare,
    };
    Some(if is_turned && encoding == Encoding::Stored { Encoding::Native } else { encoding })
}

/// What the client accepts, best first.
pub(super) fn wishes(accept: &Accept, is_one: bool) -> Vec<(Form, Wish)> {
    accept.ranges().iter().filter_map(|range| wish(range, is_one)).collect()
}

fn wish(range: &MediaType, is_one: bool) -> Option<(Form, Wish)> {
    match (range.essence.as_str(), range.root_type().as_deref()) {
        ("multipart/related", Some(DICOM) | None) => Some((Form::Multipart, Wish::of(range))),
        ("multipart/*" | "*/*", _) => Some((Form::Multipart, Wish::Any)),
        (ZIP, _) => Some((Form::Zip, Wish::of(range))),
        (DICOM, _) if is_one => Some((Form::Single, Wish::of(range))),
        ("application/*", _) if is_one => Some((Form::Single, Wish::Any)),
        _ => None,
    }
}

/// 406, with what there is.
pub(super) fn nothing_acceptable(no_type: bool, offer: &Offer) -> Failure {
    Failure::NotAcceptable(if no_type {
        "objects are available as multipart/related; type=\"application/dicom\" and as application/zip, a single one as \
         application/dicom"
            .into()
    } else {
        format!(
            "objects are available as stored (transfer-syntax=*), in Explicit VR Little Endian where they can be decoded, \
             and in most compressed transfer syntaxes where these have room for their pixels{}",
            offer.words()
        )
    })
}
