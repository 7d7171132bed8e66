//! C-MOVEs that send over several associations at once, as far as their destination lets them.

use std::time::Duration;

use dimse_scp::{Outgoing, Requestor};

use crate::support::{Manners, Object, Peer, Reply, Server, Sink, Welcome, eventually, identifier, retrieval_request};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// A server with so many associations with one destination, two of them for one C-MOVE.
async fn server(associations: usize) -> Server {
    let server = Server::start(|settings| {
        let pauses = vec![Duration::from_millis(10)];
        let outgoing = Outgoing { associations, associations_per_move: 2, pauses, ..Outgoing::default() };
        settings.requestor = Requestor::new(settings.ae_title.clone(), outgoing);
    })
    .await;
    server.register_at("TESTER", 104, true).await;
    server
}

/// So many objects of one series, stored, and a C-MOVE of them under way.
async fn moving(server: &Server, sink: &Sink, count: usize) -> (Peer, Vec<Object>) {
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = Peer::associated(server.address).await;
    let objects: Vec<Object> = (0..count).map(|i| Object::new(2_000 + 100_000 * (i % 2))).collect();
    for object in &objects {
        peer.store(object).await;
    }
    peer.release().await;
    let mut peer = Peer::connect(server.address).await;
    peer.associate(&retrieval_request(None, EXPLICIT)).await.expect("an association");
    peer.c_move("SINK", &identifier("STUDY", &[(0x000D, &objects[0].study)], false)).await;
    (peer, objects)
}

/// Everything arrives, each object once, and is counted.
async fn all_arrive(mut peer: Peer, sink: &Sink, objects: &[Object]) {
    let count = u16::try_from(objects.len()).expect("a few objects");
    let responses = peer.responses().await;
    let last = responses.last().expect("a final response");
    assert_eq!((last.status(), last.counts()), (0x0000, [None, Some(count), Some(0), Some(0)]));
    let mut remaining: Vec<_> = responses.iter().filter_map(|response| response.counts()[0]).collect();
    remaining.dedup();
    assert!(remaining.is_sorted_by(|a, b| a > b), "{remaining:?}");
    let received = sink.received();
    assert_eq!(received.len(), objects.len());
    for object in objects {
        assert!(received.iter().any(|received| received.data_set == object.data_set), "{}", object.instance);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_objects_are_on_their_way_at_once() {
    let server = server(4).await;
    let sink = Sink::held(Manners::default()).await;
    let (peer, objects) = moving(&server, &sink, 6).await;
    eventually("two are on their way", async || sink.received().len() == 2).await;
    assert_eq!(sink.associations(), 2);
    sink.let_go(6);
    all_arrive(peer, &sink, &objects).await;
    eventually("both associations are released", async || sink.releases() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_with_room_for_one_association_gets_everything_over_that() {
    for welcomes in [
        (|number: usize| if number == 0 { Welcome::Accept } else { Welcome::Reject }) as fn(usize) -> Welcome,
        |number| {
            if number == 0 { Welcome::Accept } else { Welcome::Silence }
        },
    ] {
        let server = server(4).await;
        let sink = Sink::held(Manners { welcomes, ..Manners::default() }).await;
        let (peer, objects) = moving(&server, &sink, 4).await;
        eventually("two associations are asked for", async || sink.associations() == 2).await;
        sink.let_go(4);
        all_arrive(peer, &sink, &objects).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_association_that_breaks_costs_no_object() {
    let server = server(4).await;
    let replies = |number| if number == 1 { Reply::Abort } else { Reply::Status(0) };
    let sink = Sink::held(Manners { replies, ..Manners::default() }).await;
    let (peer, objects) = moving(&server, &sink, 6).await;
    eventually("two associations are there", async || sink.associations() == 2).await;
    sink.let_go(7);
    all_arrive(peer, &sink, &objects).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_place_is_taken_that_others_may_need() {
    let server = server(2).await;
    let sink = Sink::held(Manners::default()).await;
    let (peer, objects) = moving(&server, &sink, 3).await;
    eventually("one is on its way", async || sink.received().len() == 1).await;
    sink.let_go(3);
    all_arrive(peer, &sink, &objects).await;
    assert_eq!(sink.associations(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_over_both_may_end_when_it_is_cancelled() {
    let server = server(4).await;
    let sink = Sink::held(Manners::default()).await;
    let (mut peer, _) = moving(&server, &sink, 6).await;
    eventually("two are on their way", async || sink.received().len() == 2).await;
    peer.cancel(7).await;
    sink.let_go(2);
    let last = peer.responses().await.pop().expect("a final response");
    assert_eq!((last.status(), last.counts()), (0xFE00, [Some(4), Some(2), Some(0), Some(0)]));
    eventually("both associations are released", async || sink.releases() == 2).await;
}
