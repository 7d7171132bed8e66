//! Sentences about metadata (PS3.18 §10.4.1.1.2, Annex F) and the bulk data that they name.

use std::rc::Rc;

use base64::Engine as _;
use serde_json::Value;

use super::search::same;
use super::{JSON, OCTETS, Suite};
use crate::answer::Answer;
use crate::client::Request;
use crate::part10;
use crate::requirement::{Finding, Verdict};
use crate::subjects::Subject;

impl Suite {
    /// The metadata of one Instance.
    pub fn metadata(&self, subject: &Subject) -> Result<(Rc<Answer>, Value), Finding> {
        let answer = self.get(&format!("{}/metadata", subject.path()), JSON)?;
        let first = answer.array()?.into_iter().next().ok_or_else(|| answer.failed("the array is empty"))?;
        Ok((answer, first))
    }

    /// An element of the object that has all VRs is this JSON.
    pub fn model(&self, tag: &str, expected: &str) -> Verdict {
        let (answer, metadata) = self.metadata(&self.subjects.rich)?;
        same(&answer, &metadata, tag, expected)
    }

    /// A binary element of the object that has all VRs comes as InlineBinary or BulkDataURI, with these bytes.
    pub fn binary(&self, tag: &str, vr: &str, expected: &[u8]) -> Verdict {
        let (answer, metadata) = self.metadata(&self.subjects.rich)?;
        let element = metadata.get(tag).ok_or_else(|| answer.failed(format!("there is no {tag}")))?;
        answer.holds(element["vr"] == vr, format!("expected {tag} with the VR {vr}, seen {}", element["vr"]))?;
        let bytes = match (element["InlineBinary"].as_str(), element["BulkDataURI"].as_str()) {
            (Some(text), _) => base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default(),
            (None, Some(uri)) => self.bulk(&answer, uri, OCTETS)?.1,
            (None, None) => return Err(answer.failed(format!("{tag} has neither InlineBinary nor BulkDataURI"))),
        };
        answer.holds(bytes == expected, format!("the bytes of {tag} differ: {bytes:?}")).map(drop)
    }

    /// The bytes behind a BulkDataURI of `metadata`, single part or the one part.
    pub fn bulk(&self, metadata: &Answer, uri: &str, accept: &str) -> Result<(Rc<Answer>, Vec<u8>), Finding> {
        let url = self.absolute(metadata, uri);
        let answer = self.get(&url, accept)?;
        answer.status(200)?;
        let bytes = if answer.essence() == "multipart/related" { answer.part()?.body } else { answer.body.clone() };
        Ok((answer, bytes))
    }

    /// BulkDataURI of the Pixel Data of an Instance.
    pub fn pixel_uri(&self, subject: &Subject) -> Result<(Rc<Answer>, String), Finding> {
        let (answer, metadata) = self.metadata(subject)?;
        let uri = metadata["7FE00010"]["BulkDataURI"].as_str();
        let uri = uri.ok_or_else(|| answer.failed("Pixel Data have no BulkDataURI"))?.to_owned();
        Ok((answer.clone(), self.absolute(&answer, &uri)))
    }

    /// A URI that may be relative to the resource that names it.
    fn absolute(&self, _from: &Answer, uri: &str) -> String {
        if uri.contains("://") {
            return uri.to_owned();
        }
        let root: String = self.server.base().splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        if uri.starts_with('/') { format!("{root}{uri}") } else { format!("/{uri}") }
    }

    /// One DICOM object of a retrieval is PS3.10 in this transfer syntax and ends with these bytes.
    pub fn is_object(&self, answer: &Answer, file: &[u8], transfer_syntax: &str, end: &[u8]) -> Verdict {
        let seen = part10::transfer_syntax(file).ok_or_else(|| answer.failed("a part is no PS3.10 file"))?;
        answer.holds(seen == transfer_syntax, format!("expected transfer syntax {transfer_syntax}, seen {seen}"))?;
        answer.holds(file.ends_with(end), "the Pixel Data differ from what was stored").map(drop)
    }

    /// Conditional GET of a resource: with the ETag that it gave, 304.
    pub fn not_modified(&self, path: &str, accept: &str) -> Verdict {
        let answer = self.get(path, accept)?;
        let tag = answer.status(200)?.with_header("etag")?.to_owned();
        self.ask(Request::get(path).accept(accept).header("If-None-Match", &tag))?.status(304).map(drop)
    }

    /// HEAD gives the status and media type of GET, and no body.
    pub fn head(&self, path: &str, accept: &str) -> Verdict {
        let whole = self.get(path, accept)?;
        let head = self.ask(Request::new("HEAD", path).accept(accept))?;
        head.status(whole.status)?.content_type(&whole.essence())?;
        head.holds(head.body.is_empty(), "HEAD has a body").map(drop)
    }

    /// If HEAD says a length, it is that of GET.
    pub fn head_has_no_other_length(&self, path: &str, accept: &str) -> Verdict {
        let whole = self.get(path, accept)?;
        let head = self.ask(Request::new("HEAD", path).accept(accept))?;
        let (said, length) = (head.header("content-length").unwrap_or_default(), whole.body.len().to_string());
        let words = format!("HEAD says {said} bytes, GET gives {length}");
        head.holds(head.status != whole.status || said.is_empty() || said == length, words).map(drop)
    }
}
