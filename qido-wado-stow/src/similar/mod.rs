//! Images that look like a given one, and images of a part of the body. Not in the Standard.
//!
//! `parameters` reads what is asked and `sent` an example that is not stored; `represent` answers. `region` has the place
//! of one image in the body, and the parts that a place can be named by; `descriptors` tells how far the descriptors are.

pub(crate) mod descriptors;
mod parameters;
pub(crate) mod region;
mod represent;
mod sent;

use actix_web::{HttpResponse, web};
use archive::similar::Example;
use archive::{Error, StoredInstance};

use crate::asked::Asked;
use crate::retrieve::frame_list;
use crate::target::Target;
use crate::{Failure, Settings};
use parameters::Wanted;
use represent::Form;

pub(crate) use represent::ranked;

/// Images that look like a stored one, or like a frame of it.
pub(crate) async fn to_stored(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let form = Form::choose(&asked.accept)?;
    let wanted = Wanted::read(&asked.query)?;
    let region = region::wanted(&asked).await?;
    let instance = one(&asked, &target, "similar").await?;
    let example = Example::Stored { frame: frame(&asked, &instance).await?, instance };
    let answer = asked.archive.similar(&asked.actor, wanted.request(example, region)).await;
    represent::similar(form, &asked, answer.map_err(undecoded)?)
}

/// Images that look like one that the request brings: a DICOM object, PNG or JPEG.
pub(crate) async fn to_sent(
    asked: Asked,
    settings: web::Data<Settings>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let form = Form::choose(&asked.accept)?;
    let wanted = Wanted::read(&asked.query)?;
    asked.actor.require(archive::Right::Search)?;
    let region = region::wanted(&asked).await?;
    let (bytes, _room) = sent::read(&asked, payload, settings.idle).await?;
    let is_known = sent::is_known(&bytes);
    let request = wanted.request(Example::Sent(bytes), region);
    let answer = asked.archive.similar(&asked.actor, request).await.map_err(|error| match error {
        Error::BadRequest(words) if !is_known => Failure::UnsupportedMediaType(words),
        other => undecoded(other),
    });
    represent::similar(form, &asked, answer?)
}

/// The one instance of a path.
async fn one(asked: &Asked, target: &Target, resource: &'static str) -> Result<StoredInstance, Failure> {
    let mut instances = asked.archive.instances_seen(&asked.actor, &target.0, resource).await?;
    instances.pop().ok_or_else(|| Failure::NotFound("the instance does not exist here".into()))
}

/// The frame that the path names; otherwise the one that stands for the instance, else the middle one.
async fn frame(asked: &Asked, instance: &StoredInstance) -> Result<u32, Failure> {
    let Some(list) = asked.request.match_info().get("frames") else {
        return match instance.frame_count {
            0 => Err(Failure::Unprocessable("the instance is no image".into())),
            1 => Ok(1),
            count => Ok(asked.archive.representative_frame(instance).await?.unwrap_or(count.div_ceil(2))),
        };
    };
    match frame_list::read(list, instance.frame_count)?.as_slice() {
        [frame] => Ok(*frame),
        _ => Err(Failure::BadRequest("one frame is the example".into())),
    }
}

/// That no picture can be made of an example is not a matter of what the client accepts: it cannot be worked on (422).
fn undecoded(error: Error) -> Failure {
    match error {
        Error::NotAcceptable(_) | Error::Damaged(_) => Failure::Unprocessable(error.to_string()),
        other => other.into(),
    }
}
