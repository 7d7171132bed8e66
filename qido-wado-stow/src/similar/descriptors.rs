//! How far the descriptors are that images are found by, and making them anew.

use actix_web::HttpResponse;
use archive::Right;
use serde_json::{Value, json};

use crate::Failure;
use crate::asked::Asked;

/// How many images are described, wait for it, or cannot be.
pub(crate) async fn state(asked: Asked) -> Result<HttpResponse, Failure> {
    let state = asked.archive.descriptors(&asked.actor).await?;
    let reason = |(reason, images): &(String, u64)| json!({ "reason": reason, "images": images });
    Ok(HttpResponse::Ok().json(json!({
        "version": state.version,
        "described": state.described,
        "waiting": state.waiting,
        "failed": state.failed,
        "reasons": state.reasons.iter().map(reason).collect::<Vec<Value>>(),
        "pictures": state.pictures,
    })))
}

/// Has all images described anew: 202 with how many series were queued.
pub(crate) async fn rebuild(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let queued = asked.archive.rebuild_descriptors(&asked.actor).await?;
    Ok(HttpResponse::Accepted().json(json!({ "queued": queued })))
}
