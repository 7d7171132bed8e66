//! Long metadata as an XML document that is made while it is sent.

use actix_web::web;
use archive::Error;
use archive::retrieve::{LongMetadata, MetadataPiece};
use bytes::{Bytes, BytesMut};
use data_set::model::{Told, XmlPieces};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::available::Available;
use super::{bulk_data_base, head, write};
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
    let writing = Writing { xml, available: Available::default(), base };
    let content = stream::try_unfold((long.pieces(), writing), |(mut pieces, writing)| async move {
        match pieces.try_next().await? {
            Some(piece) => {
                let (document, writing) = writing.next(piece).await?;
                Ok(Some((document, (pieces, writing))))
            }
            None => writing.xml.end().map(|()| None).map_err(|error| unreadable(&error.reason)),
        }
    });
    Ok(Part { head, content: content.boxed() })
}

/// A document on its way out.
struct Writing {
    xml: XmlPieces,
    available: Available,
    base: String,
}

impl Writing {
    /// What a piece of the text makes of the document, on a thread that may take its time.
    async fn next(mut self, piece: MetadataPiece) -> Result<(Bytes, Self), Error> {
        let made = web::block(move || {
            let mut json = BytesMut::with_capacity(piece.of.json.len() + 512);
            write(&mut json, &piece.of, &mut self.available, &self.base);
            self.xml.push(&json).map(|document| (Bytes::from(document), self))
        });
        let made = made.await.map_err(|error| Error::Internal("a task ended early".into(), Some(error.into())))?;
        made.map_err(|error| unreadable(&error.reason))
    }
}

fn unreadable(reason: &dyn std::fmt::Display) -> Error {
    Error::NotAcceptable(format!("XML cannot be made of a data set: {reason}"))
}
