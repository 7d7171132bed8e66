//! What can be asked of stored objects (PS3.18 §9, §10.4).

use super::{ACCEPT, CHARSET, DOCUMENTS, ICC_PROFILE, Kind, Parameter, ParameterValue, flag, text, whole};

const IF_NONE_MATCH: Parameter = text("If-None-Match", "304 when the client has this state (RFC 9110 §13.1.2)");
const IF_MODIFIED_SINCE: Parameter = text("If-Modified-Since", "The same by date (RFC 9110 §13.1.3)");
const RANGE: Parameter = text(
    "Range",
    "A range of bytes of what goes out alone and as it is stored: objects, values, frames, videos, documents",
);
const IF_RANGE: Parameter = text("If-Range", "The range of this state only (RFC 9110 §13.1.5)");
const CONDITIONAL: &[Parameter] = &[IF_NONE_MATCH, IF_MODIFIED_SINCE];
const IN_PARTS: &[Parameter] = &[IF_NONE_MATCH, IF_MODIFIED_SINCE, RANGE, IF_RANGE];

/// Objects; as octets all their bulk data (Table 10.4.4-1).
const OBJECTS: &[&str] = &[
    "multipart/related; type=\"application/dicom\"",
    "application/dicom",
    "application/zip",
    "multipart/related; type=\"application/octet-stream\"",
];
/// Values, and the media types of compressed frames and videos (Table 8.7.3-5): by themselves, or as parts.
const FRAME_TYPES: &[&str] = &[
    "application/octet-stream",
    "multipart/related; type=\"application/octet-stream\"",
    "image/jpeg",
    "image/dicom-rle",
    "image/jls",
    "image/jp2",
    "image/jpx",
    "image/jphc",
    "image/jxl",
    "video/mpeg",
    "video/mp4",
    "video/H265",
    "multipart/related; type=\"image/jpeg\"",
    "multipart/related; type=\"image/dicom-rle\"",
    "multipart/related; type=\"image/jls\"",
    "multipart/related; type=\"image/jp2\"",
    "multipart/related; type=\"image/jpx\"",
    "multipart/related; type=\"image/jphc\"",
    "multipart/related; type=\"image/jxl\"",
    "multipart/related; type=\"video/mpeg\"",
    "multipart/related; type=\"video/mp4\"",
    "multipart/related; type=\"video/H265\"",
];
const PICTURES: &[&str] = &["image/jpeg", "image/png", "image/gif"];

const RENDERINGS: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "video/mpeg",
    "video/mp4",
    "video/H265",
    "text/html",
    "text/plain",
    "application/pdf",
    "text/xml",
    "model/stl",
    "model/obj",
    "model/mtl",
    "multipart/related; type=\"image/jpeg\"",
    "multipart/related; type=\"image/png\"",
];

pub(crate) static OBJECT: Kind = Kind {
    title: "Retrieve Instances",
    clause: "§10.4.1.1.1",
    summary: "Objects as stored (transfer-syntax=*) or in another transfer syntax.",
    parameters: &[
        flag("dicomdir", "With application/zip: add a DICOMDIR (PS3.10 §8), as for exchanged media; an extension"),
        ACCEPT,
        CHARSET,
    ],
    headers: IN_PARTS,
    takes: &[],
    gives: OBJECTS,
};

pub(crate) static METADATA: Kind = Kind {
    title: "Retrieve Metadata",
    clause: "§10.4.1.1.2",
    summary: "All attributes; large values stand as a BulkDataURI that can be retrieved.",
    parameters: &[ACCEPT, CHARSET],
    headers: CONDITIONAL,
    takes: &[],
    gives: DOCUMENTS,
};

pub(crate) static FRAMES: Kind = Kind {
    title: "Retrieve Frames",
    clause: "§10.4.1.1.6",
    summary: "Frames by number (3,1,2000), in the order asked: native samples, or the compressed bit stream by its media type.",
    parameters: &[ACCEPT, CHARSET],
    headers: IN_PARTS,
    takes: &[],
    gives: FRAME_TYPES,
};

pub(crate) static BULK_DATA: Kind = Kind {
    title: "Retrieve Bulk Data",
    clause: "§10.4.1.1.5",
    summary: "Values of elements as metadata name them.",
    parameters: &[ACCEPT, CHARSET],
    headers: IN_PARTS,
    takes: &[],
    gives: FRAME_TYPES,
};

pub(crate) static PIXEL_DATA: Kind = Kind {
    title: "Retrieve Pixel Data",
    clause: "§10.4.1.1.6",
    summary: "Pixel Data alone, without the other attributes; encapsulated ones a part for each frame.",
    parameters: &[ACCEPT, CHARSET],
    headers: IN_PARTS,
    takes: &[],
    gives: FRAME_TYPES,
};

pub(crate) static RENDERED: Kind = Kind {
    title: "Retrieve Rendered",
    clause: "§10.4.1.1.3",
    summary: "Pictures for the screen, loops, videos, documents and reports, each in the media types of its kind.",
    parameters: &[
        text("window", "center,width,function; the function is linear, linear-exact or sigmoid (§8.3.5.1.4)"),
        text("viewport", "width,height and maybe a source region x,y,width,height (§8.3.5.1.3)"),
        whole("quality", "Quality of a JPEG (§8.3.5.1.2)", 1, 100),
        text("annotation", "patient, technique: written onto the picture (§8.3.5.1.1)"),
        ICC_PROFILE,
        ACCEPT,
        CHARSET,
    ],
    headers: IN_PARTS,
    takes: &[],
    gives: RENDERINGS,
};

pub(crate) static THUMBNAIL: Kind = Kind {
    title: "Retrieve Thumbnail",
    clause: "§10.4.1.1.4",
    summary: "One small picture.",
    parameters: &[text("viewport", "width,height (§8.3.5.2)"), ACCEPT, CHARSET],
    headers: CONDITIONAL,
    takes: &[],
    gives: PICTURES,
};

/// An object, or what it is rendered as.
const URI_TYPES: &[&str] = &[
    "image/jpeg",
    "image/png",
    "image/gif",
    "application/dicom",
    "video/mpeg",
    "video/mp4",
    "video/H265",
    "text/html",
    "text/plain",
    "text/xml",
    "application/pdf",
    "model/stl",
    "model/obj",
    "model/mtl",
];

pub(crate) static WADO_URI: Kind = Kind {
    title: "URI Service",
    clause: "§9",
    summary: "One object or picture by query parameters, as viewers asked before there was WADO-RS.",
    parameters: &[
        Parameter { name: "requestType", what: "WADO (§9.1.2.1.1)", value: ParameterValue::OneOf(&["WADO"]) },
        text("studyUID", "Study Instance UID (§9.1.2.1.2)"),
        text("seriesUID", "Series Instance UID (§9.1.2.1.3)"),
        text("objectUID", "SOP Instance UID (§9.1.2.1.4)"),
        text("contentType", "Media types, the best first"),
        text("transferSyntax", "Transfer Syntax UID of a DICOM object"),
        whole("frameNumber", "Frame, from 1", 1, u32::MAX),
        text("windowCenter", "Window Center; goes with windowWidth"),
        text("windowWidth", "Window Width"),
        whole("columns", "Most columns of the picture", 1, 16_384),
        whole("rows", "Most rows of the picture", 1, 16_384),
        text("annotation", "patient, technique"),
        text("region", "xmin,ymin,xmax,ymax in parts of the image, 0 to 1"),
        whole("imageQuality", "Quality of a JPEG", 1, 100),
        text("presentationSeriesUID", "Series Instance UID of a presentation state"),
        text("presentationUID", "SOP Instance UID of a presentation state"),
        Parameter {
            name: "anonymize",
            what: "The object without whose it is; goes with contentType=application/dicom",
            value: ParameterValue::OneOf(&["yes", "no"]),
        },
        CHARSET,
    ],
    headers: IN_PARTS,
    takes: &[],
    gives: URI_TYPES,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer_syntax::media_type;

    #[test]
    fn names_every_media_type_that_frames_are_served_in() {
        let stored = ["92", "93", "100", "102", "107"].map(|last| format!("1.2.840.10008.1.2.4.{last}"));
        let made = codec::TARGETS.iter().map(|uid| (*uid).to_owned());
        for syntax in made.chain(stored) {
            let of = media_type(&syntax);
            let as_part = format!("multipart/related; type=\"{of}\"");
            assert!(FRAME_TYPES.contains(&of) && FRAME_TYPES.contains(&as_part.as_str()), "{syntax} is {of}");
        }
    }
}
