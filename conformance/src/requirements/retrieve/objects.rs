//! DICOM resources: Study, Series, Instance (PS3.18 §10.4.1.1.1).

use std::collections::BTreeSet;

use crate::part10;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::subjects::Subject;
use crate::suite::{DICOM, Suite};

/// `application/dicom` as it is stored.
const STORED: &str = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

/// The one part is the data set that was stored, byte for byte.
fn is_kept(suite: &Suite, subject: &Subject) -> Verdict {
    let answer = suite.get(&subject.path(), STORED)?;
    let part = answer.part()?;
    let kept = part10::data_set(&part.body) == Some(&subject.data_set.encode()[..]);
    answer.holds(kept, "the data set differs from what was stored").map(drop)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.4.1-001", "PS3.18 §10.4.1.1.1", "/studies/{study} gives all Instances of the Study.", |s| {
        s.gives_parts(&s.subjects.ct[0].study(), DICOM, "application/dicom", 4)
    }),
    shall(
        "WEB-10.4.1-002",
        "PS3.18 §10.4.1.1.1",
        "/studies/{study}/series/{series} gives all Instances of the Series.",
        |s| s.gives_parts(&s.subjects.ct[0].series(), DICOM, "application/dicom", 3),
    ),
    shall("WEB-10.4.1-003", "PS3.18 §10.4.1.1.1", "…/instances/{instance} gives the Instance.", |s| {
        s.gives_parts(&s.subjects.ct[0].path(), DICOM, "application/dicom", 1)
    }),
    shall("WEB-10.4.1-004", "PS3.18 §10.4.3.3", "Every part of the answer is a PS3.10 file.", |s| {
        let answer = s.get(&s.subjects.ct[0].study(), DICOM)?;
        let bad = answer.parts()?.iter().filter(|part| part10::transfer_syntax(&part.body).is_none()).count();
        answer.holds(bad == 0, format!("{bad} parts are none")).map(drop)
    }),
    shall("WEB-10.4.1-005", "PS3.18 §10.4.1.1.1", "A Series is given with each of its Instances once.", |s| {
        let answer = s.get(&s.subjects.ct[0].series(), STORED)?;
        let parts: BTreeSet<Vec<u8>> = answer.parts()?.into_iter().map(|part| part.body).collect();
        answer.holds(parts.len() == 3, format!("there are {} different parts", parts.len())).map(drop)
    }),
    shall("WEB-10.4.1-006", "PS3.18 §10.4.3", "The default accept of an Instance is application/dicom.", |s| {
        let answer = s.get(&s.subjects.ct[0].path(), "*/*")?;
        let kinds = ["application/dicom".to_owned(), "multipart/related".to_owned()];
        answer.status(200)?.holds(kinds.contains(&answer.essence()), format!("it is {}", answer.essence())).map(drop)
    }),
    shall("WEB-10.4.1-007", "PS3.18 §10.4.4", "application/dicom without multipart gives a single Instance.", |s| {
        let answer = s.get(&s.subjects.ct[0].path(), "application/dicom")?;
        answer.status(200)?.content_type("application/dicom")?;
        s.is_object(&answer, &answer.body, "1.2.840.10008.1.2.1", &s.subjects.ct[0].frames[0])
    }),
    shall("WEB-10.4.1-008", "PS3.18 §10.4.4", "application/dicom without multipart is 406 for a Study.", |s| {
        s.status(&s.subjects.ct[0].study(), "application/dicom", 406)
    }),
    shall("WEB-10.4.1-009", "PS3.18 §10.4.4", "application/dicom without multipart is 406 for a Series.", |s| {
        s.status(&s.subjects.ct[0].series(), "application/dicom", 406)
    }),
    may("WEB-10.4.1-010", "PS3.18 §10.4.4", "A Study is given as application/zip.", |s| {
        let answer = s.get(&s.subjects.ct[0].study(), "application/zip")?;
        answer.status(200)?.content_type("application/zip")?;
        answer.holds(answer.body.starts_with(b"PK"), "it is no zip").map(drop)
    }),
    should("WEB-10.4.1-011", "PS3.18 §10.4.3", "What was stored comes back as it was: native samples.", |s| {
        is_kept(s, &s.subjects.ct[0])
    }),
    should("WEB-10.4.1-012", "PS3.18 §10.4.3", "What was stored comes back as it was: JPEG.", |s| {
        is_kept(s, &s.subjects.jpeg)
    }),
    should("WEB-10.4.1-013", "PS3.18 §10.4.3", "What was stored comes back as it was: RLE.", |s| {
        is_kept(s, &s.subjects.rle)
    }),
    should(
        "WEB-10.4.1-014",
        "PS3.18 §10.4.3",
        "What was stored comes back as it was: private elements, names.",
        |s| is_kept(s, &s.subjects.rich),
    ),
    should("WEB-10.4.1-015", "PS3.18 §10.4.3", "What was stored comes back as it was: a structured report.", |s| {
        is_kept(s, &s.subjects.report)
    }),
    should(
        "WEB-10.4.1-016",
        "PS3.18 §10.4.3",
        "What was stored comes back as it was: an encapsulated document.",
        |s| is_kept(s, &s.subjects.pdf),
    ),
    shall("WEB-10.4.1-017", "PS3.18 §8.7.3", "JPEG is decoded for application/dicom without transfer-syntax.", |s| {
        let answer = s.get(&s.subjects.jpeg.path(), DICOM)?;
        let part = answer.part()?;
        let syntax = part10::transfer_syntax(&part.body).unwrap_or_default();
        let kept = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"].contains(&syntax.as_str());
        answer.holds(kept, format!("the transfer syntax is {syntax}")).map(drop)
    })
    .noted("A server that holds an image only with lossy compression may give it so (§8.7.3)."),
    may("WEB-10.4.1-018", "PS3.18 §8.7.3.5.2", "A native image is given in JPEG 2000 (lossless) on request.", |s| {
        let answer = s.get(&s.subjects.multi.path(), &format!("{DICOM}; transfer-syntax=1.2.840.10008.1.2.4.90"))?;
        s.is_object(&answer, &answer.part()?.body, "1.2.840.10008.1.2.4.90", &[])
    }),
    may("WEB-10.4.1-019", "PS3.18 §8.7.3.5.2", "A native image is given in JPEG-LS (lossless) on request.", |s| {
        let answer = s.get(&s.subjects.multi.path(), &format!("{DICOM}; transfer-syntax=1.2.840.10008.1.2.4.80"))?;
        s.is_object(&answer, &answer.part()?.body, "1.2.840.10008.1.2.4.80", &[])
    }),
    may("WEB-10.4.1-020", "PS3.18 §8.7.3.5.2", "A native image is given in RLE on request.", |s| {
        let answer = s.get(&s.subjects.multi.path(), &format!("{DICOM}; transfer-syntax=1.2.840.10008.1.2.5"))?;
        s.is_object(&answer, &answer.part()?.body, "1.2.840.10008.1.2.5", &[])
    }),
    should("WEB-10.4.1-021", "PS3.18 §10.4.3.2", "Parts say where their Instance is, in Content-Location.", |s| {
        let answer = s.get(&s.subjects.ct[0].path(), DICOM)?;
        let part = answer.part()?;
        answer.holds(part.header("content-location").ends_with(&s.subjects.ct[0].path()), "it does not").map(drop)
    }),
    shall("WEB-10.4.1-022", "PS3.18 §10.4.1.1.1", "Objects without Pixel Data are retrieved as others are.", |s| {
        s.gives_parts(&s.subjects.report.path(), DICOM, "application/dicom", 1)
    }),
    shall(
        "WEB-10.4.1-023",
        "PS3.18 §10.4.4",
        "A Study whose Instances differ in transfer syntax is given as stored.",
        |s| {
            let answer = s.get(&s.subjects.jpeg.study(), STORED)?;
            let syntaxes: BTreeSet<_> =
                answer.parts()?.iter().filter_map(|part| part10::transfer_syntax(&part.body)).collect();
            answer.holds(syntaxes.len() == 3, format!("the transfer syntaxes are {syntaxes:?}")).map(drop)
        },
    ),
    should(
        "WEB-10.4.1-024",
        "PS3.18 §10.4.1",
        "What is below an Instance and no resource is answered with 404.",
        |s| s.status(&format!("{}/nothing", s.subjects.ct[0].path()), DICOM, 404),
    ),
];
