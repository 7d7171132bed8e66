//! C-MOVE (PS3.4 §C.4.2) with the suite as its destination, which the server under test has to know.

use std::sync::Arc;

use super::asking::{SERIES, STUDY, keys};
use super::retrieve::{
    COMPLETED, FAILED, REMAINING, STUDY_ROOT_MOVE, WARNING, failed_list, is_failure, move_request, subject,
};
use super::{holds, peer};
use crate::dimse::message::{Command, Message, element};
use crate::dimse::{Arrived, Destination, failed};
use crate::object::EXPLICIT;
use crate::requirement::{Finding, Requirement, Verdict, shall, should};
use crate::suite::Suite;

const ORIGINATOR: u16 = 0x1030;
const ORIGINATOR_ID: u16 = 0x1031;

/// What came of a C-MOVE.
pub(super) struct Moved {
    pub(super) arrived: Arrived,
    pub(super) responses: Vec<Message>,
}

pub(super) fn destination(suite: &Suite) -> Result<Arc<Destination>, Finding> {
    let destination = peer(suite)?.destination.clone();
    destination.ok_or_else(|| Finding::NotApplicable("no --destination was given".into()))
}

/// C-MOVE of the first Series to the suite, which answers each C-STORE like this.
fn moved(suite: &Suite, reply: fn(usize) -> u16) -> Result<Moved, Finding> {
    let destination = destination(suite)?;
    let (ct, _) = subject(suite);
    let keys = keys("SERIES", &[(STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series)]);
    let mut association = peer(suite)?.open(&[(STUDY_ROOT_MOVE, &[EXPLICIT])], &[])?;
    let context = association.context(STUDY_ROOT_MOVE)?;
    let request = move_request(&mut association, &destination.title);
    let taking = std::thread::spawn(move || destination.take(reply));
    let responses = association.call(context, &request, Some(&keys.encode()))?;
    let arrived = taking.join().map_err(|_| failed("the destination broke"))??;
    Ok(Moved { arrived, responses })
}

/// A C-MOVE that is cancelled while its second C-STORE is under way: the final status.
fn cancelled(suite: &Suite) -> Result<u16, Finding> {
    let destination = destination(suite)?;
    let (ct, count) = subject(suite);
    if count < 2 {
        return Err(Finding::NotApplicable("there is one Instance only".into()));
    }
    let keys = keys("SERIES", &[(STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series)]);
    let mut association = peer(suite)?.open(&[(STUDY_ROOT_MOVE, &[EXPLICIT])], &[])?;
    let context = association.context(STUDY_ROOT_MOVE)?;
    let request = move_request(&mut association, &destination.title);
    let id = request.get(element::MESSAGE_ID).unwrap_or_default();
    let taking = std::thread::spawn(move || destination.take(slow));
    association.send(context, &request, Some(&keys.encode()))?;
    let mut response = association.receive()?;
    association.send(context, &Command::cancel(id), None)?;
    while response.is_pending() {
        response = association.receive()?;
    }
    // What arrived is told by the other requirements.
    let _ = taking.join();
    Ok(response.status())
}

/// The first at once, the others after a while.
fn slow(number: usize) -> u16 {
    std::thread::sleep(std::time::Duration::from_millis(if number == 0 { 0 } else { 300 }));
    0
}

impl Moved {
    fn last(&self) -> Result<&Message, Finding> {
        self.responses.last().ok_or_else(|| failed("there is no response"))
    }

    pub(super) fn ends_with(&self, status: u16) -> Verdict {
        let last = self.last()?.status();
        holds(last == status, format!("the last status is {last:04X}"))
    }
}

fn one_refused(number: usize) -> u16 {
    if number == 0 { 0xa700 } else { 0 }
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-4.M-008", "PS3.4 §C.4.2.3.1", "A C-MOVE sends each Instance to the Move Destination.", |s| {
        let (moved, count) = (moved(s, |_| 0)?, subject(s).1);
        holds(moved.arrived.stores.len() == count, format!("{} came, expected {count}", moved.arrived.stores.len()))
    }),
    shall("DIMSE-4.M-009", "PS3.4 §C.4.2.2.1", "The association is asked for by the title of the destination.", |s| {
        let called = moved(s, |_| 0)?.arrived.called;
        holds(called == destination(s)?.title, format!("it calls {called:?}"))
    }),
    shall("DIMSE-4.M-010", "PS3.7 §9.1.1.1.6", "A C-STORE of a C-MOVE names the AE that asked for it.", |s| {
        let moved = moved(s, |_| 0)?;
        let named = moved.arrived.stores.first().and_then(|store| store.command.text(ORIGINATOR));
        holds(named.as_deref() == Some(&peer(s)?.calling), format!("it names {named:?}"))
    }),
    shall("DIMSE-4.M-011", "PS3.7 §9.1.1.1.7", "A C-STORE of a C-MOVE has the Message ID of the C-MOVE.", |s| {
        let moved = moved(s, |_| 0)?;
        let id = moved.arrived.stores.first().and_then(|store| store.command.get(ORIGINATOR_ID));
        let asked = moved.last()?.command.get(element::RESPONDED_TO);
        holds(id.is_some() && id == asked, format!("{id:?}, expected {asked:?}"))
    }),
    shall(
        "DIMSE-4.M-012",
        "PS3.4 §C.4.2.1.5",
        "The final status is Success when all sub-operations succeeded.",
        |s| moved(s, |_| 0)?.ends_with(0),
    ),
    shall("DIMSE-4.M-013", "PS3.4 §C.4.2.3.1", "The final response counts the completed sub-operations.", |s| {
        let (moved, count) = (moved(s, |_| 0)?, subject(s).1);
        let counted = moved.last()?.command.get(COMPLETED).map(usize::from);
        holds(counted == Some(count), format!("{counted:?}, expected {count}"))
    }),
    shall(
        "DIMSE-4.M-014",
        "PS3.7 §9.1.4.1.7",
        "The counts of a Pending response add up to the sub-operations.",
        |s| {
            let (moved, count) = (moved(s, |_| 0)?, subject(s).1);
            let sum = |message: &Message| -> usize {
                let counts = [REMAINING, COMPLETED, FAILED, WARNING];
                counts.iter().filter_map(|count| message.command.get(*count)).map(usize::from).sum()
            };
            let sums: Vec<usize> = moved.responses.iter().filter(|message| message.is_pending()).map(sum).collect();
            holds(sums.iter().all(|sum| *sum == count), format!("{sums:?}, expected {count}"))
        },
    ),
    shall(
        "DIMSE-4.M-015",
        "PS3.4 §C.4.2.1.5",
        "The final status is B000 when one sub-operation of several failed.",
        |s| {
            if subject(s).1 < 2 {
                return Err(Finding::NotApplicable("there is one Instance only".into()));
            }
            moved(s, one_refused)?.ends_with(0xb000)
        },
    ),
    shall("DIMSE-4.M-016", "PS3.4 §C.4.2.1.4.2", "The Failed SOP Instance UID List names what failed.", |s| {
        let moved = moved(s, one_refused)?;
        let refused = moved.arrived.stores.first().and_then(|store| store.command.text(element::AFFECTED_SOP_INSTANCE));
        let list = failed_list(moved.last()?)?;
        holds(refused.is_some_and(|refused| list == [refused]), format!("{list:?}"))
    }),
    shall("DIMSE-4.M-017", "PS3.4 §C.4.2.3.1", "The final status is a Failure when all sub-operations failed.", |s| {
        let status = moved(s, |_| 0xa700)?.last()?.status();
        holds(is_failure(status), format!("{status:04X}"))
    }),
    should("DIMSE-4.M-018", "PS3.4 §B.4.1", "What is sent is what was stored, byte by byte.", |s| {
        let moved = moved(s, |_| 0)?;
        let (ct, _) = subject(s);
        let bytes = ct.data_set.encode();
        let same = moved.arrived.stores.iter().any(|store| store.data_set.as_deref() == Some(&bytes));
        holds(same, "it has changed")
    }),
    shall(
        "DIMSE-4.M-019",
        "PS3.4 §C.4.2.3.1",
        "A C-MOVE that is cancelled ends with Cancel, or is over already.",
        |s| {
            let status = cancelled(s)?;
            holds(matches!(status, 0xfe00 | 0x0000), format!("{status:04X}"))
        },
    ),
    shall("DIMSE-4.M-021", "PS3.4 §C.4.2.3.1", "A C-MOVE sends each Instance once.", |s| {
        let stores = moved(s, |_| 0)?.arrived.stores;
        let mut sent: Vec<_> = stores.iter().map(|store| store.command.text(element::AFFECTED_SOP_INSTANCE)).collect();
        sent.sort_unstable();
        sent.dedup();
        holds(sent.len() == stores.len(), format!("{} C-STOREs of {} Instances", stores.len(), sent.len()))
    }),
    shall(
        "DIMSE-4.M-022",
        "PS3.7 §9.1.4.1.7",
        "No Pending response has more remaining sub-operations than the one before.",
        |s| {
            let moved = moved(s, |_| 0)?;
            let left: Vec<u16> = moved.responses.iter().filter_map(|message| message.command.get(REMAINING)).collect();
            holds(left.is_sorted_by(|before, after| before >= after), format!("{left:?}"))
        },
    ),
];
