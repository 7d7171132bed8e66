//! Objects stored as metadata and bulk data (PS3.18 §10.5.2, §8.6.1.2).

use base64::Engine as _;
use serde_json::{Value, json};

use crate::object::{GREY_JPEG, SECONDARY_CAPTURE};
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::store::metadata_and_bulk;
use crate::subjects::Subject;
use crate::suite::{OCTETS, Seen, Suite};

/// Metadata in DICOM JSON of a new image, its Pixel Data named by a URI.
fn model(subject: &Subject, uri: &str) -> Value {
    let text = |vr: &str, value: &str| json!({ "vr": vr, "Value": [value] });
    let number = |value: u16| json!({ "vr": "US", "Value": [value] });
    json!({
        "00080016": text("UI", SECONDARY_CAPTURE),
        "00080018": text("UI", &subject.instance),
        "00080060": text("CS", "OT"),
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Conformance^Metadata" }] },
        "00100020": text("LO", "CONFM"),
        "0020000D": text("UI", &subject.study),
        "0020000E": text("UI", &subject.series),
        "00280002": number(1),
        "00280004": text("CS", "MONOCHROME2"),
        "00280010": number(16),
        "00280011": number(16),
        "00280100": number(8),
        "00280101": number(8),
        "00280102": number(7),
        "00280103": number(0),
        "7FE00010": { "vr": "OB", "BulkDataURI": uri },
    })
}

/// Stores a new image as metadata in JSON and these bulk data under the URI that the metadata name.
fn store(suite: &Suite, subject: &Subject, media_type: &str, bulk: &[u8]) -> Seen {
    let metadata = json!([model(subject, "bulk/1")]).to_string();
    let request =
        metadata_and_bulk("/studies", "application/dicom+json", metadata.as_bytes(), &[(media_type, "bulk/1", bulk)]);
    suite.store(request)
}

/// The same in XML.
fn store_xml(suite: &Suite, subject: &Subject) -> Seen {
    let text = |tag: &str, vr: &str, keyword: &str, value: &str| {
        format!(
            "<DicomAttribute tag=\"{tag}\" vr=\"{vr}\" keyword=\"{keyword}\"><Value number=\"1\">{value}</Value></DicomAttribute>"
        )
    };
    let attributes = [
        text("00080016", "UI", "SOPClassUID", SECONDARY_CAPTURE),
        text("00080018", "UI", "SOPInstanceUID", &subject.instance),
        text("00080060", "CS", "Modality", "OT"),
        text("00100020", "LO", "PatientID", "CONFM"),
        text("0020000D", "UI", "StudyInstanceUID", &subject.study),
        text("0020000E", "UI", "SeriesInstanceUID", &subject.series),
    ];
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><NativeDicomModel>{}</NativeDicomModel>",
        attributes.concat()
    );
    suite.store(metadata_and_bulk("/studies", "application/dicom+xml", xml.as_bytes(), &[]))
}

fn samples_are(suite: &Suite, subject: &Subject, expected: &[u8]) -> Verdict {
    let answer = suite.get(&format!("{}/frames/1", subject.path()), OCTETS)?;
    let part = answer.part()?;
    answer.holds(part.body == expected, "the samples differ").map(drop)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.5.2-001", "PS3.18 §10.5.1.4", "Metadata in JSON and bulk data are stored.", |s| {
        let subject = s.fresh();
        store(s, &subject, "application/octet-stream", &subject.frames[0])?.status(200)?;
        s.is_there(&subject)
    }),
    shall("WEB-10.5.2-002", "PS3.18 §10.5.1.4", "Bulk data become the value of the Attribute that names them.", |s| {
        let subject = s.fresh();
        store(s, &subject, "application/octet-stream", &subject.frames[0])?.status(200)?;
        samples_are(s, &subject, &subject.frames[0])
    }),
    should("WEB-10.5.2-003", "PS3.18 §10.5.2", "A JPEG among the bulk data becomes encapsulated Pixel Data.", |s| {
        let subject = s.fresh();
        store(s, &subject, "image/jpeg", GREY_JPEG)?.status(200)?;
        let answer = s.get(
            &format!("{}/frames/1", subject.path()),
            "multipart/related; type=\"image/jpeg\"; transfer-syntax=*",
        )?;
        let part = answer.part()?;
        answer.holds(part.body.starts_with(GREY_JPEG), "it is another JPEG").map(drop)
    }),
    shall("WEB-10.5.2-004", "PS3.18 §10.5.1.4", "Metadata in XML are stored.", |s| {
        let subject = s.fresh();
        store_xml(s, &subject)?.status(200)?;
        s.is_there(&subject)
    }),
    shall("WEB-10.5.2-005", "PS3.18 §10.5.1.4", "Metadata of several Instances are one array.", |s| {
        let (one, other) = (s.fresh(), s.fresh());
        let metadata = json!([model(&one, "bulk/1"), model(&other, "bulk/2")]).to_string();
        let octets = "application/octet-stream";
        let bulk = [(octets, "bulk/1", one.frames[0].as_slice()), (octets, "bulk/2", other.frames[0].as_slice())];
        s.store(metadata_and_bulk("/studies", "application/dicom+json", metadata.as_bytes(), &bulk))?.status(200)?;
        s.is_there(&one)?;
        s.is_there(&other)
    }),
    shall(
        "WEB-10.5.2-006",
        "PS3.18 §10.5.3.1",
        "Metadata that name bulk data which do not come are not stored.",
        |s| {
            let subject = s.fresh();
            let metadata = json!([model(&subject, "bulk/1")]).to_string();
            let request = metadata_and_bulk("/studies", "application/dicom+json", metadata.as_bytes(), &[]);
            s.store(request)?.status_in(&[400, 409]).map(drop)
        },
    ),
    shall("WEB-10.5.2-007", "PS3.18 §10.5.3.1", "Metadata that are no JSON are answered with 400.", |s| {
        let request = metadata_and_bulk("/studies", "application/dicom+json", b"{ this is no JSON", &[]);
        s.store(request)?.status_in(&[400, 409]).map(drop)
    }),
    shall("WEB-10.5.2-008", "PS3.18 §F.2.7", "InlineBinary in metadata is stored as the value.", |s| {
        let subject = s.fresh();
        let mut metadata = model(&subject, "none");
        let text = base64::engine::general_purpose::STANDARD.encode(&subject.frames[0]);
        metadata["7FE00010"] = json!({ "vr": "OB", "InlineBinary": text });
        let body = json!([metadata]).to_string();
        s.store(metadata_and_bulk("/studies", "application/dicom+json", body.as_bytes(), &[]))?.status(200)?;
        samples_are(s, &subject, &subject.frames[0])
    }),
    may("WEB-10.5.2-009", "PS3.18 §10.5.2", "Metadata alone, without Pixel Data, are stored.", |s| {
        let subject = s.fresh();
        let mut metadata = model(&subject, "none");
        metadata.as_object_mut().map(|object| object.remove("7FE00010"));
        let body = json!([metadata]).to_string();
        s.store(metadata_and_bulk("/studies", "application/dicom+json", body.as_bytes(), &[]))?.status(200)?;
        s.is_there(&subject)
    }),
];
