//! An established association, and the messages on it.

use super::message::{C_ECHO, C_FIND, C_STORE, Command, Message, element};
use super::{Connection, Pdu, Peer, VERIFICATION, failed, pdu};
use crate::object::{DataSet, EXPLICIT};
use crate::requirement::Finding;
use crate::subjects::Subject;

/// Query in the Study Root model.
pub const STUDY_ROOT: &str = "1.2.840.10008.5.1.4.1.2.2.1";
/// Query in the Patient Root model.
pub const PATIENT_ROOT: &str = "1.2.840.10008.5.1.4.1.2.1.1";

/// The largest value of a P-DATA-TF that is sent.
const PIECE: usize = 8_000;

/// An association.
pub struct Association {
    /// Its connection.
    pub connection: Connection,
    /// The A-ASSOCIATE-AC.
    pub answer: Pdu,
    /// Abstract syntaxes that were proposed, in order.
    proposed: Vec<String>,
    last_id: u16,
    /// Lengths of the P-DATA-TF PDUs that came.
    pub lengths: Vec<usize>,
    /// Values of a P-DATA-TF that are not read yet: context, control header, bytes.
    waiting: std::collections::VecDeque<(u8, u8, Vec<u8>)>,
}

impl Peer {
    /// An association for these contexts, with further sub-items of user information.
    pub fn open(&self, contexts: &[(&str, &[&str])], more: &[(u8, Vec<u8>)]) -> Result<Association, Finding> {
        let mut connection = self.connect()?;
        connection.send(&self.request_with(&self.called, contexts, more))?;
        let answer = connection.receive()?;
        if answer.kind != 2 {
            return Err(failed(format!("no association: PDU type {}", answer.kind)));
        }
        let proposed = contexts.iter().map(|(class, _)| (*class).to_owned()).collect();
        let (lengths, waiting) = (Vec::new(), std::collections::VecDeque::new());
        Ok(Association { connection, answer, proposed, last_id: 0, lengths, waiting })
    }

    /// An association for Verification.
    pub fn verification(&self) -> Result<Association, Finding> {
        self.open(&[(VERIFICATION, &[super::IMPLICIT])], &[])
    }

    /// An association for queries in explicit VR, in the Study Root model and in the Patient Root model.
    pub fn query(&self) -> Result<Association, Finding> {
        self.open(&[(STUDY_ROOT, &[EXPLICIT]), (PATIENT_ROOT, &[EXPLICIT])], &[])
    }
}

impl Association {
    /// The accepted context of a SOP Class.
    pub fn context(&self, class: &str) -> Result<u8, Finding> {
        let answers = self.answer.contexts();
        let accepted =
            self.proposed.iter().zip(&answers).find(|(proposed, (_, result, _))| *proposed == class && *result == 0);
        let refused = || Finding::NotApplicable(format!("no presentation context for {class} is accepted"));
        accepted.map(|(_, (id, ..))| *id).ok_or_else(refused)
    }

    /// A Message ID that was not used.
    pub fn next_id(&mut self) -> u16 {
        self.last_id += 1;
        self.last_id
    }

    /// Sends a message.
    pub fn send(&mut self, context: u8, command: &Command, data_set: Option<&[u8]>) -> Result<(), Finding> {
        self.value(context, 3, &command.encode())?;
        let Some(data_set) = data_set else { return Ok(()) };
        let mut pieces = data_set.chunks(PIECE).peekable();
        while let Some(piece) = pieces.next() {
            self.value(context, if pieces.peek().is_some() { 0 } else { 2 }, piece)?;
        }
        Ok(())
    }

    /// Sends one P-DATA-TF with one value and its message control header.
    pub fn value(&mut self, context: u8, control: u8, bytes: &[u8]) -> Result<(), Finding> {
        self.connection.send(&pdu(4, &value(context, control, bytes)))
    }

    /// The next message.
    pub fn receive(&mut self) -> Result<Message, Finding> {
        let (context, bytes) = self.part(true)?;
        let mut message = Message::new(context, bytes);
        if message.announces() {
            let (of, data_set) = self.part(false)?;
            if of != context {
                return Err(failed("the data set comes in another presentation context than its command"));
            }
            message.data_set = Some(data_set);
        }
        Ok(message)
    }

    /// A whole command set or data set.
    fn part(&mut self, is_command: bool) -> Result<(u8, Vec<u8>), Finding> {
        let mut all = Vec::new();
        loop {
            while let Some((context, control, bytes)) = self.waiting.pop_front() {
                if (control & 1 == 1) != is_command {
                    return Err(failed("a command set and a data set are mixed up"));
                }
                all.extend(bytes);
                if control & 2 == 2 {
                    return Ok((context, all));
                }
            }
            let Pdu { kind, body } = self.connection.receive()?;
            if kind != 4 {
                return Err(failed(format!("PDU type {kind} where a message is due")));
            }
            self.lengths.push(body.len());
            self.waiting.extend(super::values(&body).ok_or_else(|| failed("a P-DATA-TF whose values do not add up"))?);
        }
    }

    /// Sends a request and gives all responses, the last one last.
    pub fn call(&mut self, context: u8, command: &Command, data_set: Option<&[u8]>) -> Result<Vec<Message>, Finding> {
        self.send(context, command, data_set)?;
        let mut responses = vec![self.receive()?];
        while responses.last().is_some_and(Message::is_pending) {
            responses.push(self.receive()?);
        }
        Ok(responses)
    }

    /// C-ECHO; the response.
    pub fn echo(&mut self) -> Result<Message, Finding> {
        let context = self.context(VERIFICATION)?;
        let id = self.next_id();
        let mut command = Command::request(C_ECHO, id, false);
        command.uid(element::AFFECTED_SOP_CLASS, VERIFICATION);
        self.send(context, &command, None)?;
        self.receive()
    }

    /// C-STORE of an object; the response.
    pub fn store(&mut self, subject: &Subject) -> Result<Message, Finding> {
        self.store_as(subject.class, &subject.instance, subject.class, &subject.data_set.encode())
    }

    /// C-STORE in the context of `class` of whatever under whatever names.
    pub fn store_as(
        &mut self,
        class: &str,
        instance: &str,
        affected: &str,
        data_set: &[u8],
    ) -> Result<Message, Finding> {
        let context = self.context(class)?;
        let id = self.next_id();
        let mut command = Command::request(C_STORE, id, true);
        command.uid(element::AFFECTED_SOP_CLASS, affected).number(element::PRIORITY, 0);
        command.uid(element::AFFECTED_SOP_INSTANCE, instance);
        self.send(context, &command, Some(data_set))?;
        self.receive()
    }

    /// C-FIND; all responses.
    pub fn find(&mut self, model: &str, keys: &DataSet) -> Result<Vec<Message>, Finding> {
        self.find_bytes(model, &keys.encode())
    }

    /// The same with an Identifier that is encoded already.
    pub fn find_bytes(&mut self, model: &str, identifier: &[u8]) -> Result<Vec<Message>, Finding> {
        let context = self.context(model)?;
        let command = self.find_request(model);
        self.call(context, &command, Some(identifier))
    }

    /// C-FIND-RQ.
    pub fn find_request(&mut self, model: &str) -> Command {
        let mut command = Command::request(C_FIND, self.next_id(), true);
        command.uid(element::AFFECTED_SOP_CLASS, model).number(element::PRIORITY, 0);
        command
    }
}

/// A presentation data value (PS3.8 §9.3.5.1).
pub fn value(context: u8, control: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len() + 2).unwrap_or_default();
    [&length.to_be_bytes()[..], &[context, control], bytes].concat()
}
