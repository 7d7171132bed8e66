//! C-STORE and C-ECHO, as the wire has them.

use dicom_ul::pdu::{PDataValue, PDataValueType, Pdu};

use crate::support::{Object, Peer, Server, element, eventually, request, status};

#[tokio::test(flavor = "multi_thread")]
async fn stores_an_object_and_says_which() {
    let server = Server::start(|_| {}).await;
    let object = Object::new(300_000);
    let mut peer = Peer::associated(server.address).await;
    let response = peer.store(&object).await;
    assert_eq!(status(&response), 0x0000, "{response:?}");
    assert_eq!(response[&element::COMMAND_FIELD], [0x01, 0x80]);
    assert_eq!(response[&element::RESPONDED_TO], [9, 0]);
    assert_eq!(response[&element::DATA_SET_TYPE], [0x01, 0x01]);
    assert_eq!(String::from_utf8_lossy(&response[&element::INSTANCE]).trim_end_matches('\0'), object.instance);
    assert!(server.has(&object).await);
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_what_comes_in_odd_pieces() {
    let server = Server::start(|_| {}).await;
    let mut peer = Peer::associated(server.address).await;
    for size in [1, 7, 8191] {
        let object = Object::new(2_000);
        peer.command(3, &object.request()).await;
        peer.data_set(3, &object.data_set, size).await;
        assert_eq!(status(&peer.response().await), 0x0000, "pieces of {size}");
        assert!(server.has(&object).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_what_comes_with_its_command_in_one_pdu() {
    let server = Server::start(|_| {}).await;
    let object = Object::new(500);
    let mut peer = Peer::associated(server.address).await;
    let value = |value_type, is_last, data: &[u8]| PDataValue {
        presentation_context_id: 3,
        value_type,
        is_last,
        data: data.to_vec(),
    };
    let (first, second) = object.data_set.split_at(99);
    let data = vec![
        value(PDataValueType::Command, true, &object.request()),
        value(PDataValueType::Data, false, b""),
        value(PDataValueType::Data, false, first),
        value(PDataValueType::Data, false, second),
        value(PDataValueType::Data, true, b""),
    ];
    peer.send(&Pdu::PData { data }).await;
    assert_eq!(status(&peer.response().await), 0x0000);
    assert!(server.has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refused_object_does_not_end_the_association() {
    let server = Server::start(|_| {}).await;
    let mut peer = Peer::associated(server.address).await;
    let (nameless, good) = (Object::new(100_000), Object::new(100));

    peer.command(3, &request(1, 1, &[(0x0002, b"1.2.840.10008.5.1.4.1.1.7\0")])).await;
    peer.data_set(3, &nameless.data_set, 16_000).await;
    let refused = peer.response().await;
    assert_eq!(status(&refused), 0xC000);
    assert_eq!(refused[&element::OFFENDING], [0x00, 0x00, 0x00, 0x10]);
    assert!(refused[&element::COMMENT].starts_with(b"Affected SOP Instance UID is missing"));

    peer.command(3, &request(1, 0x0101, &[(0x0002, b"1.2.840.10008.5.1.4.1.1.7\0"), (0x1000, b"1.2.3\0")])).await;
    assert_eq!(status(&peer.response().await), 0xC000);

    peer.command(3, &nameless.request()).await;
    peer.value(3, PDataValueType::Data, true, b"").await;
    assert_eq!(status(&peer.response().await), 0xC000);

    peer.command(3, &nameless.request()).await;
    assert_eq!(status(&peer.store(&good).await), 0xC000, "the data set of the first never came");
    assert_eq!(status(&peer.response().await), 0x0000, "the second is whole");

    assert!(server.has(&good).await && !server.has(&nameless).await);
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_in_another_context_is_stored_with_a_warning_or_is_no_object() {
    let server = Server::start(|_| {}).await;
    let mut peer = Peer::associated(server.address).await;
    let mr = "1.2.840.10008.5.1.4.1.1.4";
    let related = Object::with(100, "1.2.276.0.99.1", &[(0x0008_0016, "UI", mr)]);
    let announced = |class: &[u8], object: &Object| {
        let mut instance = object.instance.clone().into_bytes();
        instance.resize(instance.len().next_multiple_of(2), 0);
        request(1, 1, &[(0x0002, class), (0x1000, &instance)])
    };
    peer.command(3, &announced(b"1.2.840.10008.5.1.4.1.1.4\0", &related)).await;
    peer.data_set(3, &related.data_set, 16_000).await;
    assert_eq!(status(&peer.response().await), 0xB007, "no image is lost for it");
    assert!(server.has(&related).await);
    for class in [&b"1.2.840.10008.1.1\0"[..], b"1.2.840.10008.1.3.10", b"1.2.840.10008.5.1.4.1.2.2.1\0"] {
        let object = Object::new(50_000);
        peer.command(3, &announced(class, &object)).await;
        peer.data_set(3, &object.data_set, 16_000).await;
        let refused = peer.response().await;
        assert_eq!((status(&refused), &refused[&element::OFFENDING][..]), (0x0122, &[0, 0, 2, 0][..]));
        assert!(!server.has(&object).await);
    }
    assert_eq!(status(&peer.store(&Object::new(100)).await), 0x0000);
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_in_the_middle_leaves_nothing() {
    let server = Server::start(|_| {}).await;
    let object = Object::new(2_000_000);
    let mut peer = Peer::associated(server.address).await;
    peer.command(3, &object.request()).await;
    for chunk in object.data_set[..1_500_000].chunks(16_000) {
        peer.value(3, PDataValueType::Data, false, chunk).await;
    }
    peer.send_bytes(&[7, 0, 0, 0, 0, 4, 0, 0, 0, 0]).await;
    assert_eq!(peer.receive().await, None);
    eventually("nothing on the node", async || server.files() == 0).await;
    assert!(!server.has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_who_may_not_store() {
    let server = Server::start(|settings| settings.accept_unknown = false).await;
    server.register("TESTER").await;
    let mut peer = Peer::associated(server.address).await;
    assert_eq!(status(&peer.store(&Object::new(50_000)).await), 0x0124);
    assert_eq!(peer.echo().await, 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_operations_that_a_context_does_not_have() {
    let server = Server::start(|_| {}).await;
    let object = Object::new(100);
    let mut peer = Peer::associated(server.address).await;
    peer.command(1, &object.request()).await;
    peer.data_set(1, &object.data_set, 16_000).await;
    assert_eq!(status(&peer.response().await), 0x0122);
    peer.command(3, &request(0x0020, 0x0101, &[])).await;
    assert_eq!(status(&peer.response().await), 0x0122, "C-FIND is of other contexts");
    peer.command(3, &request(0x0150, 0x0101, &[])).await;
    let refused = peer.response().await;
    assert_eq!((status(&refused), &refused[&element::COMMAND_FIELD][..]), (0x0211, &[0x50, 0x81][..]));
    peer.command(3, &request(0x0FFF, 0x0101, &[(0x0120, &[9, 0])])).await;
    assert_eq!(peer.echo().await, 0x0000, "a C-CANCEL of nothing is passed over");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_pieces_that_the_peer_takes() {
    use dicom_ul::pdu::UserVariableItem;
    let server = Server::start(|_| {}).await;
    let mut asking = crate::support::association_request();
    asking.user_variables[0] = UserVariableItem::MaxLength(30);
    let mut peer = Peer::connect(server.address).await;
    peer.associate(&asking).await.unwrap();
    peer.command(1, &request(0x30, 0x0101, &[(0x0002, b"1.2.840.10008.1.1\0")])).await;
    let mut command = Vec::new();
    loop {
        let Some(Pdu::PData { data }) = peer.receive().await else { panic!("no response") };
        assert!(data[0].data.len() <= 24, "a PDU of at most 30 bytes");
        command.extend_from_slice(&data[0].data);
        if data[0].is_last {
            break;
        }
    }
    assert!(command.ends_with(&[0, 0, 0, 9, 2, 0, 0, 0, 0, 0]), "status 0000");
}
