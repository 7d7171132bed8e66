//! Studies, Series and Instances as DICOM objects (PS3.18 §10.4.1.1.1), streamed one after the other.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::StoredInstance;
use archive::retrieve::{Body, Encoding};
use futures_util::{StreamExt, stream};

use super::range::{self, Wanted};
use super::respond::send;
use super::transfer::{Offer, Wish, syntax_of};
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::media_type::MediaType;
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::transfer_syntax::EXPLICIT_VR_LITTLE_ENDIAN;
use crate::{Failure, warning};

const DICOM: &str = "application/dicom";
/// Length of preamble and prefix (PS3.10 §7.1).
const PREAMBLE: u64 = 132;

/// Retrieve a Study, Series or Instance.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let resource = if target.0.instance.is_some() { "instance" } else { "instances" };
    let instances = asked.archive.instances(&asked.actor, &target.0, resource).await?;
    let choice = choose(&asked, &instances).await?;
    let validators = choice.validators(&instances);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let status = if choice.left_out == 0 { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let mut response = validators.add_to(HttpResponse::build(status));
    if choice.left_out > 0 {
        let words = format!("{} instances are not available in an acceptable transfer syntax", choice.left_out);
        warning::add(&mut response, &asked.address, &words);
    }
    match choice.form {
        Form::Single => single(asked, response, validators, choice.members).await,
        Form::Multipart => multipart(asked, response, choice.members).await,
    }
}

/// The one Instance that a path names.
pub(super) async fn one(asked: &Asked, target: &Target, resource: &'static str) -> Result<StoredInstance, Failure> {
    let found = asked.archive.instances(&asked.actor, &target.0, resource).await?;
    found.into_iter().next().ok_or_else(|| Failure::NotFound("the instance does not exist here".into()))
}

/// How an answer is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Single,
    Multipart,
}

/// What is sent: how, and in which encoding each instance.
struct Choice {
    form: Form,
    members: Vec<(StoredInstance, Encoding)>,
    left_out: usize,
}

impl Choice {
    /// Tells this representation from others of the same instances.
    fn name(&self) -> String {
        let encodings = self.members.iter().map(|(_, encoding)| match encoding {
            Encoding::Stored => "s",
            Encoding::Native => "n",
            Encoding::Encoded(syntax) => syntax,
        });
        format!("{:?} {} {}", self.form, self.left_out, encodings.collect::<Vec<_>>().join(" "))
    }
}

impl Choice {
    /// What tells the state of the answer. Stored bytes alone are the same each time.
    fn validators(&self, instances: &[StoredInstance]) -> Validators {
        let validators = Validators::of_instances(instances, &self.name());
        let is_file =
            self.form == Form::Single && self.members.iter().all(|(_, encoding)| *encoding == Encoding::Stored);
        if is_file { validators.strong() } else { validators }
    }
}

/// The first acceptable packing that any instance can be given in; each instance then in the first acceptable transfer
/// syntax it has. What has none is left out, with a warning (206).
async fn choose(asked: &Asked, instances: &[StoredInstance]) -> Result<Choice, Failure> {
    let wishes: Vec<(Form, Wish)> =
        asked.accept.ranges().iter().filter_map(|range| wish(range, instances.len() == 1)).collect();
    let mut offer = Offer::default();
    let mut members: Vec<(StoredInstance, Encoding)> = Vec::new();
    let mut form = None;
    for instance in instances {
        let acceptable = wishes.iter().filter(|wish| form.is_none_or(|form| wish.0 == form));
        if let Some((found, encoding)) = first(asked, &mut offer, acceptable, instance).await? {
            form = form.or(Some(found));
            members.push((instance.clone(), encoding));
        }
    }
    match form {
        Some(form) => Ok(Choice { form, left_out: instances.len() - members.len(), members }),
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

/// An object that came without preamble and file meta information gets them, unless it is wanted as it is stored.
fn fulfil(wish: &Wish, instance: &StoredInstance) -> Option<Encoding> {
    let encoding = wish.fulfil(&instance.transfer_syntax, instance.frame_count > 0)?;
    let is_bare = instance.data_set_start < PREAMBLE && instance.transfer_syntax == EXPLICIT_VR_LITTLE_ENDIAN;
    Some(if is_bare && encoding == Encoding::Stored && *wish != Wish::Stored { Encoding::Native } else { encoding })
}

fn wish(range: &MediaType, is_one: bool) -> Option<(Form, Wish)> {
    match (range.essence.as_str(), range.root_type().as_deref()) {
        ("multipart/related", Some(DICOM) | None) => Some((Form::Multipart, Wish::of(range))),
        ("multipart/*" | "*/*", _) => Some((Form::Multipart, Wish::Any)),
        (DICOM, _) if is_one => Some((Form::Single, Wish::of(range))),
        ("application/*", _) if is_one => Some((Form::Single, Wish::Any)),
        _ => None,
    }
}

fn nothing_acceptable(no_type: bool, offer: &Offer) -> Failure {
    Failure::NotAcceptable(if no_type {
        "objects are available as multipart/related; type=\"application/dicom\", a single one as application/dicom"
            .into()
    } else {
        format!(
            "objects are available as stored (transfer-syntax=*), in Explicit VR Little Endian where they can be decoded, \
             and in most compressed transfer syntaxes where these have room for their pixels{}",
            offer.words()
        )
    })
}

async fn single(
    asked: Asked,
    mut response: HttpResponseBuilder,
    validators: Validators,
    members: Vec<(StoredInstance, Encoding)>,
) -> Result<HttpResponse, Failure> {
    let (instance, encoding) = &members[0];
    if *encoding == Encoding::Stored {
        return file(asked, response, validators, instance).await;
    }
    let body = asked.archive.object(instance, *encoding).await?;
    response.content_type(format!("{DICOM}; transfer-syntax={}", body.transfer_syntax));
    Ok(send(&asked.request, response, body.length, body.content))
}

/// The stored file, or a range of it.
async fn file(
    asked: Asked,
    mut response: HttpResponseBuilder,
    validators: Validators,
    instance: &StoredInstance,
) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::of(&asked.request, instance.size, &validators);
    let range = match &wanted {
        Wanted::Nothing => return Ok(range::not_satisfiable(instance.size)),
        Wanted::Whole => 0..instance.size,
        Wanted::Part(range) => range.clone(),
    };
    let body = asked.archive.range(instance, range).await?;
    response.content_type(content_type(instance, Encoding::Stored));
    wanted.add_to(&mut response, instance.size);
    Ok(send(&asked.request, response, body.length, body.content))
}

async fn multipart(
    asked: Asked,
    mut response: HttpResponseBuilder,
    members: Vec<(StoredInstance, Encoding)>,
) -> Result<HttpResponse, Failure> {
    let frame = Multipart::new();
    response.content_type(frame.content_type(DICOM));
    let location =
        |instance: &StoredInstance| asked.address.instance(&instance.study, &instance.series, &instance.instance);
    let heads: Vec<PartHead> = members
        .iter()
        .map(|(instance, encoding)| PartHead {
            content_type: content_type(instance, *encoding),
            location: location(instance),
        })
        .collect();
    let known = members.iter().all(|(_, encoding)| *encoding == Encoding::Stored);
    let lengths = members.iter().map(|(instance, _)| instance.size);
    let length = known.then(|| frame.length(heads.iter().zip(lengths)));

    // The first object is opened before the answer begins, so that its failure has a status of its own; the others are
    // opened while the one before is on its way.
    let archive = asked.archive.clone();
    let mut waiting = members.into_iter().zip(heads).map(move |((instance, encoding), head)| {
        let archive = archive.clone();
        async move { open(archive.object(&instance, encoding).await?, &instance, encoding, head) }
    });
    let first = match waiting.next() {
        Some(first) => first.await?,
        None => return Err(nothing_acceptable(false, &Offer::default())),
    };
    let parts = stream::iter([Ok(first)]).chain(stream::iter(waiting).buffered(2));
    Ok(send(&asked.request, response, length, frame.write(parts)))
}

fn content_type(instance: &StoredInstance, encoding: Encoding) -> String {
    format!("{DICOM}; transfer-syntax={}", syntax_of(encoding, &instance.transfer_syntax))
}

/// A part; an error when the object is no longer the one whose length was promised.
fn open(body: Body, instance: &StoredInstance, encoding: Encoding, head: PartHead) -> Result<Part, archive::Error> {
    if encoding == Encoding::Stored && body.length != Some(instance.size) {
        return Err(archive::Error::Damaged(format!("instance {} has changed", instance.instance)));
    }
    Ok(Part { head, content: body.content })
}
