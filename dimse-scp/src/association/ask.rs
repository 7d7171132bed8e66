//! Our own requests to the peer, and its responses: the sub-operations of C-GET, event reports.

use std::fmt::Display;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::{Association, unexpected};
use crate::message::{Message, Request, command_field};
use crate::upper_layer::{Context, End};

impl Association {
    /// Sends a request without a data set; gives its Message ID, by which [`response`](Self::response) knows the answer.
    pub(crate) async fn request(&mut self, context: &Context, request: &Request) -> Result<u16, End> {
        let id = self.next_id();
        self.pdata.send(context.id, true, &request.encode(id), true).await?;
        self.pdata.flush().await?;
        Ok(id)
    }

    /// Sends a request with a data set as its pieces come: encoded in the transfer syntax of the context, of any length.
    /// Memory holds two pieces.
    ///
    /// # Errors
    /// The inner one is of a data set that did not even begin: nothing was sent. One that breaks off later cannot be taken
    /// back, and ends the association.
    pub(crate) async fn request_with<E: Display>(
        &mut self,
        context: &Context,
        request: &Request,
        data_set: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Result<u16, E>, End> {
        let mut pieces = std::pin::pin!(data_set);
        let mut piece = match pieces.next().await.transpose() {
            Ok(piece) => piece.unwrap_or_default(),
            Err(error) => return Ok(Err(error)),
        };
        let id = self.next_id();
        self.pdata.send(context.id, true, &request.encode_with_data_set(id), true).await?;
        loop {
            let next = pieces.next().await.transpose().map_err(|error| {
                tracing::warn!(%error, "a data set on its way to a peer broke off");
                End::Failed("a data set broke off")
            })?;
            self.pdata.send(context.id, false, &piece, next.is_none()).await?;
            match next {
                Some(next) => piece = next,
                None => break,
            }
        }
        self.pdata.flush().await?;
        Ok(Ok(id))
    }

    /// The response to our request with this Message ID. A C-CANCEL that comes before it is kept for
    /// [`is_cancelled`](Self::is_cancelled).
    pub(crate) async fn response(&mut self, id: u16) -> Result<Message, End> {
        loop {
            let message = match self.waiting {
                Some(_) => return Err(unexpected("a request where a response is due")),
                None => self.command_within(self.idle).await?,
            };
            match message.field {
                command_field::C_CANCEL_RQ => self.cancelled = Some(message.id),
                field if field & command_field::RESPONSE == 0 => {
                    return Err(unexpected("a request where a response is due"));
                }
                _ if message.id == id => return Ok(self.begin(message)),
                _ => return Err(unexpected("a response to nothing")),
            }
        }
    }

    /// Message IDs tell the requests of one side apart (PS3.7 §9.3).
    fn next_id(&mut self) -> u16 {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.last_id
    }
}
