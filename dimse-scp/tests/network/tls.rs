//! DIMSE over TLS (PS3.15 §B.9), with client certificates.

use std::pin::Pin;

use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use crate::support::{Certificates, Object, Peer, Server, association_request, status};

async fn connect(server: &Server, certificates: &Certificates, with_certificate: bool) -> Peer<SslStream<TcpStream>> {
    let connector = certificates.connector(with_certificate);
    let ssl = connector.configure().and_then(|tls| tls.verify_hostname(false).into_ssl("localhost")).expect("TLS");
    let socket = TcpStream::connect(server.address).await.expect("a server");
    let mut stream = SslStream::new(ssl, socket).expect("TLS");
    // With TLS 1.3 a refused certificate shows at the first read.
    let _ = Pin::new(&mut stream).connect().await;
    Peer::over(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_a_client_with_a_certificate() {
    let certificates = Certificates::new();
    let server = Server::start(|settings| settings.tls = Some(certificates.acceptor())).await;
    let mut peer = connect(&server, &certificates, true).await;
    peer.associate(&association_request()).await.unwrap();
    assert_eq!(peer.echo().await, 0x0000);
    let object = Object::new(600_000);
    assert_eq!(status(&peer.store(&object).await), 0x0000);
    assert!(server.has(&object).await);
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_client_without_a_certificate() {
    let certificates = Certificates::new();
    let server = Server::start(|settings| settings.tls = Some(certificates.acceptor())).await;
    let mut peer = connect(&server, &certificates, false).await;
    assert_eq!(peer.receive().await, None);
    let mut plain = Peer::connect(server.address).await;
    assert!(plain.associate(&association_request()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_stalls_is_closed_and_blocks_nobody() {
    let certificates = Certificates::new();
    let server = Server::start(|settings| {
        settings.tls = Some(certificates.acceptor());
        settings.artim = std::time::Duration::from_secs(2);
    })
    .await;
    let mut stalled = Peer::connect(server.address).await;
    stalled.send_bytes(&[0x16, 3, 1]).await;
    let mut peer = connect(&server, &certificates, true).await;
    peer.associate(&association_request()).await.unwrap();
    assert_eq!(stalled.receive().await, None);
}
