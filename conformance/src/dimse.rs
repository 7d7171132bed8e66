//! The server under test as a DIMSE peer sees it: PDUs written and read by hand (PS3.8 §9.3), so that odd ones can be sent.

mod association;
mod destination;
pub mod elements;
pub mod message;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use crate::requirement::Finding;

pub use association::{Association, PATIENT_ROOT, STUDY_ROOT, value};
pub use destination::{Arrived, Destination};

/// Verification SOP Class.
pub const VERIFICATION: &str = "1.2.840.10008.1.1";
/// Implicit VR Little Endian, which every SCP takes.
pub const IMPLICIT: &str = "1.2.840.10008.1.2";

/// Who is called, and as whom.
#[derive(Debug, Clone)]
pub struct Peer {
    /// `HOST:PORT`.
    pub address: String,
    /// Called AE title.
    pub called: String,
    /// Calling AE title.
    pub calling: String,
    /// Where the server may send something, if it knows us as a Move Destination.
    pub destination: Option<Arc<Destination>>,
    /// A user of the server.
    pub user: Option<User>,
}

/// A user with a password, which nothing prints.
#[derive(Clone)]
pub struct User {
    /// Name.
    pub name: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A PDU: its type and what follows its length.
#[derive(Debug, Clone)]
pub struct Pdu {
    /// PDU type (PS3.8 Table 9-11 and on).
    pub kind: u8,
    /// What follows the length.
    pub body: Vec<u8>,
}

/// A connection.
#[derive(Debug)]
pub struct Connection(TcpStream);

/// The finding of a check on DIMSE.
pub fn failed(reason: impl Into<String>) -> Finding {
    Finding::Failed { reason: reason.into(), request: "DIMSE".into(), status: None }
}

impl Peer {
    /// Reads `HOST:PORT:AE`.
    pub fn parse(text: &str, calling: &str) -> Option<Self> {
        let (address, called) = text.rsplit_once(':')?;
        let (address, called, calling) = (address.to_owned(), called.to_owned(), calling.to_owned());
        address.contains(':').then_some(Self { address, called, calling, destination: None, user: None })
    }

    /// Connects.
    pub fn connect(&self) -> Result<Connection, Finding> {
        let stream = TcpStream::connect(&self.address).map_err(|error| failed(format!("no connection: {error}")))?;
        let limit = Some(Duration::from_secs(20));
        stream
            .set_read_timeout(limit)
            .and_then(|()| stream.set_nodelay(true))
            .map_err(|error| failed(error.to_string()))?;
        Ok(Connection(stream))
    }

    /// A-ASSOCIATE-RQ with one presentation context for each abstract syntax (ids 1, 3, …).
    pub fn request(&self, called: &str, contexts: &[(&str, &[&str])]) -> Vec<u8> {
        self.request_with(called, contexts, &[])
    }

    /// The same with further sub-items of user information; one of Maximum Length takes the place of ours.
    pub fn request_with(&self, called: &str, contexts: &[(&str, &[&str])], more: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut body = vec![0, 1, 0, 0];
        for title in [called, &self.calling] {
            body.extend_from_slice(format!("{title:<16}").as_bytes());
        }
        body.extend_from_slice(&[0; 32]);
        item(&mut body, 0x10, b"1.2.840.10008.3.1.1.1");
        for (number, (abstract_syntax, transfer_syntaxes)) in (0u8..).zip(contexts) {
            let mut context = vec![number * 2 + 1, 0, 0, 0];
            item(&mut context, 0x30, abstract_syntax.as_bytes());
            transfer_syntaxes.iter().for_each(|syntax| item(&mut context, 0x40, syntax.as_bytes()));
            item(&mut body, 0x20, &context);
        }
        let mut user = Vec::new();
        if !more.iter().any(|(kind, _)| *kind == 0x51) {
            item(&mut user, 0x51, &16_384u32.to_be_bytes());
        }
        item(&mut user, 0x52, b"2.25.186162021364830478110386527014418274551");
        more.iter().for_each(|(kind, content)| item(&mut user, *kind, content));
        item(&mut body, 0x50, &user);
        pdu(1, &body)
    }

    /// Opens an association for these contexts; gives the connection and the answer.
    pub fn associate(&self, called: &str, contexts: &[(&str, &[&str])]) -> Result<(Connection, Pdu), Finding> {
        let mut connection = self.connect()?;
        connection.send(&self.request(called, contexts))?;
        let answer = connection.receive()?;
        Ok((connection, answer))
    }
}

impl Connection {
    /// Sends bytes.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        self.0.write_all(bytes).map_err(|error| failed(format!("the connection breaks off: {error}")))
    }

    /// Receives a PDU of at most a megabyte.
    pub fn receive(&mut self) -> Result<Pdu, Finding> {
        let broken = |error: std::io::Error| failed(format!("no PDU came: {error}"));
        let mut head = [0; 6];
        self.0.read_exact(&mut head).map_err(broken)?;
        let length = u32::from_be_bytes([head[2], head[3], head[4], head[5]]) as usize;
        if length > 1 << 20 {
            return Err(failed(format!("a PDU of {length} bytes")));
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).map_err(broken)?;
        Ok(Pdu { kind: head[0], body })
    }

    /// Whether the peer closes the connection by itself in this time, after whatever it still sends.
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let ended = |error: &std::io::Error| error.kind() == std::io::ErrorKind::ConnectionReset;
        self.0.set_read_timeout(Some(patience)).is_ok()
            && self.0.read_to_end(&mut Vec::new()).as_ref().err().is_none_or(ended)
    }

    /// Whether the peer has closed the connection, after whatever it still sends.
    pub fn is_closed(&mut self) -> bool {
        self.0.read_to_end(&mut Vec::new()).is_ok()
    }
}

impl Pdu {
    /// Result and transfer syntax of each presentation context of an A-ASSOCIATE-AC (PS3.8 §9.3.3.2).
    pub fn contexts(&self) -> Vec<(u8, u8, String)> {
        let mut found = Vec::new();
        let mut rest = self.body.get(68..).unwrap_or_default();
        while let [kind, _, high, low, tail @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low])).min(tail.len());
            let (content, after) = tail.split_at(length);
            if let (0x21, [id, _, result, _, syntax @ ..]) = (*kind, content) {
                found.push((*id, *result, String::from_utf8_lossy(syntax.get(4..).unwrap_or_default()).into_owned()));
            }
            rest = after;
        }
        found
    }
}

impl Pdu {
    /// The items after the fixed part of an A-ASSOCIATE-RQ or -AC.
    pub fn items(&self) -> Vec<(u8, Vec<u8>)> {
        items(self.body.get(68..).unwrap_or_default())
    }

    /// The sub-items of the user information.
    pub fn user_information(&self) -> Vec<(u8, Vec<u8>)> {
        self.items().iter().filter(|(kind, _)| *kind == 0x50).flat_map(|(_, content)| items(content)).collect()
    }
}

fn items(mut rest: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    while let [kind, _, high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(tail.len());
        let (content, after) = tail.split_at(length);
        found.push((*kind, content.to_vec()));
        rest = after;
    }
    found
}

/// Context, message control header and bytes of each value of a P-DATA-TF; none when their lengths do not add up.
fn values(mut body: &[u8]) -> Option<Vec<(u8, u8, Vec<u8>)>> {
    let mut found = Vec::new();
    while !body.is_empty() {
        let (&[a, b, c, d, context, control], rest) = body.split_first_chunk::<6>()?;
        let length = (u32::from_be_bytes([a, b, c, d]) as usize).checked_sub(2)?;
        let (bytes, after) = rest.split_at_checked(length)?;
        found.push((context, control, bytes.to_vec()));
        body = after;
    }
    Some(found)
}

/// A PDU with its length.
pub fn pdu(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind, 0];
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or_default().to_be_bytes());
    out.extend_from_slice(body);
    out
}

/// An item or sub-item (PS3.8 §9.3.2).
pub fn item(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    out.extend_from_slice(&[kind, 0]);
    out.extend_from_slice(&u16::try_from(content.len()).unwrap_or_default().to_be_bytes());
    out.extend_from_slice(content);
}
