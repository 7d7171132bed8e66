//! Kinds of matching (PS3.4 §C.2.2.2) by C-FIND, and the keys that every SCP supports (PS3.4 §C.6).

use super::asking::{Key, LEVEL, PATIENT_ID, PATIENT_NAME, SERIES, STUDY, agreed, found, keys, matches};
use super::{holds, peer};
use crate::dimse::{PATIENT_ROOT, STUDY_ROOT, failed};
use crate::object::DataSet;
use crate::requirement::{Finding, Requirement, Verdict, may, shall, should};
use crate::suite::Suite;

const DATE: u32 = 0x0008_0020;
const TIME: u32 = 0x0008_0030;

/// Whether these keys beside its Patient ID match the first Study.
fn is_matched(suite: &Suite, more: &[Key<'_>]) -> Result<bool, Finding> {
    let patient = suite.subjects.patient(0);
    let all: Vec<Key<'_>> = [(PATIENT_ID, "LO", patient.as_str())].into_iter().chain(more.iter().copied()).collect();
    Ok(!found(suite, "STUDY", &all)?.is_empty())
}

/// A key matches the first Study with one value, and not with another.
fn parts(suite: &Suite, tag: u32, vr: &'static str, yes: &str, no: &str) -> Verdict {
    holds(is_matched(suite, &[(tag, vr, yes)])?, format!("{yes:?} does not match"))?;
    holds(!is_matched(suite, &[(tag, vr, no)])?, format!("{no:?} matches"))
}

/// The same of a key of the Series of the first Study: how many match.
fn series(suite: &Suite, tag: u32, vr: &'static str, value: &str, expected: usize) -> Verdict {
    let study = suite.subjects.ct[0].study.clone();
    let found = found(suite, "SERIES", &[(STUDY, "UI", &study), (tag, vr, value)])?;
    holds(found.len() == expected, format!("{} matches, expected {expected}", found.len()))
}

/// The same of the Instances of the first Series.
fn instances(suite: &Suite, tag: u32, vr: &'static str, value: &str, expected: usize) -> Verdict {
    let ct = &suite.subjects.ct[0];
    let more: [Key<'_>; 3] = [(STUDY, "UI", &ct.study), (SERIES, "UI", &ct.series), (tag, vr, value)];
    let found = found(suite, "IMAGE", &more)?;
    holds(found.len() == expected, format!("{} matches, expected {expected}", found.len()))
}

/// What the first Study's match says of an attribute.
fn told(suite: &Suite, tag: u32, vr: &'static str, expected: &str) -> Verdict {
    let study = suite.subjects.ct[0].study.clone();
    let found = found(suite, "STUDY", &[(STUDY, "UI", &study), (tag, vr, "")])?;
    let seen = found.first().ok_or_else(|| failed("there is no match"))?.text(tag);
    holds(seen == expected, format!("{seen:?} instead of {expected:?}"))
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("DIMSE-4.C2-001", "PS3.4 §C.2.2.2.1", "Single value: Patient ID.", |s| {
        let patient = s.subjects.patient(0);
        parts(s, PATIENT_ID, "LO", &patient, "nobody at all")
    }),
    shall("DIMSE-4.C2-002", "PS3.4 §C.2.2.2.1", "Single value: Accession Number.", |s| {
        parts(s, 0x0008_0050, "SH", &format!("AC{}", s.subjects.run), "none")
    }),
    shall("DIMSE-4.C2-003", "PS3.4 §C.2.2.2.1", "Single value: Study ID.", |s| {
        parts(s, 0x0020_0010, "SH", "SA_1", "SB_1")
    }),
    shall("DIMSE-4.C2-004", "PS3.4 §C.2.2.2.1", "Single value: Study Date.", |s| {
        parts(s, DATE, "DA", "20250315", "20250316")
    }),
    shall("DIMSE-4.C2-005", "PS3.4 §C.2.2.2.1", "Single value: Patient's Name.", |s| {
        parts(s, PATIENT_NAME, "PN", "Conformance^Anna^Maria", "Conformance^Berta")
    }),
    shall("DIMSE-4.C2-006", "PS3.4 §C.2.2.2.1", "In a code string upper and lower case differ.", |s| {
        series(s, 0x0008_0060, "CS", "ct", 0)
    }),
    shall(
        "DIMSE-4.C2-007",
        "PS3.4 §C.2.2.2.1",
        "What is a wild card elsewhere is itself where no wild card can be, and `_` and `%` always.",
        |s| {
            parts(s, 0x0020_0010, "SH", "SA_1", "SA%")?;
            holds(!is_matched(s, &[(0x0020_0010, "SH", "SA__")])?, "_ is taken for a wild card")
        },
    ),
    shall("DIMSE-4.C2-008", "PS3.4 §C.2.2.2.2", "List of UIDs: each one may match.", |s| {
        let list = format!("{}\\{}", s.subjects.ct[0].study, s.subjects.rich.study);
        let found = found(s, "STUDY", &[(STUDY, "UI", &list)])?;
        holds(found.len() == 2, format!("{} matches", found.len()))
    }),
    shall("DIMSE-4.C2-009", "PS3.4 §C.2.2.2.3", "Universal: a key without a value matches everything.", |s| {
        holds(is_matched(s, &[(0x0008_0050, "SH", ""), (PATIENT_NAME, "PN", ""), (DATE, "DA", "")])?, "it does not")
    }),
    shall("DIMSE-4.C2-010", "PS3.4 §C.2.2.2.4", "Wild card: `*` alone matches everything.", |s| {
        holds(is_matched(s, &[(PATIENT_NAME, "PN", "*"), (0x0008_0050, "SH", "*")])?, "it does not")
    }),
    shall("DIMSE-4.C2-011", "PS3.4 §C.2.2.2.4", "Wild card: `*` is any characters.", |s| {
        parts(s, PATIENT_NAME, "PN", "Conf*Anna*", "Conf*Berta*")
    }),
    shall("DIMSE-4.C2-012", "PS3.4 §C.2.2.2.4", "Wild card: `*` is none too.", |s| {
        holds(is_matched(s, &[(0x0020_0010, "SH", "SA_1*")])?, "it is not")
    }),
    shall("DIMSE-4.C2-013", "PS3.4 §C.2.2.2.4", "Wild card: `?` is one character.", |s| {
        parts(s, 0x0020_0010, "SH", "S?_1", "S?1")
    }),
    shall("DIMSE-4.C2-014", "PS3.4 §C.2.2.2.5", "Range of dates: both ends are in it.", |s| {
        parts(s, DATE, "DA", "20250315-20250316", "20250316-20250317")?;
        holds(is_matched(s, &[(DATE, "DA", "20250301-20250315")])?, "its end is not in it")
    }),
    shall("DIMSE-4.C2-015", "PS3.4 §C.2.2.2.5", "Range of dates: from a day on.", |s| {
        parts(s, DATE, "DA", "20250315-", "20250316-")
    }),
    shall("DIMSE-4.C2-016", "PS3.4 §C.2.2.2.5", "Range of dates: up to a day.", |s| {
        parts(s, DATE, "DA", "-20250315", "-20250314")
    }),
    shall("DIMSE-4.C2-017", "PS3.4 §C.2.2.2.5", "Range of times.", |s| parts(s, TIME, "TM", "1015-1016", "1016-1100")),
    shall("DIMSE-4.C2-018", "PS3.4 §C.2.2.2.5", "Range of times: from a time on, and up to one.", |s| {
        parts(s, TIME, "TM", "100000-", "110000-")?;
        parts(s, TIME, "TM", "-110000", "-100000")
    }),
    shall(
        "DIMSE-4.C2-019",
        "PS3.4 §C.2.2.2.5",
        "Dates and times are matched each by itself unless something else was agreed on.",
        |s| {
            holds(
                is_matched(s, &[(DATE, "DA", "20250314-20250316"), (TIME, "TM", "1000-1100")])?,
                "they do not match",
            )?;
            holds(
                !is_matched(s, &[(DATE, "DA", "20250314-20250316"), (TIME, "TM", "1100-1200")])?,
                "the time is not looked at",
            )
        },
    ),
    shall("DIMSE-4.C2-020", "PS3.4 §C.2.2.2.5", "Once agreed on, a date and its time are one range.", |s| {
        let patient = s.subjects.patient(0);
        let more: [Key<'_>; 3] =
            [(PATIENT_ID, "LO", &patient), (DATE, "DA", "20250314-20250316"), (TIME, "TM", "1100-1200")];
        let found = matches(&agreed(s, 1)?.find(STUDY_ROOT, &keys("STUDY", &more))?)?;
        holds(found.len() == 1, format!("{} matches", found.len()))
    }),
    shall("DIMSE-4.C2-021", "PS3.4 §C.2.2.2.1", "Once agreed on, names match roughly.", |s| {
        let patient = s.subjects.patient(0);
        let more: [Key<'_>; 2] = [(PATIENT_ID, "LO", &patient), (PATIENT_NAME, "PN", "anna conformance")];
        let found = matches(&agreed(s, 2)?.find(STUDY_ROOT, &keys("STUDY", &more))?)?;
        holds(found.len() == 1, format!("{} matches", found.len()))
    })
    .noted("What is rough enough is the server's choice: asked are the two words in another order."),
    shall("DIMSE-4.C2-022", "PS3.4 §C.2.2.2.7", "Once agreed on, two quotation marks match what has no value.", |s| {
        let patient = s.subjects.patient(0);
        let mut association = agreed(s, 5)?;
        let mut count = |tag, vr| {
            let more: [Key<'_>; 2] = [(PATIENT_ID, "LO", &patient), (tag, vr, "\"\"")];
            Ok::<_, Finding>(matches(&association.find(STUDY_ROOT, &keys("STUDY", &more))?)?.len())
        };
        let seen = [count(0x0008_1048, "PN")?, count(0x0008_0050, "SH")?];
        holds(seen == [1, 0], format!("{seen:?}"))
    }),
    shall("DIMSE-4.C2-023", "PS3.4 §C.2.2.2.8", "Once agreed on, each of several values must match.", |s| {
        let patient = s.subjects.patient(0);
        let mut association = agreed(s, 6)?;
        let mut count = |value: &str| {
            let more: [Key<'_>; 2] = [(PATIENT_ID, "LO", &patient), (0x0008_0061, "CS", value)];
            Ok::<_, Finding>(matches(&association.find(STUDY_ROOT, &keys("STUDY", &more))?)?.len())
        };
        let seen = [count("CT\\OT")?, count("CT\\MR")?];
        holds(seen == [1, 0], format!("{seen:?}"))
    }),
    shall("DIMSE-4.C2-024", "PS3.4 §C.2.2.2.6", "Sequence: a key in an Item.", |s| {
        let study = s.subjects.ct[0].study.clone();
        for (value, expected) in [(format!("SPS{}", s.subjects.run), 1), ("none".to_owned(), 0)] {
            let mut inside = DataSet::new();
            inside.text(0x0040_0009, "SH", &value);
            let mut keys = keys("SERIES", &[(STUDY, "UI", &study)]);
            keys.sequence(0x0040_0275, &[inside]);
            let found = matches(&peer(s)?.query()?.find(STUDY_ROOT, &keys)?)?;
            holds(found.len() == expected, format!("{} matches of {value:?}", found.len()))?;
        }
        Ok(())
    })
    .noted("Request Attributes Sequence is an optional key: an SCP that does not support it takes it for universal."),
    shall(
        "DIMSE-4.C2-025",
        "PS3.4 §C.2.2.2.6",
        "Sequence: what is asked for in an Item is told in the Items of a match.",
        |s| {
            let study = s.subjects.ct[0].study.clone();
            let mut inside = DataSet::new();
            inside.text(0x0040_0009, "SH", "").text(0x0040_1001, "SH", "");
            let mut keys = keys("SERIES", &[(STUDY, "UI", &study), (0x0008_0060, "CS", "CT")]);
            keys.sequence(0x0040_0275, &[inside]);
            let found = matches(&peer(s)?.query()?.find(STUDY_ROOT, &keys)?)?;
            let element =
                found.first().and_then(|match_| match_.get(0x0040_0275)).ok_or_else(|| failed("it is not told"))?;
            let seen = element.items.first().map(|item| item.text(0x0040_0009)).unwrap_or_default();
            holds(seen == format!("SPS{}", s.subjects.run), seen)
        },
    ),
    may("DIMSE-4.C2-026", "PS3.4 §C.2.2.2.1", "Names match without regard to case.", |s| {
        holds(is_matched(s, &[(PATIENT_NAME, "PN", "CONFORMANCE^anna^maria")])?, "they do not")
    }),
    shall(
        "DIMSE-4.C2-027",
        "PS3.4 §C.2.2.2",
        "A key in another character set than ASCII is read as Specific Character Set says.",
        |s| {
            let study = s.subjects.rich.study.clone();
            let name = s.subjects.rich.data_set.clone();
            let japanese = crate::dimse::elements::Elements::read(&name.encode(), true);
            let group = japanese.map(|set| set.text(PATIENT_NAME)).unwrap_or_default();
            let group = group.split('=').nth(1).unwrap_or_default().to_owned();
            let more: [Key<'_>; 3] =
                [(0x0008_0005, "CS", "ISO_IR 192"), (STUDY, "UI", &study), (PATIENT_NAME, "PN", &format!("*{group}*"))];
            let found = found(s, "STUDY", &more)?;
            holds(found.len() == 1, format!("{} matches of {group:?}", found.len()))
        },
    ),
    shall("DIMSE-4.C2-028", "PS3.4 §C.6.2.1.2", "Modalities in Study parts Studies.", |s| {
        parts(s, 0x0008_0061, "CS", "CT", "MR")
    })
    .noted("It is an optional key."),
    should("DIMSE-4.C2-029", "PS3.4 §C.3.4", "Modalities in Study are told, each once.", |s| {
        let study = s.subjects.ct[0].study.clone();
        let found = found(s, "STUDY", &[(STUDY, "UI", &study), (0x0008_0061, "CS", "")])?;
        let text = found.first().map(|match_| match_.text(0x0008_0061)).unwrap_or_default();
        let mut seen: Vec<&str> = text.split('\\').collect();
        seen.sort_unstable();
        holds(seen == ["CT", "OT"], text.clone())
    }),
    should("DIMSE-4.C2-030", "PS3.4 §C.3.4", "The Number of Study Related Series is told.", |s| {
        told(s, 0x0020_1206, "IS", "2")
    }),
    should("DIMSE-4.C2-031", "PS3.4 §C.3.4", "The Number of Study Related Instances is told.", |s| {
        told(s, 0x0020_1208, "IS", "4")
    }),
    should("DIMSE-4.C2-032", "PS3.4 §C.3.4", "The Number of Patient Related Studies is told.", |s| {
        let patient = s.subjects.patient(0);
        let keys = keys("PATIENT", &[(PATIENT_ID, "LO", &patient), (0x0020_1200, "IS", "")]);
        let found = matches(&peer(s)?.query()?.find(PATIENT_ROOT, &keys)?)?;
        let seen = found.first().map(|match_| match_.text(0x0020_1200)).unwrap_or_default();
        holds(seen == "1", seen)
    }),
    shall("DIMSE-4.C2-033", "PS3.4 §C.6.2.1.3", "Single value: Modality of a Series.", |s| {
        series(s, 0x0008_0060, "CS", "CT", 1)
    }),
    shall("DIMSE-4.C2-034", "PS3.4 §C.6.2.1.3", "Single value: Series Number.", |s| {
        series(s, 0x0020_0011, "IS", "2", 1)
    }),
    shall("DIMSE-4.C2-035", "PS3.4 §C.6.2.1.3", "List of UIDs: Series Instance UID.", |s| {
        let list = format!("{}\\{}", s.subjects.ct[0].series, s.subjects.multi.series);
        series(s, SERIES, "UI", &list, 2)
    }),
    shall("DIMSE-4.C2-036", "PS3.4 §C.6.2.1.4", "Single value: Instance Number.", |s| {
        instances(s, 0x0020_0013, "IS", "2", 1)
    }),
    shall("DIMSE-4.C2-037", "PS3.4 §C.6.2.1.4", "Single value: SOP Instance UID.", |s| {
        let uid = s.subjects.ct[1].instance.clone();
        instances(s, 0x0008_0018, "UI", &uid, 1)
    }),
    may("DIMSE-4.C2-038", "PS3.4 §C.6.2.1.4", "Single value: Rows of an Instance.", |s| {
        instances(s, 0x0028_0010, "US", "\u{10}\0", 3)
    }),
    may("DIMSE-4.C2-039", "PS3.4 §C.6.2.1.2", "Single value: Study Description.", |s| {
        parts(s, 0x0008_1030, "LO", "Conformance chest 100%", "Conformance chest 100_")
    }),
    may("DIMSE-4.C2-040", "PS3.4 §C.6.2.1.2", "Single value: Referring Physician's Name.", |s| {
        parts(s, 0x0008_0090, "PN", "Refer^Robert", "Refer^Roberta")
    }),
    shall(
        "DIMSE-4.C2-041",
        "PS3.4 §C.2.2.2.5",
        "A date that is none is not matched with anything: the query fails, or nothing matches.",
        |s| {
            let patient = s.subjects.patient(0);
            let keys = keys("STUDY", &[(PATIENT_ID, "LO", &patient), (DATE, "DA", "2025031X")]);
            let responses = peer(s)?.query()?.find(STUDY_ROOT, &keys)?;
            holds(responses.len() == 1, format!("{} responses", responses.len()))
        },
    ),
    shall("DIMSE-4.C2-042", "PS3.5 §6.2", "Blanks around a key's value are no part of it.", |s| {
        holds(is_matched(s, &[(0x0020_0010, "SH", " SA_1 ")])?, "they are")
    }),
    shall("DIMSE-4.C2-043", "PS3.4 §C.4.1.2.1", "Keys of one query must all match.", |s| {
        holds(!is_matched(s, &[(DATE, "DA", "20250315"), (0x0020_0010, "SH", "another")])?, "one is enough")
    }),
    shall("DIMSE-4.C2-044", "PS3.5 §7.2", "Group lengths in an Identifier do no harm.", |s| {
        let study = s.subjects.ct[0].study.clone();
        let mut keys = keys("STUDY", &[(STUDY, "UI", &study)]);
        keys.bytes(0x0008_0000, "UL", vec![14, 0, 0, 0]);
        let found = matches(&peer(s)?.query()?.find(STUDY_ROOT, &keys)?)?;
        holds(found.len() == 1 && found[0].text(LEVEL) == "STUDY", format!("{} matches", found.len()))
    }),
];
