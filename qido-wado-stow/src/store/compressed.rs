//! Compressed bulk data: of which transfer syntax they are, and whether they can be the frames of an object.

use archive::StoreFailure;
use futures_util::TryStreamExt;

use super::bulk_parts::{BulkPart, BulkParts};
use crate::transfer_syntax::{is_native, media_type};

/// The transfer syntax of a media type that comes without one (PS3.18 Table 8.7.3-4).
fn default_of(essence: &str) -> Option<&'static str> {
    Some(match essence {
        "image/jpeg" => "1.2.840.10008.1.2.4.70",
        "image/jls" => "1.2.840.10008.1.2.4.80",
        "image/jp2" => "1.2.840.10008.1.2.4.90",
        "image/jpx" => "1.2.840.10008.1.2.4.92",
        "image/jphc" => "1.2.840.10008.1.2.4.201",
        "image/jxl" => "1.2.840.10008.1.2.4.110",
        "image/dicom-rle" => "1.2.840.10008.1.2.5",
        "video/mpeg" | "video/mpeg2" => "1.2.840.10008.1.2.4.100",
        "video/mp4" => "1.2.840.10008.1.2.4.102",
        "video/h265" => "1.2.840.10008.1.2.4.107",
        _ => return None,
    })
}

/// Whether a part is a compressed bit stream, by its media type, or by a transfer syntax of octets.
pub(super) fn is_compressed(part: &BulkPart) -> bool {
    default_of(&part.essence).is_some() || part.transfer_syntax.as_deref().is_some_and(|syntax| !is_native(syntax))
}

/// The one transfer syntax of all parts: as they tell, or as the metadata tell, or as the media type or the bit stream
/// itself has it.
pub(super) async fn transfer_syntax(
    parts: &[BulkPart],
    of_metadata: &[String],
    bulk: &BulkParts,
) -> Result<String, StoreFailure> {
    let Some(first) = parts.first() else { return Err(wrong("there are none")) };
    if parts.iter().any(|part| part.essence != first.essence || part.transfer_syntax != first.transfer_syntax) {
        return Err(wrong("their parts are of different media types or transfer syntaxes"));
    }
    let is_octets = default_of(&first.essence).is_none();
    let fits = |syntax: &str| is_octets || goes_with(syntax, &first.essence);
    if let Some(syntax) = &first.transfer_syntax {
        let is_uid = archive::Uid::new(syntax).is_ok();
        return match is_uid && fits(syntax) {
            true => Ok(syntax.clone()),
            false => Err(wrong(&format!("their transfer syntax is none of {}", first.essence))),
        };
    }
    if let Some(syntax) = of_metadata.iter().find(|syntax| goes_with(syntax, &first.essence)) {
        return Ok(syntax.clone());
    }
    if first.essence == "image/jpeg"
        && let Some(process) = jpeg_process(first, bulk).await?
    {
        return Ok(process.to_owned());
    }
    default_of(&first.essence).map(str::to_owned).ok_or_else(|| wrong("their transfer syntax is not known"))
}

/// Frames come as a part each, a video as one.
pub(super) fn check(parts: &[BulkPart], frames: Option<u64>, transfer_syntax: &str) -> Result<(), StoreFailure> {
    let is_video = media_type(transfer_syntax).starts_with("video/");
    let expected = if is_video { 1 } else { frames.unwrap_or(1) };
    match parts.len() as u64 == expected {
        true => Ok(()),
        false => Err(wrong(&format!("{} parts came, but there are to be {expected}", parts.len()))),
    }
}

fn wrong(words: &str) -> StoreFailure {
    StoreFailure::CannotUnderstand(format!("bulk data of the Pixel Data: {words}"))
}

/// Whether frames of a transfer syntax are of this media type.
fn goes_with(syntax: &str, essence: &str) -> bool {
    let own = media_type(syntax);
    own.eq_ignore_ascii_case(essence) || (own == "video/mpeg" && essence == "video/mpeg2")
}

/// The JPEG process that a bit stream names itself, by its first SOF marker (ITU-T T.81 §B.2.2).
async fn jpeg_process(part: &BulkPart, bulk: &BulkParts) -> Result<Option<&'static str>, StoreFailure> {
    let Some(beginning) = bulk.content(part).try_next().await? else { return Ok(None) };
    Ok(frame_marker(&beginning).and_then(|marker| match marker {
        0xc0 => Some("1.2.840.10008.1.2.4.50"),
        0xc1 => Some("1.2.840.10008.1.2.4.51"),
        // Process 14; .70 is the one whose predictor is the first, and the default.
        _ => None,
    }))
}

fn frame_marker(stream: &[u8]) -> Option<u8> {
    let mut rest = stream.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[0xff, marker], after) = rest.split_first_chunk::<2>()? else { return None };
        match marker {
            0xff => rest = &rest[1..],
            0xc0..=0xc3 => return Some(marker),
            _ => {
                let length = u16::from_be_bytes(*after.first_chunk::<2>()?);
                rest = after.get(usize::from(length)..).filter(|_| length >= 2)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_process_of_a_jpeg_stream() {
        assert_eq!(frame_marker(b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc0\0"), Some(0xc0));
        assert_eq!(frame_marker(b"\xff\xd8\xff\xc3"), Some(0xc3));
        for broken in
            [&b""[..], b"\xff\xd8", b"\xff\xd8\xff\xe0\0\0\xff\xc0", b"\xff\xd8\xff\xe0\xff\xff", b"\xff\xd8ab"]
        {
            assert_eq!(frame_marker(broken), None);
        }
    }

    #[test]
    fn every_default_is_of_its_media_type() {
        for essence in
            ["image/jpeg", "image/jls", "image/jp2", "image/jxl", "image/dicom-rle", "video/mp4", "video/h265"]
        {
            assert!(goes_with(default_of(essence).unwrap(), essence), "{essence}");
        }
    }
}
