//! Parameters of rendering (PS3.18 §8.3.5).

use crate::picture;
use crate::requirement::{Requirement, Verdict, may, shall, should};
use crate::suite::{Seen, Suite};

/// The first CT image rendered with parameters.
fn rendered(suite: &Suite, parameters: &str, media_type: &str) -> Seen {
    suite.get(&format!("{}/rendered?{parameters}", suite.subjects.ct[0].path()), media_type)
}

fn refuses(suite: &Suite, parameters: &str) -> Verdict {
    rendered(suite, parameters, "image/jpeg")?.status(400).map(drop)
}

/// The parameters change the picture.
fn differs(suite: &Suite, parameters: &str, from: &str) -> Verdict {
    let (one, other) = (rendered(suite, from, "image/png")?, rendered(suite, parameters, "image/png")?);
    one.status(200)?;
    other.status(200)?.holds(one.body != other.body, format!("the picture is the same as with {from:?}")).map(drop)
}

fn has_size(suite: &Suite, parameters: &str, expected: (u32, u32)) -> Verdict {
    let answer = rendered(suite, parameters, "image/png")?;
    let seen = picture::size(&answer.status(200)?.body);
    answer.holds(seen == Some(expected), format!("expected {expected:?} pixels, seen {seen:?}")).map(drop)
}

/// Every sample is black or white, but for few at the step.
fn is_two_valued(suite: &Suite, parameters: &str) -> Verdict {
    let answer = rendered(suite, parameters, "image/png")?;
    let decoded = picture::png_samples(&answer.status(200)?.body);
    let (samples, _) = decoded.ok_or_else(|| answer.failed("the PNG cannot be read"))?;
    let between = samples.iter().filter(|sample| (8..248).contains(*sample)).count();
    answer.holds(between * 20 < samples.len(), format!("{between} of {} samples lie between", samples.len())).map(drop)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-8.3.5-001", "PS3.18 §8.3.5.1", "viewport gives the size of the picture: smaller.", |s| {
        has_size(s, "viewport=8,8", (8, 8))
    }),
    shall("WEB-8.3.5-002", "PS3.18 §8.3.5.1", "viewport gives the size of the picture: larger.", |s| {
        has_size(s, "viewport=64,64", (64, 64))
    }),
    shall("WEB-8.3.5-003", "PS3.18 §8.3.5.1", "A viewport with a source region shows that part of the image.", |s| {
        differs(s, "viewport=16,16,0,0,8,8", "viewport=16,16")
    }),
    should("WEB-8.3.5-004", "PS3.18 §8.3.5.1", "A viewport with a negative width of the region flips it.", |s| {
        differs(s, "viewport=16,16,0,0,-16,16", "viewport=16,16,0,0,16,16")
    }),
    shall("WEB-8.3.5-005", "PS3.18 §8.3.5.1", "A viewport that is no pair of numbers gives 400.", |s| {
        refuses(s, "viewport=abc")
    }),
    shall("WEB-8.3.5-006", "PS3.18 §8.3.5.1", "A viewport of one number gives 400.", |s| refuses(s, "viewport=8")),
    should("WEB-8.3.5-007", "PS3.18 §8.3.5.1", "A viewport of no size gives 400.", |s| refuses(s, "viewport=0,0")),
    should("WEB-8.3.5-008", "PS3.18 §8.3.5.1", "A viewport of a size without measure is refused, not failed.", |s| {
        rendered(s, "viewport=1000000000,1000000000", "image/jpeg")?.status_in(&[400, 413]).map(drop)
    }),
    shall("WEB-8.3.5-009", "PS3.18 §8.3.5.1", "A narrow window makes an image of black and white.", |s| {
        is_two_valued(s, "window=40,2,linear")
    }),
    shall("WEB-8.3.5-010", "PS3.18 §8.3.5.1", "window with the function linear-exact is honoured.", |s| {
        is_two_valued(s, "window=40,2,linear-exact")
    }),
    shall("WEB-8.3.5-011", "PS3.18 §8.3.5.1", "window with the function sigmoid is honoured.", |s| {
        differs(s, "window=40,400,sigmoid", "window=40,400,linear")
    }),
    shall("WEB-8.3.5-012", "PS3.18 §8.3.5.1", "A window of one number gives 400.", |s| refuses(s, "window=40")),
    shall("WEB-8.3.5-013", "PS3.18 §8.3.5.1", "A window that is no number gives 400.", |s| {
        refuses(s, "window=a,b,linear")
    }),
    should("WEB-8.3.5-014", "PS3.18 §8.3.5.1", "A window of a function that there is not gives 400.", |s| {
        refuses(s, "window=40,400,cubic")
    }),
    should("WEB-8.3.5-015", "PS3.18 §8.3.5.1", "A window of no width gives 400.", |s| {
        refuses(s, "window=40,0,linear")
    }),
    shall("WEB-8.3.5-016", "PS3.18 §8.3.5.1", "quality changes the size of a JPEG.", |s| {
        let path = |quality: u8| format!("viewport=256,256&quality={quality}");
        let (poor, good) = (rendered(s, &path(5), "image/jpeg")?, rendered(s, &path(100), "image/jpeg")?);
        poor.status(200)?;
        good.status(200)?.holds(poor.body.len() < good.body.len(), "a poor picture is not smaller").map(drop)
    }),
    shall("WEB-8.3.5-017", "PS3.18 §8.3.5.1", "A quality of more than 100 gives 400.", |s| refuses(s, "quality=101")),
    shall("WEB-8.3.5-018", "PS3.18 §8.3.5.1", "A quality of 0 gives 400.", |s| refuses(s, "quality=0")),
    shall("WEB-8.3.5-019", "PS3.18 §8.3.5.1", "A quality that is no number gives 400.", |s| {
        refuses(s, "quality=good")
    }),
    should("WEB-8.3.5-020", "PS3.18 §8.3.5.1", "annotation=patient burns words into the picture.", |s| {
        differs(s, "viewport=512,512&annotation=patient", "viewport=512,512")
    }),
    should("WEB-8.3.5-021", "PS3.18 §8.3.5.1", "annotation=technique burns words into the picture.", |s| {
        differs(s, "viewport=512,512&annotation=technique", "viewport=512,512")
    }),
    may("WEB-8.3.5-022", "PS3.18 §8.3.5.1", "iccprofile=srgb puts a profile into the picture.", |s| {
        let answer = s.get(&format!("{}/rendered?iccprofile=srgb", s.subjects.rich.path()), "image/png")?;
        let body = &answer.status(200)?.body;
        let found = body.windows(4).any(|window| window == b"iCCP" || window == b"sRGB");
        answer.holds(found, "the PNG has no profile").map(drop)
    }),
    should("WEB-8.3.5-023", "PS3.18 §8.3.5.1", "An iccprofile that there is not gives 400.", |s| {
        refuses(s, "iccprofile=none-such")
    }),
    shall("WEB-8.3.5-024", "PS3.18 §8.3.5", "Parameters of rendering go together.", |s| {
        has_size(s, "viewport=32,32&window=40,400,linear&quality=80", (32, 32))
    }),
    shall("WEB-8.3.5-025", "PS3.18 §8.3.5", "Parameters of rendering are honoured for a frame.", |s| {
        let path = format!("{}/frames/2/rendered?viewport=8,8", s.subjects.multi.path());
        let answer = s.get(&path, "image/png")?;
        let seen = picture::size(&answer.status(200)?.body);
        answer.holds(seen == Some((8, 8)), format!("{seen:?} pixels")).map(drop)
    }),
];
