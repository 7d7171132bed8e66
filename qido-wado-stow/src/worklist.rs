//! Modality Scheduled Procedure Steps (PS3.18 §14): the search of the Standard; and, as extensions, items put on the
//! worklist and taken off it.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use archive::worklist::{Put, WorklistSearch};
use archive::{Archive, Right};
use serde_json::{Map, Value, json};

use crate::accept::Accept;
use crate::asked::Asked;
use crate::model::{Holds, Model};
use crate::query::Query;
use crate::search::parameters::{CONTROLS, list};
use crate::target::uid;
use crate::{Failure, Settings, User, attributes, warning};

/// Search (§14.4).
pub(crate) async fn search(asked: Asked) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&asked.accept, Holds::List)?;
    let search = parameters(&asked.query)?;
    let answer = asked.archive.worklist(&asked.actor, &search).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    if answer.truncated {
        warning::add(&mut response, &asked.address, "There are additional results that can be requested");
    }
    let items: Vec<Map<String, Value>> = answer.items.into_iter().map(|item| item.attributes).collect();
    model.list(response, items).await
}

/// Puts items on the worklist: one object, or an array of them. An extension.
pub(crate) async fn put(
    user: User,
    request: HttpRequest,
    accept: Accept,
    archive: web::Data<Archive>,
    settings: web::Data<Settings>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&accept, Holds::List)?;
    archive.permit_identified(&user.0, Right::Schedule)?;
    let items = attributes::read(&request, payload, settings.idle).await?;
    if items.is_empty() {
        return Err(Failure::BadRequest("the request brings no worklist item".into()));
    }
    let (mut names, mut status) = (Vec::new(), StatusCode::CREATED);
    for (before, item) in items.into_iter().enumerate() {
        let put = archive.schedule(&user.0, item).await.map_err(|error| match error {
            archive::Error::BadRequest(why) if before > 0 => {
                Failure::BadRequest(format!("{why}; the {before} items before this one are on the worklist"))
            }
            other => other.into(),
        })?;
        for step in put {
            if step.put == Put::Replaced {
                status = StatusCode::OK;
            }
            names.push(name(step.study.as_str(), &step.step));
        }
    }
    model.list(HttpResponse::build(status), names).await
}

/// Takes an item off the worklist. An extension.
pub(crate) async fn remove(
    user: User,
    request: HttpRequest,
    archive: web::Data<Archive>,
) -> Result<HttpResponse, Failure> {
    let study = uid(&request, "study")?.ok_or_else(|| Failure::BadRequest("the path names no study".into()))?;
    let step = request.match_info().query("step");
    let step = percent_encoding::percent_decode_str(step).decode_utf8_lossy().into_owned();
    archive.unschedule(&user.0, &study, &step).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn parameters(query: &Query) -> Result<WorklistSearch, Failure> {
    for extension in ["orderby", "after", "total", "bodyregion"] {
        if query.all(extension).next().is_some() {
            return Err(Failure::BadRequest(format!("the worklist is not searched with {extension}")));
        }
    }
    let keys = query.iter().filter(|(name, _)| !CONTROLS.contains(name));
    let mut search = WorklistSearch {
        matching: keys.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        include: list(query, "includefield"),
        with_required: true,
        fuzzy: query.flag("fuzzymatching")?,
        empty: query.flag("emptyvaluematching")?,
        multiple: query.flag("multiplevaluematching")?,
        limit: query.number("limit")?,
        offset: query.number("offset")?.unwrap_or(0),
        ..WorklistSearch::default()
    };
    let fields = search.include.len();
    search.include.retain(|field| field != "all");
    search.include_all = search.include.len() < fields;
    Ok(search)
}

/// What names a worklist item.
fn name(study: &str, step: &str) -> Map<String, Value> {
    let mut name = Map::new();
    name.insert("0020000D".into(), json!({ "vr": "UI", "Value": [study] }));
    let item = json!({ "00400009": { "vr": "SH", "Value": [step] } });
    name.insert("00400100".into(), json!({ "vr": "SQ", "Value": [item] }));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<WorklistSearch, Failure> {
        parameters(&Query::parse(raw)?)
    }

    #[test]
    fn reads_keys_inside_the_sequence_as_paths() {
        let search = read("00400100.00400001=CT1&PatientName=Doe*&includefield=all&limit=5").unwrap();
        assert_eq!(search.matching[0], ("00400100.00400001".into(), "CT1".into()));
        assert!(search.include_all && search.include.is_empty() && search.with_required);
        assert_eq!(search.limit, Some(5));
    }

    #[test]
    fn refuses_what_the_worklist_has_not() {
        for raw in ["orderby=PatientName", "after=1", "total=true", "limit=x"] {
            assert!(read(raw).is_err(), "{raw}");
        }
    }
}
