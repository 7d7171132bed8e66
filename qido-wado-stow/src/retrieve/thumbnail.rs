//! Thumbnails (PS3.18 §10.4.1.1.4): one small picture that stands for a Study, Series, Instance or frame.

use actix_web::HttpResponse;

use super::frame_list;
use super::rendering::{Rendering, choose, whole};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::target::Target;

/// Viewport when none is asked for.
const USUAL: (u32, u32) = (128, 128);

/// Retrieve a thumbnail.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let rendering = Rendering::read_thumbnail(&asked.query, USUAL)?;
    let (picture, _) = choose(&asked.accept, false)?;
    let instances = asked.archive.instances(&asked.actor, &target.0, "thumbnail").await?;
    let place = representative(instances.iter().map(|instance| (instance.series.as_str(), instance.frame_count)));
    let nothing = || Failure::NotAcceptable("there is no pixel data to make a thumbnail of".into());
    let instance = place.and_then(|place| instances.get(place)).ok_or_else(nothing)?;
    let frame = match asked.request.match_info().get("frames") {
        Some(list) => frame_list::read(list, instance.frame_count)?[0],
        None => instance.frame_count.div_ceil(2),
    };
    let form = format!("thumbnail {frame} {picture:?} {rendering:?}");
    let validators = Validators::of_instances(std::slice::from_ref(instance), &form);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let bytes = rendering.picture(&asked, instance, frame, picture).await?;
    Ok(whole(validators.add_to(HttpResponse::Ok()), picture, bytes))
}

/// Place of the middle instance of the first Series that has pixels: in a volume, the one that shows most.
/// Takes Series and number of frames of each.
fn representative<'a>(instances: impl Iterator<Item = (&'a str, u32)>) -> Option<usize> {
    let mut pixels = instances.enumerate().filter(|(_, (_, frames))| *frames > 0).peekable();
    let (_, (first, _)) = *pixels.peek()?;
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
