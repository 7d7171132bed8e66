//! The Store Instances Response (PS3.18 §10.5.3, Annex I).

use std::rc::Rc;

use serde_json::Value;

use crate::answer::Answer;
use crate::client::Request;
use crate::requirement::{Finding, Requirement, Verdict, may, shall, should};
use crate::store::{BOUNDARY, stow};
use crate::suite::{DICOM, Seen, Suite, XML};

/// The answer to an object of another Study than the path's.
fn refused(suite: &Suite) -> Result<(Seen, String), Finding> {
    let subject = suite.fresh();
    let path = format!("/studies/{}", suite.uids.next());
    Ok((suite.stow(&path, &[subject.file()]), subject.instance))
}

/// The answer to an object whose end is missing, and what it says of it if it is stored with a warning.
fn odd(suite: &Suite) -> Result<(Rc<Answer>, Value), Finding> {
    let file = suite.fresh().file();
    let answer = suite.stow("/studies", &[file[..file.len() - 5].to_vec()])?;
    if answer.status >= 300 {
        return Err(Finding::NotApplicable("an object whose end is missing is not stored".into()));
    }
    let item = suite.item(&answer, "00081199")?;
    if answer.status == 200 && number(&item, "00081196").is_none() {
        return Err(Finding::NotApplicable("an object whose end is missing is stored without a warning".into()));
    }
    Ok((answer, item))
}

/// A number in an item.
fn number(item: &Value, tag: &str) -> Option<u64> {
    item[tag]["Value"][0].as_u64()
}

/// An object made bad in some way is not stored, for this reason if one is given.
fn fails(suite: &Suite, spoil: fn(&Suite) -> Vec<u8>, reasons: std::ops::RangeInclusive<u64>) -> Verdict {
    let answer = suite.stow("/studies", &[spoil(suite)])?;
    answer.status_in(&[400, 409])?;
    let module: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let items = ["00081198", "0008119A"].iter().filter_map(|tag| module[*tag]["Value"][0].get("00081197"));
    let reason = items.filter_map(|reason| reason["Value"][0].as_u64()).next();
    answer
        .holds(reason.is_none_or(|reason| reasons.contains(&reason)), format!("the reason is {reason:04X?}"))
        .map(drop)
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-10.5.3-001", "PS3.18 §10.5.3.1", "All stored is answered with 200.", |s| {
        s.stored(0)?.status(200).map(drop)
    }),
    shall(
        "WEB-10.5.3-002",
        "PS3.18 §10.5.3",
        "The answer is a Store Instances Response in DICOM JSON on request.",
        |s| {
            let answer = s.stored(0)?;
            s.module(&answer).map(drop)
        },
    ),
    shall(
        "WEB-10.5.3-003",
        "PS3.18 §10.5.3, Annex I",
        "Referenced SOP Sequence lists every Instance that was stored.",
        |s| {
            let answer = s.stored(0)?;
            let module = s.module(&answer)?;
            let count = module["00081199"]["Value"].as_array().map_or(0, Vec::len);
            answer.holds(count == 4, format!("{count} of four are listed")).map(drop)
        },
    ),
    shall(
        "WEB-10.5.3-004",
        "PS3.18 Annex I",
        "An item has Referenced SOP Class UID and Referenced SOP Instance UID.",
        |s| {
            let answer = s.stored(1)?;
            let item = s.item(&answer, "00081199")?;
            let rich = &s.subjects.rich;
            answer.holds(item["00081155"]["Value"][0] == rich.instance.as_str(), "no Referenced SOP Instance UID")?;
            answer.holds(item["00081150"]["Value"][0] == rich.class, "no Referenced SOP Class UID").map(drop)
        },
    ),
    shall("WEB-10.5.3-005", "PS3.18 Annex I", "An item has the Retrieve URL of the Instance, which resolves.", |s| {
        let answer = s.stored(1)?;
        let item = s.item(&answer, "00081199")?;
        let url =
            item["00081190"]["Value"][0].as_str().ok_or_else(|| answer.failed("there is no Retrieve URL"))?.to_owned();
        s.status(&url, DICOM, 200)
    }),
    should("WEB-10.5.3-006", "PS3.18 Annex I", "The response has the Retrieve URL of its one Study.", |s| {
        let answer = s.stored(1)?;
        let module = s.module(&answer)?;
        let url = module["00081190"]["Value"][0].as_str().unwrap_or_default().to_owned();
        answer.holds(url.ends_with(&s.subjects.rich.study()), format!("it is {url:?}")).map(drop)
    }),
    shall("WEB-10.5.3-007", "PS3.18 §10.5.3.1", "Nothing stored is answered with 409.", |s| {
        refused(s)?.0?.status(409).map(drop)
    }),
    shall("WEB-10.5.3-008", "PS3.18 Annex I", "Failed SOP Sequence names what was not stored.", |s| {
        let (answer, instance) = refused(s)?;
        let answer = answer?;
        let item = s.item(&answer, "00081198")?;
        answer.holds(item["00081155"]["Value"][0] == instance.as_str(), "it names another").map(drop)
    }),
    shall("WEB-10.5.3-009", "PS3.18 Annex I", "An item of Failed SOP Sequence has a Failure Reason.", |s| {
        let answer = refused(s)?.0?;
        let item = s.item(&answer, "00081198")?;
        answer.holds(number(&item, "00081197").is_some(), "there is none").map(drop)
    }),
    shall(
        "WEB-10.5.3-010",
        "PS3.18 §10.5.3.1",
        "Some stored and some not is answered with 202 and both sequences.",
        |s| {
            let (good, bad) = (s.fresh(), s.fresh());
            let answer = s.stow(&good.study(), &[good.file(), bad.file()])?;
            answer.status(202)?;
            s.item(&answer, "00081199")?;
            s.item(&answer, "00081198").map(drop)
        },
    ),
    shall("WEB-10.5.3-011", "PS3.18 §10.5.3.1", "What is no DICOM object is not stored.", |s| {
        fails(s, |_| b"this is no DICOM".to_vec(), 0xC000..=0xCFFF)
    }),
    shall("WEB-10.5.3-012", "PS3.18 §10.5.3.1", "An object that breaks off in its header is not stored.", |s| {
        fails(s, |s| s.fresh().file()[..300].to_vec(), 0x0100..=0xFFFF)
    }),
    shall("WEB-10.5.3-013", "PS3.18 §10.5.3.1", "An object without SOP Instance UID is not stored.", |s| {
        fails(
            s,
            |s| {
                let mut subject = s.fresh();
                subject.data_set.without(0x0008_0018);
                subject.file()
            },
            0x0100..=0xFFFF,
        )
    }),
    shall("WEB-10.5.3-014", "PS3.18 §10.5.3.1", "An object without Study Instance UID is not stored.", |s| {
        fails(
            s,
            |s| {
                let mut subject = s.fresh();
                subject.data_set.without(0x0020_000d);
                subject.file()
            },
            0x0100..=0xFFFF,
        )
    }),
    shall("WEB-10.5.3-015", "PS3.18 §10.5.3.1", "An object whose UID climbs out of folders is not stored.", |s| {
        fails(
            s,
            |s| {
                let mut subject = s.fresh();
                subject.data_set.text(0x0008_0018, "UI", "../../1.2");
                subject.file()
            },
            0x0100..=0xFFFF,
        )
    }),
    should(
        "WEB-10.5.3-016",
        "PS3.18 §10.5.3.1",
        "An object whose UID has more than 64 characters is not stored.",
        |s| {
            let long = |s: &Suite| {
                let mut subject = s.fresh();
                subject.data_set.text(0x0008_0018, "UI", &format!("1.{}", "2".repeat(70)));
                subject.file()
            };
            fails(s, long, 0x0100..=0xFFFF)
        },
    ),
    should(
        "WEB-10.5.3-017",
        "PS3.18 §10.5",
        "Another object under a UID that is there is not silently taken for it.",
        |s| {
            let first = s.fresh();
            s.stow("/studies", &[first.file()])?.status(200)?;
            let mut second = first.clone();
            second.data_set.text(0x0008_103e, "LO", "another");
            let answer = s.stow("/studies", &[second.file()])?;
            if answer.status == 409 {
                return Ok(());
            }
            let (metadata, found) = s.metadata(&first)?;
            metadata.holds(found["0008103E"]["Value"][0] == "another", "200, but the first is what is there").map(drop)
        },
    ),
    shall("WEB-10.5.3-018", "PS3.18 §10.5.3", "The response is available in XML.", |s| {
        let request = Request { headers: Vec::new(), ..stow("/studies", &[s.fresh().file()]) };
        let content_type = format!("multipart/related; type=\"application/dicom\"; boundary={BOUNDARY}");
        let answer =
            s.store(request.header("Content-Type", &content_type).accept(&format!("application/dicom+xml, {XML}")))?;
        let text = String::from_utf8_lossy(&answer.status(200)?.body).into_owned();
        answer.holds(text.contains("NativeDicomModel"), "it is no Native DICOM Model").map(drop)
    }),
    shall("WEB-10.5.3-019", "PS3.18 Annex I", "An Instance stored with a warning has a Warning Reason.", |s| {
        let (answer, item) = odd(s)?;
        let reason = number(&item, "00081196");
        let known = [0xB000, 0xB006, 0xB007];
        answer.holds(reason.is_some_and(|reason| known.contains(&reason)), format!("it is {reason:04X?}")).map(drop)
    }),
    shall("WEB-10.5.3-020", "PS3.18 §10.5.3.1", "Stored with a warning is answered with 202.", |s| {
        odd(s)?.0.status(202).map(drop)
    }),
    may("WEB-10.5.3-021", "RFC 7234 §5.5", "What is odd of an Instance that was stored is said in words too.", |s| {
        odd(s)?.0.warns().map(drop)
    }),
];
