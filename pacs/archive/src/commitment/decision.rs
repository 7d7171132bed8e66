//! Whether instances are kept here: looked up, and looked at.

use std::collections::HashMap;

use schema::commitments;
use schema::jobs::NewJob;
use schema::lookup::{self, InstanceRow};
use serde_json::Value;

use super::{CommitmentFailure, Decided, Decision, Reference, report};
use crate::node::LocalNode;
use crate::{Archive, Error};

/// Most instances that are looked up at once.
const AT_ONCE: usize = 1_000;

/// The job: decides, and gives the errand to tell whoever waits for it.
pub(crate) fn decide_and_report(archive: &Archive, transaction: &str) -> Result<Option<NewJob>, Error> {
    decide(archive, transaction)?;
    let row = archive.0.index.run(|connection| commitments::find(connection, transaction))?;
    Ok(row.filter(|row| row.reported_at.is_none()).as_ref().and_then(report))
}

/// Decides a transaction, unless it is decided.
pub(super) fn decide(archive: &Archive, transaction: &str) -> Result<Decision, Error> {
    let row = archive.0.index.run(|connection| commitments::find(connection, transaction))?;
    let row = row.ok_or_else(|| Error::NotFound(format!("the commitment request {transaction}")))?;
    if let Some(result) = row.result {
        return read(result);
    }
    let references: Vec<Reference> = read(row.request)?;
    let mut decision = Vec::with_capacity(references.len());
    for some in references.chunks(AT_ONCE) {
        decision.extend(look(archive, some)?);
    }
    let result = serde_json::json!(decision);
    archive.0.index.run(|connection| commitments::decide(connection, transaction, &result))?;
    Ok(decision)
}

/// Reads a document of ours.
pub(super) fn read<T: serde::de::DeserializeOwned>(document: Value) -> Result<T, Error> {
    serde_json::from_value(document)
        .map_err(|error| Error::Internal("a commitment cannot be read".to_owned(), Some(Box::new(error))))
}

fn look(archive: &Archive, references: &[Reference]) -> Result<Decision, Error> {
    let uids: Vec<String> = references.iter().map(|reference| reference.instance.clone()).collect();
    let rows = archive.0.index.run(|connection| lookup::by_uids(connection, &uids))?;
    let rows: HashMap<&str, &InstanceRow> = rows.iter().map(|row| (row.sop_instance_uid.as_str(), row)).collect();
    let decided = references.iter().map(|reference| {
        let failure = match rows.get(reference.instance.as_str()) {
            None => Some(CommitmentFailure::NoSuchInstance),
            Some(row) => failure(&archive.0.node, reference, row),
        };
        Decided { reference: reference.clone(), failure }
    });
    Ok(decided.collect())
}

fn failure(node: &LocalNode, reference: &Reference, row: &InstanceRow) -> Option<CommitmentFailure> {
    let elsewhere =
        |place: &(String, String)| *place.0 != row.study_instance_uid || *place.1 != row.series_instance_uid;
    if reference.place.as_ref().is_some_and(elsewhere) {
        return Some(CommitmentFailure::NoSuchInstance);
    }
    if reference.class != row.sop_class_uid {
        return Some(CommitmentFailure::ClassConflict);
    }
    let size = node.absolute(&row.file_path).and_then(std::fs::metadata).map(|metadata| metadata.len());
    match size {
        Ok(size) if i64::try_from(size) == Ok(row.file_size) => None,
        other => {
            let instance = &row.sop_instance_uid;
            tracing::error!(%instance, found = ?other, expected = row.file_size, "an instance is not as it was stored");
            Some(CommitmentFailure::Damaged)
        }
    }
}
