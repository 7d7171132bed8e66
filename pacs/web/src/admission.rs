//! Who is asking for a page: HTTP Basic, a Bearer token, or the session cookie that the log-in page set.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use archive::access::Stranger;
use archive::{Actor, Archive, Credentials, Error};

use crate::origin::client;
use crate::refusal::{Refusal, is_browser};

/// Name of the cookie that holds the secret of a session.
pub const SESSION_COOKIE: &str = "pacs_session";

/// Somebody who was let in. A handler that takes this answers nobody else: a browser is sent to the log-in page, other
/// clients get 401.
pub struct Admitted(pub Actor);

impl FromRequest for Admitted {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { admit(&request).await.map(Self).map_err(|error| Refusal::new(error, &request)) })
    }
}

async fn admit(request: &HttpRequest) -> Result<Actor, Error> {
    let archive = request.app_data::<web::Data<Archive>>();
    let archive = archive.ok_or_else(|| Error::Internal("no archive is mounted".into(), None))?;
    let credentials = credentials(request).map_err(|stranger| {
        // A person who shows nothing yet is asked to log in, which is no refusal.
        if stranger != Stranger::NoCredentials || !is_browser(request) {
            archive.turned_away(client(request), "https", stranger);
        }
        Error::NotAuthenticated
    })?;
    archive.authenticate(credentials, client(request), "https").await
}

/// What the client shows. The header goes before the cookie, so that a script can be somebody else than the browser.
fn credentials(request: &HttpRequest) -> Result<Credentials, Stranger> {
    match request.headers().get(AUTHORIZATION) {
        Some(value) => Credentials::of_authorization(value.as_bytes()).ok_or(Stranger::MalformedCredentials),
        None => session(request).map(Credentials::Session).ok_or(Stranger::NoCredentials),
    }
}

/// The secret of the session cookie.
pub(crate) fn session(request: &HttpRequest) -> Option<String> {
    request.cookie(SESSION_COOKIE).map(|cookie| cookie.value().to_owned())
}
