//! What an answer takes from stored files goes from the page cache into the socket, on connections without TLS (ADR 0026).
//!
//! A body gives no bytes for it. It leaves an errand with its [`Connection`] and waits: the `Outlet` below writes what
//! was made before and then, when it is to flush, does the errand.

mod listen;
mod outlet;

pub use listen::listen;

use std::fs::File;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::task::{Poll, Waker};

use archive::retrieve::{Content, Stored};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;

/// A connection as its requests know it (`HttpRequest::conn_data`).
#[derive(Clone)]
pub(crate) struct Connection(Arc<Shared>);

struct Shared {
    local: Option<SocketAddr>,
    carried: Mutex<Carried>,
}

#[derive(Default)]
struct Carried {
    errand: Option<Errand>,
    /// Bytes of files that went out, of all answers.
    count: u64,
}

/// A range of a file that is to go out next; nothing of it is left when it is done.
struct Errand {
    file: Arc<File>,
    range: Range<u64>,
    waker: Waker,
}

impl Connection {
    fn new(local: Option<SocketAddr>) -> Self {
        Self(Arc::new(Shared { local, carried: Mutex::default() }))
    }

    /// The address that the client reached.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.0.local
    }

    /// How many bytes of files it has sent.
    pub fn carried(&self) -> u64 {
        self.0.carried.lock().count
    }

    /// Content that gives nothing of what is stored, as far as that is in memory: it is sent when the content is polled.
    /// What is not is read and given, and at the end what comes after.
    pub fn carry(&self, mut stored: Stored, after: Bytes) -> Content {
        let connection = self.clone();
        let content = async move {
            loop {
                let range = stored.take_at_hand();
                if range.is_empty() {
                    return Ok(stored.content_and(after));
                }
                connection.send(stored.file(), range).await;
            }
        };
        stream::once(content).try_flatten().boxed()
    }

    /// Waits until a range has gone out. An error of the socket ends whoever waits.
    async fn send(&self, file: &Arc<File>, range: Range<u64>) {
        let mut range = Some(range);
        poll_fn(|context| {
            let mut carried = self.0.carried.lock();
            let waker = context.waker().clone();
            match &mut carried.errand {
                Some(errand) => errand.waker = waker,
                None => match range.take() {
                    Some(range) => carried.errand = Some(Errand { file: file.clone(), range, waker }),
                    None => return Poll::Ready(()),
                },
            }
            Poll::Pending
        })
        .await;
    }
}
