//! Ranges of bytes (RFC 9110 §14): an interrupted transfer goes on where it ended, a player jumps within a video.

use std::ops::Range;

use actix_web::http::header::{self, ACCEPT_RANGES, CONTENT_RANGE, Header, IF_RANGE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use archive::retrieve::Body;

use super::respond::{self, Way};
use crate::Failure;
use crate::conditional::Validators;

/// What part of a representation a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// All of it: nothing else is said, or nothing that can be followed.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that there are not.
    Nothing,
}

impl Wanted {
    /// Reads `Range` and `If-Range`. Several ranges at once are answered with the whole, as is allowed.
    fn of(request: &HttpRequest, length: u64, validators: &Validators) -> Self {
        // Of GET alone it is said what a range is (§14.2).
        let is_asked = request.method() == Method::GET && request.headers().contains_key(header::RANGE);
        if !is_asked || !is_current(request, validators) {
            return Self::Whole;
        }
        let Ok(header::Range::Bytes(ranges)) = header::Range::parse(request) else { return Self::Whole };
        let [range] = &ranges[..] else { return Self::Whole };
        match range.to_satisfiable_range(length) {
            Some((first, last)) => Self::Part(first..last + 1),
            None => Self::Nothing,
        }
    }

    /// Adds what an answer says of its range, and gives it its status.
    fn add_to(&self, response: &mut HttpResponseBuilder, length: u64) {
        response.insert_header((ACCEPT_RANGES, "bytes"));
        if let Self::Part(range) = self {
            response.status(StatusCode::PARTIAL_CONTENT);
            response.insert_header((CONTENT_RANGE, format!("bytes {}-{}/{length}", range.start, range.end - 1)));
        }
    }
}

/// Sends `whole`, or what is asked for of it, which `part` opens: for bytes that are the same each time, as their strong
/// validators say. What has no length known before has no ranges.
pub(super) async fn send(
    way: impl Into<Way>,
    mut response: HttpResponseBuilder,
    validators: &Validators,
    whole: Body,
    part: impl AsyncFnOnce(Range<u64>) -> Result<Body, archive::Error>,
) -> Result<HttpResponse, Failure> {
    let way = way.into();
    let Some(length) = whole.length else { return Ok(respond::send(way, response, None, whole.content)) };
    let wanted = Wanted::of(&way.request, length, validators);
    wanted.add_to(&mut response, length);
    let body = match wanted {
        Wanted::Nothing => return Ok(not_satisfiable(length)),
        Wanted::Whole => whole,
        Wanted::Part(range) => part(range).await?,
    };
    Ok(respond::send(way, response, body.length, body.content))
}

/// 416, with the length that there is.
fn not_satisfiable(length: u64) -> HttpResponse {
    HttpResponse::build(StatusCode::RANGE_NOT_SATISFIABLE)
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((CONTENT_RANGE, format!("bytes */{length}")))
        .finish()
}

/// A client that names the state it has a part of gets another part of that state only.
fn is_current(request: &HttpRequest, validators: &Validators) -> bool {
    let Some(state) = request.headers().get(IF_RANGE) else { return true };
    state.to_str().is_ok_and(|state| validators.is_state(state))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn wanted(headers: &[(&'static str, &'static str)]) -> Wanted {
        let request = headers.iter().fold(TestRequest::default(), |request, header| request.append_header(*header));
        Wanted::of(&request.to_http_request(), 100, &Validators::of_instances([], "x").strong())
    }

    #[test]
    fn reads_one_range() {
        assert_eq!(wanted(&[("Range", "bytes=0-9")]), Wanted::Part(0..10));
        assert_eq!(wanted(&[("Range", "bytes=90-")]), Wanted::Part(90..100));
        assert_eq!(wanted(&[("Range", "bytes=-5")]), Wanted::Part(95..100));
        assert_eq!(wanted(&[("Range", "bytes=50-1000")]), Wanted::Part(50..100));
    }

    #[test]
    fn has_no_ranges_of_head() {
        let request = TestRequest::default().method(Method::HEAD).append_header(("Range", "bytes=0-9"));
        let validators = Validators::of_instances([], "x").strong();
        assert_eq!(Wanted::of(&request.to_http_request(), 100, &validators), Wanted::Whole);
    }

    #[test]
    fn has_no_bytes_past_the_end() {
        assert_eq!(wanted(&[("Range", "bytes=100-")]), Wanted::Nothing);
    }

    #[test]
    fn gives_the_whole_for_what_it_cannot_follow() {
        for range in ["bytes=5-1", "lines=1-2", "bytes=a-b", "bytes=0-1,5-6", ""] {
            assert_eq!(wanted(&[("Range", range)]), Wanted::Whole, "{range}");
        }
        assert_eq!(wanted(&[]), Wanted::Whole);
    }

    #[test]
    fn gives_the_whole_of_another_state() {
        assert_eq!(wanted(&[("Range", "bytes=0-9"), ("If-Range", "\"other\"")]), Wanted::Whole);
    }
}
