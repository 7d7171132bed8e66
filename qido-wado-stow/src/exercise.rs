//! Everything that is done with a request of unknown origin before the archive is asked, and what must hold whatever its
//! bytes are. The fuzz target and the fuzz run of this repository both call it.
//!
//! A request is a text: its query, in the next line `Accept`, in the next `Content-Type`, and after that its body.

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use archive::Level;

use crate::Failure;
use crate::accept::Accept;
use crate::media_type::MediaType;
use crate::model::{Holds, Model};
use crate::query::Query;

/// Reads a request as far as the archive is not needed. Panics where a promise is broken.
pub fn exercise(request: &[u8]) {
    let mut lines = request.splitn(4, |byte| *byte == b'\n');
    let mut line = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (query, accept, content_type) = (line(), line(), line());
    let body = lines.next().unwrap_or_default();
    // Content-Type comes in a header, which has no control characters.
    let content_type: String = content_type.chars().filter(|character| !character.is_control()).collect();
    if let Some(query) = said(Query::parse(&query)) {
        search(&query);
        crate::retrieve::exercise::parameters(&query);
        acceptable(&query, &accept);
    }
    crate::retrieve::exercise::frames(&accept);
    crate::store::exercise::store(&content_type, body);
}

/// What was read; of a refusal that it is one that tells the client what to do.
pub(crate) fn said<T>(read: Result<T, Failure>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(failure) => {
            let status = failure.status_code();
            assert!(status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED, "{status}: {failure}");
            assert!(!failure.to_string().is_empty());
            None
        }
    }
}

fn search(query: &Query) {
    for level in [Level::Study, Level::Series, Level::Instance] {
        if let Some(search) = said(crate::search::parameters::from_query(query, level)) {
            let first = search.check();
            assert_eq!(first.is_ok(), search.check().is_ok());
        }
    }
}

fn acceptable(query: &Query, header: &str) {
    let accept = Accept::new(query.all("accept"), std::iter::once(header));
    for range in accept.ranges() {
        assert!(range.essence.contains('/'), "{range:?}");
        let _ = range.root_type();
        // What was read says the same when it is read again.
        let again = MediaType::parse(&range.essence);
        assert_eq!(again.map(|again| again.essence), Some(range.essence.clone()));
    }
    for holds in [Holds::One, Holds::ListOfOne, Holds::List] {
        said(Model::choose(&accept, holds));
    }
    crate::retrieve::exercise::forms(&accept);
}
