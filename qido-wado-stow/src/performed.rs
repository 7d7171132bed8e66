//! Modality Performed Procedure Steps (PS3.18 §15): created, updated, retrieved.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use archive::performed::PerformedError;
use archive::{Archive, Right, Uid, attribute};
use serde_json::{Map, Value};

use crate::asked::Asked;
use crate::model::{Holds, Model};
use crate::query::Query;
use crate::search::parameters::list;
use crate::target::uid;
use crate::{Failure, Settings, User, attributes};

/// Create (§15.4), or Update (§15.5) with the parameter `update`.
pub(crate) async fn create(
    user: User,
    request: HttpRequest,
    query: Query,
    archive: web::Data<Archive>,
    settings: web::Data<Settings>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    if query.all("update").next().is_some() {
        return update(user, request, archive, settings, payload).await;
    }
    let step = target(&request)?;
    archive.permit_identified(&user.0, Right::Worklist)?;
    let attributes = attributes::read_one(&request, payload, settings.idle).await?;
    archive.create_performed_step(&user.0, &step, attributes).await?;
    Ok(HttpResponse::Created().finish())
}

/// Update, at the path that the example of PS3.18 §B.38 shows.
pub(crate) async fn update(
    user: User,
    request: HttpRequest,
    archive: web::Data<Archive>,
    settings: web::Data<Settings>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let step = target(&request)?;
    archive.permit_identified(&user.0, Right::Worklist)?;
    let attributes = attributes::read_one(&request, payload, settings.idle).await?;
    archive.change_performed_step(&user.0, &step, attributes).await?;
    Ok(HttpResponse::Ok().finish())
}

/// Retrieve (§15.6).
pub(crate) async fn retrieve(asked: Asked) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&asked.accept, Holds::ListOfOne)?;
    let step = target(&asked.request)?;
    let fields = list(&asked.query, "includefield");
    let found = chosen(asked.archive.performed_step(&asked.actor, &step).await?, &fields)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    model.one(response, found).await
}

fn target(request: &HttpRequest) -> Result<Uid, Failure> {
    uid(request, "step")?.ok_or_else(|| Failure::BadRequest("the path names no performed procedure step".into()))
}

/// The attributes that were asked for; all when none were.
fn chosen(mut step: Map<String, Value>, fields: &[String]) -> Result<Map<String, Value>, Failure> {
    if fields.is_empty() || fields.iter().any(|field| field == "all") {
        return Ok(step);
    }
    let tag = |field: &String| {
        let known = attribute::by_name(field).map(|known| known.name());
        known.ok_or_else(|| Failure::BadRequest(format!("{field} is not an attribute that this server knows")))
    };
    let wanted = fields.iter().map(tag).collect::<Result<Vec<_>, _>>()?;
    step.retain(|name, _| wanted.contains(name));
    Ok(step)
}

impl From<PerformedError> for Failure {
    fn from(error: PerformedError) -> Self {
        let words = error.to_string();
        match error {
            PerformedError::Archive(error) => error.into(),
            PerformedError::Duplicate | PerformedError::Final | PerformedError::Fixed(_) => Self::Conflict(words),
            PerformedError::Unknown => Self::NotFound(words),
            PerformedError::Missing(_) | PerformedError::Empty(_) | PerformedError::Invalid(_) => {
                Self::BadRequest(words)
            }
            PerformedError::TooLarge => Self::TooLarge(archive::performed::LARGEST as u64),
        }
    }
}
