//! Queries, and what is looked at in their answers.

use super::{holds, peer};
use crate::dimse::elements::Elements;
use crate::dimse::message::Message;
use crate::dimse::{Association, STUDY_ROOT, failed};
use crate::object::{DataSet, EXPLICIT};
use crate::requirement::{Finding, Verdict};
use crate::suite::Suite;

pub(super) const LEVEL: u32 = 0x0008_0052;
pub(super) const PATIENT_ID: u32 = 0x0010_0020;
pub(super) const PATIENT_NAME: u32 = 0x0010_0010;
pub(super) const STUDY: u32 = 0x0020_000d;
pub(super) const SERIES: u32 = 0x0020_000e;
pub(super) const INSTANCE: u32 = 0x0008_0018;

/// A key: tag, VR, value.
pub(super) type Key<'a> = (u32, &'static str, &'a str);

/// The keys of a query.
pub(super) fn keys(level: &str, more: &[Key<'_>]) -> DataSet {
    let mut keys = DataSet::new();
    keys.text(LEVEL, "CS", level).texts(more);
    keys
}

/// All responses to a query on an association of its own.
pub(super) fn ask(suite: &Suite, model: &str, keys: &DataSet) -> Result<Vec<Message>, Finding> {
    peer(suite)?.query()?.find(model, keys)
}

/// The matches among responses that end with Success.
pub(super) fn matches(responses: &[Message]) -> Result<Vec<Elements>, Finding> {
    let (last, pending) = responses.split_last().ok_or_else(|| failed("there is no response"))?;
    holds(last.status() == 0, format!("the last status is {:04X}", last.status()))?;
    let read = |message: &Message| message.data_set.as_deref().and_then(|bytes| Elements::read(bytes, true));
    pending.iter().map(|message| read(message).ok_or_else(|| failed("an Identifier cannot be read"))).collect()
}

/// The matches of a query in the Study Root model.
pub(super) fn found(suite: &Suite, level: &str, more: &[Key<'_>]) -> Result<Vec<Elements>, Finding> {
    matches(&ask(suite, STUDY_ROOT, &keys(level, more))?)
}

pub(super) fn counts(suite: &Suite, model: &str, level: &str, more: &[Key<'_>], expected: usize) -> Verdict {
    let found = matches(&ask(suite, model, &keys(level, more))?)?;
    holds(found.len() == expected, format!("{} matches, expected {expected}", found.len()))
}

/// A query that fails (PS3.4 Table C.4-1).
pub(super) fn fails(responses: &[Message]) -> Result<&Message, Finding> {
    let last = responses.last().ok_or_else(|| failed("there is no response"))?;
    let status = last.status();
    let is_failure = matches!(status, 0xa700..=0xa7ff | 0xa900..=0xa9ff | 0xc000..=0xcfff | 0x0100..=0x02ff);
    holds(is_failure && responses.len() == 1, format!("{} responses, the last with {status:04X}", responses.len()))?;
    Ok(last)
}

/// The responses to a query of the first Study, as the Study level of the Study Root model has it.
pub(super) fn first(suite: &Suite) -> Result<Vec<Message>, Finding> {
    let study = suite.subjects.ct[0].study.clone();
    let more: [Key<'_>; 3] = [(STUDY, "UI", &study), (PATIENT_NAME, "PN", ""), (0x0008_0020, "DA", "")];
    let responses = ask(suite, STUDY_ROOT, &keys("STUDY", &more))?;
    holds(responses.len() == 2, format!("{} responses", responses.len()))?;
    Ok(responses)
}

pub(super) fn identifier(message: &Message) -> Result<Elements, Finding> {
    let read = message.data_set.as_deref().and_then(|bytes| Elements::read(bytes, true));
    read.ok_or_else(|| failed("the Identifier cannot be read"))
}

/// An association where these bytes were proposed for the Study Root model, and what was agreed on.
pub(super) fn extended(suite: &Suite, proposed: &[u8]) -> Result<(Association, Vec<u8>), Finding> {
    let length = u16::try_from(STUDY_ROOT.len()).unwrap_or_default().to_be_bytes();
    let about = [&length[..], STUDY_ROOT.as_bytes(), proposed].concat();
    let association = peer(suite)?.open(&[(STUDY_ROOT, &[EXPLICIT])], &[(0x56, about)])?;
    let answers = association.answer.user_information();
    let answer = answers.iter().find(|(kind, _)| *kind == 0x56);
    let agreed = answer.and_then(|(_, content)| content.get(2 + STUDY_ROOT.len()..)).unwrap_or_default().to_vec();
    Ok((association, agreed))
}

/// An association where one matter of extended negotiation was agreed on.
pub(super) fn agreed(suite: &Suite, number: usize) -> Result<Association, Finding> {
    let mut proposed = vec![0; number + 1];
    proposed[number] = 1;
    let (association, agreed) = extended(suite, &proposed)?;
    match agreed.get(number) {
        Some(1) => Ok(association),
        _ => Err(Finding::NotApplicable("it was not agreed on".into())),
    }
}

pub(super) fn subject(suite: &Suite) -> (String, String, String) {
    let ct = &suite.subjects.ct[0];
    (ct.study.clone(), ct.series.clone(), suite.subjects.patient(0))
}
