//! Thumbnails (PS3.18 §10.4.1.1.4): one small picture that stands for a Study, Series, Instance or frame.

use actix_web::HttpResponse;
use archive::StoredInstance;

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
    let instance = representative(&instances)?;
    let frame = match asked.request.match_info().get("frames") {
        Some(list) => frame_list::read(list, instance)?[0],
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

/// The middle one of the first Series that has pixels: in a volume, the one that shows most.
fn representative(instances: &[StoredInstance]) -> Result<&StoredInstance, Failure> {
    let pixels = || instances.iter().filter(|instance| instance.frame_count > 0);
    let nothing = || Failure::NotAcceptable("there is no pixel data to make a thumbnail of".into());
    let first = pixels().next().ok_or_else(nothing)?;
    let series: Vec<_> = pixels().filter(|instance| instance.series == first.series).collect();
    series.get(series.len() / 2).copied().ok_or_else(nothing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieve::tests::stored;

    #[test]
    fn takes_the_middle_of_the_first_series_with_pixels() {
        let mut instances: Vec<_> = [0, 1, 1, 1, 1].map(|frames| stored("1.2", frames)).into();
        for (number, instance) in instances.iter_mut().enumerate() {
            instance.instance = number.to_string();
        }
        instances[0].series = "report".into();
        instances[4].series = "other".into();
        assert_eq!(representative(&instances).unwrap().instance, "2");
        assert!(representative(&instances[..1]).is_err());
    }
}
