//! The Store Instances Response (PS3.18 §10.5.3.2, Annex I.2) as DICOM JSON or XML.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use archive::{StoreOutcome, Stored, Uid};
use serde_json::{Map, Value, json};

use super::reason;
use super::report::Report;
use crate::address::Address;
use crate::error::RETRY_SECONDS;
use crate::model::{Model, XML, to_xml};
use crate::{Failure, warning};

/// Most different reasons that are said in words.
const MOST_WORDS: usize = 5;

/// The answer to a store request. A request without a single whole object is answered with what is wrong with it.
pub(super) async fn represent(
    model: Model,
    address: &Address,
    study: Option<&Uid>,
    report: Report,
) -> Result<HttpResponse, Failure> {
    let stored = report.outcomes.iter().any(|outcome| outcome.result.is_ok());
    match report.broken {
        Some(error) if !stored => return Err(error.into()),
        None if report.outcomes.is_empty() => {
            return Err(Failure::BadRequest("the request brings no object to store".into()));
        }
        _ => {}
    }
    let status = report.status();
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, RETRY_SECONDS.to_string()));
    }
    for words in words(&report) {
        warning::add(&mut response, address, &words);
    }
    let json = Value::Object(module(address, study, &report.outcomes)).to_string();
    Ok(match model {
        Model::Json(media_type) => response.content_type(media_type).body(json),
        Model::Xml | Model::XmlParts => {
            let documents = to_xml(vec![json.into_bytes()]).await?;
            response.content_type(XML).body(documents.concat())
        }
    })
}

/// Why objects were not stored, and what was odd of those that were, each once and failures first.
fn words(report: &Report) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let failures = report.outcomes.iter().filter_map(|outcome| outcome.result.as_ref().err().map(ToString::to_string));
    let stored = report.outcomes.iter().filter(|outcome| outcome.result.is_ok());
    let warnings = stored.flat_map(|outcome| outcome.warnings.iter().map(ToString::to_string));
    for reason in report.broken.iter().map(ToString::to_string).chain(failures).chain(warnings) {
        if words.len() < MOST_WORDS && !words.contains(&reason) {
            words.push(reason);
        }
    }
    words
}

/// The Store Instances Response Module (PS3.18 §I.2).
fn module(address: &Address, study: Option<&Uid>, outcomes: &[StoreOutcome]) -> Map<String, Value> {
    let (mut stored, mut failed, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in outcomes {
        match &outcome.result {
            Ok(_) => stored.push(Value::Object(reference(address, outcome))),
            Err(failure) if outcome.sop_instance_uid.is_none() => {
                other.push(json!({ "00081197": us(reason::of_failure(failure)), "00741048": comments([failure]) }));
            }
            Err(failure) => {
                let mut item = reference(address, outcome);
                item.insert("00081197".into(), us(reason::of_failure(failure)));
                item.insert("00741048".into(), comments([failure]));
                failed.push(Value::Object(item));
            }
        }
    }
    let mut module = Map::new();
    module.insert("00081190".into(), ur(study_of(study, outcomes).map(|study| address.study(study))));
    for (tag, items) in [("00081198", failed), ("00081199", stored), ("0008119A", other)] {
        if !items.is_empty() {
            module.insert(tag.into(), json!({ "vr": "SQ", "Value": items }));
        }
    }
    module
}

/// SOP Class, SOP Instance, where it can be retrieved, and warnings, of one object.
fn reference(address: &Address, outcome: &StoreOutcome) -> Map<String, Value> {
    let mut item = Map::new();
    item.insert("00081150".into(), ui(outcome.sop_class_uid.as_deref()));
    item.insert("00081155".into(), ui(outcome.sop_instance_uid.as_deref()));
    if outcome.result.is_ok() {
        let uids = (&outcome.study_instance_uid, &outcome.series_instance_uid, &outcome.sop_instance_uid);
        if outcome.result == Ok(Stored::Kept) {
            // What was sent is not here, and the one that is may be of another Series.
            item.insert("00081190".into(), ur(None));
        } else if let (Some(study), Some(series), Some(instance)) = uids {
            item.insert("00081190".into(), ur(Some(address.instance(study, series, instance))));
        }
        // Warning Reason has one value; the words say all.
        if let Some(warning) = outcome.warnings.first() {
            item.insert("00081196".into(), us(reason::of_warning(*warning)));
            item.insert("00741048".into(), comments(&outcome.warnings));
        }
    }
    item
}

/// The one Study of the request: the path's, or that of everything stored.
fn study_of<'a>(path: Option<&'a Uid>, outcomes: &'a [StoreOutcome]) -> Option<&'a str> {
    if let Some(study) = path {
        return Some(study.as_str());
    }
    let mut studies = outcomes.iter().filter(|outcome| outcome.result.is_ok()).map(|o| o.study_instance_uid.as_deref());
    let first = studies.next()??;
    studies.all(|study| study == Some(first)).then_some(first)
}

/// Failed Attributes Sequence (0074,1048) with Error Comments (0000,0902), as clients of Azure's server know it: what
/// was wrong or odd, in words. As theirs, it is longer than an LO of 64 characters where it must be.
fn comments<'a, T: ToString + 'a>(about: impl IntoIterator<Item = &'a T>) -> Value {
    let item = |about: &T| {
        let words: String = about.to_string().chars().take(1024).collect();
        json!({ "00000902": { "vr": "LO", "Value": [words] } })
    };
    json!({ "vr": "SQ", "Value": about.into_iter().map(item).collect::<Vec<_>>() })
}

fn ui(uid: Option<&str>) -> Value {
    uid.map_or_else(|| json!({ "vr": "UI" }), |uid| json!({ "vr": "UI", "Value": [uid] }))
}

fn ur(url: Option<String>) -> Value {
    url.map_or_else(|| json!({ "vr": "UR" }), |url| json!({ "vr": "UR", "Value": [url] }))
}

fn us(number: u16) -> Value {
    json!({ "vr": "US", "Value": [number] })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use archive::{StoreFailure, StoreWarning};

    use super::super::incoming::unknown;
    use super::*;

    fn outcome(study: &str, instance: Option<&str>, result: Result<Stored, StoreFailure>) -> StoreOutcome {
        StoreOutcome {
            sop_class_uid: Some("1.9".into()),
            sop_instance_uid: instance.map(str::to_owned),
            study_instance_uid: Some(study.into()),
            series_instance_uid: Some("1.3".into()),
            result,
            ..unknown(StoreFailure::Processing)
        }
    }

    fn written(outcomes: &[StoreOutcome]) -> Value {
        let request = TestRequest::default().append_header(("Host", "h")).to_http_request();
        Value::Object(module(&Address::of(&request, false), None, outcomes))
    }

    #[test]
    fn lists_what_was_stored_and_what_not() {
        let json = written(&[
            outcome("1.2", Some("1.4"), Ok(Stored::New)),
            outcome("1.2", Some("1.5"), Err(StoreFailure::Duplicate)),
            outcome("1.2", None, Err(StoreFailure::CannotUnderstand("x".into()))),
        ]);
        assert_eq!(json["00081190"]["Value"][0], "http://h/dicom-web/studies/1.2");
        let stored = &json["00081199"]["Value"][0];
        assert_eq!(stored["00081190"]["Value"][0], "http://h/dicom-web/studies/1.2/series/1.3/instances/1.4");
        assert_eq!(stored["00081155"]["Value"][0], "1.4");
        let failed = &json["00081198"]["Value"][0];
        assert_eq!((&failed["00081155"]["Value"][0], &failed["00081197"]["Value"][0]), (&json!("1.5"), &json!(0x0111)));
        assert_eq!(json["0008119A"]["Value"][0]["00081197"]["Value"][0], 0xC000);
    }

    #[test]
    fn names_every_warning_of_what_was_stored() {
        let warnings = vec![StoreWarning::DataSetDoesNotMatchSopClass, StoreWarning::Damaged];
        let odd = StoreOutcome { warnings: warnings.clone(), ..outcome("1.2", Some("1.4"), Ok(Stored::New)) };
        let json = written(std::slice::from_ref(&odd));
        let item = &json["00081199"]["Value"][0];
        assert_eq!(item["00081196"], json!({ "vr": "US", "Value": [0xB007] }));
        let said = |place: usize| item["00741048"]["Value"][place]["00000902"]["Value"][0].as_str();
        assert_eq!(
            [said(0), said(1), said(2)],
            [Some(&*warnings[0].to_string()), Some(&*warnings[1].to_string()), None]
        );
        let report = Report { outcomes: vec![odd.clone(), odd], ..Report::default() };
        assert_eq!(words(&report), [warnings[0].to_string(), warnings[1].to_string()], "each once");
        let clean = written(&[outcome("1.2", Some("1.4"), Ok(Stored::New))]);
        assert!(clean["00081199"]["Value"][0].get("00081196").is_none());
    }

    #[test]
    fn names_no_study_when_there_are_several() {
        let two = [outcome("1.2", Some("1.4"), Ok(Stored::New)), outcome("1.20", Some("1.5"), Ok(Stored::New))];
        assert_eq!(written(&two)["00081190"], json!({ "vr": "UR" }));
    }
}
