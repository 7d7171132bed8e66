//! The answer to a search: an array of DICOM JSON objects (PS3.18 §10.6.3), empty when nothing matches, or XML
//! documents as parts.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use archive::{Level, SearchAnswer};
use serde_json::{Map, Value, json};

use super::parameters::Parameters;
use crate::address::Address;
use crate::model::{Model, XML, to_xml};
use crate::multipart::Multipart;
use crate::{Failure, warning};

const MORE: &str = "There are additional results that can be requested";
const NOT_FUZZY: &str = "The fuzzymatching parameter is not supported. Only literal matching has been performed.";

/// The matches, each with its Retrieve URL, and the warnings that belong to them.
pub(super) async fn matches(
    model: Model,
    address: &Address,
    parameters: &Parameters,
    mut answer: SearchAnswer,
) -> Result<HttpResponse, Failure> {
    for found in &mut answer.matches {
        if let Some(url) = retrieve_url(address, parameters, found) {
            found.insert("00081190".into(), json!({ "vr": "UR", "Value": [url] }));
        }
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    if answer.truncated {
        warning::add(&mut response, address, MORE);
    }
    if answer.fuzzy_ignored {
        warning::add(&mut response, address, NOT_FUZZY);
    }
    for words in &parameters.not_done {
        warning::add(&mut response, address, words);
    }
    let text = |value: &Map<String, Value>| serde_json::to_vec(value).expect("JSON values serialise");
    let media_type = match model {
        Model::Json(media_type) => media_type,
        Model::Xml | Model::XmlParts => {
            let documents = to_xml(answer.matches.iter().map(text).collect()).await?;
            let frame = Multipart::new();
            response.content_type(frame.content_type(XML));
            return Ok(response.body(frame.documents(XML, &documents)));
        }
    };
    response.content_type(media_type);
    Ok(response.body(serde_json::to_vec(&answer.matches).expect("JSON values serialise")))
}

/// Retrieve URL (0008,1190); the path of the request says what a match itself does not.
fn retrieve_url(address: &Address, parameters: &Parameters, found: &Map<String, Value>) -> Option<String> {
    let search = &parameters.search;
    let study = value(found, "0020000D").or(search.study.as_ref().map(|uid| uid.as_str()))?;
    if search.level == Level::Study {
        return Some(address.study(study));
    }
    let series = value(found, "0020000E").or(search.series.as_ref().map(|uid| uid.as_str()))?;
    match search.level {
        Level::Instance => Some(address.instance(study, series, value(found, "00080018")?)),
        _ => Some(address.series(study, series)),
    }
}

fn value<'a>(found: &'a Map<String, Value>, tag: &str) -> Option<&'a str> {
    found.get(tag)?.get("Value")?.get(0)?.as_str()
}
