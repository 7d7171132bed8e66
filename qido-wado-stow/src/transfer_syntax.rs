//! What a transfer syntax means on the web: the media type of its frames (PS3.18 §8.7.3), and whether we can undo it.

/// Explicit VR Little Endian, the default of `application/dicom` and of uncompressed bulk data (PS3.18 §8.7.3.5.2).
pub(crate) const EXPLICIT_VR_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";

/// The media type of a frame as it is stored.
pub(crate) fn media_type(transfer_syntax: &str) -> &'static str {
    let Some(last) = transfer_syntax.strip_prefix("1.2.840.10008.1.2.4.") else {
        return if transfer_syntax == "1.2.840.10008.1.2.5" { "image/dicom-rle" } else { "application/octet-stream" };
    };
    match last {
        "50" | "51" | "57" | "70" => "image/jpeg",
        "80" | "81" => "image/jls",
        "90" | "91" => "image/jp2",
        "92" | "93" => "image/jpx",
        "100" | "100.1" | "101" | "101.1" => "video/mpeg",
        "102" | "102.1" | "103" | "103.1" | "104" | "104.1" | "105" | "105.1" | "106" | "106.1" => "video/mp4",
        "107" | "108" => "video/H265",
        "110" | "111" | "112" => "image/jxl",
        "201" | "202" | "203" => "image/jphc",
        _ => "application/octet-stream",
    }
}

/// The transfer syntax of a frame that is asked for by its media type alone (PS3.18 Table 8.7.3-5, "D"), for those that are
/// made here.
pub(crate) fn default_of(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "image/jpeg" => "1.2.840.10008.1.2.4.70",
        "image/dicom-rle" => "1.2.840.10008.1.2.5",
        "image/jls" => "1.2.840.10008.1.2.4.80",
        "image/jp2" => "1.2.840.10008.1.2.4.90",
        "image/jxl" => "1.2.840.10008.1.2.4.110",
        "image/jphc" => "1.2.840.10008.1.2.4.201",
        _ => return None,
    })
}

/// Whether Pixel Data stand in the data set as plain samples (PS3.5 §8.2, §A.1–§A.3, §A.5).
pub(crate) fn is_native(transfer_syntax: &str) -> bool {
    matches!(
        transfer_syntax,
        "1.2.840.10008.1.2"
            | EXPLICIT_VR_LITTLE_ENDIAN
            | "1.2.840.10008.1.2.2"
            | "1.2.840.10008.1.2.1.99"
            | "1.2.840.113619.5.2"
    )
}

/// Whether frames of this transfer syntax can be made native samples.
pub(crate) fn is_readable(transfer_syntax: &str) -> bool {
    is_native(transfer_syntax) || codec::can_decode(transfer_syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_of_the_media_type_that_they_stand_for() {
        for name in ["image/jpeg", "image/dicom-rle", "image/jls", "image/jp2", "image/jxl", "image/jphc"] {
            let uid = default_of(name).unwrap();
            assert_eq!(media_type(uid), name);
            assert_eq!(codec::encodable(uid), Some(uid));
        }
        assert_eq!(default_of("video/mp4"), None);
    }

    #[test]
    fn names_the_media_type_of_stored_frames() {
        assert_eq!(media_type("1.2.840.10008.1.2.4.70"), "image/jpeg");
        assert_eq!(media_type("1.2.840.10008.1.2.4.80"), "image/jls");
        assert_eq!(media_type("1.2.840.10008.1.2.5"), "image/dicom-rle");
        assert_eq!(media_type(EXPLICIT_VR_LITTLE_ENDIAN), "application/octet-stream");
        assert_eq!(media_type("1.2.840.10008.1.2.4.999"), "application/octet-stream");
    }
}
