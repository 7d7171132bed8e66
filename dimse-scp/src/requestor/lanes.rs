//! The associations over which the instances of one C-MOVE go at once: the first, without which nothing goes, and
//! companions, as far as the destination takes them.

use std::future::pending;

use archive::StoredInstance;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::{Destination, Done, Ready, RequestFailure};

/// An instance that has been sent, and how that ended.
pub(crate) type Sent = (StoredInstance, Result<Done, RequestFailure>);

/// What a lane has done: a companion's first work is to get its association.
type Work<'a> = BoxFuture<'a, (&'a mut Destination, Option<Sent>)>;

/// The lanes of one C-MOVE. All are driven by the task that waits for them.
pub(crate) struct Lanes<'a> {
    free: Vec<&'a mut Destination>,
    under_way: FuturesUnordered<Work<'a>>,
    /// Instances that are under way.
    count: usize,
    /// Instances that the associations of companions took along: they go over the first.
    again: Vec<StoredInstance>,
    given_up: bool,
}

impl<'a> Lanes<'a> {
    /// A lane that is there, and others that come when the destination lets them.
    pub(crate) fn new(first: &'a mut Destination, companions: &'a mut [Destination]) -> Self {
        let joining = companions.iter_mut().map(|lane| -> Work<'a> {
            Box::pin(async move {
                lane.join().await;
                (lane, None)
            })
        });
        let under_way = joining.collect();
        Self { free: vec![first], under_way, count: 0, again: Vec::new(), given_up: false }
    }

    /// Whether an instance can be sent at once.
    pub(crate) fn is_free(&self) -> bool {
        !self.free.is_empty()
    }

    /// Whether an instance is on its way.
    pub(crate) fn is_sending(&self) -> bool {
        self.count > 0
    }

    /// Whether none is, and none is to be sent again.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.count == 0 && self.again.is_empty()
    }

    /// Sends an instance over a lane that is free. Gives it back when none is.
    pub(crate) fn send(&mut self, ready: Ready) -> Option<Ready> {
        let Some(lane) = self.free.pop() else { return Some(ready) };
        self.count += 1;
        self.under_way.push(Box::pin(async move {
            let instance = ready.instance.clone();
            let ended = lane.store(ready).await;
            (lane, Some((instance, ended)))
        }));
        None
    }

    /// The next instance that has ended; none when a lane became free without one, or one is to be sent again. Takes no
    /// lane. Waits for ever when nothing is under way. Cancel-safe.
    pub(crate) async fn ended(&mut self) -> Option<Sent> {
        loop {
            let Some((lane, sent)) = self.under_way.next().await else { return pending().await };
            let is_companion = lane.is_companion();
            let is_lost = is_companion && !lane.is_connected();
            if !is_lost {
                self.free.push(lane);
            }
            match sent {
                None if is_lost => {}
                None => return None,
                Some((instance, ended)) => {
                    self.count -= 1;
                    if ended.is_ok() || !is_companion || self.given_up {
                        return Some((instance, ended));
                    }
                    self.again.push(instance);
                    return None;
                }
            }
        }
    }

    /// Sends over the first lane, if it is free, what a companion's association took along.
    pub(crate) fn send_again(&mut self) {
        let Some(at) = self.free.iter().position(|lane| !lane.is_companion()) else { return };
        let Some(instance) = self.again.pop() else { return };
        let lane = self.free.swap_remove(at);
        self.count += 1;
        self.under_way.push(Box::pin(async move {
            let ended = lane.store_again(&instance).await;
            (lane, Some((instance, ended)))
        }));
    }

    /// Nothing more is sent: gives what was to be sent again.
    pub(crate) fn give_up(&mut self) -> Vec<StoredInstance> {
        self.given_up = true;
        std::mem::take(&mut self.again)
    }
}
