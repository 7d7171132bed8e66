//! The Study, Series or Instance that a path names (PS3.18 §10.1.1), checked before anything else is done.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use archive::{Scope, Uid};

use crate::Failure;

/// The `{study}`, `{series}` and `{instance}` of a path.
#[derive(Debug, Clone)]
pub(crate) struct Target(pub Scope);

impl FromRequest for Target {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(scope(request).map(Target))
    }
}

fn scope(request: &HttpRequest) -> Result<Scope, Failure> {
    let study = uid(request, "study")?.ok_or_else(|| Failure::BadRequest("the path names no study".into()))?;
    Ok(Scope { study, series: uid(request, "series")?, instance: uid(request, "instance")? })
}

/// The UID in place `name` of the path; `None` when the route has no such place.
pub(crate) fn uid(request: &HttpRequest, name: &str) -> Result<Option<Uid>, Failure> {
    let Some(text) = request.match_info().get(name) else { return Ok(None) };
    Uid::new(text).map(Some).map_err(|why| Failure::BadRequest(format!("the {name} of the path is not a UID: {why}")))
}
