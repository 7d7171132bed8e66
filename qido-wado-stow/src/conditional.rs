//! Conditional retrieval (RFC 9110 §13): a client that has what it asks for is told so, and nothing is sent.

use std::time::{Duration, SystemTime};

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HttpDate, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use archive::StoredInstance;

/// What tells one state of a resource from another.
#[derive(Debug, Clone)]
pub(crate) struct Validators {
    etag: String,
    modified: Option<SystemTime>,
}

impl Validators {
    /// Of a representation of stored instances; `form` tells apart representations of the same bytes.
    /// Weak, because a multipart boundary differs from answer to answer.
    pub fn of_instances<'a>(instances: impl IntoIterator<Item = &'a StoredInstance>, form: &str) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(form.as_bytes());
        let mut newest = None;
        for instance in instances {
            hash.update(instance.instance.as_bytes());
            hash.update(&instance.digest);
            newest = newest.max(u64::try_from(instance.stored_at).ok());
        }
        let digest = hash.finalize().to_hex();
        let modified = newest.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        Self { etag: format!("W/\"{}\"", &digest[..32]), modified }
    }

    /// Of an answer that was kept with its own.
    pub fn kept(etag: String, modified: Option<u64>) -> Self {
        Self { etag, modified: modified.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)) }
    }

    /// What [`Self::kept`] takes.
    pub fn to_keep(&self) -> (String, Option<u64>) {
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok().map(|time| time.as_secs());
        (self.etag.clone(), self.modified.and_then(seconds))
    }

    /// The same for a representation that is the same to the byte each time: it can be had in parts.
    pub fn strong(self) -> Self {
        Self { etag: self.etag.trim_start_matches("W/").to_owned(), ..self }
    }

    /// Whether `If-Range` names this very state (RFC 9110 §13.1.5): a strong tag, or the date of the last change.
    pub fn is_state(&self, named: &str) -> bool {
        let date = || named.parse::<HttpDate>().ok().map(SystemTime::from);
        (!self.etag.starts_with("W/") && self.etag == named) || date().is_some_and(|date| self.modified == Some(date))
    }

    /// 304 when the client has this state already.
    pub fn not_modified(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let header = |name| {
            request.headers().get(name).and_then(|value: &actix_web::http::header::HeaderValue| value.to_str().ok())
        };
        let known = match (header(IF_NONE_MATCH), header(IF_MODIFIED_SINCE)) {
            (Some(tags), _) => tags.split(',').map(str::trim).any(|tag| tag == "*" || self.is(tag)),
            (None, Some(date)) => self.is_not_after(date),
            (None, None) => false,
        };
        known.then(|| self.add_to(HttpResponse::build(StatusCode::NOT_MODIFIED)).finish())
    }

    /// Adds the headers. Answers depend on who asks, so only the client itself may keep them, and must ask again.
    pub fn add_to(&self, mut response: HttpResponseBuilder) -> HttpResponseBuilder {
        response.insert_header((ETAG, self.etag.as_str()));
        response.insert_header((CACHE_CONTROL, "private, no-cache"));
        response.append_header((VARY, "Accept"));
        if let Some(modified) = self.modified {
            response.insert_header((LAST_MODIFIED, HttpDate::from(modified).to_string()));
        }
        response
    }

    /// Weak comparison (RFC 9110 §8.8.3.2).
    fn is(&self, tag: &str) -> bool {
        self.etag.trim_start_matches("W/") == tag.trim_start_matches("W/")
    }

    fn is_not_after(&self, date: &str) -> bool {
        let Ok(date) = date.parse::<HttpDate>() else { return false };
        self.modified.is_some_and(|modified| modified <= SystemTime::from(date))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn validators() -> Validators {
        Validators {
            etag: "W/\"abc\"".into(),
            modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)),
        }
    }

    fn known(header: (&'static str, &'static str)) -> bool {
        validators().not_modified(&TestRequest::default().append_header(header).to_http_request()).is_some()
    }

    #[test]
    fn knows_its_tag_in_a_list_weak_or_strong() {
        assert!(known(("If-None-Match", "\"x\", \"abc\"")));
        assert!(known(("If-None-Match", "W/\"abc\"")));
        assert!(known(("If-None-Match", "*")));
        assert!(!known(("If-None-Match", "\"x\"")));
    }

    #[test]
    fn compares_dates_when_there_is_no_tag() {
        assert!(known(("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")));
        assert!(!known(("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")));
        assert!(!known(("If-Modified-Since", "yesterday")));
    }
}
