//! Retrieve Capabilities (PS3.18 §8.9): what this server can be asked, for machines, made of the table of routes.
//!
//! As WADL (Annex H), and as OpenAPI 3.1, for which there are more tools.

mod openapi;
mod wadl;

use actix_web::HttpResponse;

use crate::asked::Asked;
use crate::{Failure, routes};

const WADL: &str = "application/vnd.sun.wadl+xml";
const JSON: &str = "application/json";

/// `OPTIONS /`, in the acceptable media type.
pub(crate) async fn retrieve(asked: Asked) -> Result<HttpResponse, Failure> {
    let chosen = asked.accept.choose(|range| match range.essence.as_str() {
        WADL | "application/*" | "*/*" => Some(WADL),
        JSON => Some(JSON),
        _ => None,
    });
    let words = || Failure::NotAcceptable(format!("capabilities are described as {WADL} and {JSON}"));
    let description = match chosen.ok_or_else(words)? {
        JSON => openapi::description(&routes::operations(), asked.address.base()).to_string(),
        _ => wadl::description(&routes::operations(), asked.address.base()),
    };
    Ok(HttpResponse::Ok().content_type(chosen.unwrap_or(WADL)).body(description))
}

/// `GET /openapi.json`.
pub(crate) async fn openapi(asked: Asked) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Ok().json(openapi::description(&routes::operations(), asked.address.base())))
}
