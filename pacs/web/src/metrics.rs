//! Metrics in Prometheus' text format.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};

use crate::WebSettings;
use crate::admission::Admitted;

/// `GET /metrics`. Needs a user: counts tell of patients too.
pub(crate) async fn text(_: Admitted, settings: web::Data<WebSettings>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(settings.metrics.render())
}
