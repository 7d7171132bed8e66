//! A volume in classes by its intensity histogram: what was cut where, and how much of the patient each class takes; or the
//! class of each sample, as bytes or as a DICOM Segmentation. Not in the Standard.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderName;
use archive::Right;
use archive::volume::{Connectivity, Parts, Segmentation, Segments, SeriesVolume};
use serde_json::json;

use super::choice::choice;
use super::numbers::{held, stack_place};
use super::plane::{VERSION, store_derived};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::model::{Holds, Model};
use crate::query::Query;
use crate::target::Target;

/// Most parts that are told apart.
const MOST_PARTS: usize = 100;
const JSON: &str = "application/json";
const OCTETS: &str = "application/octet-stream";
const DICOM: &str = "application/dicom";
/// Where each slice lies: `x,y,z` of its first sample, with blanks between slices.
pub(crate) const POSITIONS: HeaderName = HeaderName::from_static("x-slice-positions");

/// Retrieve a segmentation.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let (by, parts, choice) = (by(&asked.query)?, parts(&asked.query)?, choice(&asked.query)?);
    let chosen = asked.accept.choose(|range| match range.essence.as_str() {
        JSON | "application/*" | "*/*" => Some(JSON),
        OCTETS => Some(OCTETS),
        DICOM => Some(DICOM),
        _ => None,
    });
    let words = || Failure::NotAcceptable(format!("segmentations are available as {JSON}, {OCTETS} and {DICOM}"));
    let form = chosen.ok_or_else(words)?;
    let instances = asked.archive.instances(&asked.actor, &target.0, "segmentation").await?;
    let what = format!("{VERSION} segmentation {form} {by:?} {parts:?} {choice:?}");
    let validators = Validators::of_instances(&instances, &what);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let seen = asked.archive.volume(&instances, &choice).await?;
    let room = asked.archive.answer_room(room(&seen)).await?;
    let segments = asked.archive.segments(&seen, by, parts).await?;
    let mut response = validators.add_to(HttpResponse::Ok());
    response.content_type(form);
    if form == JSON {
        return Ok(response.body(summary(&segments, &seen).to_string()));
    }
    if form == DICOM {
        let object = asked.archive.segment_object(&seen, by, segments).await?;
        response.content_type("application/dicom; transfer-syntax=1.2.840.10008.1.2.1");
        return Ok(held(response, [object.head, object.data_set].concat().into(), room));
    }
    stack_place(&mut response, &seen);
    let list = |place: &[f64; 3]| place.map(|x| (x + 0.0).to_string()).join(",");
    let positions: Vec<String> = seen.volume.geometry.origins.iter().map(list).collect();
    let positions = match positions.join(" ") {
        // Longer headers are more than some clients and proxies take.
        long if long.len() > 4096 => format!("{} {}", positions[0], positions[positions.len() - 1]),
        all => all,
    };
    response.insert_header((POSITIONS, positions));
    Ok(held(response, segments.labels.labels.into(), room))
}

/// What labels take, and the bits that are made of them twice, in bytes.
fn room(seen: &SeriesVolume) -> usize {
    2 * seen.volume.voxels.len()
}

/// Make a segmentation and store it.
pub(crate) async fn store(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let (by, parts, choice) = (by(&asked.query)?, parts(&asked.query)?, choice(&asked.query)?);
    let model = Model::choose(&asked.accept, Holds::One)?;
    asked.actor.require(Right::Store)?;
    let instances = asked.archive.instances(&asked.actor, &target.0, "segmentation").await?;
    let seen = asked.archive.volume(&instances, &choice).await?;
    let _room = asked.archive.answer_room(room(&seen)).await?;
    let segments = asked.archive.segments(&seen, by, parts).await?;
    let object = asked.archive.segment_object(&seen, by, segments).await?;
    store_derived(&asked, model, object).await
}

/// `method=histogram` (the default) or `otsu`, and how many `classes`.
fn by(query: &Query) -> Result<Segmentation, Failure> {
    let classes = match query.number("classes")? {
        None => 3,
        Some(classes @ 2..=6) => classes as usize,
        Some(_) => return Err(Failure::BadRequest("classes must be an integer from 2 to 6".into())),
    };
    match query.one("method")? {
        None | Some("histogram") => Ok(Segmentation::Peaks(classes)),
        Some("otsu") => Ok(Segmentation::Otsu(classes)),
        Some(other) => Err(Failure::BadRequest(format!("method must be histogram or otsu; it is {other:?}"))),
    }
}

/// `components=largest`, or how many of them, of a `class`, where those touch that `connectivity` says.
fn parts(query: &Query) -> Result<Option<Parts>, Failure> {
    let refuse = |words: &str| Err(Failure::BadRequest(words.into()));
    let most = match query.one("components")? {
        None => None,
        Some("largest") => Some(1),
        Some(text) => match text.parse() {
            Ok(most @ 1..=MOST_PARTS) => Some(most),
            _ => return refuse(&format!("components must be largest, or an integer from 1 to {MOST_PARTS}")),
        },
    };
    let class = match query.number("class")? {
        None => None,
        Some(class @ 0..=5) => Some(class as u8),
        Some(_) => return refuse("class must be an integer from 0 to 5"),
    };
    let connectivity = match query.one("connectivity")? {
        None | Some("26") => Connectivity::TwentySix,
        Some("6") => Connectivity::Six,
        Some(_) => return refuse("connectivity must be 6 or 26"),
    };
    match most {
        Some(most) => Ok(Some(Parts { class, most, connectivity })),
        None if class.is_some() || query.one("connectivity")?.is_some() => {
            refuse("class and connectivity say which components are wanted: components is missing")
        }
        None => Ok(None),
    }
}

fn summary(segments: &Segments, seen: &SeriesVolume) -> serde_json::Value {
    let classes = segments.millilitres.iter().enumerate().map(|(class, millilitres)| {
        json!({
            "label": class,
            "from": class.checked_sub(1).and_then(|below| segments.cuts.get(below)),
            "below": segments.cuts.get(class),
            "millilitres": millilitres,
        })
    });
    let mut said = json!({
        "size": seen.volume.size,
        "peaks": segments.peaks,
        "cuts": segments.cuts,
        "classes": classes.collect::<Vec<_>>(),
    });
    if let Some(parts) = &segments.parts {
        let each = parts.samples.iter().zip(&parts.millilitres).enumerate().map(|(part, (samples, millilitres))| {
            json!({ "label": part + 1, "samples": samples, "millilitres": millilitres })
        });
        said["components"] = json!({ "class": parts.class, "count": parts.count, "largest": each.collect::<Vec<_>>() });
    }
    said
}
