//! Peers that break the protocol, or say nothing: each gets its answer, and none disturbs another.

use std::time::Duration;

use dicom_ul::pdu::{
    AbortRQServiceProviderReason as Reason, AbortRQSource, PDataValueType, Pdu, PresentationContextProposed,
};
use tokio::io::AsyncWriteExt;

use crate::support::{Object, Peer, Server, association_request, request, status};

fn abort(reason: Reason) -> Option<Pdu> {
    Some(Pdu::AbortRQ { source: AbortRQSource::ServiceProvider(reason) })
}

/// What the server says to `bytes` before it closes: as first words, or within an association.
async fn answer(server: &Server, associated: bool, bytes: &[u8]) -> Option<Pdu> {
    let mut peer = match associated {
        true => Peer::associated(server.address).await,
        false => Peer::connect(server.address).await,
    };
    peer.send_bytes(bytes).await;
    let answer = peer.receive().await;
    if answer.is_some() {
        assert_eq!(peer.receive().await, None, "the server closes after an A-ABORT");
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_do_not_block_others() {
    let server = Server::start(|_| {}).await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(Peer::connect(server.address).await);
    }
    let mut half = Peer::connect(server.address).await;
    half.send_bytes(&[1, 0, 0, 0, 1]).await;
    assert_eq!(Peer::associated(server.address).await.echo().await, 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_are_closed_in_time() {
    let server = Server::start(|settings| settings.artim = Duration::from_millis(100)).await;
    let mut silent = Peer::connect(server.address).await;
    assert_eq!(silent.receive().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_silent_connections_displaces_itself() {
    let server = Server::start(|settings| settings.max_negotiating = 4).await;
    let mut oldest = Peer::connect(server.address).await;
    let mut flood = Vec::new();
    for _ in 0..20 {
        flood.push(Peer::connect(server.address).await);
    }
    assert_eq!(oldest.receive().await, None);
    assert_eq!(Peer::associated(server.address).await.echo().await, 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_association_that_goes_silent_is_aborted() {
    let server = Server::start(|settings| {
        settings.idle = Duration::from_millis(100);
        settings.silence = Duration::from_millis(100);
    })
    .await;
    let mut idle = Peer::associated(server.address).await;
    assert_eq!(idle.receive().await, abort(Reason::ReasonNotSpecified));

    let mut stuck = Peer::associated(server.address).await;
    stuck.command(3, &Object::new(10).request()).await;
    assert_eq!(stuck.receive().await, abort(Reason::ReasonNotSpecified));
}

/// A server that looks every 400 ms whether a peer sends 1,000 bytes a second.
async fn impatient() -> Server {
    Server::start(|settings| {
        settings.silence = Duration::from_millis(400);
        settings.least_rate = 1_000;
    })
    .await
}

/// Sends bytes, so many every 20 ms, until the server says something; what it says.
async fn drip(peer: &mut Peer, bytes: &[u8], at_once: usize) -> Option<Pdu> {
    let mut turns = tokio::time::interval(Duration::from_millis(20));
    for few in bytes.chunks(at_once) {
        turns.tick().await;
        peer.send_bytes(few).await;
        let mut said = [0; 1];
        if matches!(tokio::time::timeout(Duration::ZERO, peer.stream.peek(&mut said)).await, Ok(Ok(_))) {
            return peer.receive().await;
        }
    }
    None
}

/// An object's data set in one PDU.
fn in_one_pdu(object: &Object) -> Vec<u8> {
    let length = u32::try_from(object.data_set.len() + 2).expect("a small object");
    let head = [&[4, 0][..], &(length + 4).to_be_bytes(), &length.to_be_bytes(), &[3, 2]].concat();
    [head, object.data_set.clone()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_sends_a_byte_now_and_then_is_aborted() {
    let server = impatient().await;
    let object = Object::new(2_000);
    let mut peer = Peer::associated(server.address).await;
    peer.command(3, &object.request()).await;
    let said = drip(&mut peer, &in_one_pdu(&object), 1).await;
    assert_eq!(said, abort(Reason::ReasonNotSpecified));
    assert!(!server.has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_on_a_slow_line_may_take_its_time() {
    let server = impatient().await;
    let object = Object::new(12_000);
    let mut peer = Peer::associated(server.address).await;
    peer.command(3, &object.request()).await;
    // Longer than the gateway looks at.
    let said = drip(&mut peer, &in_one_pdu(&object), 200).await;
    let said = match said {
        Some(said) => Some(said),
        None => peer.receive().await,
    };
    assert!(matches!(said, Some(Pdu::PData { .. })), "{said:?}");
    assert!(server.has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_protocols_are_turned_away() {
    let server = Server::start(|_| {}).await;
    assert_eq!(answer(&server, false, b"GET / HTTP/1.1\r\n\r\n").await, abort(Reason::UnrecognizedPdu));
    assert_eq!(answer(&server, false, &[0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3]).await, abort(Reason::UnrecognizedPdu));
    assert_eq!(answer(&server, false, &[4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 1, 3]).await, abort(Reason::UnexpectedPdu));
    assert_eq!(answer(&server, false, &[1, 0, 0xFF, 0xFF, 0xFF, 0xFF]).await, abort(Reason::InvalidPduParameter));
    assert_eq!(answer(&server, false, &[1, 0, 0, 0, 0, 4, 0, 1, 0, 0]).await, abort(Reason::InvalidPduParameter));
    assert_eq!(answer(&server, false, &[7, 0, 0, 0, 0, 4, 0, 0, 0, 0]).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_pdus_within_an_association_abort_it() {
    let server = Server::start(|settings| settings.max_pdu = 8192).await;
    let echo = request(0x30, 0x0101, &[]);
    let in_context = |context: u8| {
        let length = u32::try_from(echo.len() + 2).unwrap();
        let head = [&[4, 0][..], &(length + 4).to_be_bytes(), &length.to_be_bytes(), &[context, 3]].concat();
        [head, echo.clone()].concat()
    };
    for (bytes, reason) in [
        (vec![9, 0, 0, 0, 0, 1, 0], Reason::UnrecognizedPdu),
        (vec![2, 0, 0, 0, 0, 1, 0], Reason::UnexpectedPdu),
        (vec![4, 0, 0, 0, 0x20, 1], Reason::InvalidPduParameter),
        (vec![4, 0, 0, 0, 0, 7, 0, 0, 0, 9, 1, 3, 0], Reason::InvalidPduParameter),
        (in_context(7), Reason::InvalidPduParameter),
    ] {
        assert_eq!(answer(&server, true, &bytes).await, abort(reason), "{bytes:?}");
    }
    assert_eq!(Peer::associated(server.address).await.echo().await, 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_cut_anywhere_leave_the_server_serving() {
    let server = Server::start(|_| {}).await;
    let object = Object::new(4000);
    for bytes in 0..20 {
        let mut peer = Peer::associated(server.address).await;
        peer.command(3, &object.request()).await;
        peer.send_bytes(&[4, 0, 0, 0, 4, 6, 0, 0, 4, 2, 3, 0, 8, 0, 0x16, 0, b'U', b'I', 0, 0][..bytes]).await;
        peer.stream.shutdown().await.unwrap();
        peer.receive().await;
    }
    assert_eq!(Peer::associated(server.address).await.echo().await, 0x0000);
    assert!(!server.has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_to_nothing_aborts() {
    let server = Server::start(|_| {}).await;
    let mut peer = Peer::associated(server.address).await;
    peer.value(1, PDataValueType::Command, true, &request(0x8030, 0x0101, &[(0x0120, &[9, 0])])).await;
    assert_eq!(peer.receive().await, abort(Reason::UnexpectedPduParameter));
}

/// So many elements without a value, eight bytes each.
fn empty_elements(count: u32) -> Vec<u8> {
    let element = |number: u32| {
        let (group, element) = (0x0011 + 2 * (number / 0xE000) as u16, 0x1000 + (number % 0xE000) as u16);
        [&group.to_le_bytes()[..], &element.to_le_bytes(), b"LO\0\0"].concat()
    };
    (0..count).flat_map(element).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_longer_than_any_real_one_are_refused_before_they_fill_the_memory() {
    let steps = "1.2.840.10008.3.1.2.3.3\0";
    let [commitment, instance] = ["1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"];
    let server = Server::start(|_| {}).await;
    let mut peer = Peer::connect(server.address).await;
    let mut association = association_request();
    association.presentation_contexts = [steps, commitment]
        .into_iter()
        .zip([1, 3])
        .map(|(class, id)| PresentationContextProposed {
            id,
            abstract_syntax: class.trim_end_matches('\0').into(),
            transfer_syntaxes: vec!["1.2.840.10008.1.2.1".into()],
        })
        .collect();
    peer.associate(&association).await.expect("an association");
    for (context, field, class, instance, elements) in
        [(1, 0x0120, steps, "1.9\0", 60_001), (3, 0x0130, commitment, instance, 200_000)]
    {
        let more: [(u16, &[u8]); 3] = [(0x0003, class.as_bytes()), (0x1001, instance.as_bytes()), (0x1008, &[1, 0])];
        peer.command(context, &request(field, 1, &more)).await;
        peer.data_set(context, &empty_elements(elements), 16_000).await;
        assert_eq!(status(&peer.response().await), 0x0213, "{class}");
    }
    peer.release().await;
}
