//! A curved reformat: what was measured on the surface along a curve, rolled out. Not in the Standard.

use actix_web::HttpResponse;
use archive::volume::CurveRequest;

use super::choice::{choice, number, numbers, points};
use super::numbers::{Form, Rows, represented, surface_size};
use super::plane::{COPIES, FAR, VERSION, interpolation, outside, value_outside};
use crate::Failure;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::retrieve::rendering::Rendering;
use crate::target::Target;

/// Most points of a curve.
const MOST_POINTS: usize = 4096;
/// Height of the surface when none is asked for, in mm.
const USUAL_HEIGHT: f64 = 100.0;

/// Retrieve a curved reformat.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let query = &asked.query;
    let points = points(query, "points")?.filter(|points| points.len() <= MOST_POINTS).ok_or_else(|| {
        Failure::BadRequest(format!("points must be x,y,z for each of two points or more, up to {MOST_POINTS}"))
    })?;
    let surface = CurveRequest {
        points,
        up: numbers::<3>(query, "up")?,
        height: number(query, "height", 1e-4, FAR)?.unwrap_or(USUAL_HEIGHT),
        spacing: number(query, "spacing", 1e-4, 1e4)?,
    };
    let (choice, interpolation, outside) = (choice(query)?, interpolation(query)?, outside(query)?);
    let rendering = Rendering::read(query)?;
    let form = Form::choose(&asked)?;
    if form == Form::Dicom {
        return Err(Failure::NotAcceptable("a surface that is no plane is no DICOM image: there is reformat".into()));
    }
    let instances = asked.archive.slices(&asked.actor, &target.0, "curve").await?;
    let site = asked.archive.volume_site().await?;
    let state =
        format!("{VERSION} {site} curve {form:?} {surface:?} {choice:?} {interpolation:?} {outside:?} {rendering:?}");
    let validators = Validators::of_instances(instances.iter(), &state);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let seen = asked.archive.volume(&instances, &choice).await?;
    let (curve, columns) = seen.curve(&surface)?;
    let (size, spacing) = ((columns, curve.height), curve.spacing);
    let outside = value_outside(outside, &seen, form.is_picture()).await?;
    let room = asked.archive.answer_room(size.0 * size.1 * COPIES * size_of::<f32>()).await?;
    let values = asked.archive.measure_curve(&seen, curve, interpolation, outside).await?;
    let mut response = validators.add_to(HttpResponse::Ok());
    surface_size(&mut response, size, spacing);
    represented(&asked.archive, response, form, &rendering, Rows { seen, size, values, room }).await
}
