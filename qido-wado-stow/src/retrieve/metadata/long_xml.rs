//! Long metadata as an XML document that is made while it is sent.

use actix_web::web;
use archive::Error;
use archive::retrieve::{LongMetadata, MetadataPiece};
use bytes::{Bytes, BytesMut};
use data_set::model::{ModelError, Told, XmlPieces};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::available::Available;
use super::{bulk_data_base, head, write};
use crate::address::Address;
use crate::multipart::Part;

/// The document of one instance. Its text was gone through once when this is there, and every element of it read: what cannot
/// be read has a status.
pub(super) async fn part(long: LongMetadata, address: Address) -> Result<Part, Error> {
    let (head, base) = (head(long.of(), &address), bulk_data_base(&address, long.of()));
    let mut reading = Pass { of: Told::default(), available: Available::default(), base: base.clone() };
    let mut pieces = long.pieces();
    while let Some(piece) = pieces.try_next().await? {
        reading = reading.next(piece, Told::push).await?.1;
    }
    let xml = reading.of.end().map_err(|error| unreadable(&error.reason))?;
    let writing = Pass { of: xml, available: Available::default(), base };
    let content = stream::try_unfold((long.pieces(), writing), |(mut pieces, writing)| async move {
        match pieces.try_next().await? {
            Some(piece) => {
                let (document, writing) = writing.next(piece, XmlPieces::push).await?;
                Ok(Some((Bytes::from(document), (pieces, writing))))
            }
            None => writing.of.end().map(|()| None).map_err(|error| unreadable(&error.reason)),
        }
    });
    Ok(Part { head, content: content.boxed() })
}

/// What goes through the text, and what is put into that.
struct Pass<T> {
    of: T,
    available: Available,
    base: String,
}

impl<T: Send + 'static> Pass<T> {
    /// What `take` makes of the next piece of the text, on a thread that may take its time.
    async fn next<R: Send + 'static>(
        mut self,
        piece: MetadataPiece,
        take: fn(&mut T, &[u8]) -> Result<R, ModelError>,
    ) -> Result<(R, Self), Error> {
        let made = web::block(move || {
            let mut json = BytesMut::with_capacity(piece.of.json.len() + 512);
            write(&mut json, &piece.of, &mut self.available, &self.base);
            take(&mut self.of, &json).map(|made| (made, self))
        });
        let made = made.await.map_err(|error| Error::Internal("a task ended early".into(), Some(error.into())))?;
        made.map_err(|error| unreadable(&error.reason))
    }
}

fn unreadable(reason: &dyn std::fmt::Display) -> Error {
    Error::NotAcceptable(format!("XML cannot be made of a data set: {reason}"))
}
