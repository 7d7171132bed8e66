//! Refusals and failures as HTTP answers: one exhaustive `match` from [`archive::Error`] to a status (PS3.18 §8.5).

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

/// Seconds after which a client may try again when something of ours does not answer.
pub(crate) const RETRY_SECONDS: u64 = 5;

/// Why a request is not answered as it hoped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The archive refused or failed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The request contradicts the Standard (400).
    #[error("{0}")]
    BadRequest(String),
    /// A page's script asks without a session that is valid (401).
    #[error("the session is over; log in again")]
    SessionOver,
    /// The request may not use the credentials it came with (403).
    #[error("{0}")]
    Forbidden(String),
    /// There is no such resource (404).
    #[error("{0}")]
    NotFound(String),
    /// The resource does not know this method (405); the text lists those it knows.
    #[error("this resource knows the methods {0}")]
    MethodNotAllowed(String),
    /// Nothing of what the client accepts can be made (406).
    #[error("{0}")]
    NotAcceptable(String),
    /// The request is understood, and cannot be done with what it is about (422).
    #[error("{0}")]
    Unprocessable(String),
    /// The request contradicts the state of the resource (409).
    #[error("{0}")]
    Conflict(String),
    /// The request body stopped coming (408).
    #[error("the request body stopped coming")]
    Idle,
    /// The request body is larger than allowed (413).
    #[error("the request is larger than {0} bytes")]
    TooLarge(u64),
    /// The metadata of a store request are larger than allowed (413).
    #[error("the metadata are larger than {0} bytes; send fewer instances in a request")]
    MetadataTooLarge(u64),
    /// The request body is of a kind that is not taken here (415).
    #[error("{0}")]
    UnsupportedMediaType(String),
    /// A part of the Standard that is not built yet (501).
    #[error("{0}")]
    NotBuilt(String),
}

impl From<std::convert::Infallible> for Failure {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        use archive::Error;
        match self {
            Failure::Archive(Error::NotFound(_)) | Failure::NotFound(_) => StatusCode::NOT_FOUND,
            Failure::Archive(Error::BadRequest(_)) | Failure::BadRequest(_) => StatusCode::BAD_REQUEST,
            Failure::Archive(Error::NotAuthenticated) | Failure::SessionOver => StatusCode::UNAUTHORIZED,
            Failure::Archive(Error::Throttled(_)) => StatusCode::TOO_MANY_REQUESTS,
            Failure::Archive(Error::NotAuthorized(_)) | Failure::Forbidden(_) => StatusCode::FORBIDDEN,
            // What is stored is broken, not the server: this representation cannot be made, another one can.
            Failure::Archive(Error::NotAcceptable(_) | Error::Damaged(_)) | Failure::NotAcceptable(_) => {
                StatusCode::NOT_ACCEPTABLE
            }
            Failure::Archive(Error::Unprocessable(_)) | Failure::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Failure::Archive(Error::Unavailable(..) | Error::OutOfResources) => StatusCode::SERVICE_UNAVAILABLE,
            Failure::Archive(Error::Internal(..)) => StatusCode::INTERNAL_SERVER_ERROR,
            Failure::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Failure::Conflict(_) => StatusCode::CONFLICT,
            Failure::Idle => StatusCode::REQUEST_TIMEOUT,
            Failure::TooLarge(_) | Failure::MetadataTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Failure::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Failure::NotBuilt(_) => StatusCode::NOT_IMPLEMENTED,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        if status == StatusCode::INTERNAL_SERVER_ERROR || status == StatusCode::SERVICE_UNAVAILABLE {
            tracing::error!(error = chain(self), "request failed");
        }
        let mut response = HttpResponse::build(status);
        match self {
            Failure::Archive(archive::Error::NotAuthenticated) => {
                response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="PACS", charset="UTF-8""#));
            }
            Failure::SessionOver => {
                response.insert_header((WWW_AUTHENTICATE, r#"Bearer realm="PACS""#));
            }
            Failure::Archive(archive::Error::Throttled(seconds)) => {
                response.insert_header((RETRY_AFTER, seconds.to_string()));
            }
            Failure::Archive(archive::Error::Unavailable(..) | archive::Error::OutOfResources) => {
                response.insert_header((RETRY_AFTER, RETRY_SECONDS.to_string()));
            }
            Failure::MethodNotAllowed(methods) => {
                response.insert_header((ALLOW, methods.as_str()));
            }
            _ => {}
        }
        response.content_type("application/problem+json").body(problem(status, &self.words()))
    }
}

impl Failure {
    /// What the client is told. Of a defect of ours it learns only that there is one.
    fn words(&self) -> String {
        match self {
            Failure::Archive(archive::Error::Internal(..)) => "the server failed; its log says why".into(),
            other => other.to_string(),
        }
    }
}

/// A status report (PS3.18 §8.6.3) as problem details (RFC 9457).
fn problem(status: StatusCode, words: &str) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    serde_json::json!({ "status": status.as_u16(), "title": title, "detail": words }).to_string()
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use archive::Error;

    use super::*;

    #[test]
    fn tells_an_unknown_client_how_to_log_in() {
        let response = Failure::from(Error::NotAuthenticated).error_response();
        assert_eq!(response.status(), 401);
        assert!(response.headers().get(WWW_AUTHENTICATE).unwrap().to_str().unwrap().starts_with("Basic realm="));
        let response = Failure::SessionOver.error_response();
        assert_eq!(response.status(), 401);
        assert!(response.headers().get(WWW_AUTHENTICATE).unwrap().to_str().unwrap().starts_with("Bearer realm="));
    }

    #[test]
    fn tells_when_to_try_again() {
        let throttled = Failure::from(Error::Throttled(7)).error_response();
        assert_eq!(
            (throttled.status().as_u16(), throttled.headers().get(RETRY_AFTER).unwrap().as_bytes()),
            (429, &b"7"[..])
        );
        let unavailable = Failure::from(Error::Unavailable("index", None)).error_response();
        assert_eq!(unavailable.status(), 503);
        assert!(unavailable.headers().contains_key(RETRY_AFTER));
        let full = Failure::from(Error::OutOfResources).error_response();
        assert!(full.status() == 503 && full.headers().contains_key(RETRY_AFTER));
    }

    #[test]
    fn keeps_the_cause_of_a_defect_to_the_log() {
        let failure = Failure::from(Error::Internal("a secret path".into(), None));
        assert_eq!(failure.status_code(), 500);
        assert!(!failure.words().contains("secret"));
    }
}
