//! A Series of parallel planes as DICOM objects: sent as parts, each when it is made, or stored. Not in the Standard.

use std::sync::Arc;

use actix_web::HttpResponse;
use archive::volume::{Admission, Measure, PlanesRequest, Reformatted};
use archive::{Right, StoredInstance};
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use super::choice::number;
use super::plane::{COPIES, FAR, VERSION, Wanted, store_object};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::model::{Holds, Model};
use crate::multipart::{Multipart, Part, PartHead};
use crate::query::Query;
use crate::retrieve::respond::send;
use crate::store::made;
use crate::target::Target;

const DICOM: &str = "application/dicom";
/// Most planes.
const MOST_PLANES: u32 = 4096;

/// What a request wants: a plane, and how many beside it.
#[derive(Debug)]
struct Series {
    of: Wanted,
    step: Option<f64>,
    count: Option<u32>,
}

/// A Series that was let in.
struct Ready {
    made: Arc<Reformatted>,
    count: usize,
    admitted: Admission,
    /// Room for the plane that is made.
    _room: Admission,
}

/// Retrieve a reformatted Series.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let wanted = Series::read(&asked.query)?;
    if asked.query.flag("store")? {
        return Err(Failure::BadRequest("store=true changes the archive: ask by POST".into()));
    }
    let chosen = asked.accept.choose(|range| match (range.essence.as_str(), range.root_type().as_deref()) {
        ("multipart/related", Some(DICOM) | None) | ("multipart/*" | "*/*", _) => Some(()),
        _ => None,
    });
    let words = || "a reformatted series is available as multipart/related; type=\"application/dicom\"";
    chosen.ok_or_else(|| Failure::NotAcceptable(words().into()))?;
    let instances = asked.archive.instances(&asked.actor, &target.0, "reformat").await?;
    let site = asked.archive.volume_site().await?;
    let validators = Validators::of_instances(&instances, &format!("{VERSION} {site} reformat {wanted:?}"));
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let ready = Arc::new(ready(&asked, &instances, &wanted).await?);
    let archive = asked.archive.get_ref().clone();
    // What cannot be made at all is told by a status.
    let first = archive.reformatted_plane(&ready.admitted, &ready.made, 0).await?;
    // One after the other: of several, those that are not awaited would keep their turns while a client does not read.
    let rest = stream::iter(1..ready.count).then(move |number| {
        let (archive, ready) = (archive.clone(), ready.clone());
        async move { archive.reformatted_plane(&ready.admitted, &ready.made, number).await }
    });
    let all = stream::iter([Ok(first)]).chain(rest);
    let head = PartHead {
        content_type: format!("{DICOM}; transfer-syntax={}", data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN),
        location: String::new(),
    };
    let parts = all.map(move |plane| {
        plane.map(|plane| Part {
            head: head.clone(),
            content: stream::iter([plane.head, plane.data_set].map(Ok::<Bytes, archive::Error>)).boxed(),
        })
    });
    let multipart = Multipart::new();
    let mut response = validators.add_to(HttpResponse::Ok());
    response.content_type(multipart.content_type(DICOM));
    Ok(send(&asked.request, response, None, multipart.write(parts)))
}

/// Make a reformatted Series and store it: each plane when it is made. Asked again, it goes on where it broke off, because
/// the same planes are the same objects.
pub(crate) async fn store(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let wanted = Series::read(&asked.query)?;
    let model = Model::choose(&asked.accept, Holds::One)?;
    asked.actor.require(Right::Store)?;
    let instances = asked.archive.instances(&asked.actor, &target.0, "reformat").await?;
    let ready = ready(&asked, &instances, &wanted).await?;
    let mut outcomes = Vec::with_capacity(ready.count);
    for number in 0..ready.count {
        let plane = asked.archive.reformatted_plane(&ready.admitted, &ready.made, number).await?;
        outcomes.push(store_object(&asked, plane).await?);
    }
    made(model, &asked.address, outcomes).await
}

async fn ready(asked: &Asked, instances: &[StoredInstance], wanted: &Series) -> Result<Ready, Failure> {
    let archive = &asked.archive;
    let seen = archive.volume(instances, &wanted.of.choice).await?;
    let planes =
        seen.planes(&PlanesRequest { middle: wanted.of.plane.clone(), step: wanted.step, count: wanted.count })?;
    let measure = Measure { plane: planes.first, ..wanted.of.measure(&seen, false).await? };
    let count = planes.count;
    let room = archive.answer_room(measure.plane.pixels() * COPIES * size_of::<f32>()).await?;
    let admitted = archive.admit_animation().await?;
    let made = Arc::new(archive.reformatted(seen, measure, planes).await?);
    Ok(Ready { made, count, admitted, _room: room })
}

impl Series {
    fn read(query: &Query) -> Result<Self, Failure> {
        for (name, instead) in [("offset", "center"), ("samples", "slice"), ("window", "slice")] {
            if query.one(name)?.is_some() {
                return Err(Failure::BadRequest(format!("{name} is no parameter of reformat: there is {instead}")));
            }
        }
        let of = Wanted::slice(query)?;
        let thickness = of.slab.filter(|thickness| *thickness > 0.0);
        let count = match query.number("count")? {
            None => None,
            Some(count @ 1..=MOST_PLANES) => Some(count),
            Some(_) => return Err(Failure::BadRequest(format!("count must be an integer from 1 to {MOST_PLANES}"))),
        };
        Ok(Self { step: number(query, "step", 1e-4, FAR)?.or(thickness), count, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_lie_as_far_apart_as_they_are_thick_unless_said_otherwise() {
        let step = |raw| Series::read(&Query::parse(raw).unwrap()).map(|series| series.step);
        assert_eq!(step("slab=5").unwrap(), Some(5.0));
        assert_eq!(step("slab=5&step=2.5").unwrap(), Some(2.5));
        assert_eq!(step("").unwrap(), None);
        for (raw, name) in
            [("step=0", "step"), ("count=0", "count"), ("offset=3", "offset"), ("window=1,2,x", "window")]
        {
            let refused = step(raw).expect_err(raw).to_string();
            assert!(refused.contains(name), "{raw}: {refused}");
        }
    }
}
