//! Parts of the Standard that come later, and paths that are no resource: answered with words, not silence.

use actix_web::{HttpRequest, HttpResponse};

use crate::{Failure, User};

/// Retrieve Capabilities and other services of PS3.18 that are named by the first part of the path.
pub(crate) async fn service(_: User) -> Result<HttpResponse, Failure> {
    later("this service")
}

/// What is no resource at all.
pub(crate) async fn nothing(_: User, request: HttpRequest) -> Result<HttpResponse, Failure> {
    Err(Failure::NotFound(format!("{} is no resource of this server", request.path())))
}

fn later(what: &str) -> Result<HttpResponse, Failure> {
    Err(Failure::NotBuilt(format!("{what} is not supported yet")))
}
