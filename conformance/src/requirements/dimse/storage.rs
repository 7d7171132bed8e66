//! Storage (PS3.4 Annex B): C-STORE.

use super::{holds, peer};
use crate::dimse::message::{C_STORE, Command, Message, element};
use crate::dimse::{Association, IMPLICIT, STUDY_ROOT, failed, value};
use crate::object::{CT, DataSet, ENCAPSULATED_PDF, EXPLICIT, JPEG_BASELINE, SECONDARY_CAPTURE};
use crate::requirement::{Finding, Requirement, Verdict, may, shall, should};
use crate::subjects::Subject;
use crate::suite::Suite;

fn association(suite: &Suite) -> Result<Association, Finding> {
    peer(suite)?.open(&[(SECONDARY_CAPTURE, &[EXPLICIT]), (STUDY_ROOT, &[EXPLICIT])], &[])
}

/// A new object, and the answer to its C-STORE.
fn stored(suite: &Suite) -> Result<(Association, Subject, Message), Finding> {
    let mut association = association(suite)?;
    let subject = Subject::plain(&suite.uids, &suite.uids.next());
    let answer = association.store(&subject)?;
    Ok((association, subject, answer))
}

fn succeeded(message: &Message) -> Verdict {
    holds(message.status() == 0, format!("the status is {:04X}", message.status()))
}

/// A status of failure of C-STORE (PS3.4 Table B.2-1, PS3.7 §C).
fn failure(message: &Message) -> Verdict {
    let status = message.status();
    let fails = matches!(status, 0xa700..=0xa7ff | 0xa900..=0xa9ff | 0xc000..=0xcfff | 0x0100..=0x02ff);
    holds(fails, format!("the status is {status:04X}"))
}

/// The status of a C-STORE whose data set was changed, or came under other names.
fn changed(suite: &Suite, change: impl FnOnce(&mut Subject)) -> Result<Message, Finding> {
    let mut association = association(suite)?;
    let mut subject = Subject::plain(&suite.uids, &suite.uids.next());
    change(&mut subject);
    let encoded = subject.data_set.encode();
    association.store_as(SECONDARY_CAPTURE, &subject.instance, SECONDARY_CAPTURE, &encoded)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-4-003", "PS3.4 Annex B", "A presentation context of a Storage SOP Class is accepted.", |s| {
        let answers = peer(s)?.open(&[(CT, &[EXPLICIT, IMPLICIT])], &[])?.answer.contexts();
        holds(matches!(answers[..], [(1, 0, _)]), format!("{answers:?}"))
    }),
    shall("DIMSE-4-004", "PS3.4 Annex B", "C-STORE of an Instance is answered with Success once it is stored.", |s| {
        let (_, subject, answer) = stored(s)?;
        succeeded(&answer)?;
        s.status(&format!("{}/metadata", subject.path()), crate::suite::JSON, 200)
    }),
    shall(
        "DIMSE-4-005",
        "PS3.4 §B.2.3",
        "C-STORE of a data set of another SOP Class is answered with A900 or B007.",
        |s| {
            let answer = changed(s, |subject| {
                subject.data_set.text(0x0008_0016, "UI", CT);
            })?;
            holds(matches!(answer.status(), 0xa900..=0xa9ff | 0xb007), format!("the status is {:04X}", answer.status()))
        },
    ),
    shall("DIMSE-4.B-001", "PS3.7 §9.3.1.2", "The Command Field of C-STORE-RSP is 8001H, without a data set.", |s| {
        let (_, _, answer) = stored(s)?;
        let seen = [element::COMMAND_FIELD, element::DATA_SET_TYPE].map(|element| answer.command.get(element));
        holds(seen == [Some(0x8001), Some(0x0101)], format!("{seen:04X?}"))
    }),
    shall("DIMSE-4.B-002", "PS3.7 §9.1.1.1", "UIDs of C-STORE-RSP are those of the request.", |s| {
        let (_, subject, answer) = stored(s)?;
        let same = |element, uid: &str| answer.command.text(element).is_none_or(|seen| seen == uid);
        let right =
            same(element::AFFECTED_SOP_CLASS, subject.class) && same(element::AFFECTED_SOP_INSTANCE, &subject.instance);
        holds(right, "they are others")
    }),
    shall("DIMSE-4.B-003", "PS3.4 §B.2.3", "What was stored comes back with all of its elements.", |s| {
        let (_, subject, _) = stored(s)?;
        let found = s.get(&format!("{}/metadata", subject.path()), crate::suite::JSON)?.json()?;
        holds(found[0]["00080018"]["Value"][0] == subject.instance.as_str(), "it does not")
    }),
    should("DIMSE-4.B-004", "PS3.4 §B.2.3", "The same Instance again is a success, or a duplicate.", |s| {
        let (mut association, subject, _) = stored(s)?;
        let again = association.store(&subject)?;
        holds(matches!(again.status(), 0 | 0x0111), format!("the status is {:04X}", again.status()))
    }),
    shall("DIMSE-4.B-005", "PS3.4 §B.2.3", "A data set of another SOP Instance than announced fails.", |s| {
        let other = s.uids.next();
        failure(&changed(s, |subject| subject.instance = other)?)
    }),
    shall("DIMSE-4.B-006", "PS3.4 §B.2.3", "A data set without SOP Instance UID fails.", |s| {
        failure(&changed(s, |subject| {
            subject.data_set.without(0x0008_0018);
        })?)
    }),
    should("DIMSE-4.B-007", "PS3.4 §B.2.3", "A data set without Study Instance UID fails.", |s| {
        failure(&changed(s, |subject| {
            subject.data_set.without(0x0020_000d);
        })?)
    }),
    shall("DIMSE-4.B-008", "PS3.4 §B.2.3", "Bytes that are no data set fail.", |s| {
        let mut association = association(s)?;
        let answer = association.store_as(
            SECONDARY_CAPTURE,
            &s.uids.next(),
            SECONDARY_CAPTURE,
            b"this is no data set at all",
        )?;
        failure(&answer)
    }),
    shall("DIMSE-4.B-009", "PS3.7 §9.1.1.1", "A C-STORE-RQ without Affected SOP Instance UID fails.", |s| {
        let mut association = association(s)?;
        let context = association.context(SECONDARY_CAPTURE)?;
        let subject = Subject::plain(&s.uids, &s.uids.next());
        let mut command = Command::request(C_STORE, 1, true);
        command.uid(element::AFFECTED_SOP_CLASS, SECONDARY_CAPTURE).number(element::PRIORITY, 0);
        association.send(context, &command, Some(&subject.data_set.encode()))?;
        failure(&association.receive()?)
    }),
    shall("DIMSE-4.B-010", "PS3.7 §9.3", "After a C-STORE that failed the next one succeeds.", |s| {
        let mut association = association(s)?;
        failure(&association.store_as(SECONDARY_CAPTURE, &s.uids.next(), SECONDARY_CAPTURE, b"no data set")?)?;
        succeeded(&association.store(&Subject::plain(&s.uids, &s.uids.next()))?)
    }),
    shall("DIMSE-4.B-011", "PS3.8 §E.1", "A data set in values of a few bytes is put together.", |s| {
        let mut association = association(s)?;
        let context = association.context(SECONDARY_CAPTURE)?;
        let subject = Subject::plain(&s.uids, &s.uids.next());
        let mut command = Command::request(C_STORE, 1, true);
        command.uid(element::AFFECTED_SOP_CLASS, subject.class).number(element::PRIORITY, 0);
        command.uid(element::AFFECTED_SOP_INSTANCE, &subject.instance);
        let mut bytes = crate::dimse::pdu(4, &value(context, 3, &command.encode()));
        let encoded = subject.data_set.encode();
        let mut pieces = encoded.chunks(6).peekable();
        while let Some(piece) = pieces.next() {
            let control = if pieces.peek().is_some() { 0 } else { 2 };
            bytes.extend(crate::dimse::pdu(4, &value(context, control, piece)));
        }
        association.connection.send(&bytes)?;
        succeeded(&association.receive()?)
    }),
    shall(
        "DIMSE-4.B-012",
        "PS3.5 §10",
        "A data set is read in the transfer syntax of its presentation context.",
        |s| {
            let mut association =
                peer(s)?.open(&[(ENCAPSULATED_PDF, &[EXPLICIT]), (SECONDARY_CAPTURE, &[EXPLICIT])], &[])?;
            succeeded(&association.store(&Subject::of_class(&s.uids, ENCAPSULATED_PDF))?)?;
            succeeded(&association.store(&Subject::plain(&s.uids, &s.uids.next()))?)
        },
    ),
    may("DIMSE-4.B-013", "PS3.5 §10", "JPEG Baseline is accepted for Secondary Capture.", |s| {
        let answers = peer(s)?.open(&[(SECONDARY_CAPTURE, &[JPEG_BASELINE])], &[])?.answer.contexts();
        holds(matches!(&answers[..], [(1, 0, syntax)] if syntax == JPEG_BASELINE), format!("{answers:?}"))
    }),
    may("DIMSE-4.B-014", "PS3.4 §B.5", "A private Storage SOP Class is accepted.", |s| {
        let answers = peer(s)?.open(&[("1.2.276.0.99.7.1", &[EXPLICIT])], &[])?.answer.contexts();
        holds(matches!(answers[..], [(1, 0, _)]), format!("{answers:?}"))
    }),
    shall("DIMSE-4.B-015", "PS3.7 §9.3.1.1", "Move Originator elements of a C-STORE-RQ do no harm.", |s| {
        let mut association = association(s)?;
        let context = association.context(SECONDARY_CAPTURE)?;
        let subject = Subject::plain(&s.uids, &s.uids.next());
        let mut command = Command::request(C_STORE, 1, true);
        command.uid(element::AFFECTED_SOP_CLASS, subject.class).number(element::PRIORITY, 2);
        command.uid(element::AFFECTED_SOP_INSTANCE, &subject.instance).uid(0x1030, "MOVER").number(0x1031, 7);
        association.send(context, &command, Some(&subject.data_set.encode()))?;
        succeeded(&association.receive()?)
    }),
    should("DIMSE-4.B-016", "PS3.4 §B.2.3", "What was stored is found by C-FIND at once.", |s| {
        let (mut association, subject, _) = stored(s)?;
        let mut keys = DataSet::new();
        keys.texts(&[(0x0008_0052, "CS", "STUDY"), (0x0020_000d, "UI", &subject.study)]);
        let answers = association.find(STUDY_ROOT, &keys)?;
        holds(answers.len() == 2, format!("{} responses", answers.len()))
    }),
    should(
        "DIMSE-4.B-017",
        "PS3.7 §9.1.1.1.9",
        "A failure is explained by an Error Comment of at most 64 characters.",
        |s| {
            let mut association = association(s)?;
            let answer = association.store_as(SECONDARY_CAPTURE, &s.uids.next(), SECONDARY_CAPTURE, b"no data set")?;
            let comment = answer.command.text(element::COMMENT).ok_or_else(|| failed("there is none"))?;
            holds((1..=64).contains(&comment.chars().count()), comment)
        },
    ),
];
