//! Application entities, for administrators: who may call by DIMSE, and where they listen. Not in the Standard.

use actix_web::{HttpRequest, HttpResponse, web};
use archive::access::{ApplicationEntity, BoundCertificate};
use archive::{AeTitle, Right};
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::asked::Asked;

/// An application entity as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Entity {
    /// It stands in the path; in the body only so that what was given can be put again.
    title: Option<AeTitle>,
    host: String,
    port: u16,
    #[serde(default)]
    tls: bool,
    #[serde(default)]
    may: Vec<May>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_associations: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

/// What an application entity may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum May {
    Store,
    Query,
    Move,
    Worklist,
}

/// All of them, by title.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let entities = asked.archive.list_application_entities().await?;
    Ok(HttpResponse::Ok().json(entities.into_iter().map(Entity::from).collect::<Vec<_>>()))
}

/// One of them.
pub(crate) async fn one(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let title = title(&asked.request)?;
    let entity = asked.archive.application_entity(&title).await?;
    let entity = entity.ok_or_else(|| Failure::NotFound(format!("application entity {title} does not exist here")))?;
    Ok(HttpResponse::Ok().json(Entity::from(entity)))
}

/// Adds one, or changes the one of its title: 201, 204.
pub(crate) async fn put(asked: Asked, body: web::Bytes) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let entity: Entity = serde_json::from_slice(&body).map_err(|error| Failure::BadRequest(error.to_string()))?;
    let entity = entity.of(title(&asked.request)?)?;
    let is_new = asked.archive.put_application_entity(&asked.actor.name, &entity).await?;
    Ok(if is_new { HttpResponse::Created().finish() } else { HttpResponse::NoContent().finish() })
}

/// Removes one: 204.
pub(crate) async fn remove(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    asked.archive.remove_application_entity(&asked.actor.name, &title(&asked.request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn title(request: &HttpRequest) -> Result<AeTitle, Failure> {
    let text = request.match_info().get("title").unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    AeTitle::new(&decoded).map_err(Failure::BadRequest)
}

impl Entity {
    /// What the archive is told, under the title of the path.
    fn of(self, title: AeTitle) -> Result<ApplicationEntity, Failure> {
        if self.title.is_some_and(|named| named != title) {
            return Err(Failure::BadRequest("the path and the body name different AE titles".into()));
        }
        let certificate = self.certificate.map(|text| text.parse::<BoundCertificate>()).transpose();
        let may = |what| self.may.contains(&what);
        Ok(ApplicationEntity {
            tls: self.tls,
            may_store: may(May::Store),
            may_search: may(May::Query),
            may_move: may(May::Move),
            may_worklist: may(May::Worklist),
            max_associations: self.max_associations,
            certificate: certificate.map_err(Failure::BadRequest)?,
            ..ApplicationEntity::at(title, self.host, self.port)
        })
    }
}

impl From<ApplicationEntity> for Entity {
    fn from(entity: ApplicationEntity) -> Self {
        let may = [
            (entity.may_store, May::Store),
            (entity.may_search, May::Query),
            (entity.may_move, May::Move),
            (entity.may_worklist, May::Worklist),
        ];
        Self {
            title: Some(entity.title),
            host: entity.host,
            port: entity.port,
            tls: entity.tls,
            may: may.into_iter().filter(|(may, _)| *may).map(|(_, what)| what).collect(),
            max_associations: entity.max_associations,
            certificate: entity.certificate.map(|certificate| certificate.to_string()),
        }
    }
}
