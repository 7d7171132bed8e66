//! Rendered MPR and Rendered 3D (PS3.18 §10.4.1.1.7, §10.4.1.1.8): pictures and animations of a Study, Series or Instance, or
//! of some of its frames.

use std::sync::Arc;

use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::volume::{Admission, Animation, Motion, Reformat, View};
use archive::{Archive, StoredInstance};
use bytes::Bytes;
use compute::volume::Plane;
use futures_util::stream;

use super::parameters::Wanted;
use super::plane::VERSION;
use super::response_module::response_module;
use super::sequence::{Frames, Seen};
use super::stated::Input;
use crate::accept::Accept;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::model::{Holds, Model};
use crate::multipart::Multipart;
use crate::retrieve::frame_list;
use crate::retrieve::profile::Profile;
use crate::retrieve::rendering::Picture;
use crate::retrieve::respond::send;
use crate::target::Target;
use crate::{Failure, warning};

/// How pictures come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One picture.
    Still(Picture),
    /// All frames in one GIF.
    Animation,
    /// Each frame, or the one picture, as a part.
    Parts(Picture),
}

/// The same, let in where it is sent as it is drawn.
enum Sent {
    Still(Picture),
    Animation(Admission),
    Parts(Admission, Picture),
}

/// Retrieve a Rendered MPR Volume.
pub(crate) async fn mpr(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    rendered(asked, target, Reformat::Mpr, "renderedmpr").await
}

/// Retrieve a Rendered 3D Volume.
pub(crate) async fn three_d(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    rendered(asked, target, Reformat::ThreeD, "rendered3d").await
}

async fn rendered(
    asked: Asked,
    target: Target,
    reformat: Reformat,
    resource: &'static str,
) -> Result<HttpResponse, Failure> {
    let mut wanted = Wanted::read(&asked.query, reformat)?;
    let instances = asked.archive.slices(&asked.actor, &target.0, resource).await?.to_vec();
    let instances = match target.0.series {
        Some(_) => instances,
        None => asked.archive.volume_of_study(instances, &wanted.choice).await?,
    };
    wanted.of_frames(&asked, &instances)?;
    let Input { instances, stated, others, sequence } = wanted.stated(&asked, &target, instances, resource).await?;
    if wanted.metadata && wanted.view.state.is_some() {
        let words =
            "renderedvolumetricmetadata is of images: a Volumetric Presentation State says itself how it is drawn";
        return Err(Failure::BadRequest(words.into()));
    }
    if wanted.metadata {
        return metadata(asked, instances, stated, wanted, resource).await;
    }
    let form = Form::choose(&asked.accept, wanted.view.animation.is_some())?;
    if wanted.rendering.profile != Profile::No && (form == Form::Animation || form == Form::Still(Picture::Gif)) {
        return Err(Failure::BadRequest("image/gif holds no ICC profile: ask for iccprofile=no".into()));
    }
    let site = asked.archive.volume_site().await?;
    let form_and_all = format!("{VERSION} {site} {resource} {form:?} {wanted:?}");
    let validators = Validators::of_instances(instances.iter().chain(&stated), &form_and_all);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let sent = form.admitted(&asked.archive).await?;
    if let Some(sequence) = &sequence {
        asked.archive.check_sequence(sequence, &wanted.view).await?;
    }
    let state = wanted.view.state.as_deref();
    let composing = asked.archive.composing(state, (&instances, &wanted.choice), &others).await?;
    let seen = asked.archive.volume_around(&instances, &wanted.choice, |stack| wanted.view.alone(stack)).await?;
    let seen = asked.archive.cropped(seen, state).await?;
    let mut view = asked.archive.view(&seen, &wanted.view).await?;
    view.composed = asked.archive.composed(state, &seen, &others).await?;
    drop(composing);
    let archive = asked.archive.get_ref().clone();
    let of = match (&wanted.view.animation, sequence) {
        (_, Some(sequence)) => {
            // There may be room for those of one frame only.
            drop(seen);
            view.composed = None;
            Seen::Sequence(Arc::new((sequence, wanted.view.clone())))
        }
        (Some(Animation { motion: Motion::Phases, .. }), None) => {
            let phases = seen.stack.phases(&wanted.choice);
            // There may be room for one phase only, and the first to be shown is another.
            drop(seen);
            Seen::Phases(Arc::new((instances, phases)))
        }
        _ => Seen::One(seen),
    };
    let view = Arc::new(view);
    let frames = Frames { archive, of, view, state: wanted.view.state.clone(), rendering: wanted.rendering.clone() };
    let mut response = validators.add_to(HttpResponse::Ok());
    if let Some(values) = &wanted.rendering.unknown {
        let words = format!("The following annotation values are not supported: {values}");
        warning::add(&mut response, &asked.address, &words);
    }
    answer(&asked, response, frames, sent, &wanted).await
}

async fn answer(
    asked: &Asked,
    mut response: HttpResponseBuilder,
    frames: Frames,
    sent: Sent,
    wanted: &Wanted,
) -> Result<HttpResponse, Failure> {
    match sent {
        Sent::Still(picture) => {
            let bytes = frames.picture(0, picture).await?;
            response.content_type(picture.media_type());
            let length = bytes.len() as u64;
            Ok(send(&asked.request, response, Some(length), stream::iter([Ok::<Bytes, archive::Error>(bytes)])))
        }
        Sent::Animation(admitted) => {
            let content = frames.gif(admitted, &wanted.view).await?;
            response.content_type(Picture::Gif.media_type());
            Ok(send(&asked.request, response, None, content))
        }
        Sent::Parts(admitted, picture) => {
            let first = admitted.within(frames.picture(0, picture)).await?;
            let multipart = Multipart::new();
            response.content_type(multipart.content_type(picture.media_type()));
            let location = asked.address.origin().to_owned() + &asked.request.uri().to_string();
            let parts = frames.parts(admitted, first, picture, location);
            Ok(send(&asked.request, response, None, multipart.write(parts)))
        }
    }
}

impl Wanted {
    /// The frames that the path names, where it names some, are the slices.
    fn of_frames(&mut self, asked: &Asked, instances: &[StoredInstance]) -> Result<(), Failure> {
        let Some(list) = asked.request.match_info().get("frames") else { return Ok(()) };
        if !self.choice.references.is_empty() {
            return Err(Failure::BadRequest("volumeinputreference goes with a path that names no frames".into()));
        }
        let mut frames = frame_list::read(list, instances.first().map_or(0, |instance| instance.frame_count))?;
        self.choice.refer(list)?;
        frames.sort_unstable();
        frames.dedup();
        match frames.len() {
            // Alone it would be taken for the whole volume that it is of.
            1 => Err(Failure::Unprocessable("the path names one frame: a volume has two slices or more".into())),
            _ => Ok(()),
        }
    }
}

/// Where the first picture of a view lies.
pub(super) fn first_plane(view: &View) -> Result<Plane, Failure> {
    view.planes.first().copied().ok_or_else(|| Failure::BadRequest("there is nothing to see".into()))
}

/// What would be drawn (PS3.18 §8.3.5.3.13).
async fn metadata(
    asked: Asked,
    instances: Vec<StoredInstance>,
    stated: Vec<StoredInstance>,
    wanted: Wanted,
    resource: &'static str,
) -> Result<HttpResponse, Failure> {
    let model = Model::choose(&asked.accept, Holds::One)?;
    let form = format!("{VERSION} {resource} {model:?} {wanted:?}");
    let validators = Validators::of_instances(instances.iter().chain(&stated), &form);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let seen = asked.archive.volume(&instances, &wanted.choice).await?;
    let seen = asked.archive.cropped(seen, wanted.view.state.as_deref()).await?;
    let view = asked.archive.view(&seen, &wanted.view).await?;
    model.one(validators.add_to(HttpResponse::Ok()), response_module(&wanted.view, &view)).await
}

impl Form {
    async fn admitted(self, archive: &Archive) -> Result<Sent, Failure> {
        Ok(match self {
            Self::Still(picture) => Sent::Still(picture),
            Self::Animation => Sent::Animation(archive.admit_animation().await?),
            Self::Parts(picture) => Sent::Parts(archive.admit_animation().await?, picture),
        })
    }

    /// The first acceptable one.
    fn choose(accept: &Accept, is_moving: bool) -> Result<Self, Failure> {
        let picture = |wanted: &str| Picture::of(wanted).filter(|picture| *picture != Picture::Gif);
        let chosen = accept.choose(|range| match (range.essence.as_str(), range.root_type()) {
            ("multipart/related", Some(of)) => picture(&of).map(Self::Parts),
            ("multipart/related" | "multipart/*", None) => Some(Self::Parts(Picture::Jpeg)),
            ("image/gif" | "image/*" | "*/*", _) if is_moving => Some(Self::Animation),
            (of, _) if !is_moving => Picture::of(of).map(Self::Still),
            _ => None,
        });
        let words = match is_moving {
            true => "animations are available as image/gif, and as image/jpeg or image/png in multipart/related",
            false => "pictures are available as image/jpeg, image/png and image/gif",
        };
        chosen.ok_or_else(|| Failure::NotAcceptable(words.into()))
    }
}
