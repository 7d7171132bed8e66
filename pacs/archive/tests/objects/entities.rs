//! Application entities whose rows make no sense, those that call from elsewhere, and those that several people change at
//! once.

use std::net::{IpAddr, Ipv4Addr};

use archive::access::{ApplicationEntity, BoundCertificate, Caller, Door, ShownCertificate};
use archive::{AeTitle, Error};

use crate::fixture::*;

#[tokio::test]
async fn who_is_bound_to_what_cannot_be_read_is_no_stranger() {
    let fixture = Fixture::new().await;
    let Fixture { archive, index, .. } = &fixture;
    let title = AeTitle::new("CT1").expect("a title");
    let bound = BoundCertificate::CommonName("ct1".into());
    let entity = ApplicationEntity { certificate: Some(bound), ..ApplicationEntity::at(title.clone(), "ct1", 104) };
    archive.put_application_entity("test", &entity).await.expect("the index");
    let allowed = |text: &str| {
        index.sql(&format!(
            "SELECT '{text}' ~ substring(pg_get_constraintdef(oid), '''(.*)''') FROM pg_constraint
            WHERE conname = 'application_entities_certificate_check'"
        ))
    };
    for (text, is_allowed) in [("CN=ct1", "t"), ("CN=", "f"), ("CN=a\nb", "f"), ("sha256:00", "f"), ("ct1", "f")] {
        assert_eq!(allowed(text).trim(), is_allowed, "{text:?}");
    }
    index.sql("ALTER TABLE application_entities DROP CONSTRAINT application_entities_certificate_check");
    index.sql("UPDATE application_entities SET certificate = 'CN='");
    let caller = Caller { title: &title, from: IpAddr::V4(Ipv4Addr::LOCALHOST), certificate: None };
    let door = Door { accept_unknown: true, ..Door::default() };
    assert!(matches!(archive.admit_ae(&caller, door).await, Err(Error::Damaged(_))));
    assert!(archive.list_application_entities().await.expect("the index").is_empty());
    assert!(!archive.put_application_entity("test", &entity).await.expect("the index"), "it can be put anew");
    assert_eq!(archive.list_application_entities().await.expect("the index").len(), 1);
}

#[tokio::test]
async fn admits_from_the_registered_host_where_that_is_asked_for() {
    let fixture = Fixture::new().await;
    let archive = &fixture.archive;
    let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let door = Door { check_address: true, ..Door::default() };
    let shown = ShownCertificate { sha256: [7; 32], common_name: None };
    let bound = || Some(BoundCertificate::Sha256([7; 32]));
    for (host, certificate, is_let_in) in [
        ("192.0.2.1", None, true),
        ("::ffff:192.0.2.1", None, true),
        ("192.0.2.2", None, false),
        ("192.0.2.2", bound(), true),
    ] {
        let title = AeTitle::new("CT1").expect("a title");
        let entity = ApplicationEntity { certificate, ..ApplicationEntity::at(title.clone(), host, 104) };
        archive.put_application_entity("test", &entity).await.expect("the index");
        let caller = Caller { title: &title, from, certificate: Some(&shown) };
        assert_eq!(archive.admit_ae(&caller, door).await.is_ok(), is_let_in, "{host}");
        assert!(archive.admit_ae(&caller, Door::default()).await.is_ok(), "{host}");
    }
}

#[tokio::test]
async fn of_those_who_put_the_same_at_once_one_adds_it() {
    let fixture = Fixture::new().await;
    let archive = &fixture.archive;
    let put = async |port| {
        let entity = ApplicationEntity::at(AeTitle::new("CT1").expect("a title"), "ct1", port);
        archive.put_application_entity("test", &entity).await.expect("the index")
    };
    let (one, other, third) = tokio::join!(put(104), put(105), put(106));
    assert_eq!([one, other, third].into_iter().filter(|is_new| *is_new).count(), 1);
}
