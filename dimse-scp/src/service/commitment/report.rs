//! N-EVENT-REPORT (PS3.4 §J.3.3): what was decided, sent to who asked.

use std::convert::Infallible;

use archive::Uid;
use archive::commitment::{CommitmentFailure, Decided, Decision};
use bytes::Bytes;
use data_set::uids;
use serde_json::{Map, Value, json};

use super::attributes;
use crate::association::Association;
use crate::message::Request;
use crate::upper_layer::{Context, End};

/// Event Type IDs.
const ALL_COMMITTED: u16 = 1;
const FAILURES_EXIST: u16 = 2;

/// Sends the report; gives its Message ID.
pub(crate) async fn report(
    association: &mut Association,
    context: &Context,
    transaction: &Uid,
    decision: &Decision,
) -> Result<u16, End> {
    let (request, event) = to_send(transaction, decision);
    let data_set = attributes::encode(&event, &context.transfer_syntax).map_err(|error| {
        tracing::error!(%transaction, %error, "a report cannot be encoded");
        End::Failed("a report cannot be encoded")
    })?;
    let whole = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from(data_set))]);
    association.request_with(context, &request, whole).await
}

/// The report: command, and Event Information (PS3.4 Table J.3-2).
fn to_send(transaction: &Uid, decision: &Decision) -> (Request, Map<String, Value>) {
    let (mut committed, mut failed) = (Vec::new(), Vec::new());
    for Decided { reference, failure } in decision {
        let mut item = json!({
            "00081150": { "vr": "UI", "Value": [reference.class] },
            "00081155": { "vr": "UI", "Value": [reference.instance] },
        });
        match failure {
            None => committed.push(item),
            Some(failure) => {
                item["00081197"] = json!({ "vr": "US", "Value": [reason(*failure)] });
                failed.push(item);
            }
        }
    }
    let event_type = if failed.is_empty() { ALL_COMMITTED } else { FAILURES_EXIST };
    let mut event = Map::new();
    event.insert("00081195".to_owned(), json!({ "vr": "UI", "Value": [transaction.as_str()] }));
    for (tag, items) in [("00081198", failed), ("00081199", committed)] {
        if !items.is_empty() {
            event.insert(tag.to_owned(), json!({ "vr": "SQ", "Value": items }));
        }
    }
    let class = uids::STORAGE_COMMITMENT_PUSH_MODEL;
    (Request::n_event_report(class, uids::STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE, event_type), event)
}

/// Failure Reason (0008,1197, PS3.3 §C.14.1.1).
fn reason(failure: CommitmentFailure) -> u16 {
    match failure {
        CommitmentFailure::NoSuchInstance => 0x0112,
        CommitmentFailure::ClassConflict => 0x0119,
        CommitmentFailure::Damaged => 0x0110,
    }
}
