//! Storage Commitment Service (PS3.18 §13).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Request;
use crate::requirement::{Finding, Requirement, Verdict, may, shall, should};
use crate::subjects::Subject;
use crate::suite::{JSON, Seen, Suite};

const XML: &str = "application/dicom+xml";

fn ui(uid: &str) -> Value {
    json!({ "vr": "UI", "Value": [uid] })
}

fn reference(class: &str, instance: &str) -> Value {
    json!({ "00081150": ui(class), "00081155": ui(instance) })
}

fn of(subject: &Subject) -> Value {
    reference(subject.class, &subject.instance)
}

fn module(items: &[Value]) -> Value {
    json!({ "00081199": { "vr": "SQ", "Value": items } })
}

fn path(transaction: &str) -> String {
    format!("/commitment-requests/{transaction}")
}

fn post(suite: &Suite, transaction: &str, body: &Value) -> Seen {
    suite.ask(Request::post(path(transaction), JSON, body.to_string().into_bytes()).accept(JSON))
}

/// The result of a request with these items: at once, or by checks.
fn result(suite: &Suite, body: &Value) -> Result<Value, Finding> {
    let transaction = suite.uids.next();
    let answer = post(suite, &transaction, body)?;
    if matches!(answer.status, 404 | 405 | 501) {
        return Err(Finding::NotApplicable("storage commitment is not offered".into()));
    }
    answer.status_in(&[200, 202])?;
    if answer.status == 200 {
        return answer.json();
    }
    checked(suite, &transaction)
}

/// The result by checks, for half a minute.
fn checked(suite: &Suite, transaction: &str) -> Result<Value, Finding> {
    let begun = Instant::now();
    loop {
        // Each with a path of its own, because the suite asks each request once.
        let again = format!("{}?again={}", path(transaction), begun.elapsed().as_nanos());
        let answer = suite.get(&again, JSON)?;
        match answer.status {
            202 if begun.elapsed() < Duration::from_secs(30) => std::thread::sleep(Duration::from_millis(50)),
            _ => return answer.json(),
        }
    }
}

fn offered(suite: &Suite) -> Result<(), Finding> {
    result(suite, &module(&[of(&suite.subjects.ct[0])])).map(drop)
}

fn holds(condition: bool, result: &Value) -> Verdict {
    let failed =
        || Finding::Failed { reason: format!("the result is {result}"), request: "commitment".into(), status: None };
    if condition { Ok(()) } else { Err(failed()) }
}

fn items<'a>(result: &'a Value, tag: &str) -> &'a [Value] {
    result[tag]["Value"].as_array().map_or(&[], Vec::as_slice)
}

/// A study by Study, Series and SOP Class.
fn tree(subject: &Subject, study: &str, instance: &str) -> Value {
    let instances = json!({ "vr": "SQ", "Value": [{ "00081155": ui(instance) }] });
    let class = json!({ "00081150": ui(subject.class), "0008114A": instances });
    let series = json!({ "0020000E": ui(&subject.series), "00081112": { "vr": "SQ", "Value": [class] } });
    let study = json!({ "0020000D": ui(study), "00081115": { "vr": "SQ", "Value": [series] } });
    json!({ "00081110": { "vr": "SQ", "Value": [study] } })
}

/// A transaction that is begun, and its answer.
fn begun(suite: &Suite) -> Result<(String, Seen), Finding> {
    offered(suite)?;
    let transaction = suite.uids.next();
    let answer = post(suite, &transaction, &module(&[of(&suite.subjects.ct[0])]));
    Ok((transaction, answer))
}

pub(super) const TABLE: &[Requirement] = &[
    shall("WEB-13.4-001", "PS3.18 §13.4.3", "A request for a stored Instance is answered with 200 or 202.", |s| {
        begun(s)?.1?.status_in(&[200, 202]).map(drop)
    }),
    shall("WEB-13.4-002", "PS3.18 §J.2", "A stored Instance is in the Referenced SOP Sequence of the result.", |s| {
        let subject = &s.subjects.ct[0];
        let result = result(s, &module(&[of(subject)]))?;
        holds(items(&result, "00081199")[0]["00081155"] == ui(&subject.instance), &result)
    }),
    shall("WEB-13.4-003", "PS3.18 §J.2", "Its SOP Class UID stands beside it.", |s| {
        let subject = &s.subjects.ct[0];
        let result = result(s, &module(&[of(subject)]))?;
        holds(items(&result, "00081199")[0]["00081150"] == ui(subject.class), &result)
    }),
    shall("WEB-13.4-004", "PS3.18 §J.2", "Without a failure there is no Failed SOP Sequence.", |s| {
        let result = result(s, &module(&[of(&s.subjects.ct[0])]))?;
        holds(items(&result, "00081198").is_empty(), &result)
    }),
    shall("WEB-13.4-005", "PS3.18 §J.2", "An Instance that there is not is in the Failed SOP Sequence.", |s| {
        let result = result(s, &module(&[reference(s.subjects.ct[0].class, &s.uids.next())]))?;
        holds(items(&result, "00081198").len() == 1 && items(&result, "00081199").is_empty(), &result)
    }),
    shall("WEB-13.4-006", "PS3.3 §C.14.1.1", "The Failure Reason of an Instance that there is not is 0112H.", |s| {
        let result = result(s, &module(&[reference(s.subjects.ct[0].class, &s.uids.next())]))?;
        holds(items(&result, "00081198").first().is_some_and(|item| item["00081197"]["Value"][0] == 0x0112), &result)
    }),
    shall(
        "WEB-13.4-007",
        "PS3.3 §C.14.1.1",
        "An Instance of another SOP Class than the request names fails with 0119H.",
        |s| {
            let result = result(s, &module(&[reference("1.2.840.10008.5.1.4.1.1.4", &s.subjects.ct[0].instance)]))?;
            holds(
                items(&result, "00081198").first().is_some_and(|item| item["00081197"]["Value"][0] == 0x0119),
                &result,
            )
        },
    ),
    shall("WEB-13.4-008", "PS3.18 §13.1", "Every Instance of a request is in the result once.", |s| {
        let mut asked: Vec<Value> = s.subjects.ct.iter().map(of).collect();
        asked.push(reference(s.subjects.ct[0].class, &s.uids.next()));
        let result = result(s, &module(&asked))?;
        let counts = (items(&result, "00081199").len(), items(&result, "00081198").len());
        holds(counts == (asked.len() - 1, 1), &result)
    }),
    shall("WEB-13.4-009", "PS3.18 §13.4.3", "A Transaction UID that is in use is refused with 409.", |s| {
        let (transaction, first) = begun(s)?;
        first?.status_in(&[200, 202])?;
        post(s, &transaction, &module(&[of(&s.subjects.ct[1])]))?.status(409).map(drop)
    }),
    shall(
        "WEB-13.4-010",
        "PS3.18 §13.4.3",
        "A request without a Storage Commitment Request Module is refused with 400.",
        |s| {
            offered(s)?;
            post(s, &s.uids.next(), &json!({}))?.status(400).map(drop)
        },
    ),
    shall("WEB-13.4-011", "PS3.18 §13.4.3", "A request whose payload cannot be read is refused with 400.", |s| {
        offered(s)?;
        s.ask(Request::post(path(&s.uids.next()), JSON, b"{".to_vec()).accept(JSON))?.status(400).map(drop)
    }),
    should("WEB-13.4-012", "PS3.18 §13.4.1.1", "A Transaction UID that is no UID is refused with 400.", |s| {
        offered(s)?;
        post(s, "no-uid", &module(&[of(&s.subjects.ct[0])]))?.status(400).map(drop)
    }),
    shall("WEB-13.4-013", "PS3.18 §8.5", "A payload of another kind is refused with 415.", |s| {
        offered(s)?;
        s.ask(Request::post(path(&s.uids.next()), "text/plain", b"x".to_vec()).accept(JSON))?.status(415).map(drop)
    }),
    shall("WEB-13.4-014", "PS3.18 §8.7.3.2", "A request in XML is understood.", |s| {
        offered(s)?;
        let subject = &s.subjects.ct[0];
        let value = |tag: &str, uid: &str| {
            format!("<DicomAttribute tag=\"{tag}\" vr=\"UI\"><Value number=\"1\">{uid}</Value></DicomAttribute>")
        };
        let item = value("00081150", subject.class) + &value("00081155", &subject.instance);
        let text = format!(
            "<NativeDicomModel><DicomAttribute tag=\"00081199\" vr=\"SQ\"><Item number=\"1\">{item}</Item>\
             </DicomAttribute></NativeDicomModel>"
        );
        let transaction = s.uids.next();
        s.ask(Request::post(path(&transaction), XML, text.into_bytes()).accept(JSON))?.status_in(&[200, 202])?;
        let result = checked(s, &transaction)?;
        holds(items(&result, "00081199").len() == 1, &result)
    }),
    should("WEB-13.4-015", "PS3.18 §13.4.3", "What is decided at once is given in DICOM JSON.", |s| {
        let answer = begun(s)?.1?;
        if answer.status == 202 {
            return Err(Finding::NotApplicable("the server decides later".into()));
        }
        answer.content_type(JSON).map(drop)
    }),
    may("WEB-13.4-016", "PS3.18 §13.4.3", "What is not decided yet is answered with 202 and Retry-After.", |s| {
        offered(s)?;
        let body = module(&[of(&s.subjects.ct[0])]).to_string().into_bytes();
        let request = Request::post(path(&s.uids.next()), JSON, body).accept(JSON).header("Prefer", "respond-async");
        let answer = s.ask(request)?;
        answer.status(202)?.with_header("retry-after").map(drop)
    })
    .noted("asked for by Prefer: respond-async (RFC 7240)"),
    should("WEB-13.4-017", "PS3.18 §J.1", "Instances may be named by Study, Series and SOP Class.", |s| {
        let subject = &s.subjects.ct[0];
        let result = result(s, &tree(subject, &subject.study, &subject.instance))?;
        let series = &items(&result, "00081110")[0]["00081115"]["Value"][0];
        holds(series["00081112"]["Value"][0]["0008114A"]["Value"][0]["00081155"] == ui(&subject.instance), &result)
    }),
    should("WEB-13.4-018", "PS3.18 §J.2", "Failures of such a request are in the Failed Study Sequence.", |s| {
        let subject = &s.subjects.ct[0];
        let result = result(s, &tree(subject, &subject.study, &s.uids.next()))?;
        let series = &result["0008119B"]["Value"][0]["00081115"]["Value"][0];
        let instance = &series["00081112"]["Value"][0]["0008114A"]["Value"][0];
        holds(instance["00081197"]["Value"][0] == 0x0112, &result)
    }),
    should(
        "WEB-13.4-019",
        "PS3.18 §J.2",
        "An Instance of another Study than the request says is not committed.",
        |s| {
            let subject = &s.subjects.ct[0];
            let result = result(s, &tree(subject, &s.uids.next(), &subject.instance))?;
            holds(items(&result, "0008119B").len() == 1 && items(&result, "00081110").is_empty(), &result)
        },
    ),
    shall("WEB-13.4-020", "PS3.18 §8.5", "Nobody asks for commitment without being known.", |s| {
        if !s.server.has_credentials() {
            return Err(Finding::NotApplicable("the server lets everybody in".into()));
        }
        offered(s)?;
        let body = module(&[of(&s.subjects.ct[0])]).to_string().into_bytes();
        s.ask(Request::post(path(&s.uids.next()), JSON, body).as_nobody())?.status_in(&[401, 403]).map(drop)
    }),
    shall("WEB-13.5-001", "PS3.18 §13.5.3", "The result of a request is there on a later check.", |s| {
        let (transaction, first) = begun(s)?;
        first?.status_in(&[200, 202])?;
        let result = checked(s, &transaction)?;
        holds(items(&result, "00081199").len() == 1, &result)
    }),
    shall("WEB-13.5-002", "PS3.18 §13.5.3", "The check of a request that there is not is answered with 404.", |s| {
        offered(s)?;
        s.status(&path(&s.uids.next()), JSON, 404)
    }),
    shall("WEB-13.5-003", "PS3.18 §8.7.3.2", "A result is given in XML.", |s| {
        let (transaction, first) = begun(s)?;
        first?.status_in(&[200, 202])?;
        checked(s, &transaction)?;
        s.gives(&path(&transaction), XML, XML)
    }),
    should("WEB-13.5-004", "PS3.18 §8.7.4", "A result in a media type that there is not is answered with 406.", |s| {
        let (transaction, first) = begun(s)?;
        first?.status_in(&[200, 202])?;
        s.status(&path(&transaction), "image/png", 406)
    }),
    should("WEB-13.5-005", "PS3.18 §13.5.3", "A check gives the same result again.", |s| {
        let (transaction, first) = begun(s)?;
        first?.status_in(&[200, 202])?;
        let (one, other) = (checked(s, &transaction)?, checked(s, &transaction)?);
        holds(one == other, &other)
    }),
];
