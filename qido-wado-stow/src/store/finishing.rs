//! Objects whose bytes are all there and that are being made durable, while the next one is read.

use std::collections::VecDeque;

use actix_web::rt::task::JoinHandle;
use archive::{Incoming, StoreFailure, StoreOutcome};

use super::incoming::unknown;

/// Most objects of one request that are being finished at a time.
const MOST: usize = 16;

/// Objects being finished, in the order of the request, and the outcomes of those that are.
#[derive(Default)]
pub(super) struct Finishing {
    running: VecDeque<JoinHandle<StoreOutcome>>,
    done: Vec<StoreOutcome>,
}

impl Finishing {
    /// Begins to finish an object; waits for the oldest when too many are under way. It goes on when the request is
    /// given up: what the client sent whole is either stored or refused, never half.
    pub async fn begin(&mut self, incoming: Incoming) {
        self.make_room().await;
        self.running.push_back(actix_web::rt::spawn(incoming.finish()));
    }

    /// Takes an outcome that is known already.
    pub async fn known(&mut self, outcome: StoreOutcome) {
        self.make_room().await;
        self.running.push_back(actix_web::rt::spawn(async { outcome }));
    }

    /// Waits for all and gives the outcomes in the order of the request.
    pub async fn all(mut self) -> Vec<StoreOutcome> {
        while !self.running.is_empty() {
            self.wait().await;
        }
        self.done
    }

    async fn make_room(&mut self) {
        if self.running.len() >= MOST {
            self.wait().await;
        }
    }

    async fn wait(&mut self) {
        if let Some(oldest) = self.running.pop_front() {
            let outcome = oldest.await.unwrap_or_else(|error| {
                tracing::error!(%error, "an object was not finished");
                unknown(StoreFailure::Processing)
            });
            self.done.push(outcome);
        }
    }
}
