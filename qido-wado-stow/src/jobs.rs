//! Jobs, for administrators: what is left to do after answers, and what could not be done. Not in the Standard.

use actix_web::{HttpRequest, HttpResponse};
use archive::Right;
use archive::jobs::JobStatus;
use serde_json::{Value, json};

use crate::Failure;
use crate::asked::Asked;

/// All jobs that are not done, the oldest first; with `failed=true` those that are not tried again by themselves.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let jobs = match asked.query.flag("failed")? {
        true => asked.archive.failed_jobs().await?,
        false => asked.archive.jobs().await?,
    };
    Ok(HttpResponse::Ok().json(jobs.iter().map(represent).collect::<Vec<_>>()))
}

/// One job.
pub(crate) async fn one(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let job = asked.archive.job(number(&asked.request)?).await?;
    Ok(HttpResponse::Ok().json(represent(&job)))
}

/// Has a job tried again at once: 204.
pub(crate) async fn retry(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    asked.archive.retry_job(&asked.actor.name, number(&asked.request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Has all jobs tried again at once that are not by themselves: how many there are.
pub(crate) async fn retry_failed(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let count = asked.archive.retry_failed_jobs(&asked.actor.name).await?;
    Ok(HttpResponse::Ok().json(json!({ "retried": count })))
}

/// Forgets a job that forwards: 204.
pub(crate) async fn cancel(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    asked.archive.cancel_job(&asked.actor.name, number(&asked.request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn number(request: &HttpRequest) -> Result<i64, Failure> {
    let text = request.match_info().get("job").unwrap_or_default();
    text.parse().map_err(|_| Failure::BadRequest("the job of the path is not a number".into()))
}

fn represent(job: &JobStatus) -> Value {
    json!({
        "id": job.id,
        "kind": job.kind,
        "state": job.state.word(),
        "work": job.work,
        "queued": job.created_at.to_rfc3339(),
        "due": job.due_at.to_rfc3339(),
        "failures": job.failures,
        "lastError": job.last_error,
    })
}
