//! Modality Worklist (PS3.4 Annex K): C-FIND for the item that the suite puts on the worklist by the web.

use super::{holds, open};
use crate::dimse::elements::Elements;
use crate::dimse::failed;
use crate::dimse::message::{C_FIND, Command, Message, element};
use crate::object::DataSet;
use crate::requirement::{Finding, Requirement, Verdict, shall, should};
use crate::requirements::worklist::{STUDY, filled, station};
use crate::suite::Suite;

const WORKLIST: &str = "1.2.840.10008.5.1.4.31";

/// Keys for the suite's item: of the step, and of the item.
fn query(suite: &Suite, of_step: &[(u32, &'static str, &str)], of_item: &[(u32, &'static str, &str)]) -> DataSet {
    let mut step = DataSet::new();
    step.text(0x0040_0001, "AE", &station(suite)).texts(of_step);
    let mut keys = DataSet::new();
    keys.texts(&[(0x0010_0010, "PN", ""), (0x0010_0020, "LO", ""), (0x0020_000d, "UI", "")]);
    keys.texts(of_item).sequence(0x0040_0100, &[step]);
    keys
}

fn find(suite: &Suite, keys: &DataSet) -> Result<Vec<Message>, Finding> {
    filled(suite)?;
    let mut association = open(suite, WORKLIST)?;
    let context = association.context(WORKLIST)?;
    let mut command = Command::request(C_FIND, association.next_id(), true);
    command.uid(element::AFFECTED_SOP_CLASS, WORKLIST).number(element::PRIORITY, 0);
    association.call(context, &command, Some(&keys.encode()))
}

/// The only item that matches.
fn found(suite: &Suite, keys: &DataSet) -> Result<Elements, Finding> {
    let responses = find(suite, keys)?;
    holds(responses.len() == 2, format!("{} responses instead of two", responses.len()))?;
    let identifier = responses[0].data_set.as_deref().and_then(|bytes| Elements::read(bytes, true));
    identifier.ok_or_else(|| failed("the Identifier cannot be read"))
}

fn matches(suite: &Suite, expected: usize, keys: &DataSet) -> Verdict {
    let seen = find(suite, keys)?.len() - 1;
    holds(seen == expected, format!("{seen} items instead of {expected}"))
}

/// One key of the step finds the item with this value, and does not with that one.
fn tells_apart(suite: &Suite, tag: u32, vr: &'static str, right: &str, wrong: &str) -> Verdict {
    matches(suite, 1, &query(suite, &[(tag, vr, right)], &[]))?;
    matches(suite, 0, &query(suite, &[(tag, vr, wrong)], &[]))
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall(
        "DIMSE-K-001",
        "PS3.4 §K.4.1.3",
        "A query of the worklist gives each match as Pending, then Success.",
        |s| {
            let responses = find(s, &query(s, &[], &[]))?;
            let statuses: Vec<u16> = responses.iter().map(Message::status).collect();
            holds(statuses == [0xff00, 0x0000], format!("the statuses are {statuses:04X?}"))
        },
    ),
    shall("DIMSE-K-002", "PS3.4 §K.4.1.3", "The last response has no Identifier.", |s| {
        let responses = find(s, &query(s, &[], &[]))?;
        holds(responses.last().is_some_and(|last| last.data_set.is_none()), "it has one")
    }),
    shall("DIMSE-K-003", "PS3.4 §K.4.1.3", "A query that nothing matches is answered with Success alone.", |s| {
        matches(s, 0, &query(s, &[], &[(0x0010_0020, "LO", "NOBODY-AT-ALL")]))
    }),
    shall("DIMSE-K-004", "PS3.4 Table K.6-1", "Modality is a matching key.", |s| {
        tells_apart(s, 0x0008_0060, "CS", "CT", "MR")
    }),
    shall("DIMSE-K-005", "PS3.4 Table K.6-1", "Start Date is a matching key, by value.", |s| {
        tells_apart(s, 0x0040_0002, "DA", "20261126", "20261127")
    }),
    shall("DIMSE-K-006", "PS3.4 Table K.6-1", "Start Date is a matching key, by range.", |s| {
        tells_apart(s, 0x0040_0002, "DA", "20261101-20261130", "20261127-")
    }),
    shall("DIMSE-K-007", "PS3.4 Table K.6-1", "Start Time is a matching key, by range.", |s| {
        tells_apart(s, 0x0040_0003, "TM", "0900-1000", "1000-1100")
    }),
    shall("DIMSE-K-008", "PS3.4 Table K.6-1", "Scheduled Performing Physician's Name is a matching key.", |s| {
        tells_apart(s, 0x0040_0006, "PN", "*^Wilhelm", "Curie*")
    }),
    shall("DIMSE-K-009", "PS3.4 Table K.6-1", "Patient's Name is a matching key, with wild cards.", |s| {
        matches(s, 1, &query(s, &[], &[(0x0010_0010, "PN", "Yamada*")]))?;
        matches(s, 0, &query(s, &[], &[(0x0010_0010, "PN", "Suzuki*")]))
    }),
    shall("DIMSE-K-010", "PS3.4 Table K.6-1", "Patient ID is a matching key.", |s| {
        matches(s, 1, &query(s, &[], &[(0x0010_0020, "LO", &format!("MWL{}", s.subjects.run))]))
    }),
    shall("DIMSE-K-011", "PS3.4 §K.2.2.1.2", "Return keys come back: of the item and of the step.", |s| {
        let item = found(s, &query(s, &[(0x0008_0060, "CS", ""), (0x0040_0009, "SH", "")], &[]))?;
        let step = item.get(0x0040_0100).and_then(|element| element.items.first()).cloned().unwrap_or_default();
        let seen = (item.text(0x0020_000d), step.text(0x0008_0060), step.text(0x0040_0009));
        holds(seen == (STUDY.into(), "CT".into(), s.subjects.run.clone()), format!("{seen:?}"))
    }),
    shall("DIMSE-K-012", "PS3.4 §K.6.1.2", "A return key of type 2 comes back even without a value.", |s| {
        let item = found(s, &query(s, &[], &[(0x0010_0040, "CS", "")]))?;
        holds(item.get(0x0010_0040).is_some_and(|element| element.value.is_empty()), "it is missing, or has a value")
    }),
    shall("DIMSE-K-013", "PS3.4 §K.6.1.2", "The Scheduled Procedure Step Sequence has one Item.", |s| {
        let item = found(s, &query(s, &[], &[]))?;
        let items = item.get(0x0040_0100).map_or(0, |element| element.items.len());
        holds(items == 1, format!("there are {items}"))
    }),
    shall("DIMSE-K-014", "PS3.4 §K.4.1.3", "What was not asked for does not come back.", |s| {
        let item = found(s, &query(s, &[], &[]))?;
        holds(item.get(0x0010_0030).is_none(), "Patient's Birth Date comes back")
    }),
    shall("DIMSE-K-015", "PS3.5 §6.1.2.3", "A response names a character set that holds its text.", |s| {
        let item = found(s, &query(s, &[], &[]))?;
        let set = item.text(0x0008_0005);
        let holds_text = set == "ISO_IR 192" || set.contains("ISO 2022 IR 87");
        holds(holds_text, format!("Specific Character Set is {set:?}"))
    }),
    shall(
        "DIMSE-K-016",
        "PS3.4 §K.4.1.1.4",
        "A date that is none fails with A900 or a status of the C series.",
        |s| {
            let responses = find(s, &query(s, &[(0x0040_0002, "DA", "2026")], &[]))?;
            let status = responses[0].status();
            holds(status == 0xa900 || (0xc000..=0xcfff).contains(&status), format!("the status is {status:04X}"))
        },
    ),
    should("DIMSE-K-017", "PS3.4 §K.6.1.2.2", "Ranges of Start Date and Start Time are one range together.", |s| {
        let range = |date, time| query(s, &[(0x0040_0002, "DA", date), (0x0040_0003, "TM", time)], &[]);
        matches(s, 1, &range("20261125-20261126", "2200-1000"))?;
        matches(s, 0, &range("20261125-20261126", "0800-0900"))
    }),
    shall("DIMSE-K-018", "PS3.4 §K.4.1.2", "A C-CANCEL for a query that is over is passed over.", |s| {
        filled(s)?;
        let mut association = open(s, WORKLIST)?;
        let context = association.context(WORKLIST)?;
        association.send(context, &Command::cancel(77), None)?;
        let mut command = Command::request(C_FIND, association.next_id(), true);
        command.uid(element::AFFECTED_SOP_CLASS, WORKLIST).number(element::PRIORITY, 0);
        let responses = association.call(context, &command, Some(&query(s, &[], &[]).encode()))?;
        holds(responses.len() == 2, format!("{} responses", responses.len()))
    }),
];
