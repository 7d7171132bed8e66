//! Modality Performed Procedure Step Service (PS3.18 §15) with the rules of PS3.4 §F.7.

use serde_json::{Value, json};

use crate::client::Request;
use crate::requirement::{Finding, Requirement, Verdict, shall, should};
use crate::suite::{JSON, Seen, Suite};

const XML: &str = "application/dicom+xml";

fn path(step: &str) -> String {
    format!("/modality-performed-procedure-steps/{step}")
}

fn post(suite: &Suite, path: &str, body: &Value) -> Seen {
    suite.ask(Request::post(path, JSON, body.to_string().into_bytes()).accept(JSON))
}

fn started(suite: &Suite) -> Value {
    let scheduled = json!({ "0020000D": { "vr": "UI", "Value": [suite.uids.next()] } });
    json!({
        "00400270": { "vr": "SQ", "Value": [scheduled] },
        "00400253": { "vr": "SH", "Value": ["PP1"] },
        "00400241": { "vr": "AE", "Value": ["CT1"] },
        "00400244": { "vr": "DA", "Value": ["20261126"] },
        "00400245": { "vr": "TM", "Value": ["0805"] },
        "00400252": { "vr": "CS", "Value": ["IN PROGRESS"] },
        "00080060": { "vr": "CS", "Value": ["CT"] },
        "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Müller^Jörg" }] },
    })
}

fn ended(suite: &Suite, status: &str) -> Value {
    let series = json!({
        "0020000E": { "vr": "UI", "Value": [suite.uids.next()] },
        "00181030": { "vr": "LO", "Value": ["Head"] },
    });
    json!({
        "00400252": { "vr": "CS", "Value": [status] },
        "00400250": { "vr": "DA", "Value": ["20261126"] },
        "00400251": { "vr": "TM", "Value": ["0815"] },
        "00400340": { "vr": "SQ", "Value": [series] },
    })
}

fn without(mut step: Value, tag: &str) -> Value {
    if let Some(step) = step.as_object_mut() {
        step.remove(tag);
    }
    step
}

/// A step that was created.
fn created(suite: &Suite) -> Result<String, Finding> {
    let step = suite.uids.next();
    let answer = post(suite, &path(&step), &started(suite))?;
    if matches!(answer.status, 404 | 405 | 501) {
        return Err(Finding::NotApplicable("performed procedure steps are not offered".into()));
    }
    answer.status(201)?;
    Ok(step)
}

/// A step that cannot be created so.
fn refuses(suite: &Suite, body: &Value) -> Verdict {
    created(suite)?;
    post(suite, &path(&suite.uids.next()), body)?.status(400).map(drop)
}

fn update(suite: &Suite, step: &str, body: &Value) -> Seen {
    post(suite, &format!("{}?update", path(step)), body)
}

/// The step has a value.
fn has(suite: &Suite, step: &str, tag: &str, value: &str) -> Verdict {
    let answer = suite.get(&format!("{}?includefield=all", path(step)), JSON)?;
    let found = answer.json()?;
    answer.holds(found[tag]["Value"][0] == value, format!("{tag} is {}", found[tag])).map(drop)
}

pub(super) const TABLE: &[Requirement] = &[
    shall("WEB-15.4-001", "PS3.18 §15.4.3", "A step in progress is created: 201.", |s| created(s).map(drop)),
    shall("WEB-15.4-002", "PS3.18 §15.4.3", "A step of a UID that is in use is refused with 409.", |s| {
        let step = created(s)?;
        post(s, &path(&step), &started(s))?.status(409).map(drop)
    }),
    shall("WEB-15.4-003", "PS3.4 §F.7.2.1.3", "A new step that is not in progress is refused with 400.", |s| {
        let mut done = started(s);
        done["00400252"]["Value"][0] = json!("COMPLETED");
        refuses(s, &done)
    }),
    shall("WEB-15.4-004", "PS3.4 Table F.7.2-1", "A new step needs Scheduled Step Attributes.", |s| {
        refuses(s, &without(started(s), "00400270"))
    }),
    shall("WEB-15.4-005", "PS3.4 Table F.7.2-1", "A new step needs a Performed Procedure Step ID.", |s| {
        refuses(s, &without(started(s), "00400253"))
    }),
    shall("WEB-15.4-006", "PS3.4 Table F.7.2-1", "A new step needs a Performed Station AE Title.", |s| {
        refuses(s, &without(started(s), "00400241"))
    }),
    shall("WEB-15.4-007", "PS3.4 Table F.7.2-1", "A new step needs a Start Date and Time.", |s| {
        refuses(s, &without(started(s), "00400244"))?;
        refuses(s, &without(started(s), "00400245"))
    }),
    shall("WEB-15.4-008", "PS3.4 Table F.7.2-1", "A new step needs a Modality.", |s| {
        refuses(s, &without(started(s), "00080060"))
    }),
    shall("WEB-15.4-009", "PS3.18 §15.4.3", "A payload that cannot be read is refused with 400.", |s| {
        created(s)?;
        s.ask(Request::post(path(&s.uids.next()), JSON, b"{".to_vec()).accept(JSON))?.status(400).map(drop)
    }),
    shall("WEB-15.4-010", "PS3.18 §8.5", "A payload of another kind is refused with 415.", |s| {
        created(s)?;
        s.ask(Request::post(path(&s.uids.next()), "text/plain", b"x".to_vec()).accept(JSON))?.status(415).map(drop)
    }),
    should("WEB-15.4-011", "PS3.18 §15.1.1", "A UID that is none is refused with 400.", |s| {
        created(s)?;
        post(s, &path("no-uid"), &started(s))?.status(400).map(drop)
    }),
    shall("WEB-15.5-001", "PS3.18 §15.5.3", "A step in progress is updated: 200.", |s| {
        let step = created(s)?;
        update(s, &step, &json!({ "00400254": { "vr": "LO", "Value": ["Head"] } }))?.status(200)?;
        has(s, &step, "00400254", "Head")
    }),
    shall("WEB-15.5-002", "PS3.18 §15.5.3", "A step is completed.", |s| {
        let step = created(s)?;
        update(s, &step, &ended(s, "COMPLETED"))?.status(200)?;
        has(s, &step, "00400252", "COMPLETED")
    }),
    shall("WEB-15.5-003", "PS3.18 §15.5.3", "A step is discontinued.", |s| {
        let step = created(s)?;
        update(s, &step, &ended(s, "DISCONTINUED"))?.status(200)?;
        has(s, &step, "00400252", "DISCONTINUED")
    }),
    shall("WEB-15.5-004", "PS3.4 §F.7.2.2.3", "A completed step is not updated any more: 409.", |s| {
        let step = created(s)?;
        update(s, &step, &ended(s, "COMPLETED"))?.status(200)?;
        update(s, &step, &ended(s, "DISCONTINUED"))?.status(409)?;
        has(s, &step, "00400252", "COMPLETED")
    }),
    shall("WEB-15.5-005", "PS3.18 §15.5.3", "The update of a step that there is not is answered with 404.", |s| {
        created(s)?;
        update(s, &s.uids.next(), &ended(s, "COMPLETED"))?.status(404).map(drop)
    }),
    shall("WEB-15.5-006", "PS3.4 Table F.7.2-1", "A step does not end without End Date and Time.", |s| {
        let step = created(s)?;
        update(s, &step, &without(ended(s, "COMPLETED"), "00400250"))?.status_in(&[400, 409])?;
        update(s, &step, &without(ended(s, "COMPLETED"), "00400251"))?.status_in(&[400, 409])?;
        has(s, &step, "00400252", "IN PROGRESS")
    }),
    shall("WEB-15.5-007", "PS3.4 Table F.7.2-1", "A step is not completed without a Performed Series Sequence.", |s| {
        let step = created(s)?;
        update(s, &step, &without(ended(s, "COMPLETED"), "00400340"))?.status_in(&[400, 409]).map(drop)
    }),
    shall("WEB-15.5-008", "PS3.4 Table F.7.2-1", "A status that there is not is refused.", |s| {
        let step = created(s)?;
        update(s, &step, &ended(s, "DONE"))?.status_in(&[400, 409]).map(drop)
    }),
    shall("WEB-15.5-009", "PS3.4 Table F.7.2-1", "What is not allowed in an update is not changed.", |s| {
        let step = created(s)?;
        update(s, &step, &json!({ "00080060": { "vr": "CS", "Value": ["MR"] } }))?.status_in(&[400, 409])?;
        has(s, &step, "00080060", "CT")
    }),
    should("WEB-15.5-010", "PS3.18 §B.38", "Update is understood at the path of the example too.", |s| {
        let step = created(s)?;
        post(s, &format!("{}/update", path(&step)), &ended(s, "COMPLETED"))?.status(200).map(drop)
    }),
    shall("WEB-15.6-001", "PS3.18 §15.6.3", "A step is retrieved as it was created.", |s| {
        let step = created(s)?;
        let found = s.get(&path(&step), JSON)?.json()?;
        let same = found["00100010"] == started(s)["00100010"];
        s.get(&path(&step), JSON)?.holds(same, format!("(0010,0010) is {}", found["00100010"])).map(drop)
    }),
    shall("WEB-15.6-002", "PS3.18 §15.6.1.2", "includefield chooses the Attributes that come.", |s| {
        let step = created(s)?;
        let answer = s.get(&format!("{}?includefield=00080060,00400252", path(&step)), JSON)?;
        let found = answer.json()?;
        let tags: Vec<&String> = found.as_object().map(|step| step.keys().collect()).unwrap_or_default();
        answer.holds(tags == ["00080060", "00400252"], format!("there are {tags:?}")).map(drop)
    }),
    shall("WEB-15.6-003", "PS3.18 §15.6.3", "A step that there is not is answered with 404.", |s| {
        created(s)?;
        s.status(&path(&s.uids.next()), JSON, 404)
    }),
    shall("WEB-15.6-004", "PS3.18 §8.7.3.2", "A step is given in XML.", |s| s.gives(&path(&created(s)?), XML, XML)),
    should("WEB-15.6-005", "PS3.18 §8.7.4", "A media type that there is not is answered with 406.", |s| {
        s.status(&path(&created(s)?), "image/png", 406)
    }),
    shall("WEB-15.6-006", "PS3.18 §8.5", "Nobody sees a step without being known.", |s| {
        if !s.server.has_credentials() {
            return Err(Finding::NotApplicable("the server lets everybody in".into()));
        }
        let step = created(s)?;
        s.ask(Request::get(path(&step)).accept(JSON).as_nobody())?.status_in(&[401, 403]).map(drop)
    }),
];
