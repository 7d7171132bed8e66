//! Thumbnails (PS3.18 §10.4.1.1.4, §8.3.5.2).

use crate::picture;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::suite::Suite;

/// A picture of at most 512 pixels a side.
fn is_small_picture(suite: &Suite, path: &str) -> Verdict {
    let answer = suite.get(path, "image/jpeg")?;
    answer.status(200)?.content_type("image/jpeg")?;
    let (width, height) = picture::size(&answer.body).ok_or_else(|| answer.failed("it is no JPEG"))?;
    answer.holds(width.max(height) <= 512, format!("it has {width} × {height} pixels")).map(drop)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.4.4-001", "PS3.18 §10.4.1.1.4", "/studies/{study}/thumbnail gives one picture.", |s| {
        is_small_picture(s, &format!("{}/thumbnail", s.subjects.ct[0].study()))
    }),
    shall("WEB-10.4.4-002", "PS3.18 §10.4.1.1.4", "…/series/{series}/thumbnail gives one picture.", |s| {
        is_small_picture(s, &format!("{}/thumbnail", s.subjects.ct[0].series()))
    }),
    shall("WEB-10.4.4-003", "PS3.18 §10.4.1.1.4", "…/instances/{instance}/thumbnail gives one picture.", |s| {
        is_small_picture(s, &format!("{}/thumbnail", s.subjects.ct[0].path()))
    }),
    shall("WEB-10.4.4-004", "PS3.18 §10.4.1.1.4", "…/frames/{frame}/thumbnail gives one picture.", |s| {
        is_small_picture(s, &format!("{}/frames/2/thumbnail", s.subjects.multi.path()))
    }),
    shall("WEB-10.4.4-005", "PS3.18 §8.3.5.2", "viewport gives the size of a thumbnail.", |s| {
        let answer = s.get(&format!("{}/thumbnail?viewport=8,8", s.subjects.ct[0].path()), "image/jpeg")?;
        let seen = picture::size(&answer.status(200)?.body);
        answer.holds(seen == Some((8, 8)), format!("{seen:?} pixels")).map(drop)
    }),
    shall("WEB-10.4.4-006", "PS3.18 §8.3.5.2", "A viewport of a thumbnail that is none gives 400.", |s| {
        s.status(&format!("{}/thumbnail?viewport=abc", s.subjects.ct[0].path()), "image/jpeg", 400)
    }),
    shall("WEB-10.4.4-007", "PS3.18 §8.5", "A thumbnail of a Study that is not there gives 404.", |s| {
        s.status("/studies/2.25.1999/thumbnail", "image/jpeg", 404)
    }),
    should("WEB-10.4.4-008", "PS3.18 §10.4.1.1.4", "Accept: */* gives image/jpeg.", |s| {
        s.gives(&format!("{}/thumbnail", s.subjects.ct[0].path()), "*/*", "image/jpeg")
    }),
    may("WEB-10.4.4-009", "PS3.18 §10.4.1.1.4", "A thumbnail stands for what has no image.", |s| {
        s.status(&format!("{}/thumbnail", s.subjects.report.path()), "*/*", 200)
    }),
];
