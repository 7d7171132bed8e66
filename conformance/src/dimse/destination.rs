//! The suite as a Move Destination: a Storage SCP of its own, one association after the other.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use super::association::value;
use super::message::{C_STORE, Command, Message, element};
use super::{Connection, Pdu, failed, item, items, pdu, values};
use crate::requirement::Finding;

/// How long an association is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Storage SCP that the server under test knows by its title.
#[derive(Debug)]
pub struct Destination {
    /// AE title.
    pub title: String,
    listener: TcpListener,
}

/// What one association brought.
#[derive(Debug, Default)]
pub struct Arrived {
    /// Called AE title.
    pub called: String,
    /// The C-STOREs, or event reports, with their data sets.
    pub stores: Vec<Message>,
    /// Roles that were proposed: sub-items of user information (PS3.7 §D.3.3.4).
    pub roles: Vec<Vec<u8>>,
}

impl Destination {
    /// Listens on a port of this machine; 0 for any.
    pub fn listen(title: &str, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))?;
        listener.set_nonblocking(true)?;
        Ok(Self { title: title.to_owned(), listener })
    }

    /// Reads `TITLE:PORT`, and listens.
    pub fn parse(text: &str) -> Option<std::io::Result<Self>> {
        let (title, port) = text.rsplit_once(':')?;
        Some(Self::listen(title, port.parse().ok()?))
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.listener.local_addr().map_or(0, |address| address.port())
    }

    /// Takes the next association to its end; `reply` gives the status of the C-STORE of a number.
    pub fn take(&self, reply: fn(usize) -> u16) -> Result<Arrived, Finding> {
        let mut connection = self.accept()?;
        let request = connection.receive()?;
        if request.kind != 1 {
            return Err(failed(format!("PDU type {} where an association is asked for", request.kind)));
        }
        connection.send(&accepted(&request))?;
        let called = String::from_utf8_lossy(request.body.get(4..20).unwrap_or_default()).trim().to_owned();
        let mut arrived = Arrived { called, stores: Vec::new(), roles: roles(&request) };
        let (mut command, mut data_set) = (Vec::new(), Vec::new());
        loop {
            let Pdu { kind, body } = connection.receive()?;
            match kind {
                4 => {}
                5 => {
                    connection.send(&pdu(6, &[0; 4]))?;
                    return Ok(arrived);
                }
                7 => return Ok(arrived),
                other => return Err(failed(format!("PDU type {other} where a C-STORE is due"))),
            }
            for (context, control, bytes) in values(&body).ok_or_else(|| failed("values that do not add up"))? {
                if control & 1 == 1 {
                    command.extend(bytes)
                } else {
                    data_set.extend(bytes)
                }
                if control & 3 == 2 {
                    let mut message = Message::new(context, std::mem::take(&mut command));
                    message.data_set = Some(std::mem::take(&mut data_set));
                    connection.send(&pdu(4, &value(context, 3, &response(&message, reply(arrived.stores.len())))))?;
                    arrived.stores.push(message);
                }
            }
        }
    }

    fn accept(&self) -> Result<Connection, Finding> {
        let from = Instant::now();
        while from.elapsed() < PATIENCE {
            let Ok((stream, _)) = self.listener.accept() else {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            };
            stream
                .set_nonblocking(false)
                .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
                .and_then(|()| stream.set_nodelay(true))
                .map_err(|error| failed(error.to_string()))?;
            return Ok(Connection(stream));
        }
        Err(failed(format!("nobody has called {} within {PATIENCE:?}", self.title)))
    }
}

const ROLE: u8 = 0x54;

fn roles(request: &Pdu) -> Vec<Vec<u8>> {
    let all = request.user_information().into_iter();
    all.filter(|(kind, _)| *kind == ROLE).map(|(_, content)| content).collect()
}

/// A-ASSOCIATE-AC for all that is proposed, each in its first transfer syntax and role.
fn accepted(request: &Pdu) -> Vec<u8> {
    let mut body = request.body.get(..68).unwrap_or_default().to_vec();
    item(&mut body, 0x10, b"1.2.840.10008.3.1.1.1");
    for (_, context) in request.items().into_iter().filter(|(kind, _)| *kind == 0x20) {
        let mut syntaxes = items(context.get(4..).unwrap_or_default()).into_iter().filter(|(kind, _)| *kind == 0x40);
        let mut answer = vec![context.first().copied().unwrap_or_default(), 0, 0, 0];
        item(&mut answer, 0x40, &syntaxes.next().map(|(_, uid)| uid).unwrap_or_default());
        item(&mut body, 0x21, &answer);
    }
    let mut user = Vec::new();
    item(&mut user, 0x51, &16_384u32.to_be_bytes());
    item(&mut user, 0x52, b"2.25.186162021364830478110386527014418274551");
    roles(request).iter().for_each(|role| item(&mut user, ROLE, role));
    item(&mut body, 0x50, &user);
    pdu(2, &body)
}

/// C-STORE-RSP, or the response to whatever else came.
fn response(message: &Message, status: u16) -> Vec<u8> {
    let mut response = Command::default();
    let field = message.command.get(element::COMMAND_FIELD).unwrap_or(C_STORE);
    response.number(element::COMMAND_FIELD, field | 0x8000).number(element::DATA_SET_TYPE, 0x0101);
    response.number(element::RESPONDED_TO, message.command.get(element::MESSAGE_ID).unwrap_or_default());
    response.number(element::STATUS, status);
    response.encode()
}
