//! Kinds of matching (PS3.18 §8.3.4.1, PS3.4 §C.2.2.2).

use crate::requirement::{Requirement, may, shall, should};

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-8.3.4-001", "PS3.18 §8.3.4.1", "An Attribute is named by its keyword.", |s| {
        s.finds("StudyID=SA_1", &[0])
    }),
    shall("WEB-8.3.4-002", "PS3.18 §8.3.4.1", "An Attribute is named by its tag.", |s| s.finds("00200010=SA_1", &[0])),
    should("WEB-8.3.4-003", "PS3.18 §8.3.4.1", "Hexadecimal digits of a tag may be in lower case.", |s| {
        s.finds_alone(&format!("0020000d={}", s.subjects.rich.study), &[1])
    }),
    shall("WEB-8.3.4-004", "PS3.4 §C.2.2.2.1", "Single value matching compares the whole value.", |s| {
        s.finds("StudyID=SA", &[])?;
        s.finds("StudyID=SA_1", &[0])
    }),
    shall("WEB-8.3.4-005", "PS3.4 §C.2.2.2.1", "Matching regards case, but for names.", |s| {
        s.finds("StudyID=sa_1", &[])
    }),
    shall("WEB-8.3.4-006", "PS3.4 §C.2.2.2.1", "Several keys must all match.", |s| {
        s.finds("StudyID=SA_1&StudyDate=20250315", &[0])?;
        s.finds("StudyID=SA_1&StudyDate=20250401", &[])
    }),
    shall("WEB-8.3.4-007", "PS3.4 §C.2.2.2.2", "A list of UIDs matches any of them.", |s| {
        s.finds_alone(&format!("StudyInstanceUID={},{}", s.subjects.ct[0].study, s.subjects.rich.study), &[0, 1])
    }),
    should("WEB-8.3.4-008", "PS3.4 §C.2.2.2.2", "A list of UIDs may be parted by backslashes.", |s| {
        s.finds_alone(&format!("StudyInstanceUID={}%5C{}", s.subjects.ct[0].study, s.subjects.jpeg.study), &[0, 2])
    }),
    shall("WEB-8.3.4-009", "PS3.4 §C.2.2.2.3", "An empty key matches everything.", |s| {
        s.finds("StudyID=", &[0, 1, 2])
    }),
    shall("WEB-8.3.4-010", "PS3.4 §C.2.2.2.4", "A key of * matches everything.", |s| s.finds("StudyID=*", &[0, 1, 2])),
    shall("WEB-8.3.4-011", "PS3.4 §C.2.2.2.4", "* matches any characters: at the end.", |s| {
        s.finds("StudyID=SA*", &[0])
    }),
    shall("WEB-8.3.4-012", "PS3.4 §C.2.2.2.4", "* matches any characters: at the beginning.", |s| {
        s.finds("StudyID=*_1", &[0])
    }),
    shall("WEB-8.3.4-013", "PS3.4 §C.2.2.2.4", "* matches any characters: on both sides.", |s| {
        s.finds("StudyID=*A*", &[0])
    }),
    shall("WEB-8.3.4-014", "PS3.4 §C.2.2.2.4", "* matches no character too.", |s| s.finds("StudyID=SA_1*", &[0])),
    shall("WEB-8.3.4-015", "PS3.4 §C.2.2.2.4", "? matches any one character.", |s| s.finds("StudyID=S?", &[1, 2])),
    shall("WEB-8.3.4-016", "PS3.4 §C.2.2.2.4", "? matches exactly one character.", |s| s.finds("StudyID=SB?", &[])),
    shall("WEB-8.3.4-017", "PS3.4 §C.2.2.2.4", "Wild cards match an ID of a Patient.", |s| {
        s.finds_alone(&format!("PatientID=CONF{}?", s.subjects.run), &[0, 1, 2])
    }),
    shall(
        "WEB-8.3.4-018",
        "PS3.4 §C.2.2.2.4",
        "Characters that databases treat as wild cards are only themselves: %.",
        |s| s.finds("StudyID=S%25", &[]),
    ),
    shall(
        "WEB-8.3.4-019",
        "PS3.4 §C.2.2.2.4",
        "Characters that databases treat as wild cards are only themselves: _.",
        |s| s.finds("StudyID=S_", &[]),
    ),
    shall("WEB-8.3.4-020", "PS3.4 §C.2.2.2.1", "A quotation mark in a key is only itself.", |s| {
        s.finds("StudyID=S%27%20OR%20%271", &[])
    }),
    shall("WEB-8.3.4-021", "PS3.4 §C.2.2.2.5", "A range of dates matches what lies in it, ends included.", |s| {
        s.finds("StudyDate=20250315-20250401", &[0, 1])
    }),
    shall("WEB-8.3.4-022", "PS3.4 §C.2.2.2.5", "A range of dates without end matches from its beginning.", |s| {
        s.finds("StudyDate=20250316-", &[1])
    }),
    shall("WEB-8.3.4-023", "PS3.4 §C.2.2.2.5", "A range of dates without beginning matches to its end.", |s| {
        s.finds("StudyDate=-20250315", &[0, 2])
    }),
    shall("WEB-8.3.4-024", "PS3.4 §C.2.2.2.5", "A range of times matches what lies in it.", |s| {
        s.finds("StudyTime=080000-103000", &[0, 1])
    }),
    shall("WEB-8.3.4-025", "PS3.4 §C.2.2.2.5", "A range of times without end matches from its beginning.", |s| {
        s.finds("StudyTime=101530-", &[0, 2])
    }),
    shall("WEB-8.3.4-026", "PS3.4 §C.2.2.2.5", "A range of times of hours and minutes is understood.", |s| {
        s.finds("StudyTime=0815-1016", &[0, 1])
    }),
    may("WEB-8.3.4-027", "PS3.4 §C.2.2.2.5", "A Patient's Birth Date is searched by a range.", |s| {
        s.finds("PatientBirthDate=19800101-19801231", &[0])
    }),
    shall(
        "WEB-8.3.4-028",
        "PS3.18 §8.3.4.1, PS3.4 §C.2.2.2.6",
        "An Attribute in a sequence is named by a path of keywords.",
        |s| s.counts(&format!("/series?RequestAttributesSequence.ScheduledProcedureStepID=SPS{}", s.subjects.run), 1),
    ),
    shall(
        "WEB-8.3.4-029",
        "PS3.18 §8.3.4.1, PS3.4 §C.2.2.2.6",
        "An Attribute in a sequence is named by a path of tags.",
        |s| s.counts(&format!("/series?00400275.00400009=SPS{}", s.subjects.run), 1),
    ),
    should("WEB-8.3.4-030", "PS3.4 §C.2.2.2.6", "Wild cards match in sequences.", |s| {
        s.counts(&format!("/series?00400275.00400009=SPS{}*", s.subjects.run), 1)
    }),
    may("WEB-8.3.4-031", "PS3.18 §10.6.1.2", "Studies are searched by Study Description.", |s| {
        s.finds("StudyDescription=Conformance%20chest%20100%25", &[0])
    }),
    may("WEB-8.3.4-032", "PS3.18 §10.6.1.2", "Studies are searched by Patient's Sex.", |s| {
        s.finds("PatientSex=F", &[0])
    }),
    may("WEB-8.3.4-033", "PS3.18 §10.6.1.2", "Series are searched by Series Description.", |s| {
        s.counts(&format!("{}/series?SeriesDescription=Axial*", s.subjects.ct[0].study()), 1)
    }),
    may("WEB-8.3.4-034", "PS3.18 §10.6.1.2", "Series are searched by Body Part Examined.", |s| {
        s.counts(&format!("{}/series?BodyPartExamined=CHEST", s.subjects.ct[0].study()), 1)
    }),
    may("WEB-8.3.4-035", "PS3.18 §10.6.1.2", "Instances are searched by a private Attribute.", |s| {
        s.counts(
            &format!("{}/instances?00110010=CONFORMANCE%20SUITE&00111001=private%20text", s.subjects.rich.study()),
            1,
        )
    }),
];
