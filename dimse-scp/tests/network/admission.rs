//! How many associations an AE may have, and the certificate by which it proves who it is.

use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;

use archive::AeTitle;
use archive::access::{ApplicationEntity, BoundCertificate};
use dicom_ul::pdu::{AbortRQSource, AssociationRQ, Pdu, UserVariableItem, write_pdu};
use dimse_scp::{Outgoing, Requestor};
use openssl::hash::MessageDigest;
use openssl::ssl::SslConnector;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use crate::support::{
    Certificates, Object, Peer, Server, association_request, eventually, identifier, retrieval_request, status,
};

fn entity(title: &str) -> ApplicationEntity {
    ApplicationEntity::at(AeTitle::new(title).expect("a title"), "127.0.0.1", 104)
}

fn as_title(title: &str) -> AssociationRQ {
    AssociationRQ { calling_ae_title: title.into(), ..association_request() }
}

/// An association, or result, source and reason of its rejection.
async fn call(server: &Server, title: &str) -> Result<Peer, [u8; 3]> {
    associate(Peer::connect(server.address).await, title).await
}

async fn associate<S: AsyncRead + AsyncWrite + Unpin>(mut peer: Peer<S>, title: &str) -> Result<Peer<S>, [u8; 3]> {
    match peer.associate(&as_title(title)).await {
        Ok(_) => Ok(peer),
        Err(Some(pdu @ Pdu::AssociationRJ(_))) => {
            let mut bytes = Vec::new();
            write_pdu(&mut bytes, &pdu).expect("a PDU");
            Err([bytes[7], bytes[8], bytes[9]])
        }
        Err(other) => panic!("{other:?} is no answer"),
    }
}

const LIMIT: [u8; 3] = [2, 3, 2];
const NOT_WHO_IT_SAYS: [u8; 3] = [1, 1, 3];

#[tokio::test(flavor = "multi_thread")]
async fn an_ae_has_no_more_associations_than_it_may_and_disturbs_no_other() {
    let server = Server::start(|settings| settings.max_associations_per_ae = Some(1)).await;
    let ct = ApplicationEntity { max_associations: Some(2), may_store: true, ..entity("CT") };
    server.archive.add_application_entity("test", &ct).await.expect("added");
    let first = call(&server, "CT").await.expect("the first");
    let mut second = call(&server, "CT").await.expect("the second");
    assert_eq!(call(&server, "CT").await.err(), Some(LIMIT));
    let _other = call(&server, "MR").await.expect("another AE");
    assert_eq!(call(&server, "MR").await.err(), Some(LIMIT), "the default goes for who has no number");
    assert_eq!(server.refusals().await, ["limit of the calling AE title exceeded"; 2]);
    first.release().await;
    let again = call(&server, "CT").await.expect("a seat is free as soon as its association is released");
    drop(again);
    second.send(&Pdu::AbortRQ { source: AbortRQSource::ServiceUser }).await;
    eventually("room after an abort", async || call(&server, "CT").await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ae_can_take_the_places_of_all() {
    let server = Server::start(|settings| settings.max_associations = 8).await;
    let mut greedy = Vec::new();
    while let Ok(association) = call(&server, "GREEDY").await {
        greedy.push(association);
    }
    assert_eq!(greedy.len(), 6);
    let _first = call(&server, "CT").await.expect("a place that was kept");
    assert_eq!(call(&server, "CT").await.err(), Some(LIMIT), "the last one is for another AE");
    let own = ApplicationEntity { max_associations: Some(3), may_store: true, ..entity("MR") };
    server.archive.add_application_entity("test", &own).await.expect("added");
    let _last = call(&server, "MR").await.expect("the last place");
    assert_eq!(call(&server, "US").await.err(), Some(LIMIT));
    let reasons = server.refusals().await;
    assert_eq!(reasons.iter().filter(|reason| *reason == "the places left are kept for other AE titles").count(), 2);
    greedy.pop().expect("one of them").release().await;
    eventually("room again", async || call(&server, "US").await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_frees_its_place_and_a_new_limit_counts_at_once() {
    let server = Server::start(|_| {}).await;
    let limited = |most| ApplicationEntity { max_associations: Some(most), may_store: true, ..entity("CT") };
    server.archive.put_application_entity("test", &limited(1)).await.expect("added");
    let first = call(&server, "CT").await.expect("the first");
    assert_eq!(call(&server, "CT").await.err(), Some(LIMIT));
    server.archive.put_application_entity("test", &limited(2)).await.expect("changed");
    let second = call(&server, "CT").await.expect("the limit is two now");
    drop((first, second));
    eventually("room after both are cut", async || call(&server, "CT").await.is_ok()).await;
}

/// A connection by TLS.
async fn connect_by_tls(server: &Server, connector: &SslConnector) -> Peer<SslStream<TcpStream>> {
    let ssl = connector.configure().and_then(|tls| tls.verify_hostname(false).into_ssl("localhost")).expect("TLS");
    let socket = TcpStream::connect(server.address).await.expect("a server");
    let mut stream = SslStream::new(ssl, socket).expect("TLS");
    Pin::new(&mut stream).connect().await.expect("a handshake");
    Peer::over(stream)
}

/// Calls by TLS with the client's certificate.
async fn call_by_tls(server: &Server, certificates: &Certificates, title: &str) -> bool {
    let mut peer = connect_by_tls(server, &certificates.connector(true)).await;
    let is_let_in = peer.associate(&as_title(title)).await.is_ok();
    if is_let_in {
        assert_eq!(peer.echo().await, 0x0000);
        peer.release().await;
    }
    is_let_in
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_with_a_certificate_is_let_in_with_no_other() {
    let certificates = Certificates::new();
    let digest = certificates.client.0.digest(MessageDigest::sha256()).expect("a digest");
    let own = BoundCertificate::Sha256(digest.as_ref().try_into().expect("32 bytes"));
    let server = Server::start(|settings| settings.tls = Some(certificates.acceptor())).await;
    for (title, certificate) in [
        ("EXACT", own),
        ("NAMED", BoundCertificate::CommonName("client".into())),
        ("WRONG", BoundCertificate::Sha256([0; 32])),
        ("OTHER", BoundCertificate::CommonName("server".into())),
    ] {
        let entity = ApplicationEntity { certificate: Some(certificate), may_store: true, ..entity(title) };
        server.archive.add_application_entity("test", &entity).await.expect("added");
    }
    for (title, is_let_in) in [("EXACT", true), ("NAMED", true), ("WRONG", false), ("OTHER", false), ("FREE", true)] {
        assert_eq!(call_by_tls(&server, &certificates, title).await, is_let_in, "{title}");
    }
    assert_eq!(server.refusals().await, ["the certificate is not that of the calling AE title"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_pretends_to_be_an_ae_at_its_limit_is_told_so_and_keeps_it_from_nothing() {
    let certificates = Certificates::new();
    let server = Server::start(|settings| {
        settings.tls = Some(certificates.acceptor());
        settings.max_associations = 2;
    })
    .await;
    let bound = BoundCertificate::CommonName("client".into());
    let ct = ApplicationEntity { certificate: Some(bound), max_associations: Some(1), may_store: true, ..entity("CT") };
    server.archive.add_application_entity("test", &ct).await.expect("added");
    let (own, stolen) = (certificates.connector(true), certificates.connector_as(Some(&certificates.server)));
    let call =
        async |connector: &SslConnector, title: &str| associate(connect_by_tls(&server, connector).await, title).await;
    let real = call(&own, "CT").await.expect("the real one");
    assert_eq!(call(&stolen, "CT").await.err(), Some(NOT_WHO_IT_SAYS));
    assert_eq!(call(&own, "CT").await.err(), Some(LIMIT));
    let _last = call(&own, "MR").await.expect("the last place of all");
    assert_eq!(call(&stolen, "CT").await.err(), Some(NOT_WHO_IT_SAYS), "though nobody at all would be let in");
    assert_eq!(call(&own, "MR").await.err(), Some(LIMIT));
    let pretended = "the certificate is not that of the calling AE title";
    let limits = ["local limit exceeded", "limit of the calling AE title exceeded"];
    assert_eq!(server.refusals().await, [limits[0], pretended, limits[1], pretended]);
    real.release().await;
    assert!(call(&stolen, "CT").await.is_err());
    eventually("the real one's place is its own again", async || call(&own, "CT").await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_addresses_are_checked_a_title_is_let_in_from_its_host_only() {
    let server = Server::start(|settings| settings.check_address = true).await;
    for (title, host) in [("HERE", "127.0.0.1"), ("NAMED", "localhost"), ("THERE", "192.0.2.1")] {
        let entity = ApplicationEntity {
            max_associations: Some(1),
            ..ApplicationEntity::at(AeTitle::new(title).expect("a title"), host, 104)
        };
        server.archive.add_application_entity("test", &entity).await.expect("added");
    }
    for (title, is_let_in) in [("HERE", true), ("NAMED", true), ("THERE", false), ("UNKNOWN", true)] {
        let called = call(&server, title).await;
        assert_eq!(called.err(), (!is_let_in).then_some(NOT_WHO_IT_SAYS), "{title}");
    }
    assert_eq!(server.refusals().await, ["the address is not that of the calling AE title"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_with_a_certificate_is_not_let_in_without_tls() {
    let server = Server::start(|_| {}).await;
    let bound = BoundCertificate::CommonName("client".into());
    let entity = ApplicationEntity { certificate: Some(bound), may_store: true, ..entity("CT") };
    server.archive.add_application_entity("test", &entity).await.expect("added");
    assert_eq!(call(&server, "CT").await.err(), Some([1, 1, 3]));
    assert_eq!(server.refusals().await, ["the calling AE title needs TLS with its certificate"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_certificates_are_required_a_title_without_one_is_not_let_in() {
    let certificates = Certificates::new();
    let server = Server::start(|settings| {
        settings.tls = Some(certificates.acceptor());
        settings.require_certificate = true;
    })
    .await;
    let named = ApplicationEntity { certificate: "CN=client".parse().ok(), may_store: true, ..entity("NAMED") };
    for entity in [named, entity("BARE")] {
        server.archive.add_application_entity("test", &entity).await.expect("added");
    }
    for (title, is_let_in) in [("NAMED", true), ("BARE", false), ("UNKNOWN", false)] {
        assert_eq!(call_by_tls(&server, &certificates, title).await, is_let_in, "{title}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_proposes_an_asynchronous_operations_window_is_offered_one_of_one() {
    let server = Server::start(|_| {}).await;
    let mut request = association_request();
    request.user_variables.push(UserVariableItem::Unknown(0x53, vec![0, 16, 0, 4]));
    let mut peer = Peer::connect(server.address).await;
    let ac = peer.associate(&request).await.expect("an association");
    assert!(ac.user_variables.contains(&UserVariableItem::Unknown(0x53, vec![0, 1, 0, 1])), "{ac:?}");
    assert_eq!(peer.echo().await, 0x0000);
    let ac = Peer::connect(server.address).await.associate(&association_request()).await.expect("an association");
    assert!(!ac.user_variables.iter().any(|item| matches!(item, UserVariableItem::Unknown(0x53, _))));
}

#[tokio::test(flavor = "multi_thread")]
async fn listens_on_ipv6_and_sends_to_who_does() {
    let loopback = IpAddr::V6(Ipv6Addr::LOCALHOST);
    if tokio::net::TcpListener::bind((loopback, 0)).await.is_err() {
        eprintln!("this machine has no ::1: nothing is tested");
        return;
    }
    let title = |text: &str| AeTitle::new(text).expect("a title");
    let second = Server::start_at(loopback, |settings| settings.ae_title = title("SECOND")).await;
    let requestor = Requestor::new(title("FIRST"), Outgoing::default());
    let first = Server::start_at(loopback, |settings| settings.requestor = requestor.clone()).await;
    first.register_at("TESTER", 104, true).await;
    let port = second.address.port();
    for host in ["[::1]", "::1"] {
        let entity = ApplicationEntity::at(title("SECOND"), host, port);
        first.archive.put_application_entity("test", &entity).await.expect("registered");
        let entity =
            first.archive.application_entity(&title("SECOND")).await.expect("a database").expect("it is there");
        assert_eq!(entity.address(), format!("[::1]:{port}"));
        requestor.echo(&entity).await.expect("an answer");
    }
    let object = Object::new(100_000);
    let mut peer = Peer::connect(first.address).await;
    peer.associate(&retrieval_request(None, "1.2.840.10008.1.2.1")).await.expect("an association");
    assert_eq!(status(&peer.store(&object).await), 0x0000);
    peer.c_move("SECOND", &identifier("STUDY", &[(0x000D, &object.study)], false)).await;
    assert_eq!(peer.responses().await.pop().expect("a response").status(), 0x0000);
    assert!(second.has(&object).await);
}
