//! Rights that change while an association lasts.

use archive::access::ApplicationEntity;
use archive::{AeTitle, Role};
use dicom_ul::pdu::{UserIdentity, UserIdentityType, UserVariableItem};

use crate::support::{Object, Peer, Server, association_request, status};

fn tester(may_store: bool) -> ApplicationEntity {
    ApplicationEntity { may_store, ..ApplicationEntity::at(AeTitle::new("TESTER").expect("a title"), "127.0.0.1", 104) }
}

/// A server that lets in whom it knows, TESTER among them, which may store.
async fn server() -> Server {
    let server = Server::start(|settings| settings.accept_unknown = false).await;
    server.archive.add_application_entity("test", &tester(true)).await.expect("added");
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_registered_any_more_does_nothing_more() {
    let server = server().await;
    let mut peer = Peer::associated(server.address).await;
    assert_eq!(status(&peer.store(&Object::new(100)).await), 0x0000);
    server.archive.remove_application_entity("test", &tester(true).title).await.expect("removed");
    let object = Object::new(100);
    assert_eq!(status(&peer.store(&object).await), 0x0124);
    assert!(!server.has(&object).await);
    server.archive.add_application_entity("test", &tester(true)).await.expect("added");
    assert_eq!(status(&peer.store(&object).await), 0x0124, "it has to ask for another association");
    assert_eq!(peer.echo().await, 0x0000);
    peer.release().await;
    let mut peer = Peer::associated(server.address).await;
    assert_eq!(status(&peer.store(&object).await), 0x0000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_taken_or_given_counts_at_once() {
    let server = server().await;
    let mut peer = Peer::associated(server.address).await;
    for may_store in [true, false, true] {
        server.archive.put_application_entity("test", &tester(may_store)).await.expect("changed");
        let expected = if may_store { 0x0000 } else { 0x0124 };
        assert_eq!(status(&peer.store(&Object::new(100)).await), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_shut_out_does_nothing_more() {
    let server = server().await;
    let add = server.archive.add_user("test", "somebody", "correct horse battery", &[Role::Device]);
    add.await.expect("added");
    let mut request = association_request();
    request.user_variables.push(UserVariableItem::UserIdentityItem(UserIdentity::new(
        true,
        UserIdentityType::UsernamePassword,
        b"somebody".to_vec(),
        b"correct horse battery".to_vec(),
    )));
    let mut peer = Peer::connect(server.address).await;
    peer.associate(&request).await.expect("an association");
    assert_eq!(status(&peer.store(&Object::new(100)).await), 0x0000);
    server.archive.disable_user("test", "somebody").await.expect("disabled");
    assert_eq!(status(&peer.store(&Object::new(100)).await), 0x0124);
}
