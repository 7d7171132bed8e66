//! Ranges of bytes (RFC 9110 §14): a player jumps within a video, an interrupted transfer goes on where it ended.

use std::rc::Rc;

use crate::answer::Answer;
use crate::client::Request;
use crate::object::{MPEG4, VIDEO, encapsulated};
use crate::requirement::{Finding, Requirement, Verdict, may, shall, should};
use crate::subjects::{PDF, Subject};
use crate::suite::Suite;

/// Bytes that stand for a stream: nobody has to read them to pass them on.
fn stream() -> Vec<u8> {
    (0..4096_u32).flat_map(|at| (at * at).to_le_bytes()).collect()
}

/// A video that is stored, in a Study of its own.
fn video(suite: &Suite) -> Result<Subject, Finding> {
    let mut subject = Subject::of_class(&suite.uids, VIDEO);
    subject.data_set.bytes(0x7fe0_0010, "OB", encapsulated(&[stream()]));
    subject.transfer_syntax = MPEG4;
    suite.stow("/studies", &[subject.file()])?.status(200)?;
    Ok(subject)
}

fn part(suite: &Suite, path: &str, accept: &str, range: &str) -> Result<Rc<Answer>, Finding> {
    suite.ask(Request::get(path).accept(accept).header("Range", range))
}

/// Bytes 50 to 99 of a path are those of the whole.
fn has_range(suite: &Suite, path: &str, accept: &str, whole: &[u8]) -> Verdict {
    let answer = part(suite, path, accept, "bytes=50-99")?;
    let said = answer.status(206)?.with_header("content-range")?;
    answer.holds(said == format!("bytes 50-99/{}", whole.len()), format!("Content-Range is {said:?}"))?;
    answer.holds(answer.body == whole[50..100], "other bytes than asked").map(drop)
}

fn of_video(suite: &Suite, resource: &str) -> Verdict {
    has_range(suite, &(video(suite)?.path() + resource), "video/mp4", &stream())
}

/// The rendered video, if it has ranges.
fn with_ranges(suite: &Suite) -> Result<(String, Rc<Answer>), Finding> {
    let path = video(suite)?.path() + "/rendered";
    let whole = suite.get(&path, "video/mp4")?;
    if part(suite, &path, "video/mp4", "bytes=0-9")?.status != 206 {
        return Err(Finding::NotApplicable("videos have no ranges".into()));
    }
    Ok((path, whole))
}

fn uri_of(suite: &Suite, subject: &Subject, content_type: &str) -> String {
    let Subject { study, series, instance, .. } = subject;
    format!(
        "{}?requestType=WADO&studyUID={study}&seriesUID={series}&objectUID={instance}&contentType={content_type}",
        suite.uri_service()
    )
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    may("WEB-8.4-012", "RFC 9110 §14.2", "A range of a rendered video is given with 206.", |s| {
        of_video(s, "/rendered")
    }),
    may("WEB-8.4-013", "RFC 9110 §14.2", "A range of a video as the frame that it is is given with 206.", |s| {
        of_video(s, "/frames/1")
    }),
    may("WEB-8.4-014", "RFC 9110 §14.2", "A range of a video as Pixel Data is given with 206.", |s| {
        of_video(s, "/bulkdata/7FE00010")
    }),
    may("WEB-8.4-015", "RFC 9110 §14.2", "A range of an encapsulated PDF is given with 206.", |s| {
        has_range(s, &(s.subjects.pdf.path() + "/rendered"), "application/pdf", PDF)
    }),
    may("WEB-8.4-016", "RFC 9110 §14.2", "A range of a video of the URI Service is given with 206.", |s| {
        has_range(s, &uri_of(s, &video(s)?, "video/mp4"), "*/*", &stream())
    }),
    may("WEB-8.4-017", "RFC 9110 §14.2", "A range of a PDF of the URI Service is given with 206.", |s| {
        has_range(s, &uri_of(s, &s.subjects.pdf, "application/pdf"), "*/*", PDF)
    }),
    should("WEB-8.4-018", "RFC 9110 §15.5.17", "A range past the end is answered with 416 and the length.", |s| {
        let (path, whole) = with_ranges(s)?;
        let answer = part(s, &path, "video/mp4", &format!("bytes={}-", whole.body.len()))?;
        let said = answer.status(416)?.with_header("content-range")?;
        answer.holds(said == format!("bytes */{}", whole.body.len()), format!("Content-Range is {said:?}")).map(drop)
    }),
    should("WEB-8.4-019", "RFC 9110 §14.3", "What has ranges says so in Accept-Ranges.", |s| {
        let (_, whole) = with_ranges(s)?;
        let said = whole.with_header("accept-ranges")?;
        whole.holds(said == "bytes", format!("it says {said:?}")).map(drop)
    }),
    should("WEB-8.4-020", "RFC 9110 §13.1.5", "What has ranges has a strong tag, by which If-Range works.", |s| {
        let (path, whole) = with_ranges(s)?;
        let tag = whole.with_header("etag")?;
        whole.holds(!tag.starts_with("W/"), format!("the tag is {tag}"))?;
        let request = Request::get(path).accept("video/mp4").header("Range", "bytes=10-19").header("If-Range", tag);
        s.ask(request)?.status(206).map(drop)
    }),
    shall("WEB-8.4-021", "RFC 9110 §13.1.5", "If-Range with another tag gives the whole.", |s| {
        let (path, whole) = with_ranges(s)?;
        let request = Request::get(path).accept("video/mp4").header("Range", "bytes=10-19");
        let answer = s.ask(request.header("If-Range", "\"another\""))?;
        answer.status(200)?.holds(answer.body == whole.body, "it is not the whole").map(drop)
    }),
    shall("WEB-8.4-022", "RFC 9110 §14.2", "A range is a matter of GET: HEAD is answered as without one.", |s| {
        let (path, _) = with_ranges(s)?;
        let request = Request::new("HEAD", path).accept("video/mp4").header("Range", "bytes=10-19");
        s.ask(request)?.status(200).map(drop)
    }),
];
