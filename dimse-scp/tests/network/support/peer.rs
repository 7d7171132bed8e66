//! A requestor made of PDUs: it says what it is told to, right or wrong.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use dicom_ul::association::read_pdu_from_wire_async;
use dicom_ul::pdu::{
    AssociationAC, AssociationRQ, PDataValue, PDataValueType, Pdu, PresentationContextProposed, UserVariableItem,
    write_pdu,
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
/// A server that does not answer in this time never will.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command set by element.
pub type Command = BTreeMap<u16, Vec<u8>>;

/// One end of a connection.
pub struct Peer<S = TcpStream> {
    pub stream: S,
    buffer: BytesMut,
    /// Values of a PDU whose turn has not come.
    pub(super) waiting: VecDeque<PDataValue>,
}

impl Peer<TcpStream> {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a server");
        stream.set_nodelay(true).expect("a TCP socket");
        Self::over(stream)
    }

    /// Connects and negotiates Verification (1), Secondary Capture Image Storage (3) and a private class (5).
    pub async fn associated(address: SocketAddr) -> Self {
        let mut peer = Self::connect(address).await;
        peer.associate(&association_request()).await.expect("an association");
        peer
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// Speaks over a stream.
    pub fn over(stream: S) -> Self {
        Self { stream, buffer: BytesMut::new(), waiting: VecDeque::new() }
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("a server that reads");
    }

    pub async fn send(&mut self, pdu: &Pdu) {
        let mut bytes = Vec::new();
        write_pdu(&mut bytes, pdu).expect("a PDU");
        self.send_bytes(&bytes).await;
    }

    /// The next PDU; none when the server has closed.
    pub async fn receive(&mut self) -> Option<Pdu> {
        let reading = read_pdu_from_wire_async(&mut self.stream, &mut self.buffer, 1 << 20, true);
        timeout(PATIENCE, reading).await.expect("an answer in time").ok()
    }

    /// Asks for an association.
    pub async fn associate(&mut self, request: &AssociationRQ) -> Result<AssociationAC, Option<Pdu>> {
        self.send(&Pdu::AssociationRQ(request.clone())).await;
        match self.receive().await {
            Some(Pdu::AssociationAC(ac)) => Ok(ac),
            other => Err(other),
        }
    }

    /// Sends one PDU with one value: `kind` and whether it is the last.
    pub async fn value(&mut self, context: u8, value_type: PDataValueType, is_last: bool, data: &[u8]) {
        let value = PDataValue { presentation_context_id: context, value_type, is_last, data: data.to_vec() };
        self.send(&Pdu::PData { data: vec![value] }).await;
    }

    /// Sends a command set.
    pub async fn command(&mut self, context: u8, command: &[u8]) {
        self.value(context, PDataValueType::Command, true, command).await;
    }

    /// Sends a data set in values of `size`.
    pub async fn data_set(&mut self, context: u8, data_set: &[u8], size: usize) {
        let mut chunks = data_set.chunks(size).peekable();
        while let Some(chunk) = chunks.next() {
            self.value(context, PDataValueType::Data, chunks.peek().is_none(), chunk).await;
        }
    }

    /// The response's command set.
    pub async fn response(&mut self) -> Command {
        match self.receive().await {
            Some(Pdu::PData { data }) => elements(&data[0].data),
            other => panic!("{other:?} is no response"),
        }
    }

    /// C-ECHO; the status.
    pub async fn echo(&mut self) -> u16 {
        self.command(1, &request(0x30, 0x0101, &[(0x0002, b"1.2.840.10008.1.1\0")])).await;
        status(&self.response().await)
    }

    /// C-STORE of an object in presentation context 3; the response.
    pub async fn store(&mut self, object: &super::Object) -> Command {
        self.command(3, &object.request()).await;
        self.data_set(3, &object.data_set, 16_000).await;
        self.response().await
    }

    /// A-RELEASE.
    pub async fn release(mut self) {
        self.send(&Pdu::ReleaseRQ).await;
        assert_eq!(self.receive().await, Some(Pdu::ReleaseRP));
    }
}

/// The request of [`Peer::associated`].
pub fn association_request() -> AssociationRQ {
    let context = |id, class: &str| PresentationContextProposed {
        id,
        abstract_syntax: class.into(),
        transfer_syntaxes: vec![IMPLICIT.into(), EXPLICIT.into()],
    };
    AssociationRQ {
        protocol_version: 1,
        calling_ae_title: "TESTER".into(),
        called_ae_title: "PACS".into(),
        application_context_name: "1.2.840.10008.3.1.1.1".into(),
        presentation_contexts: vec![
            context(1, "1.2.840.10008.1.1"),
            context(3, super::object::CLASS),
            context(5, "1.2.276.0.99.7"),
        ],
        user_variables: vec![
            UserVariableItem::MaxLength(16_384),
            UserVariableItem::ImplementationClassUID("1.2.276.0.99.2".into()),
        ],
    }
}

/// A request's command set: Command Field, Message ID 9, Command Data Set Type, and more elements.
pub fn request(field: u16, data_set_type: u16, more: &[(u16, &[u8])]) -> Vec<u8> {
    let mut elements = Command::new();
    elements.insert(element::COMMAND_FIELD, field.to_le_bytes().to_vec());
    elements.insert(element::MESSAGE_ID, 9_u16.to_le_bytes().to_vec());
    elements.insert(element::DATA_SET_TYPE, data_set_type.to_le_bytes().to_vec());
    elements.extend(more.iter().map(|(element, value)| (*element, value.to_vec())));
    command(&elements)
}

/// Encodes a command set.
pub fn command(elements: &Command) -> Vec<u8> {
    let body: Vec<u8> = elements
        .iter()
        .flat_map(|(element, value)| {
            let length = u32::try_from(value.len()).expect("a length");
            [&[0, 0], &element.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
        })
        .collect();
    let length = u32::try_from(body.len()).expect("a length");
    [&[0, 0, 0, 0, 4, 0, 0, 0], &length.to_le_bytes()[..], &body].concat()
}

/// Elements of a command set.
pub fn elements(mut bytes: &[u8]) -> Command {
    let mut elements = Command::new();
    while let Some((header, rest)) = bytes.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        elements.insert(u16::from_le_bytes([header[2], header[3]]), rest[..length].to_vec());
        bytes = &rest[length..];
    }
    elements
}

/// Status of a response.
pub fn status(command: &Command) -> u16 {
    u16::from_le_bytes(command[&element::STATUS][..].try_into().expect("two bytes"))
}

/// Element numbers of group 0000.
pub mod element {
    pub const COMMAND_FIELD: u16 = 0x0100;
    pub const MESSAGE_ID: u16 = 0x0110;
    pub const RESPONDED_TO: u16 = 0x0120;
    pub const DATA_SET_TYPE: u16 = 0x0800;
    pub const STATUS: u16 = 0x0900;
    pub const OFFENDING: u16 = 0x0901;
    pub const COMMENT: u16 = 0x0902;
    pub const INSTANCE: u16 = 0x1000;
}
