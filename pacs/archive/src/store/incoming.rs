//! An object on its way in, as a shell holds it.

use std::time::Instant;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use super::intake::Intake;
use super::{Arrival, StoreFailure, StoreOutcome};
use crate::{Actor, Archive, DuplicatePolicy};

/// An object on its way in. Dropping it leaves nothing behind.
pub struct Incoming {
    archive: Archive,
    intake: Result<Box<Intake>, StoreFailure>,
    length: u64,
    /// What is known if nothing else can be said.
    outcome: StoreOutcome,
    actor: Actor,
    began: Instant,
}

impl Incoming {
    pub(super) fn new(archive: Archive, actor: &Actor, arrival: Arrival, duplicates: DuplicatePolicy) -> Self {
        let outcome = StoreOutcome::announced(&arrival);
        let intake = Intake::new(archive.clone(), actor.clone(), arrival, duplicates).map(Box::new);
        Self { archive, intake, length: 0, outcome, actor: actor.clone(), began: Instant::now() }
    }

    /// Takes the next piece, of any size. After an error the rest may be dropped; `finish` still tells the outcome.
    ///
    /// Waits while the disk is behind: an object holds three blocks of a MiB at most.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), StoreFailure> {
        self.count(piece.len());
        let taken = match &mut self.intake {
            Ok(intake) => intake.take(&piece).await,
            Err(failure) => Err(failure.clone()),
        };
        taken.inspect_err(|failure| self.intake = Err(failure.clone()))
    }

    /// Where the next bytes may be put, of which [`filled`](Self::filled) is told: for whoever can receive them there, and
    /// spares a copy. There is room for one at least.
    pub async fn room(&mut self) -> Result<&mut [u8], StoreFailure> {
        match &mut self.intake {
            Ok(intake) => intake.room().await,
            Err(failure) => Err(failure.clone()),
        }
    }

    /// As [`write`](Self::write), with so many bytes that were put into the [`room`](Self::room).
    pub async fn filled(&mut self, count: usize) -> Result<(), StoreFailure> {
        self.count(count);
        let taken = match &mut self.intake {
            Ok(intake) => intake.filled(count).await,
            Err(failure) => Err(failure.clone()),
        };
        taken.inspect_err(|failure| self.intake = Err(failure.clone()))
    }

    fn count(&mut self, length: usize) {
        self.length += length as u64;
        let largest = self.archive.0.settings.largest_object;
        if self.length > largest {
            self.intake = Err(StoreFailure::OutOfResources(format!("the object is larger than {largest} bytes")));
        }
    }

    /// Ends the object: durable and visible when this says `Stored`.
    pub async fn finish(mut self) -> StoreOutcome {
        let intake = match std::mem::replace(&mut self.intake, Err(StoreFailure::Processing)) {
            Ok(mut intake) => intake.end().await.map(|()| intake),
            Err(failure) => Err(failure),
        };
        let outcome = match intake {
            Ok(intake) => self.complete(intake).await,
            Err(failure) => {
                self.outcome.result = Err(failure);
                self.archive.audit(self.outcome.event(&self.actor));
                self.outcome
            }
        };
        outcome.measure(self.began, self.length);
        outcome
    }

    async fn complete(&self, intake: Box<Intake>) -> StoreOutcome {
        let (answer, answered) = oneshot::channel();
        // Not awaited: the task ends by sending the answer, or by handing that duty to the committer.
        spawn_blocking(move || intake.complete(answer));
        answered.await.unwrap_or_else(|_| self.outcome.clone())
    }
}
