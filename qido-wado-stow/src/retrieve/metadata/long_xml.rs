//! Long metadata as an XML document that is made while it is sent.

use actix_web::web;
use archive::Error;
use archive::retrieve::{LongMetadata, MetadataPiece};
use bytes::{Bytes, BytesMut};
use data_set::model::{Told, XmlPieces};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{append, bulk_data_base, head, write};
use crate::address::Address;
use crate::multipart::Part;

/// The document of one instance. Its text was gone through once when this is there: what cannot be read has a status.
pub(super) async fn part(long: LongMetadata, address: Address) -> Result<Part, Error> {
    let mut told = Told::default();
    let mut pieces = long.pieces();
    while let Some(piece) = pieces.try_next().await? {
        told.push(&piece.of.json).map_err(|error| unreadable(&error))?;
    }
    let xml = told.end().map_err(|error| unreadable(&error))?;
    let (head, base) = (head(long.of(), &address), bulk_data_base(&address, long.of()));
    let content = stream::try_unfold((long.pieces(), xml, base), |(mut pieces, xml, base)| async move {
        let Some(piece) = pieces.try_next().await? else {
            return xml.end().map(|()| None).map_err(|error| unreadable(&error.reason));
        };
        let (document, xml, base) = written(piece, xml, base).await?;
        Ok(Some((document, (pieces, xml, base))))
    });
    Ok(Part { head, content: content.boxed() })
}

/// What a piece of the text makes of the document, on a thread that may take its time.
async fn written(piece: MetadataPiece, mut xml: XmlPieces, base: String) -> Result<(Bytes, XmlPieces, String), Error> {
    let made = web::block(move || {
        let mut json = BytesMut::with_capacity(piece.of.json.len() + 512);
        match piece.is_first {
            true => write(&mut json, &piece.of, &base),
            false => append(&mut json, &piece.of.json, &base),
        }
        xml.push(&json).map(|document| (document.into(), xml, base))
    });
    let made = made.await.map_err(|error| Error::Internal("a task ended early".into(), Some(error.into())))?;
    made.map_err(|error| unreadable(&error.reason))
}

fn unreadable(reason: &dyn std::fmt::Display) -> Error {
    Error::NotAcceptable(format!("XML cannot be made of a data set: {reason}"))
}
