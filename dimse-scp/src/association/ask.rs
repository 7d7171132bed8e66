//! Our own requests to the peer, and its responses: the sub-operations of C-GET, event reports.

use std::fmt::Display;

use bytes::Bytes;
use futures_util::future::join;
use futures_util::{FutureExt, Stream, StreamExt};

use super::{Association, unexpected};
use crate::message::{Message, Request, command_field};
use crate::upper_layer::{Context, End};

impl Association {
    /// Sends a request without a data set; gives its Message ID, by which [`response`](Self::response) knows the answer.
    pub(crate) async fn request(&mut self, context: &Context, request: &Request) -> Result<u16, End> {
        let id = self.next_id(request);
        self.pdata.send(context.id, true, &request.encode(id), true).await?;
        self.pdata.flush().await?;
        Ok(id)
    }

    /// Sends a request with a data set, the pieces of which are sent as they come: encoded in the transfer syntax of
    /// the context, of any length, all of even length but the last. Those that are there already go out together, with
    /// the request in front of them; for others nothing waits.
    ///
    /// # Errors
    /// A data set that breaks off cannot be taken back, and ends the association.
    pub(crate) async fn request_with<E: Display>(
        &mut self,
        context: &Context,
        request: &Request,
        data_set: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<u16, End> {
        let mut pieces = std::pin::pin!(data_set);
        let id = self.next_id(request);
        self.pdata.send(context.id, true, &request.encode_with_data_set(id), true).await?;
        let mut piece = pieces.next().await.transpose().map_err(broken_off)?.unwrap_or_default();
        loop {
            let next = match pieces.next().now_or_never() {
                Some(next) => next,
                // Both go on: what makes the next piece may hold what others wait for.
                None => {
                    let (flushed, next) = join(self.pdata.flush(), pieces.next()).await;
                    flushed?;
                    next
                }
            };
            let next = next.transpose().map_err(broken_off)?;
            self.pdata.send_piece(context.id, piece, next.is_none()).await?;
            match next {
                Some(next) => piece = next,
                None => break,
            }
        }
        self.pdata.flush().await?;
        Ok(id)
    }

    /// Longest fragment of a data set that the peer takes, in bytes.
    pub(crate) fn longest_fragment(&self) -> usize {
        self.pdata.room() as usize
    }

    /// The response to our last request, which has this Message ID. A C-CANCEL that comes before it is kept for
    /// [`is_cancelled`](Self::is_cancelled), the response to an event report for [`receive`](Self::receive).
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
                field if (message.id, field & !command_field::RESPONSE) == (id, self.asked.1) => {
                    return Ok(self.begin(message));
                }
                _ if self.put_by(message).is_none() => {}
                _ => return Err(unexpected("a response to nothing")),
            }
        }
    }

    /// Message IDs tell the requests of one side apart (PS3.7 §9.3).
    fn next_id(&mut self, request: &Request) -> u16 {
        let id = self.asked.0.checked_add(1).unwrap_or(1);
        self.asked = (id, request.field());
        id
    }
}

fn broken_off(error: impl Display) -> End {
    tracing::warn!(%error, "a data set on its way to a peer broke off");
    End::Failed("a data set broke off")
}
