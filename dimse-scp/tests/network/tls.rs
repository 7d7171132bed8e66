//! DIMSE over TLS (PS3.15 §B.9), with client certificates.

use std::pin::Pin;

use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use archive::AeTitle;
use dimse_scp::{Outgoing, RequestFailure, Requestor};

use crate::support::{Certificates, Object, Peer, Server, association_request, identifier, retrieval_request, status};

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

fn requestor(tls: Option<openssl::ssl::SslConnector>) -> Requestor {
    Requestor::new(AeTitle::new("FIRST").expect("a title"), Outgoing { tls, pauses: Vec::new(), ..Outgoing::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_to_another_gateway_over_mutual_tls() {
    let certificates = Certificates::new();
    let second = Server::start(|settings| {
        settings.tls = Some(certificates.acceptor());
        settings.ae_title = AeTitle::new("SECOND").expect("a title");
    })
    .await;
    let first = Server::start(|settings| settings.requestor = requestor(Some(certificates.connector(true)))).await;
    first.register_at("TESTER", 104, true).await;
    first.register_with("SECOND", second.address.port(), false, true).await;
    let object = Object::new(600_000);
    let mut peer = Peer::connect(first.address).await;
    peer.associate(&retrieval_request(None, "1.2.840.10008.1.2.1")).await.expect("an association");
    assert_eq!(status(&peer.store(&object).await), 0x0000);
    peer.c_move("SECOND", &identifier("STUDY", &[(0x000D, &object.study)], false)).await;
    let last = peer.responses().await.pop().expect("a response");
    assert_eq!((last.status(), last.counts()), (0x0000, [None, Some(1), Some(0), Some(0)]));
    assert!(second.has(&object).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn trusts_no_destination_of_another_authority_and_needs_tls_where_it_is_registered() {
    let certificates = Certificates::new();
    let server = Server::start(|settings| settings.tls = Some(certificates.acceptor())).await;
    server.register_with("PACS", server.address.port(), false, true).await;
    let entity = server.archive.application_entity(&AeTitle::new("PACS").expect("a title")).await.expect("a database");
    let entity = entity.expect("it was registered");
    assert!(requestor(Some(certificates.connector(true))).echo(&entity).await.is_ok());
    let stranger = requestor(Some(Certificates::new().connector(true))).echo(&entity).await;
    assert!(matches!(stranger, Err(RequestFailure::Handshake(_))), "{stranger:?}");
    let without = requestor(None).echo(&entity).await;
    assert!(matches!(without, Err(RequestFailure::NoTls)), "{without:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_another_certificate_and_other_authorities_while_it_runs() {
    let certificates = Certificates::new();
    let server = Server::start(|settings| settings.tls = Some(certificates.acceptor())).await;
    server.register_with("PACS", server.address.port(), false, true).await;
    let entity = server.archive.application_entity(&AeTitle::new("PACS").expect("a title")).await.expect("a database");
    let entity = entity.expect("it was registered");
    let requestor = requestor(Some(Certificates::new().connector(true)));
    let other = requestor.clone();
    assert!(matches!(other.echo(&entity).await, Err(RequestFailure::Handshake(_))));
    requestor.renew_tls(Some(certificates.connector(true)));
    assert!(requestor.echo(&entity).await.is_ok() && other.echo(&entity).await.is_ok());
    requestor.renew_tls(None);
    assert!(matches!(other.echo(&entity).await, Err(RequestFailure::NoTls)));
}
