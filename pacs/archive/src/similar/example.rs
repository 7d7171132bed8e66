//! What is to be looked like, as it is compared.

use compute::similar::distance::Rectangle;
use compute::similar::frame;
use compute::similar::{Grey, Pyramid, Query, TOP, gradient};

use super::picture::{self, Made, Room};
use super::{Example, Profile, SeenAs, SimilarRequest, copies};
use crate::render::Seen;
use crate::{Archive, Error, archive};

/// What is looked for.
pub(super) struct Wanted {
    pub(super) by: By,
    /// The image and frame that is the example itself.
    pub(super) own: Option<(i64, u32)>,
}

pub(super) enum By {
    Pixels(Box<Query>),
    Gradients(Box<[u8; gradient::LENGTH]>),
}

impl Wanted {
    /// Whether a picture is the example itself.
    pub(super) fn is_own(&self, instance_key: i64, frame: u32, seen_as: SeenAs) -> bool {
        !matches!(seen_as, SeenAs::Projection(_)) && self.own == Some((instance_key, frame))
    }
}

/// Reads the example. What was kept of a stored image is enough, unless a part of it is wanted.
pub(super) async fn wanted(archive: &Archive, request: &SimilarRequest) -> Result<Wanted, Error> {
    let own = match &request.example {
        Example::Stored { instance, frame } => Some((instance.key, *frame)),
        Example::Sent(_) => None,
    };
    let by = match (kept(archive, request).await?, &request.example) {
        (Some(by), _) => by,
        (None, Example::Stored { instance, frame }) => {
            let (seen, _, room) = picture::stored(archive, instance, Some(*frame)).await?;
            made(seen, room, request).await?
        }
        (None, Example::Sent(object)) => {
            let (seen, room) = picture::sent(archive, object.clone()).await?;
            made(seen, room, request).await?
        }
    };
    let by = match by {
        By::Pixels(query) => By::Pixels(Box::new(refined(*query, request))),
        by @ By::Gradients(_) => by,
    };
    Ok(Wanted { by, own })
}

/// What was kept of a stored example.
async fn kept(archive: &Archive, request: &SimilarRequest) -> Result<Option<By>, Error> {
    let Example::Stored { instance, frame } = &request.example else { return Ok(None) };
    if request.part.is_some() {
        return Ok(None);
    }
    let (archive, instance, frame, profile) = (archive.clone(), instance.clone(), *frame, request.profile);
    archive::blocking(move || {
        let store = archive.0.descriptors.read();
        let Some(store) = store.as_ref() else { return Ok(None) };
        let own = store.places(instance.key).map(|place| (place as usize, store.origin(place as usize)));
        let own = own.filter(|(_, origin)| !matches!(origin.seen_as, SeenAs::Projection(_)) && origin.frame == frame);
        let Some((place, origin)) = own.into_iter().next() else { return Ok(None) };
        if profile == Profile::Gradients {
            return Ok(Some(By::Gradients(Box::new(store.gradient(place)))));
        }
        let copy = copies::read(&archive.0.node, (&origin.path, origin.seen_as), &store.largest(place), TOP);
        let pyramid = copy.ok().and_then(|copy| Pyramid::from_top(copy.cells));
        Ok(pyramid.map(|pyramid| By::Pixels(Box::new(Query::new(pyramid, 0)))))
    })
    .await
}

async fn made(seen: Seen, room: Room, request: &SimilarRequest) -> Result<By, Error> {
    let (profile, part) = (request.profile, request.part);
    archive::blocking(move || {
        let _held = room;
        let made = Made::of(&seen)?;
        if profile == Profile::Gradients {
            let gradient = made.gradient.try_into();
            let gradient = gradient.map_err(|_| Error::Internal("a gradient of another length".into(), None))?;
            return Ok(By::Gradients(Box::new(gradient)));
        }
        let query = Query::new(made.pyramid, 0);
        Ok(By::Pixels(Box::new(match part {
            Some(part) => query.inside(rectangle(&picture::grey(&seen)?, part)?),
            None => query,
        })))
    })
    .await
}

/// The cells of 256 that a part of the picture, as it is displayed, covers.
fn rectangle(grey: &Grey, [left, top, right, bottom]: [f64; 4]) -> Result<Rectangle, Error> {
    let inside = [left, top, right, bottom].iter().all(|share| (0.0..=1.0).contains(share));
    if !inside || left >= right || top >= bottom {
        return Err(Error::BadRequest(format!(
            "the part {left},{top},{right},{bottom} is none: left, top, right and bottom lie between 0 and 1, left before \
             right and top before bottom"
        )));
    }
    let field = frame::within(grey);
    let share =
        |share: f64, size: usize, from: f64, to: f64| ((share * size as f64 - from) / (to - from)).clamp(0.0, 1.0);
    let columns = [left, right].map(|place| share(place, grey.width(), field.left, field.right));
    let rows = [top, bottom].map(|place| share(place, grey.height(), field.top, field.bottom));
    Pyramid::rectangle(columns, rows).ok_or_else(|| {
        Error::BadRequest("the part lies in the frame around what the picture shows: choose one within".into())
    })
}

fn refined(mut query: Query, request: &SimilarRequest) -> Query {
    if request.mirrored {
        query = query.or_mirrored();
    }
    if let Some(least) = request.least_score {
        query = query.scoring(least);
    }
    query
}
