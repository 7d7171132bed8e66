//! Frames and Pixel Data (PS3.18 §10.4.1.1.6).

use crate::object::GREY_JPEG;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::subjects::Subject;
use crate::suite::{OCTETS, Suite};

/// Path of frames of an Instance.
fn frames(subject: &Subject, list: &str) -> String {
    format!("{}/frames/{list}", subject.path())
}

/// The frames come in this order as native samples.
fn are(suite: &Suite, subject: &Subject, list: &str, numbers: &[usize]) -> Verdict {
    let answer = suite.get(&frames(subject, list), OCTETS)?;
    let parts = answer.parts()?;
    answer.holds(parts.len() == numbers.len(), format!("there are {} parts", parts.len()))?;
    let other = parts.iter().zip(numbers).find(|(part, number)| part.body != subject.frames[**number - 1]);
    answer.holds(other.is_none(), format!("frame {:?} has other samples", other.map(|(_, number)| number))).map(drop)
}

/// The whole Pixel Data of a level, frame by frame.
fn pixel_data(suite: &Suite, path: &str, count: usize) -> Verdict {
    suite.gives_parts(&format!("{path}/pixeldata"), OCTETS, "application/octet-stream", count)
}

const STORED: &str = "multipart/related; type=application/octet-stream; transfer-syntax=*";

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.4.6-001", "PS3.18 §10.4.1.1.6", "A frame is given as its native samples: 12 bits in 16.", |s| {
        are(s, &s.subjects.ct[0], "1", &[1])
    }),
    shall("WEB-10.4.6-002", "PS3.18 §10.4.1.1.6", "A frame is given as its native samples: colour.", |s| {
        are(s, &s.subjects.rich, "1", &[1])
    }),
    shall("WEB-10.4.6-003", "PS3.18 §10.4.1.1.6", "A frame of many is given.", |s| {
        are(s, &s.subjects.multi, "3", &[3])
    }),
    shall("WEB-10.4.6-004", "PS3.18 §10.4.1.1.6", "Several frames are given, each a part.", |s| {
        are(s, &s.subjects.multi, "1,2,4", &[1, 2, 4])
    }),
    shall("WEB-10.4.6-005", "PS3.18 §10.4.1.1.6", "Frames come in the order of the list.", |s| {
        are(s, &s.subjects.multi, "4,1,3", &[4, 1, 3])
    }),
    shall(
        "WEB-10.4.6-006",
        "PS3.18 §10.4.1.1.6, §8.7.3",
        "Compressed frames are decoded for octet-stream: RLE.",
        |s| are(s, &s.subjects.rle, "2,1", &[2, 1]),
    ),
    shall("WEB-10.4.6-007", "PS3.18 §8.7.3", "Compressed frames are decoded for octet-stream: JPEG.", |s| {
        let answer = s.get(&frames(&s.subjects.jpeg, "1"), OCTETS)?;
        let part = answer.part()?;
        answer.holds(part.body.len() == 256, format!("{} bytes, not 256 samples", part.body.len())).map(drop)
    }),
    shall("WEB-10.4.6-008", "PS3.18 §8.7.3.3", "A stored JPEG is given as image/jpeg, as it is.", |s| {
        let answer =
            s.get(&frames(&s.subjects.jpeg, "1"), "multipart/related; type=\"image/jpeg\"; transfer-syntax=*")?;
        let part = answer.part()?;
        answer.holds(part.essence() == "image/jpeg" && part.body.starts_with(GREY_JPEG), "it differs").map(drop)
    }),
    shall("WEB-10.4.6-009", "PS3.18 §8.7.3.3", "A stored RLE frame is given as image/dicom-rle.", |s| {
        s.gives_parts(
            &frames(&s.subjects.rle, "1"),
            "multipart/related; type=\"image/dicom-rle\"",
            "image/dicom-rle",
            1,
        )
    }),
    should("WEB-10.4.6-010", "PS3.18 §8.7.3.5.2", "transfer-syntax=* gives frames as they are stored: JPEG.", |s| {
        let answer = s.get(&frames(&s.subjects.jpeg, "1"), STORED)?;
        let part = answer.part()?;
        answer.holds(part.body.starts_with(GREY_JPEG), "it is not the stored bit stream").map(drop)
    }),
    shall("WEB-10.4.6-011", "PS3.18 §8.7.3.5.2", "transfer-syntax=* gives frames as they are stored: native.", |s| {
        let answer = s.get(&frames(&s.subjects.ct[0], "1"), STORED)?;
        let part = answer.part()?;
        answer.holds(part.body == s.subjects.ct[0].frames[0], "the samples differ").map(drop)
    }),
    shall("WEB-10.4.6-012", "PS3.18 §10.4.4", "A single frame is given without multipart on request.", |s| {
        let answer = s.get(&frames(&s.subjects.multi, "2"), "application/octet-stream")?;
        answer.status(200)?.content_type("application/octet-stream")?;
        answer.holds(answer.body == s.subjects.multi.frames[1], "the samples differ").map(drop)
    }),
    shall("WEB-10.4.6-013", "PS3.18 §10.4.4", "Several frames without multipart are 406.", |s| {
        s.status(&frames(&s.subjects.multi, "1,2"), "application/octet-stream", 406)
    }),
    shall("WEB-10.4.6-014", "PS3.18 §8.5", "Frame 0 is answered with 400 or 404.", |s| {
        s.get(&frames(&s.subjects.multi, "0"), OCTETS)?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-10.4.6-015", "PS3.18 §8.5", "A frame that is no number is answered with 400.", |s| {
        s.status(&frames(&s.subjects.multi, "abc"), OCTETS, 400)
    }),
    shall("WEB-10.4.6-016", "PS3.18 §8.5", "A negative frame is answered with 400 or 404.", |s| {
        s.get(&frames(&s.subjects.multi, "-1"), OCTETS)?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-10.4.6-017", "PS3.18 §8.5", "A frame past the last is answered with 400 or 404.", |s| {
        s.get(&frames(&s.subjects.multi, "5"), OCTETS)?.status_in(&[400, 404]).map(drop)
    }),
    should("WEB-10.4.6-018", "PS3.18 §8.5", "A list with a frame past the last is refused as a whole.", |s| {
        s.get(&frames(&s.subjects.multi, "1,5"), OCTETS)?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-10.4.6-019", "PS3.18 §8.5", "Frames of an object without Pixel Data are answered with 4xx.", |s| {
        s.get(&frames(&s.subjects.report, "1"), OCTETS)?.status_in(&[400, 404, 406]).map(drop)
    }),
    should("WEB-10.4.6-020", "PS3.18 §10.4.3.3", "Parts say which frame they are, in Content-Location.", |s| {
        let answer = s.get(&frames(&s.subjects.multi, "3"), OCTETS)?;
        let location = answer.part()?.header("content-location").to_owned();
        answer.holds(location.ends_with(&frames(&s.subjects.multi, "3")), format!("it is {location:?}")).map(drop)
    }),
    may("WEB-10.4.6-021", "PS3.18 §8.7.3.3", "A native frame is given in JPEG 2000 on request.", |s| {
        s.gives_parts(&frames(&s.subjects.multi, "1"), "multipart/related; type=\"image/jp2\"", "image/jp2", 1)
    }),
    may("WEB-10.4.6-022", "PS3.18 §8.7.3.3", "A native frame is given in JPEG-LS on request.", |s| {
        s.gives_parts(&frames(&s.subjects.multi, "1"), "multipart/related; type=\"image/jls\"", "image/jls", 1)
    }),
    should("WEB-10.4.6-023", "RFC 9110 §13.1.2", "If-None-Match with the current tag of a frame gives 304.", |s| {
        s.not_modified(&frames(&s.subjects.multi, "1"), OCTETS)
    }),
    shall("WEB-10.4.6-024", "PS3.18 §10.4.1.1.6", "…/instances/{instance}/pixeldata gives the Pixel Data.", |s| {
        let answer = s.get(&format!("{}/pixeldata", s.subjects.ct[0].path()), OCTETS)?;
        let part = answer.part()?;
        answer.holds(part.body == s.subjects.ct[0].frames[0], "the samples differ").map(drop)
    }),
    shall(
        "WEB-10.4.6-025",
        "PS3.18 §10.4.1.1.6",
        "…/series/{series}/pixeldata gives those of all Instances.",
        |s| pixel_data(s, &s.subjects.ct[0].series(), 3),
    ),
    shall("WEB-10.4.6-026", "PS3.18 §10.4.1.1.6", "/studies/{study}/pixeldata gives those of all Instances.", |s| {
        let answer = s.get(&format!("{}/pixeldata", s.subjects.ct[0].study()), OCTETS)?;
        let bytes: usize = answer.parts()?.iter().map(|part| part.body.len()).sum();
        answer.holds(bytes == 3 * 512 + 4 * 256, format!("{bytes} bytes in all")).map(drop)
    }),
    shall("WEB-10.4.6-027", "PS3.18 §8.5", "Pixel Data of what has none are answered with 4xx.", |s| {
        let answer = s.get(&format!("{}/pixeldata", s.subjects.report.path()), OCTETS)?;
        answer.status_in(&[400, 404, 406]).map(drop)
    }),
];
