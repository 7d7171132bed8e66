//! Frames (PS3.18 §10.4.1.1.6): native samples, or the stored bit stream by its media type.

use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::StoredInstance;
use archive::retrieve::{Body, Encoding};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::respond::{Way, send};
use super::transfer::{Offer, Wish, syntax_of};
use super::{frame_list, objects, range};
use crate::Failure;
use crate::accept::Accept;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::media_type::MediaType;
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::transfer_syntax::{self, EXPLICIT_VR_LITTLE_ENDIAN, is_native, is_readable};

const SAMPLES: &str = "application/octet-stream";

/// Retrieve frames of an Instance.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let instance = objects::one(&asked, &target, "frames").await?;
    let frames = frame_list::read(asked.request.match_info().query("frames"), instance.frame_count)?;
    answer(asked, instance, frames).await
}

/// These frames, as the client accepts them.
pub(super) async fn answer(asked: Asked, instance: StoredInstance, frames: Vec<u32>) -> Result<HttpResponse, Failure> {
    let mut offer = Offer::default();
    let choice = choose(&asked, &instance, frames.len(), &mut offer).await?;
    let choice = choice.ok_or_else(|| nothing_acceptable(&instance.transfer_syntax, &offer))?;
    let form = format!("{frames:?} {choice:?}");
    let validators = Validators::of_instances(std::slice::from_ref(&instance), &form);
    let validators = if choice.is_same_each_time(&instance) { validators.strong() } else { validators };
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let response = validators.add_to(HttpResponse::Ok());
    if choice.single {
        single(asked, response, &validators, &instance, frames[0], choice).await
    } else {
        multipart(asked, response, instance, frames, choice).await
    }
}

/// How frames are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    single: bool,
    /// As stored, or as samples.
    pub encoding: Encoding,
    media_type: &'static str,
}

impl Choice {
    /// Whether it gives the same bytes each time: those that are stored, alone. What a codec makes may differ after an
    /// update of it.
    fn is_same_each_time(&self, instance: &StoredInstance) -> bool {
        let syntax = instance.transfer_syntax.as_str();
        let is_stored = match self.encoding {
            Encoding::Stored => true,
            Encoding::Native => is_native(syntax),
            Encoding::Encoded(target) => target == syntax,
        };
        self.single && is_stored
    }

    /// Content-Type of a frame that comes in this transfer syntax.
    pub fn content_type(&self, transfer_syntax: &str) -> String {
        format!("{}; transfer-syntax={transfer_syntax}", self.media_type)
    }
}

/// How to send `count` frames of an instance: the best way of those that can be made.
pub(super) async fn choose(
    asked: &Asked,
    instance: &StoredInstance,
    count: usize,
    offer: &mut Offer,
) -> Result<Option<Choice>, Failure> {
    for choice in possible(&asked.accept, &instance.transfer_syntax, count) {
        if offer.of(&asked.archive, instance, choice.encoding).await?.is_some() {
            return Ok(Some(choice));
        }
    }
    Ok(None)
}

/// How `count` frames of an instance stored in `syntax` may be sent, the best first.
fn possible(accept: &Accept, syntax: &str, count: usize) -> Vec<Choice> {
    let ranges = accept.ranges().iter().filter_map(|range| {
        let multipart = range.essence.starts_with("multipart/") || range.essence == "*/*";
        let wanted = match range.essence.as_str() {
            "multipart/related" => range.root_type().unwrap_or_else(|| SAMPLES.to_owned()),
            "multipart/*" => "*/*".to_owned(),
            other => other.to_owned(),
        };
        let (encoding, media_type) = supply(&wanted, range, syntax)?;
        (multipart || count == 1).then_some(Choice { single: !multipart, encoding, media_type })
    });
    ranges.collect()
}

/// Frames stored in `syntax` as `wanted`, which may be a wildcard.
fn supply(wanted: &str, range: &MediaType, syntax: &str) -> Option<(Encoding, &'static str)> {
    let wish = match wanted {
        "*/*" | "application/*" => Wish::Any,
        SAMPLES => Wish::of(range),
        _ => return image(wanted, range, syntax),
    };
    match wish.fulfil(syntax, true)? {
        Encoding::Native => Some((Encoding::Native, SAMPLES)),
        // These are native already, save frames of single bits, which may begin within a byte of the stored ones.
        Encoding::Stored if syntax == EXPLICIT_VR_LITTLE_ENDIAN => Some((Encoding::Native, SAMPLES)),
        Encoding::Stored => Some((Encoding::Stored, transfer_syntax::media_type(syntax))),
        encoding @ Encoding::Encoded(target) => {
            codec::encodable(target).map(|_| (encoding, transfer_syntax::media_type(target)))
        }
    }
}

/// The same by a media type of compressed frames: the stored bit stream if it is of this type, else the transfer syntax that
/// is named with it, else the default one of the type.
fn image(wanted: &str, range: &MediaType, syntax: &str) -> Option<(Encoding, &'static str)> {
    // Names of before 2017, which viewers still send.
    let wanted = match wanted {
        "image/x-jls" => "image/jls",
        "image/x-dicom-rle" => "image/dicom-rle",
        other => other,
    };
    let named = range.parameter("transfer-syntax").map(str::trim).filter(|uid| !uid.is_empty() && *uid != "*");
    let is_wanted = |kind: &str| {
        kind.eq_ignore_ascii_case(wanted) || wanted.strip_suffix("*").is_some_and(|begin| kind.starts_with(begin))
    };
    let stored = transfer_syntax::media_type(syntax);
    if is_wanted(stored) && named.is_none_or(|uid| uid == syntax) {
        return Some((Encoding::Stored, stored));
    }
    let target = match named {
        Some(uid) => codec::encodable(uid)?,
        None if wanted == "image/*" => transfer_syntax::default_of("image/jpeg")?,
        None => transfer_syntax::default_of(wanted)?,
    };
    let made = transfer_syntax::media_type(target);
    // Of what is no image (video), no image is made.
    (is_wanted(made) && is_readable(syntax)).then_some((Encoding::Encoded(target), made))
}

fn nothing_acceptable(syntax: &str, offer: &Offer) -> Failure {
    let stored = transfer_syntax::media_type(syntax);
    Failure::NotAcceptable(format!(
        "frames of this instance are available as multipart/related with the type {SAMPLES} (native samples, where they \
         can be decoded; transfer-syntax=* for the stored bit stream), {stored}, or a media type of compressed frames that \
         has room for them{}",
        offer.words()
    ))
}

async fn single(
    asked: Asked,
    mut response: HttpResponseBuilder,
    validators: &Validators,
    instance: &StoredInstance,
    number: u32,
    choice: Choice,
) -> Result<HttpResponse, Failure> {
    let (way, body) = opened(&asked, instance, number, choice.encoding, Bytes::new()).await?;
    response.content_type(choice.content_type(&body.transfer_syntax));
    if !choice.is_same_each_time(instance) {
        return Ok(send(way, response, body.length, body.content));
    }
    let part = async |range| asked.archive.frame_range(instance, number, choice.encoding, range).await;
    range::send(way, response, validators, body, part).await
}

/// A frame with its way to the client, and after it a few bytes, which the length does not count.
async fn opened(
    asked: &Asked,
    instance: &StoredInstance,
    number: u32,
    encoding: Encoding,
    after: Bytes,
) -> Result<(Way, Body), archive::Error> {
    if let Some(stored) = asked.archive.frame_in_place(instance, number, encoding).await? {
        let way = Way::of_stored(&asked.request);
        let transfer_syntax = syntax_of(encoding, &instance.transfer_syntax).to_owned();
        let length = Some(stored.length());
        return Ok((way.clone(), Body { length, content: way.content(stored, after), transfer_syntax }));
    }
    let body = asked.archive.frame(instance, number, encoding).await?;
    let content = body.content.chain(stream::iter([Ok(after)])).boxed();
    Ok((Way::from(&asked.request), Body { content, ..body }))
}

async fn multipart(
    asked: Asked,
    mut response: HttpResponseBuilder,
    instance: StoredInstance,
    frames: Vec<u32>,
    choice: Choice,
) -> Result<HttpResponse, Failure> {
    let frame = Multipart::new();
    response.content_type(frame.content_type(choice.media_type));
    let base = asked.address.instance(&instance.study, &instance.series, &instance.instance);
    let syntax = syntax_of(choice.encoding, &instance.transfer_syntax).to_owned();
    let head = move |number: u32| PartHead {
        content_type: choice.content_type(&syntax),
        location: format!("{base}/frames/{number}"),
    };
    // The first frame is fetched before the answer begins, so that its failure has a status of its own.
    let first_head = head(frames[0]);
    if frames.len() == 1 {
        let (way, body) = opened(&asked, &instance, frames[0], choice.encoding, frame.closing(true)).await?;
        let length = body.length.map(|length| frame.length([(&first_head, length)].into_iter()));
        let parts = stream::iter([Ok(Part { head: first_head, content: body.content })]);
        return Ok(send(way, response, length, frame.write_closed(parts)));
    }
    let first = asked.archive.frame(&instance, frames[0], choice.encoding).await?;
    let archive = asked.archive.clone();
    let rest = frames.into_iter().skip(1).map(move |number| {
        let (archive, instance, head) = (archive.clone(), instance.clone(), head(number));
        async move { Ok(Part { head, content: archive.frame(&instance, number, choice.encoding).await?.content }) }
    });
    let first = stream::iter([Ok(Part { head: first_head, content: first.content })]);
    let parts = first.chain(stream::iter(rest).buffered(2));
    Ok(send(&asked.request, response, None, frame.write(parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
    const RLE: &str = "1.2.840.10008.1.2.5";
    const HEVC: &str = "1.2.840.10008.1.2.4.107";

    fn chosen(accept: &str, syntax: &str, count: usize) -> Option<(bool, Encoding, &'static str)> {
        let accept = Accept::new([].into_iter(), [accept].into_iter());
        let first = possible(&accept, syntax, count).into_iter().next();
        first.map(|choice| (choice.single, choice.encoding, choice.media_type))
    }

    #[test]
    fn gives_viewers_the_stored_bit_stream() {
        let asked = "multipart/related; type=application/octet-stream; transfer-syntax=*";
        assert_eq!(chosen(asked, JPEG_LS, 1), Some((false, Encoding::Stored, "image/jls")));
        assert_eq!(chosen(asked, "1.2.840.10008.1.2", 1), Some((false, Encoding::Stored, SAMPLES)));
    }

    #[test]
    fn gives_native_samples_by_default() {
        let asked = r#"multipart/related; type="application/octet-stream""#;
        assert_eq!(chosen(asked, JPEG_LS, 3), Some((false, Encoding::Native, SAMPLES)));
        assert_eq!(chosen("*/*", JPEG_LS, 3), Some((false, Encoding::Native, SAMPLES)));
        assert_eq!(chosen("application/octet-stream", JPEG_LS, 1), Some((true, Encoding::Native, SAMPLES)));
    }

    #[test]
    fn serves_the_stored_bit_stream_by_its_media_type() {
        assert_eq!(
            chosen(r#"multipart/related; type="image/jls""#, JPEG_LS, 2),
            Some((false, Encoding::Stored, "image/jls"))
        );
        assert_eq!(chosen("image/x-jls; transfer-syntax=*", JPEG_LS, 1), Some((true, Encoding::Stored, "image/jls")));
        assert_eq!(chosen("image/dicom-rle", RLE, 1), Some((true, Encoding::Stored, "image/dicom-rle")));
        assert_eq!(chosen("image/*", RLE, 1), Some((true, Encoding::Stored, "image/dicom-rle")));
        assert_eq!(chosen("video/*", HEVC, 1), Some((true, Encoding::Stored, "video/H265")));
    }

    #[test]
    fn encodes_in_another_media_type() {
        let jp2 = Some((false, Encoding::Encoded("1.2.840.10008.1.2.4.90"), "image/jp2"));
        assert_eq!(chosen(r#"multipart/related; type="image/jp2""#, JPEG_LS, 1), jp2);
        let near = Some((true, Encoding::Encoded("1.2.840.10008.1.2.4.81"), "image/jls"));
        assert_eq!(chosen("image/jls; transfer-syntax=1.2.840.10008.1.2.4.81", JPEG_LS, 1), near);
        let octets = "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.81";
        assert_eq!(chosen(octets, JPEG_LS, 1), near);
        let jpeg = Some((true, Encoding::Encoded("1.2.840.10008.1.2.4.70"), "image/jpeg"));
        assert_eq!(chosen("image/jpeg", EXPLICIT_VR_LITTLE_ENDIAN, 1), jpeg);
        assert_eq!(chosen("image/*", EXPLICIT_VR_LITTLE_ENDIAN, 1), jpeg);
        for asked in [
            "image/jls; transfer-syntax=1.2.840.10008.1.2.4.90",
            "image/jpx",
            "video/mp4",
            "image/png",
            "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1.99",
        ] {
            assert_eq!(chosen(asked, JPEG_LS, 1), None, "{asked}");
        }
        assert_eq!(chosen("image/jp2", HEVC, 1), None);
    }

    #[test]
    fn takes_the_second_choice() {
        let asked = r#"multipart/related; type="image/jpx", multipart/related; type="image/jls";q=0.5, */*;q=0.1"#;
        assert_eq!(chosen(asked, JPEG_LS, 1), Some((false, Encoding::Stored, "image/jls")));
        assert_eq!(chosen("application/octet-stream, */*;q=0.5", JPEG_LS, 2), Some((false, Encoding::Native, SAMPLES)));
    }

    #[test]
    fn has_nothing_for_other_types() {
        for asked in
            ["text/html", "image/gif", r#"multipart/related; type="application/dicom""#, "application/octet-stream"]
        {
            assert_eq!(chosen(asked, JPEG_LS, 2), None, "{asked}");
        }
    }
}
