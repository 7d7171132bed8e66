//! Studies, Series and Instances as DICOM objects (PS3.18 §10.4.1.1.1), streamed one after the other.

use std::ops::Range;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::retrieve::{Body, Content, Encoding};
use archive::{Archive, StoredInstance};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

mod choice;
mod zipped;

use choice::{Form, choose, nothing_acceptable};

use super::all_bulk_data;
use super::bulk_data::OCTETS;
use super::range;
use super::respond::{Way, send};
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
        return Box::pin(all_bulk_data::retrieve(asked, target)).await;
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
    let form = choice.form;
    let members = choice.members(instances);
    match form {
        Form::Single => single(asked, response, validators, members).await,
        Form::Multipart => multipart(asked, response, members).await,
        Form::Zip => Box::pin(zipped::answer(asked, target, response, members)).await,
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
    if instance.is_file(*encoding) {
        response.content_type(content_type(instance, *encoding));
        let way = Way::of_stored(&asked.request);
        let part = async |range| stored(&asked.archive, &way, instance, range, Bytes::new()).await;
        let whole = part(0..instance.size).await?;
        return range::send(way.clone(), response, &validators, whole, part).await;
    }
    let body = asked.archive.object(instance, *encoding).await?;
    response.content_type(format!("{DICOM}; transfer-syntax={}", body.transfer_syntax));
    Ok(send(&asked.request, response, body.length, body.content))
}

/// Bytes of a stored file on their way, and after them a few more, which the length does not count.
async fn stored(
    archive: &Archive,
    way: &Way,
    instance: &StoredInstance,
    range: Range<u64>,
    after: Bytes,
) -> Result<Body, archive::Error> {
    let stored = archive.stored(instance, range).await?;
    let transfer_syntax = instance.transfer_syntax.clone();
    Ok(Body { length: Some(stored.length()), content: way.content(stored, after), transfer_syntax })
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
    let way = if known { Way::of_stored(&asked.request) } else { Way::from(&asked.request) };

    // The first object is opened before the answer begins, so that its failure has a status of its own; the others are
    // opened while the one before is on its way.
    let (archive, opening) = (asked.archive.clone(), way.clone());
    let (closing, last) = (frame.clone(), heads.len().saturating_sub(1));
    let mut waiting = members.into_iter().zip(heads).enumerate().map(move |(at, ((instance, encoding), head))| {
        let (archive, way, after) = (archive.clone(), opening.clone(), closing.closing(at == last));
        async move {
            let content = open(&archive, &way, &instance, encoding, after).await?;
            Ok(Part { head, content })
        }
    });
    let first = match waiting.next() {
        Some(first) => first.await?,
        None => return Err(nothing_acceptable(false, &Offer::default())),
    };
    let first = stream::iter([Ok(first)]);
    let parts = match last {
        0 => first.boxed_local(),
        _ => first.chain(stream::iter(waiting).buffered(2)).boxed_local(),
    };
    Ok(send(way, response, length, frame.write_closed(parts)))
}

fn content_type(instance: &StoredInstance, encoding: Encoding) -> String {
    format!("{DICOM}; transfer-syntax={}", syntax_of(encoding, &instance.transfer_syntax))
}

/// An object, and after it a few bytes; an error when it is no longer of the length that was promised.
async fn open(
    archive: &Archive,
    way: &Way,
    instance: &StoredInstance,
    encoding: Encoding,
    after: Bytes,
) -> Result<Content, archive::Error> {
    if instance.is_file(encoding) {
        return Ok(stored(archive, way, instance, 0..instance.size, after).await?.content);
    }
    let body = archive.object(instance, encoding).await?;
    Ok(body.content.chain(stream::iter([Ok(after)])).boxed())
}
