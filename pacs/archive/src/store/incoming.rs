//! An object on its way in, as a shell holds it.

use std::time::Instant;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};

use super::gathered::Gathered;
use super::intake::Intake;
use super::{Arrival, StoreFailure, StoreOutcome};
use crate::{Actor, Archive};

/// An object on its way in. Dropping it leaves nothing behind.
pub struct Incoming {
    archive: Archive,
    gathered: Gathered,
    length: u64,
    /// What is known if nothing else can be said.
    outcome: StoreOutcome,
    actor: Actor,
    state: State,
    began: Instant,
}

enum State {
    /// Waiting for pieces.
    Here(Box<Intake>),
    /// At work on a blocking thread, while the next pieces are gathered.
    Away(JoinHandle<Result<Box<Intake>, StoreFailure>>),
    /// Lost; what had been written is removed.
    Failed(StoreFailure),
}

impl Incoming {
    pub(super) fn new(archive: Archive, actor: &Actor, arrival: Arrival) -> Self {
        let outcome = StoreOutcome::announced(&arrival);
        let state = match Intake::new(archive.clone(), actor.clone(), arrival) {
            Ok(intake) => State::Here(Box::new(intake)),
            Err(failure) => State::Failed(failure),
        };
        let gathered = Gathered::default();
        Self { archive, gathered, length: 0, outcome, actor: actor.clone(), state, began: Instant::now() }
    }

    /// Takes the next piece, of any size. After an error the rest may be dropped; `finish` still tells the outcome.
    ///
    /// Waits while the piece before the last is still being written: an object holds a few MiB at most.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), StoreFailure> {
        self.length += piece.len() as u64;
        let largest = self.archive.0.settings.largest_object;
        if self.length > largest {
            let failure = StoreFailure::OutOfResources(format!("the object is larger than {largest} bytes"));
            self.state = State::Failed(failure);
        }
        if let State::Failed(failure) = &self.state {
            return Err(failure.clone());
        }
        if self.gathered.push(piece) {
            self.arrived().await?;
            let pieces = self.gathered.take();
            self.hand_over(pieces);
        }
        Ok(())
    }

    /// Waits until the intake is here, or known to be lost.
    async fn arrived(&mut self) -> Result<(), StoreFailure> {
        if let State::Away(task) = &mut self.state {
            let back = task.await.unwrap_or(Err(StoreFailure::Processing));
            self.state = back.map_or_else(State::Failed, State::Here);
        }
        match &self.state {
            State::Failed(failure) => Err(failure.clone()),
            _ => Ok(()),
        }
    }

    fn hand_over(&mut self, pieces: Vec<Bytes>) {
        let before = std::mem::replace(&mut self.state, State::Failed(StoreFailure::Processing));
        self.state = match before {
            State::Here(mut intake) => State::Away(spawn_blocking(move || {
                intake.take(&pieces)?;
                Ok(intake)
            })),
            other => other,
        };
    }

    /// Ends the object: durable and visible when this says `Stored`.
    pub async fn finish(mut self) -> StoreOutcome {
        let outcome = match self.arrived().await {
            Ok(()) => self.complete().await,
            Err(failure) => {
                self.outcome.result = Err(failure);
                self.archive.audit(self.outcome.event(&self.actor));
                self.outcome
            }
        };
        outcome.measure(self.began, self.length);
        outcome
    }

    async fn complete(&mut self) -> StoreOutcome {
        let lost = self.outcome.clone();
        let State::Here(intake) = std::mem::replace(&mut self.state, State::Failed(StoreFailure::Processing)) else {
            return lost;
        };
        let pieces = self.gathered.take();
        let (answer, answered) = oneshot::channel();
        // Not awaited: the task ends by sending the answer, or by handing that duty to the committer.
        spawn_blocking(move || intake.complete(&pieces, answer));
        answered.await.unwrap_or(lost)
    }
}
