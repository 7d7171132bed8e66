//! Relational retrieval (PS3.4 §C.4.2.2.1.1, §C.4.3.2.1): what is named by its own UID alone, once that was agreed on.

use super::asking::{INSTANCE, keys};
use super::moving::{Moved, destination};
use super::retrieve::{STUDY_ROOT_GET, STUDY_ROOT_MOVE, get_with, move_request, role, subject};
use super::{holds, peer};
use crate::dimse::message::{Message, element};
use crate::dimse::{Association, failed};
use crate::object::{CT, EXPLICIT};
use crate::requirement::{Finding, Requirement, Verdict, shall};
use crate::suite::Suite;

const EXTENDED: u8 = 0x56;

/// Sub-item of user information: relational retrieval in a model (PS3.4 §C.5.2.1, §C.5.3.1).
fn relational_of(model: &str) -> (u8, Vec<u8>) {
    let length = u16::try_from(model.len()).unwrap_or_default().to_be_bytes();
    (EXTENDED, [&length[..], model.as_bytes(), &[1]].concat())
}

/// Whether relational retrieval in a model was agreed on.
fn agreed(association: &Association, model: &str) -> Verdict {
    let wanted = relational_of(model);
    let answers = association.answer.user_information();
    match answers.iter().any(|(kind, content)| *kind == EXTENDED && content.starts_with(&wanted.1)) {
        true => Ok(()),
        false => Err(Finding::NotApplicable("relational retrieval is not agreed on".into())),
    }
}

/// C-MOVE of an Instance by its own UID alone, where relational retrieval was agreed on.
fn relational(suite: &Suite) -> Result<Moved, Finding> {
    let destination = destination(suite)?;
    let (ct, _) = subject(suite);
    let mut association = peer(suite)?.open(&[(STUDY_ROOT_MOVE, &[EXPLICIT])], &[relational_of(STUDY_ROOT_MOVE)])?;
    agreed(&association, STUDY_ROOT_MOVE)?;
    let context = association.context(STUDY_ROOT_MOVE)?;
    let request = move_request(&mut association, &destination.title);
    let taking = std::thread::spawn(move || destination.take(|_| 0));
    let keys = keys("IMAGE", &[(INSTANCE, "UI", &ct.instance)]);
    let responses = association.call(context, &request, Some(&keys.encode()))?;
    let arrived = taking.join().map_err(|_| failed("the destination broke"))??;
    Ok(Moved { arrived, responses })
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall(
        "DIMSE-4.G-025",
        "PS3.4 §C.4.3.2.1",
        "Once relational retrieval is agreed on, an Instance is got by its own UID.",
        |s| {
            let (ct, _) = subject(s);
            let more = [role(CT), relational_of(STUDY_ROOT_GET)];
            let mut association = peer(s)?.open(&[(STUDY_ROOT_GET, &[EXPLICIT]), (CT, &[EXPLICIT])], &more)?;
            association.context(STUDY_ROOT_GET)?;
            agreed(&association, STUDY_ROOT_GET)?;
            let keys = keys("IMAGE", &[(INSTANCE, "UI", &ct.instance)]);
            let got = get_with(&mut association, STUDY_ROOT_GET, &keys, |_, _| Ok(0))?;
            got.has_stored(1)?;
            got.ends_with(&[0])
        },
    ),
    shall(
        "DIMSE-4.M-020",
        "PS3.4 §C.4.2.2.1.1",
        "Once relational retrieval is agreed on, an Instance is moved by its own UID.",
        |s| {
            let moved = relational(s)?;
            let named = |store: &Message| store.command.text(element::AFFECTED_SOP_INSTANCE);
            let arrived: Vec<_> = moved.arrived.stores.iter().filter_map(named).collect();
            holds(arrived == [subject(s).0.instance.clone()], format!("{arrived:?}"))?;
            moved.ends_with(0)
        },
    ),
];
