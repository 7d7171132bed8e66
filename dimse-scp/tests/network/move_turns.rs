//! C-MOVEs that wait for their destination: for a turn, or until it is there.

use std::net::Ipv4Addr;
use std::time::Duration;

use dicom_ul::pdu::{AbortRQSource, Pdu};
use dimse_scp::{Outgoing, Requestor};
use tokio::net::TcpListener;

use crate::support::{Manners, Object, Peer, Server, Sink, eventually, identifier, retrieval_request};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// A server that has one association at once with another AE, and waits otherwise as little as it can.
async fn server(pauses: Vec<Duration>) -> Server {
    let server = Server::start(|settings| {
        let outgoing = Outgoing {
            associations: 1,
            establishment: Duration::from_millis(300),
            sign_of_life: Duration::from_millis(50),
            pauses,
            ..Outgoing::default()
        };
        settings.requestor = Requestor::new(settings.ae_title.clone(), outgoing);
    })
    .await;
    server.register_at("TESTER", 104, true).await;
    server
}

async fn stored(server: &Server) -> Object {
    let (mut peer, object) = (Peer::associated(server.address).await, Object::new(2_000));
    peer.store(&object).await;
    peer.release().await;
    object
}

/// A requestor whose C-MOVE is under way.
async fn moving(server: &Server, object: &Object) -> Peer {
    let mut peer = Peer::connect(server.address).await;
    peer.associate(&retrieval_request(None, EXPLICIT)).await.expect("an association");
    peer.c_move("SINK", &identifier("STUDY", &[(0x000D, &object.study)], false)).await;
    peer
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_finds_all_associations_in_use_waits_and_says_that_it_lives() {
    let server = server(Vec::new()).await;
    let object = stored(&server).await;
    let sink = Sink::held(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut first = moving(&server, &object).await;
    eventually("its object is on its way", async || sink.received().len() == 1).await;
    let mut second = moving(&server, &object).await;
    // Longer than anything else waits for.
    for _ in 0..10 {
        let pending = second.message().await;
        assert_eq!((pending.status(), pending.counts()), (0xFF00, [Some(1), Some(0), Some(0), Some(0)]));
    }
    assert_eq!(sink.associations(), 1);
    sink.let_go(2);
    for peer in [&mut first, &mut second] {
        let last = peer.responses().await.pop().expect("a final response");
        assert_eq!((last.status(), last.counts()), (0x0000, [None, Some(1), Some(0), Some(0)]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_waits_can_be_cancelled_and_leaves_no_place_taken_when_its_requestor_goes() {
    let server = server(Vec::new()).await;
    let object = stored(&server).await;
    let sink = Sink::held(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut first = moving(&server, &object).await;
    eventually("its object is on its way", async || sink.received().len() == 1).await;
    let mut cancelled = moving(&server, &object).await;
    assert_eq!(cancelled.message().await.status(), 0xFF00);
    cancelled.cancel(7).await;
    let last = cancelled.responses().await.pop().expect("a final response");
    assert_eq!((last.status(), last.counts()), (0xFE00, [Some(1), Some(0), Some(0), Some(0)]));
    assert_eq!(cancelled.echo().await, 0x0000);
    let mut gone = moving(&server, &object).await;
    assert_eq!(gone.message().await.status(), 0xFF00);
    gone.send(&Pdu::AbortRQ { source: AbortRQSource::ServiceUser }).await;
    let mut patient = moving(&server, &object).await;
    assert_eq!(patient.message().await.status(), 0xFF00);
    sink.let_go(2);
    for peer in [&mut first, &mut patient] {
        assert_eq!(peer.responses().await.pop().expect("a final response").status(), 0x0000);
    }
    assert_eq!(sink.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_whose_destination_takes_its_time_says_that_it_lives() {
    let server = server(Vec::new()).await;
    let object = stored(&server).await;
    let sink = Sink::held(Manners::default()).await;
    server.register_at("SINK", sink.address.port(), false).await;
    let mut peer = moving(&server, &object).await;
    assert_eq!(peer.message().await.counts(), [Some(1), Some(0), Some(0), Some(0)]);
    assert_eq!(peer.message().await.status(), 0xFF00);
    sink.let_go(1);
    assert_eq!(peer.responses().await.pop().expect("a final response").status(), 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_comes_up_during_the_pauses_gets_everything() {
    let server = server(vec![Duration::from_millis(100); 100]).await;
    let object = stored(&server).await;
    let port = {
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        nobody.local_addr().expect("a bound socket").port()
    };
    server.register_at("SINK", port, false).await;
    let mut peer = moving(&server, &object).await;
    // It has been tried, in vain.
    assert_eq!(peer.message().await.status(), 0xFF00);
    let sink = Sink::at(port, Manners::default()).await;
    sink.let_go(1);
    let last = peer.responses().await.pop().expect("a final response");
    assert_eq!((last.status(), last.counts()), (0x0000, [None, Some(1), Some(0), Some(0)]));
    assert_eq!(sink.received()[0].data_set, object.data_set);
}
