//! WADO-URI: rendered Instances and their parameters (PS3.18 §9.5).

use crate::picture;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::subjects::Subject;
use crate::suite::{Seen, Suite};

/// The URI Service, asked for another object than the first CT image.
fn of(suite: &Suite, subject: &Subject, further: &str) -> Seen {
    let ids = format!("studyUID={}&seriesUID={}&objectUID={}", subject.study, subject.series, subject.instance);
    suite.get(&format!("{}?requestType=WADO&{ids}{further}", suite.uri_service()), "*/*")
}

/// The picture that is given with these parameters has this size.
fn has_size(suite: &Suite, further: &str, expected: (u32, u32)) -> Verdict {
    let answer = suite.uri(further)?;
    let seen = picture::size(&answer.status(200)?.body);
    answer.holds(seen == Some(expected), format!("expected {expected:?} pixels, seen {seen:?}")).map(drop)
}

/// Parameters that change the picture.
fn differs(suite: &Suite, further: &str) -> Verdict {
    let (plain, other) =
        (suite.uri("&contentType=image/jpeg")?, suite.uri(&format!("&contentType=image/jpeg{further}"))?);
    plain.status(200)?;
    other.status(200)?.holds(plain.body != other.body, "the picture is the same as without").map(drop)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-9.5-001", "PS3.18 §8.7.4", "An image without contentType is given as image/jpeg.", |s| {
        let answer = s.uri("")?;
        answer.status(200)?.content_type("image/jpeg")?;
        answer.holds(picture::size(&answer.body) == Some((16, 16)), "it is no JPEG of the image's size").map(drop)
    }),
    may("WEB-9.5-002", "PS3.18 §8.7.4", "An image is given as image/png.", |s| {
        s.uri("&contentType=image/png")?.status(200)?.content_type("image/png").map(drop)
    }),
    may("WEB-9.5-003", "PS3.18 §8.7.4", "An image is given as image/gif.", |s| {
        s.uri("&contentType=image/gif")?.status(200)?.content_type("image/gif").map(drop)
    }),
    may("WEB-9.5-004", "PS3.18 §9.5.1.2.4", "rows and columns give the size of the picture.", |s| {
        has_size(s, "&contentType=image/jpeg&rows=8&columns=8", (8, 8))
    }),
    may("WEB-9.5-005", "PS3.18 §9.5.1.2.4", "rows alone keeps the shape of the image.", |s| {
        has_size(s, "&contentType=image/jpeg&rows=8", (8, 8))
    }),
    should("WEB-9.5-006", "PS3.18 §9.5.1.2.4", "rows that are no number give 400.", |s| {
        s.uri("&rows=abc")?.status(400).map(drop)
    }),
    may("WEB-9.5-007", "PS3.18 §9.5.1.2.5", "region gives a part of the image.", |s| {
        differs(s, "&region=0,0,0.5,0.5")
    }),
    should("WEB-9.5-008", "PS3.18 §9.5.1.2.5", "A region outside the image gives 400.", |s| {
        s.uri("&region=0,0,2,2")?.status(400).map(drop)
    }),
    may("WEB-9.5-009", "PS3.18 §9.5.1.2.6", "windowCenter and windowWidth change the picture.", |s| {
        differs(s, "&windowCenter=200&windowWidth=20")
    }),
    should("WEB-9.5-010", "PS3.18 §9.5.1.2.6", "windowCenter without windowWidth gives 400.", |s| {
        s.uri("&windowCenter=200")?.status(400).map(drop)
    }),
    may("WEB-9.5-011", "PS3.18 §9.5.1.2.1", "frameNumber chooses a frame.", |s| {
        let (first, third) = (of(s, &s.subjects.multi, "&frameNumber=1")?, of(s, &s.subjects.multi, "&frameNumber=3")?);
        first.status(200)?;
        third.status(200)?.holds(first.body != third.body, "frames 1 and 3 are the same").map(drop)
    }),
    shall("WEB-9.5-012", "PS3.18 §9.5.2", "A frameNumber past the last frame gives 400 or 404.", |s| {
        of(s, &s.subjects.multi, "&frameNumber=5")?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-9.5-013", "PS3.18 §9.5.2", "A frameNumber of 0 gives 400.", |s| {
        of(s, &s.subjects.multi, "&frameNumber=0")?.status(400).map(drop)
    }),
    may("WEB-9.5-014", "PS3.18 §9.5.1.2.3", "imageQuality changes the size of the JPEG.", |s| {
        let (poor, good) =
            (s.uri("&contentType=image/jpeg&imageQuality=5")?, s.uri("&contentType=image/jpeg&imageQuality=100")?);
        poor.status(200)?;
        good.status(200)?.holds(poor.body.len() < good.body.len(), "a poor picture is not smaller").map(drop)
    }),
    should("WEB-9.5-015", "PS3.18 §9.5.1.2.3", "An imageQuality of more than 100 gives 400.", |s| {
        s.uri("&imageQuality=101")?.status(400).map(drop)
    }),
    may("WEB-9.5-016", "PS3.18 §9.5.1.2.2", "annotation changes the picture.", |s| {
        differs(s, "&rows=512&annotation=patient")
    }),
    shall(
        "WEB-9.5-017",
        "PS3.18 §9.5",
        "An application/dicom that parameters of rendering go with is no picture.",
        |s| {
            let answer = s.uri("&contentType=application/dicom&rows=8")?;
            answer.holds(!answer.essence().starts_with("image/"), "a picture was given").map(drop)
        },
    ),
    shall("WEB-9.5-018", "PS3.18 §8.7.4", "A structured report without contentType is given as text/html.", |s| {
        of(s, &s.subjects.report, "")?.status(200)?.content_type("text/html").map(drop)
    }),
    may("WEB-9.5-019", "PS3.18 §8.7.4", "An encapsulated PDF is given as application/pdf.", |s| {
        let answer = of(s, &s.subjects.pdf, "&contentType=application/pdf")?;
        answer.status(200)?.content_type("application/pdf")?;
        answer.holds(answer.body.starts_with(b"%PDF"), "it is no PDF").map(drop)
    }),
];
