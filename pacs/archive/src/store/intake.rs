//! The blocking half of a store: everything that waits for the disk or computes.

use bytes::Bytes;
use data_set::{DataSet, Limits, Reader, explicit};
use schema::ingest::NewInstance;
use tokio::sync::oneshot;

use super::checks::{self, Names};
use super::committer::{Pending, Waiting};
use super::describe::describe;
use super::digest::Digest;
use super::{Arrival, StoreFailure, StoreOutcome};
use crate::node::{Placed, Receipt, write_failure};
use crate::{Actor, AeTitle, Archive};

/// One object being written, read and digested.
pub(super) struct Intake {
    archive: Archive,
    actor: Actor,
    arrival: Arrival,
    receipt: Option<Receipt>,
    reader: Reader,
    digest: Digest,
    length: u64,
    /// First byte of the data set proper, once it is known.
    start: Option<u64>,
}

impl Intake {
    /// Prepares; nothing is on the disk yet.
    pub(super) fn new(archive: Archive, actor: Actor, arrival: Arrival) -> Result<Self, StoreFailure> {
        checks::announcement(&arrival)?;
        let reader = Reader::new(Limits::default());
        let (digest, length, start) = (Digest::default(), 0, None);
        Ok(Self { archive, actor, arrival, receipt: None, reader, digest, length, start })
    }

    /// Takes the next pieces.
    pub(super) fn take(&mut self, pieces: &[Bytes]) -> Result<(), StoreFailure> {
        if self.receipt.is_none() {
            self.begin()?;
        }
        pieces.iter().try_for_each(|piece| self.append(piece))
    }

    /// Makes the file, and writes the file meta information that a bare data set lacks (PS3.10 §7.1).
    fn begin(&mut self) -> Result<(), StoreFailure> {
        self.receipt = Some(Receipt::new(self.archive.0.node.clone()).map_err(write_failure)?);
        let Arrival::DataSet { sop_class_uid, sop_instance_uid, transfer_syntax, source } = &self.arrival else {
            return Ok(());
        };
        let source = source.as_deref().and_then(|source| AeTitle::new(source).ok());
        let source = source.as_ref().map(AeTitle::as_str);
        let meta = explicit::file_meta(sop_class_uid, sop_instance_uid, transfer_syntax, source);
        self.append(&meta)?;
        self.start = Some(self.length);
        Ok(())
    }

    fn append(&mut self, piece: &[u8]) -> Result<(), StoreFailure> {
        let receipt = self.receipt.as_mut().ok_or(StoreFailure::Processing)?;
        receipt.append(piece).map_err(write_failure)?;
        self.reader.push(piece).map_err(|error| StoreFailure::CannotUnderstand(error.to_string()))?;
        self.start = self.start.or_else(|| self.reader.data_set_start());
        self.digest.update(piece, self.length, self.start);
        self.length += piece.len() as u64;
        Ok(())
    }

    /// Ends the object: the answer comes from here when it is not stored, else from the committer.
    pub(super) fn complete(mut self: Box<Self>, pieces: &[Bytes], answer: oneshot::Sender<StoreOutcome>) {
        let mut outcome = StoreOutcome::announced(&self.arrival);
        let (archive, actor) = (self.archive.clone(), self.actor.clone());
        let ready = self.take(pieces).and_then(|()| (*self).place(&mut outcome));
        let failure = match ready {
            Ok((instance, placed)) => {
                let waiting = Waiting { placed, actor, outcome, answer };
                return archive.0.committer.submit(Pending { instance, waiting });
            }
            Err(failure) => failure,
        };
        outcome.result = Err(failure);
        archive.audit(outcome.event(&actor));
        // The shell may be gone; then nobody wants to know.
        let _ = answer.send(outcome);
    }

    /// Checks, describes and makes durable.
    fn place(self, outcome: &mut StoreOutcome) -> Result<(NewInstance, Placed), StoreFailure> {
        let Self { archive, arrival, receipt, reader, digest, length, .. } = self;
        let receipt = receipt.ok_or(StoreFailure::Processing)?;
        let set = reader.finish().map_err(|error| StoreFailure::CannotUnderstand(error.to_string()))?;
        outcome.learn(&set);
        let names = check(&set, &arrival, outcome)?;
        let digest = digest.finish(set.data_set_start, length, |buffer, at| receipt.read_at(buffer, at));
        let digest = digest.map_err(write_failure)?;
        let mut instance = describe(&set, &names)?;
        drop(set);
        let placed = receipt.place(names.series.as_str()).map_err(write_failure)?;
        instance.storage_node_id = archive.0.node.id;
        instance.file_path = placed.path().to_owned();
        instance.file_size = i64::try_from(length).map_err(|_| StoreFailure::Processing)?;
        instance.digest = digest.to_vec();
        Ok((instance, placed))
    }
}

fn check(set: &DataSet, arrival: &Arrival, outcome: &mut StoreOutcome) -> Result<Names, StoreFailure> {
    let names = Names::of(set)?;
    outcome.warnings.extend(checks::matches(&names, arrival)?);
    outcome.warnings.extend(checks::damage(set));
    Ok(names)
}
