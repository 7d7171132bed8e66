//! Worklist (PS3.4 Annex K), performed procedure steps (Annex F) and storage commitment (Annex J).

pub(in crate::requirements) mod commitment;
pub(in crate::requirements) mod performed;
pub(in crate::requirements) mod scheduled;

use super::{holds, peer};
use crate::dimse::Association;
use crate::dimse::message::{Command, Message, element};
use crate::object::{DataSet, EXPLICIT};
use crate::requirement::{Finding, Verdict};
use crate::suite::Suite;

const N_CREATE: u16 = 0x0140;
const REQUESTED_SOP_CLASS: u16 = 0x0003;
const REQUESTED_SOP_INSTANCE: u16 = 0x1001;
const ACTION_TYPE: u16 = 0x1008;

/// An association for one SOP Class.
fn open(suite: &Suite, class: &str) -> Result<Association, Finding> {
    let association = peer(suite)?.open(&[(class, &[EXPLICIT])], &[])?;
    association.context(class)?;
    Ok(association)
}

/// Asks for an operation on an instance; the response.
fn operate(
    association: &mut Association,
    field: u16,
    (class, instance): (&str, &str),
    action: Option<u16>,
    data_set: Option<&DataSet>,
) -> Result<Message, Finding> {
    let context = association.context(class)?;
    let mut command = Command::request(field, association.next_id(), data_set.is_some());
    match field {
        N_CREATE => command.uid(element::AFFECTED_SOP_CLASS, class).uid(element::AFFECTED_SOP_INSTANCE, instance),
        _ => command.uid(REQUESTED_SOP_CLASS, class).uid(REQUESTED_SOP_INSTANCE, instance),
    };
    if let Some(action) = action {
        command.number(ACTION_TYPE, action);
    }
    association.send(context, &command, data_set.map(DataSet::encode).as_deref())?;
    association.receive()
}

fn ends_with(message: &Message, expected: u16) -> Verdict {
    holds(message.status() == expected, format!("the status is {:04X} instead of {expected:04X}", message.status()))
}
