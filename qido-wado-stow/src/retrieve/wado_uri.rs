//! The URI Service (WADO-URI, PS3.18 §9): one object by query parameters, as viewers asked before there was WADO-RS.
//!
//! It says the same as WADO-RS in other words, so a request is translated, and what answers there answers here.

mod parameters;

use actix_web::HttpResponse;
use archive::render::is_report;
use archive::{Scope, StoredInstance};

use parameters::Parameters;

use super::form::Form;
use super::objects;
use super::presentation;
use super::profile::Profile;
use super::rendered::{self, Subject};
use super::rendering::{Rendering, annotation};
use super::transfer::Wish;
use crate::Failure;
use crate::accept::Accept;
use crate::asked::Asked;
use crate::target::Target;

const DICOM: &str = "application/dicom";

/// Retrieve a DICOM object (§9.4) or a rendered one (§9.5), by Content Type.
pub(crate) async fn retrieve(asked: Asked) -> Result<HttpResponse, Failure> {
    let parameters = Parameters::read(&asked.query)?;
    let target = Target(parameters.scope.clone());
    let instance = objects::one(&asked, &target, "wado-uri").await?;
    let accept = accept(&asked, &parameters, &instance);
    let is_object = accept.choose(|range| match range.essence.as_str() {
        DICOM | "application/*" => Some(true),
        _ => Some(false),
    });
    if is_object == Some(true) {
        let wish = parameters.transfer_syntax.map_or(Wish::Default, Wish::Named);
        return objects::alone(asked, target, instance, wish).await;
    }
    let rendering = rendering(&asked, &parameters, &instance).await?;
    let subject = Subject {
        location: asked.address.instance(&instance.study, &instance.series, &instance.instance) + "/rendered",
        forms: if parameters.frame.is_some() { Form::of_frame() } else { Form::of_instance(&instance) },
        frame: parameters.frame,
        presentation: presentation(&asked, &parameters).await?,
        instance,
    };
    rendered::answer(Asked { accept, ..asked }, rendering, vec![subject], 0).await
}

/// Acceptable media types: those of `contentType`, else the object's default (§9.1.2.2.1 ff.) and those of the header.
fn accept(asked: &Asked, parameters: &Parameters, instance: &StoredInstance) -> Accept {
    if !parameters.content_types.is_empty() {
        return Accept::new(parameters.content_types.iter().map(String::as_str), std::iter::empty());
    }
    let usual = match instance.frame_count {
        0 if is_report(&instance.sop_class) => "text/html",
        1 => "image/jpeg",
        _ if parameters.frame.is_some() => "image/jpeg",
        _ => DICOM,
    };
    match asked.accept.ranges() {
        [] => asked.accept.clone(),
        ranges if ranges.iter().any(|range| covers(&range.essence, usual)) => {
            Accept::new([usual].into_iter(), std::iter::empty())
        }
        _ => asked.accept.clone(),
    }
}

fn covers(range: &str, media_type: &str) -> bool {
    let kind = |text: &str| text.split('/').next().map(str::to_owned);
    range == "*/*" || range == media_type || (range.ends_with("/*") && kind(range) == kind(media_type))
}

/// The rendering that the parameters say. The region is in parts of the image, whose size the object knows.
async fn rendering(asked: &Asked, parameters: &Parameters, instance: &StoredInstance) -> Result<Rendering, Failure> {
    let mut request = archive::RenderRequest::of_frame(1);
    request.window = parameters.window;
    request.viewport = parameters.viewport;
    if let Some((left, top, right, bottom)) = parameters.region {
        let (columns, rows) = asked.archive.image_size(instance).await?;
        let (columns, rows) = (f64::from(columns), f64::from(rows));
        request.region = Some((left * columns, top * rows, (right - left) * columns, (bottom - top) * rows));
    }
    let (annotation, unknown) = annotation(asked.query.one("annotation")?);
    request.annotation = annotation;
    Ok(Rendering { unknown, request, quality: parameters.quality, profile: Profile::No })
}

/// Reads the parameters of a request of unknown origin.
#[cfg(any(test, feature = "exercise"))]
pub(super) fn exercise(query: &crate::query::Query) {
    crate::exercise::said(Parameters::read(query));
}

/// The presentation state that is to be applied.
async fn presentation(
    asked: &Asked,
    parameters: &Parameters,
) -> Result<Option<std::sync::Arc<archive::render::PresentationState>>, Failure> {
    let Some((series, instance)) = parameters.presentation.clone() else { return Ok(None) };
    let scope = Scope { study: parameters.scope.study.clone(), series: Some(series), instance: Some(instance) };
    let state = objects::one(asked, &Target(scope), "wado-uri").await?;
    Ok(Some(presentation::read(asked, &state).await?))
}
