//! Slices and projections for programs: what was measured on a plane, as numbers or as pictures. Not in the Standard.

use actix_web::HttpResponse;
use archive::Voi;
use archive::volume::{Choice, Direction, Measure, Orientation, PlaneRequest};
use compute::volume::{Intensity, Interpolation, Plane, Slab};

use super::choice::{choice, number, numbers};
use super::numbers::{Form, answer};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::query::Query;
use crate::retrieve::rendering::Rendering;
use crate::target::Target;

/// Largest distance in mm that a parameter can say.
const FAR: f64 = 100_000.0;

/// What a request wants.
#[derive(Debug)]
pub(super) struct Wanted {
    pub choice: Choice,
    plane: PlaneRequest,
    /// `None` for everything on the lines of sight.
    slab: Option<f64>,
    intensity: Intensity,
    interpolation: Interpolation,
    /// The value where there is no volume; the least that there is when `None`.
    outside: Option<f32>,
    pub window: Option<Voi>,
    pub rendering: Rendering,
}

/// Retrieve a slice.
pub(crate) async fn slice(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let slab = number(&asked.query, "slab", 0.0, FAR)?.unwrap_or(0.0);
    let wanted = Wanted::read(&asked.query, Some(slab), Intensity::Average)?;
    measured(asked, target, wanted, "slice").await
}

/// Retrieve a projection.
pub(crate) async fn projection(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::read(&asked.query, None, Intensity::Maximum)?;
    measured(asked, target, wanted, "projection").await
}

async fn measured(
    asked: Asked,
    target: Target,
    wanted: Wanted,
    resource: &'static str,
) -> Result<HttpResponse, Failure> {
    let form = Form::choose(&asked)?;
    let instances = asked.archive.instances(&asked.actor, &target.0, resource).await?;
    let validators = Validators::of_instances(&instances, &format!("{resource} {form:?} {wanted:?}"));
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let seen = asked.archive.volume(&instances, &wanted.choice).await?;
    let plane = seen.plane(&wanted.plane)?;
    let measure = wanted.measure(plane, form);
    let values = asked.archive.measure(&seen, measure).await?;
    answer(&asked, validators.add_to(HttpResponse::Ok()), form, &wanted, (seen, plane, values)).await
}

impl Wanted {
    fn read(query: &Query, slab: Option<f64>, usual: Intensity) -> Result<Self, Failure> {
        let rendering = Rendering::read(query)?;
        let outside = match query.one("outside")? {
            Some("nan") => Some(f32::NAN),
            _ => number(query, "outside", -1e9, 1e9)?.map(|value| value as f32),
        };
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
            interpolation: one_of(query, "interpolation", &INTERPOLATIONS)?.unwrap_or_default(),
            outside,
            window: rendering.request.window,
            rendering,
        })
    }

    fn measure(&self, plane: Plane, form: Form) -> Measure {
        Measure {
            plane,
            slab: self.slab.map(|thickness| Slab { thickness, intensity: self.intensity }),
            interpolation: self.interpolation,
            intensity: self.intensity,
            // Of pictures what is outside is black; numbers get theirs when all values are known.
            outside: if form.is_picture() { f32::NAN } else { self.outside.unwrap_or(f32::NAN) },
        }
    }

    /// Whether what is outside is to be the least value that there is.
    pub(super) fn fills(&self) -> bool {
        self.outside.is_none()
    }
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
