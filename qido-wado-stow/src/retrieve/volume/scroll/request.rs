//! A message: what is to be seen, in the names of the query parameters; and the frame that answers it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::{ResponseError, web};
use archive::volume::{Choice, Reformat, SeriesVolume, Stack};
use archive::{Actor, Archive, Error, Scope};
use bytes::Bytes;
use compute::volume::{Interpolation, Plane};
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use serde_json::{Map, Value, json};

use super::super::numbers::{Form, Rows, drawn};
use super::super::plane::{COPIES, Wanted};
use super::super::sequence::{Frames, Seen};
use super::super::{parameters, rendered};
use crate::Failure;
use crate::asked::Asked;
use crate::query::Query;
use crate::retrieve::rendering::Picture;

/// An answer to a message.
pub(super) enum Reply {
    /// Length of a JSON text in four bytes, the lowest first; the text; the picture.
    Frame(Bytes),
    /// A JSON text that says why there is none.
    Refused(String),
}

/// Why a volume was not loaded: shared by all who wait for it.
type Refusal = Rc<Failure>;
type Loading = Shared<LocalBoxFuture<'static, Result<Arc<SeriesVolume>, Refusal>>>;
/// The plane that is seen, where what is on it is all that the picture is made of.
type Alone = Result<Option<(Plane, Interpolation)>, Error>;

/// What is scrolled through.
pub(super) struct Drawing {
    archive: web::Data<Archive>,
    actor: Actor,
    scope: Scope,
    /// The volume that is being loaded: who scrolls on before it is there does not begin to load it anew.
    loading: RefCell<Option<(Choice, Loading)>>,
}

impl Drawing {
    pub(super) fn new(asked: &Asked, scope: Scope) -> Rc<Self> {
        let (archive, actor) = (asked.archive.clone(), asked.actor.clone());
        Rc::new(Self { archive, actor, scope, loading: RefCell::new(None) })
    }

    /// Gives up what an older message began to load: what nobody asks on with would keep its turn and its room for ever,
    /// and whoever else wants that volume waiting.
    pub(super) fn stop_loading(&self) {
        drop(self.loading.take());
    }

    /// Draws what a message asks.
    pub(super) fn reply(self: Rc<Self>, text: String) -> LocalBoxFuture<'static, Reply> {
        async move {
            let (id, query) = match read(&text) {
                Ok(read) => read,
                Err(failure) => return refused(&Value::Null, &failure),
            };
            match self.frame(&query).await {
                Ok((plane, picture, bytes)) => framed(&id, &plane, picture, &bytes),
                Err(failure) => refused(&id, &failure),
            }
        }
        .boxed_local()
    }

    async fn frame(&self, query: &Query) -> Result<(Plane, Picture, Bytes), Refusal> {
        let picture = match query.one("format")? {
            None | Some("jpeg") => Picture::Jpeg,
            Some("png") => Picture::Png,
            Some(_) => return Err(Failure::BadRequest("format must be jpeg or png".into()).into()),
        };
        let (plane, bytes) = match query.one("view")? {
            None | Some("slice") => self.measured(Wanted::slice(query)?, picture).await?,
            Some("projection") => self.measured(Wanted::projection(query)?, picture).await?,
            Some("renderedmpr") => self.rendered(query, Reformat::Mpr, picture).await?,
            Some("rendered3d") => self.rendered(query, Reformat::ThreeD, picture).await?,
            Some(_) => {
                let words = "view must be slice, projection, renderedmpr or rendered3d";
                return Err(Failure::BadRequest(words.into()).into());
            }
        };
        Ok((plane, picture, bytes))
    }

    async fn measured(&self, wanted: Wanted, picture: Picture) -> Result<(Plane, Bytes), Refusal> {
        let wanted = Rc::new(wanted);
        let of_plane = wanted.clone();
        let alone = move |stack: &Stack| of_plane.alone(stack, Form::Picture(picture));
        let seen = self.volume(&wanted.choice, alone).await?;
        let measure = wanted.measure(&seen, true).await?;
        let plane = measure.plane;
        let room = self.archive.answer_room(plane.pixels() * COPIES * size_of::<f32>()).await.map_err(Failure::from)?;
        let values = self.archive.measure(&seen, measure).await.map_err(Failure::from)?;
        let rows = Rows { seen, size: (plane.width, plane.height), values, room };
        Ok((plane, drawn(&self.archive, &wanted.rendering, rows, picture).await?))
    }

    async fn rendered(&self, query: &Query, reformat: Reformat, picture: Picture) -> Result<(Plane, Bytes), Refusal> {
        let wanted = parameters::Wanted::read(query, reformat)?;
        if wanted.view.animation.is_some() || wanted.metadata {
            return Err(Failure::BadRequest("a message asks for one picture: nothing moves in it".into()).into());
        }
        let of_view = wanted.view.clone();
        let seen = self.volume(&wanted.choice, move |stack: &Stack| of_view.alone(stack)).await?;
        let view = Arc::new(self.archive.view(&seen, &wanted.view).await.map_err(Failure::from)?);
        let plane = rendered::first_plane(&view)?;
        let archive = self.archive.get_ref().clone();
        let frames = Frames { archive, of: Seen::One(seen), view, state: None, rendering: wanted.rendering };
        Ok((plane, frames.picture(0, picture).await?))
    }

    /// The volume, of the slices that are there now; of one that nobody loads yet, first the slices around the plane that is
    /// all that is seen.
    async fn volume(
        &self,
        choice: &Choice,
        alone: impl FnOnce(&Stack) -> Alone + 'static,
    ) -> Result<Arc<SeriesVolume>, Refusal> {
        let known = self.loading.borrow().as_ref().filter(|(known, _)| known == choice).map(|(_, load)| load.clone());
        let is_of_older = known.is_some();
        let loading = known.unwrap_or_else(|| self.load(choice, alone));
        let volume = self.loaded(choice, loading).await?;
        // Its slices are around another plane. The others are on their way.
        if is_of_older && volume.is_part() {
            drop(volume);
            return self.loaded(choice, self.load(choice, |_| Ok(None))).await;
        }
        Ok(volume)
    }

    fn load(&self, choice: &Choice, alone: impl FnOnce(&Stack) -> Alone + 'static) -> Loading {
        let (archive, actor, scope) = (self.archive.clone(), self.actor.clone(), self.scope.clone());
        let choice = choice.clone();
        // What is wrong with a plane is told to who asked for it, not to who waits for the same volume.
        let alone = move |stack: &Stack| Ok(alone(stack).unwrap_or_default());
        async move {
            let instances = archive.slices_still(&actor, &scope, "scroll").await;
            let volume = match instances {
                Ok(instances) => archive.volume_around(&instances, &choice, alone).await,
                Err(error) => Err(error),
            };
            volume.map_err(|error: Error| Rc::new(error.into()))
        }
        .boxed_local()
        .shared()
    }

    /// What is loaded, and goes on being loaded for the next message when a newer one takes the place of this.
    async fn loaded(&self, choice: &Choice, loading: Loading) -> Result<Arc<SeriesVolume>, Refusal> {
        *self.loading.borrow_mut() = Some((choice.clone(), loading.clone()));
        let volume = loading.await;
        // Not held any longer than it is drawn, so that others have its room.
        self.loading.borrow_mut().take();
        volume
    }
}

/// `id` and the query parameters that a message has as members: texts, numbers, `true`, or lists of numbers.
fn read(text: &str) -> Result<(Value, Query), Failure> {
    let words = |what: &str| Failure::BadRequest(format!("a message is a JSON object of query parameters: {what}"));
    let mut members: Map<String, Value> = serde_json::from_str(text).map_err(|error| words(&error.to_string()))?;
    let id = members.remove("id").unwrap_or_default();
    if !(id.is_null() || id.is_number() || id.is_string()) {
        return Err(words("id is no number and no text"));
    }
    let single = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let pairs = members.into_iter().map(|(name, value)| {
        let text = match &value {
            Value::Array(values) => {
                values.iter().map(single).collect::<Option<Vec<_>>>().map(|values| values.join(","))
            }
            value => single(value),
        };
        let text = text.ok_or_else(|| words(&format!("{name} is none")))?;
        Ok((name, text))
    });
    Ok((id, Query::of(pairs.collect::<Result<_, Failure>>()?)))
}

fn framed(id: &Value, plane: &Plane, picture: Picture, bytes: &[u8]) -> Reply {
    let length = |way: [f64; 3]| way.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (across, down) = (length(plane.across), length(plane.down));
    let cosines = plane.across.map(|x| x / across + 0.0).into_iter().chain(plane.down.map(|x| x / down + 0.0));
    let head = json!({
        "id": id,
        "type": picture.media_type(),
        "columns": plane.width,
        "rows": plane.height,
        "spacing": [down, across],
        "position": plane.corner.map(|x| x + 0.0),
        "orientation": cosines.collect::<Vec<_>>(),
    });
    let head = head.to_string();
    Reply::Frame([&(head.len() as u32).to_le_bytes(), head.as_bytes(), bytes].concat().into())
}

fn refused(id: &Value, failure: &Failure) -> Reply {
    let status = failure.status_code();
    if status.is_server_error() {
        tracing::warn!(error = crate::error::chain(failure), "a frame was not drawn");
    }
    let words = if status == 500 { "the server failed".to_owned() } else { failure.to_string() };
    Reply::Refused(json!({ "id": id, "status": status.as_u16(), "error": words }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_query_parameters() {
        let (id, query) = read(r#"{"id":7,"normal":[0,0,1],"slab":2.5,"format":"png"}"#).unwrap();
        assert_eq!(id, 7);
        let value = |name: &str| query.one(name).unwrap().map(str::to_owned);
        assert_eq!(value("normal").as_deref(), Some("0,0,1"));
        assert_eq!(value("slab").as_deref(), Some("2.5"));
        for bad in ["", "[]", "{", r#"{"normal":{}}"#, r#"{"id":[1]}"#, r#"{"normal":[[1]]}"#, "null"] {
            assert!(matches!(read(bad), Err(Failure::BadRequest(_))), "{bad}");
        }
    }
}
