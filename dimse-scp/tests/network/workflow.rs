//! Worklist, performed steps and storage commitment as a peer made of PDUs sees them: statuses, and who reports when.

use archive::access::ApplicationEntity;
use archive::{Actor, AeTitle, Right};
use dicom_ul::pdu::{PDataValue, PDataValueType, Pdu, PresentationContextProposed};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use crate::support::{
    CLASS, Command, Object, Peer, Server, association_request, command, element, elements, request, status,
};

const WORKLIST: &str = "1.2.840.10008.5.1.4.31";
const MPPS: &str = "1.2.840.10008.3.1.2.3.3";
const RETRIEVE: &str = "1.2.840.10008.3.1.2.3.4";
const COMMITMENT: &str = "1.2.840.10008.1.20.1";
const COMMITMENT_INSTANCE: &str = "1.2.840.10008.1.20.1.1";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

const N_EVENT_REPORT: u16 = 0x0100;
const N_GET: u16 = 0x0110;
const N_SET: u16 = 0x0120;
const N_ACTION: u16 = 0x0130;
const N_CREATE: u16 = 0x0140;

/// Contexts 1, 3, 5 and 7: worklist, performed steps, their retrieval, commitment.
async fn associated(server: &Server) -> Peer {
    let mut peer = Peer::connect(server.address).await;
    let mut association = association_request();
    association.presentation_contexts = [WORKLIST, MPPS, RETRIEVE, COMMITMENT]
        .into_iter()
        .zip((1..).step_by(2))
        .map(|(class, id)| PresentationContextProposed {
            id,
            abstract_syntax: class.into(),
            transfer_syntaxes: vec![EXPLICIT.into()],
        })
        .collect();
    let accepted = peer.associate(&association).await.expect("an association");
    assert_eq!(accepted.presentation_contexts.len(), 4);
    peer
}

fn data_set(value: &Value) -> Vec<u8> {
    let object = value.as_object().expect("an object");
    let attributes = data_set::model::from_json_object(object).expect("attributes");
    data_set::model::encode_whole(attributes, EXPLICIT).expect("a data set")
}

fn padded(uid: &str) -> Vec<u8> {
    let mut bytes = uid.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// Asks for an operation with a data set.
async fn send(peer: &mut Peer, context: u8, field: u16, more: &[(u16, Vec<u8>)], attributes: &Value) {
    let more: Vec<(u16, &[u8])> = more.iter().map(|(element, value)| (*element, value.as_slice())).collect();
    peer.command(context, &request(field, 1, &more)).await;
    peer.data_set(context, &data_set(attributes), 4_000).await;
}

/// The same; the response's command set.
async fn ask(peer: &mut Peer, context: u8, field: u16, more: &[(u16, Vec<u8>)], attributes: &Value) -> Command {
    send(peer, context, field, more, attributes).await;
    peer.response().await
}

fn affected(class: &str, instance: &str) -> Vec<(u16, Vec<u8>)> {
    vec![(0x0002, padded(class)), (0x1000, padded(instance))]
}

fn requested(class: &str, instance: &str) -> Vec<(u16, Vec<u8>)> {
    vec![(0x0003, padded(class)), (0x1001, padded(instance))]
}

fn action(instance: &str, kind: u16) -> Vec<(u16, Vec<u8>)> {
    let mut elements = requested(COMMITMENT, instance);
    elements.push((0x1008, kind.to_le_bytes().to_vec()));
    elements
}

fn commitment(transaction: &str, instances: &[&str]) -> Value {
    let items = instances.iter().map(|instance| {
        json!({
            "00081150": { "vr": "UI", "Value": [CLASS] },
            "00081155": { "vr": "UI", "Value": [instance] },
        })
    });
    json!({
        "00081195": { "vr": "UI", "Value": [transaction] },
        "00081199": { "vr": "SQ", "Value": items.collect::<Vec<_>>() },
    })
}

/// A message: its command set and its data set as JSON.
async fn message(peer: &mut Peer) -> (u8, Command, Map<String, Value>) {
    let (mut head, mut bytes) = (Vec::new(), Vec::new());
    loop {
        let Some(Pdu::PData { data }) = peer.receive().await else { panic!("no message came") };
        for PDataValue { presentation_context_id, value_type, is_last, data } in data {
            match value_type {
                PDataValueType::Command => head.extend(data),
                PDataValueType::Data => {
                    bytes.extend(data);
                    if is_last {
                        return (presentation_context_id, elements(&head), json_of(&bytes));
                    }
                }
            }
        }
    }
}

fn json_of(bytes: &[u8]) -> Map<String, Value> {
    use data_set::json::{Bulk, JsonOptions, write};
    let mut reader = data_set::Reader::of_data_set(EXPLICIT, data_set::Limits::default());
    reader.push(bytes).expect("a data set");
    let set = reader.finish().expect("a data set");
    let mut text = Vec::new();
    write(set.root(), &JsonOptions { inline_limit: 0, bulk: Bulk::Omit, keep: &|_, _| true }, &mut text);
    serde_json::from_slice(&text).expect("JSON")
}

/// Answers a report.
async fn answer_report(peer: &mut Peer, context: u8, report: &Command, status: u16) {
    let mut response = Command::new();
    response.insert(element::COMMAND_FIELD, (N_EVENT_REPORT | 0x8000).to_le_bytes().to_vec());
    response.insert(element::RESPONDED_TO, report[&element::MESSAGE_ID].clone());
    response.insert(element::DATA_SET_TYPE, 0x0101_u16.to_le_bytes().to_vec());
    response.insert(element::STATUS, status.to_le_bytes().to_vec());
    peer.command(context, &command(&response)).await;
}

fn number(command: &Command, element: u16) -> Option<u16> {
    Some(u16::from_le_bytes(command.get(&element)?[..2].try_into().ok()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commitment_request_is_checked_before_it_is_taken() {
    let server = Server::start(|_| {}).await;
    let mut peer = associated(&server).await;
    let whole = commitment("1.7.1", &["1.2.3"]);
    for (elements, attributes, expected) in [
        (action("1.2.3", 1), &whole, 0x0112),
        (action(COMMITMENT_INSTANCE, 2), &whole, 0x0123),
        (action(COMMITMENT_INSTANCE, 1), &json!({ "00081195": { "vr": "UI", "Value": ["1.7.1"] } }), 0x0114),
        (action(COMMITMENT_INSTANCE, 1), &json!({ "00081195": { "vr": "UI" } }), 0x0115),
        (action(COMMITMENT_INSTANCE, 1), &commitment("1.7.1", &["x"]), 0x0115),
    ] {
        let response = ask(&mut peer, 7, N_ACTION, &elements, attributes).await;
        assert_eq!(status(&response), expected, "{attributes}");
        assert!(response.contains_key(&element::COMMENT));
    }
    let other = ask(&mut peer, 7, N_CREATE, &affected(COMMITMENT, "1.2.3"), &whole).await;
    assert_eq!(status(&other), 0x0122);
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requestor_that_stays_is_told_on_its_association_and_only_there() {
    let server = Server::start(|_| {}).await;
    let object = Object::new(1_000);
    let mut storing = Peer::associated(server.address).await;
    assert_eq!(status(&storing.store(&object).await), 0);
    let mut peer = associated(&server).await;
    let asked = commitment("1.7.1", &[&object.instance, "1.2.3"]);
    let response = ask(&mut peer, 7, N_ACTION, &action(COMMITMENT_INSTANCE, 1), &asked).await;
    assert_eq!(status(&response), 0);
    let (context, command, report) = message(&mut peer).await;
    assert_eq!((context, number(&command, element::COMMAND_FIELD)), (7, Some(N_EVENT_REPORT)));
    assert_eq!(number(&command, 0x1002), Some(2), "failures exist");
    assert_eq!(report["00081195"]["Value"][0], "1.7.1");
    assert_eq!(report["00081199"]["Value"][0]["00081155"]["Value"][0], object.instance.as_str());
    assert_eq!(report["00081198"]["Value"][0]["00081197"]["Value"][0], 0x0112);
    // Another request comes before the answer to the report.
    let second =
        ask(&mut peer, 7, N_ACTION, &action(COMMITMENT_INSTANCE, 1), &commitment("1.7.2", &[&object.instance])).await;
    assert_eq!(status(&second), 0);
    let (_, second, _) = message(&mut peer).await;
    assert_eq!(number(&second, 0x1002), Some(1), "all is committed");
    answer_report(&mut peer, 7, &command, 0).await;
    answer_report(&mut peer, 7, &second, 0).await;
    peer.release().await;
    for transaction in ["1.7.1", "1.7.2"] {
        let uid = archive::Uid::new(transaction).expect("a UID");
        assert!(server.archive.is_commitment_reported(&uid).await.expect("a database"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_gone_is_called_back_with_the_roles_reversed() {
    let server = Server::start(|_| {}).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let entity = ApplicationEntity {
        may_store: true,
        may_worklist: true,
        ..ApplicationEntity::at(
            AeTitle::new("TESTER").expect("a title"),
            "127.0.0.1",
            listener.local_addr().expect("an address").port(),
        )
    };
    server.archive.add_application_entity("test", &entity).await.expect("added");
    let mut peer = associated(&server).await;
    let asked = commitment("1.7.1", &["1.2.3"]);
    assert_eq!(status(&ask(&mut peer, 7, N_ACTION, &action(COMMITMENT_INSTANCE, 1), &asked).await), 0);
    peer.release().await;
    let (stream, _) = listener.accept().await.expect("a call");
    let mut peer = Peer::over(stream);
    let Some(Pdu::AssociationRQ(called)) = peer.receive().await else { panic!("no association was asked for") };
    assert_eq!((called.calling_ae_title.trim(), called.called_ae_title.trim()), ("PACS", "TESTER"));
    assert_eq!(called.presentation_contexts[0].abstract_syntax, COMMITMENT);
    let roles = called.user_variables.iter().find_map(|item| match item {
        dicom_ul::pdu::UserVariableItem::ScuScpRoleSelectionSubItem(class, roles) => Some((class.clone(), *roles)),
        _ => None,
    });
    let (class, roles) = roles.expect("role selection");
    assert_eq!((class.as_str(), roles.scu, roles.scp), (COMMITMENT, false, true));
    peer.send(&Pdu::AssociationAC(dicom_ul::pdu::AssociationAC {
        protocol_version: 1,
        calling_ae_title: called.calling_ae_title,
        called_ae_title: called.called_ae_title,
        application_context_name: called.application_context_name,
        presentation_contexts: vec![dicom_ul::pdu::PresentationContextResult {
            id: called.presentation_contexts[0].id,
            reason: dicom_ul::pdu::PresentationContextResultReason::Acceptance,
            transfer_syntax: EXPLICIT.into(),
        }],
        user_variables: vec![dicom_ul::pdu::UserVariableItem::MaxLength(16_384)],
    }))
    .await;
    let (context, command, report) = message(&mut peer).await;
    assert_eq!(number(&command, 0x1002), Some(2));
    assert_eq!(report["00081198"]["Value"][0]["00081155"]["Value"][0], "1.2.3");
    answer_report(&mut peer, context, &command, 0).await;
    assert_eq!(peer.receive().await, Some(Pdu::ReleaseRQ));
}

fn staff() -> Actor {
    let rights = vec![Right::Worklist, Right::Schedule];
    Actor { name: "test".into(), rights, identified: true, address: None, via: "test" }
}

async fn schedule(server: &Server, number: u32) {
    let step = json!({
        "00400001": { "vr": "AE", "Value": ["CT1"] },
        "00400002": { "vr": "DA", "Value": ["20261126"] },
        "00400003": { "vr": "TM", "Value": ["0800"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
        "00400009": { "vr": "SH", "Value": [format!("S{number}")] },
    });
    let item = json!({
        "0020000D": { "vr": "UI", "Value": ["1.2.1"] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Müller^Jörg" }] },
        "00100020": { "vr": "LO", "Value": ["P1"] },
        "00401001": { "vr": "SH", "Value": ["R1"] },
        "00400100": { "vr": "SQ", "Value": [step] },
    });
    let item = item.as_object().cloned().expect("an object");
    server.archive.schedule(&staff(), item).await.expect("scheduled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worklist_query_goes_over_pages_and_ends_when_it_is_cancelled() {
    let server = Server::start(|_| {}).await;
    for number in 0..130 {
        schedule(&server, number).await;
    }
    let mut peer = associated(&server).await;
    let query = json!({
        "00100010": { "vr": "PN" },
        "00400100": { "vr": "SQ", "Value": [{ "00400009": { "vr": "SH" }, "00080060": { "vr": "CS", "Value": ["CT"] } }] },
    });
    let find = |id: u16| [(0x0002, padded(WORKLIST)), (element::MESSAGE_ID, id.to_le_bytes().to_vec())];
    let mut statuses = Vec::new();
    send(&mut peer, 1, 0x0020, &find(1), &query).await;
    let mut names = std::collections::BTreeSet::new();
    loop {
        let Some(Pdu::PData { data }) = peer.receive().await else { panic!("no response came") };
        for value in data {
            match value.value_type {
                PDataValueType::Command => {
                    statuses.push(status(&elements(&value.data)));
                }
                PDataValueType::Data => {
                    let item = json_of(&value.data);
                    assert_eq!(item["00100010"]["Value"][0]["Alphabetic"], "Müller^Jörg");
                    let step = &item["00400100"]["Value"][0];
                    names.insert(step["00400009"]["Value"][0].as_str().expect("an ID").to_owned());
                }
            }
        }
        if statuses.last() == Some(&0) {
            break;
        }
    }
    assert_eq!((statuses.len(), names.len()), (131, 130));
    assert!(statuses[..130].iter().all(|status| *status == 0xFF00));
    // A query that is cancelled before it is read to its end.
    let mut cancel = Command::new();
    cancel.insert(element::COMMAND_FIELD, 0x0FFF_u16.to_le_bytes().to_vec());
    cancel.insert(element::RESPONDED_TO, 2_u16.to_le_bytes().to_vec());
    cancel.insert(element::DATA_SET_TYPE, 0x0101_u16.to_le_bytes().to_vec());
    send(&mut peer, 1, 0x0020, &find(2), &query).await;
    peer.command(1, &command(&cancel)).await;
    let last = loop {
        let Some(Pdu::PData { data }) = peer.receive().await else { panic!("no response came") };
        let commands = data.iter().filter(|value| value.value_type == PDataValueType::Command);
        let mut ended = commands.map(|value| status(&elements(&value.data)));
        if let Some(ended) = ended.rfind(|status| *status != 0xFF00) {
            break ended;
        }
    };
    assert!([0xFE00, 0x0000].contains(&last), "{last:04X}");
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_makes_no_sense_and_one_without_right_are_refused() {
    let server = Server::start(|settings| settings.accept_unknown = false).await;
    server.register("TESTER").await;
    let mut peer = associated(&server).await;
    let elements = vec![(0x0002, padded(WORKLIST))];
    let refused = ask(&mut peer, 1, 0x0020, &elements, &json!({ "00100010": { "vr": "PN" } })).await;
    assert_eq!(status(&refused), 0x0124);
    let step = ask(&mut peer, 3, N_CREATE, &affected(MPPS, "1.9.1"), &json!({ "00080060": { "vr": "CS" } })).await;
    assert_eq!(status(&step), 0x0124);
    let action = ask(&mut peer, 7, N_ACTION, &action(COMMITMENT_INSTANCE, 1), &commitment("1.7.1", &["1.2"])).await;
    assert_eq!(status(&action), 0x0124);
    peer.release().await;
    let server = Server::start(|_| {}).await;
    let mut peer = associated(&server).await;
    let date = json!({ "00400100": { "vr": "SQ", "Value": [{ "00400002": { "vr": "DA", "Value": ["2026112"] } }] } });
    assert_eq!(status(&ask(&mut peer, 1, 0x0020, &elements, &date).await), 0xA900);
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_sop_classes_of_performed_steps_have_their_own_operations() {
    let server = Server::start(|_| {}).await;
    let mut peer = associated(&server).await;
    let step = json!({ "00080060": { "vr": "CS", "Value": ["CT"] } });
    let missing = ask(&mut peer, 3, N_CREATE, &affected(MPPS, "1.9.1"), &step).await;
    assert_eq!(status(&missing), 0x0120);
    assert!(missing.contains_key(&0x1005), "the missing attributes are named");
    assert_eq!(status(&ask(&mut peer, 5, N_CREATE, &affected(RETRIEVE, "1.9.1"), &step).await), 0x0122);
    assert_eq!(status(&ask(&mut peer, 5, N_SET, &requested(RETRIEVE, "1.9.1"), &step).await), 0x0122);
    assert_eq!(status(&ask(&mut peer, 3, N_SET, &requested(MPPS, "1.9.1"), &step).await), 0x0112);
    for (context, class, expected) in [(3, MPPS, 0x0122), (5, RETRIEVE, 0x0112)] {
        let elements = requested(class, "1.9.1");
        let elements: Vec<(u16, &[u8])> =
            elements.iter().map(|(element, value)| (*element, value.as_slice())).collect();
        peer.command(context, &request(N_GET, 0x0101, &elements)).await;
        assert_eq!(status(&peer.response().await), expected, "{class}");
    }
    peer.release().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_comes_without_a_uid_gets_one() {
    let server = Server::start(|_| {}).await;
    let mut peer = associated(&server).await;
    let scheduled = json!({ "0020000D": { "vr": "UI", "Value": ["1.2.3"] } });
    let step = json!({
        "00400270": { "vr": "SQ", "Value": [scheduled] },
        "00400253": { "vr": "SH", "Value": ["PP1"] },
        "00400241": { "vr": "AE", "Value": ["CT1"] },
        "00400244": { "vr": "DA", "Value": ["20261126"] },
        "00400245": { "vr": "TM", "Value": ["0805"] },
        "00400252": { "vr": "CS", "Value": ["IN PROGRESS"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
    });
    let response = ask(&mut peer, 3, N_CREATE, &[(0x0002, padded(MPPS))], &step).await;
    assert_eq!(status(&response), 0);
    let uid = String::from_utf8_lossy(&response[&element::INSTANCE]).trim_end_matches('\0').to_owned();
    let get = requested(RETRIEVE, &uid);
    let get: Vec<(u16, &[u8])> = get.iter().map(|(element, value)| (*element, value.as_slice())).collect();
    peer.command(5, &request(N_GET, 0x0101, &get)).await;
    let (_, command, found) = message(&mut peer).await;
    assert_eq!((status(&command), &found["00400253"]["Value"][0]), (0, &json!("PP1")));
    peer.release().await;
}
