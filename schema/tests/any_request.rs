//! Whatever a request says, it is refused with words or answered: no panic, and no statement that a database refuses.

mod support;

use diesel::Connection;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use schema::attribute::Level;
use schema::search::{Query, QueryError, Request};
use serde_json::json;
use support::{Databases, instance};

/// One attribute of every kind of matching, place and database; paths; names that are none.
const NAMES: &[&str] = &[
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientBirthTime",
    "PatientWeight",
    "PatientAge",
    "00100040",
    "StudyDate",
    "StudyTime",
    "StudyDescription",
    "ModalitiesInStudy",
    "SOPClassesInStudy",
    "StudyInstanceUID",
    "InstanceAvailability",
    "NumberOfStudyRelatedInstances",
    "AccessionNumber",
    "ReferringPhysicianName",
    "Modality",
    "SeriesDate",
    "SeriesTime",
    "SeriesNumber",
    "OperatorsName",
    "BodyPartExamined",
    "AcquisitionDateTime",
    "ContentTime",
    "ContentDate",
    "Rows",
    "ImageComments",
    "ImageType",
    "SliceThickness",
    "PixelData",
    "FrameIncrementPointer",
    "TimezoneOffsetFromUTC",
    "00080201",
    "SpecificCharacterSet",
    "00091001",
    "0009{ACME}01",
    "0009{a'b\"c$d}01.00080100",
    "RequestAttributesSequence",
    "RequestAttributesSequence.ScheduledProcedureStepID",
    "00400275.00400007",
    "ProcedureCodeSequence.CodeValue",
    "ProcedureCodeSequence.CodeMeaning",
    "00081032.00091001",
    "ReferencedSeriesSequence.ReferencedInstanceSequence.ReferencedSOPInstanceUID",
    "00081115.0008114A.00081155",
    "Nonsense",
    "",
    ".",
    "..",
    "0010",
    "00100010.",
    "{",
    "0009{}01",
    "-",
    "PatientName.PatientID",
];

/// Values that went wrong somewhere once, or might.
const VALUES: &[&str] = &[
    "",
    "*",
    "?",
    "**?",
    "\"\"",
    "\"",
    "\0",
    "a\0b",
    "'",
    "'; DROP TABLE studies; --",
    "$1",
    "%",
    "_",
    "\\",
    "\\\\",
    "a\\b",
    "a,b",
    "-",
    "--",
    "20240101",
    "20240101-",
    "-20240101",
    "20240102-20240101",
    "00000000",
    "00000101-99991231",
    "20230229",
    "99991231",
    "9999",
    "0000",
    "235960",
    "24",
    "10-09",
    "-10",
    "2024-2023",
    "0001",
    "00010101000000+1400",
    "99991231235959.999999-1200",
    "2024+9999",
    "+0100",
    " 0100",
    "-1200",
    "+1400",
    "1",
    "-1",
    "1e308",
    "1e309",
    "-0",
    "0x10",
    "NaN",
    "inf",
    "9223372036854775808",
    "99999999999999999999999999999999",
    "1.2.3",
    "1..2",
    "1.2.*",
    ".",
    "1,2,",
    ",",
    "=",
    "==",
    "a=b=c=d",
    "^",
    "^^^^",
    "Doe^John=山田=やまだ",
    "(",
    "(?:",
    "[",
    "]",
    "[^=]*",
    "{9999}",
    "a{1,99999}",
    "\\d",
    "$",
    "|",
    "\u{FFFD}",
    "\u{202E}",
    "\u{10FFFF}",
    "e\u{301}\u{301}\u{301}",
    "İSTANBUL",
    "ß",
    "CT\\MR",
    "CT,MR",
    "ONLINE",
    "A*",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(VALUES).prop_map(str::to_owned),
        2 => "\\PC{0,24}",
        1 => "[0-9.+-]{0,24}",
        1 => (select(VALUES), 1_usize..400).prop_map(|(value, times)| value.repeat(times)),
    ]
}

#[derive(Debug)]
struct Asked {
    level: Level,
    study: Option<&'static str>,
    keys: Vec<(String, String)>,
    include: Vec<String>,
    order: Vec<String>,
    flags: [bool; 5],
    limit: Option<u32>,
    offset: u32,
    after: Option<String>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let name = || prop_oneof![9 => select(NAMES).prop_map(str::to_owned), 1 => "\\PC{0,12}"];
    let order = (select(vec!["", "-", "--"]), name()).prop_map(|(sign, name)| format!("{sign}{name}"));
    let what = (
        select(vec![Level::Patient, Level::Study, Level::Series, Level::Instance]),
        proptest::option::of(Just("1.2.1")),
        proptest::collection::vec((name(), value()), 0..4),
        proptest::collection::vec(name(), 0..2),
        prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(order, 1..3)],
    );
    let page = (
        any::<[bool; 5]>(),
        proptest::option::of(prop_oneof![Just(0), Just(1), Just(u32::MAX), any::<u32>()]),
        prop_oneof![4 => Just(0), 1 => any::<u32>()],
        prop_oneof![4 => Just(None), 1 => "[0-9a-f]{0,40}".prop_map(Some), 1 => value().prop_map(Some)],
    );
    (what, page).prop_map(|((level, study, keys, include, order), (flags, limit, offset, after))| Asked {
        level,
        study,
        keys,
        include,
        order,
        flags,
        limit,
        offset,
        after,
    })
}

impl Asked {
    fn parse(&self) -> Result<Query, QueryError> {
        let [include_all, fuzzy, empty, multiple, total] = self.flags;
        Query::parse(&Request {
            study: self.study,
            matching: &self.keys,
            include: &self.include,
            include_all,
            fuzzy,
            empty,
            multiple,
            order: &self.order,
            limit: self.limit,
            offset: self.offset,
            after: self.after.as_deref(),
            total,
            ..Request::of(self.level)
        })
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() })
}

#[test]
fn reads_or_refuses_every_request() {
    runner(4_000)
        .run(&asked(), |asked| {
            if let Err(refusal) = asked.parse() {
                prop_assert!(refusal.to_string().len() < 400, "{}", refusal);
            }
            Ok(())
        })
        .expect("no panic");
}

#[test]
fn answers_every_request_that_makes_sense() {
    let databases = Databases::new();
    databases.store(&[
        instance(1, 1, 1, &[("00080020", "DA", json!("20240101")), ("00080030", "TM", json!("235960"))]),
        instance(1, 2, 1, &[("00091001", "LO", json!("x")), ("0008002A", "DT", json!("99991231235959-1200"))]),
        instance(
            2,
            1,
            1,
            &[("00080020", "DA", json!("soon")), ("00080031", "TM", json!("1")), ("00280010", "US", json!(7))],
        ),
        instance(
            3,
            1,
            1,
            &[("00081032", "SQ", json!({"00080100": {"vr": "SH", "Value": ["T"]}})), ("00080201", "SH", json!("+9"))],
        ),
    ]);
    let (index, identity) = (databases.index(), databases.identity());
    let connections = std::cell::RefCell::new((index, identity));
    let answered = std::cell::Cell::new(0);
    runner(1_500)
        .run(&asked(), |asked| {
            let Ok(query) = asked.parse() else { return Ok(()) };
            let (index, identity) = &mut *connections.borrow_mut();
            let found = schema::search::run(index, identity, &query);
            prop_assert!(found.is_ok(), "{:?}", found.err());
            prop_assert!(index.transaction(|_| Ok::<_, diesel::result::Error>(())).is_ok());
            answered.set(answered.get() + 1);
            Ok(())
        })
        .expect("an answer to each");
    assert!(answered.get() > 150, "{}", answered.get());
}

#[test]
fn refuses_requests_that_are_too_large() {
    let many: Vec<(String, String)> = (0..10_000).map(|number| ("PatientID".to_owned(), number.to_string())).collect();
    let asked = Request { matching: &many, ..Request::of(Level::Study) };
    assert!(Query::parse(&asked).is_err());
    for (name, value) in [
        ("PatientID", "x".repeat(1_000_000)),
        ("StudyDate", "9".repeat(1_000_000)),
        ("StudyInstanceUID", "1,".repeat(20_000) + "2"),
        ("PatientName", "?".repeat(201)),
    ] {
        let refused = Query::parse(&Request { matching: &[(name.to_owned(), value)], ..Request::of(Level::Study) });
        assert!(refused.expect_err(name).to_string().starts_with(name));
    }
    let long = "a".repeat(1_000_000);
    let refused = Query::parse(&Request { include: &[long], ..Request::of(Level::Study) });
    assert!(refused.expect_err("a refusal").to_string().len() < 200);
}
