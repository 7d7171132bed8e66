//! Rendered Instances and frames (PS3.18 §10.4.1.1.3): pictures for the screen.

use actix_web::HttpResponse;
use archive::StoredInstance;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::rendering::{Picture, Rendering, choose, whole};
use super::respond::send;
use super::{frame_list, objects};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::warning;

/// Retrieve a rendered Instance (its first frame stands for it) or rendered frames.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let rendering = Rendering::read(&asked.query)?;
    let instance = objects::one(&asked, &target, "rendered").await?;
    has_pixels(&instance)?;
    let frames = match asked.request.match_info().get("frames") {
        Some(list) => frame_list::read(list, instance.frame_count)?,
        None => vec![1],
    };
    let (picture, parts) = choose(&asked.accept, frames.len() > 1)?;
    let form = format!("{frames:?} {picture:?} {parts} {rendering:?}");
    let validators = Validators::of_instances(std::slice::from_ref(&instance), &form);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let first = rendering.picture(&asked, &instance, frames[0], picture).await?;
    let mut response = validators.add_to(HttpResponse::Ok());
    if let Some(values) = asked.query.one("annotation")? {
        let words = format!("The following annotation values are not supported: {values}");
        warning::add(&mut response, &asked.address, &words);
    }
    if !parts {
        return Ok(whole(response, picture, first));
    }
    let frame = Multipart::new();
    response.content_type(frame.content_type(picture.media_type()));
    let request = asked.request.clone();
    let base = asked.address.instance(&instance.study, &instance.series, &instance.instance);
    let rest = pictures(asked, instance, frames.clone(), picture, rendering);
    let all = stream::iter([Ok(first)]).chain(rest).zip(stream::iter(frames));
    let parts = all.map(move |(bytes, number)| {
        let location = format!("{base}/frames/{number}/rendered");
        let head = PartHead { content_type: picture.media_type().into(), location };
        Ok(Part { head, content: stream::iter([Ok(bytes?)]).boxed() })
    });
    Ok(send(&request, response, None, frame.write(parts)))
}

/// Pictures of all frames but the first, rendered one after the other as they are sent.
fn pictures(
    asked: Asked,
    instance: StoredInstance,
    frames: Vec<u32>,
    picture: Picture,
    rendering: Rendering,
) -> impl Stream<Item = Result<Bytes, archive::Error>> {
    let frames = frames.into_iter().skip(1);
    stream::unfold((asked, instance, frames, rendering), move |(asked, instance, mut frames, rendering)| async move {
        let number = frames.next()?;
        let made = match rendering.picture(&asked, &instance, number, picture).await {
            Ok(bytes) => Ok(bytes),
            Err(Failure::Archive(error)) => Err(error),
            Err(other) => Err(archive::Error::Internal(other.to_string(), None)),
        };
        Some((made, (asked, instance, frames, rendering)))
    })
}

/// 406 for what has no pixels: there is no picture of it.
pub(super) fn has_pixels(instance: &StoredInstance) -> Result<(), Failure> {
    if instance.frame_count == 0 {
        return Err(Failure::NotAcceptable("the instance has no pixel data to render".into()));
    }
    Ok(())
}
