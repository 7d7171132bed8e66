//! Rendered Studies, Series, Instances and frames (PS3.18 §10.4.1.1.3): pictures, loops, videos, documents and reports.

use std::ops::Range;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use archive::StoredInstance;
use archive::render::{PresentationState, is_presentation_state};
use archive::retrieve::{Body, Encoding};
use futures_util::{StreamExt, stream};

use super::animation::animation;
use super::form::{self, Form, Packing};
use super::profile::Profile;
use super::rendering::Rendering;
use super::respond::send;
use super::{frame_list, metadata, objects, presentation, range, report};
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::model::to_xml;
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::{Failure, warning};

/// One thing to be rendered.
#[derive(Clone)]
pub(super) struct Subject {
    pub instance: StoredInstance,
    /// The frame, from 1; the one that stands for the instance, or all of an animation, when `None`.
    pub frame: Option<u32>,
    /// Applied to the frame.
    pub presentation: Option<Arc<PresentationState>>,
    /// URL of the rendering.
    pub location: String,
    /// What it can be rendered as.
    pub forms: Vec<Form>,
}

/// Retrieve a rendered Study, Series or Instance.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let rendering = Rendering::read(&asked.query)?;
    let mut instances = asked.archive.instances_seen(&asked.actor, &target.0, "rendered").await?;
    if target.0.instance.is_some() && instances.len() == 1 && is_presentation_state(&instances[0].sop_class) {
        let state = instances.remove(0);
        let (subjects, missing) = presentation::subjects(&asked, &state).await?;
        return answer(asked, rendering, subjects, missing).await;
    }
    let subjects = instances
        .into_iter()
        .map(|instance| Subject {
            location: format!("{}/rendered", location(&asked, &instance)),
            forms: Form::of_instance(&instance),
            frame: None,
            presentation: None,
            instance,
        })
        .collect();
    answer(asked, rendering, subjects, 0).await
}

/// Retrieve rendered frames.
pub(crate) async fn retrieve_frames(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let rendering = Rendering::read(&asked.query)?;
    let instance = objects::one(&asked, &target, "rendered").await?;
    if instance.frame_count == 0 {
        return Err(Failure::NotAcceptable("the instance has no pixel data to render".into()));
    }
    let frames = frame_list::read(asked.request.match_info().query("frames"), instance.frame_count)?;
    let base = location(&asked, &instance);
    let subject = |frame: u32| Subject {
        instance: instance.clone(),
        frame: Some(frame),
        presentation: None,
        location: format!("{base}/frames/{frame}/rendered"),
        forms: Form::of_frame(),
    };
    answer(asked, rendering, frames.into_iter().map(subject).collect(), 0).await
}

fn location(asked: &Asked, instance: &StoredInstance) -> String {
    asked.address.instance(&instance.study, &instance.series, &instance.instance)
}

/// Subjects in their forms; `missing` counts what was to be rendered and is not here.
pub(super) async fn answer(
    asked: Asked,
    rendering: Rendering,
    subjects: Vec<Subject>,
    missing: usize,
) -> Result<HttpResponse, Failure> {
    let forms: Vec<Vec<Form>> = subjects.iter().map(|subject| subject.forms.clone()).collect();
    let is_state = subjects.iter().any(|subject| subject.presentation.is_some());
    // The first picture of a presentation state stands for all when only one is acceptable.
    let first_only = || form::choose(&asked.accept, forms.get(..1).filter(|_| is_state)?);
    let choice = form::choose(&asked.accept, &forms).or_else(first_only);
    let (packing, chosen) = choice.ok_or_else(|| nothing_acceptable(&forms))?;
    let is_gif = |form: &Option<Form>| form.is_some_and(|form| form.media_type() == "image/gif");
    if rendering.profile != Profile::No && chosen.iter().any(is_gif) {
        return Err(Failure::BadRequest(
            "image/gif holds no ICC profile: ask for iccprofile=no or another type".into(),
        ));
    }
    let count = subjects.len();
    let members: Vec<(Subject, Form)> =
        subjects.into_iter().zip(chosen).filter_map(|(subject, form)| Some((subject, form?))).collect();
    let form = format!("{packing:?} {rendering:?} {:?}", members.iter().map(name).collect::<Vec<_>>());
    let validators = Validators::of_instances(members.iter().map(|(subject, _)| &subject.instance), &form);
    let is_stored = packing == Packing::Single && members.iter().all(|(_, form)| form.is_stored());
    let validators = if is_stored { validators.strong() } else { validators };
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let renderer = Renderer { archive: asked.archive.get_ref().clone(), rendering, address: asked.address.clone() };
    let mut left_out = missing + if packing == Packing::Single { 0 } else { count - members.len() };
    let mut members = members.into_iter();
    // The first is rendered before the answer begins: alone its failure has a status of its own, among others it is left
    // out.
    let mut failure = None;
    let (member, first) = loop {
        let Some(member) = members.next() else {
            return Err(failure.unwrap_or_else(|| nothing_acceptable(&forms)));
        };
        match renderer.render(&member.0, member.1).await {
            Ok(first) => break (member, first),
            Err(error) if error.status_code().is_server_error() => return Err(error),
            Err(error) => failure = failure.or(Some(error)),
        }
        left_out += 1;
    };
    let status = if left_out == 0 { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let mut response = validators.add_to(HttpResponse::build(status));
    warn(&asked, &mut response, left_out, renderer.rendering.unknown.as_deref());
    if packing == Packing::Single {
        response.content_type(member.1.content_type());
        guard(&mut response, member.1);
        if is_stored {
            let part = async |range| renderer.part(&member.0.instance, member.1, range).await;
            return range::send(&asked.request, response, &validators, first, part).await;
        }
        return Ok(send(&asked.request, response, first.length, first.content));
    }
    Ok(multipart(asked, renderer, response, (member, first), members))
}

/// Tells one rendering from another.
fn name((subject, form): &(Subject, Form)) -> String {
    let state = subject.presentation.as_ref().map(|state| state.name());
    format!("{:?} {form:?} {state:?}", subject.frame)
}

/// Parts rendered one after the other as they are sent, the next while the one before is on its way.
fn multipart(
    asked: Asked,
    renderer: Renderer,
    mut response: HttpResponseBuilder,
    ((subject, form), first): ((Subject, Form), Body),
    rest: impl Iterator<Item = (Subject, Form)> + 'static,
) -> HttpResponse {
    let frame = Multipart::new();
    response.content_type(frame.content_type(form.media_type()));
    let head = |subject: &Subject, form: Form| PartHead {
        content_type: form.content_type(),
        location: subject.location.clone(),
    };
    let first = Part { head: head(&subject, form), content: first.content };
    let rest = rest.map(move |(subject, form)| {
        let renderer = renderer.clone();
        async move {
            match renderer.render(&subject, form).await {
                Ok(rendered) => Ok(Part { head: head(&subject, form), content: rendered.content }),
                Err(failure) => problem(failure, subject.location),
            }
        }
    });
    let parts = stream::iter([Ok(first)]).chain(stream::iter(rest).buffered(2));
    send(&asked.request, response, None, frame.write(parts))
}

/// What is stored broken is told in its place (RFC 9457), so that the others arrive; a failure of ours breaks the answer off.
fn problem(failure: Failure, location: String) -> Result<Part, archive::Error> {
    let status = failure.status_code();
    match failure {
        Failure::Archive(error) if status.is_server_error() => Err(error),
        failure => {
            let words = serde_json::json!({ "status": status.as_u16(), "detail": failure.to_string() }).to_string();
            let head = PartHead { content_type: "application/problem+json".into(), location };
            Ok(Part { head, content: stream::iter([Ok(words.into())]).boxed() })
        }
    }
}

/// Warnings (PS3.18 §10.4.1.2): what is not among the parts, what of the request was not done.
fn warn(asked: &Asked, response: &mut HttpResponseBuilder, left_out: usize, unknown: Option<&str>) {
    if left_out > 0 {
        let words = format!("{left_out} instances or frames cannot be rendered in an acceptable media type");
        warning::add(response, &asked.address, &words);
    }
    if let Some(values) = unknown {
        let words = format!("The following annotation values are not supported: {values}");
        warning::add(response, &asked.address, &words);
    }
}

/// Reports and documents were made by strangers: nothing of them runs in the name of this server. Browsers show PDF in a
/// viewer of their own, which a sandbox would forbid.
fn guard(response: &mut HttpResponseBuilder, form: Form) {
    response.insert_header(("X-Content-Type-Options", "nosniff"));
    match form {
        Form::Html => {
            let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups";
            response.insert_header(("Content-Security-Policy", policy));
        }
        Form::Xml => {
            response.insert_header(("Content-Security-Policy", "default-src 'none'; sandbox"));
        }
        Form::Document(media_type) if media_type != "application/pdf" => {
            response.insert_header(("Content-Security-Policy", "default-src 'none'; sandbox"));
        }
        _ => {}
    }
}

fn nothing_acceptable(forms: &[Vec<Form>]) -> Failure {
    let mut types: Vec<&str> = forms.iter().flatten().map(|form| form.media_type()).collect();
    types.sort_unstable();
    types.dedup();
    Failure::NotAcceptable(match types[..] {
        [] => "there is no rendering of objects of this kind".into(),
        _ => format!(
            "renderings are available as {}; several at once in multipart/related with one of these types",
            types.join(", ")
        ),
    })
}

/// What renders one subject after the other.
#[derive(Clone)]
struct Renderer {
    archive: archive::Archive,
    rendering: Rendering,
    address: crate::address::Address,
}

impl Renderer {
    async fn render(&self, subject: &Subject, form: Form) -> Result<Body, Failure> {
        let instance = &subject.instance;
        match form {
            Form::Still(picture) => {
                let frame = match subject.frame {
                    Some(frame) => frame,
                    None => self.archive.representative_frame(instance).await?.unwrap_or(1),
                };
                let rendering = self.rendering.with_presentation(subject.presentation.clone());
                Ok(whole(rendering.picture(&self.archive, instance, frame, picture).await?))
            }
            Form::Animation => {
                let (frames, request) = ((1..=instance.frame_count).collect(), self.rendering.request.clone());
                let content = animation(self.archive.clone(), instance.clone(), frames, request).await?;
                Ok(Body { length: None, content, transfer_syntax: String::new() })
            }
            // A video is one frame that holds all fragments (PS3.5 §8.2.5).
            Form::Video(_) => Ok(self.archive.frame(instance, 1, Encoding::Stored).await?),
            Form::Document(_) => Ok(self.archive.document(instance).await?),
            Form::Html => Ok(whole(report::page(&self.archive.report(instance).await?, &self.address))),
            Form::Plain => Ok(whole(report::plain(&self.archive.report(instance).await?))),
            Form::Xml => Ok(whole(self.xml(instance).await?)),
        }
    }
}

impl Renderer {
    /// Bytes of what is stored as it is rendered.
    async fn part(&self, instance: &StoredInstance, form: Form, range: Range<u64>) -> Result<Body, archive::Error> {
        match form {
            Form::Document(_) => self.archive.document_range(instance, range).await,
            _ => self.archive.frame_range(instance, 1, Encoding::Stored, range).await,
        }
    }

    /// A report in the Native DICOM Model (PS3.19 §A.1): its metadata, and what else it says.
    async fn xml(&self, instance: &StoredInstance) -> Result<bytes::Bytes, Failure> {
        let json = self.archive.report_model(instance).await?;
        let owner = self.address.instance(&instance.study, &instance.series, &instance.instance);
        let mut whole = bytes::BytesMut::with_capacity(json.len());
        metadata::append(&mut whole, &json, &format!("{owner}/bulkdata/"));
        Ok(to_xml(vec![whole.to_vec()]).await?.concat().into())
    }
}

fn whole(bytes: impl Into<bytes::Bytes>) -> Body {
    let bytes = bytes.into();
    let length = Some(bytes.len() as u64);
    Body { length, content: stream::iter([Ok(bytes)]).boxed(), transfer_syntax: String::new() }
}
