//! Messages, status codes, header fields and character sets that all transactions share (PS3.18 §8.1–§8.6, §8.8, §8.11).

use crate::client::Request;
use crate::requirement::{Requirement, may, shall, should};
use crate::suite::{DICOM, JSON, OCTETS, Suite, XML};

/// Path of a metadata resource that exists.
fn metadata(suite: &Suite) -> String {
    format!("{}/metadata", suite.subjects.ct[0].path())
}

/// A UID that no server holds.
const NOWHERE: &str = "2.25.1999999999999999999999999999999999";

pub(super) const TABLE: &[Requirement] = &[
    shall("WEB-8.1-001", "PS3.18 §8.1", "The origin server answers GET on a resource that it holds.", |s| {
        s.status(&metadata(s), JSON, 200)
    }),
    should("WEB-8.1-002", "RFC 9110 §9.3.2", "HEAD is answered as GET is, without a body: metadata.", |s| {
        s.head(&metadata(s), JSON)
    }),
    should("WEB-8.1-003", "RFC 9110 §9.3.2", "HEAD is answered as GET is, without a body: an Instance.", |s| {
        s.head(&s.subjects.ct[0].path(), DICOM)
    }),
    should("WEB-8.1-004", "RFC 9110 §9.3.2", "HEAD is answered as GET is, without a body: a search.", |s| {
        s.head(&s.first(""), JSON)
    }),
    should("WEB-8.1-005", "RFC 9110 §15.5.6", "A method that a resource does not know is answered with 405.", |s| {
        s.ask(Request::new("DELETE", "/studies"))?.status(405).map(drop)
    }),
    shall("WEB-8.1-006", "RFC 9110 §15.5.6", "An answer 405 names the methods that there are in Allow.", |s| {
        let answer = s.ask(Request::new("DELETE", "/studies"))?;
        answer.holds(answer.status != 405 || answer.header("allow").is_some(), "405 without Allow").map(drop)
    }),
    may("WEB-8.1-007", "RFC 9110 §9.3.7", "OPTIONS on a resource names its methods in Allow.", |s| {
        let answer = s.ask(Request::new("OPTIONS", "/studies"))?;
        answer.status_in(&[200, 204])?.with_header("allow").map(drop)
    }),
    shall("WEB-8.1-008", "RFC 9110 §8.6", "HEAD says no other length than GET has: metadata.", |s| {
        s.head_has_no_other_length(&format!("{}/metadata", s.subjects.rich.study()), JSON)
    }),
    shall("WEB-8.1-009", "RFC 9110 §8.6", "HEAD says no other length than GET has: metadata in XML.", |s| {
        s.head_has_no_other_length(&metadata(s), XML)
    }),
    shall("WEB-8.1-010", "RFC 9110 §8.6", "HEAD says no other length than GET has: Instances.", |s| {
        s.head_has_no_other_length(&s.subjects.ct[0].series(), DICOM)
    }),
    shall("WEB-8.1-011", "RFC 9110 §8.6", "HEAD says no other length than GET has: frames.", |s| {
        s.head_has_no_other_length(&format!("{}/frames/1,2", s.subjects.multi.path()), OCTETS)
    }),
    shall("WEB-8.1-012", "RFC 9110 §8.6", "HEAD says no other length than GET has: bulk data.", |s| {
        s.head_has_no_other_length(&format!("{}/bulkdata", s.subjects.ct[0].series()), OCTETS)
    }),
    shall("WEB-8.1-013", "RFC 9110 §8.6", "HEAD says no other length than GET has: a picture.", |s| {
        s.head_has_no_other_length(&format!("{}/rendered", s.subjects.ct[0].path()), "image/jpeg")
    }),
    shall("WEB-8.1-014", "RFC 9110 §8.6", "HEAD says no other length than GET has: a search.", |s| {
        s.head_has_no_other_length(&s.first(""), JSON)
    }),
    shall("WEB-8.2-001", "PS3.18 §8.2", "A path that is no resource of the service is answered with 404.", |s| {
        s.status("/no-such-resource", JSON, 404)
    }),
    shall("WEB-8.3-001", "PS3.18 §8.3.1", "Names and values of query parameters may be percent-encoded.", |s| {
        s.counts(&format!("/studies?%50atientID={}", s.subjects.patient(0).replace('C', "%43")), 1)
    }),
    shall("WEB-8.3-002", "PS3.18 §8.3", "Query parameters may come in any order.", |s| {
        s.counts(&format!("/studies?limit=5&PatientID={}&offset=0", s.subjects.patient(0)), 1)
    }),
    shall("WEB-8.3-003", "PS3.18 §8.3", "A query parameter that a retrieval does not support is ignored.", |s| {
        s.status(&format!("{}?nosuchparameter=1", metadata(s)), JSON, 200)
    }),
    should("WEB-8.4-001", "RFC 9110 §8.8.3", "Metadata have an entity tag.", |s| {
        s.get(&metadata(s), JSON)?.status(200)?.with_header("etag").map(drop)
    }),
    should("WEB-8.4-002", "RFC 9110 §13.1.2", "If-None-Match with the current tag of metadata gives 304.", |s| {
        s.not_modified(&metadata(s), JSON)
    }),
    should("WEB-8.4-003", "RFC 9110 §13.1.2", "If-None-Match with the current tag of an Instance gives 304.", |s| {
        s.not_modified(&s.subjects.ct[0].path(), DICOM)
    }),
    should(
        "WEB-8.4-004",
        "RFC 9110 §13.1.2",
        "If-None-Match with the current tag of a rendered image gives 304.",
        |s| s.not_modified(&format!("{}/rendered", s.subjects.ct[0].path()), "image/jpeg"),
    ),
    should("WEB-8.4-005", "RFC 9110 §13.1.2", "If-None-Match with another tag gives the whole representation.", |s| {
        s.ask(Request::get(metadata(s)).accept(JSON).header("If-None-Match", "\"another\""))?.status(200).map(drop)
    }),
    should("WEB-8.4-006", "RFC 9110 §8.8.2", "An Instance says when it was last modified.", |s| {
        s.get(&s.subjects.ct[0].path(), DICOM)?.status(200)?.with_header("last-modified").map(drop)
    }),
    should("WEB-8.4-007", "RFC 9110 §13.1.3", "If-Modified-Since with the time of the last change gives 304.", |s| {
        let path = s.subjects.ct[0].path();
        let answer = s.get(&path, DICOM)?;
        let time = answer.with_header("last-modified")?;
        let request = Request::get(path).accept(DICOM).header("If-Modified-Since", time);
        s.ask(request)?.status(304).map(drop)
    }),
    may("WEB-8.4-008", "RFC 9110 §8.4", "JSON is compressed for a user agent that accepts gzip.", |s| {
        let request = Request::get(format!("{}/metadata", s.subjects.ct[0].study())).accept(JSON);
        let answer = s.ask(request.header("Accept-Encoding", "gzip"))?;
        let coding = answer.status(200)?.with_header("content-encoding")?;
        answer.holds(coding == "gzip" && answer.body.starts_with(&[0x1f, 0x8b]), format!("coded as {coding}")).map(drop)
    }),
    may("WEB-8.4-009", "RFC 9110 §14.2", "A range of an Instance's bytes is given with 206.", |s| {
        let path = s.subjects.ct[0].path();
        let whole = s.get(&path, "application/dicom; transfer-syntax=*")?;
        let request =
            Request::get(path).accept("application/dicom; transfer-syntax=*").header("Range", "bytes=128-131");
        let part = s.ask(request)?;
        part.status(206)?.holds(whole.body.get(128..132) == Some(&part.body), "other bytes than asked").map(drop)
    }),
    shall("WEB-8.4-010", "PS3.18 §8.4.2", "A payload has a Content-Type: a search.", |s| {
        s.get(&s.first(""), JSON)?.status(200)?.with_header("content-type").map(drop)
    }),
    should("WEB-8.4-011", "RFC 9110 §12.5.5", "An answer that depends on Accept says so in Vary.", |s| {
        let answer = s.get(&metadata(s), JSON)?;
        let vary = answer.with_header("vary")?.to_ascii_lowercase();
        answer.holds(vary.contains("accept") || vary == "*", format!("Vary is {vary}")).map(drop)
    }),
    shall("WEB-8.5-001", "PS3.18 §8.5", "A Study that is not there is answered with 404.", |s| {
        s.status(&format!("/studies/{NOWHERE}"), DICOM, 404)
    }),
    shall("WEB-8.5-002", "PS3.18 §8.5", "A Series that is not there is answered with 404.", |s| {
        s.status(&format!("{}/series/{NOWHERE}", s.subjects.ct[0].study()), DICOM, 404)
    }),
    shall("WEB-8.5-003", "PS3.18 §8.5", "An Instance that is not there is answered with 404.", |s| {
        s.status(&format!("{}/instances/{NOWHERE}", s.subjects.ct[0].series()), DICOM, 404)
    }),
    shall(
        "WEB-8.5-004",
        "PS3.18 §8.5",
        "A Series asked for below another Study than its own is answered with 404.",
        |s| s.status(&format!("{}/series/{}/metadata", s.subjects.rich.study(), s.subjects.ct[0].series), JSON, 404),
    ),
    shall("WEB-8.5-005", "PS3.18 §8.5", "What is no UID in the place of one is answered with 400 or 404.", |s| {
        s.get("/studies/not-a-uid/metadata", JSON)?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-8.5-006", "PS3.18 §8.5", "A UID of more than 64 characters is answered with 400 or 404.", |s| {
        s.get(&format!("/studies/1.{}/metadata", "2".repeat(70)), JSON)?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-8.5-007", "PS3.18 §8.5", "A path that climbs out of the service is answered with 400 or 404.", |s| {
        s.get("/studies/..%2f..%2fetc%2fpasswd/metadata", JSON)?.status_in(&[400, 403, 404]).map(drop)
    }),
    should("WEB-8.6-001", "PS3.18 §8.6.3", "A refusal has a payload that says why.", |s| {
        let answer = s.get("/studies?limit=abc", JSON)?;
        answer.status(400)?.holds(!answer.body.is_empty(), "the answer is empty").map(drop)
    }),
    shall("WEB-8.6-002", "PS3.18 §8.6.1.2", "A multipart payload has a boundary, and ends with it.", |s| {
        s.get(&s.subjects.ct[0].series(), DICOM)?.parts().map(drop)
    }),
    shall("WEB-8.6-003", "PS3.18 §8.6.1.2", "Content-Type of a multipart payload names the type of its parts.", |s| {
        let answer = s.get(&s.subjects.ct[0].series(), DICOM)?;
        let kind = answer.status(200)?.parameter("type").unwrap_or_default();
        answer.holds(kind == "application/dicom", format!("the parameter type is {kind:?}")).map(drop)
    }),
    shall("WEB-8.6-004", "PS3.18 §8.6.1.2", "Every part of a multipart payload has a Content-Type.", |s| {
        let answer = s.get(&s.subjects.ct[0].series(), DICOM)?;
        let without = answer.parts()?.iter().filter(|part| part.essence().is_empty()).count();
        answer.holds(without == 0, format!("{without} parts have none")).map(drop)
    }),
    shall("WEB-8.8-001", "PS3.18 §F.2", "DICOM JSON is in UTF-8.", |s| {
        let answer = s.get(&format!("{}/metadata", s.subjects.rich.path()), JSON)?;
        answer.status(200)?.holds(std::str::from_utf8(&answer.body).is_ok(), "it is not UTF-8").map(drop)
    }),
    shall("WEB-8.8-002", "PS3.18 §8.8.3", "Accept-Charset: utf-8 is honoured.", |s| {
        s.ask(Request::get(metadata(s)).accept(JSON).header("Accept-Charset", "utf-8"))?.status(200).map(drop)
    }),
    shall(
        "WEB-8.8-003",
        "PS3.18 §8.3.3.2",
        "The query parameter charset=utf-8 is honoured by Retrieve Rendered.",
        |s| s.status(&format!("{}/rendered?charset=utf-8", s.subjects.ct[0].path()), "image/jpeg", 200),
    ),
    shall("WEB-8.8-004", "PS3.18 §8.3.3.2", "A query parameter charset that is no character set gives 400.", |s| {
        s.status(&format!("{}/rendered?charset=no-such-set", s.subjects.ct[0].path()), "image/jpeg", 400)
    }),
    shall("WEB-8.11-001", "RFC 9110 §11.6.1", "An answer 401 says how to authenticate in WWW-Authenticate.", |s| {
        let answer = s.ask(Request::get(s.first("")).accept(JSON).as_nobody())?;
        if answer.status != 401 {
            return Err(crate::Finding::NotApplicable("the server asks nobody who they are".into()));
        }
        answer.with_header("www-authenticate").map(drop)
    }),
    should("WEB-8.11-002", "PS3.18 §8.11", "Personal data are given to nobody without authentication.", |s| {
        let answer = s.ask(Request::get(s.first("")).accept(JSON).as_nobody())?;
        answer.status_in(&[401, 403]).map(drop)
    }),
];
