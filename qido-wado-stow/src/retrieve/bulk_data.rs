//! Bulk data (PS3.18 §10.4.1.1.5): the values that metadata name by a `BulkDataURI`.

use actix_web::HttpResponse;
use archive::StoredInstance;
use futures_util::stream;

use super::respond::send;
use super::{frames, objects, range};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::transfer_syntax::is_native;

pub(super) const OCTETS: &str = "application/octet-stream";
/// Path of the Pixel Data.
pub(super) const PIXEL_DATA: &str = "7FE00010";

/// Retrieve one bulk value of an Instance; encapsulated Pixel Data is given frame by frame.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let path = asked.request.match_info().query("path").to_owned();
    at(asked, target, "bulkdata", path).await
}

/// Retrieve the Pixel Data of an Instance (PS3.18 §10.4.1.1.6).
pub(crate) async fn pixel_data(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    at(asked, target, "pixeldata", PIXEL_DATA.to_owned()).await
}

async fn at(asked: Asked, target: Target, resource: &'static str, path: String) -> Result<HttpResponse, Failure> {
    let instance = objects::one(&asked, &target, resource).await?;
    if path.eq_ignore_ascii_case(PIXEL_DATA) && !is_native(&instance.transfer_syntax) {
        let all = (1..=instance.frame_count).collect();
        return frames::answer(asked, instance, all).await;
    }
    value(asked, instance, path).await
}

async fn value(asked: Asked, instance: StoredInstance, path: String) -> Result<HttpResponse, Failure> {
    let single = is_single(&asked)?;
    let validators = Validators::of_instances(std::slice::from_ref(&instance), &format!("{path} {single}"));
    let validators = if single { validators.strong() } else { validators };
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let body = asked.archive.bulk_data(&instance, &path).await?;
    let mut response = validators.add_to(HttpResponse::Ok());
    if single {
        response.content_type(OCTETS);
        let part = async |range| asked.archive.bulk_data_range(&instance, &path, range).await;
        return range::send(&asked.request, response, &validators, body, part).await;
    }
    let frame = Multipart::new();
    response.content_type(frame.content_type(OCTETS));
    let owner = asked.address.instance(&instance.study, &instance.series, &instance.instance);
    let head = PartHead { content_type: OCTETS.into(), location: format!("{owner}/bulkdata/{path}") };
    let length = body.length.map(|length| frame.length([(&head, length)].into_iter()));
    let part = stream::iter([Ok(Part { head, content: body.content })]);
    Ok(send(&asked.request, response, length, frame.write(part)))
}

/// Whether the value is sent as it is, or as the one part of a multipart answer.
fn is_single(asked: &Asked) -> Result<bool, Failure> {
    let choice = asked.accept.choose(|range| match (range.essence.as_str(), range.root_type().as_deref()) {
        (OCTETS | "application/*" | "*/*", _) => Some(true),
        ("multipart/related", Some(OCTETS | "*/*" | "application/*") | None) | ("multipart/*", _) => Some(false),
        _ => None,
    });
    let words = "bulk data are available as application/octet-stream, alone or in multipart/related";
    choice.ok_or_else(|| Failure::NotAcceptable(words.into()))
}
