//! Storage Commitment Push Model (PS3.4 Annex J).

use super::{ends_with, holds, open, operate, peer};
use crate::dimse::elements::Elements;
use crate::dimse::message::{Command, Message, element};
use crate::dimse::{Association, Peer, failed, pdu};
use crate::object::{CT, DataSet, EXPLICIT};
use crate::requirement::{Finding, Requirement, shall, should};
use crate::suite::Suite;

const COMMITMENT: &str = "1.2.840.10008.1.20.1";
const COMMITMENT_INSTANCE: &str = "1.2.840.10008.1.20.1.1";
const N_EVENT_REPORT: u16 = 0x0100;
const N_ACTION: u16 = 0x0130;
const EVENT_TYPE: u16 = 0x1002;

fn action(transaction: &str, instances: &[(&str, &str)]) -> DataSet {
    let items: Vec<DataSet> = instances
        .iter()
        .map(|(class, instance)| {
            let mut item = DataSet::new();
            item.text(0x0008_1150, "UI", class).text(0x0008_1155, "UI", instance);
            item
        })
        .collect();
    let mut action = DataSet::new();
    action.text(0x0008_1195, "UI", transaction).sequence(0x0008_1199, &items);
    action
}

fn act(suite: &Suite, instance: &str, kind: u16, action: &DataSet) -> Result<(Association, Message), Finding> {
    let mut association = open(suite, COMMITMENT)?;
    let response = operate(&mut association, N_ACTION, (COMMITMENT, instance), Some(kind), Some(action))?;
    Ok((association, response))
}

/// Event type and report of a request.
fn report(suite: &Suite, transaction: &str, instances: &[(&str, &str)]) -> Result<(u16, Elements), Finding> {
    let (mut association, response) = act(suite, COMMITMENT_INSTANCE, 1, &action(transaction, instances))?;
    ends_with(&response, 0)?;
    let event =
        association.receive().map_err(|_| Finding::NotApplicable("it reports on another association".into()))?;
    holds(event.command.get(element::COMMAND_FIELD) == Some(N_EVENT_REPORT), "another message came")?;
    let mut answer = Command::default();
    answer.number(element::COMMAND_FIELD, N_EVENT_REPORT | 0x8000).number(element::STATUS, 0);
    answer.number(element::RESPONDED_TO, event.command.get(element::MESSAGE_ID).unwrap_or_default());
    answer.number(element::DATA_SET_TYPE, 0x0101);
    association.send(event.context, &answer, None)?;
    let report = event.data_set.as_deref().and_then(|bytes| Elements::read(bytes, true));
    let kind = event.command.get(EVENT_TYPE).unwrap_or_default();
    report.map(|report| (kind, report)).ok_or_else(|| failed("the report cannot be read"))
}

/// The report of a request of the suite as an AE that the server can call: it leaves at once and is called. Also the roles that
/// the server proposes.
fn called(suite: &Suite, transaction: &str) -> Result<(Message, Vec<Vec<u8>>), Finding> {
    let peer = peer(suite)?;
    let destination = peer.destination.clone();
    let destination = destination.ok_or_else(|| Finding::NotApplicable("no --destination was given".into()))?;
    let subject = &suite.subjects.ct[0];
    let as_destination = Peer { calling: destination.title.clone(), ..peer.clone() };
    let not_taken = |_| Finding::NotApplicable("requests of the destination's title are not taken".into());
    let mut association = as_destination.open(&[(COMMITMENT, &[EXPLICIT])], &[]).map_err(not_taken)?;
    let asked = action(transaction, &[(subject.class, &subject.instance)]);
    let of = (COMMITMENT, COMMITMENT_INSTANCE);
    let response = operate(&mut association, N_ACTION, of, Some(1), Some(&asked))?;
    if response.status() != 0 {
        return Err(not_taken(failed("")));
    }
    association.connection.send(&pdu(5, &[0; 4]))?;
    let mut arrived = destination.take(|_| 0)?;
    let report = arrived.stores.pop().ok_or_else(|| failed("the association brings no report"))?;
    Ok((report, arrived.roles))
}

fn instances(report: &Elements, tag: u32) -> Vec<String> {
    report.get(tag).map_or_else(Vec::new, |element| element.items.iter().map(|item| item.text(0x0008_1155)).collect())
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-J-001", "PS3.4 §J.3.2", "N-ACTION is answered with Success once the request is taken.", |s| {
        let subject = &s.subjects.ct[0];
        let asked = action(&s.uids.next(), &[(subject.class, &subject.instance)]);
        ends_with(&act(s, COMMITMENT_INSTANCE, 1, &asked)?.1, 0)
    }),
    shall("DIMSE-J-002", "PS3.4 §J.3.3", "When all is committed the Event Type ID is 1.", |s| {
        let subject = &s.subjects.ct[0];
        let (kind, report) = report(s, &s.uids.next(), &[(subject.class, &subject.instance)])?;
        holds(kind == 1 && instances(&report, 0x0008_1199) == [subject.instance.clone()], format!("it is {kind}"))
    }),
    shall(
        "DIMSE-J-003",
        "PS3.4 §J.3.3",
        "When there are failures the Event Type ID is 2, and they are told apart.",
        |s| {
            let (subject, other) = (&s.subjects.ct[0], s.uids.next());
            let asked = [(subject.class, subject.instance.as_str()), (CT, other.as_str())];
            let (kind, report) = report(s, &s.uids.next(), &asked)?;
            let seen = (kind, instances(&report, 0x0008_1199), instances(&report, 0x0008_1198));
            holds(seen == (2, vec![subject.instance.clone()], vec![other]), format!("{seen:?}"))
        },
    ),
    shall("DIMSE-J-004", "PS3.3 §C.14.1.1", "The Failure Reason of an Instance that there is not is 0112H.", |s| {
        let other = s.uids.next();
        let (_, report) = report(s, &s.uids.next(), &[(CT, &other)])?;
        let reason = report.get(0x0008_1198).and_then(|failed| failed.items.first()?.get(0x0008_1197).cloned());
        holds(reason.is_some_and(|reason| reason.value == 0x0112_u16.to_le_bytes()), "it is another")
    }),
    shall("DIMSE-J-005", "PS3.3 §C.14.1.1", "The Failure Reason of an Instance of another SOP Class is 0119H.", |s| {
        let subject = &s.subjects.ct[0];
        let (_, report) = report(s, &s.uids.next(), &[("1.2.840.10008.5.1.4.1.1.4", &subject.instance)])?;
        let reason = report.get(0x0008_1198).and_then(|failed| failed.items.first()?.get(0x0008_1197).cloned());
        holds(reason.is_some_and(|reason| reason.value == 0x0119_u16.to_le_bytes()), "it is another")
    }),
    shall("DIMSE-J-006", "PS3.4 §J.3.3.1.2", "The report has the Transaction UID of the request.", |s| {
        let (subject, transaction) = (&s.subjects.ct[0], s.uids.next());
        let (_, report) = report(s, &transaction, &[(subject.class, &subject.instance)])?;
        holds(report.text(0x0008_1195) == transaction, report.text(0x0008_1195))
    }),
    shall("DIMSE-J-007", "PS3.7 §10.1.4.1.10", "An action that there is not fails with 0123H.", |s| {
        let asked = action(&s.uids.next(), &[(CT, "1.2.3")]);
        ends_with(&act(s, COMMITMENT_INSTANCE, 2, &asked)?.1, 0x0123)
    }),
    shall("DIMSE-J-008", "PS3.4 §J.3.5", "Another SOP Instance than the well-known one fails with 0112H.", |s| {
        let asked = action(&s.uids.next(), &[(CT, "1.2.3")]);
        ends_with(&act(s, "1.2.3.4", 1, &asked)?.1, 0x0112)
    }),
    shall("DIMSE-J-009", "PS3.4 Table J.3-1", "A request without a Transaction UID is not taken.", |s| {
        let asked = action("", &[(CT, "1.2.3")]);
        let (_, response) = act(s, COMMITMENT_INSTANCE, 1, &asked)?;
        holds(response.status() != 0, "it is answered with Success")
    }),
    should("DIMSE-J-010", "PS3.4 Table J.3-1", "A request that names no Instance is not taken.", |s| {
        let mut asked = DataSet::new();
        asked.text(0x0008_1195, "UI", &s.uids.next());
        let (_, response) = act(s, COMMITMENT_INSTANCE, 1, &asked)?;
        holds(response.status() != 0, "it is answered with Success")
    }),
    should(
        "DIMSE-J-011",
        "PS3.4 §J.3.3",
        "Who leaves before the report is told on a new association, on which the server proposes to be the SCP.",
        |s| {
            let transaction = s.uids.next();
            let (report, roles) = called(s, &transaction)?;
            let field = report.command.get(element::COMMAND_FIELD);
            let seen = (field, report.command.get(EVENT_TYPE));
            holds(seen == (Some(N_EVENT_REPORT), Some(1)), format!("{seen:04X?}"))?;
            let elements = report.data_set.as_deref().and_then(|bytes| Elements::read(bytes, true));
            let told = elements.map(|elements| elements.text(0x0008_1195)).unwrap_or_default();
            holds(told == transaction, format!("it is of the transaction {told:?}"))?;
            holds(roles.iter().any(|role| role.ends_with(&[0, 1])), format!("the roles are {roles:?}"))
        },
    )
    .noted("The server has to know the suite's destination as an AE that may ask for it."),
];
