//! Query (PS3.4 §C.4.1): how C-FIND is asked and answered, at which levels of which models.

use super::asking::{
    INSTANCE, Key, LEVEL, PATIENT_ID, PATIENT_NAME, SERIES, STUDY, agreed, ask, counts, extended, fails, first, found,
    identifier, keys, matches, subject,
};
use super::{holds, peer};
use crate::dimse::elements::Elements;
use crate::dimse::message::{Command, Message, element};
use crate::dimse::{IMPLICIT, PATIENT_ROOT, STUDY_ROOT, failed};
use crate::object::EXPLICIT;
use crate::requirement::{Requirement, may, shall, should};

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-4.C-001", "PS3.4 §C.4.1", "A presentation context of Study Root Query is accepted.", |s| {
        peer(s)?.query()?.context(STUDY_ROOT).map(drop)
    }),
    may("DIMSE-4.C-002", "PS3.4 §C.6.1", "A presentation context of Patient Root Query is accepted.", |s| {
        peer(s)?.query()?.context(PATIENT_ROOT).map(drop)
    }),
    shall("DIMSE-4.C-003", "PS3.4 §C.4.1.3.1", "A query that nothing matches is answered with Success alone.", |s| {
        counts(s, STUDY_ROOT, "STUDY", &[(STUDY, "UI", "2.25.1")], 0)
    }),
    shall("DIMSE-4.C-004", "PS3.4 §C.4.1.3.1", "Each match is a Pending response; Success comes last.", |s| {
        let responses = first(s)?;
        let statuses: Vec<u16> = responses.iter().map(Message::status).collect();
        holds(matches!(statuses[..], [0xff00 | 0xff01, 0]), format!("{statuses:04X?}"))
    }),
    shall("DIMSE-4.C-005", "PS3.4 §C.4.1.3.1", "A Pending response has an Identifier, the last response none.", |s| {
        let has: Vec<bool> = first(s)?.iter().map(|message| message.data_set.is_some()).collect();
        holds(has == [true, false], format!("{has:?}"))
    }),
    shall("DIMSE-4.C-006", "PS3.7 §9.3.2.2", "The Command Field of C-FIND-RSP is 8020H.", |s| {
        let right = first(s)?.iter().all(|message| message.command.get(element::COMMAND_FIELD) == Some(0x8020));
        holds(right, "it is another")
    }),
    shall("DIMSE-4.C-007", "PS3.7 §9.3.2.2", "Every C-FIND-RSP says to which Message ID it belongs.", |s| {
        let mut association = peer(s)?.query()?;
        association.next_id();
        let (study, ..) = subject(s);
        let responses = association.find(STUDY_ROOT, &keys("STUDY", &[(STUDY, "UI", &study)]))?;
        let right = responses.iter().all(|message| message.command.get(element::RESPONDED_TO) == Some(2));
        holds(right, "it says another")
    }),
    shall("DIMSE-4.C-008", "PS3.7 §9.1.2.1", "An Affected SOP Class UID of C-FIND-RSP is the request's.", |s| {
        let uids: Vec<_> = first(s)?.iter().filter_map(|m| m.command.text(element::AFFECTED_SOP_CLASS)).collect();
        holds(uids.iter().all(|uid| uid == STUDY_ROOT), format!("{uids:?}"))
    }),
    shall("DIMSE-4.C-009", "PS3.4 §C.6.1.1.2", "The Patient Root model finds patients.", |s| {
        counts(s, PATIENT_ROOT, "PATIENT", &[(PATIENT_ID, "LO", &subject(s).2)], 1)
    }),
    shall("DIMSE-4.C-010", "PS3.4 §C.6.1.1.3", "The Patient Root model finds the Studies of a patient.", |s| {
        let (.., patient) = subject(s);
        counts(s, PATIENT_ROOT, "STUDY", &[(PATIENT_ID, "LO", &patient), (STUDY, "UI", "")], 1)
    }),
    shall("DIMSE-4.C-011", "PS3.4 §C.6.1.1.4", "The Patient Root model finds the Series of a Study.", |s| {
        let (study, _, patient) = subject(s);
        let more: [Key<'_>; 3] = [(PATIENT_ID, "LO", &patient), (STUDY, "UI", &study), (SERIES, "UI", "")];
        counts(s, PATIENT_ROOT, "SERIES", &more, 2)
    }),
    shall("DIMSE-4.C-012", "PS3.4 §C.6.1.1.5", "The Patient Root model finds the Instances of a Series.", |s| {
        let (study, series, patient) = subject(s);
        let more: [Key<'_>; 3] = [(PATIENT_ID, "LO", &patient), (STUDY, "UI", &study), (SERIES, "UI", &series)];
        counts(s, PATIENT_ROOT, "IMAGE", &more, 3)
    }),
    shall("DIMSE-4.C-013", "PS3.4 §C.6.2.1.2", "The Study Root model finds Studies.", |s| {
        counts(s, STUDY_ROOT, "STUDY", &[(PATIENT_ID, "LO", &subject(s).2)], 1)
    }),
    shall("DIMSE-4.C-014", "PS3.4 §C.6.2.1.3", "The Study Root model finds the Series of a Study.", |s| {
        counts(s, STUDY_ROOT, "SERIES", &[(STUDY, "UI", &subject(s).0)], 2)
    }),
    shall("DIMSE-4.C-015", "PS3.4 §C.6.2.1.4", "The Study Root model finds the Instances of a Series.", |s| {
        let (study, series, _) = subject(s);
        counts(s, STUDY_ROOT, "IMAGE", &[(STUDY, "UI", &study), (SERIES, "UI", &series)], 3)
    }),
    shall("DIMSE-4.C-016", "PS3.4 §C.6.2.1", "The Study Root model has no Patient level: A900.", |s| {
        let responses = ask(s, STUDY_ROOT, &keys("PATIENT", &[(PATIENT_ID, "LO", "")]))?;
        let status = fails(&responses)?.status();
        holds(status & 0xff00 == 0xa900, format!("the status is {status:04X}"))
    }),
    shall("DIMSE-4.C-017", "PS3.4 §C.4.1.1.3", "A query without Query/Retrieve Level fails.", |s| {
        let mut keys = keys("", &[(PATIENT_ID, "LO", "")]);
        fails(&ask(s, STUDY_ROOT, keys.without(LEVEL))?).map(drop)
    }),
    shall("DIMSE-4.C-018", "PS3.4 §C.4.1.1.3", "A Query/Retrieve Level that there is not fails.", |s| {
        fails(&ask(s, STUDY_ROOT, &keys("EXAMINATION", &[]))?).map(drop)
    }),
    shall(
        "DIMSE-4.C-019",
        "PS3.4 §C.4.1.3.1.1",
        "A hierarchical query for Series without a Study Instance UID fails.",
        |s| fails(&ask(s, STUDY_ROOT, &keys("SERIES", &[(SERIES, "UI", "")]))?).map(drop),
    ),
    shall("DIMSE-4.C-020", "PS3.4 §C.4.1.2.1", "Unique Keys of the levels above are single values.", |s| {
        let two = format!("{}\\2.25.1", subject(s).0);
        fails(&ask(s, STUDY_ROOT, &keys("SERIES", &[(STUDY, "UI", &two)]))?).map(drop)
    }),
    should("DIMSE-4.C-021", "PS3.4 Table C.4-1", "A failure names the elements that offend.", |s| {
        let responses = ask(s, STUDY_ROOT, &keys("SERIES", &[(SERIES, "UI", "")]))?;
        let offending = fails(&responses)?.command.0.get(&element::OFFENDING).cloned();
        holds(offending.is_some_and(|tags| tags.len() >= 4 && tags.len() % 4 == 0), "it names none")
    }),
    should(
        "DIMSE-4.C-022",
        "PS3.4 Table C.4-1",
        "A failure is explained by an Error Comment of at most 64 characters.",
        |s| {
            let responses = ask(s, STUDY_ROOT, &keys("EXAMINATION", &[]))?;
            let comment = fails(&responses)?.command.text(element::COMMENT).unwrap_or_default();
            holds((1..=64).contains(&comment.chars().count()), format!("{comment:?}"))
        },
    ),
    shall("DIMSE-4.C-023", "PS3.4 §C.4.1.1.3.2", "A response says its Query/Retrieve Level.", |s| {
        let level = identifier(&first(s)?[0])?.text(LEVEL);
        holds(level == "STUDY", level)
    }),
    shall(
        "DIMSE-4.C-024",
        "PS3.4 §C.4.1.1.3.2",
        "A response says from which AE, or medium, a match can be retrieved.",
        |s| {
            let match_ = identifier(&first(s)?[0])?;
            let from = [0x0008_0054, 0x0088_0130].map(|tag| match_.text(tag));
            holds(from.iter().any(|text| !text.is_empty()), "it says neither")
        },
    ),
    shall("DIMSE-4.C-025", "PS3.4 §C.4.1.1.3.2", "An Instance Availability is one of the defined terms.", |s| {
        let seen = identifier(&first(s)?[0])?.text(0x0008_0056);
        holds(matches!(seen.as_str(), "" | "ONLINE" | "NEARLINE" | "OFFLINE" | "UNAVAILABLE"), seen)
    }),
    shall("DIMSE-4.C-026", "PS3.4 §C.4.1.1.3.2", "A response has what was asked for.", |s| {
        let match_ = identifier(&first(s)?[0])?;
        let (name, date) = (match_.text(PATIENT_NAME), match_.text(0x0008_0020));
        holds(name == "Conformance^Anna^Maria" && date == "20250315", format!("{name}, {date}"))
    }),
    shall("DIMSE-4.C-027", "PS3.4 §C.4.1.1.3.2", "A key that has no value in a match is there without one.", |s| {
        let (study, ..) = subject(s);
        let found = found(s, "STUDY", &[(STUDY, "UI", &study), (0x0008_1048, "PN", "")])?;
        let told = found.first().and_then(|match_| match_.get(0x0008_1048)).map(|element| element.value.len());
        holds(told == Some(0), format!("{told:?}"))
    })
    .noted("Asked is Physician(s) of Record; an SCP that does not support it need not tell it."),
    should("DIMSE-4.C-028", "PS3.4 §C.4.1.1.3.2", "A response has nothing that was not asked for.", |s| {
        let allowed = [0x0008_0005, 0x0008_0201, LEVEL, 0x0008_0054, 0x0008_0056, 0x0088_0130, 0x0088_0140, STUDY];
        let match_ = identifier(&first(s)?[0])?;
        let more: Vec<String> = match_
            .0
            .iter()
            .map(|element| element.tag)
            .filter(|tag| !allowed.contains(tag) && ![PATIENT_NAME, 0x0008_0020].contains(tag))
            .map(|tag| format!("{tag:08X}"))
            .collect();
        holds(more.is_empty(), format!("{more:?}"))
    }),
    shall(
        "DIMSE-4.C-029",
        "PS3.5 §7.1",
        "Elements of a response come in order of their tags, with values of even length.",
        |s| {
            let match_ = identifier(&first(s)?[0])?;
            let ordered = match_.0.windows(2).all(|pair| pair[0].tag < pair[1].tag);
            holds(ordered && match_.0.iter().all(|element| element.value.len() % 2 == 0), "they do not")
        },
    ),
    shall(
        "DIMSE-4.C-030",
        "PS3.5 §10",
        "Identifiers are in the transfer syntax of the context: Implicit VR Little Endian.",
        |s| {
            let mut association = peer(s)?.open(&[(STUDY_ROOT, &[IMPLICIT])], &[])?;
            let mut bytes = Vec::new();
            let (study, ..) = subject(s);
            for (tag, value) in [(LEVEL, "STUDY "), (PATIENT_ID, ""), (STUDY, &study)] {
                let value = if value.len() % 2 == 1 { format!("{value}\0") } else { value.to_owned() };
                let [group, element] = [(tag >> 16) as u16, tag as u16].map(u16::to_le_bytes);
                bytes.extend(
                    [
                        &group[..],
                        &element,
                        &u32::try_from(value.len()).unwrap_or_default().to_le_bytes(),
                        value.as_bytes(),
                    ]
                    .concat(),
                );
            }
            let responses = association.find_bytes(STUDY_ROOT, &bytes)?;
            let read = responses.first().and_then(|message| Elements::read(message.data_set.as_deref()?, false));
            holds(read.is_some_and(|match_| match_.text(PATIENT_ID) == subject(s).2), "the response is not")
        },
    ),
    shall(
        "DIMSE-4.C-031",
        "PS3.4 §C.4.1.1.3.2",
        "A response with other characters than ASCII says its Specific Character Set.",
        |s| {
            let study = s.subjects.rich.study.clone();
            let found = found(s, "STUDY", &[(STUDY, "UI", &study), (PATIENT_NAME, "PN", "")])?;
            let match_ = found.first().ok_or_else(|| failed("there is no match"))?;
            let ascii = match_.get(PATIENT_NAME).is_some_and(|element| element.value.is_ascii());
            holds(!ascii && !match_.text(0x0008_0005).is_empty(), "it does not")
        },
    ),
    shall("DIMSE-4.C-032", "PS3.4 §C.4.1.3.1", "Every match comes once.", |s| {
        let (study, series, _) = subject(s);
        let found = found(s, "IMAGE", &[(STUDY, "UI", &study), (SERIES, "UI", &series), (INSTANCE, "UI", "")])?;
        let mut uids: Vec<String> = found.iter().map(|match_| match_.text(INSTANCE)).collect();
        uids.sort();
        let mut expected: Vec<String> = s.subjects.ct.iter().map(|ct| ct.instance.clone()).collect();
        expected.sort();
        holds(uids == expected, format!("{uids:?}"))
    }),
    shall("DIMSE-4.C-033", "PS3.4 §C.4.1.3.1", "Queries one after another on one association are answered.", |s| {
        let mut association = peer(s)?.query()?;
        let (study, ..) = subject(s);
        for _ in 0..5 {
            let responses = association.find(STUDY_ROOT, &keys("STUDY", &[(STUDY, "UI", &study)]))?;
            holds(responses.len() == 2, format!("{} responses", responses.len()))?;
        }
        Ok(())
    }),
    shall("DIMSE-4.C-034", "PS3.4 §C.4.1.3.1", "A C-CANCEL-RQ ends a query with FE00, or comes too late.", |s| {
        let mut association = peer(s)?.query()?;
        let context = association.context(STUDY_ROOT)?;
        let command = association.find_request(STUDY_ROOT);
        association.send(context, &command, Some(&keys("STUDY", &[(STUDY, "UI", "")]).encode()))?;
        association.send(context, &Command::cancel(1), None)?;
        let mut last = association.receive()?;
        while last.is_pending() {
            last = association.receive()?;
        }
        holds(matches!(last.status(), 0xfe00 | 0), format!("the status is {:04X}", last.status()))?;
        let (study, ..) = subject(s);
        let after = association.find(STUDY_ROOT, &keys("STUDY", &[(STUDY, "UI", &study)]))?;
        holds(after.len() == 2, "what comes after it is answered otherwise")
    }),
    shall(
        "DIMSE-4.C-035",
        "PS3.4 §C.4.1.3.2.1",
        "Once agreed on, a relational query goes down without unique keys.",
        |s| {
            let mut association = agreed(s, 0)?;
            let found = matches(
                &association
                    .find(STUDY_ROOT, &keys("IMAGE", &[(PATIENT_ID, "LO", &subject(s).2), (INSTANCE, "UI", "")]))?,
            )?;
            holds(found.len() == 4, format!("{} matches", found.len()))
        },
    ),
    shall(
        "DIMSE-4.C-036",
        "PS3.4 §C.5.1.1",
        "Where relational queries were not agreed on, a query that needs one fails.",
        |s| {
            let (mut association, _) = extended(s, &[0])?;
            fails(&association.find(STUDY_ROOT, &keys("IMAGE", &[(PATIENT_ID, "LO", &subject(s).2)]))?).map(drop)
        },
    ),
    shall("DIMSE-4.C-037", "PS3.4 Table C.4-1", "Bytes that are no Identifier fail.", |s| {
        fails(&peer(s)?.query()?.find_bytes(STUDY_ROOT, b"this is no data set")?).map(drop)
    }),
    shall("DIMSE-4.C-038", "PS3.7 §9.1.2.1.5", "A C-FIND-RQ without an Identifier fails.", |s| {
        let mut association = peer(s)?.query()?;
        let context = association.context(STUDY_ROOT)?;
        let mut command = Command::request(crate::dimse::message::C_FIND, 1, false);
        command.uid(element::AFFECTED_SOP_CLASS, STUDY_ROOT).number(element::PRIORITY, 0);
        fails(&association.call(context, &command, None)?).map(drop)
    }),
    shall("DIMSE-4.C-039", "PS3.4 §C.4.1.3.1", "After a query that failed the association goes on.", |s| {
        let mut association = peer(s)?.query()?;
        fails(&association.find_bytes(STUDY_ROOT, b"this is no data set")?)?;
        let (study, ..) = subject(s);
        holds(association.find(STUDY_ROOT, &keys("STUDY", &[(STUDY, "UI", &study)]))?.len() == 2, "it does not")
    }),
    shall(
        "DIMSE-4.C-040",
        "PS3.8 §9.3.3.2",
        "A context of queries in a transfer syntax of images alone is refused.",
        |s| {
            let answers =
                peer(s)?.open(&[(STUDY_ROOT, &["1.2.840.10008.1.2.4.50"]), super::ECHO], &[])?.answer.contexts();
            holds(matches!(answers[..], [(1, 4, _), (3, 0, _)]), format!("{answers:?}"))
        },
    ),
    shall("DIMSE-4.C-041", "PS3.4 §C.2.2.1.3", "An optional key that is not supported is taken for universal.", |s| {
        let (study, ..) = subject(s);
        let responses = ask(s, STUDY_ROOT, &keys("STUDY", &[(STUDY, "UI", &study), (0x0009_1001, "LO", "")]))?;
        holds(responses.len() == 2, format!("{} responses", responses.len()))
    }),
    shall(
        "DIMSE-4.C-042",
        "PS3.8 §D.1",
        "Responses are in P-DATA-TF of the requestor's maximum length at most.",
        |s| {
            let mut association =
                peer(s)?.open(&[(STUDY_ROOT, &[EXPLICIT])], &[(0x51, 64u32.to_be_bytes().to_vec())])?;
            let (study, ..) = subject(s);
            association.find(STUDY_ROOT, &keys("STUDY", &[(STUDY, "UI", &study), (PATIENT_NAME, "PN", "")]))?;
            let longest = association.lengths.iter().max().copied().unwrap_or_default();
            holds(longest <= 64, format!("one has {longest} bytes"))
        },
    ),
    should(
        "DIMSE-4.C-043",
        "PS3.8 §9.3.2",
        "Contexts of both models and many transfer syntaxes are negotiated at once.",
        |s| {
            let syntaxes = [EXPLICIT, IMPLICIT, "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.50"];
            let answers = peer(s)?.open(&[(STUDY_ROOT, &syntaxes), (PATIENT_ROOT, &syntaxes)], &[])?.answer.contexts();
            holds(answers.iter().all(|(_, result, _)| *result == 0), format!("{answers:?}"))
        },
    ),
];
