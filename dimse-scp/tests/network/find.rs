//! C-FIND, as the wire has it.

use std::collections::BTreeMap;

use dicom_ul::pdu::{PDataValueType, Pdu, PresentationContextProposed, UserVariableItem, write_pdu};

use tokio::net::TcpSocket;

use crate::support::{
    Command, Object, Peer, Server, association_request, data_element, element, elements, eventually, request, status,
};

const STUDY_ROOT: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const PATIENT_ROOT: &str = "1.2.840.10008.5.1.4.1.2.1.1";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// Contexts of an association: Study Root (1), Patient Root (3).
const IN_STUDY_ROOT: u8 = 1;
const IN_PATIENT_ROOT: u8 = 3;

/// A match: its elements' values by tag.
type Match = BTreeMap<u32, String>;

async fn associated(server: &Server, extended: &[u8]) -> Peer {
    associated_over(Peer::connect(server.address).await, extended).await
}

async fn associated_over(mut peer: Peer, extended: &[u8]) -> Peer {
    let mut asking = association_request();
    asking.presentation_contexts = [(1, STUDY_ROOT), (3, PATIENT_ROOT)]
        .map(|(id, class)| PresentationContextProposed {
            id,
            abstract_syntax: class.into(),
            transfer_syntaxes: vec![EXPLICIT.into()],
        })
        .to_vec();
    for class in [STUDY_ROOT, PATIENT_ROOT] {
        let item = UserVariableItem::SopClassExtendedNegotiationSubItem(class.into(), extended.to_vec());
        asking.user_variables.extend((!extended.is_empty()).then_some(item));
    }
    let ac = peer.associate(&asking).await.expect("an association");
    let answered = ac.user_variables.iter().filter_map(|item| match item {
        UserVariableItem::SopClassExtendedNegotiationSubItem(_, answer) => Some(answer.len()),
        _ => None,
    });
    assert!(answered.into_iter().all(|length| length == extended.len()));
    peer
}

fn identifier(keys: &[(u32, &str, &str)]) -> Vec<u8> {
    let keys: BTreeMap<u32, (&str, &str)> = keys.iter().map(|(tag, vr, value)| (*tag, (*vr, *value))).collect();
    keys.iter().flat_map(|(tag, (vr, value))| data_element(*tag, vr, value)).collect()
}

fn find_request(context: u8) -> Vec<u8> {
    let class = if context == IN_STUDY_ROOT { STUDY_ROOT } else { PATIENT_ROOT };
    request(0x20, 1, &[(0x0002, format!("{class}\0").as_bytes()), (0x0700, &[0, 0])])
}

/// Values of an Identifier in Explicit VR without sequences.
fn values(mut bytes: &[u8]) -> Match {
    let mut found = Match::new();
    while let Some((header, rest)) = bytes.split_first_chunk::<8>() {
        let [g0, g1, e0, e1, _, _, l0, l1] = *header;
        let tag = u32::from(u16::from_le_bytes([g0, g1])) << 16 | u32::from(u16::from_le_bytes([e0, e1]));
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        let text = String::from_utf8(rest[..length].to_vec()).expect("UTF-8");
        found.insert(tag, text.trim_end_matches(['\0', ' ']).to_owned());
        bytes = &rest[length..];
    }
    found
}

/// The answers to a C-FIND-RQ that was sent: pending statuses with their matches, and the last response.
async fn answers(peer: &mut Peer) -> (Vec<(u16, Match)>, Command) {
    let (mut found, mut command, mut data) = (Vec::new(), Command::new(), Vec::new());
    loop {
        let Some(Pdu::PData { data: values_ }) = peer.receive().await else { panic!("no response") };
        for value in values_ {
            match value.value_type {
                PDataValueType::Command => {
                    command = elements(&value.data);
                    assert_eq!(command[&element::RESPONDED_TO], [9, 0]);
                    if command[&element::DATA_SET_TYPE] == [1, 1] {
                        return (found, command);
                    }
                }
                PDataValueType::Data => {
                    data.extend_from_slice(&value.data);
                    if value.is_last {
                        found.push((status(&command), values(&std::mem::take(&mut data))));
                    }
                }
            }
        }
    }
}

async fn find(peer: &mut Peer, context: u8, keys: &[(u32, &str, &str)]) -> (Vec<(u16, Match)>, Command) {
    peer.command(context, &find_request(context)).await;
    peer.data_set(context, &identifier(keys), 16_000).await;
    answers(peer).await
}

/// The status of a query that is refused, and the elements that offend.
async fn refused(peer: &mut Peer, keys: &[(u32, &str, &str)]) -> (u16, Vec<u8>) {
    let (found, last) = find(peer, IN_STUDY_ROOT, keys).await;
    assert!(found.is_empty() && last.contains_key(&element::COMMENT), "{last:?}");
    (status(&last), last.get(&element::OFFENDING).cloned().unwrap_or_default())
}

const LEVEL: u32 = 0x0008_0052;
const STUDY_DATE: u32 = 0x0008_0020;
const PATIENT_NAME: u32 = 0x0010_0010;
const PATIENT_ID: u32 = 0x0010_0020;
const STUDY_UID: u32 = 0x0020_000D;
const SERIES_UID: u32 = 0x0020_000E;
const INSTANCE_UID: u32 = 0x0008_0018;

/// Three studies of two patients.
async fn server() -> Server {
    let server = Server::start(|_| {}).await;
    let utf8 = (0x0008_0005, "CS", "ISO_IR 192");
    let object = |study: &str, patient: [&str; 2], date: &str| {
        Object::with(
            10,
            study,
            &[utf8, (PATIENT_ID, "LO", patient[0]), (PATIENT_NAME, "PN", patient[1]), (STUDY_DATE, "DA", date)],
        )
    };
    let (ada, ben) = (["A1", "Quaestor^Ada"], ["B1", "Müller^Ben=山田^太郎"]);
    server
        .store(&[
            object("1.2.1", ada, "20240101"),
            object("1.2.1", ada, "20240101"),
            object("1.2.2", ada, "20240202"),
            object("1.2.3", ben, "20240303"),
        ])
        .await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_studies_and_tells_what_was_asked_for() {
    let server = server().await;
    let mut peer = associated(&server, &[]).await;
    let keys = [(LEVEL, "CS", "STUDY"), (PATIENT_NAME, "PN", "m*"), (STUDY_DATE, "DA", ""), (0x0020_1208, "IS", "")];
    let (found, last) = find(&mut peer, IN_STUDY_ROOT, &keys).await;
    assert_eq!(status(&last), 0x0000);
    assert_eq!(last[&element::COMMAND_FIELD], [0x20, 0x80]);
    let [(0xFF00, one)] = &found[..] else { panic!("{found:?}") };
    let expected = [
        (0x0008_0005, "ISO_IR 192"),
        (STUDY_DATE, "20240303"),
        (LEVEL, "STUDY"),
        (0x0008_0054, "PACS"),
        (0x0008_0056, "ONLINE"),
        (PATIENT_NAME, "Müller^Ben=山田^太郎"),
        (0x0020_1208, "1"),
    ];
    assert_eq!(*one, expected.map(|(tag, value)| (tag, value.to_owned())).into());
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_at_every_level_of_both_models() {
    let server = server().await;
    let mut peer = associated(&server, &[]).await;
    let mut count = async |context, keys: &[(u32, &str, &str)]| {
        let (found, last) = find(&mut peer, context, keys).await;
        assert_eq!(status(&last), 0x0000, "{keys:?}");
        found.len()
    };
    let (ada, study, series) = ((PATIENT_ID, "LO", "A1"), (STUDY_UID, "UI", "1.2.1"), (SERIES_UID, "UI", "1.2.1.1"));
    assert_eq!(count(IN_PATIENT_ROOT, &[(LEVEL, "CS", "PATIENT"), (PATIENT_ID, "LO", "")]).await, 2);
    assert_eq!(count(IN_PATIENT_ROOT, &[(LEVEL, "CS", "STUDY"), ada, (STUDY_UID, "UI", "")]).await, 2);
    assert_eq!(count(IN_PATIENT_ROOT, &[(LEVEL, "CS", "SERIES"), ada, study, (SERIES_UID, "UI", "")]).await, 1);
    assert_eq!(
        count(IN_PATIENT_ROOT, &[(LEVEL, "CS", "IMAGE"), ada, study, series, (INSTANCE_UID, "UI", "")]).await,
        2
    );
    assert_eq!(count(IN_STUDY_ROOT, &[(LEVEL, "CS", "STUDY"), (STUDY_DATE, "DA", "20240101-20240228")]).await, 2);
    assert_eq!(count(IN_STUDY_ROOT, &[(LEVEL, "CS", "SERIES"), study]).await, 1);
    assert_eq!(count(IN_STUDY_ROOT, &[(LEVEL, "CS", "IMAGE"), study, series]).await, 2);
    assert_eq!(count(IN_STUDY_ROOT, &[(LEVEL, "CS", "STUDY"), (PATIENT_ID, "LO", "nobody")]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_down_without_unique_keys_only_when_that_was_agreed_on() {
    let server = server().await;
    let keys = [(LEVEL, "CS", "IMAGE"), (PATIENT_ID, "LO", "A1"), (INSTANCE_UID, "UI", "")];
    let mut hierarchical = associated(&server, &[]).await;
    let (status_, offending) = refused(&mut hierarchical, &keys).await;
    assert_eq!((status_, &offending[..]), (0xA900, &[0x20, 0, 0x0D, 0][..]));
    let mut relational = associated(&server, &[1, 1, 1, 1]).await;
    let (found, last) = find(&mut relational, IN_STUDY_ROOT, &keys).await;
    assert_eq!((found.len(), status(&last)), (3, 0x0000));
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_names_roughly_only_when_that_was_agreed_on() {
    let server = server().await;
    let keys = [(LEVEL, "CS", "STUDY"), (PATIENT_NAME, "PN", "ada questor")];
    for (extended, expected) in [(&[][..], 0), (&[0, 0, 1][..], 2)] {
        let mut peer = associated(&server, extended).await;
        assert_eq!(find(&mut peer, IN_STUDY_ROOT, &keys).await.0.len(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_identifiers_that_make_no_sense_by_status() {
    let server = server().await;
    let mut peer = associated(&server, &[]).await;
    let level = (LEVEL, "CS", "STUDY");
    assert_eq!(refused(&mut peer, &[(PATIENT_ID, "LO", "A1")]).await, (0xA900, vec![0x08, 0, 0x52, 0]));
    assert_eq!(refused(&mut peer, &[(LEVEL, "CS", "PATIENT")]).await, (0xA900, vec![0x08, 0, 0x52, 0]));
    assert_eq!(refused(&mut peer, &[level, (STUDY_DATE, "DA", "soon")]).await, (0xC000, vec![0x08, 0, 0x20, 0]));
    assert_eq!(refused(&mut peer, &[level, (STUDY_UID, "UI", "1.2.x")]).await, (0xC000, vec![0x20, 0, 0x0D, 0]));

    for (bytes, expected) in [(b"no data set".to_vec(), 0xC000), (vec![b' '; 2 << 20], 0xA700), (deep(10_000), 0xC000)]
    {
        peer.command(IN_STUDY_ROOT, &find_request(IN_STUDY_ROOT)).await;
        peer.data_set(IN_STUDY_ROOT, &bytes, 16_000).await;
        assert_eq!(status(&answers(&mut peer).await.1), expected);
    }
    let comment =
        [&identifier(&[level])[..], &data_element(0x0010_4000, "LT", &"x".repeat(60_000)).repeat(40)].concat();
    peer.command(IN_STUDY_ROOT, &find_request(IN_STUDY_ROOT)).await;
    peer.data_set(IN_STUDY_ROOT, &comment, 16_000).await;
    assert_eq!(status(&answers(&mut peer).await.1), 0xA700, "more than a megabyte");
    peer.command(IN_STUDY_ROOT, &request(0x20, 0x0101, &[])).await;
    assert_eq!(status(&answers(&mut peer).await.1), 0xC000, "no Identifier");
    assert_eq!(find(&mut peer, IN_STUDY_ROOT, &[level]).await.0.len(), 3, "the association goes on");
}

/// Sequences within sequences.
fn deep(levels: usize) -> Vec<u8> {
    let open = b"\x40\0\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff".repeat(levels);
    [&identifier(&[(LEVEL, "CS", "STUDY")])[..], &open].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn says_when_a_key_was_not_matched() {
    let server = server().await;
    let mut peer = associated(&server, &[]).await;
    let keys = [(LEVEL, "CS", "STUDY"), (PATIENT_ID, "LO", "B1"), (0x0008_9999, "LO", "nobody knows it")];
    let (found, last) = find(&mut peer, IN_STUDY_ROOT, &keys).await;
    assert_eq!((found.len(), found[0].0, status(&last)), (1, 0xFF01, 0x0000));
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_when_it_is_cancelled() {
    let server = server().await;
    let mut peer = associated(&server, &[]).await;
    let mut bytes = Vec::new();
    let value = |value_type, data: Vec<u8>| dicom_ul::pdu::PDataValue {
        presentation_context_id: IN_STUDY_ROOT,
        value_type,
        is_last: true,
        data,
    };
    let all = vec![
        value(PDataValueType::Command, find_request(IN_STUDY_ROOT)),
        value(PDataValueType::Data, identifier(&[(LEVEL, "CS", "STUDY")])),
        value(PDataValueType::Command, request(0x0FFF, 0x0101, &[(0x0120, &[9, 0])])),
    ];
    write_pdu(&mut bytes, &Pdu::PData { data: all }).expect("a PDU");
    peer.send_bytes(&bytes).await;
    let (found, last) = answers(&mut peer).await;
    assert_eq!((found.len(), status(&last)), (0, 0xFE00));
    assert_eq!(find(&mut peer, IN_STUDY_ROOT, &[(LEVEL, "CS", "STUDY")]).await.0.len(), 3);
    let filter = archive::audit::AuditFilter { action: Some("search".into()), ..Default::default() };
    let lines = server.archive.audit_trail(filter, 10).await.expect("an audit trail");
    assert_eq!(lines.len(), 2, "one of them of the search that was cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn stops_amid_its_answers_when_it_is_cancelled() {
    let server = Server::start(|_| {}).await;
    let objects: Vec<Object> = (0..1_250).map(|_| Object::new(4)).collect();
    server.store(&objects).await;
    // A requestor with little room, which reads nothing before it has enough: most answers cannot have left by then.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("a size");
    let stream = socket.connect(server.address).await.expect("a server");
    let mut peer = associated_over(Peer::over(stream), &[1]).await;
    peer.command(IN_STUDY_ROOT, &find_request(IN_STUDY_ROOT)).await;
    let keys = [(LEVEL, "CS", "IMAGE"), (INSTANCE_UID, "UI", ""), (STUDY_UID, "UI", ""), (SERIES_UID, "UI", "")];
    peer.data_set(IN_STUDY_ROOT, &identifier(&keys), 16_000).await;
    peer.stream.readable().await.expect("the first answers");
    peer.command(IN_STUDY_ROOT, &request(0x0FFF, 0x0101, &[(0x0120, &[9, 0])])).await;
    let (found, last) = answers(&mut peer).await;
    assert_eq!(status(&last), 0xFE00);
    assert!((1..=500).contains(&found.len()), "{} answers", found.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_who_may_not_search() {
    let server = Server::start(|settings| settings.accept_unknown = false).await;
    server.register_for("TESTER", false).await;
    let mut peer = associated(&server, &[]).await;
    assert_eq!(refused(&mut peer, &[(LEVEL, "CS", "STUDY")]).await.0, 0x0124);
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_all_matches_page_by_page_in_one_answer_and_one_line_of_the_audit_trail() {
    let server = Server::start(|_| {}).await;
    let objects: Vec<Object> = (0..1_250).map(|_| Object::new(4)).collect();
    server.store(&objects).await;
    let mut peer = associated(&server, &[1]).await;
    let (found, last) = find(&mut peer, IN_STUDY_ROOT, &[(LEVEL, "CS", "IMAGE"), (INSTANCE_UID, "UI", "")]).await;
    assert_eq!(status(&last), 0x0000);
    let uids: std::collections::BTreeSet<&String> = found.iter().map(|(_, found)| &found[&INSTANCE_UID]).collect();
    assert_eq!(uids.len(), 1_250);
    let mut lines = Vec::new();
    eventually("a line in the audit trail", async || {
        let filter = archive::audit::AuditFilter { action: Some("search".into()), ..Default::default() };
        lines = server.archive.audit_trail(filter, 10).await.expect("an audit trail");
        !lines.is_empty()
    })
    .await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].detail.as_deref(), Some("instances by "));
}
