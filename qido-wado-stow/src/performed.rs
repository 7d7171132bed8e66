//! Modality Performed Procedure Steps (PS3.18 §15): created, updated, retrieved.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use archive::performed::PerformedError;
use archive::{Archive, Right, Uid, attribute};

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
    let wanted = wanted(&list(&asked.query, "includefield"))?;
    let mut found = asked.archive.performed_step(&asked.actor, &step).await?;
    if let Some(wanted) = wanted {
        found.retain(|name, _| wanted.contains(name));
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    model.one(response, found).await
}

fn target(request: &HttpRequest) -> Result<Uid, Failure> {
    uid(request, "step")?.ok_or_else(|| Failure::BadRequest("the path names no performed procedure step".into()))
}

/// Tags of the attributes that are asked for; `None`: all, as when none are.
fn wanted(fields: &[String]) -> Result<Option<Vec<String>>, Failure> {
    if fields.is_empty() || fields.iter().any(|field| field == "all") {
        return Ok(None);
    }
    let tag = |field: &String| {
        let known = attribute::by_name(field).map(|known| known.name());
        known.ok_or_else(|| {
            Failure::BadRequest(format!("includefield={field}: this is not an attribute that this server knows"))
        })
    };
    fields.iter().map(tag).collect::<Result<_, _>>().map(Some)
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
