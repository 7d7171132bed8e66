//! Rendered resources (PS3.18 §10.4.1.1.3, §8.7.4).

use crate::picture;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::subjects::Subject;
use crate::suite::Suite;

/// The rendered picture of a path is of this media type and size.
fn picture(suite: &Suite, path: &str, media_type: &str, size: (u32, u32)) -> Verdict {
    let answer = suite.get(path, media_type)?;
    answer.status(200)?.content_type(media_type)?;
    let seen = picture::size(&answer.body);
    answer.holds(seen == Some(size), format!("expected {size:?} pixels, seen {seen:?}")).map(drop)
}

fn rendered(subject: &Subject) -> String {
    format!("{}/rendered", subject.path())
}

/// Samples of the PNG that a path gives are these within one grey level.
fn samples(suite: &Suite, path: &str, expected: &[u8]) -> Verdict {
    let answer = suite.get(path, "image/png")?;
    let decoded = picture::png_samples(&answer.status(200)?.content_type("image/png")?.body);
    let (seen, channels) = decoded.ok_or_else(|| answer.failed("the PNG cannot be read"))?;
    let colour = expected.len() / 256;
    let grey: Vec<u8> = if channels == colour { seen } else { seen.into_iter().step_by(channels).collect() };
    let worst = grey.iter().zip(expected).map(|(seen, wanted)| seen.abs_diff(*wanted)).max().unwrap_or(u8::MAX);
    answer.holds(grey.len() == expected.len(), format!("{} samples, not {}", grey.len(), expected.len()))?;
    answer.holds(worst <= 1, format!("the samples differ by up to {worst}")).map(drop)
}

/// The CT image through its own window of 40, 400 (PS3.3 §C.11.2.1.2.1).
fn windowed(subject: &Subject) -> Vec<u8> {
    let stored = subject.frames[0].as_chunks::<2>().0.iter().map(|pair| f64::from(u16::from_le_bytes(*pair)));
    let grey = stored.map(|value| ((value - 1024.0 - 39.5) / 399.0 + 0.5) * 255.0);
    grey.map(|value| value.clamp(0.0, 255.0).round() as u8).collect()
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall(
        "WEB-10.4.3-001",
        "PS3.18 §10.4.1.1.3",
        "…/instances/{instance}/rendered gives a picture: 12 bits.",
        |s| picture(s, &rendered(&s.subjects.ct[0]), "image/jpeg", (16, 16)),
    ),
    shall("WEB-10.4.3-002", "PS3.18 §10.4.1.1.3", "…/instances/{instance}/rendered gives a picture: colour.", |s| {
        picture(s, &rendered(&s.subjects.rich), "image/jpeg", (16, 16))
    }),
    shall("WEB-10.4.3-003", "PS3.18 §10.4.1.1.3", "…/instances/{instance}/rendered gives a picture: JPEG.", |s| {
        picture(s, &rendered(&s.subjects.jpeg), "image/jpeg", (16, 16))
    }),
    shall("WEB-10.4.3-004", "PS3.18 §10.4.1.1.3", "…/frames/{frame}/rendered gives a picture of the frame.", |s| {
        picture(s, &format!("{}/frames/2/rendered", s.subjects.multi.path()), "image/jpeg", (16, 16))
    }),
    shall("WEB-10.4.3-005", "PS3.18 §10.4.1.1.3", "…/frames/{frame}/rendered gives that frame and no other.", |s| {
        samples(s, &format!("{}/frames/3/rendered", s.subjects.multi.path()), &s.subjects.multi.frames[2])
    }),
    shall("WEB-10.4.3-006", "PS3.18 §8.7.4", "A single-frame image is given as image/jpeg.", |s| {
        picture(s, &rendered(&s.subjects.ct[1]), "image/jpeg", (16, 16))
    }),
    shall("WEB-10.4.3-007", "PS3.18 §8.7.4", "A single-frame image is given as image/png.", |s| {
        picture(s, &rendered(&s.subjects.ct[0]), "image/png", (16, 16))
    }),
    shall("WEB-10.4.3-008", "PS3.18 §8.7.4", "A single-frame image is given as image/gif.", |s| {
        picture(s, &rendered(&s.subjects.ct[0]), "image/gif", (16, 16))
    }),
    may("WEB-10.4.3-009", "PS3.18 §8.7.4", "A multi-frame image is given as image/gif.", |s| {
        picture(s, &rendered(&s.subjects.multi), "image/gif", (16, 16))
    }),
    shall(
        "WEB-10.4.3-010",
        "PS3.4 §N.2, PS3.3 §C.11.2",
        "An image is drawn through its rescale and its window.",
        |s| samples(s, &rendered(&s.subjects.ct[0]), &windowed(&s.subjects.ct[0])),
    ),
    shall("WEB-10.4.3-011", "PS3.4 §N.2", "A colour image is drawn in its colours.", |s| {
        samples(s, &rendered(&s.subjects.rich), &s.subjects.rich.frames[0])
    }),
    should("WEB-10.4.3-012", "PS3.4 §N.2", "An RLE frame is drawn as a native one.", |s| {
        samples(s, &format!("{}/frames/1/rendered", s.subjects.rle.path()), &s.subjects.rle.frames[0])
    }),
    shall("WEB-10.4.3-013", "PS3.18 §10.4.1.1.3", "…/series/{series}/rendered gives pictures of the Series.", |s| {
        s.gives_parts(
            &format!("{}/rendered", s.subjects.ct[0].series()),
            "multipart/related; type=\"image/jpeg\"",
            "image/jpeg",
            3,
        )
    }),
    shall("WEB-10.4.3-014", "PS3.18 §10.4.1.1.3", "/studies/{study}/rendered gives pictures of the Study.", |s| {
        let answer =
            s.get(&format!("{}/rendered", s.subjects.ct[0].study()), "multipart/related; type=\"image/jpeg\"")?;
        let count = answer.parts()?.len();
        answer.holds(count >= 4, format!("there are {count} pictures of four Instances")).map(drop)
    }),
    shall("WEB-10.4.3-015", "PS3.18 §10.4.4", "A rendered Study without multipart is 406.", |s| {
        s.status(&format!("{}/rendered", s.subjects.ct[0].study()), "image/jpeg", 406)
    }),
    shall("WEB-10.4.3-016", "PS3.18 §8.7.4", "A structured report is given as text/html.", |s| {
        let answer = s.get(&rendered(&s.subjects.report), "text/html")?;
        answer.status(200)?.content_type("text/html")?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        answer.holds(text.contains("No finding at all"), "its text is not there").map(drop)
    }),
    shall("WEB-10.4.3-017", "PS3.18 §8.7.4", "A structured report is given as text/plain.", |s| {
        s.gives(&rendered(&s.subjects.report), "text/plain", "text/plain")
    }),
    may("WEB-10.4.3-018", "PS3.18 §8.7.4", "An encapsulated PDF is given as application/pdf.", |s| {
        let answer = s.get(&rendered(&s.subjects.pdf), "application/pdf")?;
        answer.status(200)?.content_type("application/pdf")?;
        answer.holds(answer.body.starts_with(b"%PDF"), "it is no PDF").map(drop)
    }),
    shall("WEB-10.4.3-019", "PS3.18 §8.5", "A rendered frame past the last is answered with 400 or 404.", |s| {
        let path = format!("{}/frames/9/rendered", s.subjects.multi.path());
        s.get(&path, "image/jpeg")?.status_in(&[400, 404]).map(drop)
    }),
    shall("WEB-10.4.3-020", "PS3.18 §8.7.4", "A picture's Content-Type has no parameter transfer-syntax.", |s| {
        let answer = s.get(&rendered(&s.subjects.ct[0]), "image/jpeg")?;
        answer.status(200)?.holds(answer.parameter("transfer-syntax").is_none(), "it has one").map(drop)
    }),
    should("WEB-10.4.3-021", "PS3.18 §10.4.4", "A picture of one Instance is given in multipart on request.", |s| {
        let accept = "multipart/related; type=\"image/jpeg\"";
        s.gives_parts(&rendered(&s.subjects.ct[0]), accept, "image/jpeg", 1)
    }),
    may(
        "WEB-10.4.3-022",
        "PS3.18 §10.4.1.1.7",
        "…/series/{series}/renderedmpr gives a multi-planar reformat.",
        |s| s.status(&format!("{}/renderedmpr?orientation=a", s.subjects.ct[0].series()), "*/*", 200),
    ),
    may("WEB-10.4.3-023", "PS3.18 §10.4.1.1.8", "…/series/{series}/rendered3d gives a volume rendering.", |s| {
        s.status(&format!("{}/rendered3d?orientation=a", s.subjects.ct[0].series()), "*/*", 200)
    }),
    may("WEB-10.4.3-024", "PS3.18 §10.4.1.1.7", "/studies/{study}/renderedmpr gives the volume that is named.", |s| {
        let ct = &s.subjects.ct[0];
        let path = format!("{}/renderedmpr?orientation=a&volumeinputreference={}", ct.study(), ct.instance);
        s.status(&path, "*/*", 200)
    }),
    may("WEB-10.4.3-025", "PS3.18 §10.4.1.1.8", "/studies/{study}/rendered3d gives the volume that is named.", |s| {
        let ct = &s.subjects.ct[0];
        let path = format!("{}/rendered3d?orientation=a&volumeinputreference={}", ct.study(), ct.instance);
        s.status(&path, "*/*", 200)
    }),
];
