//! Retrieval (PS3.4 §C.4.2, §C.4.3): C-GET over one association, and what C-MOVE refuses. What a C-MOVE sends is looked at in
//! `moving`.

use super::asking::{INSTANCE, Key, PATIENT_ID, SERIES, STUDY, keys};
use super::{holds, peer};
use crate::dimse::elements::Elements;
use crate::dimse::message::{C_STORE, Command, Message, element};
use crate::dimse::{Association, IMPLICIT, failed};
use crate::object::{CT, DataSet, EXPLICIT};
use crate::requirement::{Finding, Requirement, Verdict, may, shall, should};
use crate::subjects::Subject;
use crate::suite::Suite;

pub(super) const STUDY_ROOT_MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
pub(super) const STUDY_ROOT_GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
const PATIENT_ROOT_MOVE: &str = "1.2.840.10008.5.1.4.1.2.1.2";
const PATIENT_ROOT_GET: &str = "1.2.840.10008.5.1.4.1.2.1.3";
const FAILED_LIST: u32 = 0x0008_0058;

/// Command Fields, and elements of group 0000.
const C_GET: u16 = 0x0010;
const C_MOVE: u16 = 0x0021;
const MOVE_DESTINATION: u16 = 0x0600;
pub(super) const REMAINING: u16 = 0x1020;
pub(super) const COMPLETED: u16 = 0x1021;
pub(super) const FAILED: u16 = 0x1022;
pub(super) const WARNING: u16 = 0x1023;
const ORIGINATOR: u16 = 0x1030;

/// Sub-item of user information: a SOP Class whose SCP we are (PS3.7 §D.3.3.4).
pub(super) fn role(class: &str) -> (u8, Vec<u8>) {
    let length = u16::try_from(class.len()).unwrap_or_default().to_be_bytes();
    (0x54, [&length[..], class.as_bytes(), &[0, 1]].concat())
}

/// An association for C-GET, on which we are the SCP of CT Image Storage.
fn getting(suite: &Suite, model: &str, transfer_syntax: &'static str) -> Result<Association, Finding> {
    let syntaxes = [transfer_syntax];
    let association = peer(suite)?.open(&[(model, &[EXPLICIT]), (CT, &syntaxes)], &[role(CT)])?;
    association.context(model)?;
    Ok(association)
}

/// What came of a C-GET: the C-STOREs, and the responses.
pub(super) struct Got {
    stores: Vec<Message>,
    responses: Vec<Message>,
}

impl Got {
    fn last(&self) -> Result<&Message, Finding> {
        self.responses.last().ok_or_else(|| failed("there is no response"))
    }

    /// The final status.
    pub(super) fn ends_with(&self, statuses: &[u16]) -> Verdict {
        let status = self.last()?.status();
        holds(statuses.contains(&status), format!("the last status is {status:04X}"))
    }

    pub(super) fn has_stored(&self, count: usize) -> Verdict {
        holds(self.stores.len() == count, format!("{} C-STOREs, expected {count}", self.stores.len()))
    }
}

/// C-GET; `reply` gives the status of the C-STORE of a number, and may cancel.
pub(super) fn get_with(
    association: &mut Association,
    model: &str,
    identifier: &DataSet,
    mut reply: impl FnMut(&mut Association, usize) -> Result<u16, Finding>,
) -> Result<Got, Finding> {
    let context = association.context(model)?;
    let mut request = Command::request(C_GET, association.next_id(), true);
    request.uid(element::AFFECTED_SOP_CLASS, model).number(element::PRIORITY, 0);
    association.send(context, &request, Some(&identifier.encode()))?;
    let mut got = Got { stores: Vec::new(), responses: Vec::new() };
    loop {
        let message = association.receive()?;
        match message.command.get(element::COMMAND_FIELD) {
            Some(C_STORE) => {
                let status = reply(association, got.stores.len())?;
                let mut response = Command::default();
                response.number(element::COMMAND_FIELD, C_STORE | 0x8000).number(element::DATA_SET_TYPE, 0x0101);
                let id = message.command.get(element::MESSAGE_ID).unwrap_or_default();
                response.number(element::RESPONDED_TO, id).number(element::STATUS, status);
                association.send(message.context, &response, None)?;
                got.stores.push(message);
            }
            Some(0x8010) => {
                let is_last = !message.is_pending();
                got.responses.push(message);
                if is_last {
                    return Ok(got);
                }
            }
            other => return Err(failed(format!("a message with Command Field {other:04X?}"))),
        }
    }
}

fn get(suite: &Suite, model: &str, level: &str, more: &[Key<'_>]) -> Result<Got, Finding> {
    get_with(&mut getting(suite, model, EXPLICIT)?, model, &keys(level, more), |_, _| Ok(0))
}

/// The first CT image, and how many there are of its Series.
pub(super) fn subject(suite: &Suite) -> (&Subject, usize) {
    let first = &suite.subjects.ct[0];
    (first, suite.subjects.ct.iter().filter(|other| other.series == first.series).count())
}

fn image(suite: &Suite) -> Result<Got, Finding> {
    let (ct, _) = subject(suite);
    get(
        suite,
        STUDY_ROOT_GET,
        "IMAGE",
        &[(INSTANCE, "UI", &ct.instance), (STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series)],
    )
}

fn series(suite: &Suite) -> Result<Got, Finding> {
    let (ct, _) = subject(suite);
    get(suite, STUDY_ROOT_GET, "SERIES", &[(STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series)])
}

/// C-GET of the Series, every C-STORE of which is answered like this.
fn series_answered(suite: &Suite, status: fn(usize) -> u16) -> Result<Got, Finding> {
    let (ct, _) = subject(suite);
    let keys = keys("SERIES", &[(STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series)]);
    get_with(&mut getting(suite, STUDY_ROOT_GET, EXPLICIT)?, STUDY_ROOT_GET, &keys, |_, number| Ok(status(number)))
}

/// The Failed SOP Instance UID List of a final response.
pub(super) fn failed_list(message: &Message) -> Result<Vec<String>, Finding> {
    let bytes = message.data_set.as_deref().ok_or_else(|| failed("the final response has no Identifier"))?;
    let elements = Elements::read(bytes, true).ok_or_else(|| failed("the Identifier cannot be read"))?;
    Ok(elements.text(FAILED_LIST).split('\\').map(str::to_owned).collect())
}

pub(super) fn is_failure(status: u16) -> bool {
    matches!(status, 0xa700..=0xa7ff | 0xa801 | 0xa900..=0xa9ff | 0xc000..=0xcfff | 0x0100..=0x02ff)
}

/// C-MOVE-RQ with the second Message ID of an association.
pub(super) fn move_request(association: &mut Association, destination: &str) -> Command {
    association.next_id();
    let mut request = Command::request(C_MOVE, association.next_id(), true);
    request.uid(element::AFFECTED_SOP_CLASS, STUDY_ROOT_MOVE).number(element::PRIORITY, 0);
    let mut title = destination.as_bytes().to_vec();
    title.resize(title.len().next_multiple_of(2), b' ');
    request.0.insert(MOVE_DESTINATION, title);
    request
}

/// A C-MOVE to somebody; its only response.
fn move_to(suite: &Suite, destination: &str, identifier: &DataSet) -> Result<Message, Finding> {
    let mut association = peer(suite)?.open(&[(STUDY_ROOT_MOVE, &[EXPLICIT])], &[])?;
    let context = association.context(STUDY_ROOT_MOVE)?;
    let request = move_request(&mut association, destination);
    let mut responses = association.call(context, &request, Some(&identifier.encode()))?;
    match responses.len() {
        1 => Ok(responses.remove(0)),
        count => Err(failed(format!("{count} responses"))),
    }
}

/// A C-MOVE of the first image to an AE title that nobody has.
fn move_nowhere(suite: &Suite) -> Result<Message, Finding> {
    let (ct, _) = subject(suite);
    move_to(suite, "NOBODY_HAS_THIS", &keys("STUDY", &[(STUDY, "UI", &ct.study)]))
}

fn accepts(suite: &Suite, model: &str) -> Verdict {
    peer(suite)?.open(&[(model, &[EXPLICIT, IMPLICIT])], &[])?.context(model).map(drop)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    may("DIMSE-4.G-001", "PS3.4 §C.6.2.1", "A presentation context of Study Root C-GET is accepted.", |s| {
        accepts(s, STUDY_ROOT_GET)
    }),
    may("DIMSE-4.G-002", "PS3.4 §C.6.1.1", "A presentation context of Patient Root C-GET is accepted.", |s| {
        accepts(s, PATIENT_ROOT_GET)
    }),
    shall("DIMSE-4.G-003", "PS3.7 §D.3.3.4", "Who proposes to be the SCP of Storage for a C-GET may be it.", |s| {
        let answers = getting(s, STUDY_ROOT_GET, EXPLICIT)?.answer.user_information();
        let agreed = answers.iter().any(|(kind, content)| *kind == 0x54 && content.ends_with(&[0, 1]));
        holds(agreed, "the role is not granted")
    }),
    shall("DIMSE-4.G-004", "PS3.4 §C.4.3.3.1", "C-GET of an Instance is one C-STORE with its two UIDs.", |s| {
        let (got, ct) = (image(s)?, subject(s).0);
        got.has_stored(1)?;
        let command = &got.stores[0].command;
        let uids = (command.text(element::AFFECTED_SOP_CLASS), command.text(element::AFFECTED_SOP_INSTANCE));
        holds(uids == (Some(ct.class.to_owned()), Some(ct.instance.clone())), format!("{uids:?}"))
    }),
    should("DIMSE-4.G-005", "PS3.4 §B.4.1", "The data set is the one that was stored, byte by byte.", |s| {
        let (got, ct) = (image(s)?, subject(s).0);
        got.has_stored(1)?;
        holds(got.stores[0].data_set.as_deref() == Some(&ct.data_set.encode()), "it has changed")
    }),
    shall(
        "DIMSE-4.G-006",
        "PS3.4 §C.4.3.1.4",
        "The final status is Success when all sub-operations succeeded.",
        |s| image(s)?.ends_with(&[0]),
    ),
    shall("DIMSE-4.G-007", "PS3.7 §9.3.3.2", "Every C-GET-RSP says to which Message ID it belongs.", |s| {
        let right = |message: &Message| message.command.get(element::RESPONDED_TO) == Some(1);
        holds(series(s)?.responses.iter().all(right), "it says another")
    }),
    shall("DIMSE-4.G-008", "PS3.4 §C.4.3.3.1", "The final response counts the completed sub-operations.", |s| {
        let (got, count) = (series(s)?, subject(s).1);
        let counted = got.last()?.command.get(COMPLETED).map(usize::from);
        holds(counted == Some(count), format!("{counted:?}, expected {count}"))
    }),
    shall(
        "DIMSE-4.G-009",
        "PS3.7 §9.1.3.1.6",
        "A Pending response counts remaining, completed, failed and warning.",
        |s| {
            let got = series(s)?;
            let all = |message: &&Message| {
                [REMAINING, COMPLETED, FAILED, WARNING].iter().all(|count| message.command.get(*count).is_some())
            };
            let pending = got.responses.iter().filter(|message| message.is_pending());
            holds(pending.clone().count() == pending.filter(all).count(), "a count is missing")
        },
    ),
    shall(
        "DIMSE-4.G-010",
        "PS3.7 §9.1.3.1.6",
        "The counts of a Pending response add up to the sub-operations.",
        |s| {
            let (got, count) = (series(s)?, subject(s).1);
            let sum = |message: &Message| -> usize {
                let counts = [REMAINING, COMPLETED, FAILED, WARNING];
                counts.iter().filter_map(|count| message.command.get(*count)).map(usize::from).sum()
            };
            let sums: Vec<usize> = got.responses.iter().filter(|message| message.is_pending()).map(sum).collect();
            holds(sums.iter().all(|sum| *sum == count), format!("{sums:?}, expected {count}"))
        },
    ),
    shall("DIMSE-4.G-011", "PS3.4 §C.4.3.2.1", "C-GET of a Series is a C-STORE for each of its Instances.", |s| {
        series(s)?.has_stored(subject(s).1)
    }),
    shall("DIMSE-4.G-012", "PS3.4 §C.4.3.2.1", "A list of SOP Instance UIDs names several Instances.", |s| {
        let (ct, count) = subject(s);
        let of_series = s.subjects.ct.iter().filter(|other| other.series == ct.series);
        let list = of_series.map(|other| other.instance.as_str()).collect::<Vec<_>>().join("\\");
        let keys: [Key<'_>; 3] = [(INSTANCE, "UI", &list), (STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series)];
        get(s, STUDY_ROOT_GET, "IMAGE", &keys)?.has_stored(count)
    }),
    shall(
        "DIMSE-4.G-013",
        "PS3.4 §C.4.3.1.4",
        "The final status is a Warning when one sub-operation of several failed.",
        |s| {
            if subject(s).1 < 2 {
                return Err(Finding::NotApplicable("there is one Instance only".into()));
            }
            series_answered(s, |number| if number == 0 { 0xa700 } else { 0 })?.ends_with(&[0xb000])
        },
    ),
    shall("DIMSE-4.G-014", "PS3.4 §C.4.3.1.3.2", "The Failed SOP Instance UID List names what failed.", |s| {
        let got = series_answered(s, |number| if number == 0 { 0xa700 } else { 0 })?;
        let refused = got.stores.first().and_then(|store| store.command.text(element::AFFECTED_SOP_INSTANCE));
        let list = failed_list(got.last()?)?;
        holds(refused.is_some_and(|refused| list == [refused]), format!("{list:?}"))
    }),
    shall("DIMSE-4.G-015", "PS3.4 §C.4.3.2.1", "The final status is a Failure when all sub-operations failed.", |s| {
        let status = series_answered(s, |_| 0xa700)?.last()?.status();
        holds(is_failure(status), format!("{status:04X}"))
    }),
    shall(
        "DIMSE-4.G-016",
        "PS3.4 §C.4.3.3.1",
        "A C-GET that nothing matches is a Success without sub-operations.",
        |s| {
            let got = get(s, STUDY_ROOT_GET, "STUDY", &[(STUDY, "UI", "2.25.1")])?;
            got.has_stored(0)?;
            got.ends_with(&[0])
        },
    ),
    shall("DIMSE-4.G-017", "PS3.7 §D.3.3.4", "Who did not take the SCP role is sent no C-STORE.", |s| {
        let (ct, _) = subject(s);
        let mut association = peer(s)?.open(&[(STUDY_ROOT_GET, &[EXPLICIT]), (CT, &[EXPLICIT])], &[])?;
        let keys = keys("STUDY", &[(STUDY, "UI", &ct.study)]);
        let got = get_with(&mut association, STUDY_ROOT_GET, &keys, |_, _| Ok(0))?;
        got.has_stored(0)?;
        let status = got.last()?.status();
        holds(is_failure(status), format!("{status:04X}"))
    }),
    shall(
        "DIMSE-4.G-018",
        "PS3.4 §C.4.3.3.1",
        "A C-GET that is cancelled ends with Cancel, or is over already.",
        |s| {
            let (ct, _) = subject(s);
            let keys = keys("STUDY", &[(STUDY, "UI", &ct.study)]);
            let mut association = getting(s, STUDY_ROOT_GET, EXPLICIT)?;
            let context = association.context(STUDY_ROOT_GET)?;
            let got = get_with(&mut association, STUDY_ROOT_GET, &keys, |association, number| {
                if number == 0 {
                    association.send(context, &Command::cancel(1), None)?;
                }
                Ok(0)
            })?;
            got.ends_with(&[0xfe00, 0])
        },
    ),
    shall("DIMSE-4.G-019", "PS3.4 §C.4.3.1.3.1", "An Identifier without Query/Retrieve Level is refused.", |s| {
        let (ct, _) = subject(s);
        let mut identifier = DataSet::new();
        identifier.texts(&[(STUDY, "UI", &ct.study)]);
        let got = get_with(&mut getting(s, STUDY_ROOT_GET, EXPLICIT)?, STUDY_ROOT_GET, &identifier, |_, _| Ok(0))?;
        got.has_stored(0)?;
        let status = got.last()?.status();
        holds(is_failure(status), format!("{status:04X}"))
    }),
    should("DIMSE-4.G-020", "PS3.4 §C.4.3.2.1", "Without relational retrieval a Series needs its Study.", |s| {
        let (ct, _) = subject(s);
        let status = get(s, STUDY_ROOT_GET, "SERIES", &[(SERIES, "UI", &ct.series)])?.last()?.status();
        holds(is_failure(status), format!("{status:04X}"))
    }),
    shall("DIMSE-4.G-021", "PS3.5 §10", "The data set is in the transfer syntax of its presentation context.", |s| {
        let (ct, _) = subject(s);
        let keys =
            keys("IMAGE", &[(INSTANCE, "UI", &ct.instance), (STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series)]);
        let got = get_with(&mut getting(s, STUDY_ROOT_GET, IMPLICIT)?, STUDY_ROOT_GET, &keys, |_, _| Ok(0))?;
        got.has_stored(1)?;
        let read = got.stores[0].data_set.as_deref().and_then(|bytes| Elements::read(bytes, false));
        let uid = read.map(|elements| elements.text(INSTANCE)).unwrap_or_default();
        holds(uid == ct.instance, "it cannot be read in implicit VR")
    }),
    shall("DIMSE-4.G-022", "PS3.4 §C.4.3", "The association goes on after a C-GET.", |s| {
        let (ct, _) = subject(s);
        let mut association = getting(s, STUDY_ROOT_GET, EXPLICIT)?;
        let keys = keys("STUDY", &[(STUDY, "UI", &ct.study)]);
        let first = get_with(&mut association, STUDY_ROOT_GET, &keys, |_, _| Ok(0))?;
        let second = get_with(&mut association, STUDY_ROOT_GET, &keys, |_, _| Ok(0))?;
        second.has_stored(first.stores.len())
    }),
    shall("DIMSE-4.G-023", "PS3.4 §C.6.1.1.2", "The Patient Root model retrieves patients.", |s| {
        let patient = s.subjects.patient(0);
        let got = get(s, PATIENT_ROOT_GET, "PATIENT", &[(PATIENT_ID, "LO", &patient)])?;
        holds(!got.stores.is_empty(), "nothing came")
    }),
    should("DIMSE-4.G-024", "PS3.7 §9.1.1.1.6", "A C-STORE of a C-GET names no originator of a C-MOVE.", |s| {
        let named = image(s)?.stores.iter().any(|store| store.command.get(ORIGINATOR).is_some());
        holds(!named, "it does")
    }),
    may("DIMSE-4.M-001", "PS3.4 §C.6.2.1", "A presentation context of Study Root C-MOVE is accepted.", |s| {
        accepts(s, STUDY_ROOT_MOVE)
    }),
    may("DIMSE-4.M-002", "PS3.4 §C.6.1.1", "A presentation context of Patient Root C-MOVE is accepted.", |s| {
        accepts(s, PATIENT_ROOT_MOVE)
    }),
    shall("DIMSE-4.M-003", "PS3.4 §C.4.2.1.5", "An unknown Move Destination is answered with A801.", |s| {
        let status = move_nowhere(s)?.status();
        holds(status == 0xa801, format!("{status:04X}"))
    }),
    shall("DIMSE-4.M-004", "PS3.7 §9.3.4.2", "The Command Field of C-MOVE-RSP is 8021H.", |s| {
        let field = move_nowhere(s)?.command.get(element::COMMAND_FIELD);
        holds(field == Some(0x8021), format!("{field:04X?}"))
    }),
    shall("DIMSE-4.M-005", "PS3.7 §9.3.4.2", "C-MOVE-RSP says to which Message ID it belongs.", |s| {
        let id = move_nowhere(s)?.command.get(element::RESPONDED_TO);
        holds(id == Some(2), format!("{id:?}"))
    }),
    shall("DIMSE-4.M-006", "PS3.4 §C.4.2.1.4", "An Identifier without Query/Retrieve Level is refused.", |s| {
        let (ct, _) = subject(s);
        let mut identifier = DataSet::new();
        identifier.texts(&[(STUDY, "UI", &ct.study)]);
        let status = move_to(s, "NOBODY_HAS_THIS", &identifier)?.status();
        holds(is_failure(status), format!("{status:04X}"))
    }),
    shall(
        "DIMSE-4.M-007",
        "PS3.4 §C.4.2.1.4.1",
        "A Query/Retrieve Level that the model does not have is refused.",
        |s| {
            let patient = s.subjects.patient(0);
            let keys = keys("PATIENT", &[(PATIENT_ID, "LO", &patient)]);
            let status = move_to(s, "NOBODY_HAS_THIS", &keys)?.status();
            holds(is_failure(status), format!("{status:04X}"))
        },
    ),
];
