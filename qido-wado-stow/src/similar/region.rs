//! The place of an image in the body: what it is, who said so, and its correction; the parts that a place is named by; and
//! the place that a search asks for.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use archive::body::{self, Cells, Part, Side};
use archive::similar::BodyRegion;
use archive::{Level, Right, Scope, Search, Uid};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Failure;
use crate::asked::Asked;
use crate::target::Target;

/// A place in the body as a client says it: cells, or parts by their names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    cells: Option<String>,
    parts: Option<Vec<String>>,
}

/// The part of the body that an image shows.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let instance = super::one(&asked, &target, "body-region").await?;
    let region = asked.archive.body_region(&asked.actor, &instance).await?;
    Ok(answer(&asked, &region))
}

/// Says which part of the body an image shows.
pub(crate) async fn put(asked: Asked, target: Target, text: web::Bytes) -> Result<HttpResponse, Failure> {
    asked.actor.require(Right::Annotate)?;
    let place: Place = serde_json::from_slice(&text).map_err(|error| {
        Failure::BadRequest(format!("the body of the request is {{\"cells\": …}} or {{\"parts\": […]}}: {error}"))
    })?;
    let cells = place.cells()?;
    let instance = super::one(&asked, &target, "body-region").await?;
    let region = asked.archive.set_body_region(&asked.actor, &instance, Some(cells)).await?;
    Ok(answer(&asked, &region))
}

/// What the attributes of the image say, again.
pub(crate) async fn reset(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    asked.actor.require(Right::Annotate)?;
    let instance = super::one(&asked, &target, "body-region").await?;
    let region = asked.archive.set_body_region(&asked.actor, &instance, None).await?;
    Ok(answer(&asked, &region))
}

/// The parts of the body that places can be named by, with their cells.
pub(crate) async fn parts(_asked: Asked) -> HttpResponse {
    let parts: Vec<Value> = body::parts().iter().map(part).collect();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, max-age=3600")).json(json!({
        "columns": body::COLUMNS,
        "rows": body::ROWS,
        "universe": body::hex(body::universe()),
        "outline": body::outline(),
        "parts": parts,
    }))
}

/// The part of the body that the parameter `bodyregion` asks for: a name, code or Body Part Examined term; 128 hexadecimal
/// digits; or the SOP Instance UID of an image that shows it.
pub(crate) async fn wanted(asked: &Asked) -> Result<Option<Cells>, Failure> {
    let Some(text) = asked.query.one("bodyregion")? else { return Ok(None) };
    let cells = match body::of_hex(text).or_else(|| body::named(text)) {
        Some(cells) => cells,
        None if text.contains('.') => of_image(asked, text).await?,
        None => return Err(Failure::BadRequest(format!("bodyregion: {}", unknown(text)))),
    };
    let cells = body::intersection(&cells, body::universe());
    if cells.count() == 0 {
        return Err(Failure::BadRequest(format!("bodyregion {text:?} has no cells of the body")));
    }
    Ok(Some(cells))
}

async fn of_image(asked: &Asked, text: &str) -> Result<Cells, Failure> {
    let uid = Uid::new(text).map_err(|_| Failure::BadRequest(format!("bodyregion: {}", unknown(text))))?;
    let key = ("SOPInstanceUID".to_owned(), uid.as_str().to_owned());
    let search = Search { matching: vec![key], limit: Some(1), ..Search::of(Level::Instance) };
    let found = asked.archive.search(&asked.actor, search).await?.matches.pop();
    let missing = || Failure::BadRequest(format!("bodyregion names the image {text}, which is not here"));
    let found = found.ok_or_else(missing)?;
    let uid = |uid: Option<String>| uid.and_then(|uid| Uid::new(&uid).ok());
    let scope = Scope {
        study: uid(found.study).ok_or_else(missing)?,
        series: uid(found.series),
        instance: uid(found.instance),
    };
    let instance = super::one(asked, &Target(scope), "body-region").await?;
    Ok(asked.archive.body_region(&asked.actor, &instance).await?.cells)
}

fn unknown(text: &str) -> Failure {
    let shown: String = text.chars().take(64).collect();
    Failure::BadRequest(format!(
        "no part of the body is known as {shown:?}: GET /body-parts lists the names; cells are 128 hexadecimal digits"
    ))
}

impl Place {
    fn cells(&self) -> Result<Cells, Failure> {
        let cells = match (&self.cells, &self.parts) {
            (Some(text), None) => body::of_hex(text).ok_or_else(|| {
                Failure::BadRequest("cells are 128 hexadecimal digits, four a row of the grid".into())
            })?,
            (None, Some(parts)) => parts.iter().try_fold(Cells::default(), |cells, name| {
                let part = body::named(name).ok_or_else(|| unknown(name))?;
                Ok::<_, Failure>(body::union(&cells, &part))
            })?,
            _ => return Err(Failure::BadRequest("a place is said by cells or by parts, not by both".into())),
        };
        if body::intersection(&cells, body::universe()) != cells {
            return Err(Failure::BadRequest("some of these cells lie beside the body".into()));
        }
        Ok(cells)
    }
}

/// Cells, and who said so: that is not for those who may see de-identified data only.
fn answer(asked: &Asked, region: &BodyRegion) -> HttpResponse {
    let mut said = json!({ "cells": body::hex(&region.cells), "count": region.cells.count() });
    if asked.actor.identified {
        said["setBy"] = json!(region.set_by);
        said["setAt"] = json!(region.set_at.map(|time| time.to_rfc3339()));
    }
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, no-store")).json(said)
}

fn part(part: &Part) -> Value {
    let mut described = json!({
        "name": part.name,
        "code": { "value": part.code, "scheme": "SCT" },
        "bodyPartExamined": Some(part.term).filter(|term| !term.is_empty()),
        "within": part.within,
        "paired": part.paired,
        "cells": body::hex(&part.cells(None)),
    });
    if part.paired {
        described["right"] = json!(body::hex(&part.cells(Some(Side::Right))));
        described["left"] = json!(body::hex(&part.cells(Some(Side::Left))));
    }
    described
}
