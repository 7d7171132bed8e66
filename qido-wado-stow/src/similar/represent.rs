//! Answers of searches by likeness and by part of the body: QIDO rows with a private block, or plain JSON.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::Match;
use archive::similar::{MOST_VEILED, RegionMatch, SeenAs, SimilarAnswer, SimilarMatch};
use serde_json::{Value, json};

use crate::accept::Accept;
use crate::address::Address;
use crate::asked::Asked;
use crate::{Failure, warning};

/// Private Creator of the block (0077,10xx).
pub(crate) const CREATOR: &str = "PACS GATEWAY SIMILAR 1.0";
/// Group of the block.
const GROUP: u16 = 0x0077;
const RETRIEVE_URL: (u16, u16) = (0x0008, 0x1190);

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// An array of DICOM JSON objects (PS3.18 Annex F).
    Dicom,
    /// One object with the matches and what was done to find them.
    Plain,
}

impl Form {
    /// The best that is acceptable.
    pub fn choose(accept: &Accept) -> Result<Self, Failure> {
        let chosen = accept.choose(|range| match range.essence.as_str() {
            "application/dicom+json" | "*/*" | "application/*" => Some(Self::Dicom),
            "application/json" => Some(Self::Plain),
            _ => None,
        });
        let words = "this is available as application/dicom+json and, without the rules of DICOM, as application/json";
        chosen.ok_or_else(|| Failure::NotAcceptable(words.into()))
    }
}

/// The images that look most like an example.
pub(super) fn similar(form: Form, asked: &Asked, answer: SimilarAnswer) -> Result<HttpResponse, Failure> {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "private, no-store"));
    if answer.waiting > 0 {
        let words = format!("{} images are not described yet and cannot be found before they are", answer.waiting);
        warning::add(&mut response, &asked.address, &words);
    }
    if answer.is_cut {
        let words = format!(
            "the {MOST_VEILED} images most like it were looked through for those that can be de-identified; there may be \
             others beyond"
        );
        warning::add(&mut response, &asked.address, &words);
    }
    let address = &asked.address;
    Ok(match form {
        Form::Dicom => rows(response, answer.matches.into_iter().map(|found| row(address, found)).collect()),
        Form::Plain => {
            let mut said = json!({
                "matches": answer.matches.iter().map(|found| plain(address, found)).collect::<Vec<_>>(),
                "waiting": answer.waiting,
            });
            if let Some(among) = answer.among {
                said["among"] = among.into();
            }
            if !answer.looks.is_empty() {
                said["looks"] = answer.looks.into();
            }
            response.json(said)
        }
    })
}

/// Images of a part of the body as rows, each with its share of the part.
pub(crate) fn ranked(address: &Address, found: RegionMatch) -> Match {
    let RegionMatch { mut matched, score } = found;
    add(&mut matched, 0x06, "FD", json!(score));
    if let Some(url) = thumbnail(address, &matched, None) {
        add(&mut matched, 0x07, "UR", json!(url));
    }
    matched
}

fn rows(mut response: HttpResponseBuilder, rows: Vec<Match>) -> HttpResponse {
    response.content_type("application/dicom+json").body(serde_json::to_vec(&rows).expect("JSON values serialise"))
}

fn row(address: &Address, found: SimilarMatch) -> Match {
    let flag = |is: bool| json!(if is { "YES" } else { "NO" });
    let url = thumbnail(address, &found.matched, Some(found.frame));
    let mut row = found.matched;
    if let Some(url) = instance(address, &row) {
        row.insert(RETRIEVE_URL, &json!({ "vr": "UR", "Value": [url] }));
    }
    add(&mut row, 0x01, "FD", json!(found.score));
    add(&mut row, 0x02, "CS", flag(found.duplicate));
    add(&mut row, 0x03, "CS", flag(found.mirrored));
    add(&mut row, 0x04, "UL", json!(found.frame));
    add(&mut row, 0x05, "CS", json!(seen_as(found.seen_as)));
    if let Some(score) = found.region_score {
        add(&mut row, 0x06, "FD", json!(score));
    }
    if let Some(url) = url {
        add(&mut row, 0x07, "UR", json!(url));
    }
    row
}

/// Adds an element of the block, and the element that reserves it.
fn add(row: &mut Match, element: u16, vr: &str, value: Value) {
    row.insert((GROUP, 0x0010), &json!({ "vr": "LO", "Value": [CREATOR] }));
    row.insert((GROUP, 0x1000 | element), &json!({ "vr": vr, "Value": [value] }));
}

fn plain(address: &Address, found: &SimilarMatch) -> Value {
    json!({
        "study": found.matched.study,
        "series": found.matched.series,
        "instance": found.matched.instance,
        "frame": found.frame,
        "score": found.score,
        "duplicate": found.duplicate,
        "mirrored": found.mirrored,
        "seenAs": seen_as(found.seen_as).to_lowercase(),
        "regionScore": found.region_score,
        "url": instance(address, &found.matched),
        "thumbnail": thumbnail(address, &found.matched, Some(found.frame)),
        "attributes": found.matched.object(),
    })
}

/// What of an image is like the example, as a CS value.
fn seen_as(seen: SeenAs) -> &'static str {
    match seen {
        SeenAs::Image => "IMAGE",
        SeenAs::MiddleSlice => "MIDDLE_SLICE",
        SeenAs::Projection(0) => "ALONG_ROWS",
        SeenAs::Projection(1) => "ALONG_COLUMNS",
        SeenAs::Projection(_) => "ALONG_SLICES",
    }
}

fn instance(address: &Address, found: &Match) -> Option<String> {
    Some(address.instance(found.study.as_deref()?, found.series.as_deref()?, found.instance.as_deref()?))
}

fn thumbnail(address: &Address, found: &Match, frame: Option<u32>) -> Option<String> {
    let instance = instance(address, found)?;
    Some(match frame {
        Some(frame) => format!("{instance}/frames/{frame}/thumbnail"),
        None => format!("{instance}/thumbnail"),
    })
}
