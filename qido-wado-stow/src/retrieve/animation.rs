//! Multi-frame images as animated GIF, streamed: one frame is rendered, encoded and sent after the other.

use archive::render::Cine;
use archive::retrieve::Content;
use archive::{Archive, Error, RenderRequest, StoredInstance};
use bytes::Bytes;
use codec::GifWriter;
use futures_util::{StreamExt, stream};

/// Shortest time that browsers show a frame, in hundredths of a second. They take what is shorter for ten.
const SHORTEST: f64 = 2.0;

/// Longest side that GIF can say, in pixels.
pub(super) const LONGEST_SIDE: u32 = 0xffff;

/// The animation of these frames. The first is rendered before it begins, so that its failure has a status of its own.
pub(super) async fn animation(
    archive: Archive,
    instance: StoredInstance,
    frames: Vec<u32>,
    request: RenderRequest,
) -> Result<Content, Error> {
    let cine = archive.cine(&instance).await?;
    let mut frames = frames.into_iter();
    let first = frames.next().ok_or_else(|| Error::BadRequest("an animation has at least one frame".into()))?;
    let picture = archive.render(&instance, &RenderRequest { frame: first, ..request.clone() }).await?;
    if picture.width.max(picture.height) > LONGEST_SIDE {
        return Err(Error::NotAcceptable("the picture is larger than GIF can hold: give a viewport".into()));
    }
    let writer = GifWriter::new(picture.width, picture.height, picture.channels, true).map_err(failure)?;
    let (writer, start) = encoded(writer, picture, hundredths(cine.duration(first))).await?;
    let animation = Animation { archive, instance, frames, request, cine, writer: Some(writer) };
    let rest = stream::try_unfold(animation, |mut animation| async move {
        Ok(animation.next().await?.map(|bytes| (bytes, animation)))
    });
    Ok(stream::iter([Ok(start)]).chain(rest).boxed())
}

struct Animation {
    archive: Archive,
    instance: StoredInstance,
    frames: std::vec::IntoIter<u32>,
    request: RenderRequest,
    cine: Cine,
    /// Gone when the end is written.
    writer: Option<GifWriter>,
}

impl Animation {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let Some(frame) = self.frames.next() else {
            return writer.finish().map(|end| Some(end.into())).map_err(failure);
        };
        let picture = self.archive.render(&self.instance, &RenderRequest { frame, ..self.request.clone() }).await?;
        let (writer, bytes) = encoded(writer, picture, hundredths(self.cine.duration(frame))).await?;
        self.writer = Some(writer);
        Ok(Some(bytes))
    }
}

/// Milliseconds as GIF says them.
pub(super) fn hundredths(milliseconds: f64) -> u16 {
    (milliseconds / 10.0).round().clamp(SHORTEST, f64::from(u16::MAX)) as u16
}

/// Choosing colours takes time: it is done where it blocks nobody.
pub(super) async fn encoded(
    mut writer: GifWriter,
    picture: compute::Picture,
    hundredths: u16,
) -> Result<(GifWriter, Bytes), Error> {
    let work = actix_web::web::block(move || {
        let bytes = writer.frame(&picture.samples, hundredths)?;
        Ok((writer, Bytes::from(bytes)))
    });
    work.await
        .map_err(|error| Error::Internal("a frame was not encoded".into(), Some(Box::new(error))))?
        .map_err(failure)
}

pub(super) fn failure(error: codec::CodecError) -> Error {
    Error::Internal("a GIF was not written".into(), Some(Box::new(error)))
}
