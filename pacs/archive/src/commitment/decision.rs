//! Whether instances are kept here: looked up, and looked at.

use std::collections::HashMap;
use std::io::ErrorKind;

use schema::commitments;
use schema::jobs::NewJob;
use schema::lookup::{self, InstanceRow};
use serde_json::Value;

use super::{CommitmentFailure, Decided, Decision, Reference, report};
use crate::jobs::Work;
use crate::node::LocalNode;
use crate::{Archive, Error};

/// Most instances that are looked up at once.
const AT_ONCE: usize = 1_000;

/// What became of a transaction.
enum Looked {
    Decided(Decision),
    /// The rest is on this storage node.
    Elsewhere(i64),
}

/// An instance as it was found.
enum Found {
    Here(Option<CommitmentFailure>),
    /// It is on this storage node.
    Elsewhere(i64),
}

/// The job: decides, and gives the errand to tell whoever waits for it, or the job for a gateway that has the storage node
/// of what could not be looked at here. A request that is forgotten already needs neither.
pub(crate) fn decide_and_report(archive: &Archive, transaction: &str) -> Result<Option<NewJob>, Error> {
    match look_at_all(archive, transaction) {
        Ok(Looked::Decided(_)) => {}
        Ok(Looked::Elsewhere(node)) => return Ok(Some(Work::Commit(transaction.to_owned()).on_node(node))),
        Err(Error::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    }
    let row = archive.0.index.run(|connection| commitments::find(connection, transaction))?;
    Ok(row.filter(|row| row.reported_at.is_none()).as_ref().and_then(report))
}

/// Decides a transaction, unless it is decided.
pub(super) fn decide(archive: &Archive, transaction: &str) -> Result<Decision, Error> {
    match look_at_all(archive, transaction)? {
        Looked::Decided(decision) => Ok(decision),
        Looked::Elsewhere(_) => Err(Error::Unavailable("the storage node of some of the instances", None)),
    }
}

fn look_at_all(archive: &Archive, transaction: &str) -> Result<Looked, Error> {
    let row = archive.0.index.run(|connection| commitments::find(connection, transaction))?;
    let mut row = row.ok_or_else(|| Error::NotFound(format!("the commitment request {transaction}")))?;
    if let Some(result) = row.result.take() {
        return read(result).map(Looked::Decided);
    }
    let references: Vec<Reference> = read(std::mem::take(&mut row.request))?;
    let mut decided: Vec<Option<Decided>> = row.found.take().map(read).transpose()?.unwrap_or_default();
    decided.resize(references.len(), None);
    let mut elsewhere = None;
    for (some, decided) in references.chunks(AT_ONCE).zip(decided.chunks_mut(AT_ONCE)) {
        elsewhere = look(archive, some, decided)?.or(elsewhere);
    }
    if let Some(node) = elsewhere {
        let found = serde_json::json!(decided);
        archive.0.index.run(|connection| commitments::note(connection, &row, &found))?;
        return Ok(Looked::Elsewhere(node));
    }
    let decision: Decision = decided.into_iter().flatten().collect();
    let result = serde_json::json!(decision);
    archive.0.index.run(|connection| commitments::decide(connection, &row, &result))?;
    Ok(Looked::Decided(decision))
}

/// Reads a document of ours.
pub(super) fn read<T: serde::de::DeserializeOwned>(document: Value) -> Result<T, Error> {
    serde_json::from_value(document)
        .map_err(|error| Error::Internal("a commitment cannot be read".to_owned(), Some(Box::new(error))))
}

/// Decides those that are not decided, as far as they are on this gateway's storage node; gives the node of another.
fn look(archive: &Archive, references: &[Reference], decided: &mut [Option<Decided>]) -> Result<Option<i64>, Error> {
    let open = || references.iter().zip(decided.iter()).filter(|(_, decided)| decided.is_none());
    let uids: Vec<String> = open().map(|(reference, _)| reference.instance.clone()).collect();
    let rows = archive.0.index.run(|connection| lookup::by_uids(connection, &uids))?;
    let rows: HashMap<&str, &InstanceRow> = rows.iter().map(|row| (row.sop_instance_uid.as_str(), row)).collect();
    let mut elsewhere = None;
    for (reference, decided) in references.iter().zip(decided).filter(|(_, decided)| decided.is_none()) {
        let found = match rows.get(reference.instance.as_str()) {
            None => Found::Here(Some(CommitmentFailure::NoSuchInstance)),
            Some(row) => find(&archive.0.node, reference, row)?,
        };
        match found {
            Found::Here(failure) => *decided = Some(Decided { reference: reference.clone(), failure }),
            Found::Elsewhere(node) => elsewhere = Some(node),
        }
    }
    Ok(elsewhere)
}

/// What can be said of an instance. A disk that does not answer says nothing: that is an error, and somebody looks again.
fn find(node: &LocalNode, reference: &Reference, row: &InstanceRow) -> Result<Found, Error> {
    let elsewhere =
        |place: &(String, String)| *place.0 != row.study_instance_uid || *place.1 != row.series_instance_uid;
    if reference.place.as_ref().is_some_and(elsewhere) {
        return Ok(Found::Here(Some(CommitmentFailure::NoSuchInstance)));
    }
    if reference.class != row.sop_class_uid {
        return Ok(Found::Here(Some(CommitmentFailure::ClassConflict)));
    }
    if row.storage_node_id != node.id {
        return Ok(Found::Elsewhere(row.storage_node_id));
    }
    let found = match node.absolute(&row.file_path).and_then(std::fs::metadata) {
        Ok(metadata) => Some(metadata.len()),
        // A node that is not mounted has no file either, which says nothing of the file.
        Err(error) if error.kind() == ErrorKind::NotFound && node.is_there() => None,
        Err(error) => return Err(Error::Unavailable("the storage node", Some(Box::new(error)))),
    };
    if found.is_some_and(|size| i64::try_from(size) == Ok(row.file_size)) {
        return Ok(Found::Here(None));
    }
    let instance = &row.sop_instance_uid;
    tracing::error!(%instance, ?found, expected = row.file_size, "an instance is not as it was stored");
    Ok(Found::Here(Some(CommitmentFailure::Damaged)))
}
