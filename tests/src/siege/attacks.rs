//! What each hostile peer does. What the server hangs up on is no failure of an attack.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use bytes::BytesMut;
use dicom_dictionary_std::uids;
use dicom_ul::association::read_pdu_from_wire_async;
use dicom_ul::pdu::{
    AbortRQSource, AssociationRQ, PDataValue, PDataValueType, Pdu, PresentationContextProposed, UserVariableItem,
    write_pdu,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An AE title that is somebody else's.
pub const PRETENDED: &str = "PRETENDED";
/// How long an attacker waits for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Associations that a hoarder keeps.
const HOARD: usize = 4;

pub(super) type Attack = fn(SocketAddr) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// All of them, by name.
pub(super) const ALL: [(&str, Attack); 9] = [
    ("half-open sockets", |address| Box::pin(half_open(address))),
    ("wrong lengths", |address| Box::pin(wrong_lengths(address))),
    ("PDVs out of order", |address| Box::pin(out_of_order(address))),
    ("wrong context ids", |address| Box::pin(wrong_context(address))),
    ("silence mid-message", |address| Box::pin(silence(address))),
    ("associations without end", |address| Box::pin(flood(address))),
    ("associations that are kept", |address| Box::pin(hoard(address))),
    ("associations cut off", |address| Box::pin(cut(address))),
    ("another's title", |address| Box::pin(pretence(address))),
];

struct Peer {
    stream: TcpStream,
    buffer: BytesMut,
}

impl Peer {
    async fn connect(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self { stream, buffer: BytesMut::new() })
    }

    /// An association, if the server lets one more in.
    async fn associate(address: SocketAddr, title: &str) -> Option<Self> {
        let mut peer = Self::connect(address).await?;
        peer.write(&pdu(&Pdu::AssociationRQ(request(title)))).await;
        matches!(peer.answer().await, Some(Pdu::AssociationAC(_))).then_some(peer)
    }

    async fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next PDU; none when the server has had enough, or says nothing.
    async fn answer(&mut self) -> Option<Pdu> {
        let reading = read_pdu_from_wire_async(&mut self.stream, &mut self.buffer, 1 << 20, true);
        timeout(PATIENCE, reading).await.ok()?.ok()
    }
}

/// Whether the server lets this AE title in.
pub async fn is_let_in(address: SocketAddr, title: &str) -> bool {
    Peer::associate(address, title).await.is_some()
}

fn request(title: &str) -> AssociationRQ {
    let context = |id, class: &str| PresentationContextProposed {
        id,
        abstract_syntax: class.into(),
        transfer_syntaxes: vec![uids::IMPLICIT_VR_LITTLE_ENDIAN.into(), uids::EXPLICIT_VR_LITTLE_ENDIAN.into()],
    };
    AssociationRQ {
        protocol_version: 1,
        calling_ae_title: title.into(),
        called_ae_title: "PACS".into(),
        application_context_name: "1.2.840.10008.3.1.1.1".into(),
        presentation_contexts: vec![context(1, uids::VERIFICATION), context(3, uids::SECONDARY_CAPTURE_IMAGE_STORAGE)],
        user_variables: vec![
            UserVariableItem::MaxLength(16_384),
            UserVariableItem::ImplementationClassUID("1.2.276.0.99.2".into()),
        ],
    }
}

fn pdu(pdu: &Pdu) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_pdu(&mut bytes, pdu).expect("a PDU");
    bytes
}

/// A P-DATA-TF PDU with one last value.
fn value(presentation_context_id: u8, value_type: PDataValueType, data: &[u8]) -> Vec<u8> {
    let value = PDataValue { presentation_context_id, value_type, is_last: true, data: data.to_vec() };
    pdu(&Pdu::PData { data: vec![value] })
}

/// The command set of a request; a data set follows when it names an instance.
fn command(field: u16, class: &str, instance: Option<&str>) -> Vec<u8> {
    let uid = |uid: &str| {
        let mut uid = uid.as_bytes().to_vec();
        uid.resize(uid.len().next_multiple_of(2), 0);
        uid
    };
    let number = |number: u16| number.to_le_bytes().to_vec();
    let data_set = if instance.is_some() { 1 } else { 0x0101 };
    let mut elements =
        vec![(0x0002_u16, uid(class)), (0x0100, number(field)), (0x0110, number(9)), (0x0800, number(data_set))];
    elements.extend(instance.map(|instance| (0x1000, uid(instance))));
    let element = |(element, value): &(u16, Vec<u8>)| {
        let length = u32::try_from(value.len()).expect("a length");
        [&[0, 0], &element.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
    };
    let body = elements.iter().flat_map(element).collect::<Vec<u8>>();
    let length = u32::try_from(body.len()).expect("a length");
    [&[0, 0, 0, 0, 4, 0, 0, 0], &length.to_le_bytes()[..], &body].concat()
}

fn store() -> Vec<u8> {
    command(0x0001, uids::SECONDARY_CAPTURE_IMAGE_STORAGE, Some("1.2.3.4.5"))
}

async fn half_open(address: SocketAddr) {
    let Some(mut peer) = Peer::connect(address).await else { return };
    peer.write(&[1, 0, 0]).await;
    peer.answer().await;
}

async fn wrong_lengths(address: SocketAddr) {
    if let Some(mut peer) = Peer::connect(address).await {
        peer.write(&[1, 0, 0xFF, 0xFF, 0xFF, 0xFF]).await;
        peer.answer().await;
    }
    for bytes in [&[4, 0, 0x7F, 0, 0, 0][..], &[4, 0, 0, 0, 0, 7, 0xFF, 0, 0, 9, 1, 3, 0]] {
        if let Some(mut peer) = Peer::associate(address, "LENGTHS").await {
            peer.write(bytes).await;
            peer.answer().await;
        }
    }
}

async fn out_of_order(address: SocketAddr) {
    let Some(mut peer) = Peer::associate(address, "ORDER").await else { return };
    peer.write(&value(3, PDataValueType::Data, &[0; 64])).await;
    peer.write(&value(3, PDataValueType::Command, &store())).await;
    peer.answer().await;
}

async fn wrong_context(address: SocketAddr) {
    let Some(mut peer) = Peer::associate(address, "CONTEXT").await else { return };
    peer.write(&value(251, PDataValueType::Command, &command(0x0030, uids::VERIFICATION, None))).await;
    peer.answer().await;
}

async fn silence(address: SocketAddr) {
    let Some(mut peer) = Peer::associate(address, "SILENCE").await else { return };
    peer.write(&value(3, PDataValueType::Command, &store())).await;
    peer.write(&[4, 0, 0, 0, 0x20, 0, 0, 0, 0x1F, 0xFC, 3, 0]).await;
    peer.write(&[0; 500]).await;
    peer.answer().await;
}

async fn flood(address: SocketAddr) {
    if let Some(mut peer) = Peer::associate(address, "FLOOD").await {
        peer.write(&pdu(&Pdu::AbortRQ { source: AbortRQSource::ServiceUser })).await;
    }
}

/// One AE title that takes what it gets, and says nothing.
async fn hoard(address: SocketAddr) {
    let mut kept = Vec::new();
    while let Some(peer) = Peer::associate(address, "HOARD").await
        && kept.len() < HOARD
    {
        kept.push(peer);
    }
    tokio::time::sleep(PATIENCE).await;
}

async fn cut(address: SocketAddr) {
    drop(Peer::associate(address, "CUT").await);
}

async fn pretence(address: SocketAddr) {
    drop(Peer::associate(address, PRETENDED).await);
}
