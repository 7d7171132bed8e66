//! Modality Scheduled Procedure Step Service (PS3.18 §14). The Standard has no transaction that fills a worklist: the suite
//! puts its item there as this gateway and others let it, and says that a server is not tested when that does not work.

use serde_json::{Value, json};

use crate::client::Request;
use crate::requirement::{Finding, Requirement, Verdict, shall, should};
use crate::suite::{JSON, Suite, XML};

const PATH: &str = "/modality-scheduled-procedure-steps";
/// Study Instance UID of the item.
pub(super) const STUDY: &str = "2.25.8134007420217";

/// The item: its station tells it from all others.
fn item(suite: &Suite) -> Value {
    let step = json!({
        "00400001": { "vr": "AE", "Value": [station(suite)] },
        "00400002": { "vr": "DA", "Value": ["20261126"] },
        "00400003": { "vr": "TM", "Value": ["0930"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
        "00400006": { "vr": "PN", "Value": [{ "Alphabetic": "Röntgen^Wilhelm" }] },
        "00400007": { "vr": "LO", "Value": ["Head, native"] },
        "00400009": { "vr": "SH", "Value": [suite.subjects.run] },
    });
    json!({
        "0020000D": { "vr": "UI", "Value": [STUDY] },
        "00080050": { "vr": "SH", "Value": [format!("ACC{}", suite.subjects.run)] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎" }] },
        "00100020": { "vr": "LO", "Value": [format!("MWL{}", suite.subjects.run)] },
        "00100030": { "vr": "DA", "Value": ["19700101"] },
        "00321060": { "vr": "LO", "Value": ["CT of the head"] },
        "00401001": { "vr": "SH", "Value": ["RP1"] },
        "00400100": { "vr": "SQ", "Value": [step] },
    })
}

/// AE title that the item is for.
pub(super) fn station(suite: &Suite) -> String {
    format!("CF{}", suite.subjects.run)
}

/// Makes sure that the item is there.
pub(super) fn filled(suite: &Suite) -> Result<(), Finding> {
    let there = suite.get(&format!("{PATH}?00400100.00400001={}&filled", station(suite)), JSON);
    if there.is_ok_and(|answer| answer.status == 200 && answer.array().is_ok_and(|items| !items.is_empty())) {
        return Ok(());
    }
    let put = suite.ask(Request::post(PATH, JSON, item(suite).to_string().into_bytes()).accept(JSON))?;
    match put.status {
        200..=299 => Ok(()),
        _ => Err(Finding::NotApplicable("the worklist cannot be filled by POST".into())),
    }
}

/// The items that match these keys and have the suite's station.
fn found(suite: &Suite, keys: &str) -> Result<Vec<Value>, Finding> {
    filled(suite)?;
    let path = format!("{PATH}?00400100.00400001={}&{keys}", station(suite));
    suite.get(&path, JSON)?.array()
}

fn finds(suite: &Suite, keys: &str) -> Verdict {
    count(suite, keys, 1)
}

fn finds_not(suite: &Suite, keys: &str) -> Verdict {
    count(suite, keys, 0)
}

fn count(suite: &Suite, keys: &str, expected: usize) -> Verdict {
    let seen = found(suite, keys)?.len();
    holds(seen == expected, format!("{seen} items instead of {expected} for {keys}"))
}

fn holds(condition: bool, reason: String) -> Verdict {
    let failed = || Finding::Failed { reason, request: PATH.into(), status: None };
    if condition { Ok(()) } else { Err(failed()) }
}

/// The item has a value at this place.
fn has(suite: &Suite, keys: &str, pointer: &str, value: &str) -> Verdict {
    let items = found(suite, keys)?;
    let seen = items.first().and_then(|item| item.pointer(pointer));
    holds(seen.is_some_and(|seen| seen == value), format!("{pointer} is {seen:?}"))
}

fn is_there(suite: &Suite, tags: &[&str], of_step: bool) -> Verdict {
    let items = found(suite, "")?;
    let item = items.first().unwrap_or(&Value::Null);
    let data_set = if of_step { &item["00400100"]["Value"][0] } else { item };
    let missing: Vec<_> = tags.iter().filter(|tag| data_set.get(**tag).is_none()).collect();
    holds(missing.is_empty(), format!("these are missing: {missing:?}"))
}

pub(super) const TABLE: &[Requirement] = &[
    shall("WEB-14.4-001", "PS3.18 §14.4.3", "A search of the worklist is answered with 200 and DICOM JSON.", |s| {
        filled(s)?;
        s.gives(&format!("{PATH}?00400100.00400001={}", station(s)), JSON, JSON)
    }),
    shall(
        "WEB-14.4-002",
        "PS3.18 §14.4.3",
        "A search that matches nothing is answered with 200 and an empty list.",
        |s| finds_not(s, "PatientID=NOBODY-AT-ALL"),
    ),
    shall("WEB-14.4-003", "PS3.18 §14.1.3", "Items are given in XML, one in a part.", |s| {
        filled(s)?;
        s.gives_parts(&format!("{PATH}?00400100.00400001={}", station(s)), XML, "application/dicom+xml", 1)
    }),
    shall("WEB-14.4-004", "PS3.4 Table K.6-1", "Scheduled Station AE Title is a matching key.", |s| finds(s, "")),
    shall("WEB-14.4-005", "PS3.4 Table K.6-1", "Modality of the step is a matching key.", |s| {
        finds(s, "00400100.00080060=CT")?;
        finds_not(s, "00400100.00080060=MR")
    }),
    shall("WEB-14.4-006", "PS3.4 Table K.6-1", "Scheduled Procedure Step Start Date is a matching key.", |s| {
        finds(s, "00400100.00400002=20261126")?;
        finds_not(s, "00400100.00400002=20261127")
    }),
    shall("WEB-14.4-007", "PS3.4 Table K.6-1", "Scheduled Procedure Step Start Date is matched by range.", |s| {
        finds(s, "00400100.00400002=20261101-20261130")?;
        finds(s, "00400100.00400002=20261126-")?;
        finds_not(s, "00400100.00400002=-20261125")
    }),
    shall("WEB-14.4-008", "PS3.4 Table K.6-1", "Scheduled Procedure Step Start Time is a matching key.", |s| {
        finds(s, "00400100.00400003=0900-1000")?;
        finds_not(s, "00400100.00400003=1000-1100")
    }),
    shall(
        "WEB-14.4-009",
        "PS3.4 §K.6.1.2.2",
        "Ranges of Start Date and Start Time together are one range from a moment to another.",
        |s| {
            finds(s, "00400100.00400002=20261125-20261126&00400100.00400003=2200-1000")?;
            finds_not(s, "00400100.00400002=20261125-20261126&00400100.00400003=0800-0900")
        },
    ),
    shall("WEB-14.4-010", "PS3.4 Table K.6-1", "Scheduled Performing Physician's Name is a matching key.", |s| {
        finds(s, "00400100.00400006=R%C3%B6ntgen*")?;
        finds_not(s, "00400100.00400006=Curie*")
    }),
    shall("WEB-14.4-011", "PS3.4 Table K.6-1", "Patient's Name is a matching key, with wild cards.", |s| {
        finds(s, "PatientName=Yamada*")?;
        finds(s, "PatientName=Yam?da%5ETarou")?;
        finds_not(s, "PatientName=Suzuki*")
    }),
    should("WEB-14.4-012", "PS3.4 §C.2.2.2.1", "Patient's Name is matched in its ideographic group too.", |s| {
        finds(s, "PatientName=%3D%E5%B1%B1%E7%94%B0*")
    }),
    shall("WEB-14.4-013", "PS3.4 Table K.6-1", "Patient ID is a matching key.", |s| {
        finds(s, &format!("PatientID=MWL{}", s.subjects.run))?;
        finds_not(s, "PatientID=MWL")
    }),
    should("WEB-14.4-014", "PS3.4 Table K.6-1", "Accession Number is a matching key.", |s| {
        finds(s, &format!("AccessionNumber=ACC{}", s.subjects.run))?;
        finds_not(s, "AccessionNumber=ACC")
    }),
    should(
        "WEB-14.4-015",
        "PS3.4 Table K.6-1",
        "Requested Procedure ID and Study Instance UID are matching keys.",
        |s| {
            finds(s, &format!("RequestedProcedureID=RP1&StudyInstanceUID={STUDY}"))?;
            finds_not(s, "RequestedProcedureID=RP2")
        },
    ),
    shall("WEB-14.4-016", "PS3.4 §C.2.2.2.6", "Keys may be named by keywords.", |s| {
        finds(s, "ScheduledProcedureStepSequence.Modality=CT")
    }),
    shall("WEB-14.4-017", "PS3.4 Table K.6-1", "Attributes of the step of return key type 1 and 2 come back.", |s| {
        let tags = ["00400001", "00400002", "00400003", "00080060", "00400006", "00400009", "00400010", "00400011"];
        is_there(s, &tags, true)
    }),
    shall(
        "WEB-14.4-018",
        "PS3.4 Table K.6-1",
        "Attributes of the request of return key type 1 and 2 come back.",
        |s| is_there(s, &["00401001", "00321060", "0020000D", "00081110", "00401003", "00401004", "00080050"], false),
    ),
    shall(
        "WEB-14.4-019",
        "PS3.4 Table K.6-1",
        "Attributes of the patient of return key type 1 and 2 come back.",
        |s| {
            let tags = ["00100010", "00100020", "00100030", "00100040", "00101030", "00403001", "00380500", "00102110"];
            is_there(s, &tags, false)
        },
    ),
    shall("WEB-14.4-020", "PS3.4 §K.6.1.2", "Each item has one Item in its Scheduled Procedure Step Sequence.", |s| {
        let items = found(s, "")?;
        let one = |item: &Value| item["00400100"]["Value"].as_array().map(Vec::len) == Some(1);
        holds(!items.is_empty() && items.iter().all(one), "there are more or none".into())
    }),
    shall("WEB-14.4-021", "PS3.18 §F.2", "Names come back in all their component groups.", |s| {
        has(s, "", "/00100010/Value/0/Ideographic", "山田^太郎")
    }),
    shall("WEB-14.4-022", "PS3.18 §8.3.4.3", "includefield adds an Attribute.", |s| {
        has(s, "includefield=00400100.00400007", "/00400100/Value/0/00400007/Value/0", "Head, native")
    }),
    shall("WEB-14.4-023", "PS3.18 §8.3.4.4", "limit and offset page the worklist.", |s| {
        finds(s, "limit=1&offset=0")?;
        finds_not(s, "limit=1&offset=1")
    }),
    shall("WEB-14.4-024", "PS3.18 §14.4.3", "A key that there is not is refused with 400.", |s| {
        filled(s)?;
        s.status(&format!("{PATH}?NoSuchAttribute=1"), JSON, 400)
    }),
    shall("WEB-14.4-025", "PS3.18 §14.4.3", "A date that is none is refused with 400.", |s| {
        filled(s)?;
        s.status(&format!("{PATH}?00400100.00400002=yesterday"), JSON, 400)
    }),
    should("WEB-14.4-026", "PS3.18 §8.3.4.2", "fuzzymatching finds names by their words.", |s| {
        finds(s, "PatientName=tarou%20yamada&fuzzymatching=true")
    }),
    should("WEB-14.4-027", "PS3.3 §C.4.10", "A step that has not begun is SCHEDULED.", |s| {
        has(s, "includefield=00400100.00400020", "/00400100/Value/0/00400020/Value/0", "SCHEDULED")
    }),
    shall("WEB-14.4-028", "PS3.18 §8.5", "Nobody sees the worklist without being known.", |s| {
        if !s.server.has_credentials() {
            return Err(Finding::NotApplicable("the server lets everybody in".into()));
        }
        filled(s)?;
        s.ask(Request::get(PATH).accept(JSON).as_nobody())?.status_in(&[401, 403]).map(drop)
    }),
];
