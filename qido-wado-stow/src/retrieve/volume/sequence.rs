//! Frames of a moving view: drawn, encoded and sent one after the other, as animated GIF or as parts.

use std::sync::Arc;

use archive::retrieve::Content;
use archive::volume::{Admission, Choice, Motion, Sequence, SeriesVolume, View, ViewRequest, VolumetricState};
use archive::{Archive, Error, StoredInstance};
use bytes::Bytes;
use codec::GifWriter;
use futures_util::{StreamExt, stream};

use crate::Failure;
use crate::multipart::{Part, PartHead};
use crate::retrieve::animation;
use crate::retrieve::rendering::{self, Picture, Rendering};

/// What draws the frames of a view.
#[derive(Clone)]
pub(super) struct Frames {
    pub archive: Archive,
    pub of: Seen,
    pub view: Arc<View>,
    pub state: Option<Arc<VolumetricState>>,
    pub rendering: Rendering,
}

/// What is seen in the frames.
#[derive(Clone)]
pub(super) enum Seen {
    /// One volume in all.
    One(Arc<SeriesVolume>),
    /// In each another phase of a series. They are not held, because there may be room for one only.
    Phases(Arc<(Vec<StoredInstance>, Vec<Choice>)>),
    /// In each another state, or other inputs of one, looked at so. They are not held either.
    Sequence(Arc<(Sequence, ViewRequest)>),
}

impl Frames {
    fn count(&self) -> usize {
        match &self.of {
            Seen::Sequence(of) => of.0.count(),
            _ => self.view.planes.len(),
        }
    }

    /// One frame.
    async fn drawn(&self, frame: usize) -> Result<compute::Picture, Error> {
        let archive = &self.archive;
        let (seen, view, place) = match &self.of {
            Seen::One(seen) => (seen.clone(), self.view.clone(), frame),
            Seen::Phases(phases) => {
                let (instances, choices) = &**phases;
                let choice = choices.get(frame).ok_or_else(|| Error::NotFound(format!("phase {frame}")))?;
                let seen = archive.volume(instances, choice).await?;
                (archive.cropped(seen, self.state.as_deref()).await?, self.view.clone(), frame)
            }
            Seen::Sequence(of) => {
                let (seen, view) = archive.shown((&of.0, frame), &of.1, &self.view).await?;
                (seen, Arc::new(view), 0)
            }
        };
        archive.draw(&seen, &view, place).await
    }

    /// One frame, encoded.
    pub async fn picture(&self, frame: usize, form: Picture) -> Result<Bytes, Failure> {
        let drawn = self.drawn(frame).await?;
        let rendering = self.rendering.clone();
        self.archive.encode(move || rendering::encode(drawn, form, &rendering, None)).await?
    }

    /// All frames as parts; the first is made already.
    pub fn parts(
        self,
        admitted: Admission,
        first: Bytes,
        form: Picture,
        location: String,
    ) -> impl futures_util::Stream<Item = Result<Part, Error>> + 'static {
        let head = PartHead { content_type: form.media_type().into(), location };
        let part = move |bytes: Bytes| Part { head: head.clone(), content: stream::iter([Ok(bytes)]).boxed() };
        let count = self.count();
        let state = (self, Arc::new(admitted));
        // One after the other: of several, those that are not awaited would keep their turns while a client does not read.
        let rest = stream::iter(1..count).then(move |frame| {
            let (frames, admitted) = state.clone();
            async move { admitted.within(frames.picture(frame, form)).await.map_err(archive_error) }
        });
        stream::iter([Ok(first)]).chain(rest).map(move |bytes| bytes.map(&part))
    }

    /// All frames as an animated GIF. A swivel that does not go all around goes there and back.
    pub async fn gif(self, admitted: Admission, request: &ViewRequest) -> Result<Content, Failure> {
        let first = admitted.within(self.drawn(0)).await?;
        if first.width.max(first.height) > animation::LONGEST_SIDE {
            return Err(Failure::NotAcceptable("the picture is larger than GIF can hold: give a viewport".into()));
        }
        let count = self.count();
        let is_swinging = request
            .animation
            .as_ref()
            .is_some_and(|animation| matches!(animation.motion, Motion::Swivel(range) if range < 360.0));
        let back = if is_swinging { (1..count.saturating_sub(1)).rev() } else { (0..0).rev() };
        let order: Vec<usize> = (1..count).chain(back).collect();
        let rate = self.view.steps.as_ref().map_or(1.0, |steps| steps.rate);
        let hundredths = animation::hundredths(1000.0 / rate);
        let writer = GifWriter::new(first.width, first.height, first.channels, true).map_err(animation::failure)?;
        let (writer, start) = animation::encoded(writer, first, hundredths).await?;
        let state = ((self, admitted), order.into_iter(), Some(writer));
        let rest = stream::try_unfold(state, move |((frames, admitted), mut order, writer)| async move {
            let Some(writer) = writer else { return Ok(None) };
            let Some(frame) = order.next() else {
                let end = writer.finish().map_err(animation::failure)?;
                return Ok(Some((Bytes::from(end), ((frames, admitted), order, None))));
            };
            let drawn = admitted.within(frames.drawn(frame)).await?;
            let (writer, bytes) = animation::encoded(writer, drawn, hundredths).await?;
            Ok(Some((bytes, ((frames, admitted), order, Some(writer)))))
        });
        Ok(stream::iter([Ok(start)]).chain(rest).boxed())
    }
}

/// A failure within an answer breaks it off; the words of what is no failure of the archive's are kept.
fn archive_error(failure: Failure) -> Error {
    match failure {
        Failure::Archive(error) => error,
        other => Error::NotAcceptable(other.to_string()),
    }
}
