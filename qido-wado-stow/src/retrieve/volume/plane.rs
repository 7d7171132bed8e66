//! Slices and projections for programs: what was measured on a plane, as numbers or as pictures. Not in the Standard.

use std::sync::Arc;

use actix_web::HttpResponse;
use archive::volume::{Choice, Derived, Direction, Measure, Orientation, PlaneRequest, SeriesVolume, Stack};
use archive::{Arrival, Right, StoreOutcome, StoredInstance};
use compute::volume::{Intensity, Interpolation, Plane, Slab};
use data_set::uids::EXPLICIT_VR_LITTLE_ENDIAN;

use super::choice::{choice, number, numbers};
use super::numbers::{Form, Measured, answer};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::model::{Holds, Model};
use crate::query::Query;
use crate::retrieve::rendering::Rendering;
use crate::store::made;
use crate::target::Target;

/// How often the values are in memory while they are made an answer.
pub(super) const COPIES: usize = 3;
/// Largest distance in mm that a parameter can say.
pub(super) const FAR: f64 = 100_000.0;

/// What makes the values: another version may make others of the same slices.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a request wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub choice: Choice,
    pub plane: PlaneRequest,
    /// Thickness in mm; `None` for everything on the lines of sight.
    pub slab: Option<f64>,
    intensity: Intensity,
    interpolation: Interpolation,
    /// The value where there is no volume; the least that there is when `None`.
    outside: Option<f32>,
    pub rendering: Rendering,
}

/// Retrieve a slice.
pub(crate) async fn slice(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::slice(&asked.query)?;
    retrieve(asked, target, wanted, "slice").await
}

/// Retrieve a projection.
pub(crate) async fn projection(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::projection(&asked.query)?;
    retrieve(asked, target, wanted, "projection").await
}

/// Make a slice and store it.
pub(crate) async fn store_slice(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::slice(&asked.query)?;
    store(asked, target, wanted, "slice").await
}

/// Make a projection and store it.
pub(crate) async fn store_projection(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::projection(&asked.query)?;
    store(asked, target, wanted, "projection").await
}

async fn retrieve(
    asked: Asked,
    target: Target,
    wanted: Wanted,
    resource: &'static str,
) -> Result<HttpResponse, Failure> {
    if asked.query.flag("store")? {
        return Err(Failure::BadRequest("store=true changes the archive: ask by POST".into()));
    }
    let form = Form::choose(&asked)?;
    let instances = asked.archive.slices(&asked.actor, &target.0, resource).await?;
    let site = asked.archive.volume_site().await?;
    let validators =
        Validators::of_instances(instances.iter(), &format!("{VERSION} {site} {resource} {form:?} {wanted:?}"));
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let measured = measured(&asked, &instances, &wanted, form).await?;
    answer(&asked.archive, validators.add_to(HttpResponse::Ok()), form, &wanted, measured).await
}

/// Stores what is made, and answers as a store of it does (PS3.18 §10.5.3).
async fn store(asked: Asked, target: Target, wanted: Wanted, resource: &'static str) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&asked.accept, Holds::One)?;
    asked.query.flag("store")?;
    asked.actor.require(Right::Store)?;
    let instances = asked.archive.slices(&asked.actor, &target.0, resource).await?;
    let Measured { seen, measure, values, room: _room } = measured(&asked, &instances, &wanted, Form::Dicom).await?;
    let derived = asked.archive.derived(&seen, measure, values).await?;
    store_derived(&asked, model, derived).await
}

/// Stores an object that was made here, and answers.
pub(super) async fn store_derived(asked: &Asked, model: Model, derived: Derived) -> Result<HttpResponse, Failure> {
    let outcome = store_object(asked, derived).await?;
    made(model, &asked.address, vec![outcome]).await
}

/// Stores an object that was made here.
pub(super) async fn store_object(asked: &Asked, derived: Derived) -> Result<StoreOutcome, Failure> {
    let arrival = Arrival::DataSet {
        sop_class_uid: derived.sop_class,
        sop_instance_uid: derived.instance,
        transfer_syntax: EXPLICIT_VR_LITTLE_ENDIAN.into(),
        source: None,
    };
    let mut incoming = asked.archive.store(&asked.actor, arrival).await?;
    // Why it was not taken is told by the outcome.
    let _ = incoming.write(derived.data_set).await;
    Ok(incoming.finish().await)
}

/// What is on the plane, for this form.
async fn measured(
    asked: &Asked,
    instances: &[StoredInstance],
    wanted: &Wanted,
    form: Form,
) -> Result<Measured, Failure> {
    let seen = asked.archive.volume_around(instances, &wanted.choice, |stack| wanted.alone(stack, form)).await?;
    let measure = wanted.measure(&seen, form.is_picture()).await?;
    let room = asked.archive.answer_room(measure.plane.pixels() * COPIES * size_of::<f32>()).await?;
    let values = match form {
        Form::Dicom => asked.archive.measure_exactly(&seen, measure.clone()).await?,
        _ => asked.archive.measure(&seen, measure.clone()).await?,
    };
    Ok(Measured { seen, measure, values, room })
}

impl Wanted {
    /// The plane, where what is on it is all that the answer is made of.
    pub fn alone(&self, stack: &Stack, form: Form) -> Result<Option<(Plane, Interpolation)>, archive::Error> {
        let is_alone = match form {
            Form::Floats => self.outside.is_some(),
            Form::Picture(_) => self.rendering.request.window.or(stack.window()).is_some(),
            // Their integers are those of the whole volume.
            Form::Integers | Form::Png16 | Form::Dicom => false,
        };
        match is_alone && self.slab == Some(0.0) {
            true => Ok(Some((stack.plane(&self.plane)?, self.interpolation))),
            false => Ok(None),
        }
    }

    /// What is measured of a volume. Where there is none the least value stands, unless another is wanted or it is a picture.
    pub async fn measure(&self, seen: &Arc<SeriesVolume>, is_picture: bool) -> Result<Measure, Failure> {
        let outside = value_outside(self.outside, seen, is_picture).await?;
        Ok(Measure {
            plane: seen.plane(&self.plane)?,
            slab: self.slab.map(|thickness| Slab { thickness, intensity: self.intensity }),
            interpolation: self.interpolation,
            intensity: self.intensity,
            outside,
        })
    }

    pub fn slice(query: &Query) -> Result<Self, Failure> {
        let slab = number(query, "slab", 0.0, FAR)?.unwrap_or(0.0);
        Self::read(query, Some(slab), Intensity::Average)
    }

    pub fn projection(query: &Query) -> Result<Self, Failure> {
        Self::read(query, None, Intensity::Maximum)
    }

    fn read(query: &Query, slab: Option<f64>, usual: Intensity) -> Result<Self, Failure> {
        Ok(Self {
            choice: choice(query)?,
            plane: PlaneRequest {
                direction: direction(query)?,
                center: numbers::<3>(query, "center")?,
                offset: number(query, "offset", -FAR, FAR)?.unwrap_or(0.0),
                spacing: spacing(query)?,
                size: size(query)?,
            },
            slab,
            intensity: one_of(query, "method", &INTENSITIES)?.unwrap_or(usual),
            interpolation: interpolation(query)?,
            outside: outside(query)?,
            rendering: Rendering::read(query)?,
        })
    }
}

/// What stands where there is no volume.
pub(super) async fn value_outside(
    wanted: Option<f32>,
    seen: &Arc<SeriesVolume>,
    is_picture: bool,
) -> Result<f32, Failure> {
    match wanted {
        _ if is_picture => Ok(f32::NAN),
        Some(value) => Ok(value),
        None => {
            let seen = seen.clone();
            let least = actix_web::web::block(move || seen.range().0).await;
            least.map_err(|error| archive::Error::Internal("a task ended early".into(), Some(error.into())).into())
        }
    }
}

/// `outside`: a number or `nan`.
pub(super) fn outside(query: &Query) -> Result<Option<f32>, Failure> {
    match query.one("outside")? {
        Some("nan") => Ok(Some(f32::NAN)),
        _ => Ok(number(query, "outside", -1e9, 1e9)?.map(|value| value as f32)),
    }
}

/// `interpolation`; linear by default.
pub(super) fn interpolation(query: &Query) -> Result<Interpolation, Failure> {
    Ok(one_of(query, "interpolation", &INTERPOLATIONS)?.unwrap_or_default())
}

const INTENSITIES: [(&str, Intensity); 3] =
    [("maximum", Intensity::Maximum), ("minimum", Intensity::Minimum), ("average", Intensity::Average)];
const INTERPOLATIONS: [(&str, Interpolation); 3] =
    [("nearest", Interpolation::Nearest), ("linear", Interpolation::Linear), ("cubic", Interpolation::Cubic)];

fn one_of<T: Copy>(query: &Query, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Failure> {
    let Some(text) = query.one(name)? else { return Ok(None) };
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    let known = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| Failure::BadRequest(format!("{name} must be one of {}; it is {text:?}", known())))
}

fn direction(query: &Query) -> Result<Direction, Failure> {
    let (normal, up) = (numbers::<3>(query, "normal")?, numbers::<3>(query, "up")?);
    match (query.one("orientation")?, normal) {
        (Some(_), Some(_)) => Err(Failure::BadRequest("orientation excludes normal".into())),
        (None, Some(normal)) => Ok(Direction::Normal { normal, up }),
        (_, None) if up.is_some() => Err(Failure::BadRequest("up goes with normal".into())),
        (letter, None) => {
            let letter = letter.unwrap_or("a");
            let words = || Failure::BadRequest(format!("orientation must be a, p, r, l, h or f; it is {letter:?}"));
            Orientation::of(letter).map(Direction::Side).ok_or_else(words)
        }
    }
}

/// One number for both directions, or two: along rows, along columns.
fn spacing(query: &Query) -> Result<Option<[f64; 2]>, Failure> {
    let Some(text) = query.one("spacing")? else { return Ok(None) };
    let both = if text.contains(',') {
        numbers::<2>(query, "spacing")?
    } else {
        numbers::<1>(query, "spacing")?.map(|[one]| [one; 2])
    };
    match both {
        Some(both) if both.iter().all(|length| (1e-4..=1e4).contains(length)) => Ok(Some(both)),
        _ => Err(Failure::BadRequest("spacing must be one or two lengths in mm from 0.0001 to 10000".into())),
    }
}

fn size(query: &Query) -> Result<Option<(u32, u32)>, Failure> {
    let words = || Failure::BadRequest("size must be columns,rows: two whole numbers from 1".into());
    let Some(text) = query.one("size")? else { return Ok(None) };
    let (columns, rows) = text.split_once(',').ok_or_else(words)?;
    let side = |text: &str| text.trim().parse::<u32>().ok().filter(|side| (1..=65_536).contains(side));
    side(columns).zip(side(rows)).map(Some).ok_or_else(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_be_by_its_name() {
        for (raw, name) in [
            ("center=1,2", "center"),
            ("offset=x", "offset"),
            ("normal=0,0,1&orientation=a", "orientation"),
            ("up=0,0,1", "up"),
            ("orientation=z", "orientation"),
            ("spacing=0", "spacing"),
            ("spacing=1,2,3", "spacing"),
            ("spacing=-1,2", "spacing"),
            ("size=12", "size"),
            ("size=0,4", "size"),
            ("method=mip", "method"),
            ("interpolation=sinc", "interpolation"),
            ("outside=none", "outside"),
        ] {
            let query = Query::parse(raw).unwrap();
            let refused = Wanted::read(&query, Some(0.0), Intensity::Average).expect_err(raw).to_string();
            assert!(refused.contains(name), "{raw}: {refused}");
        }
    }
}
