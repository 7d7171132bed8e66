//! Thumbnails (PS3.18 §10.4.1.1.4): one small picture that stands for a Study, Series, Instance or frame.
//!
//! What has no picture, or none that can be made, has an icon: a list of thumbnails has no holes.

use actix_web::HttpResponse;
use archive::StoredInstance;
use archive::render::is_waveform;

use super::frame_list;
use super::icon::Icon;
use super::rendering::{Picture, Rendering, choose, encoded, whole};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::target::Target;

/// Viewport when none is asked for.
const USUAL: (u32, u32) = (128, 128);

/// Retrieve a thumbnail.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let rendering = Rendering::read_thumbnail(&asked.query, USUAL)?;
    let picture = choose(&asked.accept)?;
    let instances = asked.archive.instances(&asked.actor, &target.0, "thumbnail").await?;
    let place = representative(instances.iter().map(|instance| (instance.series.as_str(), instance.frame_count)));
    let place = place.or_else(|| instances.iter().position(|instance| is_waveform(&instance.sop_class))).unwrap_or(0);
    let instance = instances.get(place).ok_or_else(|| Failure::NotFound("the instance does not exist here".into()))?;
    let frame = match asked.request.match_info().get("frames") {
        Some(list) => Some(frame_list::read(list, instance.frame_count)?[0]),
        None => None,
    };
    let form = format!("thumbnail {frame:?} {picture:?} {rendering:?}");
    let validators = Validators::of_instances(std::slice::from_ref(instance), &form);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let bytes = match made(&asked, instance, frame, &rendering, picture).await {
        Err(Failure::Archive(archive::Error::NotAcceptable(_) | archive::Error::Damaged(_))) => {
            let viewport = rendering.request.viewport.unwrap_or(USUAL);
            encoded(Icon::of(instance).picture(viewport), picture, &rendering, None).await?
        }
        other => other?,
    };
    Ok(whole(validators.add_to(HttpResponse::Ok()), picture, bytes))
}

/// The picture of a frame; of the frame that stands for the instance, else the middle one, when none is named.
async fn made(
    asked: &Asked,
    instance: &StoredInstance,
    frame: Option<u32>,
    rendering: &Rendering,
    picture: Picture,
) -> Result<bytes::Bytes, Failure> {
    let frame = match frame {
        Some(frame) => frame,
        None if instance.frame_count < 2 => 1,
        None => {
            let middle = instance.frame_count.div_ceil(2);
            asked.archive.representative_frame(instance).await?.unwrap_or(middle)
        }
    };
    rendering.picture(&asked.archive, instance, frame, picture).await
}

/// Place of the middle instance of the first Series that has pixels: in a volume, the one that shows most. `None` when none
/// has. Takes Series and number of frames of each.
fn representative<'a>(instances: impl Iterator<Item = (&'a str, u32)>) -> Option<usize> {
    let mut pixels = instances.enumerate().filter(|(_, (_, frames))| *frames > 0).peekable();
    let (_, (first, _)) = pixels.peek().copied()?;
    let places: Vec<usize> = pixels.filter(|(_, (series, _))| *series == first).map(|(place, _)| place).collect();
    places.get(places.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_middle_of_the_first_series_with_pixels() {
        let instances = [("report", 0), ("a", 1), ("a", 1), ("a", 1), ("b", 1)];
        assert_eq!(representative(instances.into_iter()), Some(2));
        assert_eq!(representative(instances[..1].iter().copied()), None);
    }
}
