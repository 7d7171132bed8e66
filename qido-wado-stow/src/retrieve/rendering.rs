//! Rendering parameters (PS3.18 §8.3.5) and the pictures made by them.

use std::sync::Arc;

use actix_web::HttpResponse;
use archive::render::{Annotation, PresentationState, VoiFunction};
use archive::{Archive, RenderRequest, StoredInstance, Voi};
use bytes::Bytes;

use super::animation;
use super::profile::Profile;
use crate::Failure;
use crate::accept::Accept;
use crate::query::Query;

/// JPEG quality when none is asked for; the meaning of the number is libjpeg's.
pub(super) const USUAL_QUALITY: u8 = 90;
/// Longest side that libjpeg writes, in pixels.
const LONGEST_JPEG_SIDE: u32 = 65_500;
/// Longest side and largest area of a viewport, in pixels.
pub(super) const LONGEST_SIDE: u32 = 16_384;
const LARGEST_AREA: u64 = 40_000_000;

/// A picture's media type (PS3.18 §8.7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picture {
    /// `image/jpeg`, the default.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/gif`.
    Gif,
}

impl Picture {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Picture::Jpeg => "image/jpeg",
            Picture::Png => "image/png",
            Picture::Gif => "image/gif",
        }
    }

    /// The picture that `wanted` names or covers.
    pub fn of(wanted: &str) -> Option<Self> {
        match wanted {
            "image/jpeg" | "image/*" | "*/*" => Some(Picture::Jpeg),
            "image/png" => Some(Picture::Png),
            "image/gif" => Some(Picture::Gif),
            _ => None,
        }
    }

    /// Longest side in pixels.
    fn longest_side(self) -> u32 {
        match self {
            Picture::Jpeg => LONGEST_JPEG_SIDE,
            Picture::Png => u32::MAX,
            Picture::Gif => animation::LONGEST_SIDE,
        }
    }
}

/// Chooses the media type of one picture that comes alone, whatever else is acceptable.
pub(super) fn choose(accept: &Accept) -> Result<Picture, Failure> {
    let choice = accept.choose(|range| Picture::of(&range.essence));
    let words = "pictures are available as image/jpeg, image/png and image/gif";
    choice.ok_or_else(|| Failure::NotAcceptable(words.into()))
}

/// What the query says about rendering.
#[derive(Debug, Clone)]
pub(super) struct Rendering {
    /// Window, viewport and region; its frame is set for each picture.
    pub request: RenderRequest,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
    /// Colour characteristics.
    pub profile: Profile,
    /// Values of `annotation` that mean nothing here.
    pub unknown: Option<String>,
}

impl Rendering {
    /// Reads `window`, `viewport`, `quality`, `annotation` and `iccprofile`.
    pub fn read(query: &Query) -> Result<Self, Failure> {
        let window = query.one("window")?.map(window).transpose()?;
        let (viewport, region) = match query.one("viewport")? {
            None => (None, None),
            Some(text) => viewport_and_region(text).map(|(viewport, region)| (Some(viewport), region))?,
        };
        let quality = match query.number("quality")? {
            None => USUAL_QUALITY,
            Some(number @ 1..=100) => number as u8,
            Some(_) => return Err(Failure::BadRequest("quality must be an integer from 1 to 100".into())),
        };
        let (annotation, unknown) = annotation(query.one("annotation")?);
        let request = RenderRequest { window, viewport, region, annotation, ..RenderRequest::of_frame(1) };
        Ok(Self { unknown, request, quality, profile: Profile::read(query.one("iccprofile")?)? })
    }

    /// Reads `viewport` alone, and only its size: all that a thumbnail knows (PS3.18 §8.3.5.2).
    pub fn read_thumbnail(query: &Query, usual: (u32, u32)) -> Result<Self, Failure> {
        let (viewport, region) = match query.one("viewport")? {
            None => (usual, None),
            Some(text) => viewport_and_region(text)?,
        };
        if region.is_some() {
            return Err(Failure::BadRequest("the viewport of a thumbnail is width,height".into()));
        }
        let request = RenderRequest { viewport: Some(viewport), ..RenderRequest::of_frame(1) };
        Ok(Self { request, quality: USUAL_QUALITY, profile: Profile::No, unknown: None })
    }

    /// The same with a presentation state applied.
    pub fn with_presentation(&self, presentation: Option<Arc<PresentationState>>) -> Self {
        Self { request: RenderRequest { presentation, ..self.request.clone() }, ..self.clone() }
    }

    /// Renders and encodes one frame.
    pub async fn picture(
        &self,
        archive: &Archive,
        instance: &StoredInstance,
        frame: u32,
        picture: Picture,
    ) -> Result<Bytes, Failure> {
        let request = RenderRequest { frame, ..self.request.clone() };
        let rendered = archive.render(instance, &request).await?;
        let own = match self.profile {
            Profile::No => None,
            _ => archive.icc_profile(instance).await?,
        };
        encoded(rendered, picture, self, own).await
    }
}

/// Encodes a picture where it blocks nobody; `own` is the ICC profile of the object.
pub(super) async fn encoded(
    rendered: compute::Picture,
    picture: Picture,
    rendering: &Rendering,
    own: Option<Bytes>,
) -> Result<Bytes, Failure> {
    let rendering = rendering.clone();
    let work = actix_web::web::block(move || encode(rendered, picture, &rendering, own.as_deref()));
    work.await.map_err(|error| internal(Box::new(error)))?
}

/// Encodes a picture.
pub(super) fn encode(
    rendered: compute::Picture,
    picture: Picture,
    rendering: &Rendering,
    own: Option<&[u8]>,
) -> Result<Bytes, Failure> {
    if rendered.width.max(rendered.height) > picture.longest_side() {
        let words = format!("the picture is larger than {} can hold: give a viewport", picture.media_type());
        return Err(Failure::NotAcceptable(words));
    }
    let (rendered, profile) = rendering.profile.apply(rendered, own)?;
    let (compute::Picture { width, height, channels, samples }, profile) = (&rendered, profile.as_deref());
    let bytes = match picture {
        Picture::Jpeg => codec::encode_jpeg_with(*width, *height, *channels, samples, rendering.quality, profile),
        Picture::Png => codec::encode_png_with(*width, *height, *channels, samples, profile),
        Picture::Gif => codec::encode_gif(*width, *height, *channels, samples),
    };
    bytes.map(Bytes::from).map_err(|error| internal(Box::new(error)))
}

fn internal(error: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    archive::Error::Internal("a picture was not encoded".into(), Some(error)).into()
}

/// One picture as a whole answer.
pub(super) fn whole(mut response: actix_web::HttpResponseBuilder, picture: Picture, bytes: Bytes) -> HttpResponse {
    response.content_type(picture.media_type()).body(bytes)
}

/// What is to be written onto pictures (PS3.18 §8.3.5.1.1), and the values that are not known.
pub(super) fn annotation(values: Option<&str>) -> (Annotation, Option<String>) {
    let mut annotation = Annotation::default();
    let mut unknown = Vec::new();
    for value in values.unwrap_or_default().split(',').map(str::trim).filter(|value| !value.is_empty()) {
        match value {
            "patient" => annotation.patient = true,
            "technique" => annotation.technique = true,
            other => unknown.push(other),
        }
    }
    (annotation, (!unknown.is_empty()).then(|| unknown.join(",")))
}

/// `center,width,function` (PS3.18 §8.3.5.1.4); widths as PS3.3 §C.11.2.1.3 allows them.
fn window(text: &str) -> Result<Voi, Failure> {
    let bad = || {
        let words = "window must be center,width,function, with a width of at least 1 (more than 0 for linear-exact and \
                     sigmoid) and the function linear, linear-exact or sigmoid";
        Failure::BadRequest(words.into())
    };
    let pieces: Vec<&str> = text.split(',').map(str::trim).collect();
    let [center, width, function] = pieces[..] else { return Err(bad()) };
    let (center, width) = (decimal(center).ok_or_else(bad)?, decimal(width).ok_or_else(bad)?);
    let (function, fits) = match function {
        "linear" => (VoiFunction::Linear, width >= 1.0),
        "linear-exact" => (VoiFunction::LinearExact, width > 0.0),
        "sigmoid" => (VoiFunction::Sigmoid, width > 0.0),
        _ => return Err(bad()),
    };
    if fits { Ok(Voi { center, width, function }) } else { Err(bad()) }
}

type Region = (f64, f64, f64, f64);

/// `vw,vh[,[sx],[sy],[sw],[sh]]` (PS3.18 §8.3.5.1.3). A width or height that is left out reaches to the edge: infinity.
fn viewport_and_region(text: &str) -> Result<((u32, u32), Option<Region>), Failure> {
    let bad = || {
        let words = format!(
            "viewport must be width,height and maybe a region x,y,width,height; sides up to {LONGEST_SIDE}, \
             area up to {LARGEST_AREA} pixels"
        );
        Failure::BadRequest(words)
    };
    let pieces: Vec<&str> = text.split(',').map(str::trim).collect();
    if !(2..=6).contains(&pieces.len()) {
        return Err(bad());
    }
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| (1..=LONGEST_SIDE).contains(side)).ok_or_else(bad);
    let viewport = (side(pieces[0])?, side(pieces[1])?);
    if u64::from(viewport.0) * u64::from(viewport.1) > LARGEST_AREA {
        return Err(bad());
    }
    let place = |index: usize, usual: f64| match pieces.get(index) {
        None | Some(&"") => Ok(usual),
        Some(text) => decimal(text).ok_or_else(bad),
    };
    let region = (place(2, 0.0)?.abs(), place(3, 0.0)?.abs(), place(4, f64::INFINITY)?, place(5, f64::INFINITY)?);
    if region.2 == 0.0 || region.3 == 0.0 {
        return Err(bad());
    }
    Ok((viewport, (pieces.len() > 2).then_some(region)))
}

fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Rendering, Failure> {
        Rendering::read(&Query::parse(raw)?)
    }

    #[test]
    fn reads_a_window() {
        let window = read("window=-600,1500.5,linear-exact").unwrap().request.window.unwrap();
        assert_eq!(window, Voi { center: -600.0, width: 1500.5, function: VoiFunction::LinearExact });
        for bad in [
            "1,2",
            "1,2,cubic",
            "1,0,linear",
            "1,0.5,linear",
            "1,-1,sigmoid",
            "NaN,1,linear",
            "a,1,linear",
            "",
            "1,inf,linear",
        ] {
            assert!(read(&format!("window={bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_a_viewport_with_elided_places() {
        let of = |raw: &str| read(raw).map(|rendering| (rendering.request.viewport, rendering.request.region));
        assert_eq!(of("viewport=512,256").unwrap(), (Some((512, 256)), None));
        assert_eq!(of("viewport=512,512,,,256,-128").unwrap(), (Some((512, 512)), Some((0.0, 0.0, 256.0, -128.0))));
        assert_eq!(of("viewport=9,9,1.5").unwrap().1, Some((1.5, 0.0, f64::INFINITY, f64::INFINITY)));
        for bad in ["", "512", "0,1", "-1,1", "1.5,1", "99999,1", "16384,16384", "1,1,1,1,1,1,1", "1,1,,,0,1", "1,1,a"]
        {
            assert!(of(&format!("viewport={bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn knows_qualities_from_1_to_100() {
        assert_eq!(read("quality=1").unwrap().quality, 1);
        for bad in ["0", "101", "x", "", "-5"] {
            assert!(read(&format!("quality={bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn tells_annotations_it_knows_from_others() {
        let rendering = read("annotation=technique,patient,logo").unwrap();
        assert_eq!(rendering.request.annotation, Annotation { patient: true, technique: true });
        assert_eq!(rendering.unknown.as_deref(), Some("logo"));
        assert_eq!(read("annotation=").unwrap().unknown, None);
    }

    #[test]
    fn thumbnails_have_a_size_only() {
        let of = |raw| Rendering::read_thumbnail(&Query::parse(raw).unwrap(), (128, 128));
        assert_eq!(of("").unwrap().request.viewport, Some((128, 128)));
        assert_eq!(of("viewport=64,32").unwrap().request.viewport, Some((64, 32)));
        assert!(of("viewport=64,32,0,0,1,1").is_err());
    }

    #[test]
    fn chooses_among_pictures() {
        let of = |text: &'static str| choose(&Accept::new([].into_iter(), [text].into_iter())).ok();
        assert_eq!(of("image/webp, image/png;q=0.5"), Some(Picture::Png));
        assert_eq!(of("*/*"), Some(Picture::Jpeg));
        assert_eq!(of("image/gif"), Some(Picture::Gif));
        assert_eq!(of("text/html"), None);
    }
}
