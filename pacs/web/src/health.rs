//! Health, for whoever watches over the process. It needs no user, so it tells nothing but which part is not ready, and why
//! in the archive's words.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use archive::Archive;
use serde_json::{Map, Value, json};

/// `GET /health/live`: the process answers.
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /health/ready`: 200 when every part can do its work, else 503; either way each part's state.
pub(crate) async fn ready(archive: web::Data<Archive>) -> HttpResponse {
    let mut ready = true;
    let mut parts = Map::new();
    for (part, state) in archive.ready().await {
        if let Err(reason) = &state {
            tracing::warn!(part, reason, "not ready");
            ready = false;
        }
        parts.insert(part.to_owned(), Value::from(state.err().unwrap_or_else(|| "ready".to_owned())));
    }
    let mut answer = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.insert_header((CACHE_CONTROL, "no-store")).json(json!({ "ready": ready, "parts": parts }))
}
