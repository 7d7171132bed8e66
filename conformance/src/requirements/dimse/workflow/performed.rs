//! Modality Performed Procedure Step (PS3.4 Annex F).

use super::{N_CREATE, REQUESTED_SOP_CLASS, REQUESTED_SOP_INSTANCE, ends_with, holds, open, operate};
use crate::dimse::Association;
use crate::dimse::elements::Elements;
use crate::dimse::message::{Command, Message};
use crate::object::DataSet;
use crate::requirement::{Finding, Requirement, Verdict, shall, should};
use crate::suite::Suite;

const MPPS: &str = "1.2.840.10008.3.1.2.3.3";
const RETRIEVE: &str = "1.2.840.10008.3.1.2.3.4";
const N_GET: u16 = 0x0110;
const N_SET: u16 = 0x0120;
const ERROR_ID: u16 = 0x0903;
const ATTRIBUTE_LIST: u16 = 0x1005;

fn started(suite: &Suite) -> DataSet {
    let mut scheduled = DataSet::new();
    scheduled.text(0x0020_000d, "UI", &suite.uids.next()).text(0x0040_0009, "SH", "");
    let mut step = DataSet::new();
    step.sequence(0x0040_0270, &[scheduled]).texts(&[
        (0x0008_0060, "CS", "CT"),
        (0x0010_0010, "PN", "Conformance^Step"),
        (0x0040_0241, "AE", "CT1"),
        (0x0040_0244, "DA", "20261126"),
        (0x0040_0245, "TM", "0805"),
        (0x0040_0252, "CS", "IN PROGRESS"),
        (0x0040_0253, "SH", "PP1"),
    ]);
    step
}

fn ended(suite: &Suite, status: &str) -> DataSet {
    let mut series = DataSet::new();
    series.text(0x0020_000e, "UI", &suite.uids.next()).text(0x0018_1030, "LO", "Head");
    let mut step = DataSet::new();
    step.sequence(0x0040_0340, &[series]);
    step.texts(&[(0x0040_0250, "DA", "20261126"), (0x0040_0251, "TM", "0815"), (0x0040_0252, "CS", status)]);
    step
}

fn create(suite: &Suite, step: &DataSet) -> Result<(Association, String, Message), Finding> {
    let mut association = open(suite, MPPS)?;
    let uid = suite.uids.next();
    let response = operate(&mut association, N_CREATE, (MPPS, &uid), None, Some(step))?;
    Ok((association, uid, response))
}

fn created(suite: &Suite) -> Result<(Association, String), Finding> {
    let (association, uid, response) = create(suite, &started(suite))?;
    ends_with(&response, 0)?;
    Ok((association, uid))
}

/// A step without one attribute is refused.
fn needs(suite: &Suite, tag: u32) -> Verdict {
    let (_, _, response) = create(suite, started(suite).without(tag))?;
    ends_with(&response, 0x0120)
}

fn set(suite: &Suite, changes: &DataSet) -> Result<Message, Finding> {
    let (mut association, uid) = created(suite)?;
    operate(&mut association, N_SET, (MPPS, &uid), None, Some(changes))
}

/// N-GET of one attribute.
fn gets(suite: &Suite, uid: &str, tag: u32, expected: &str) -> Verdict {
    let mut association = open(suite, RETRIEVE)?;
    let response = operate(&mut association, N_GET, (RETRIEVE, uid), None, None)?;
    ends_with(&response, 0)?;
    let found = response.data_set.as_deref().and_then(|bytes| Elements::read(bytes, true)).unwrap_or_default();
    holds(found.text(tag) == expected, format!("it is {:?}", found.text(tag)))
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-F-001", "PS3.4 §F.7.2.1", "N-CREATE of a step in progress is answered with Success.", |s| {
        created(s).map(drop)
    }),
    shall("DIMSE-F-002", "PS3.7 §10.1.5.1.6", "N-CREATE of a UID that is in use fails with 0111H.", |s| {
        let (mut association, uid) = created(s)?;
        ends_with(&operate(&mut association, N_CREATE, (MPPS, &uid), None, Some(&started(s)))?, 0x0111)
    }),
    shall("DIMSE-F-003", "PS3.4 §F.7.2.1.3", "N-CREATE of a step that is not in progress fails with 0106H.", |s| {
        let (_, _, response) = create(s, started(s).text(0x0040_0252, "CS", "COMPLETED"))?;
        ends_with(&response, 0x0106)
    }),
    shall("DIMSE-F-004", "PS3.4 Table F.7.2-1", "N-CREATE needs Scheduled Step Attributes: 0120H.", |s| {
        needs(s, 0x0040_0270)
    }),
    shall("DIMSE-F-005", "PS3.4 Table F.7.2-1", "N-CREATE needs ID, station, start and modality: 0120H.", |s| {
        for tag in [0x0040_0253, 0x0040_0241, 0x0040_0244, 0x0040_0245, 0x0008_0060] {
            needs(s, tag)?;
        }
        Ok(())
    }),
    shall(
        "DIMSE-F-006",
        "PS3.7 §C.5.14",
        "N-CREATE with an attribute of type 1 without a value fails with 0121H.",
        |s| {
            let (_, _, response) = create(s, started(s).text(0x0008_0060, "CS", ""))?;
            ends_with(&response, 0x0121)
        },
    ),
    shall("DIMSE-F-007", "PS3.4 §F.7.2.2", "N-SET of a step in progress is answered with Success.", |s| {
        ends_with(&set(s, DataSet::new().text(0x0040_0254, "LO", "Head"))?, 0)
    }),
    shall("DIMSE-F-008", "PS3.4 §F.7.2.2", "N-SET completes a step, and N-GET tells so.", |s| {
        let (mut association, uid) = created(s)?;
        ends_with(&operate(&mut association, N_SET, (MPPS, &uid), None, Some(&ended(s, "COMPLETED")))?, 0)?;
        gets(s, &uid, 0x0040_0252, "COMPLETED")
    }),
    shall(
        "DIMSE-F-009",
        "PS3.4 Table F.7.2-2",
        "N-SET of a completed step fails with 0110H and Error ID A710H.",
        |s| {
            let (mut association, uid) = created(s)?;
            ends_with(&operate(&mut association, N_SET, (MPPS, &uid), None, Some(&ended(s, "COMPLETED")))?, 0)?;
            let again = operate(&mut association, N_SET, (MPPS, &uid), None, Some(&ended(s, "DISCONTINUED")))?;
            ends_with(&again, 0x0110)?;
            let id = again.command.get(ERROR_ID);
            holds(id == Some(0xa710), format!("the Error ID is {id:04X?}"))
        },
    ),
    shall("DIMSE-F-010", "PS3.7 §10.1.3.1.9", "N-SET of a step that there is not fails with 0112H.", |s| {
        let mut association = open(s, MPPS)?;
        let uid = s.uids.next();
        ends_with(&operate(&mut association, N_SET, (MPPS, &uid), None, Some(&ended(s, "COMPLETED")))?, 0x0112)
    }),
    shall("DIMSE-F-011", "PS3.4 Table F.7.2-1", "A status that there is not fails with 0106H.", |s| {
        ends_with(&set(s, DataSet::new().text(0x0040_0252, "CS", "DONE"))?, 0x0106)
    }),
    shall("DIMSE-F-012", "PS3.4 Table F.7.2-1", "N-SET does not change what it may not.", |s| {
        let (mut association, uid) = created(s)?;
        let mut change = DataSet::new();
        change.text(0x0008_0060, "CS", "MR");
        let response = operate(&mut association, N_SET, (MPPS, &uid), None, Some(&change))?;
        holds(response.status() != 0, "it is answered with Success")?;
        gets(s, &uid, 0x0008_0060, "CT")
    }),
    should("DIMSE-F-013", "PS3.4 Table F.7.2-1", "A step does not end without End Date and Time.", |s| {
        let response = set(s, ended(s, "COMPLETED").without(0x0040_0250))?;
        holds(matches!(response.status(), 0x0110 | 0x0120 | 0x0121), format!("the status is {:04X}", response.status()))
    }),
    shall("DIMSE-F-014", "PS3.4 §F.8.2.1", "N-GET of a step that there is not fails with 0112H.", |s| {
        let mut association = open(s, RETRIEVE)?;
        let uid = s.uids.next();
        ends_with(&operate(&mut association, N_GET, (RETRIEVE, &uid), None, None)?, 0x0112)
    }),
    shall("DIMSE-F-015", "PS3.7 §10.1.2.1.5", "N-GET gives the attributes that were asked for, and no others.", |s| {
        let (_, uid) = created(s)?;
        let mut association = open(s, RETRIEVE)?;
        let context = association.context(RETRIEVE)?;
        let mut command = Command::request(N_GET, association.next_id(), false);
        command.uid(REQUESTED_SOP_CLASS, RETRIEVE).uid(REQUESTED_SOP_INSTANCE, &uid);
        command.0.insert(ATTRIBUTE_LIST, vec![0x08, 0, 0x60, 0, 0x40, 0, 0x52, 0x02]);
        association.send(context, &command, None)?;
        let response = association.receive()?;
        ends_with(&response, 0)?;
        let found = response.data_set.as_deref().and_then(|bytes| Elements::read(bytes, true)).unwrap_or_default();
        let both = [found.text(0x0008_0060), found.text(0x0040_0252)];
        holds(both == ["CT", "IN PROGRESS"], format!("they are {both:?}"))?;
        holds(found.get(0x0040_0253).is_none(), "the Performed Procedure Step ID comes too")
    }),
    shall("DIMSE-F-016", "PS3.4 Table F.8.1-1", "The Retrieve SOP Class changes nothing: N-SET is refused.", |s| {
        let (_, uid) = created(s)?;
        let mut association = open(s, RETRIEVE)?;
        let response = operate(&mut association, N_SET, (RETRIEVE, &uid), None, Some(&ended(s, "COMPLETED")))?;
        holds(response.status() != 0, "it is answered with Success")?;
        gets(s, &uid, 0x0040_0252, "IN PROGRESS")
    }),
    shall("DIMSE-F-017", "PS3.4 §F.7.2.2", "N-SET discontinues a step, and N-GET tells so.", |s| {
        let (mut association, uid) = created(s)?;
        ends_with(&operate(&mut association, N_SET, (MPPS, &uid), None, Some(&ended(s, "DISCONTINUED")))?, 0)?;
        gets(s, &uid, 0x0040_0252, "DISCONTINUED")
    }),
];
