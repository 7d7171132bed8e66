//! Messages (PS3.7 §6.3, §9.3, §C).

use super::{ends_with_abort, holds, peer};
use crate::dimse::message::{C_ECHO, Command, Message, element};
use crate::dimse::{Association, STUDY_ROOT, VERIFICATION, failed, pdu, value};
use crate::object::CT;
use crate::requirement::{Finding, Requirement, Verdict, shall, should};
use crate::suite::Suite;

/// An answer to C-ECHO.
fn echoed(suite: &Suite) -> Result<Message, Finding> {
    peer(suite)?.verification()?.echo()
}

/// The answer to a C-ECHO-RQ that was changed.
fn asked(suite: &Suite, change: impl FnOnce(&mut Command)) -> Result<Message, Finding> {
    let mut association = peer(suite)?.verification()?;
    let mut command = Command::request(C_ECHO, 1, false);
    command.uid(element::AFFECTED_SOP_CLASS, VERIFICATION);
    change(&mut command);
    association.send(1, &command, None)?;
    association.receive()
}

fn succeeds(message: &Message) -> Verdict {
    holds(message.status() == 0, format!("the status is {:04X}", message.status()))
}

/// The tags of a command set, as they come, with the lengths of their values.
fn tags(message: &Message) -> Vec<(u16, u16, usize)> {
    let (mut found, mut rest) = (Vec::new(), &message.bytes[..]);
    while let Some((&[g0, g1, e0, e1, l0, l1, l2, l3], after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        found.push((u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1]), length));
        rest = after.get(length..).unwrap_or_default();
    }
    found
}

fn is_refused(association: &mut Association, field: u16, expected: &[u16]) -> Verdict {
    let command = Command::request(field, 1, false);
    association.send(1, &command, None)?;
    let answer = association.receive()?;
    let right = answer.command.get(element::COMMAND_FIELD) == Some(field | 0x8000);
    holds(right && expected.contains(&answer.status()), format!("the status is {:04X}", answer.status()))
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-7-001", "PS3.7 §9.3", "A command that the SCP does not know is answered with 0211H.", |s| {
        is_refused(&mut peer(s)?.verification()?, 0x0150, &[0x0211])
    })
    .noted("Asked is N-DELETE in a context of Verification; an SCP may abort instead, which fails here."),
    shall("DIMSE-7-101", "PS3.7 §9.3.5.2", "The Command Field of C-ECHO-RSP is 8030H.", |s| {
        let field = echoed(s)?.command.get(element::COMMAND_FIELD);
        holds(field == Some(0x8030), format!("{field:04X?}"))
    }),
    shall("DIMSE-7-102", "PS3.7 §9.3.5.2", "A response says to which Message ID it belongs.", |s| {
        let answer = asked(s, |command| {
            command.number(element::MESSAGE_ID, 4711);
        })?;
        let id = answer.command.get(element::RESPONDED_TO);
        holds(id == Some(4711), format!("{id:?}"))
    }),
    shall("DIMSE-7-103", "PS3.7 §9.1.5.1", "An Affected SOP Class UID of C-ECHO-RSP is the request's.", |s| {
        let uid = echoed(s)?.command.text(element::AFFECTED_SOP_CLASS);
        holds(uid.as_deref().is_none_or(|uid| uid == VERIFICATION), format!("{uid:?}"))
    }),
    shall("DIMSE-7-104", "PS3.7 §9.3.5.2", "The Command Data Set Type of C-ECHO-RSP is 0101H.", |s| {
        let kind = echoed(s)?.command.get(element::DATA_SET_TYPE);
        holds(kind == Some(0x0101), format!("{kind:04X?}"))
    }),
    shall("DIMSE-7-105", "PS3.7 §6.3.1", "A command set begins with its group length, which is right.", |s| {
        let answer = echoed(s)?;
        let length = answer.command.0.get(&element::GROUP_LENGTH).and_then(|bytes| bytes.first_chunk().copied());
        let right = u32::try_from(answer.bytes.len().saturating_sub(12)).ok();
        let first = tags(&answer).first().map(|(group, element, _)| (*group, *element));
        holds(first == Some((0, 0)) && length.map(u32::from_le_bytes) == right, format!("{length:?} of {right:?}"))
    }),
    shall(
        "DIMSE-7-106",
        "PS3.7 §6.3.1",
        "Elements of a command set come in order of their tags, all of group 0000.",
        |s| {
            let tags = tags(&echoed(s)?);
            let ordered = tags.windows(2).all(|pair| pair[0].1 < pair[1].1);
            holds(ordered && tags.iter().all(|(group, ..)| *group == 0), format!("{tags:04X?}"))
        },
    ),
    shall("DIMSE-7-107", "PS3.7 §6.3.1", "Elements of a command set are of even length.", |s| {
        let tags = tags(&echoed(s)?);
        holds(tags.iter().all(|(.., length)| length % 2 == 0), format!("{tags:04X?}"))
    }),
    shall("DIMSE-7-108", "PS3.7 §9.3", "Message IDs may be any, 0 and 65535 too.", |s| {
        for id in [0, 1, u16::MAX] {
            let answer = asked(s, |command| {
                command.number(element::MESSAGE_ID, id);
            })?;
            holds(answer.command.get(element::RESPONDED_TO) == Some(id), format!("{id} is answered otherwise"))?;
        }
        Ok(())
    }),
    shall(
        "DIMSE-7-109",
        "PS3.7 §6.3.1",
        "A command set is in implicit VR also where data sets are in explicit VR.",
        |s| {
            let mut association = peer(s)?.open(&[(VERIFICATION, &[crate::object::EXPLICIT])], &[])?;
            succeeds(&association.echo()?)
        },
    ),
    shall("DIMSE-7-110", "PS3.7 §9.3.2.3", "A C-CANCEL-RQ for nothing is passed over.", |s| {
        let mut association = peer(s)?.query()?;
        let context = association.context(STUDY_ROOT)?;
        association.send(context, &Command::cancel(99), None)?;
        let mut keys = crate::object::DataSet::new();
        keys.text(0x0008_0052, "CS", "STUDY").text(0x0020_000d, "UI", "2.25.1");
        let answers = association.find(STUDY_ROOT, &keys)?;
        holds(answers.len() == 1 && answers[0].status() == 0, "what comes after it is answered otherwise")
    }),
    should("DIMSE-7-111", "PS3.7 §E.2", "Retired elements of a command set do no harm.", |s| {
        succeeds(&asked(s, |command| {
            command.uid(0x0001, "").uid(0x0010, "ACR-NEMA 2.0");
        })?)
    }),
    shall("DIMSE-7-112", "PS3.7 §C.4.2", "An operation that is of other SOP Classes is refused.", |s| {
        is_refused(&mut peer(s)?.verification()?, 0x0001, &[0x0122, 0x0211])
    }),
    shall("DIMSE-7-113", "PS3.7 §9.3", "After an operation that was refused the association goes on.", |s| {
        let mut association = peer(s)?.verification()?;
        is_refused(&mut association, 0x0150, &[0x0211, 0x0122])?;
        succeeds(&association.echo()?)
    }),
    shall("DIMSE-7-114", "PS3.7 §9.3", "Responses come in the presentation context of their requests.", |s| {
        let mut association = peer(s)?.open(&[(CT, &[crate::dimse::IMPLICIT]), super::ECHO], &[])?;
        let context = association.context(VERIFICATION)?;
        let seen = association.echo()?.context;
        holds(seen == context, format!("{seen} instead of {context}"))
    }),
    shall("DIMSE-7-115", "PS3.7 §9.3", "A response where no request was made ends the association.", |s| {
        let mut command = Command::default();
        command.number(element::COMMAND_FIELD, 0x8001).number(element::RESPONDED_TO, 1);
        command.number(element::DATA_SET_TYPE, 0x0101).number(element::STATUS, 0);
        ends_with_abort(peer(s)?.verification()?, &pdu(4, &value(1, 3, &command.encode())))
    }),
    shall("DIMSE-7-116", "PS3.7 §6.3.1", "Bytes that are no command set end the association.", |s| {
        ends_with_abort(peer(s)?.verification()?, &pdu(4, &value(1, 3, b"this is no command set")))
    }),
    shall("DIMSE-7-117", "PS3.7 §9.1.5", "Every one of a hundred C-ECHO on one association is answered.", |s| {
        let mut association = peer(s)?.verification()?;
        (0..100).try_for_each(|_| succeeds(&association.echo()?))
    }),
    shall("DIMSE-7-118", "PS3.7 §6.3.1", "A Status is one of 16 bits.", |s| {
        let length = echoed(s)?.command.0.get(&element::STATUS).map(Vec::len);
        holds(length == Some(2), format!("{length:?} bytes")).map_err(|_| failed("the Status has another length"))
    }),
];
