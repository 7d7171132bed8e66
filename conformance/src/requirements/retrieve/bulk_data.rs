//! Bulk data (PS3.18 §10.4.1.1.5, §10.4.3.3.5).

use crate::client::Request;
use crate::requirement::{Finding, Requirement, may, shall, should};
use crate::subjects::PDF;
use crate::suite::{OCTETS, Seen, Suite};

/// The value of Pixel Data of a native object by its BulkDataURI.
fn pixel_value(suite: &Suite, accept: &str) -> Seen {
    let (_, uri) = suite.pixel_uri(&suite.subjects.multi)?;
    suite.get(&uri, accept)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.4.5-001", "PS3.18 §10.4.1.1.5", "A BulkDataURI of metadata resolves.", |s| {
        pixel_value(s, "*/*")?.status(200).map(drop)
    }),
    shall(
        "WEB-10.4.5-002",
        "PS3.18 §10.4.1.1.5",
        "A BulkDataURI gives the value, in little endian, in multipart.",
        |s| {
            let answer = pixel_value(s, OCTETS)?;
            let bytes: Vec<u8> = answer.parts()?.into_iter().flat_map(|part| part.body).collect();
            answer.holds(bytes == s.subjects.multi.frames.concat(), "the bytes differ").map(drop)
        },
    ),
    shall("WEB-10.4.5-003", "PS3.18 §10.4.4", "A BulkDataURI gives the value without multipart on request.", |s| {
        let answer = pixel_value(s, "application/octet-stream")?;
        answer.status(200)?.content_type("application/octet-stream")?;
        answer.holds(answer.body == s.subjects.multi.frames.concat(), "the bytes differ").map(drop)
    }),
    shall(
        "WEB-10.4.5-004",
        "PS3.18 §10.4.3.3.5",
        "Parts of bulk data have the Content-Location of the metadata.",
        |s| {
            let (_, uri) = s.pixel_uri(&s.subjects.multi)?;
            let answer = s.get(&uri, OCTETS)?;
            let parts = answer.parts()?;
            let locations: Vec<&str> = parts.iter().map(|part| part.header("content-location")).collect();
            let path = uri.splitn(4, '/').nth(3).unwrap_or_default();
            answer.holds(locations.iter().all(|location| location.ends_with(path)), format!("{locations:?}")).map(drop)
        },
    ),
    should("WEB-10.4.5-005", "PS3.18 §10.4.1.1.5", "BulkDataURI is absolute, at the address that was asked.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.multi)?;
        let uri = metadata["7FE00010"]["BulkDataURI"].as_str().unwrap_or_default().to_owned();
        answer.holds(uri.starts_with(s.server.base()), format!("it is {uri:?}")).map(drop)
    }),
    shall(
        "WEB-10.4.5-006",
        "PS3.18 §8.7.8",
        "Bulk data in a media type that there is not are answered with 406.",
        |s| pixel_value(s, "text/html")?.status(406).map(drop),
    ),
    shall("WEB-10.4.5-007", "PS3.18 §8.5", "Bulk data that are not there are answered with 404.", |s| {
        let (_, uri) = s.pixel_uri(&s.subjects.multi)?;
        let path = uri.replace(&s.subjects.multi.instance, "2.25.1999");
        s.status(&path, OCTETS, 404)
    }),
    should("WEB-10.4.5-008", "RFC 9110 §9.3.2", "HEAD of bulk data is answered as GET is, without a body.", |s| {
        let (_, uri) = s.pixel_uri(&s.subjects.multi)?;
        s.head(&uri, "application/octet-stream")
    }),
    may("WEB-10.4.5-009", "RFC 9110 §14.2", "A range of a bulk value is given with 206.", |s| {
        let (_, uri) = s.pixel_uri(&s.subjects.multi)?;
        let request = Request::get(uri).accept("application/octet-stream").header("Range", "bytes=10-19");
        let answer = s.ask(request)?;
        answer.status(206)?.holds(answer.body == s.subjects.multi.frames[0][10..20], "other bytes").map(drop)
    }),
    shall(
        "WEB-10.4.5-010",
        "PS3.18 §10.4.1.1.5",
        "…/instances/{instance}/bulkdata gives the bulk data of the Instance.",
        |s| {
            let answer = s.get(&format!("{}/bulkdata", s.subjects.ct[0].path()), OCTETS)?;
            let found = answer.parts()?.iter().any(|part| part.body == s.subjects.ct[0].frames[0]);
            answer.holds(found, "the Pixel Data are not among the parts").map(drop)
        },
    ),
    shall(
        "WEB-10.4.5-011",
        "PS3.18 §10.4.1.1.5",
        "…/series/{series}/bulkdata gives the bulk data of all Instances.",
        |s| {
            let answer = s.get(&format!("{}/bulkdata", s.subjects.ct[0].series()), OCTETS)?;
            let count = answer.parts()?.len();
            answer.holds(count >= 3, format!("there are {count} parts of three Instances")).map(drop)
        },
    ),
    shall(
        "WEB-10.4.5-012",
        "PS3.18 §10.4.1.1.5",
        "/studies/{study}/bulkdata gives the bulk data of all Instances.",
        |s| {
            let answer = s.get(&format!("{}/bulkdata", s.subjects.ct[0].study()), OCTETS)?;
            let bytes: usize = answer.parts()?.iter().map(|part| part.body.len()).sum();
            answer.holds(bytes >= 3 * 512 + 4 * 256, format!("{bytes} bytes in all")).map(drop)
        },
    ),
    shall(
        "WEB-10.4.5-013",
        "PS3.18 §10.4.4",
        "multipart/related of octet-stream of an Instance is its bulk data.",
        |s| {
            let answer = s.get(&s.subjects.ct[0].path(), OCTETS)?;
            let found = answer.parts()?.iter().any(|part| part.body == s.subjects.ct[0].frames[0]);
            answer.holds(found, "the Pixel Data are not among the parts").map(drop)
        },
    )
    .noted("Kept for historical reasons, says Table 10.4.4-1."),
    should("WEB-10.4.5-014", "PS3.18 §8.7.3.3", "An Encapsulated Document is given in its own media type.", |s| {
        let (answer, metadata) = s.metadata(&s.subjects.pdf)?;
        if metadata["00420011"].get("InlineBinary").is_some() {
            return Err(Finding::NotApplicable("a document as small as ours stands in the metadata".into()));
        }
        let uri = metadata["00420011"]["BulkDataURI"].as_str();
        let uri = uri.ok_or_else(|| answer.failed("Encapsulated Document has no BulkDataURI"))?.to_owned();
        let (document, bytes) = s.bulk(&answer, &uri, "application/pdf")?;
        document.content_type("application/pdf")?;
        document.holds(bytes.starts_with(PDF), "the bytes differ").map(drop)
    }),
];
