//! Pages of other origins (Cross-Origin Resource Sharing, as the Fetch standard has it): a browser lets a viewer that is
//! served elsewhere use this service when its origin is configured.

use actix_cors::Cors;
use actix_web::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, ETAG, HeaderName, LAST_MODIFIED, LINK, LOCATION,
    WARNING,
};
use actix_web::middleware::Condition;

use crate::retrieve::volume::{numbers, segmentation};
use crate::search::TOTAL;

/// How long a browser may remember what it was allowed, in seconds.
const REMEMBERED: usize = 3600;

/// Lets pages of `origins` in (`*`: of all). Without any, nothing is said about other origins, and browsers refuse.
///
/// Cookies are not allowed: a page of another site must not act as whoever is logged in here. Its users log in by
/// `Authorization`.
pub(crate) fn policy(origins: &[String]) -> Condition<Cors> {
    let named = origins.iter().filter(|origin| *origin != "*");
    let cors = named.fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    let cors = if origins.iter().any(|origin| origin == "*") { cors.allow_any_origin() } else { cors };
    let cors = cors
        .allow_any_method()
        .allow_any_header()
        .expose_headers([
            ACCEPT_RANGES,
            CONTENT_LENGTH,
            CONTENT_LOCATION,
            CONTENT_RANGE,
            ETAG,
            LAST_MODIFIED,
            LINK,
            LOCATION,
            WARNING,
            HeaderName::from_static(TOTAL),
        ])
        .expose_headers(numbers::HEADERS)
        .expose_headers([segmentation::POSITIONS])
        .max_age(REMEMBERED);
    Condition::new(!origins.is_empty(), cors)
}
