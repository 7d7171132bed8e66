//! The answer to a search: an array of DICOM JSON objects (PS3.18 §10.6.3), empty when nothing matches, or XML
//! documents as parts.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LINK};
use archive::{Answering, Error, Match, Search, TooLong};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, future, stream};
use serde_json::json;

use crate::address::Address;
use crate::asked::Asked;
use crate::model::{Model, XML, to_xml};
use crate::multipart::{Multipart, Part, PartHead};
use crate::retrieve::respond::send;
use crate::search::TOTAL;
use crate::{Failure, PREFIX, warning};

const RETRIEVE_URL: (u16, u16) = (0x0008, 0x1190);

/// Most attributes that a warning names.
const NAMED: usize = 16;

/// The matches, each with its Retrieve URL, where the next page is, and the warnings that belong to them. They are written
/// as they come: an answer of one page has a length, one of several is sent in chunks.
pub(super) async fn matches(
    model: Model,
    asked: &Asked,
    search: &Search,
    answer: Answering,
) -> Result<HttpResponse, Failure> {
    let address = asked.address.clone();
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    if let Some(link) = answer.next.as_deref().and_then(|token| next(asked, token)) {
        response.insert_header((LINK, link));
    }
    if let Some(total) = answer.total {
        response.insert_header((TOTAL, total));
    }
    if answer.truncated {
        warning::add(&mut response, &address, &more(search, answer.count, answer.total));
    }
    if let Some(words) = left_out(&answer.left_out) {
        warning::add(&mut response, &address, &words);
    }
    let pages = answer.matches.map_ok(move |mut page| {
        for found in &mut page {
            if let Some(url) = retrieve_url(&address, found) {
                found.insert(RETRIEVE_URL, &json!({ "vr": "UR", "Value": [url] }));
            }
        }
        page
    });
    let (content_type, content) = match model {
        Model::Json(media_type) => (media_type.to_owned(), array(pages).boxed_local()),
        Model::Xml | Model::XmlParts => {
            let frame = Multipart::new();
            (frame.content_type(XML), frame.write(parts(pages)).boxed_local())
        }
    };
    response.content_type(content_type);
    if answer.is_whole {
        return Ok(response.body(content.try_collect::<Vec<Bytes>>().await?.concat()));
    }
    Ok(send(&asked.request, response, None, content))
}

/// The JSON array, a page at a time.
fn array(pages: impl Stream<Item = Result<Vec<Match>, Error>>) -> impl Stream<Item = Result<Bytes, Error>> {
    let mut is_first = true;
    let texts = pages.map_ok(move |page| {
        let mut text = Vec::new();
        for found in &page {
            if !std::mem::replace(&mut is_first, false) {
                text.push(b',');
            }
            serde_json::to_writer(&mut text, found).expect("JSON values serialise");
        }
        Bytes::from(text)
    });
    let bracket = |text: &'static [u8]| stream::once(future::ready(Ok(Bytes::from_static(text))));
    bracket(b"[").chain(texts).chain(bracket(b"]"))
}

/// An XML document for each match, a page at a time.
fn parts(pages: impl Stream<Item = Result<Vec<Match>, Error>>) -> impl Stream<Item = Result<Part, Error>> {
    let text = |found: &Match| serde_json::to_vec(found).expect("JSON values serialise");
    let documents = pages.and_then(move |page| to_xml(page.iter().map(text).collect()));
    let part = |document: Bytes| {
        let head = PartHead { content_type: XML.into(), location: String::new() };
        Ok::<_, Error>(Part { head, content: stream::iter([Ok(document)]).boxed() })
    };
    documents.map_ok(move |documents| stream::iter(documents.into_iter().map(part))).try_flatten()
}

/// The warning of PS3.18 §8.3.4.4, with the number of matches that are left where it is known.
fn more(search: &Search, count: usize, total: Option<i64>) -> String {
    let given = i64::from(search.offset) + count as i64;
    match total.filter(|_| search.after.is_none()) {
        Some(total) => format!("There are {} additional results that can be requested", (total - given).max(0)),
        None => "There are additional results that can be requested".to_owned(),
    }
}

/// Which attributes are not told of the matches because they are too long, and where they are: so many by name as a header
/// has room for.
fn left_out(counts: &TooLong) -> Option<String> {
    let named: Vec<String> = counts.iter().take(NAMED).map(|(name, count)| format!("{name} of {count}")).collect();
    let others = match counts.len().saturating_sub(NAMED) {
        0 => String::new(),
        others => format!(", as are {others} other attributes"),
    };
    let matches =
        format!("matches is too long for a search, and left out{others}: Retrieve Metadata tells it, or where it is");
    (!named.is_empty()).then(|| format!("{} {matches}", named.join(", ")))
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
