//! C-MOVE, as the wire has it: requestor, gateway, and a Storage SCP that accepts and answers as it is told.

use std::time::Duration;

use archive::{Actor, Arrival, Right};
use dimse_scp::{Outgoing, Requestor};

use crate::support::{Manners, Object, Peer, Reply, Server, Sink, eventually, identifier, retrieval_request};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";

/// A server whose requestor tries twice, and TESTER may move.
async fn server() -> Server {
    let server = Server::start(|settings| {
        let pauses = vec![Duration::from_millis(10)];
        settings.requestor = Requestor::new(settings.ae_title.clone(), Outgoing { pauses, ..Outgoing::default() });
    })
    .await;
    server.register_at("TESTER", 104, true).await;
    server
}

/// Some objects of one series, stored.
async fn stored(server: &Server, count: usize) -> Vec<Object> {
    let mut peer = Peer::associated(server.address).await;
    let objects: Vec<Object> = (0..count).map(|i| Object::new(2_000 + 100_000 * (i % 2))).collect();
    for object in &objects {
        peer.store(object).await;
    }
    peer.release().await;
    objects
}

async fn requestor(server: &Server) -> Peer {
    let mut peer = Peer::connect(server.address).await;
    peer.associate(&retrieval_request(None, EXPLICIT)).await.expect("an association");
    peer
}

fn study(objects: &[Object]) -> Vec<u8> {
    identifier("STUDY", &[(0x000D, &objects[0].study)], false)
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_what_is_named_and_says_how_far_it_is() {
    let server = server().await;
    let objects = stored(&server, 4).await;
    let sink = Sink::start(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    let responses = peer.responses().await;
    for (i, pending) in (0..3_u16).zip(&responses) {
        assert_eq!(pending.status(), 0xFF00);
        assert_eq!(pending.counts(), [Some(3 - i), Some(i + 1), Some(0), Some(0)]);
    }
    let last = responses.last().expect("a final response");
    assert_eq!((responses.len(), last.status()), (4, 0x0000));
    assert_eq!(last.counts(), [None, Some(4), Some(0), Some(0)]);
    assert!(last.data_set.is_empty());
    let received = sink.received();
    for object in &objects {
        let found = received.iter().find(|received| received.data_set == object.data_set);
        let command = &found.expect("the bytes as they were stored").command;
        assert_eq!(command[&0x1030], b"TESTER");
        assert_eq!(command[&0x1031], [9, 0]);
        assert_eq!(String::from_utf8_lossy(&command[&0x1000]).trim_end_matches('\0'), object.instance);
    }
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_association_for_who_asks_next() {
    let server = server().await;
    let objects = stored(&server, 2).await;
    let sink = Sink::start(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    for _twice in 0..2 {
        peer.c_move("SINK", &study(&objects)).await;
        assert_eq!(peer.responses().await.last().expect("a response").status(), 0x0000);
    }
    assert_eq!((sink.associations(), sink.received().len()), (1, 4));
}

/// An MR image of the same series, stored.
async fn other_class(server: &Server) -> Object {
    let mut object = Object::new(2_000);
    let class = b"1.2.840.10008.5.1.4.1.1.7";
    let at = object.data_set.windows(class.len()).position(|bytes| bytes == class).expect("a SOP Class UID");
    object.data_set[at + class.len() - 1] = b'4';
    let arrival = Arrival::DataSet {
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.4".into(),
        sop_instance_uid: object.instance.clone(),
        transfer_syntax: EXPLICIT.into(),
        source: None,
    };
    let actor = Actor { name: "test".into(), rights: vec![Right::Store], identified: true, address: None, via: "test" };
    let mut incoming = server.archive.store(&actor, arrival).await.expect("may store");
    incoming.write(object.data_set.clone().into()).await.expect("room");
    assert!(incoming.finish().await.result.is_ok());
    object
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_nothing_in_the_way_of_another_association() {
    let server = server().await;
    let objects = stored(&server, 1).await;
    let sink = Sink::start(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    assert_eq!(peer.responses().await.last().expect("a response").status(), 0x0000);
    // Of another SOP Class: another association, and the first is released for it.
    let other = other_class(&server).await;
    let keys = [(0x0018, &other.instance[..]), (0x000D, &other.study), (0x000E, "1.2.276.0.99.1.1")];
    peer.c_move("SINK", &identifier("IMAGE", &keys, false)).await;
    assert_eq!(peer.responses().await.last().expect("a response").status(), 0x0000);
    assert!(sink.releases() >= 1);
    assert_eq!(sink.associations(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_what_the_destination_refuses() {
    let server = server().await;
    let objects = stored(&server, 4).await;
    let replies = |number| Reply::Status(if number % 2 == 0 { 0xA700 } else { 0 });
    let sink = Sink::start(Manners { replies, ..Manners::default() }).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    let responses = peer.responses().await;
    let last = responses.last().expect("a final response");
    assert_eq!(last.status(), 0xB000);
    assert_eq!(last.counts(), [None, Some(2), Some(2), Some(0)]);
    let mut failed = last.failed();
    failed.sort();
    let arrived: Vec<_> = sink.received().into_iter().map(|received| received.data_set).collect();
    let mut expected: Vec<_> = objects
        .iter()
        .filter(|object| !arrived.contains(&object.data_set))
        .map(|object| object.instance.clone())
        .collect();
    expected.sort();
    assert_eq!(failed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_of_the_destination_is_counted_as_one() {
    let server = server().await;
    let objects = stored(&server, 2).await;
    let replies = |number| Reply::Status(if number == 0 { 0xB007 } else { 0 });
    let sink = Sink::start(Manners { replies, ..Manners::default() }).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    let responses = peer.responses().await;
    let last = responses.last().expect("a final response");
    assert_eq!((last.status(), last.counts()), (0xB000, [None, Some(1), Some(0), Some(1)]));
    assert!(last.failed().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_takes_nothing_is_a_failure() {
    let server = server().await;
    let objects = stored(&server, 2).await;
    let sink = Sink::start(Manners { replies: |_| Reply::Status(0xC000), ..Manners::default() }).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    let responses = peer.responses().await;
    let last = responses.last().expect("a final response");
    assert_eq!((last.status(), last.failed().len()), (0xA702, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn makes_another_transfer_syntax_only_when_the_stored_one_is_refused() {
    let server = server().await;
    let objects = stored(&server, 1).await;
    let only_implicit = Sink::start(Manners { accepts: |uid| uid == IMPLICIT, ..Manners::default() }).await;
    let both = Sink::start(Manners::default()).await;
    server.register_at("IMPLICIT", only_implicit.address.port(), false).await;
    server.register_at("BOTH", both.address.port(), false).await;
    let mut peer = requestor(&server).await;
    for destination in ["IMPLICIT", "BOTH"] {
        peer.c_move(destination, &study(&objects)).await;
        assert_eq!(peer.responses().await.last().expect("a response").status(), 0x0000);
    }
    let as_stored = &both.received()[0];
    assert_eq!((&as_stored.transfer_syntax[..], &as_stored.data_set), (EXPLICIT, &objects[0].data_set));
    let made = &only_implicit.received()[0];
    assert_eq!(made.transfer_syntax, IMPLICIT);
    // (0008,0016) with a length of four bytes and no VR.
    assert_eq!(made.data_set[..8], [8, 0, 0x16, 0, 26, 0, 0, 0]);
    assert!(made.data_set.ends_with(&vec![0x5A; 2_000]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_takes_no_transfer_syntax_fails_by_instance() {
    let server = server().await;
    let objects = stored(&server, 2).await;
    let sink = Sink::start(Manners { accepts: |_| false, ..Manners::default() }).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    let responses = peer.responses().await;
    let last = responses.last().expect("a final response");
    assert_eq!((last.status(), last.failed().len()), (0xA702, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_down_fails_every_instance_by_name() {
    let server = server().await;
    let objects = stored(&server, 3).await;
    let port = {
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        nobody.local_addr().expect("a bound socket").port()
    };
    server.register_at("DOWN", port, false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("DOWN", &study(&objects)).await;
    let responses = peer.responses().await;
    assert_eq!(responses.len(), 1);
    assert_eq!((responses[0].status(), responses[0].failed().len()), (0xA702, 3));
    assert_eq!(responses[0].counts(), [None, Some(0), Some(3), Some(0)]);
    assert!(String::from_utf8_lossy(&responses[0].command[&0x0902]).contains("cannot be reached"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_once_more_what_an_aborted_association_took_along() {
    let server = server().await;
    let objects = stored(&server, 3).await;
    let replies = |number| if number == 1 { Reply::Abort } else { Reply::Status(0) };
    let sink = Sink::start(Manners { replies, ..Manners::default() }).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    let responses = peer.responses().await;
    let last = responses.last().expect("a final response");
    assert_eq!((last.status(), last.counts()), (0x0000, [None, Some(3), Some(0), Some(0)]));
    assert_eq!((sink.associations(), sink.received().len()), (2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_a_destination_up_that_breaks_every_association() {
    let server = server().await;
    let objects = stored(&server, 5).await;
    let sink = Sink::start(Manners { replies: |_| Reply::Abort, ..Manners::default() }).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    let last = peer.responses().await.pop().expect("a final response");
    assert_eq!((last.status(), last.failed().len()), (0xA702, 5));
    assert_eq!(sink.associations(), 4, "two for each of two instances");
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_when_it_is_cancelled_and_says_what_remains() {
    let server = server().await;
    let objects = stored(&server, 4).await;
    let sink = Sink::held(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    sink.let_go(1);
    assert_eq!(peer.message().await.counts(), [Some(3), Some(1), Some(0), Some(0)]);
    eventually("the second is on its way", async || sink.received().len() == 2).await;
    peer.cancel(7).await;
    let last = peer.responses().await.pop().expect("a final response");
    assert_eq!(last.status(), 0xFE00);
    assert_eq!(last.counts(), [Some(3), Some(1), Some(0), Some(0)]);
    assert_eq!(peer.echo().await, 0x0000);
    assert_eq!(sink.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_the_destination_back_in_order_when_it_is_cancelled() {
    let server = server().await;
    let objects = stored(&server, 8).await;
    let sink = Sink::held(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &study(&objects)).await;
    eventually("the first is on its way", async || sink.received().len() == 1).await;
    peer.cancel(7).await;
    sink.let_go(4);
    assert_eq!(peer.responses().await.pop().expect("a final response").status(), 0xFE00);
    eventually("the association is released", async || sink.releases() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_unknown_destinations_and_callers_without_the_right() {
    let server = server().await;
    let objects = stored(&server, 1).await;
    let mut peer = requestor(&server).await;
    peer.c_move("NOBODY", &study(&objects)).await;
    assert_eq!(peer.responses().await[0].status(), 0xA801);
    let mut request = retrieval_request(None, EXPLICIT);
    request.calling_ae_title = "STRANGER".into();
    let mut stranger = Peer::connect(server.address).await;
    stranger.associate(&request).await.expect("an association");
    for destination in ["NOBODY", "TESTER"] {
        stranger.c_move(destination, &study(&objects)).await;
        assert_eq!(stranger.responses().await[0].status(), 0x0124);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_matches_is_a_success_without_sub_operations() {
    let server = server().await;
    let sink = Sink::start(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    peer.c_move("SINK", &identifier("STUDY", &[(0x000D, "1.2.3.4.5")], false)).await;
    let responses = peer.responses().await;
    assert_eq!((responses.len(), responses[0].status()), (1, 0x0000));
    assert_eq!(responses[0].counts(), [None, Some(0), Some(0), Some(0)]);
    assert_eq!(sink.associations(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_identifiers_that_do_not_name_enough() {
    let server = server().await;
    let objects = stored(&server, 1).await;
    server.register_at("SINK", 104, false).await;
    let mut peer = requestor(&server).await;
    for (identifier, offending) in [
        (identifier("PATIENT", &[], false), [0x08, 0, 0x52, 0]),
        (identifier("STUDY", &[], false), [0x20, 0, 0x0D, 0]),
        (identifier("SERIES", &[(0x000E, "1.2")], false), [0x20, 0, 0x0D, 0]),
        (identifier("STUDY", &[(0x000D, "1.2.x")], false), [0x20, 0, 0x0D, 0]),
    ] {
        peer.c_move("SINK", &identifier).await;
        let response = peer.responses().await.remove(0);
        assert_eq!(response.status(), 0xA900);
        assert_eq!(response.command[&0x0901], offending);
    }
    assert!(server.has(&objects[0]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_single_instances_by_a_list_of_their_uids() {
    let server = server().await;
    let objects = stored(&server, 3).await;
    let sink = Sink::start(Manners { max_pdu: 0, ..Manners::default() }).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = requestor(&server).await;
    let list = format!("{}\\{}", objects[0].instance, objects[2].instance);
    let keys = [(0x0018, &list[..]), (0x000D, &objects[0].study), (0x000E, "1.2.276.0.99.1.1")];
    peer.c_move("SINK", &identifier("IMAGE", &keys, false)).await;
    assert_eq!(peer.responses().await.last().expect("a response").counts()[1], Some(2));
    let arrived: Vec<_> = sink.received().into_iter().map(|received| received.data_set).collect();
    assert!(arrived.contains(&objects[0].data_set) && !arrived.contains(&objects[1].data_set));
}
