//! Our own requests to the peer, and its responses: the sub-operations of C-GET, event reports.

use std::fmt::Display;

use archive::retrieve::StoredBytes;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use super::{Association, unexpected};
use crate::message::{Message, Request, command_field};
use crate::upper_layer::{Context, End};

/// How many bytes of a file are looked at together, whether they are in memory.
const LOOKED_AT: u64 = 128 << 10;

impl Association {
    /// Sends a request without a data set; gives its Message ID, by which [`response`](Self::response) knows the answer.
    pub(crate) async fn request(&mut self, context: &Context, request: &Request) -> Result<u16, End> {
        let id = self.next_id(request);
        self.pdata.send(context.id, true, &request.encode(id), true).await?;
        self.pdata.flush().await?;
        Ok(id)
    }

    /// Sends a request with a data set, the first piece of which is there and the others are sent as they come: encoded in
    /// the transfer syntax of the context, of any length. Memory holds two pieces.
    ///
    /// # Errors
    /// A data set that breaks off cannot be taken back, and ends the association.
    pub(crate) async fn request_with<E: Display>(
        &mut self,
        context: &Context,
        request: &Request,
        first: Bytes,
        others: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<u16, End> {
        let mut others = std::pin::pin!(others);
        let mut piece = first;
        let id = self.next_id(request);
        self.pdata.send(context.id, true, &request.encode_with_data_set(id), true).await?;
        loop {
            let next = others.next().await.transpose().map_err(broken_off)?;
            self.pdata.send(context.id, false, &piece, next.is_none()).await?;
            match next {
                Some(next) => piece = next,
                None => break,
            }
        }
        self.pdata.flush().await?;
        Ok(id)
    }

    /// Sends a request with a data set that is stored. Over a connection without TLS the kernel sends the file itself.
    ///
    /// # Errors
    /// As with [`request_with`](Self::request_with).
    pub(crate) async fn request_with_stored(
        &mut self,
        context: &Context,
        request: &Request,
        stored: StoredBytes,
    ) -> Result<u16, End> {
        if !self.pdata.takes_files() {
            let mut pieces = stored.content();
            let first = pieces.next().await.transpose().map_err(broken_off)?.unwrap_or_default();
            return self.request_with(context, request, first, pieces).await;
        }
        let id = self.next_id(request);
        self.pdata.send(context.id, true, &request.encode_with_data_set(id), true).await?;
        let (room, length) = (u64::from(self.pdata.room()), stored.length());
        let (mut at, mut at_hand) = (0, 0);
        self.pdata.join_packets(true);
        while at < length {
            let part = at..length.min(at + room);
            let is_last = part.end == length;
            if at_hand < part.end && stored.is_at_hand(at..part.end.max(at + LOOKED_AT)) {
                at_hand = part.end.max(at + LOOKED_AT);
            }
            at = part.end;
            if at <= at_hand {
                self.pdata.send_file(context.id, stored.file(), stored.within_file(part), is_last).await?;
            } else {
                let bytes = stored.read(part).await.map_err(broken_off)?;
                self.pdata.send(context.id, false, &bytes, is_last).await?;
            }
        }
        self.pdata.flush().await?;
        self.pdata.join_packets(false);
        Ok(id)
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
