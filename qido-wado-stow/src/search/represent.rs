//! The answer to a search: an array of DICOM JSON objects (PS3.18 §10.6.3), empty when nothing matches, or XML
//! documents as parts.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LINK};
use archive::{Level, Search, SearchAnswer};
use serde_json::{Map, Value, json};

use crate::address::Address;
use crate::asked::Asked;
use crate::model::{Model, XML, to_xml};
use crate::multipart::Multipart;
use crate::search::TOTAL;
use crate::{Failure, PREFIX, warning};

/// The matches, each with its Retrieve URL, where the next page is, and the warnings that belong to them.
pub(super) async fn matches(
    model: Model,
    asked: &Asked,
    search: &Search,
    mut answer: SearchAnswer,
) -> Result<HttpResponse, Failure> {
    let address = &asked.address;
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    if let Some(link) = answer.next.as_deref().and_then(|token| next(asked, token)) {
        response.insert_header((LINK, link));
    }
    if let Some(total) = answer.total {
        response.insert_header((TOTAL, total));
    }
    if answer.truncated {
        warning::add(&mut response, address, &more(search, &answer));
    }
    for found in &mut answer.matches {
        if let Some(url) = retrieve_url(address, search, found) {
            found.insert("00081190".into(), json!({ "vr": "UR", "Value": [url] }));
        }
    }
    let media_type = match model {
        Model::Json(media_type) => media_type,
        Model::Xml | Model::XmlParts => {
            let text = |value: &Map<String, Value>| serde_json::to_vec(value).expect("JSON values serialise");
            let documents = to_xml(answer.matches.iter().map(text).collect()).await?;
            let frame = Multipart::new();
            response.content_type(frame.content_type(XML));
            return Ok(response.body(frame.documents(XML, &documents)));
        }
    };
    response.content_type(media_type);
    Ok(response.body(serde_json::to_vec(&answer.matches).expect("JSON values serialise")))
}

/// The warning of PS3.18 §8.3.4.4, with the number of matches that are left where it is known.
fn more(search: &Search, answer: &SearchAnswer) -> String {
    let given = i64::from(search.offset) + answer.matches.len() as i64;
    match answer.total.filter(|_| search.after.is_none()) {
        Some(total) => format!("There are {} additional results that can be requested", (total - given).max(0)),
        None => "There are additional results that can be requested".to_owned(),
    }
}

/// `Link: <…>; rel="next"` (RFC 8288): the same search, after the last match of this page.
fn next(asked: &Asked, token: &str) -> Option<HeaderValue> {
    let uri = asked.request.uri();
    let stays = |pair: &&str| !matches!(pair.split('=').next(), Some("offset" | "after" | "" | "total"));
    let kept = uri.query().unwrap_or_default().split('&').filter(stays).map(|pair| format!("{pair}&"));
    let resource = uri.path().split_once(PREFIX)?.1;
    let url = format!("{}{resource}?{}after={token}", asked.address.base(), kept.collect::<String>());
    HeaderValue::from_str(&format!("<{url}>; rel=\"next\"")).ok().filter(|_| !url.contains(['<', '>', '"']))
}

/// Retrieve URL (0008,1190); the path of the request says what a match itself does not.
fn retrieve_url(address: &Address, search: &Search, found: &Map<String, Value>) -> Option<String> {
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
