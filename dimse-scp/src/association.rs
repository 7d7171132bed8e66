//! An established association: messages both ways. What services see of the network.
//!
//! The peer's messages are received here, with their data sets in pieces; `answer` has our responses, `ask` our own
//! requests and the responses to them, `cancel` listens for a C-CANCEL while a long answer is being given, `release` ends
//! associations that we asked for, `rights` changes what the peer may do.

mod answer;
mod ask;
mod cancel;
mod data_set;
mod release;
mod rights;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use archive::{Actor, AeTitle, Uid};
use bytes::Bytes;
use dicom_ul::pdu::write_pdu;

pub(crate) use data_set::Unreadable;

use crate::message::command_set::{NO_DATA_SET, element};
use crate::message::{CommandSet, Message, command_field};
use crate::upper_layer::{AbortReason, Context, Contexts, End, Event, Fragment, PData};

/// Largest command set; real ones have a few hundred bytes.
const LARGEST_COMMAND: usize = 64 * 1024;

/// Who is at the other end.
pub(crate) struct Peer {
    /// Calling AE title.
    pub(crate) calling: AeTitle,
    /// Our AE title, whatever the peer called us.
    pub(crate) called: AeTitle,
    /// What the peer may do.
    pub(crate) actor: Actor,
}

/// Part of the data set of the message being answered.
pub(crate) enum Piece<T> {
    /// The next bytes, or how many they are.
    Bytes(T),
    /// There are no more.
    End,
    /// The peer began its next message before this one was complete.
    Missing,
}

/// An association after negotiation.
pub(crate) struct Association {
    pdata: PData,
    contexts: Contexts,
    peer: Peer,
    idle: Duration,
    /// The command set being read: its context, and its bytes so far.
    command: Option<(Arc<Context>, Vec<u8>)>,
    /// The context of the data set that is still to come, or not read to its end.
    expected: Option<u8>,
    /// A fragment that was read too early.
    early: Option<Fragment>,
    /// A message that was read too early, but for its data set.
    waiting: Option<Message>,
    /// Responses to our event reports that came while something else was being answered; their data sets are of no use.
    early_reports: VecDeque<Message>,
    /// The message that the peer's last C-CANCEL was about.
    cancelled: Option<u16>,
    /// Message ID and Command Field of our last request.
    asked: (u16, u16),
    /// Transactions that the peer is to be told of.
    owed: Vec<Uid>,
    /// Our event reports that the peer has not answered, with the transactions that they are of.
    reports: BTreeMap<u16, Uid>,
}

impl Association {
    /// `idle` is the longest silence between messages.
    pub(crate) fn new(pdata: PData, contexts: Contexts, peer: Peer, idle: Duration) -> Self {
        Self {
            pdata,
            contexts,
            peer,
            idle,
            command: None,
            expected: None,
            early: None,
            waiting: None,
            early_reports: VecDeque::new(),
            cancelled: None,
            asked: (0, 0),
            owed: Vec::new(),
            reports: BTreeMap::new(),
        }
    }

    /// The same, waited for by the runtime of whoever asks from now on (over TLS, by the one where it began).
    ///
    /// # Errors
    /// The operating system's, for which it is over.
    pub(crate) fn here(self) -> io::Result<Self> {
        Ok(Self { pdata: self.pdata.here()?, ..self })
    }

    /// What the peer may do.
    pub(crate) fn actor(&self) -> &Actor {
        &self.peer.actor
    }

    /// Our AE title.
    pub(crate) fn called(&self) -> &AeTitle {
        &self.peer.called
    }

    /// The peer's AE title.
    pub(crate) fn calling(&self) -> &AeTitle {
        &self.peer.calling
    }

    /// The accepted presentation contexts, and what was agreed on about their SOP Classes.
    pub(crate) fn contexts(&self) -> &Contexts {
        &self.contexts
    }

    /// The peer is to be told of this transaction.
    pub(crate) fn owe_report(&mut self, transaction: Uid) {
        self.owed.push(transaction);
    }

    /// An event report was sent with this Message ID. Its response comes among the peer's requests, because the peer need
    /// not wait with those.
    pub(crate) fn await_report(&mut self, id: u16, transaction: Uid) {
        self.reports.insert(id, transaction);
    }

    /// The transaction of the event report with this Message ID, which is answered now.
    pub(crate) fn report_of(&mut self, id: u16) -> Option<Uid> {
        let transaction = self.reports.remove(&id)?;
        self.owed.retain(|owed| *owed != transaction);
        Some(transaction)
    }

    /// Puts a message by that is the response to an event report; gives back one that is not.
    fn put_by(&mut self, mut message: Message) -> Option<Message> {
        let is_new = self.early_reports.iter().all(|early| early.id != message.id);
        if message.field != command_field::N_EVENT_REPORT_RSP || !self.reports.contains_key(&message.id) || !is_new {
            return Some(message);
        }
        // Its data set is dropped before the next command is read.
        message = self.begin(message);
        message.has_data_set = false;
        self.early_reports.push_back(message);
        None
    }

    /// The response to an event report that came while something else was being answered.
    pub(crate) fn early_report(&mut self) -> Option<Message> {
        self.early_reports.pop_front()
    }

    /// What the peer was to be told of and has not answered.
    pub(crate) fn take_owed(&mut self) -> Vec<Uid> {
        std::mem::take(&mut self.owed)
    }

    /// The next message's command, up to and without its data set.
    pub(crate) async fn receive(&mut self) -> Result<Message, End> {
        self.cancelled = None;
        if let Some(response) = self.early_report() {
            return Ok(response);
        }
        let message = match self.waiting.take() {
            Some(message) => message,
            None => self.command_within(self.idle).await?,
        };
        Ok(self.begin(message))
    }

    /// From here on the data set is the one of this message.
    fn begin(&mut self, message: Message) -> Message {
        self.expected = message.has_data_set.then_some(message.context.id);
        message
    }

    /// The next command, for which the peer may take so long. Its data set is not looked for before [`Self::begin`].
    /// Cancel-safe.
    async fn command_within(&mut self, limit: Duration) -> Result<Message, End> {
        self.drain().await?;
        loop {
            if self.command.is_none() && self.early.is_none() {
                self.pdata.connection().await_peer(limit).await?;
            }
            let fragment = self.fragment().await?;
            if !fragment.command {
                return Err(unexpected("a data set that no command announced"));
            }
            let (context, bytes) = match &mut self.command {
                Some(command) if command.0.id == fragment.context_id => command,
                Some(_) => return Err(unexpected("a command in two presentation contexts")),
                none => none.insert((Arc::clone(self.contexts.get(fragment.context_id)?), Vec::new())),
            };
            if bytes.len() + fragment.bytes.len() > LARGEST_COMMAND {
                return Err(unexpected("a command set of more than 64 KiB"));
            }
            bytes.extend_from_slice(&fragment.bytes);
            if fragment.last {
                let message = read(Arc::clone(context), bytes)?;
                self.command = None;
                return Ok(message);
            }
        }
    }

    /// The next piece of the message's data set.
    pub(crate) async fn data(&mut self) -> Result<Piece<Bytes>, End> {
        Ok(match self.piece(&mut []).await? {
            Piece::Bytes(fragment) => Piece::Bytes(fragment.bytes),
            Piece::End => Piece::End,
            Piece::Missing => Piece::Missing,
        })
    }

    /// Puts the next piece of the message's data set into `room`, which is not empty.
    pub(crate) async fn data_into(&mut self, room: &mut [u8]) -> Result<Piece<usize>, End> {
        let mut fragment = match self.piece(room).await? {
            Piece::Bytes(fragment) => fragment,
            Piece::End => return Ok(Piece::End),
            Piece::Missing => return Ok(Piece::Missing),
        };
        if fragment.placed > 0 {
            return Ok(Piece::Bytes(fragment.placed));
        }
        let now = fragment.bytes.split_to(fragment.bytes.len().min(room.len()));
        room[..now.len()].copy_from_slice(&now);
        if !fragment.bytes.is_empty() {
            self.expected = Some(fragment.context_id);
            self.early = Some(fragment);
        }
        Ok(Piece::Bytes(now.len()))
    }

    async fn piece(&mut self, room: &mut [u8]) -> Result<Piece<Fragment>, End> {
        let Some(context_id) = self.expected else { return Ok(Piece::End) };
        let fragment = self.fragment_into(room).await?;
        if fragment.command {
            self.expected = None;
            self.early = Some(fragment);
            return Ok(Piece::Missing);
        }
        if fragment.context_id != context_id {
            return Err(unexpected("a data set in another presentation context than its command"));
        }
        if fragment.last {
            self.expected = None;
        }
        let is_empty = fragment.bytes.is_empty() && fragment.placed == 0;
        Ok(if is_empty { Piece::End } else { Piece::Bytes(fragment) })
    }

    /// Says the last word, if there is one, and closes.
    pub(crate) async fn close(self, end: &End) {
        let mut connection = self.pdata.into_connection();
        let Some(pdu) = end.last_word() else { return };
        let mut bytes = Vec::new();
        if write_pdu(&mut bytes, &pdu).is_ok() && connection.send(&bytes).await.is_ok() {
            connection.close().await;
        }
    }

    async fn drain(&mut self) -> Result<(), End> {
        while let Piece::Bytes(_) = self.data().await? {}
        Ok(())
    }

    async fn fragment(&mut self) -> Result<Fragment, End> {
        self.fragment_into(&mut []).await
    }

    async fn fragment_into(&mut self, room: &mut [u8]) -> Result<Fragment, End> {
        if let Some(fragment) = self.early.take() {
            return Ok(fragment);
        }
        match self.pdata.next(room).await? {
            Event::Fragment(fragment) => Ok(fragment),
            Event::Release => Err(End::Released),
        }
    }
}

/// Reads a command set as far as every message has it. What has no command field or message ID cannot be answered.
fn read(context: Arc<Context>, bytes: &[u8]) -> Result<Message, End> {
    let malformed = || End::Protocol(AbortReason::InvalidPduParameter, "a command set that cannot be read");
    let command = CommandSet::decode(bytes).map_err(|_| malformed())?;
    let field = command.number(element::COMMAND_FIELD).ok_or_else(malformed)?;
    let id = if field & command_field::RESPONSE != 0 || field == command_field::C_CANCEL_RQ {
        element::MESSAGE_ID_BEING_RESPONDED_TO
    } else {
        element::MESSAGE_ID
    };
    let id = command.number(id).ok_or_else(malformed)?;
    let has_data_set = command.number(element::COMMAND_DATA_SET_TYPE).unwrap_or(NO_DATA_SET) != NO_DATA_SET;
    Ok(Message { context, field, id, has_data_set, command })
}

fn unexpected(what: &'static str) -> End {
    End::Protocol(AbortReason::UnexpectedPduParameter, what)
}

#[cfg(test)]
mod tests;
