//! Storage Commitment (PS3.18 §13): asked, and answered at once when that can be done, else on a later check.

mod modules;

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};
use archive::commitment::{CommitmentError, CommitmentRequest, Decision};
use archive::{Archive, Right, Uid};
use tokio::time::timeout;

use crate::accept::Accept;
use crate::asked::Asked;
use crate::model::{Holds, Model};
use crate::target::uid;
use crate::{Failure, Settings, User, attributes};

/// How long a client waits for the decision before it is told to come again.
const WAIT: Duration = Duration::from_secs(10);
/// Seconds until it may come again.
const AGAIN: &str = "5";

/// Request (§13.4).
pub(crate) async fn request(
    user: User,
    request: HttpRequest,
    accept: Accept,
    archive: web::Data<Archive>,
    settings: web::Data<Settings>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&accept, Holds::One)?;
    let transaction = target(&request)?;
    archive.permit(&user.0, Right::Store)?;
    let module = attributes::read_one(&request, payload, settings.idle).await?;
    let references = modules::references(&module).map_err(Failure::BadRequest)?;
    let at_once = !prefers_to_come_again(&request);
    let patience = if at_once { WAIT * 2 } else { Duration::ZERO };
    let asked = CommitmentRequest { transaction: transaction.clone(), references };
    archive.request_commitment(&user.0, asked, None, patience).await?;
    if !at_once {
        archive.look_for_jobs();
        return Ok(working());
    }
    match timeout(WAIT, archive.decide_commitment(&transaction)).await {
        // Instances on a storage node of another gateway are looked at there.
        Err(_) | Ok(Err(archive::Error::Unavailable(..))) => Ok(working()),
        Ok(decision) => decided(model, &decision?).await,
    }
}

/// Result Check (§13.5).
pub(crate) async fn check(asked: Asked) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&asked.accept, Holds::One)?;
    let transaction = target(&asked.request)?;
    match asked.archive.commitment(&asked.actor, &transaction).await? {
        Some(decision) => decided(model, &decision).await,
        None => Ok(working()),
    }
}

fn target(request: &HttpRequest) -> Result<Uid, Failure> {
    uid(request, "transaction")?.ok_or_else(|| Failure::BadRequest("the path names no transaction".into()))
}

/// `Prefer: respond-async` (RFC 7240 §4.1).
fn prefers_to_come_again(request: &HttpRequest) -> bool {
    let prefer = request.headers().get_all("prefer").filter_map(|value| value.to_str().ok());
    prefer.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case("respond-async"))
}

fn working() -> HttpResponse {
    HttpResponse::Accepted().insert_header((RETRY_AFTER, AGAIN)).finish()
}

async fn decided(model: Model, decision: &Decision) -> Result<HttpResponse, Failure> {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    model.one(response, modules::response(decision)).await
}

impl From<CommitmentError> for Failure {
    fn from(error: CommitmentError) -> Self {
        let words = error.to_string();
        match error {
            CommitmentError::Archive(error) => error.into(),
            CommitmentError::TransactionInUse => Self::Conflict(words),
            CommitmentError::TooMany | CommitmentError::Nothing => Self::BadRequest(words),
        }
    }
}
