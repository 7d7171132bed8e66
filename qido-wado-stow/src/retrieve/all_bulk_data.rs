//! All bulk data of a Study, Series or Instance in one answer, a part for each value (PS3.18 §10.4.1.1.5), and all its
//! Pixel Data (§10.4.1.1.6). Which values there are is known from the metadata.

use std::collections::HashMap;
use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use archive::retrieve::MetadataPiece;
use archive::{Archive, Error, StoredInstance};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use super::bulk_data::{OCTETS, PIXEL_DATA};
use super::frames::{self, Choice};
use super::respond::send;
use super::transfer::Offer;
use crate::address::Address;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::transfer_syntax::is_native;
use crate::{Failure, warning};

/// Pixel Data and its kin of floating-point samples.
const PIXELS: [&str; 3] = [PIXEL_DATA, "7FE00008", "7FE00009"];

/// Retrieve every bulk value.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    answer(asked, target, "bulkdata", |_| true).await
}

/// Retrieve all Pixel Data.
pub(crate) async fn pixel_data(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    answer(asked, target, "pixeldata", |path| PIXELS.contains(&path)).await
}

async fn answer(
    asked: Asked,
    target: Target,
    resource: &'static str,
    wanted: fn(&str) -> bool,
) -> Result<HttpResponse, Failure> {
    let metadata = asked.archive.metadata_for(&asked.actor, &target.0, resource).await?;
    let sources = Sources::choose(&asked, metadata.instances()).await?;
    if sources.given.is_empty() {
        let withheld = warning::left_out_words(metadata.left_out());
        return Err(withheld.map_or_else(nothing_acceptable, Failure::NotAcceptable));
    }
    let validators = Validators::of_instances(metadata.instances(), &sources.name(resource));
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let is_whole = sources.left_out == 0 && metadata.left_out().is_empty();
    let status = if is_whole { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let mut response = validators.add_to(HttpResponse::build(status));
    if sources.left_out > 0 {
        let words = format!("the bulk data of {} instances are not available in an acceptable form", sources.left_out);
        warning::add(&mut response, &asked.address, &words);
    }
    warning::add_left_out(&mut response, &asked.address, metadata.left_out());
    let (archive, address) = (asked.archive.clone(), asked.address.clone());
    let sources = Rc::new(sources);
    let values = metadata.pieces().map_ok(move |pieces| values(pieces, &sources, wanted)).try_flatten();
    let parts = values.map_ok(move |value| value.part(archive.clone().into_inner(), address.clone())).try_buffered(2);
    // The first value is opened before the answer begins, so that its failure has a status of its own.
    let mut parts = Box::pin(parts);
    let nothing = || Failure::NotFound(format!("there are no {resource} in what was asked for"));
    let first = parts.next().await.ok_or_else(nothing)??;
    let frame = Multipart::new();
    let root_type = first.head.content_type.split(';').next().unwrap_or(OCTETS).to_owned();
    response.content_type(frame.content_type(&root_type));
    Ok(send(&asked.request, response, None, frame.write(stream::iter([Ok(first)]).chain(parts))))
}

/// The instances whose bulk data are given, and in which form their encapsulated frames.
struct Sources {
    given: HashMap<String, (Rc<StoredInstance>, Option<Choice>)>,
    left_out: usize,
}

impl Sources {
    /// Values are octets, which must be acceptable; encapsulated Pixel Data are frames, which have media types.
    async fn choose<'a>(asked: &Asked, instances: impl Iterator<Item = &'a StoredInstance>) -> Result<Self, Failure> {
        let octets = asked.accept.choose(|range| match (range.essence.as_str(), range.root_type().as_deref()) {
            ("multipart/related", Some(OCTETS | "*/*" | "application/*") | None) | ("multipart/*" | "*/*", _) => {
                Some(())
            }
            _ => None,
        });
        let (mut given, mut left_out) = (HashMap::new(), 0);
        for instance in instances {
            let is_encapsulated = !is_native(&instance.transfer_syntax) && instance.frame_count > 0;
            let choice = match is_encapsulated {
                true => frames::choose(asked, instance, usize::MAX, &mut Offer::default()).await?,
                false => None,
            };
            match (is_encapsulated, choice, octets) {
                (true, None, _) | (false, _, None) => left_out += 1,
                (_, choice, _) => drop(given.insert(instance.instance.clone(), (Rc::new(instance.clone()), choice))),
            }
        }
        Ok(Self { given, left_out })
    }

    /// Tells this representation from others of the same instances.
    fn name(&self, resource: &str) -> String {
        let mut choices: Vec<_> = self.given.iter().map(|(uid, (_, choice))| format!("{uid} {choice:?}")).collect();
        choices.sort_unstable();
        format!("{resource} {}", choices.join(" "))
    }
}

/// One part of the answer.
struct Value {
    instance: Rc<StoredInstance>,
    place: Place,
}

/// A value by its path, or a frame by its number.
enum Place {
    Path(String),
    Frame(u32, Choice),
}

/// The wanted values of some metadata, in order: each is made when its turn comes.
fn values(
    pieces: Vec<MetadataPiece>,
    sources: &Rc<Sources>,
    wanted: fn(&str) -> bool,
) -> impl Stream<Item = Result<Value, Error>> + use<> {
    let sources = sources.clone();
    stream::iter(pieces.into_iter().flat_map(move |piece| {
        let source = sources.given.get(&piece.of.instance).cloned();
        let paths = piece.of.bulk_data_paths().filter(|path| source.is_some() && wanted(path));
        let paths: Vec<String> = paths.map(str::to_owned).collect();
        let all = |(instance, choice)| paths.into_iter().flat_map(move |path| places(path, &instance, choice));
        source.map(all).into_iter().flatten().map(Ok)
    }))
}

/// A value, or the frames that it consists of.
fn places(path: String, instance: &Rc<StoredInstance>, choice: Option<Choice>) -> impl Iterator<Item = Value> + use<> {
    let instance = instance.clone();
    let choice = choice.filter(|_| path == PIXEL_DATA && !is_native(&instance.transfer_syntax));
    let frames = choice.map(|choice| (1..=instance.frame_count).map(move |number| Place::Frame(number, choice)));
    let value = choice.is_none().then_some(Place::Path(path));
    let places = value.into_iter().chain(frames.into_iter().flatten());
    places.map(move |place| Value { instance: instance.clone(), place })
}

impl Value {
    async fn part(self, archive: std::sync::Arc<Archive>, address: Address) -> Result<Part, Error> {
        let Value { instance, place } = self;
        let owner = address.instance(&instance.study, &instance.series, &instance.instance);
        let (body, content_type, location) = match place {
            Place::Path(path) => {
                let body = archive.bulk_data(&instance, &path).await?;
                (body, OCTETS.to_owned(), format!("{owner}/bulkdata/{path}"))
            }
            Place::Frame(number, choice) => {
                let body = archive.frame(&instance, number, choice.encoding).await?;
                let content_type = choice.content_type(&body.transfer_syntax);
                (body, content_type, format!("{owner}/frames/{number}"))
            }
        };
        Ok(Part { head: PartHead { content_type, location }, content: body.content })
    }
}

fn nothing_acceptable() -> Failure {
    Failure::NotAcceptable(
        "bulk data are available as multipart/related; type=\"application/octet-stream\", compressed Pixel Data also by \
         the media type of its frames"
            .into(),
    )
}
