//! Who gets in, against a real database.

#![expect(clippy::unwrap_used, reason = "what a test needs is there, or the test fails")]

use std::net::IpAddr;

use archive::access::{ApplicationEntity, BoundCertificate, Caller, Door, ShownCertificate};
use archive::audit::AuditFilter;
use archive::{Actor, AeTitle, Archive, Credentials, DuplicatePolicy, Error, Right, Role, Settings};
use chrono::{TimeDelta, Utc};
use cluster::testing::{TestDatabase, folder};

const HERE: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));
const PASSWORD: &str = "a long enough one";

struct Opened {
    archive: Archive,
    settings: Settings,
    index: TestDatabase,
    _identity: TestDatabase,
    _folder: tempfile::TempDir,
}

async fn open() -> Opened {
    let (index, identity, folder) = (TestDatabase::new("access_index"), TestDatabase::new("access_identity"), folder());
    let settings = Settings {
        index_url: index.url(),
        identity_url: identity.url(),
        connections: 4,
        node_folder: folder.path().join("objects"),
        duplicates: DuplicatePolicy::Refuse,
        largest_object: 1 << 20,
        volume_cache: 64 << 20,
        volume_device: Default::default(),
        similar: Default::default(),
    };
    let archive = Archive::open(settings.clone()).await.unwrap();
    Opened { archive, settings, index, _identity: identity, _folder: folder }
}

async fn open_with_ada() -> Opened {
    let opened = open().await;
    opened.archive.add_user("test", "Ada", PASSWORD, &[Role::Clinician]).await.unwrap();
    opened
}

async fn by_password(archive: &Archive, name: &str, password: &str) -> Result<Actor, Error> {
    let credentials = Credentials::Password { name: name.into(), password: password.into() };
    archive.authenticate(credentials, HERE, "https").await
}

async fn by_session(archive: &Archive, secret: &str) -> Result<Actor, Error> {
    archive.authenticate(Credentials::Session(secret.into()), HERE, "https").await
}

async fn by_token(archive: &Archive, secret: &str) -> Result<Actor, Error> {
    archive.authenticate(Credentials::Token(secret.into()), HERE, "https").await
}

/// Actor, action, outcome and detail of the whole trail, oldest first.
async fn trail(archive: &Archive) -> Vec<[String; 4]> {
    let mut rows = archive.audit_trail(AuditFilter::default(), 1000).await.unwrap();
    rows.reverse();
    rows.into_iter().map(|row| [row.actor, row.action, row.outcome, row.detail.unwrap_or_default()]).collect()
}

macro_rules! assert_refused {
    ($result:expr, $error:pat) => {
        let result = $result;
        assert!(matches!(result, Err($error)), "{result:?}");
    };
}

#[tokio::test]
async fn lets_a_user_in_by_name_and_password() {
    let opened = open_with_ada().await;
    let Opened { archive, .. } = &opened;
    let ada = by_password(archive, " aDA ", PASSWORD).await.unwrap();
    assert_eq!((ada.name.as_str(), ada.identified, ada.via, ada.address), ("Ada", true, "https", HERE));
    archive.permit(&ada, Right::Store).unwrap();
    let refusal = archive.permit(&ada, Right::Administer).unwrap_err();
    assert_eq!(refusal.to_string(), "Ada may not administer here; an administrator can allow it");
    assert_refused!(by_password(archive, "Ada", "another password").await, Error::NotAuthenticated);
    assert_refused!(by_password(archive, "Bob", PASSWORD).await, Error::NotAuthenticated);
    assert_refused!(by_password(archive, "a\0b", PASSWORD).await, Error::NotAuthenticated);
    let expected = [
        ["test", "administer", "success", "add user Ada (clinician)"],
        ["aDA", "log-in", "success", "password"],
        ["Ada", "refuse", "failure", "may not administer"],
        ["Ada", "log-in", "failure", "wrong name or password"],
        ["Bob", "log-in", "failure", "wrong name or password"],
        ["a\u{fffd}b", "log-in", "failure", "wrong name or password"],
    ];
    assert_eq!(trail(archive).await, expected);
}

#[tokio::test]
async fn refuses_bad_names_weak_passwords_and_names_that_are_taken() {
    let opened = open_with_ada().await;
    let Opened { archive, .. } = &opened;
    for (name, password, roles, words) in [
        ("ADA", PASSWORD, &[Role::Device][..], "there is a user 'ADA' already"),
        ("a:b", PASSWORD, &[Role::Device][..], "the user name has a colon or a control character in it"),
        ("", PASSWORD, &[Role::Device][..], "the user name is empty"),
        ("Bob", "short", &[Role::Device][..], "the password is too short: at least 10 characters are needed"),
        ("Bob", PASSWORD, &[][..], "a user needs at least one role"),
    ] {
        assert_eq!(archive.add_user("test", name, password, roles).await.unwrap_err().to_string(), words);
    }
    assert_eq!(archive.list_users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn gives_a_user_of_several_roles_the_rights_of_all() {
    let opened = open().await;
    let Opened { archive, .. } = &opened;
    archive.add_user("test", "rita", PASSWORD, &[Role::Researcher]).await.unwrap();
    archive.add_user("test", "both", PASSWORD, &[Role::Researcher, Role::Device, Role::Device]).await.unwrap();
    let rita = by_password(archive, "rita", PASSWORD).await.unwrap();
    assert_eq!((rita.rights, rita.identified), (vec![Right::Search, Right::Retrieve], false));
    let both = by_password(archive, "both", PASSWORD).await.unwrap();
    assert!(both.identified && both.rights.contains(&Right::Store) && !both.rights.contains(&Right::Move));
    assert_eq!(archive.list_users().await.unwrap()[0].roles, [Role::Device, Role::Researcher]);
}

#[tokio::test]
async fn throttles_who_guesses_one_after_the_other() {
    let opened = open_with_ada().await;
    let Opened { archive, .. } = &opened;
    for number in 0..5 {
        assert_refused!(by_password(archive, "ada", &format!("guess {number}")).await, Error::NotAuthenticated);
    }
    for _ in 0..3 {
        assert_refused!(by_password(archive, "ADA", PASSWORD).await, Error::Throttled(1));
        assert_refused!(archive.log_in("ADA", PASSWORD, HERE).await, Error::Throttled(1));
    }
    let throttled = ["ADA", "refuse", "failure", "too many failed log-ins"];
    assert_eq!(trail(archive).await.iter().filter(|row| **row == throttled).count(), 1);
}

#[tokio::test]
async fn throttles_who_guesses_all_at_once() {
    let opened = open_with_ada().await;
    let Opened { archive, .. } = &opened;
    let guesses = (0..50).map(|number| {
        let archive = archive.clone();
        tokio::spawn(async move { by_password(&archive, "ada", &format!("guess {number}")).await })
    });
    let mut checked = 0;
    for guess in guesses.collect::<Vec<_>>() {
        match guess.await.unwrap() {
            Err(Error::NotAuthenticated) => checked += 1,
            Err(Error::Throttled(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(checked, 5);
}

#[tokio::test]
async fn checks_a_password_once_for_all_who_show_it_at_the_same_time() {
    let opened = open_with_ada().await;
    let Opened { archive, .. } = &opened;
    let visits = (0..50).map(|_| {
        let archive = archive.clone();
        tokio::spawn(async move { by_password(&archive, "ada", PASSWORD).await })
    });
    for visit in visits.collect::<Vec<_>>() {
        visit.await.unwrap().unwrap();
    }
    let log_ins = trail(archive).await.iter().filter(|row| row[1] == "log-in").count();
    assert_eq!(log_ins, 1);
}

#[tokio::test]
async fn a_new_password_counts_at_once_and_ends_the_sessions() {
    let opened = open_with_ada().await;
    let Opened { archive, .. } = &opened;
    let session = archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    by_password(archive, "ada", PASSWORD).await.unwrap();
    by_session(archive, &session).await.unwrap();
    archive.set_password("test", "ADA", "another long one").await.unwrap();
    assert_refused!(by_session(archive, &session).await, Error::NotAuthenticated);
    assert_refused!(by_password(archive, "ada", PASSWORD).await, Error::NotAuthenticated);
    by_password(archive, "ada", "another long one").await.unwrap();
    assert_refused!(archive.set_password("test", "bob", PASSWORD).await, Error::NotFound(_));
}

#[tokio::test]
async fn a_disabled_user_gets_in_by_no_means() {
    let opened = open_with_ada().await;
    let Opened { archive, .. } = &opened;
    let session = archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    let token = archive.add_token("test", "ada", "script", None).await.unwrap();
    by_password(archive, "ada", PASSWORD).await.unwrap();
    by_session(archive, &session).await.unwrap();
    by_token(archive, &token).await.unwrap();
    archive.disable_user("test", "ada").await.unwrap();
    assert_refused!(by_password(archive, "ada", PASSWORD).await, Error::NotAuthenticated);
    assert_refused!(archive.log_in("ada", PASSWORD, HERE).await, Error::NotAuthenticated);
    assert_refused!(by_session(archive, &session).await, Error::NotAuthenticated);
    assert_refused!(by_token(archive, &token).await, Error::NotAuthenticated);
    assert!(archive.list_users().await.unwrap()[0].disabled);
    archive.enable_user("test", "ada").await.unwrap();
    by_token(archive, &token).await.unwrap();
    assert_refused!(by_session(archive, &session).await, Error::NotAuthenticated);
}

#[tokio::test]
async fn a_session_ends_when_it_is_logged_out() {
    let opened = open_with_ada().await;
    let Opened { archive, index, .. } = &opened;
    let session = archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    by_session(archive, &session).await.unwrap();
    archive.log_out(&session).await.unwrap();
    assert_refused!(by_session(archive, &session).await, Error::NotAuthenticated);
    assert_refused!(by_session(archive, "no such session").await, Error::NotAuthenticated);
    assert_eq!(index.sql("SELECT count(*) FROM sessions").trim(), "0");
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let opened = open_with_ada().await;
    let Opened { archive, settings, index, .. } = &opened;
    let other_process = Archive::open(settings.clone()).await.unwrap();
    let unused = archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    index.sql("UPDATE sessions SET used_at = now() - interval '121 minutes'");
    assert_refused!(by_session(&other_process, &unused).await, Error::NotAuthenticated);
    let old = archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    index.sql("UPDATE sessions SET expires_at = now() - interval '1 second'");
    assert_refused!(by_session(&other_process, &old).await, Error::NotAuthenticated);
    archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    assert_eq!(index.sql("SELECT count(*) FROM sessions").trim(), "1");
}

#[tokio::test]
async fn a_session_in_use_goes_on() {
    let opened = open_with_ada().await;
    let Opened { archive, settings, index, .. } = &opened;
    let session = archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    index.sql("UPDATE sessions SET used_at = now() - interval '119 minutes'");
    by_session(&Archive::open(settings.clone()).await.unwrap(), &session).await.unwrap();
    assert_eq!(index.sql("SELECT used_at > now() - interval '1 minute' FROM sessions").trim(), "t");
}

#[tokio::test]
async fn a_token_is_valid_until_it_ends_or_is_revoked() {
    let opened = open_with_ada().await;
    let Opened { archive, settings, index, .. } = &opened;
    let end = Utc::now() + TimeDelta::days(1);
    let token = archive.add_token("test", "ADA", "script", Some(end)).await.unwrap();
    assert_refused!(archive.add_token("test", "ada", "script", None).await, Error::BadRequest(_));
    assert_refused!(archive.add_token("test", "bob", "script", None).await, Error::NotFound(_));
    assert_refused!(archive.add_token("test", "ada", "old", Some(Utc::now())).await, Error::BadRequest(_));
    assert_eq!(by_token(archive, &token).await.unwrap().name, "Ada");
    let listed = archive.list_tokens(Some("ada")).await.unwrap();
    assert_eq!((listed[0].user.as_str(), listed[0].name.as_str()), ("Ada", "script"));
    assert!(listed[0].used_at.is_some());
    archive.revoke_token("test", "ada", "script").await.unwrap();
    assert_refused!(by_token(archive, &token).await, Error::NotAuthenticated);
    assert_refused!(archive.revoke_token("test", "ada", "script").await, Error::NotFound(_));
    let token = archive.add_token("test", "ada", "script", Some(end)).await.unwrap();
    index.sql("UPDATE api_tokens SET expires_at = now() - interval '1 second'");
    assert_refused!(by_token(&Archive::open(settings.clone()).await.unwrap(), &token).await, Error::NotAuthenticated);
    assert_eq!(archive.list_tokens(None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn there_is_one_first_administrator() {
    let opened = open().await;
    let Opened { archive, settings, .. } = &opened;
    let other_process = Archive::open(settings.clone()).await.unwrap();
    let (one, other) = tokio::join!(archive.ensure_first_administrator(), other_process.ensure_first_administrator());
    let mut made = [one.unwrap(), other.unwrap()].into_iter().flatten();
    let (name, password) = made.next().unwrap();
    assert!(made.next().is_none());
    assert_eq!((name.as_str(), password.len()), ("admin", 20));
    assert!(by_password(archive, &name, &password).await.unwrap().rights.contains(&Right::Administer));
    assert_eq!(archive.ensure_first_administrator().await.unwrap(), None);
}

#[tokio::test]
async fn admits_application_entities_that_are_known() {
    let opened = open().await;
    let Opened { archive, .. } = &opened;
    let title = |text: &str| AeTitle::new(text).unwrap();
    let ct = ApplicationEntity {
        may_store: true,
        may_move: true,
        ..ApplicationEntity::at(title("CT1"), "ct1.example", 11112)
    };
    archive.add_application_entity("test", &ct).await.unwrap();
    assert_refused!(archive.add_application_entity("test", &ct).await, Error::BadRequest(_));
    let from = HERE.unwrap();
    let admit = async |text: &str, accept_unknown| {
        let caller = Caller { title: &title(text), from, certificate: None };
        archive.admit_ae(&caller, Door { accept_unknown, ..Door::default() }).await.map(|admitted| admitted.actor)
    };
    let actor = admit("CT1", false).await.unwrap();
    assert_eq!((actor.name.as_str(), actor.rights), ("CT1", vec![Right::Store, Right::Move]));
    assert_refused!(admit("MR1", false).await, Error::NotAuthorized(_));
    let unknown = admit("MR1", true).await.unwrap();
    assert_eq!(unknown.rights, [Right::Store, Right::Search, Right::Retrieve, Right::Worklist]);
    assert_eq!(archive.application_entity(&title("CT1")).await.unwrap().unwrap().port, 11112);
    assert_eq!(archive.list_application_entities().await.unwrap().len(), 1);
    archive.remove_application_entity("test", &title("CT1")).await.unwrap();
    assert_refused!(archive.remove_application_entity("test", &title("CT1")).await, Error::NotFound(_));
    let expected = [
        ["test", "administer", "success", "add application entity CT1 at ct1.example port 11112 (store, move)"],
        ["MR1", "refuse", "failure", "unknown calling AE title"],
        ["test", "administer", "success", "remove application entity CT1"],
    ];
    assert_eq!(trail(archive).await, expected);
}

#[tokio::test]
async fn admits_by_the_certificate_that_is_registered() {
    let opened = open().await;
    let Opened { archive, .. } = &opened;
    let [ct, mr] = ["CT1", "MR1"].map(|text| AeTitle::new(text).unwrap());
    let shown = ShownCertificate { sha256: [7; 32], common_name: Some("ct1".into()) };
    let other = ShownCertificate { sha256: [8; 32], common_name: Some("ct2".into()) };
    let admit = async |title: &AeTitle, certificate: Option<&ShownCertificate>, door: Door| {
        let caller = Caller { title, from: HERE.unwrap(), certificate };
        archive.admit_ae(&caller, door).await.is_ok()
    };
    let (open, strict) = (Door::default(), Door { require_certificate: true, accept_unknown: true, ..Door::default() });
    archive.add_application_entity("test", &ApplicationEntity::at(mr.clone(), "mr1", 104)).await.unwrap();
    for bound in [BoundCertificate::Sha256([7; 32]), BoundCertificate::CommonName("ct1".into())] {
        let entity = ApplicationEntity { certificate: Some(bound), ..ApplicationEntity::at(ct.clone(), "ct1", 104) };
        archive.put_application_entity("test", &entity).await.unwrap();
        assert_eq!(archive.application_entity(&ct).await.unwrap().unwrap().certificate, entity.certificate);
        assert!(admit(&ct, Some(&shown), open).await && admit(&ct, Some(&shown), strict).await);
        assert!(!admit(&ct, Some(&other), open).await && !admit(&ct, None, open).await);
        assert!(admit(&mr, None, open).await && !admit(&mr, Some(&shown), strict).await);
        assert!(!admit(&AeTitle::new("NOBODY").unwrap(), Some(&shown), strict).await);
    }
}

#[tokio::test]
async fn changes_application_entities_whole() {
    let opened = open().await;
    let Opened { archive, .. } = &opened;
    let title = AeTitle::new("CT1").unwrap();
    let entity = ApplicationEntity { max_associations: Some(3), ..ApplicationEntity::at(title.clone(), "[::1]", 104) };
    assert!(archive.put_application_entity("test", &entity).await.unwrap());
    let kept = archive.application_entity(&title).await.unwrap().unwrap();
    assert_eq!((kept.address().as_str(), kept.max_associations), ("[::1]:104", Some(3)));
    assert!(!archive.put_application_entity("test", &ApplicationEntity::at(title.clone(), "ct1", 105)).await.unwrap());
    let kept = archive.application_entity(&title).await.unwrap().unwrap();
    assert_eq!((kept.address().as_str(), kept.max_associations), ("ct1:105", None));
    for (host, port) in [("", 104), ("a b", 104), ("[ct1]", 104), ("::g", 104), ("ct1:104", 104), ("ct1", 0)] {
        let wrong = ApplicationEntity::at(title.clone(), host, port);
        assert_refused!(archive.put_application_entity("test", &wrong).await, Error::BadRequest(_));
    }
    let none = ApplicationEntity { max_associations: Some(0), ..ApplicationEntity::at(title, "ct1", 104) };
    assert_refused!(archive.put_application_entity("test", &none).await, Error::BadRequest(_));
}

#[tokio::test]
async fn keeps_no_secret_in_the_database() {
    let opened = open_with_ada().await;
    let Opened { archive, index, .. } = &opened;
    let session = archive.log_in("ada", PASSWORD, HERE).await.unwrap();
    let token = archive.add_token("test", "ada", "script", None).await.unwrap();
    assert_refused!(by_token(archive, "a wrong token").await, Error::NotAuthenticated);
    archive.close().await;
    let tables = ["users", "sessions", "api_tokens", "audit"];
    let rows: String = tables.map(|table| index.sql(&format!("SELECT * FROM {table}"))).concat();
    assert!(rows.contains("$argon2id$") && rows.contains("not a valid token"));
    for secret in [PASSWORD, &session, &token, token.trim_start_matches("pacs_"), "a wrong token"] {
        assert!(!rows.contains(secret));
    }
}

#[test]
fn credentials_keep_their_secrets_when_they_are_printed() {
    let shown = [
        Credentials::Password { name: "ada".into(), password: "hush".into() },
        Credentials::Session("hush".into()),
        Credentials::Token("hush".into()),
    ];
    let printed = format!("{shown:?}");
    assert!(printed.contains("ada") && !printed.contains("hush"), "{printed}");
}
