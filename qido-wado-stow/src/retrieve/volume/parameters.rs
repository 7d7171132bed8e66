//! The query parameters of rendered volumes (PS3.18 Table 8.3.5-3), beside those of all renderings.

use archive::volume::{Animation, Choice, Method, Motion, Orientation, Reformat, ViewRequest, Viewpoint};
use compute::volume::{Intensity, PRESETS, Preset};

use super::choice::{choice, number, numbers, points};
use crate::Failure;
use crate::query::Query;
use crate::retrieve::rendering::Rendering;

/// Thickest slab in mm.
const THICKEST: f64 = 10_000.0;

/// What a request wants.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Which frames make the volume.
    pub choice: Choice,
    /// How it is looked at.
    pub view: ViewRequest,
    /// How pictures are encoded.
    pub rendering: Rendering,
    /// Only the Rendered Volume Response Module is wanted (PS3.18 §8.3.5.3.13).
    pub metadata: bool,
}

impl Wanted {
    /// Reads all parameters; what is wrong is refused by its name.
    pub fn read(query: &Query, reformat: Reformat) -> Result<Self, Failure> {
        let rendering = Rendering::read(query)?;
        let slab = number(query, "mprslab", 0.0, THICKEST)?;
        if reformat == Reformat::ThreeD && slab.is_some() {
            return Err(Failure::BadRequest("mprslab is a parameter of renderedmpr".into()));
        }
        let view = ViewRequest {
            reformat,
            viewpoint: viewpoint(query)?,
            method: method(query, reformat)?,
            slab: slab.filter(|thickness| *thickness > 0.0),
            window: rendering.request.window,
            viewport: rendering.request.viewport,
            region: rendering.request.region,
            annotation: rendering.request.annotation,
            animation: animation(query)?,
            state: None,
        };
        let metadata = match query.one("renderedvolumetricmetadata")? {
            None => false,
            Some("yes") => true,
            Some(_) => return Err(Failure::BadRequest("renderedvolumetricmetadata can be yes only".into())),
        };
        Ok(Self { choice: choice(query)?, view, rendering, metadata })
    }
}

/// `renderingmethod` (PS3.18 §8.3.5.3.3), and the extension `preset` of what is rendered in colours.
fn method(query: &Query, reformat: Reformat) -> Result<Option<Method>, Failure> {
    let preset = match query.one("preset")? {
        None => None,
        Some(name) => Some(Preset::named(name).ok_or_else(|| {
            let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            Failure::BadRequest(format!("preset must be one of {}; it is {name:?}", known.join(", ")))
        })?),
    };
    let intensity = |intensity| Ok(Some(Method::Intensity(intensity)));
    match (query.one("renderingmethod")?, reformat) {
        (None, Reformat::ThreeD) => Ok(preset.map(|preset| Method::Rendered(Some(preset)))),
        (Some("volume_rendered"), Reformat::ThreeD) => Ok(Some(Method::Rendered(preset))),
        (_, _) if preset.is_some() => {
            Err(Failure::BadRequest("preset goes with rendered3d and renderingmethod=volume_rendered".into()))
        }
        (None, Reformat::Mpr) => Ok(None),
        (Some("maximum_ip"), _) => intensity(Intensity::Maximum),
        (Some("minimum_ip"), _) => intensity(Intensity::Minimum),
        (Some("average_ip"), _) => intensity(Intensity::Average),
        (Some(other), _) => Err(Failure::BadRequest(format!(
            "renderingmethod must be maximum_ip, minimum_ip or average_ip, or volume_rendered of rendered3d; it is \
             {other:?}"
        ))),
    }
}

/// `orientation`, or the camera (PS3.18 §8.3.5.3.4 to §8.3.5.3.7).
fn viewpoint(query: &Query) -> Result<Option<Viewpoint>, Failure> {
    let place = |name| numbers::<3>(query, name);
    let (position, look_at, up) = (place("viewpointposition")?, place("viewpointlookat")?, place("viewpointup")?);
    let is_camera = position.is_some() || look_at.is_some() || up.is_some();
    match (query.one("orientation")?, position) {
        (Some(_), _) if is_camera => {
            Err(Failure::BadRequest("orientation excludes viewpointposition, viewpointlookat and viewpointup".into()))
        }
        (Some(letter), _) => {
            let words = || Failure::BadRequest(format!("orientation must be a, p, r, l, h or f; it is {letter:?}"));
            Ok(Some(Viewpoint::Side(Orientation::of(letter).ok_or_else(words)?)))
        }
        (None, Some(position)) => Ok(Some(Viewpoint::Camera { position, look_at, up })),
        (None, None) if is_camera => {
            Err(Failure::BadRequest("viewpointlookat and viewpointup go with viewpointposition".into()))
        }
        (None, None) => Ok(None),
    }
}

/// `swivelrange`, `volumetriccurvepoint`, `animationstepsize`, `animationrate` (PS3.18 §8.3.5.3.9 to §8.3.5.3.12), and the extension `phases`.
fn animation(query: &Query) -> Result<Option<Animation>, Failure> {
    let swivel = number(query, "swivelrange", 1.0, 360.0)?.map(Motion::Swivel);
    let curve = points(query, "volumetriccurvepoint")?.map(Motion::Curve);
    let phases = match query.one("phases")? {
        None => None,
        Some("all") => Some(Motion::Phases),
        Some(_) => return Err(Failure::BadRequest("phases can be all only".into())),
    };
    if [&swivel, &curve, &phases].into_iter().flatten().count() > 1 {
        let words = "swivelrange, volumetriccurvepoint and phases exclude one another";
        return Err(Failure::BadRequest(words.into()));
    }
    let motion = swivel.or(curve).or(phases);
    let whole = |name| match query.number(name)? {
        Some(0) => Err(Failure::BadRequest(format!("{name} must be greater than 0"))),
        Some(_) if motion.is_none() => {
            Err(Failure::BadRequest(format!("{name} goes with swivelrange, volumetriccurvepoint or phases")))
        }
        number => Ok(number),
    };
    let (step, rate) = (whole("animationstepsize")?, whole("animationrate")?);
    if step.is_some() && motion == Some(Motion::Phases) {
        return Err(Failure::BadRequest("animationstepsize goes with swivelrange or volumetriccurvepoint".into()));
    }
    let (step, rate) = (step.map(f64::from), rate.map(f64::from));
    Ok(motion.map(|motion| Animation { motion, step, rate }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Wanted, Failure> {
        Wanted::read(&Query::parse(raw)?, Reformat::Mpr)
    }

    #[test]
    fn refuses_what_cannot_be_by_its_name() {
        for (raw, name) in [
            ("orientation=x", "orientation"),
            ("orientation=a&viewpointup=0,0,1", "orientation"),
            ("viewpointlookat=1,2,3", "viewpointposition"),
            ("viewpointposition=1,2", "viewpointposition"),
            ("viewpointposition=1,2,inf", "viewpointposition"),
            ("mprslab=-1", "mprslab"),
            ("mprslab=x", "mprslab"),
            ("renderingmethod=mip", "renderingmethod"),
            ("renderingmethod=volume_rendered", "renderingmethod"),
            ("preset=ct-bone", "preset"),
            ("preset=wood", "preset"),
            ("swivelrange=0", "swivelrange"),
            ("swivelrange=20&volumetriccurvepoint=1,2,3,4,5,6", "swivelrange"),
            ("volumetriccurvepoint=1,2,3", "volumetriccurvepoint"),
            ("volumetriccurvepoint=1,2,3,4,5,6,7", "volumetriccurvepoint"),
            ("animationstepsize=5", "animationstepsize"),
            ("phases=2", "phases"),
            ("phases=all&swivelrange=20", "phases"),
            ("phases=all&animationstepsize=2", "animationstepsize"),
            ("swivelrange=20&animationrate=0", "animationrate"),
            ("renderedvolumetricmetadata=no", "renderedvolumetricmetadata"),
            ("volumeinputreference=first", "volumeinputreference"),
            ("match=EchoTime", "match"),
            ("match=EchoTyme=5", "EchoTyme"),
            ("window=40", "window"),
            ("viewport=0,0", "viewport"),
        ] {
            let refused = read(raw).expect_err(raw).to_string();
            assert!(refused.contains(name), "{raw}: {refused}");
        }
        let slab = Wanted::read(&Query::parse("mprslab=5").unwrap(), Reformat::ThreeD);
        assert!(slab.is_err());
    }

    #[test]
    fn reads_points_from_one_parameter_or_several() {
        let points = |raw| match read(raw).unwrap().view.animation.unwrap().motion {
            Motion::Curve(points) => points,
            _ => Vec::new(),
        };
        let both = vec![[1.0, 2.0, 3.0], [4.0, 5.0, -6.5]];
        assert_eq!(points("volumetriccurvepoint=1,2,3,4,5,-6.5"), both);
        assert_eq!(points("volumetriccurvepoint=1,2,3&volumetriccurvepoint=4,5,-6.5"), both);
    }

    #[test]
    fn attributes_match_by_their_names() {
        let choice = read("AcquisitionNumber=2&match=00180081=5-7&accept=image/png").unwrap().choice;
        assert_eq!(choice.matches.len(), 2);
    }
}
