//! includefield, limit and offset (PS3.18 §8.3.4.3, §8.3.4.4).

use std::collections::BTreeSet;

use crate::requirement::{Requirement, Verdict, shall, should};
use crate::suite::{JSON, Suite};

fn refuses(suite: &Suite, keys: &str) -> Verdict {
    suite.status(&format!("/studies?{keys}"), JSON, 400)
}

/// Search of the Instances of the first Study.
fn instances(suite: &Suite, parameters: &str) -> String {
    format!("{}/instances?{parameters}", suite.subjects.ct[0].study())
}

pub(in crate::requirements) const TABLE: &[Requirement] = &[
    shall("WEB-8.3.4-201", "PS3.18 §8.3.4.3", "includefield adds an Attribute: by keyword.", |s| {
        s.match_has(
            &s.first("&includefield=StudyDescription"),
            "00081030",
            r#"{"vr":"LO","Value":["Conformance chest 100%"]}"#,
        )
    }),
    shall("WEB-8.3.4-202", "PS3.18 §8.3.4.3", "includefield adds an Attribute: by tag.", |s| {
        s.match_has(&s.first("&includefield=00081030"), "00081030", r#"{"vr":"LO","Value":["Conformance chest 100%"]}"#)
    }),
    shall("WEB-8.3.4-203", "PS3.18 §8.3.4.3", "includefield may be a list.", |s| {
        s.match_has_all(&s.first("&includefield=00081030,PatientBirthDate"), &["00081030", "00100030"])
    }),
    shall("WEB-8.3.4-204", "PS3.18 §8.3.4.3", "includefield may come several times.", |s| {
        s.match_has_all(&s.first("&includefield=00081030&includefield=00100030"), &["00081030", "00100030"])
    }),
    shall("WEB-8.3.4-205", "PS3.18 §8.3.4.3", "A list in includefield may be percent-encoded.", |s| {
        s.match_has_all(&s.first("&includefield=00081030%2C00100030"), &["00081030", "00100030"])
    }),
    shall(
        "WEB-8.3.4-206",
        "PS3.18 §8.3.4.3",
        "includefield=all adds every Attribute of the level that there is.",
        |s| s.match_has_all(&s.first("&includefield=all"), &["00081030", "00080020", "00201206"]),
    ),
    should("WEB-8.3.4-207", "PS3.18 §8.3.4.3", "includefield=all adds every Attribute of Instances.", |s| {
        s.match_has_all(
            &format!("{}/instances?includefield=all", s.subjects.ct[0].series()),
            &["00080008", "00200032", "00281052"],
        )
    }),
    should("WEB-8.3.4-208", "PS3.18 §8.3.4.3", "includefield adds an Attribute of Series.", |s| {
        s.match_has_all(
            &format!("{}/series?Modality=CT&includefield=BodyPartExamined", s.subjects.ct[0].study()),
            &["00180015"],
        )
    }),
    should("WEB-8.3.4-209", "PS3.18 §8.3.4.3", "includefield adds any Attribute of Instances.", |s| {
        s.match_has_all(
            &format!("{}/instances?includefield=ImagePositionPatient", s.subjects.ct[0].series()),
            &["00200032"],
        )
    }),
    should("WEB-8.3.4-210", "PS3.18 §8.3.4.3", "An includefield that does not exist gives 400.", |s| {
        refuses(s, "includefield=NoSuchAttribute")
    }),
    shall(
        "WEB-8.3.4-211",
        "PS3.18 §10.6.3.3.1",
        "A search of Studies gives no Attribute of Series or Instances.",
        |s| s.match_lacks(&s.first("&includefield=SeriesDescription"), "0008103E"),
    ),
    shall("WEB-8.3.4-212", "PS3.18 §10.6.3.3.2", "A search of Series gives no Attribute of Instances.", |s| {
        s.match_lacks(&format!("{}/series?includefield=InstanceNumber", s.subjects.ct[0].study()), "00200013")
    }),
    shall("WEB-8.3.4-213", "PS3.18 §8.3.4.4", "limit bounds the number of results.", |s| {
        s.counts(&instances(s, "limit=2"), 2)
    }),
    shall("WEB-8.3.4-214", "PS3.18 §8.3.4.4", "offset skips results.", |s| s.counts(&instances(s, "offset=3"), 1)),
    shall("WEB-8.3.4-215", "PS3.18 §8.3.4.4", "offset past the last result gives none.", |s| {
        s.counts(&instances(s, "offset=99"), 0)
    }),
    shall(
        "WEB-8.3.4-216",
        "PS3.18 §8.3.4.4",
        "limit and offset part the results into pages that neither skip nor repeat.",
        |s| {
            let mut uids = BTreeSet::new();
            for offset in 0..4 {
                let (answer, page) = s.search(&instances(s, &format!("limit=1&offset={offset}")))?;
                let uid = page.first().map(|found| found["00080018"]["Value"][0].to_string());
                uids.insert(uid.ok_or_else(|| answer.failed("the page is empty"))?);
            }
            let (answer, _) = s.search(&instances(s, "limit=1&offset=0"))?;
            answer.holds(uids.len() == 4, format!("four pages gave {} Instances", uids.len())).map(drop)
        },
    ),
    shall("WEB-8.3.4-217", "PS3.18 §8.3.4.4.1", "The same search gives the same order.", |s| {
        let (one, other) = (s.get(&instances(s, ""), JSON)?, s.get(&instances(s, "offset=0"), JSON)?);
        let order = |found: Vec<serde_json::Value>| -> Vec<String> {
            found.iter().map(|found| found["00080018"]["Value"][0].to_string()).collect()
        };
        other.holds(order(one.array()?) == order(other.array()?), "the order differs").map(drop)
    }),
    should("WEB-8.3.4-218", "PS3.18 §8.3.4.4.1", "An answer that leaves results out warns of it.", |s| {
        s.get(&instances(s, "limit=2"), JSON)?.status(200)?.warns().map(drop)
    }),
    shall("WEB-8.3.4-219", "PS3.18 §8.3.4.4.1", "An answer with all results does not warn.", |s| {
        let answer = s.get(&instances(s, "limit=4"), JSON)?;
        answer.status(200)?.holds(answer.header("warning").is_none(), "it warns").map(drop)
    }),
    shall("WEB-8.3.4-220", "PS3.18 §8.3.4.4", "A limit that is no number gives 400.", |s| refuses(s, "limit=abc")),
    shall("WEB-8.3.4-221", "PS3.18 §8.3.4.4", "A negative limit gives 400.", |s| refuses(s, "limit=-1")),
    shall("WEB-8.3.4-222", "PS3.18 §8.3.4.4", "An offset that is no number gives 400.", |s| refuses(s, "offset=abc")),
    shall("WEB-8.3.4-223", "PS3.18 §8.3.4.4", "A negative offset gives 400.", |s| refuses(s, "offset=-1")),
    should("WEB-8.3.4-224", "PS3.18 §8.3.4.4", "A limit beyond measure is answered, not failed.", |s| {
        let answer = s.get(&instances(s, "limit=99999999999999999999"), JSON)?;
        answer.status_in(&[200, 400]).map(drop)
    }),
    shall("WEB-8.3.4-225", "PS3.18 §8.3.4.4.1", "A limit of 0 gives no result.", |s| {
        s.counts(&instances(s, "limit=0"), 0)
    }),
    shall(
        "WEB-8.3.4-226",
        "PS3.18 §8.3.4",
        "What a viewer asks first is answered: limit, offset, fuzzymatching, includefield.",
        |s| {
            let fields = "includefield=00081030%2C00080060%2C00080090%2C00100030";
            s.counts(&s.first(&format!("&limit=101&offset=0&fuzzymatching=false&{fields}")), 1)
        },
    ),
];
