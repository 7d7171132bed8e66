//! P-DATA-TF PDUs (PS3.8 §9.3.5, Annex E): message fragments out of the stream as their bytes arrive, and into it.
//!
//! A presentation data value is handed on in pieces while it is read; neither it nor its PDU is ever collected.

use std::io;

use bytes::Bytes;

use super::{AbortReason, End};
use crate::connection::Connection;

/// PDU types that may come within an association.
const P_DATA: u8 = 4;
const RELEASE_REQUEST: u8 = 5;
const ABORT: u8 = 7;
/// Item length, presentation context ID and message control header of a PDV.
const VALUE_HEADER: u32 = 6;
/// Message control header bits: a command fragment (data set otherwise), and the last one of it.
const COMMAND: u8 = 1;
const LAST: u8 = 2;
/// Largest PDU that we send to a peer that sets no limit.
const LARGEST_SENT: u32 = 256 * 1024;
/// Values from this length on, in bytes, are worth a read of their own.
const LONG: u32 = 64 * 1024;

/// What the peer says next.
#[derive(Debug)]
pub(crate) enum Event {
    /// Part of a message.
    Fragment(Fragment),
    /// A-RELEASE-RQ.
    Release,
}

/// Part of a message: a presentation data value, or a piece of one.
#[derive(Debug)]
pub(crate) struct Fragment {
    /// Presentation context ID.
    pub(crate) context_id: u8,
    /// Of the command set, not the data set.
    pub(crate) command: bool,
    /// The command set or data set ends with these bytes.
    pub(crate) last: bool,
    /// The bytes; may be none.
    pub(crate) bytes: Bytes,
    /// How many bytes were put where they belong instead (see [`PData::next`]).
    pub(crate) placed: usize,
}

/// Where in the stream of PDUs we are.
enum Position {
    /// Before a PDU.
    Pdu,
    /// Before a PDV; so many bytes of the PDU are left.
    Value(u32),
    /// In a PDV.
    Within(Value),
}

#[derive(Clone, Copy)]
struct Value {
    context_id: u8,
    control: u8,
    /// Bytes of the value to come.
    left: u32,
    /// Whether there were so many that it is worth a read of its own.
    long: bool,
    /// Bytes of the PDU to come after the value.
    after: u32,
}

/// A connection after negotiation.
pub(crate) struct PData {
    connection: Connection,
    position: Position,
    /// Largest PDU the peer may send.
    max_received: u32,
    /// Largest PDU the peer takes.
    max_sent: u32,
}

impl PData {
    /// `max_sent` is the peer's Maximum Length as it said it, 0 for none.
    pub(crate) fn new(connection: Connection, max_received: u32, max_sent: u32) -> Self {
        let max_sent = if max_sent == 0 { LARGEST_SENT } else { max_sent.min(LARGEST_SENT) };
        Self { connection, position: Position::Pdu, max_received, max_sent }
    }

    /// The connection, for the last words.
    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    /// The same, waited for by the runtime of whoever asks from now on.
    ///
    /// # Errors
    /// As with the transport.
    pub(crate) fn here(self) -> io::Result<Self> {
        Ok(Self { connection: self.connection.here()?, ..self })
    }

    /// The connection, to wait for the peer.
    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The next event; bytes of a long value of a data set are put into `room`, if there is some. Cancel-safe: nothing read
    /// is lost.
    pub(crate) async fn next(&mut self, room: &mut [u8]) -> Result<Event, End> {
        loop {
            match self.position {
                Position::Pdu => {
                    if let Some(event) = self.pdu().await? {
                        return Ok(event);
                    }
                }
                Position::Value(0) => self.position = Position::Pdu,
                Position::Value(left) => self.value(left).await?,
                Position::Within(value) => {
                    if let Some(fragment) = self.piece(value, room).await? {
                        return Ok(Event::Fragment(fragment));
                    }
                }
            }
        }
    }

    /// Reads a PDU's header.
    async fn pdu(&mut self) -> Result<Option<Event>, End> {
        let [kind, _, length @ ..] = self.connection.take_array::<6>().await?;
        let length = u32::from_be_bytes(length);
        match kind {
            P_DATA if length > self.max_received => invalid("a PDU longer than agreed on"),
            P_DATA if length < VALUE_HEADER => invalid("a P-DATA-TF PDU without a value"),
            P_DATA => {
                self.position = Position::Value(length);
                Ok(None)
            }
            RELEASE_REQUEST if length == 4 => Ok(Some(Event::Release)),
            RELEASE_REQUEST => invalid("an A-RELEASE-RQ of the wrong length"),
            ABORT => Err(End::Aborted),
            other => Err(End::Protocol(reason_for_type(other), "a PDU that does not belong here")),
        }
    }

    /// Reads a PDV's header; `left` bytes of the PDU are to come.
    async fn value(&mut self, left: u32) -> Result<(), End> {
        if left < VALUE_HEADER {
            return invalid("a PDU that ends within the header of a value");
        }
        let [a, b, c, d, context_id, control] = self.connection.take_array::<6>().await?;
        let length = u32::from_be_bytes([a, b, c, d]);
        if length < 2 || length > left - 4 {
            return invalid("a value that is longer than its PDU, or has no header");
        }
        let after = left - 4 - length;
        self.position = Position::Within(Value { context_id, control, left: length - 2, long: length >= LONG, after });
        Ok(())
    }

    /// Reads what there is of a PDV. None when it is empty and not the last.
    async fn piece(&mut self, mut value: Value, room: &mut [u8]) -> Result<Option<Fragment>, End> {
        let command = value.control & COMMAND != 0;
        let (mut bytes, mut placed) = (Bytes::new(), 0);
        match value.left as usize {
            0 => {}
            left if value.long && !command && !room.is_empty() => {
                placed = self.connection.take_into(left, room).await?
            }
            left => bytes = self.connection.take_some(left).await?,
        }
        value.left -= u32::try_from(bytes.len() + placed).expect("no more bytes than were asked for");
        let complete = value.left == 0;
        self.position = if complete { Position::Value(value.after) } else { Position::Within(value) };
        let last = complete && value.control & LAST != 0;
        if bytes.is_empty() && placed == 0 && !last {
            return Ok(None);
        }
        Ok(Some(Fragment { context_id: value.context_id, command, last, bytes, placed }))
    }

    /// Sends part of a command set or data set, in as many PDUs as the peer's limit makes of it; `last` says that it ends
    /// with these bytes. Little of it waits for more to be written with it, until [`flush`](Self::flush).
    pub(crate) async fn send(&mut self, context_id: u8, command: bool, bytes: &[u8], last: bool) -> Result<(), End> {
        let room = self.room() as usize;
        let mut rest = bytes;
        loop {
            let (fragment, after) = rest.split_at(rest.len().min(room));
            let length = u32::try_from(fragment.len()).expect("a fragment that fits in a PDU");
            let last = if last && after.is_empty() { LAST } else { 0 };
            self.head(context_id, last | u8::from(command), length);
            self.connection.put(fragment);
            if self.connection.is_full() {
                self.connection.flush().await?;
            }
            rest = after;
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// The same for a piece of a data set: what is long is written from where it lies, without a copy of ours.
    pub(crate) async fn send_piece(&mut self, context_id: u8, mut piece: Bytes, last: bool) -> Result<(), End> {
        let room = self.room() as usize;
        loop {
            let fragment = piece.split_to(piece.len().min(room));
            let length = u32::try_from(fragment.len()).expect("a fragment that fits in a PDU");
            self.head(context_id, if last && piece.is_empty() { LAST } else { 0 }, length);
            self.connection.put_piece(fragment);
            if self.connection.is_full() {
                self.connection.flush().await?;
            }
            if piece.is_empty() {
                return Ok(());
            }
        }
    }

    /// Longest fragment of a message that the peer takes in a PDU; of even length (PS3.8 §E.1).
    pub(crate) fn room(&self) -> u32 {
        (self.max_sent - VALUE_HEADER) & !1
    }

    /// The headers of a PDU with one presentation data value, of so many bytes.
    fn head(&mut self, context_id: u8, control: u8, length: u32) {
        self.connection.put(&[P_DATA, 0]);
        self.connection.put(&(length + VALUE_HEADER).to_be_bytes());
        self.connection.put(&(length + 2).to_be_bytes());
        self.connection.put(&[context_id, control]);
    }

    /// Writes what waits.
    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        self.connection.flush().await
    }
}

/// Whether anything can be sent to a peer with this Maximum Length: a PDV header and two bytes fit.
pub(crate) fn smallest_usable(max_length: u32) -> bool {
    max_length == 0 || max_length >= VALUE_HEADER + 2
}

/// The A-ABORT reason for a PDU that cannot come now (PS3.8 §9.2.3, AA-1 and AA-8).
pub(crate) fn reason_for_type(kind: u8) -> AbortReason {
    if (1..=7).contains(&kind) { AbortReason::UnexpectedPdu } else { AbortReason::UnrecognizedPdu }
}

fn invalid<T>(what: &'static str) -> Result<T, End> {
    Err(End::Protocol(AbortReason::InvalidPduParameter, what))
}

#[cfg(test)]
mod tests;
