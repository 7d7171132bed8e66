//! Studies, Series and Instances as DICOM objects (PS3.18 §10.4.1.1.1), streamed one after the other.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::StoredInstance;
use archive::retrieve::{Body, Encoding};
use futures_util::{StreamExt, stream};

mod choice;
mod zipped;

use choice::{Form, choose, nothing_acceptable};

use super::all_bulk_data;
use super::bulk_data::OCTETS;
use super::range;
use super::respond::send;
use super::transfer::{Offer, Wish, syntax_of};
use crate::accept::Accept;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::{Failure, warning};

const DICOM: &str = "application/dicom";
const ZIP: &str = "application/zip";
/// Length of preamble and prefix (PS3.10 §7.1).
const PREAMBLE: u64 = 132;

/// Retrieve a Study, Series or Instance; as octets it means all its bulk data (Table 10.4.4-1).
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    // Whatever is answered: it may make no sense only.
    asked.query.flag("dicomdir")?;
    let wants_bulk_data =
        |accept: &Accept| accept.choose(|range| (range.root_type()? == OCTETS).then_some(())).is_some();
    if choice::wishes(&asked.accept, true).is_empty() && wants_bulk_data(&asked.accept) {
        return all_bulk_data::retrieve(asked, target).await;
    }
    let resource = if target.0.instance.is_some() { "instance" } else { "instances" };
    let instances = asked.archive.instances_seen(&asked.actor, &target.0, resource).await?;
    let wishes = choice::wishes(&asked.accept, instances.len() == 1);
    answer(asked, target, instances, &wishes).await
}

/// One Instance by itself, in a transfer syntax.
pub(super) async fn alone(
    asked: Asked,
    target: Target,
    instance: StoredInstance,
    wish: Wish,
) -> Result<HttpResponse, Failure> {
    answer(asked, target, vec![instance], &[(Form::Single, wish)]).await
}

async fn answer(
    asked: Asked,
    target: Target,
    instances: Vec<StoredInstance>,
    wishes: &[(Form, Wish)],
) -> Result<HttpResponse, Failure> {
    let choice = choose(&asked, wishes, &instances).await?;
    let validators = choice.validators(&instances);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let status = if choice.left_out == 0 { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let mut response = validators.add_to(HttpResponse::build(status));
    if choice.left_out > 0 {
        let words = format!(
            "{} instances are not available in an acceptable transfer syntax{}",
            choice.left_out, choice.reason
        );
        warning::add(&mut response, &asked.address, &words);
    }
    match choice.form {
        Form::Single => single(asked, response, validators, choice.members).await,
        Form::Multipart => multipart(asked, response, choice.members).await,
        Form::Zip => zipped::answer(asked, target, response, choice.members).await,
    }
}

/// The one Instance that a path names.
pub(super) async fn one(asked: &Asked, target: &Target, resource: &'static str) -> Result<StoredInstance, Failure> {
    let found = asked.archive.instances_seen(&asked.actor, &target.0, resource).await?;
    found.into_iter().next().ok_or_else(|| Failure::NotFound("the instance does not exist here".into()))
}

async fn single(
    asked: Asked,
    mut response: HttpResponseBuilder,
    validators: Validators,
    members: Vec<(StoredInstance, Encoding)>,
) -> Result<HttpResponse, Failure> {
    let (instance, encoding) = &members[0];
    let body = asked.archive.object(instance, *encoding).await?;
    response.content_type(format!("{DICOM}; transfer-syntax={}", body.transfer_syntax));
    if instance.is_file(*encoding) {
        let part = async |range| asked.archive.range(instance, range).await;
        return range::send(&asked.request, response, &validators, body, part).await;
    }
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
    let known = members.iter().all(|(instance, encoding)| instance.is_file(*encoding));
    let lengths = members.iter().map(|(instance, _)| instance.size);
    let length = known.then(|| frame.length(heads.iter().zip(lengths)));

    // The first object is opened before the answer begins, so that its failure has a status of its own; the others are
    // opened while the one before is on its way.
    let archive = asked.archive.clone();
    let (closing, last) = (frame.clone(), heads.len().saturating_sub(1));
    let mut waiting = members.into_iter().zip(heads).enumerate().map(move |(at, ((instance, encoding), head))| {
        let (archive, after) = (archive.clone(), closing.closing(at == last));
        async move { open(archive.object_and(&instance, encoding, after).await?, &instance, encoding, head) }
    });
    let first = match waiting.next() {
        Some(first) => first.await?,
        None => return Err(nothing_acceptable(false, &Offer::default())),
    };
    let parts = stream::iter([Ok(first)]).chain(stream::iter(waiting).buffered(2));
    Ok(send(&asked.request, response, length, frame.write_closed(parts)))
}

fn content_type(instance: &StoredInstance, encoding: Encoding) -> String {
    format!("{DICOM}; transfer-syntax={}", syntax_of(encoding, &instance.transfer_syntax))
}

/// A part; an error when the object is no longer the one whose length was promised.
fn open(body: Body, instance: &StoredInstance, encoding: Encoding, head: PartHead) -> Result<Part, archive::Error> {
    if instance.is_file(encoding) && body.length != Some(instance.size) {
        return Err(archive::Error::Damaged(format!("instance {} has changed", instance.instance)));
    }
    Ok(Part { head, content: body.content })
}
