//! C-GET, as the wire has it: the C-STOREs come back over the association that asked for them.

use dicom_ul::pdu::RequestorRoles;

use crate::support::{Object, Peer, Server, identifier, retrieval_request, store_response};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const ONLY_SCP: RequestorRoles = RequestorRoles { scu: false, scp: true };

/// A server with some objects of one series.
async fn server(count: usize) -> (Server, Vec<Object>) {
    let server = Server::start(|_| {}).await;
    let mut peer = Peer::associated(server.address).await;
    let objects: Vec<Object> = (0..count).map(|i| Object::new(2_000 + 100_000 * (i % 2))).collect();
    for object in &objects {
        peer.store(object).await;
    }
    peer.release().await;
    (server, objects)
}

async fn requestor(server: &Server, roles: Option<RequestorRoles>, syntax: &str) -> Peer {
    let mut peer = Peer::connect(server.address).await;
    peer.associate(&retrieval_request(roles, syntax)).await.expect("an association");
    peer
}

fn study(objects: &[Object]) -> Vec<u8> {
    identifier("STUDY", &[(0x000D, &objects[0].study)], true)
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_the_bytes_as_they_were_stored() {
    let (server, objects) = server(3).await;
    let mut peer = requestor(&server, Some(ONLY_SCP), EXPLICIT).await;
    peer.c_get(&study(&objects)).await;
    for left in (0..3_u16).rev() {
        let store = peer.message().await;
        assert_eq!(store.field(), 0x0001);
        assert!(objects.iter().any(|object| object.data_set == store.data_set));
        assert!(!store.command.contains_key(&0x1030), "nobody moves anything");
        peer.command(3, &store_response(&store.command, 0)).await;
        let response = peer.message().await;
        assert_eq!(response.field(), 0x8010);
        match left {
            0 => assert_eq!((response.status(), response.counts()), (0x0000, [None, Some(3), Some(0), Some(0)])),
            left => assert_eq!(response.counts(), [Some(left), Some(3 - left), Some(0), Some(0)]),
        }
    }
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_nobody_who_did_not_take_the_role() {
    let (server, objects) = server(2).await;
    for roles in [None, Some(RequestorRoles { scu: true, scp: false })] {
        let mut peer = requestor(&server, roles, EXPLICIT).await;
        peer.c_get(&study(&objects)).await;
        let last = peer.responses().await.pop().expect("a final response");
        assert_eq!((last.status(), last.failed().len()), (0xA702, 2));
        assert_eq!(peer.echo().await, 0x0000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn makes_the_transfer_syntax_of_the_context() {
    let (server, objects) = server(1).await;
    let mut peer = requestor(&server, Some(ONLY_SCP), IMPLICIT).await;
    peer.c_get(&study(&objects)).await;
    let store = peer.message().await;
    assert_eq!(store.data_set[..8], [8, 0, 0x16, 0, 26, 0, 0, 0]);
    assert!(store.data_set.ends_with(&vec![0x5A; 2_000]));
    peer.command(3, &store_response(&store.command, 0)).await;
    assert_eq!(peer.message().await.status(), 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_past_what_the_requestor_refuses() {
    let (server, objects) = server(3).await;
    let mut peer = requestor(&server, Some(ONLY_SCP), EXPLICIT).await;
    peer.c_get(&study(&objects)).await;
    let mut refused = String::new();
    for number in 0..3 {
        let store = peer.message().await;
        if number == 1 {
            refused = String::from_utf8_lossy(&store.command[&0x1000]).trim_end_matches('\0').to_owned();
        }
        peer.command(3, &store_response(&store.command, if number == 1 { 0xA900 } else { 0 })).await;
        if number < 2 {
            assert_eq!(peer.message().await.status(), 0xFF00);
        }
    }
    let last = peer.message().await;
    assert_eq!((last.status(), last.counts()), (0xB000, [None, Some(2), Some(1), Some(0)]));
    let failed = String::from_utf8_lossy(&last.data_set[8..]).trim_end_matches('\0').to_owned();
    assert_eq!(failed, refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_when_it_is_cancelled() {
    let (server, objects) = server(3).await;
    let mut peer = requestor(&server, Some(ONLY_SCP), EXPLICIT).await;
    peer.c_get(&study(&objects)).await;
    let store = peer.message().await;
    peer.cancel(9).await;
    peer.command(3, &store_response(&store.command, 0)).await;
    let last = peer.responses().await.pop().expect("a final response");
    assert_eq!((last.status(), last.counts()), (0xFE00, [Some(2), Some(1), Some(0), Some(0)]));
    assert_eq!(peer.echo().await, 0x0000);
}
