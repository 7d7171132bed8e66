//! What the unit tests of the network layers share: two ends of a connection, and PDUs byte by byte.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use archive::{Actor, AeTitle};
use data_set::uids;
use dicom_ul::pdu::PresentationContextProposed;
use tokio::net::{TcpListener, TcpStream};

use crate::association::{Association, Peer};
use crate::connection::Connection;
use crate::transport::Transport;
use crate::upper_layer::{Contexts, PData};

/// Largest PDU that [`pdata`] takes.
pub(crate) const MAX_PDU: u32 = 1024;
/// Longest silence.
pub(crate) const SILENCE: Duration = Duration::from_millis(200);

/// A peer's socket, and our connection to it.
pub(crate) async fn pair() -> (TcpStream, Connection) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    peer.set_nodelay(true).unwrap();
    let transport = Transport::accept(listener.accept().await.unwrap().0, None).await.unwrap();
    (peer, Connection::new(transport, SILENCE))
}

/// A peer that takes PDUs of `max_sent`, and our side after negotiation.
pub(crate) async fn pdata(max_sent: u32) -> (TcpStream, PData) {
    let (peer, connection) = pair().await;
    (peer, PData::new(connection, MAX_PDU, max_sent))
}

/// An association with presentation contexts 1 (Verification) and 3 (CT Image Storage).
pub(crate) async fn association() -> (TcpStream, Association) {
    let (peer, pdata) = pdata(0).await;
    let proposed = [(1, uids::VERIFICATION), (3, uids::CT_IMAGE_STORAGE)].map(|(id, class)| {
        let transfer_syntaxes = vec![uids::EXPLICIT_VR_LITTLE_ENDIAN.to_owned()];
        PresentationContextProposed { id, abstract_syntax: class.to_owned(), transfer_syntaxes }
    });
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let actor =
        Actor { name: "TESTER".into(), rights: Vec::new(), identified: true, address: Some(address), via: "dimse" };
    let [calling, called] = ["TESTER", "PACS"].map(|title| AeTitle::new(title).unwrap());
    let (contexts, _) = Contexts::negotiate(&proposed).unwrap();
    (peer, Association::new(pdata, contexts, Peer { calling, called, actor }, SILENCE))
}

/// A presentation data value: `control` bit 0 command, bit 1 last.
pub(crate) fn value(context_id: u8, control: u8, bytes: &[u8]) -> Vec<u8> {
    let mut value = u32::try_from(bytes.len() + 2).unwrap().to_be_bytes().to_vec();
    value.extend_from_slice(&[context_id, control]);
    value.extend_from_slice(bytes);
    value
}

/// A PDU of a type.
pub(crate) fn pdu(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut pdu = vec![kind, 0];
    pdu.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
    pdu.extend_from_slice(body);
    pdu
}

/// A P-DATA-TF PDU of values.
pub(crate) fn p_data(values: &[Vec<u8>]) -> Vec<u8> {
    pdu(4, &values.concat())
}
