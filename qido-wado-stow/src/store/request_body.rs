//! The request body as a stream that others can hold: limited in bytes, in idleness, and in what may stand between parts.
//!
//! actix's payload belongs to its thread, multer wants a stream that does not: a small task hands the pieces over.
//! multer keeps preamble and part headers in memory until they end, however long they are; the budget ends that.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::web;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

use crate::{Failure, Settings};

/// Pieces on their way from the payload to the reader of parts.
const PIECES: usize = 4;
/// Most bytes of a preamble, or between the end of a part and the content of the next.
const BETWEEN_PARTS: usize = 4 << 20;

/// Why a request body ends before its time. Each is said to the client in its own words.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum BodyError {
    /// The body is larger than allowed.
    #[error("the request is larger than {0} bytes")]
    TooLarge(u64),
    /// The body stopped coming.
    #[error("the request body stopped coming")]
    Idle,
    /// The connection failed, or what came is no multipart.
    #[error("the request body is broken: {0}")]
    Broken(String),
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge(largest) => Failure::TooLarge(largest),
            BodyError::Idle => Failure::Idle,
            BodyError::Broken(_) => Failure::BadRequest(error.to_string()),
        }
    }
}

/// A limited request body.
pub(super) struct RequestBody {
    payload: web::Payload,
    taken: Rc<Cell<u64>>,
    largest: u64,
    idle: Duration,
}

impl RequestBody {
    /// Under the limits of the settings.
    pub fn new(payload: web::Payload, settings: &Settings) -> Self {
        Self { payload, taken: Rc::default(), largest: settings.largest_request, idle: settings.idle }
    }

    /// Bytes taken so far, also after the body was given away.
    pub fn taken(&self) -> Rc<Cell<u64>> {
        self.taken.clone()
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let piece = tokio::time::timeout(self.idle, self.payload.next()).await.map_err(|_| BodyError::Idle)?;
        let Some(piece) = piece else { return Ok(None) };
        let piece = piece.map_err(|error| BodyError::Broken(error.to_string()))?;
        self.taken.set(self.taken.get() + piece.len() as u64);
        if self.taken.get() > self.largest { Err(BodyError::TooLarge(self.largest)) } else { Ok(Some(piece)) }
    }

    /// The body for multer, with the budget for what stands between parts.
    pub fn into_parts_stream(mut self) -> (Pieces, Budget) {
        let (sender, receiver) = mpsc::channel(PIECES);
        actix_web::rt::spawn(async move {
            loop {
                let piece = tokio::select! {
                    piece = self.next() => piece.transpose(),
                    () = sender.closed() => return,
                };
                let Some(piece) = piece else { return };
                let failed = piece.is_err();
                if sender.send(piece).await.is_err() || failed {
                    return;
                }
            }
        });
        let budget = Budget(Arc::new(AtomicUsize::new(usize::MAX)));
        (Pieces { receiver, budget: budget.clone() }, budget)
    }
}

/// How many bytes may still come before the next part's content.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<AtomicUsize>);

impl Budget {
    /// From now on only preamble and part headers are expected.
    pub fn limit(&self) {
        self.0.store(BETWEEN_PARTS, Ordering::Relaxed);
    }

    /// From now on content is expected.
    pub fn lift(&self) {
        self.0.store(usize::MAX, Ordering::Relaxed);
    }

    fn spend(&self, bytes: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(bytes), Ordering::Relaxed);
        left >= bytes
    }
}

/// The body's pieces, as multer takes them.
pub(super) struct Pieces {
    receiver: mpsc::Receiver<Result<Bytes, BodyError>>,
    budget: Budget,
}

impl Stream for Pieces {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = self.receiver.poll_recv(context);
        match &piece {
            Poll::Ready(Some(Ok(bytes))) if !self.budget.spend(bytes.len()) => {
                Poll::Ready(Some(Err(BodyError::Broken(format!("no part begins within {BETWEEN_PARTS} bytes")))))
            }
            _ => piece,
        }
    }
}
