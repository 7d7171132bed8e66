//! Content negotiation (PS3.18 §8.3.3.1, §8.7): the parameter accept, the header Accept, weights, wildcards, refusals.

use crate::client::Request;
use crate::part10;
use crate::requirement::{Requirement, shall, should};
use crate::suite::{DICOM, JSON, Suite, XML};

fn metadata(suite: &Suite) -> String {
    format!("{}/metadata", suite.subjects.ct[0].path())
}

fn rendered(suite: &Suite) -> String {
    format!("{}/rendered", suite.subjects.ct[0].path())
}

pub(super) const TABLE: &[Requirement] = &[
    shall("WEB-8.7-001", "PS3.18 §8.7.7", "A media type that Accept names is given: DICOM JSON.", |s| {
        s.gives(&metadata(s), JSON, JSON)
    }),
    shall("WEB-8.7-002", "PS3.18 §8.7.7", "A media type that Accept names is given: image/jpeg.", |s| {
        s.gives(&rendered(s), "image/jpeg", "image/jpeg")
    }),
    shall("WEB-8.7-003", "PS3.18 §8.7.7", "Accept: */* gives the default: DICOM JSON of metadata.", |s| {
        s.gives(&metadata(s), "*/*", JSON)
    }),
    shall("WEB-8.7-004", "PS3.18 §8.7.7", "Accept: */* gives the default: image/jpeg of a rendered image.", |s| {
        s.gives(&rendered(s), "*/*", "image/jpeg")
    }),
    shall("WEB-8.7-005", "RFC 9110 §12.5.1", "A request without Accept gives the default: metadata.", |s| {
        s.ask(Request::get(metadata(s)))?.status(200)?.content_type(JSON).map(drop)
    }),
    shall("WEB-8.7-006", "RFC 9110 §12.5.1", "A request without Accept gives the default: a search.", |s| {
        s.ask(Request::get(s.first("")))?.status(200)?.content_type(JSON).map(drop)
    }),
    shall("WEB-8.7-007", "RFC 9110 §12.5.1", "A wildcard of a type is honoured: image/*.", |s| {
        s.gives(&rendered(s), "image/*", "image/jpeg")
    }),
    shall("WEB-8.7-008", "RFC 9110 §12.5.1", "A wildcard of a type is honoured: application/*.", |s| {
        s.gives(&metadata(s), "application/*", JSON)
    }),
    shall("WEB-8.7-009", "RFC 9110 §12.4.2", "The range of the greater weight wins, wherever it stands.", |s| {
        s.gives(&rendered(s), "image/jpeg;q=0.2, image/png;q=0.9", "image/png")
    }),
    shall("WEB-8.7-010", "RFC 9110 §12.4.2", "The second choice is given when there is nothing of the first.", |s| {
        s.gives(&metadata(s), "text/html, application/dicom+json;q=0.1", JSON)
    }),
    shall("WEB-8.7-011", "RFC 9110 §12.4.2", "What has the weight 0 is not acceptable.", |s| {
        s.status(&metadata(s), "application/dicom+json;q=0", 406)
    }),
    shall("WEB-8.7-012", "RFC 9110 §12.5.1", "The more specific of two ranges goes before the wildcard.", |s| {
        s.gives(&rendered(s), "*/*, image/png", "image/png")
    })
    .noted("By RFC 9110 both have the weight 1; a client that names one type prefers it to any."),
    shall("WEB-8.7-013", "PS3.18 §8.7.7", "Names of media types are read without regard to case.", |s| {
        s.gives(&metadata(s), "Application/DICOM+JSON", JSON)
    }),
    shall("WEB-8.7-014", "PS3.18 §8.7", "A quoted and an unquoted parameter are the same.", |s| {
        s.gives_parts(&s.subjects.ct[0].path(), "multipart/related; type=application/dicom", "application/dicom", 1)
    }),
    shall("WEB-8.7-015", "PS3.18 §8.7.8", "Nothing acceptable is answered with 406: metadata.", |s| {
        s.status(&metadata(s), "text/html", 406)
    }),
    shall("WEB-8.7-016", "PS3.18 §8.7.8", "Nothing acceptable is answered with 406: a search.", |s| {
        s.status(&s.first(""), "text/html", 406)
    }),
    shall("WEB-8.7-017", "PS3.18 §8.7.8", "Nothing acceptable is answered with 406: an Instance.", |s| {
        s.status(&s.subjects.ct[0].path(), "text/html", 406)
    }),
    shall("WEB-8.7-018", "PS3.18 §8.7.8", "Nothing acceptable is answered with 406: a rendered image.", |s| {
        s.status(&rendered(s), "application/dicom", 406)
    }),
    shall("WEB-8.7-019", "PS3.18 §8.7.8", "Nothing acceptable is answered with 406: frames.", |s| {
        s.status(&format!("{}/frames/1", s.subjects.ct[0].path()), "text/html", 406)
    }),
    shall("WEB-8.7-020", "PS3.18 §8.3.3.1", "The query parameter accept is honoured: metadata.", |s| {
        s.gives(&format!("{}?accept=application/dicom%2Bjson", metadata(s)), "*/*", JSON)
    }),
    shall("WEB-8.7-021", "PS3.18 §8.3.3.1", "The query parameter accept is honoured: a rendered image.", |s| {
        s.gives(&format!("{}?accept=image/png", rendered(s)), "*/*", "image/png")
    }),
    shall("WEB-8.7-022", "PS3.18 §8.7.8", "The query parameter accept goes before the header.", |s| {
        s.gives(&format!("{}?accept=image/png", rendered(s)), "image/jpeg, image/png;q=0.1", "image/png")
    }),
    shall("WEB-8.7-023", "PS3.18 §8.3.3.1", "The query parameter accept may be a list.", |s| {
        s.gives(&format!("{}?accept=text/html,image/png", rendered(s)), "*/*", "image/png")
    }),
    should("WEB-8.7-024", "PS3.18 §8.7.5", "What the parameter accept names and the server has not is 406.", |s| {
        s.status(&format!("{}?accept=text/html", metadata(s)), "text/html", 406)
    }),
    shall(
        "WEB-8.7-025",
        "PS3.18 §8.7.3.5.2",
        "The parameter transfer-syntax of application/dicom is honoured.",
        |s| {
            let accept = format!("{DICOM}; transfer-syntax=1.2.840.10008.1.2.1");
            let answer = s.get(&s.subjects.ct[0].path(), &accept)?;
            s.is_object(&answer, &answer.part()?.body, "1.2.840.10008.1.2.1", &s.subjects.ct[0].frames[0])
        },
    ),
    shall("WEB-8.7-026", "PS3.18 §8.7.3.5.2", "transfer-syntax=* gives the transfer syntax that is stored.", |s| {
        let answer = s.get(&s.subjects.rle.path(), &format!("{DICOM}; transfer-syntax=*"))?;
        s.is_object(&answer, &answer.part()?.body, "1.2.840.10008.1.2.5", &[])
    }),
    shall(
        "WEB-8.7-027",
        "PS3.18 §8.7.3",
        "application/dicom without transfer-syntax is Explicit VR Little Endian.",
        |s| {
            let answer = s.get(&s.subjects.rle.path(), DICOM)?;
            s.is_object(&answer, &answer.part()?.body, "1.2.840.10008.1.2.1", &s.subjects.rle.frames.concat())
        },
    ),
    shall("WEB-8.7-028", "PS3.18 §8.7.3", "Implicit VR Little Endian is not given.", |s| {
        let answer = s.get(&s.subjects.ct[0].path(), &format!("{DICOM}; transfer-syntax=1.2.840.10008.1.2"))?;
        let given = answer.parts().unwrap_or_default();
        let implicit =
            given.iter().any(|part| part10::transfer_syntax(&part.body).as_deref() == Some("1.2.840.10008.1.2"));
        answer.holds(!implicit, "the answer is in Implicit VR Little Endian").map(drop)
    }),
    shall("WEB-8.7-029", "PS3.18 §8.7.8", "A transfer syntax that does not exist is answered with 400 or 406.", |s| {
        let accept = format!("{DICOM}; transfer-syntax=1.2.3.4.5");
        s.get(&s.subjects.ct[0].path(), &accept)?.status_in(&[400, 406]).map(drop)
    }),
    shall("WEB-8.7-030", "PS3.18 §8.7.9", "A part's Content-Type names no other transfer syntax than its own.", |s| {
        let answer = s.get(&s.subjects.ct[0].path(), DICOM)?;
        let part = answer.part()?;
        let (said, is) = (part.parameter("transfer-syntax"), part10::transfer_syntax(&part.body));
        answer.holds(said.is_none() || said == is, format!("it says {said:?} and is {is:?}")).map(drop)
    }),
    should("WEB-8.7-031", "PS3.18 §8.7.3.5.2", "A second transfer syntax is given when the first cannot be.", |s| {
        let accept = format!("{DICOM}; transfer-syntax=1.2.840.10008.1.2.4.999, {DICOM}; transfer-syntax=*;q=0.5");
        s.status(&s.subjects.jpeg.path(), &accept, 200)
    }),
    shall("WEB-8.7-032", "PS3.18 §10.4.4", "The Native DICOM Model (XML) of metadata is given on request.", |s| {
        s.gives_parts(&metadata(s), XML, "application/dicom+xml", 1)
    }),
    should("WEB-8.7-033", "RFC 9110 §12.5.1", "An Accept that is no media type is answered, not failed.", |s| {
        let answer = s.get(&metadata(s), "garbage")?;
        answer.holds(answer.status < 500, "a server error").map(drop)
    }),
    should("WEB-8.7-034", "PS3.18 §8.7", "application/json is understood as DICOM JSON.", |s| {
        let answer = s.get(&metadata(s), "application/json")?;
        answer.status(200)?.holds(answer.essence().ends_with("json"), "it is no JSON").map(drop)
    })
    .noted("Not in the Standard; browsers and older clients ask so."),
];
