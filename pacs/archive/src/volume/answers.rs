//! What answers take while they are made and sent: bounded, however many ask and however slowly they read.

use tokio::sync::OwnedSemaphorePermit;

use super::turns::let_in;
use crate::{Archive, Error};

/// Memory for answers in MiB, over all requests.
pub(super) const ROOM: usize = 1024;
/// Requests that may wait for that.
pub(super) const WAITING: usize = 64;
/// Animations that are drawn at once, and those that may wait for that. Each keeps its volume in memory until it is sent.
pub(super) const ANIMATIONS: (usize, usize) = (16, 32);

/// Something that was let in. It holds its place until it is dropped.
#[derive(Debug)]
pub struct Admission {
    _place: OwnedSemaphorePermit,
}

impl Admission {
    /// Does something of what was let in: it is not sent away in the middle of it, however many wait for turns. Memory
    /// for volumes it waits for as others do.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> T {
        let_in(work).await
    }
}

impl Archive {
    /// Room for an answer of so many bytes. Take it before the answer is made, and hold it until it is sent.
    ///
    /// # Errors
    /// `Unavailable` when too many wait.
    pub async fn answer_room(&self, bytes: usize) -> Result<Admission, Error> {
        let mebibytes = bytes.div_ceil(1 << 20).clamp(1, ROOM);
        Ok(Admission { _place: self.0.volumes.answers.take_many(mebibytes as u32).await? })
    }

    /// Lets an animation in: no turn that its frames need is refused any more ([`Admission::within`]).
    ///
    /// # Errors
    /// `Unavailable` when too many wait.
    pub async fn admit_animation(&self) -> Result<Admission, Error> {
        Ok(Admission { _place: self.0.volumes.animations.take().await? })
    }

    /// Takes a turn to make an answer of what was measured or drawn.
    ///
    /// # Errors
    /// `Unavailable` when too many wait.
    pub async fn encode<T: Send + 'static>(&self, encode: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        self.work(move |_| Ok(encode())).await
    }
}
