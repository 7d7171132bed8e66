//! How the server stops: what was begun is finished, what is idle is aborted, what hangs is cut off.

use std::time::Duration;

use dicom_ul::pdu::{AbortRQSource, PDataValueType, Pdu};
use tokio::net::TcpStream;

use crate::support::{Object, Peer, Server, status};

const ABORT: Pdu = Pdu::AbortRQ { source: AbortRQSource::ServiceUser };

#[tokio::test(flavor = "multi_thread")]
async fn finishes_the_message_in_progress_then_aborts() {
    let server = Server::start(|_| {}).await;
    let object = Object::new(4_000_000);
    let mut idle = Peer::associated(server.address).await;
    let mut busy = Peer::associated(server.address).await;
    busy.command(3, &object.request()).await;
    let (first, rest) = object.data_set.split_at(3_000_000);
    for chunk in first.chunks(16_000) {
        busy.value(3, PDataValueType::Data, false, chunk).await;
    }
    crate::support::eventually("a message in progress", async || server.files() > 0).await;

    server.shutdown.cancel();
    assert_eq!(idle.receive().await, Some(ABORT));
    drop(idle);
    busy.data_set(3, rest, 16_000).await;
    assert_eq!(status(&busy.response().await), 0x0000);
    assert_eq!(busy.receive().await, Some(ABORT));
    drop(busy);
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
    assert!(server.has(&object).await);
    server.running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn cuts_off_what_does_not_end() {
    let server = Server::start(|settings| settings.drain = Duration::from_millis(100)).await;
    let object = Object::new(4_000_000);
    let mut stuck = Peer::associated(server.address).await;
    stuck.command(3, &object.request()).await;
    for chunk in object.data_set[..3_000_000].chunks(16_000) {
        stuck.value(3, PDataValueType::Data, false, chunk).await;
    }
    crate::support::eventually("a message in progress", async || server.files() > 0).await;
    server.shutdown.cancel();
    server.running.await.unwrap().unwrap();
    assert_eq!(stuck.receive().await, None);
}
