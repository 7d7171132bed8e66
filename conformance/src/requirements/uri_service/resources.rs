//! WADO-URI: mandatory parameters, and DICOM Instances (PS3.18 §9.1, §9.4).

use crate::client::Request;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::suite::Suite;

/// The request without one of its mandatory parameters is refused.
fn refuses_without(suite: &Suite, name: &str) -> Verdict {
    let query = suite.uri_query();
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(name)).collect();
    suite.status(&format!("{}?{}", suite.uri_service(), rest.join("&")), "*/*", 400)
}

/// The request with another value of a mandatory parameter.
fn with(suite: &Suite, name: &str, value: &str) -> String {
    let query = suite.uri_query();
    let pairs =
        query.split('&').map(|pair| if pair.starts_with(name) { format!("{name}={value}") } else { pair.to_owned() });
    format!("{}?{}&contentType=application/dicom", suite.uri_service(), pairs.collect::<Vec<_>>().join("&"))
}

const DICOM: &str = "&contentType=application/dicom";
const NOWHERE: &str = "2.25.1999999999999999999999999999999999";

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall(
        "WEB-9.1-001",
        "PS3.18 §9.1.2.1",
        "An Instance is identified by requestType, studyUID, seriesUID, objectUID.",
        |s| s.uri(DICOM)?.status(200).map(drop),
    ),
    shall("WEB-9.1-002", "PS3.18 §9.1.2", "The parameters may come in any order.", |s| {
        let ct = &s.subjects.ct[0];
        let query = format!("objectUID={}&seriesUID={}&studyUID={}", ct.instance, ct.series, ct.study);
        s.status(&format!("{}?contentType=application/dicom&{query}&requestType=WADO", s.uri_service()), "*/*", 200)
    }),
    shall("WEB-9.1-003", "PS3.18 §9.1.2.1", "A request without requestType gives 400.", |s| {
        refuses_without(s, "requestType")
    }),
    shall("WEB-9.1-004", "PS3.18 §9.1.2.1", "A requestType other than WADO gives 400.", |s| {
        s.status(&with(s, "requestType", "OTHER"), "*/*", 400)
    }),
    shall("WEB-9.1-005", "PS3.18 §9.1.2.1", "A request without studyUID gives 400.", |s| {
        refuses_without(s, "studyUID")
    }),
    shall("WEB-9.1-006", "PS3.18 §9.1.2.1", "A request without seriesUID gives 400.", |s| {
        refuses_without(s, "seriesUID")
    }),
    shall("WEB-9.1-007", "PS3.18 §9.1.2.1", "A request without objectUID gives 400.", |s| {
        refuses_without(s, "objectUID")
    }),
    shall("WEB-9.1-008", "PS3.18 §8.5", "An objectUID that is no UID gives 400 or 404.", |s| {
        s.get(&with(s, "objectUID", "not-a-uid"), "*/*")?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-9.1-009", "PS3.18 §8.5", "An Instance that is not there gives 404.", |s| {
        s.status(&with(s, "objectUID", NOWHERE), "*/*", 404)
    }),
    should("WEB-9.1-010", "PS3.18 §8.5", "An Instance asked for in another Study than its own gives 404.", |s| {
        s.status(&with(s, "studyUID", NOWHERE), "*/*", 404)
    }),
    shall("WEB-9.1-011", "PS3.18 §9.1.2.2", "contentType names the media type: application/dicom.", |s| {
        s.uri(DICOM)?.status(200)?.content_type("application/dicom").map(drop)
    }),
    shall("WEB-9.1-012", "PS3.18 §9.1.2.2", "contentType names the media type: image/jpeg.", |s| {
        s.uri("&contentType=image/jpeg")?.status(200)?.content_type("image/jpeg").map(drop)
    }),
    shall(
        "WEB-9.1-013",
        "PS3.18 §9.1.2.2, §8.7.8",
        "A contentType that cannot be given is answered with 406.",
        |s| s.uri("&contentType=audio/basic")?.status(406).map(drop),
    ),
    should(
        "WEB-9.1-014",
        "PS3.18 §9.1.2.2",
        "contentType may be a list of which the first that there is, is given.",
        |s| s.uri("&contentType=audio/basic,image/jpeg")?.status(200)?.content_type("image/jpeg").map(drop),
    ),
    shall("WEB-9.1-015", "PS3.18 §9.1.2.2", "charset=utf-8 is honoured.", |s| {
        s.uri("&charset=utf-8")?.status(200).map(drop)
    }),
    should("WEB-9.1-016", "RFC 9110 §9.3.2", "HEAD is answered as GET is, without a body.", |s| {
        s.head(&format!("{}?{}{DICOM}", s.uri_service(), s.uri_query()), "*/*")
    }),
    shall("WEB-9.1-017", "PS3.18 §9.1.2", "A query parameter that is not supported is ignored.", |s| {
        s.uri(&format!("{DICOM}&nosuchparameter=1"))?.status(200).map(drop)
    }),
    shall(
        "WEB-9.1-018",
        "PS3.18 §9.4.1",
        "Accept: application/dicom is honoured when there is no contentType.",
        |s| {
            let path = format!("{}?{}", s.uri_service(), s.uri_query());
            s.gives(&path, "application/dicom", "application/dicom")
        },
    ),
    should("WEB-9.1-019", "PS3.18 §8.11", "Nothing is given to nobody.", |s| {
        let answer = s.ask(Request::get(format!("{}?{}{DICOM}", s.uri_service(), s.uri_query())).as_nobody())?;
        answer.status_in(&[401, 403]).map(drop)
    }),
    shall("WEB-9.4-001", "PS3.18 §9.4", "application/dicom is a single PS3.10 file.", |s| {
        let answer = s.uri(DICOM)?;
        s.is_object(answer.status(200)?, &answer.body, "1.2.840.10008.1.2.1", &s.subjects.ct[0].frames[0])
    }),
    shall(
        "WEB-9.4-002",
        "PS3.18 §9.4.2.4",
        "Without transferSyntax the Instance is in Explicit VR Little Endian.",
        |s| {
            let rle = &s.subjects.rle;
            let ids = format!("studyUID={}&seriesUID={}&objectUID={}", rle.study, rle.series, rle.instance);
            let answer = s.get(&format!("{}?requestType=WADO&{ids}{DICOM}", s.uri_service()), "*/*")?;
            s.is_object(answer.status(200)?, &answer.body, "1.2.840.10008.1.2.1", &rle.frames.concat())
        },
    ),
    may("WEB-9.4-003", "PS3.18 §9.4.1", "transferSyntax names the transfer syntax of the Instance.", |s| {
        let rle = &s.subjects.rle;
        let ids = format!("studyUID={}&seriesUID={}&objectUID={}", rle.study, rle.series, rle.instance);
        let path = format!("{}?requestType=WADO&{ids}{DICOM}&transferSyntax=1.2.840.10008.1.2.5", s.uri_service());
        let answer = s.get(&path, "*/*")?;
        s.is_object(answer.status(200)?, &answer.body, "1.2.840.10008.1.2.5", &[])
    }),
    shall(
        "WEB-9.4-004",
        "PS3.18 §9.4.2.4",
        "A transferSyntax that is not supported gives 406, and one that is none 400.",
        |s| {
            let path = format!("{DICOM}&transferSyntax=1.2.3.4.5");
            s.uri(&path)?.status_in(&[400, 406]).map(drop)
        },
    ),
    may("WEB-9.4-005", "PS3.18 §9.4.1", "anonymize=yes removes the Patient's Name, ID and UIDs.", |s| {
        let answer = s.uri(&format!("{DICOM}&anonymize=yes"))?;
        let body = &answer.status(200)?.body;
        let holds = |text: &str| body.windows(text.len()).any(|window| window == text.as_bytes());
        answer.holds(!holds("Conformance^Anna"), "the Patient's Name is there")?;
        answer.holds(!holds(&s.subjects.patient(0)), "the Patient ID is there").map(drop)
    }),
    shall("WEB-9.4-006", "PS3.18 §9.4.1", "anonymize is honoured or refused, never passed over.", |s| {
        let answer = s.uri(&format!("{DICOM}&anonymize=yes"))?;
        let named = answer.body.windows(16).any(|window| window == b"Conformance^Anna");
        answer.holds(answer.status >= 400 || !named, "personal data were given").map(drop)
    }),
];
