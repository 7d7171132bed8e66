//! What the answer to a Store request says (PS3.18 §10.5.3): which instances the server has now, and which not.

use std::collections::BTreeSet;

use serde_json::Value;

/// Failed SOP Sequence, Referenced SOP Sequence, Referenced SOP Instance UID, Failure Reason.
const FAILED: &str = "00081198";
const STORED: &str = "00081199";
const INSTANCE: &str = "00081155";
const REASON: &str = "00081197";

/// What follows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The server has all of them but these.
    Answered {
        /// SOP Instance UIDs.
        failed: BTreeSet<String>,
        /// Why, if some failed.
        reason: Option<String>,
    },
    /// It serves nobody like this, or not at the moment: all that goes there waits.
    Away(String),
}

/// Judges an answer about some instances. Texts of the server are not passed on: nobody knows whom they name.
pub(super) fn judge(status: u16, body: &[u8], instances: &[String]) -> Verdict {
    let away = |words: &str| Verdict::Away(format!("{words} (HTTP status {status})"));
    match status {
        200..=299 | 409 => by_instance(status, body, instances),
        300..=399 => away("it points elsewhere: the rule has to name that URL"),
        401 => away("it wants another credential"),
        403 => away("the credential does not allow it to store there"),
        404 | 405 | 501 => away("there is no Store service at this URL"),
        408 | 425 | 429 | 502..=504 | 507 => away("it takes nothing at the moment"),
        _ => Verdict::Answered {
            failed: instances.iter().cloned().collect(),
            reason: Some(format!("it refused the request (HTTP status {status})")),
        },
    }
}

/// By the Store Instances Response Module (PS3.18 Annex I). Only what it names is stored, whatever the status: there are
/// servers that answer 200 to a request of which they take nothing.
fn by_instance(status: u16, body: &[u8], instances: &[String]) -> Verdict {
    let response = object(body).unwrap_or_default();
    let stored: BTreeSet<&str> = items(&response, STORED).filter_map(instance).collect();
    let failed: BTreeSet<String> = instances.iter().filter(|uid| !stored.contains(uid.as_str())).cloned().collect();
    let reason = (!failed.is_empty()).then(|| match items(&response, FAILED).find_map(reason) {
        Some(reason) => format!("its failure reason is {reason:04X}H"),
        None => format!("its answer does not say that it stored them (HTTP status {status})"),
    });
    Verdict::Answered { failed, reason }
}

/// The one object of the body; some servers put it into an array.
fn object(body: &[u8]) -> Option<Value> {
    match serde_json::from_slice(body).ok()? {
        Value::Array(list) => list.into_iter().next().filter(Value::is_object),
        value => value.is_object().then_some(value),
    }
}

fn items<'a>(response: &'a Value, sequence: &str) -> impl Iterator<Item = &'a Value> {
    response.get(sequence).and_then(|element| element.get("Value")).and_then(Value::as_array).into_iter().flatten()
}

fn instance(item: &Value) -> Option<&str> {
    item.get(INSTANCE)?.get("Value")?.get(0)?.as_str()
}

fn reason(item: &Value) -> Option<u64> {
    item.get(REASON)?.get("Value")?.get(0)?.as_u64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent() -> Vec<String> {
        ["1.1", "1.2"].map(str::to_owned).to_vec()
    }

    fn response(stored: &[&str], failed: &[&str]) -> Vec<u8> {
        let item =
            |uid: &&str| json!({ INSTANCE: { "vr": "UI", "Value": [uid] }, REASON: { "vr": "US", "Value": [0x0111] } });
        let sequence = |uids: &[&str]| json!({ "vr": "SQ", "Value": uids.iter().map(item).collect::<Vec<_>>() });
        json!({ STORED: sequence(stored), FAILED: sequence(failed) }).to_string().into_bytes()
    }

    fn failed(status: u16, body: &[u8]) -> Vec<String> {
        match judge(status, body, &sent()) {
            Verdict::Answered { failed, .. } => failed.into_iter().collect(),
            Verdict::Away(words) => panic!("{words}"),
        }
    }

    #[test]
    fn knows_what_was_stored_of_what_was_sent() {
        assert_eq!(failed(200, &response(&["1.1", "1.2"], &[])), [""; 0]);
        assert_eq!(failed(202, &response(&["1.1"], &["1.2"])), ["1.2"]);
        assert_eq!(failed(409, &response(&[], &["1.1", "1.2"])), ["1.1", "1.2"]);
        assert_eq!(failed(202, &response(&["1.1"], &[])), ["1.2"], "what is not named is not there");
        let listed = [b"[", &response(&["1.1"], &["1.2"])[..], b"]"].concat();
        assert_eq!(failed(202, &listed), ["1.2"]);
        let Verdict::Answered { reason, .. } = judge(202, &listed, &sent()) else { panic!("an answer") };
        assert_eq!(reason.as_deref(), Some("its failure reason is 0111H"));
    }

    #[test]
    fn takes_nothing_for_stored_that_is_not_named() {
        for status in [200, 202, 409] {
            for body in [&b""[..], b"<NativeDicomModel/>", b"[]", b"7", b"\xff", &response(&[], &[])] {
                assert_eq!(failed(status, body), sent());
            }
        }
        assert_eq!(failed(400, b"patient Doe"), sent());
    }

    #[test]
    fn knows_when_it_is_no_use_to_go_on() {
        for status in [301, 401, 403, 404, 405, 429, 501, 502, 503, 504] {
            assert!(matches!(judge(status, b"", &sent()), Verdict::Away(_)), "{status}");
        }
        for status in [400, 406, 413, 415, 500] {
            assert!(matches!(judge(status, b"", &sent()), Verdict::Answered { .. }), "{status}");
        }
    }
}
