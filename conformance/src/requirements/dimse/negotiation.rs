//! User information (PS3.7 §D.3.3): who is at the other end, roles, extended negotiation, user identity.

use super::{ECHO, holds, peer};
use crate::dimse::{STUDY_ROOT, VERIFICATION};
use crate::object::{CT, EXPLICIT};
use crate::requirement::{Finding, Requirement, Verdict, may, shall, should};
use crate::suite::Suite;

const MAXIMUM_LENGTH: u8 = 0x51;
const CLASS_UID: u8 = 0x52;
const ASYNCHRONOUS: u8 = 0x53;
const ROLES: u8 = 0x54;
const VERSION_NAME: u8 = 0x55;
const EXTENDED: u8 = 0x56;
const IDENTITY_ANSWER: u8 = 0x59;

type SubItems = Vec<(u8, Vec<u8>)>;

/// Sub-items of one type in the answer to a request with these contexts and sub-items.
fn answers(suite: &Suite, contexts: &[(&str, &[&str])], more: &[(u8, Vec<u8>)], kind: u8) -> Result<SubItems, Finding> {
    let all = peer(suite)?.open(contexts, more)?.answer.user_information();
    Ok(all.into_iter().filter(|(of, _)| *of == kind).collect())
}

/// A UID with its length before it, and what follows.
fn about(class: &str, rest: &[u8]) -> Vec<u8> {
    [&u16::try_from(class.len()).unwrap_or_default().to_be_bytes()[..], class.as_bytes(), rest].concat()
}

fn echo_only(suite: &Suite, kind: u8) -> Result<SubItems, Finding> {
    answers(suite, &[ECHO], &[], kind)
}

/// The application information of the answer to extended negotiation of the Study Root model; none without an answer.
fn extended(suite: &Suite, proposed: &[u8]) -> Result<Option<Vec<u8>>, Finding> {
    let item = (EXTENDED, about(STUDY_ROOT, proposed));
    let found = answers(suite, &[(STUDY_ROOT, &[EXPLICIT])], &[item], EXTENDED)?;
    let head = about(STUDY_ROOT, &[]).len();
    Ok(found.first().map(|(_, content)| content.get(head..).unwrap_or_default().to_vec()))
}

fn is_uid(bytes: &[u8]) -> bool {
    bytes.len() <= 64 && bytes.contains(&b'.') && bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

fn none(found: &SubItems) -> Verdict {
    holds(found.is_empty(), format!("{found:?}"))
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-7.D-001", "PS3.7 §D.3.3.1", "The acceptor says its maximum length once.", |s| {
        let found = echo_only(s, MAXIMUM_LENGTH)?;
        holds(matches!(&found[..], [(_, length)] if length.len() == 4), format!("{found:?}"))
    }),
    shall("DIMSE-7.D-002", "PS3.7 §D.3.3.2", "The acceptor says its Implementation Class UID once.", |s| {
        let found = echo_only(s, CLASS_UID)?;
        holds(matches!(&found[..], [(_, uid)] if is_uid(uid)), format!("{found:?}"))
    }),
    shall("DIMSE-7.D-003", "PS3.7 §D.3.3.2", "An Implementation Version Name has 1 to 16 characters.", |s| {
        let found = echo_only(s, VERSION_NAME)?;
        holds(found.iter().all(|(_, name)| (1..=16).contains(&name.len())), format!("{found:?}"))
    }),
    should("DIMSE-7.D-004", "PS3.7 §D.3.3.2", "The acceptor says its Implementation Version Name.", |s| {
        holds(!echo_only(s, VERSION_NAME)?.is_empty(), "it does not")
    }),
    shall("DIMSE-7.D-005", "PS3.7 §D.3.3.3", "No asynchronous window is answered that was not proposed.", |s| {
        none(&echo_only(s, ASYNCHRONOUS)?)
    }),
    shall(
        "DIMSE-7.D-006",
        "PS3.7 §D.3.3.3",
        "An asynchronous window is answered by none larger than proposed.",
        |s| {
            let found = answers(s, &[ECHO], &[(ASYNCHRONOUS, vec![0, 2, 0, 1])], ASYNCHRONOUS)?;
            let smaller = |content: &Vec<u8>| matches!(content[..], [0, 1 | 2, 0, 1]);
            holds(found.iter().all(|(_, content)| smaller(content)), format!("{found:?}"))
        },
    ),
    shall("DIMSE-7.D-007", "PS3.7 §D.3.3.4", "No roles are answered that were not proposed.", |s| {
        none(&echo_only(s, ROLES)?)
    }),
    shall("DIMSE-7.D-008", "PS3.7 §D.3.3.4", "Roles that were not proposed are not agreed to.", |s| {
        let found = answers(s, &[(CT, &[EXPLICIT])], &[(ROLES, about(CT, &[1, 0]))], ROLES)?;
        let kept = |content: &Vec<u8>| content.ends_with(&[1, 0]) || content.ends_with(&[0, 0]);
        holds(found.iter().all(|(_, content)| kept(content)), format!("{found:?}"))
    }),
    shall("DIMSE-7.D-009", "PS3.7 §D.3.3.4", "Roles are answered for accepted SOP Classes only.", |s| {
        let more = [(ROLES, about("1.2.840.10008.5.1.1.1", &[1, 1]))];
        none(&answers(s, &[ECHO], &more, ROLES)?)
    }),
    shall("DIMSE-7.D-010", "PS3.7 §D.3.3.5", "No extended negotiation is answered that was not proposed.", |s| {
        none(&answers(s, &[ECHO, (STUDY_ROOT, &[EXPLICIT])], &[], EXTENDED)?)
    }),
    shall("DIMSE-7.D-011", "PS3.7 §D.3.3.7", "No user identity is answered that was not shown.", |s| {
        none(&echo_only(s, IDENTITY_ANSWER)?)
    }),
    shall("DIMSE-7.D-012", "PS3.7 §D.3.3.6", "Common extended negotiation is accepted, and not answered.", |s| {
        let common = [about(CT, &[]), about("1.2.840.10008.4.2", &[]), vec![0, 0]].concat();
        none(&answers(s, &[(CT, &[EXPLICIT])], &[(0x57, common)], 0x57)?)
    }),
    may("DIMSE-7.D-013", "PS3.4 §C.5.1.1", "Extended negotiation of queries is answered.", |s| {
        holds(extended(s, &[1])?.is_some(), "it is not")
    }),
    shall("DIMSE-7.D-014", "PS3.4 §C.5.1.1", "Bytes of the answer to it are 0 or 1.", |s| {
        let answer = extended(s, &[1, 1, 1, 1])?.unwrap_or_default();
        holds(answer.iter().all(|byte| *byte <= 1), format!("{answer:?}"))
    }),
    shall("DIMSE-7.D-015", "PS3.4 §C.5.1.1", "What the requestor does not want is not agreed to.", |s| {
        let answer = extended(s, &[0, 0, 0, 0])?.unwrap_or_default();
        holds(answer.iter().take(4).all(|byte| *byte == 0), format!("{answer:?}"))
    })
    .noted("The Standard lets an acceptor say what it supports; whoever was not asked cannot use it."),
    may("DIMSE-7.D-016", "PS3.4 §C.5.1.1", "Relational queries are supported.", |s| {
        holds(extended(s, &[1])?.is_some_and(|answer| answer.first() == Some(&1)), "they are not")
    }),
    may("DIMSE-7.D-017", "PS3.4 §C.5.1.1", "Fuzzy semantic matching of names is supported.", |s| {
        holds(extended(s, &[0, 0, 1])?.is_some_and(|answer| answer.get(2) == Some(&1)), "it is not")
    }),
    shall(
        "DIMSE-7.D-018",
        "PS3.4 §B.3.1",
        "The answer to extended negotiation of Storage says a level of support of 0 to 3.",
        |s| {
            let found = answers(s, &[(CT, &[EXPLICIT])], &[(EXTENDED, about(CT, &[2, 0, 0, 0, 0, 0]))], EXTENDED)?;
            let head = about(CT, &[]).len();
            holds(
                found.iter().all(|(_, content)| content.get(head).is_some_and(|level| *level <= 3)),
                format!("{found:?}"),
            )
        },
    ),
    shall(
        "DIMSE-7.D-019",
        "PS3.7 §D.3.3.7",
        "A user identity of a kind that is not known is not answered, or rejected.",
        |s| {
            let peer = peer(s)?;
            let identity = [&[9, 1][..], &about("who", &[]), &about("", &[])].concat();
            let mut connection = peer.connect()?;
            connection.send(&peer.request_with(
                &peer.called,
                &[(VERIFICATION, &[crate::dimse::IMPLICIT])],
                &[(0x58, identity)],
            ))?;
            let answer = connection.receive()?;
            let silent = answer.kind == 2 && answer.user_information().iter().all(|(kind, _)| *kind != IDENTITY_ANSWER);
            holds(silent || answer.kind == 3, format!("PDU type {}", answer.kind))
        },
    ),
];
