//! The answer to a search: an array of DICOM JSON objects (PS3.18 §10.6.3), empty when nothing matches, or XML
//! documents as parts.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LINK};
use archive::{Match, Search, SearchAnswer};
use serde_json::json;

use crate::address::Address;
use crate::asked::Asked;
use crate::model::{Model, XML, to_xml};
use crate::multipart::Multipart;
use crate::search::TOTAL;
use crate::{Failure, PREFIX, warning};

const RETRIEVE_URL: (u16, u16) = (0x0008, 0x1190);

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
        if let Some(url) = retrieve_url(address, found) {
            found.insert(RETRIEVE_URL, &json!({ "vr": "UR", "Value": [url] }));
        }
    }
    let media_type = match model {
        Model::Json(media_type) => media_type,
        Model::Xml | Model::XmlParts => {
            let text = |found: &Match| serde_json::to_vec(found).expect("JSON values serialise");
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

/// Retrieve URL (0008,1190).
fn retrieve_url(address: &Address, found: &Match) -> Option<String> {
    let study = found.study.as_deref()?;
    Some(match (&found.series, &found.instance) {
        (None, _) => address.study(study),
        (Some(series), None) => address.series(study, series),
        (Some(series), Some(instance)) => address.instance(study, series, instance),
    })
}
