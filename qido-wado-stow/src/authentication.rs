//! Who is asking: HTTP Basic, a Bearer token, or the session cookie that the log-in page set.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, ORIGIN};
use actix_web::{FromRequest, HttpRequest, web};
use archive::access::Stranger;
use archive::{Actor, Archive, Credentials, Error};

use crate::Failure;
use crate::address::{Address, client, trusts_forwarded};

/// Name of the cookie that holds the secret of a session.
const SESSION_COOKIE: &str = "pacs_session";

/// Somebody who was let in. A handler that takes this answers nobody else.
pub struct User(pub Actor);

impl FromRequest for User {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let archive = request.app_data::<web::Data<Archive>>().cloned();
        let credentials = credentials(request);
        let from = client(request);
        let by_script = is_by_script(request);
        Box::pin(async move {
            let archive = archive.ok_or_else(|| Error::Internal("no archive is mounted".into(), None))?;
            let admitted = match credentials {
                Ok(credentials) => archive.authenticate(credentials, from, "https").await.map_err(Failure::from),
                Err(stranger) => {
                    archive.turned_away(from, "https", stranger);
                    Err(refused(stranger))
                }
            };
            admitted.map(User).map_err(|failure| match failure {
                Failure::Archive(Error::NotAuthenticated) if by_script => Failure::SessionOver,
                other => other,
            })
        })
    }
}

/// What the client shows. The header goes before the cookie, so that a script can be somebody else than the browser.
fn credentials(request: &HttpRequest) -> Result<Credentials, Stranger> {
    if let Some(value) = request.headers().get(AUTHORIZATION) {
        return Credentials::of_authorization(value.as_bytes()).ok_or(Stranger::MalformedCredentials);
    }
    let cookie = request.cookie(SESSION_COOKIE).ok_or(Stranger::NoCredentials)?;
    if !request.method().is_safe() && !is_same_origin(request) {
        return Err(Stranger::OtherSite);
    }
    Ok(Credentials::Session(cookie.value().to_owned()))
}

fn refused(stranger: Stranger) -> Failure {
    match stranger {
        Stranger::OtherSite => {
            Failure::Forbidden("a request of another site may not use the session of this one".into())
        }
        Stranger::NoCredentials | Stranger::MalformedCredentials | Stranger::BadToken | Stranger::NoSession => {
            Failure::Archive(Error::NotAuthenticated)
        }
    }
}

/// Whether a page's script asks, a viewer for example. A Basic challenge would make the browser open a password window of
/// its own and keep the script waiting, which then cannot send its user to the log-in page.
fn is_by_script(request: &HttpRequest) -> bool {
    request.headers().get("sec-fetch-mode").is_some_and(|mode| mode != "navigate")
}

/// A browser sends the cookie with requests that other sites make too, but says where they come from. A request that
/// says nothing of the kind is no browser's and has no business with a cookie.
pub(crate) fn is_same_origin(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == Address::of(request, trusts_forwarded(request)).origin(),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::cookie::Cookie;
    use actix_web::http::Method;
    use actix_web::test::TestRequest;

    use super::*;

    fn posted(headers: &[(&'static str, &'static str)]) -> Result<Credentials, Stranger> {
        let request = TestRequest::default().method(Method::POST).cookie(Cookie::new(SESSION_COOKIE, "secret"));
        let request = request.append_header(("Host", "pacs.example"));
        credentials(&headers.iter().fold(request, |request, header| request.append_header(*header)).to_http_request())
    }

    #[test]
    fn refuses_a_post_of_another_site_with_a_cookie() {
        assert!(posted(&[("Sec-Fetch-Site", "cross-site"), ("Origin", "http://pacs.example")]).is_err());
        assert!(posted(&[("Origin", "http://evil.example")]).is_err());
        assert!(posted(&[]).is_err());
        assert!(posted(&[("Sec-Fetch-Site", "same-origin")]).is_ok());
        assert!(posted(&[("Origin", "http://pacs.example")]).is_ok());
    }

    #[test]
    fn takes_a_cookie_for_reading() {
        let request = TestRequest::default().cookie(Cookie::new(SESSION_COOKIE, "secret")).to_http_request();
        assert!(matches!(credentials(&request), Ok(Credentials::Session(secret)) if secret == "secret"));
    }
}
