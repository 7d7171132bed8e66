//! DIMSE: associations (PS3.8), messages (PS3.7), Verification, Storage, Query, and the workflow of modalities (PS3.4).

pub(super) mod access;
mod asking;
pub(super) mod associations;
pub(super) mod matching;
pub(super) mod messages;
pub(super) mod moving;
pub(super) mod negotiation;
pub(super) mod query;
pub(super) mod relational;
pub(super) mod retrieve;
pub(super) mod storage;
pub(super) mod workflow;

use std::time::Duration;

use crate::dimse::{Association, IMPLICIT, Peer, VERIFICATION, failed, pdu};
use crate::object::{CT, EXPLICIT};
use crate::requirement::{Finding, Requirement, Verdict, shall, should};
use crate::suite::Suite;

/// The DIMSE side, when it is tested at all.
fn peer(suite: &Suite) -> Result<&Peer, Finding> {
    suite.dimse.as_ref().ok_or_else(|| Finding::NotApplicable("no --dimse was given".into()))
}

fn holds(condition: bool, reason: impl Into<String>) -> Verdict {
    if condition { Ok(()) } else { Err(failed(reason)) }
}

/// What is sent is answered with A-ABORT.
fn ends_with_abort(mut association: Association, bytes: &[u8]) -> Verdict {
    association.connection.send(bytes)?;
    let answer = association.connection.receive()?;
    holds(answer.kind == 7, format!("PDU type {}", answer.kind))
}

/// Longest time that a server may be expected to wait for a request.
const LONGEST_ARTIM: Duration = Duration::from_secs(60);

/// Basic Film Session, which no archive supports.
const FILM_SESSION: &str = "1.2.840.10008.5.1.1.1";
const ECHO: (&str, &[&str]) = (VERIFICATION, &[IMPLICIT]);

pub(super) const TABLE: &[Requirement] = &[
    shall("DIMSE-8-001", "PS3.8 §9.3.3", "An association for Verification is accepted.", |s| {
        let peer = peer(s)?;
        let (_, answer) = peer.associate(&peer.called, &[ECHO])?;
        holds(answer.kind == 2, format!("PDU type {}", answer.kind))
    }),
    shall("DIMSE-8-002", "PS3.8 §9.3.3.2", "Every presentation context that is proposed is answered.", |s| {
        let peer = peer(s)?;
        let (_, answer) = peer.associate(&peer.called, &[ECHO, (CT, &[IMPLICIT]), (CT, &[EXPLICIT])])?;
        let ids: Vec<u8> = answer.contexts().iter().map(|context| context.0).collect();
        holds(ids == [1, 3, 5], format!("answered are {ids:?}"))
    }),
    shall("DIMSE-8-003", "PS3.8 §9.3.3.2", "The transfer syntax that is accepted is one that was proposed.", |s| {
        let peer = peer(s)?;
        let (_, answer) = peer.associate(&peer.called, &[(VERIFICATION, &[EXPLICIT, IMPLICIT])])?;
        let seen = answer.contexts().first().map(|context| context.2.clone()).unwrap_or_default();
        holds([EXPLICIT, IMPLICIT].contains(&seen.as_str()), format!("it is {seen:?}"))
    }),
    shall(
        "DIMSE-8-004",
        "PS3.8 §9.3.3.2",
        "An abstract syntax that is not supported is refused with result 3, the rest accepted.",
        |s| {
            let peer = peer(s)?;
            let (_, answer) = peer.associate(&peer.called, &[(FILM_SESSION, &[IMPLICIT]), ECHO])?;
            let results: Vec<u8> = answer.contexts().iter().map(|context| context.1).collect();
            holds(results == [3, 0], format!("the results are {results:?}"))
        },
    ),
    should(
        "DIMSE-8-005",
        "PS3.8 §9.3.4",
        "A called AE title that is another's is rejected for good: reason 7.",
        |s| {
            let (_, answer) = peer(s)?.associate("NOBODY_HERE", &[ECHO])?;
            holds(
                answer.kind == 3 && answer.body.get(1..4) == Some(&[1, 1, 7]),
                format!("PDU {} {:?}", answer.kind, answer.body.get(1..4)),
            )
        },
    ),
    shall("DIMSE-8-006", "PS3.8 §9.3.6, §9.3.7", "A-RELEASE-RQ is answered with A-RELEASE-RP.", |s| {
        let peer = peer(s)?;
        let (mut connection, _) = peer.associate(&peer.called, &[ECHO])?;
        connection.send(&pdu(5, &[0; 4]))?;
        let answer = connection.receive()?;
        holds(answer.kind == 6, format!("PDU type {}", answer.kind))
    }),
    shall("DIMSE-8-007", "PS3.8 §9.2", "A PDU of a type that there is not is answered with A-ABORT.", |s| {
        let peer = peer(s)?;
        let (mut connection, _) = peer.associate(&peer.called, &[ECHO])?;
        connection.send(&pdu(0x42, &[0; 4]))?;
        let answer = connection.receive()?;
        holds(answer.kind == 7, format!("PDU type {}", answer.kind))
    }),
    shall(
        "DIMSE-8-008",
        "PS3.8 §9.2",
        "P-DATA-TF before an association is answered with A-ABORT or the connection is closed.",
        |s| {
            let mut connection = peer(s)?.connect()?;
            connection.send(&pdu(4, &[0, 0, 0, 2, 1, 3]))?;
            holds(connection.receive().map_or(true, |answer| answer.kind == 7), "it is answered otherwise")
        },
    ),
    shall("DIMSE-8-009", "PS3.8 §9.2", "After A-ABORT the connection is closed.", |s| {
        let peer = peer(s)?;
        let (mut connection, _) = peer.associate(&peer.called, &[ECHO])?;
        connection.send(&pdu(7, &[0, 0, 0, 0]))?;
        holds(connection.is_closed(), "it stays open")
    }),
    shall("DIMSE-4-001", "PS3.4 Annex A", "C-ECHO is answered with Success.", |s| {
        let status = peer(s)?.verification()?.echo()?.status();
        holds(status == 0, format!("the status is {status:04X}"))
    }),
    shall("DIMSE-4-002", "PS3.4 Annex A", "C-ECHO is answered again and again on one association.", |s| {
        let mut association = peer(s)?.verification()?;
        for _ in 0..5 {
            let status = association.echo()?.status();
            holds(status == 0, format!("the status is {status:04X}"))?;
        }
        Ok(())
    }),
    shall("DIMSE-8-011", "PS3.8 §9.1.4", "A connection without a request ends when ARTIM expires.", |s| {
        let ended = peer(s)?.connect()?.ends_within(LONGEST_ARTIM);
        holds(ended, format!("it is open after {} seconds", LONGEST_ARTIM.as_secs()))
    })
    .noted("The Standard says no time: asked is for a minute."),
];
