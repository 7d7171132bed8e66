//! What is done to an object: it is gathered, read and digested piece by piece, then checked, described and placed.

use std::cell::Cell;

use data_set::{DataSet, Limits, Reader, explicit};
use schema::ingest::NewInstance;
use tokio::sync::oneshot;

use super::checks::{self, Names};
use super::committer::{Pending, Waiting};
use super::describe::describe;
use super::digest::Digest;
use super::{Arrival, StoreFailure, StoreOutcome};
use crate::node::{Placed, Receipt, write_failure};
use crate::{Actor, AeTitle, Archive, DuplicatePolicy};

/// One object being gathered, read and digested.
pub(super) struct Intake {
    archive: Archive,
    actor: Actor,
    arrival: Arrival,
    duplicates: DuplicatePolicy,
    receipt: Option<Receipt>,
    reader: Reader,
    digest: Digest,
    length: u64,
    /// First byte of the data set proper, once it is known.
    start: Option<u64>,
}

impl Intake {
    /// Prepares; nothing is on the disk yet.
    pub(super) fn new(
        archive: Archive,
        actor: Actor,
        arrival: Arrival,
        duplicates: DuplicatePolicy,
    ) -> Result<Self, StoreFailure> {
        checks::announcement(&arrival)?;
        let reader = Reader::new(Limits::default());
        let (digest, length, start) = (Digest::default(), 0, None);
        Ok(Self { archive, actor, arrival, duplicates, receipt: None, reader, digest, length, start })
    }

    /// Where the next bytes go; there is some room.
    pub(super) async fn room(&mut self) -> Result<&mut [u8], StoreFailure> {
        if self.receipt.is_none() {
            self.begin().await?;
        }
        self.receipt.as_mut().map(Receipt::room).ok_or(StoreFailure::Processing)
    }

    /// So many bytes were put there: what costs a moment is done here and now, the disk works elsewhere.
    pub(super) async fn filled(&mut self, count: usize) -> Result<(), StoreFailure> {
        let receipt = self.receipt.as_mut().ok_or(StoreFailure::Processing)?;
        let (gathered, last) = receipt.filled(count);
        let piece = &gathered[gathered.len() - count..];
        self.reader.push(piece).map_err(|error| StoreFailure::CannotUnderstand(error.to_string()))?;
        self.start = self.start.or_else(|| self.reader.data_set_start());
        self.length += count as u64;
        self.digest.update(gathered, self.length, self.start, last);
        receipt.pass_on().await.map_err(|error| write_failure(error).into())
    }

    /// Writes the file meta information that a bare data set lacks (PS3.10 §7.1).
    async fn begin(&mut self) -> Result<(), StoreFailure> {
        let receipt = Receipt::new(self.archive.0.node.clone()).map_err(write_failure)?;
        let receipt = self.receipt.insert(receipt);
        let Arrival::DataSet { sop_class_uid, sop_instance_uid, transfer_syntax, source } = &self.arrival else {
            return Ok(());
        };
        let source = source.as_deref().and_then(|source| AeTitle::new(source).ok());
        let source = source.as_ref().map(AeTitle::as_str);
        let meta = explicit::file_meta(sop_class_uid, sop_instance_uid, transfer_syntax, source);
        receipt.room()[..meta.len()].copy_from_slice(&meta);
        self.filled(meta.len()).await?;
        self.start = Some(self.length);
        Ok(())
    }

    /// Takes the next piece, of any size.
    pub(super) async fn take(&mut self, mut piece: &[u8]) -> Result<(), StoreFailure> {
        while !piece.is_empty() {
            let room = self.room().await?;
            let (now, rest) = piece.split_at(piece.len().min(room.len()));
            room[..now.len()].copy_from_slice(now);
            self.filled(now.len()).await?;
            piece = rest;
        }
        Ok(())
    }

    /// There is no more.
    pub(super) async fn end(&mut self) -> Result<(), StoreFailure> {
        if self.receipt.is_none() {
            self.begin().await?;
        }
        let receipt = self.receipt.as_mut().ok_or(StoreFailure::Processing)?;
        self.digest.update(receipt.gathered(), self.length, self.start, true);
        receipt.end().map_err(|error| write_failure(error).into())
    }

    /// Ends the object: the answer comes from here when it is not stored, else from the committer.
    pub(super) fn complete(self: Box<Self>, mut answer: oneshot::Sender<StoreOutcome>) {
        let mut outcome = StoreOutcome::announced(&self.arrival);
        let (archive, mut actor, duplicates) = (self.archive.clone(), self.actor.clone(), self.duplicates);
        let source = match &self.arrival {
            Arrival::DataSet { source, .. } => source.clone(),
            Arrival::File { .. } => None,
        };
        let failure = match (*self).place(&mut outcome) {
            Ok((instance, placed)) => {
                let waiting = Waiting { placed, actor, source, duplicates, outcome, answer, sent: Cell::new(false) };
                let Err(refused) = archive.0.committer.submit(Pending { instance, waiting }) else { return };
                (actor, outcome, answer) = refused.waiting.give_back();
                StoreFailure::Unavailable("the archive")
            }
            Err(failure) => failure,
        };
        outcome.result = Err(failure);
        archive.audit(outcome.event(&actor));
        // The shell may be gone; then nobody wants to know.
        let _ = answer.send(outcome);
    }

    /// Checks and describes, while the disk is at work.
    fn place(self, outcome: &mut StoreOutcome) -> Result<(NewInstance, Placed), StoreFailure> {
        let Self { archive, arrival, receipt, reader, mut digest, length, .. } = self;
        let mut receipt = receipt.ok_or(StoreFailure::Processing)?;
        let set = reader.finish().map_err(|error| StoreFailure::CannotUnderstand(error.to_string()))?;
        outcome.learn(&set);
        let names = check(&set, &arrival, outcome)?;
        let start = set.data_set_start;
        if !digest.is_of(start) {
            let mut end = start;
            let update = move |digest: &mut Digest, bytes: &[u8]| {
                end += bytes.len() as u64;
                digest.update(bytes, end, Some(start), true);
            };
            digest = receipt.read_back(start, Digest::default(), update).map_err(write_failure)?;
        }
        let placed = receipt.place(names.series.as_str()).map_err(write_failure)?;
        let mut instance = describe(&set, &names)?;
        instance.storage_node_id = archive.0.node.id;
        instance.file_path = placed.path().to_owned();
        instance.file_size = i64::try_from(length).map_err(|_| StoreFailure::Processing)?;
        instance.digest = digest.finish().to_vec();
        Ok((instance, placed))
    }
}

fn check(set: &DataSet, arrival: &Arrival, outcome: &mut StoreOutcome) -> Result<Names, StoreFailure> {
    let names = Names::of(set)?;
    outcome.warnings.extend(checks::matches(&names, arrival)?);
    outcome.warnings.extend(checks::damage(set));
    Ok(names)
}
