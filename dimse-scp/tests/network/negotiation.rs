//! Who gets an association, and what it is told (PS3.8 §7.1, §9.3).

use dicom_ul::pdu::{
    AssociationRJServiceUserReason as UserReason, AssociationRJSource, AssociationRQ, Pdu, PresentationContextProposed,
    PresentationContextResultReason as Reason, UserIdentity, UserIdentityType, UserVariableItem, write_pdu,
};

use crate::support::{Peer, Server, association_request};

/// Result, source and reason of the A-ASSOCIATE-RJ that a request gets; the server closes after it.
async fn rejection(server: &Server, change: impl FnOnce(&mut AssociationRQ)) -> [u8; 3] {
    let mut request = association_request();
    change(&mut request);
    let mut peer = Peer::connect(server.address).await;
    let pdu = match peer.associate(&request).await {
        Err(Some(pdu @ Pdu::AssociationRJ(_))) => pdu,
        other => panic!("{other:?} is no rejection"),
    };
    assert_eq!(peer.receive().await, None, "the server closes after a rejection");
    let mut bytes = Vec::new();
    write_pdu(&mut bytes, &pdu).expect("a PDU");
    [bytes[7], bytes[8], bytes[9]]
}

fn password(name: &str, password: &str) -> UserVariableItem {
    let kind = UserIdentityType::UsernamePassword;
    UserVariableItem::UserIdentityItem(UserIdentity::new(true, kind, name.into(), password.into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_who_calls_somebody_else() {
    let server = Server::start(|_| {}).await;
    assert_eq!(rejection(&server, |request| request.called_ae_title = "OTHER".into()).await, [1, 1, 7]);
    assert_eq!(server.refusals().await, ["called AE title not recognized"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn accepts_any_called_title_when_told_so() {
    let server = Server::start(|settings| settings.check_called = false).await;
    let request = AssociationRQ { called_ae_title: "OTHER".into(), ..association_request() };
    let ac = Peer::connect(server.address).await.associate(&request).await.unwrap();
    assert_eq!(ac.called_ae_title, "OTHER");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_calling_title_that_is_not_registered() {
    let server = Server::start(|settings| settings.accept_unknown = false).await;
    assert_eq!(rejection(&server, |_| {}).await, [1, 1, 3]);
    assert_eq!(server.refusals().await, ["unknown calling AE title"]);
    server.register("TESTER").await;
    assert_eq!(Peer::associated(server.address).await.echo().await, 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_calling_title_that_is_none() {
    let server = Server::start(|_| {}).await;
    let mut bytes = Vec::new();
    write_pdu(&mut bytes, &Pdu::AssociationRQ(association_request())).unwrap();
    bytes[26..42].fill(b' ');
    let mut peer = Peer::connect(server.address).await;
    peer.send_bytes(&bytes).await;
    let Some(Pdu::AssociationRJ(answer)) = peer.receive().await else { panic!("no rejection") };
    assert_eq!(answer.source, AssociationRJSource::ServiceUser(UserReason::CallingAETitleNotRecognized));
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_another_protocol_version_and_application_context() {
    let server = Server::start(|_| {}).await;
    assert_eq!(rejection(&server, |request| request.protocol_version = 2).await, [1, 2, 2]);
    assert_eq!(rejection(&server, |request| request.application_context_name = "1.2.3".into()).await, [1, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_maximum_length_without_room_for_a_message() {
    let server = Server::start(|_| {}).await;
    let tiny = |request: &mut AssociationRQ| request.user_variables[0] = UserVariableItem::MaxLength(7);
    assert_eq!(rejection(&server, tiny).await, [1, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_for_the_moment_when_there_are_too_many() {
    let server = Server::start(|settings| settings.max_associations = 2).await;
    let first = Peer::associated(server.address).await;
    let _second = Peer::associated(server.address).await;
    assert_eq!(rejection(&server, |_| {}).await, [2, 3, 2]);
    first.release().await;
    crate::support::eventually("room for another", async || {
        Peer::connect(server.address).await.associate(&association_request()).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_a_user_name_with_its_password() {
    let server = Server::start(|_| {}).await;
    let add = server.archive.add_user("test", "somebody", "correct horse battery", &[archive::Role::Device]);
    add.await.unwrap();

    let wrong = |request: &mut AssociationRQ| request.user_variables.push(password("somebody", "guess"));
    assert_eq!(rejection(&server, wrong).await, [1, 1, 1]);

    let mut request = association_request();
    request.user_variables.push(password("somebody", "correct horse battery"));
    let ac = Peer::connect(server.address).await.associate(&request).await.unwrap();
    assert!(ac.user_variables.contains(&UserVariableItem::Unknown(0x59, vec![0, 0])));
}

#[tokio::test(flavor = "multi_thread")]
async fn says_who_it_is_and_how_much_it_takes() {
    let server = Server::start(|settings| settings.max_pdu = 65_536).await;
    let ac = Peer::connect(server.address).await.associate(&association_request()).await.unwrap();
    assert!(ac.user_variables.contains(&UserVariableItem::MaxLength(65_536)));
    assert!(
        ac.user_variables.iter().any(|item| {
            matches!(item, UserVariableItem::ImplementationVersionName(name) if name == data_set::explicit::IMPLEMENTATION_VERSION_NAME)
        })
    );
    assert!(ac.presentation_contexts.iter().all(|context| context.reason == Reason::Acceptance));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_128_contexts_of_45_transfer_syntaxes() {
    let server = Server::start(|_| {}).await;
    let contexts = (0..128_u8).map(|number| PresentationContextProposed {
        id: 2 * number + 1,
        abstract_syntax: format!("1.2.276.0.99.{}.{number}", "1".repeat(40)),
        transfer_syntaxes: (0..45).map(|syntax| format!("1.2.276.0.99.{}.{syntax}", "2".repeat(45))).collect(),
    });
    let request = AssociationRQ { presentation_contexts: contexts.collect(), ..association_request() };
    let ac = Peer::connect(server.address).await.associate(&request).await.unwrap();
    assert_eq!(ac.presentation_contexts.len(), 128);
    assert!(ac.presentation_contexts.iter().all(|context| context.reason == Reason::Acceptance));
}
