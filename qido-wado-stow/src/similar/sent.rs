//! An example that a request brings: whole in memory, because nothing of it is kept.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use actix_web::web;
use archive::similar::LARGEST_EXAMPLE as LARGEST;
use archive::volume::Admission;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::Failure;
use crate::asked::Asked;
use crate::media_type::MediaType;

/// Media types of examples.
pub(crate) const TAKEN: [&str; 3] = ["application/dicom", "image/png", "image/jpeg"];

/// Reads the example; its room in memory is taken before.
///
/// # Errors
/// 415, 413, 408; 400 when nothing comes; 503 when there is no room.
pub(super) async fn read(
    asked: &Asked,
    mut payload: web::Payload,
    idle: Duration,
) -> Result<(Bytes, Admission), Failure> {
    check_type(&asked.request)?;
    let declared = header(&asked.request, CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let too_large = || Failure::TooLarge(LARGEST as u64);
    if declared.is_some_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    let room = asked.archive.answer_room(declared.unwrap_or(LARGEST)).await?;
    let mut bytes = BytesMut::new();
    loop {
        match timeout(idle, payload.next()).await {
            Err(_) => return Err(Failure::Idle),
            Ok(None) => break,
            Ok(Some(Err(error))) => return Err(Failure::BadRequest(format!("the request body is broken: {error}"))),
            Ok(Some(Ok(piece))) if bytes.len() + piece.len() > LARGEST => return Err(too_large()),
            Ok(Some(Ok(piece))) => bytes.extend_from_slice(&piece),
        }
    }
    if bytes.is_empty() {
        return Err(Failure::BadRequest("the request brings no image".into()));
    }
    if !is_picture(&bytes)
        && header(&asked.request, CONTENT_TYPE).is_some_and(|text| text.trim_start().starts_with("image/"))
    {
        return Err(Failure::UnsupportedMediaType("what was sent is neither a PNG nor a JPEG".into()));
    }
    Ok((bytes.freeze(), room))
}

/// Whether bytes begin as a PNG or JPEG does.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff")
}

/// Whether bytes begin as an image does that is taken: DICOM objects by their prefix (PS3.10 §7.1).
pub(super) fn is_known(bytes: &[u8]) -> bool {
    is_picture(bytes) || bytes.get(128..132) == Some(b"DICM")
}

fn check_type(request: &HttpRequest) -> Result<(), Failure> {
    let unsupported = |words: &str| Err(Failure::UnsupportedMediaType(words.into()));
    if header(request, CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return unsupported("the request body may not be compressed");
    }
    let media = header(request, CONTENT_TYPE).and_then(MediaType::parse);
    if !media.is_some_and(|media| TAKEN.contains(&media.essence.as_str())) {
        return unsupported("examples are taken as application/dicom, image/png and image/jpeg");
    }
    Ok(())
}

fn header(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}
