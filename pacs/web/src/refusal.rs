//! Refusals and failures as HTTP answers: one exhaustive `match` from [`archive::Error`] to a status, for people as a page
//! and for programs as a line of text.

use std::fmt;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use archive::Error;
use maud::html;

use crate::admission::Admitted;
use crate::next::Next;
use crate::page::Page;

/// Seconds after which a client may try again when something of ours does not answer.
const RETRY_SECONDS: u64 = 5;

/// Why there is no page.
#[derive(Debug)]
pub struct Refusal {
    error: Error,
    /// A person with a browser asked.
    browser: bool,
    /// Where the browser was going.
    next: Next,
    /// How to log in (RFC 9110 §11.6.1).
    challenge: &'static str,
}

impl Refusal {
    /// Why `request` is refused. Failures of ours are logged here.
    pub(crate) fn new(error: Error, request: &HttpRequest) -> Self {
        report(&error);
        // What was to be posted is lost by logging in: then the start page is as good.
        let wanted = (request.method() == Method::GET).then(|| request.uri().path_and_query()).flatten();
        let next = Next::new(wanted.map(|path| path.as_str()));
        // To `Basic`, a browser would open a window of its own over the page whose script asked.
        let script = request.headers().get("sec-fetch-mode").is_some_and(|mode| mode != "navigate");
        let challenge = if script { "Bearer realm=\"PACS\"" } else { "Basic realm=\"PACS\", charset=\"UTF-8\"" };
        Self { error, browser: is_browser(request), next, challenge }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        status(&self.error)
    }

    fn error_response(&self) -> HttpResponse {
        if matches!(self.error, Error::NotAuthenticated) && self.browser {
            let mut answer = HttpResponse::SeeOther();
            return answer
                .insert_header((LOCATION, self.next.login()))
                .insert_header((CACHE_CONTROL, "no-store"))
                .finish();
        }
        let mut answer = answer(self.browser, status(&self.error), &words(&self.error));
        if let Some(seconds) = retry_after(&self.error) {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if matches!(self.error, Error::NotAuthenticated) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(self.challenge));
        }
        answer
    }
}

/// The answer to a path that is not served; only users learn that it is not.
pub(crate) async fn nothing_here(request: HttpRequest, _: Admitted) -> HttpResponse {
    answer(is_browser(&request), StatusCode::NOT_FOUND, "There is nothing at this address.")
}

/// A short answer, as a page or as a line.
pub(crate) fn answer(browser: bool, status: StatusCode, words: &str) -> HttpResponse {
    if browser {
        let title = status.canonical_reason().unwrap_or("Error");
        return Page::new(title)
            .render(status, html! { h1 { (title) } p { (words) } p { a href="/" { "Start page" } } });
    }
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(format!("{words}\n"))
}

/// Whether a person with a browser asks: programs do not ask for HTML by name.
pub(crate) fn is_browser(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The status of each refusal and failure.
pub(crate) fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::BadRequest(_) => StatusCode::BAD_REQUEST,
        Error::NotAuthenticated => StatusCode::UNAUTHORIZED,
        Error::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::NotAuthorized(_) => StatusCode::FORBIDDEN,
        Error::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
        Error::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
        Error::OutOfResources => StatusCode::INSUFFICIENT_STORAGE,
        Error::Damaged(_) | Error::Internal(..) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What the client is told; of a failure of ours only that it is one.
pub(crate) fn words(error: &Error) -> String {
    match error {
        Error::Internal(..) => "Something went wrong here. The gateway's log says more.".to_owned(),
        Error::NotAuthenticated => "A user name and a password, or a token, are needed here.".to_owned(),
        error => {
            let words = error.to_string();
            let mut letters = words.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            format!("{first}{}.", letters.as_str())
        }
    }
}

/// Seconds after which trying again may help.
pub(crate) fn retry_after(error: &Error) -> Option<u64> {
    match error {
        Error::Throttled(seconds) => Some(*seconds),
        Error::Unavailable(..) => Some(RETRY_SECONDS),
        _ => None,
    }
}

/// Logs a failure with its causes; refusals are in the audit trail.
pub(crate) fn report(error: &Error) {
    if !matches!(error, Error::Unavailable(..) | Error::Internal(..) | Error::Damaged(_)) {
        return;
    }
    let mut causes = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        causes.push_str(": ");
        causes.push_str(&inner.to_string());
        cause = inner.source();
    }
    tracing::error!(causes, "a page failed");
}
