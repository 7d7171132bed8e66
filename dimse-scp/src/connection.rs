//! A transport with a read buffer: bytes in by need, bytes out whole, every wait with a limit.

use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use archive::access::ShownCertificate;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::outbox::Outbox;
use crate::pace::Pace;
use crate::transport::Transport;
use crate::upper_layer::End;

/// Read buffer while data flow: as large as the largest PDU of a usual peer, so that one read often is one PDU.
const FLOWING: usize = 256 * 1024;
/// Read buffer of a peer that says nothing for the moment.
const RESTING: usize = 4 * 1024;
/// Read buffer of a peer that has been silent for some time: what it says next begins with the header of a PDU.
const SILENT: usize = 512;
/// How long a silent peer keeps its large buffer.
const RESTS_AFTER: Duration = Duration::from_secs(1);
/// Of announced bytes from this many on, three quarters are waited for together: to wake up for each packet costs more than
/// to copy it. The last quarter is not, because a sender may keep it back until the others are acknowledged, and they are
/// when they are read (Nagle's algorithm).
const TOGETHER: usize = 64 * 1024;
/// How long a peer that has not sent them in time is asked for what it has sent.
const AT_LAST: Duration = Duration::from_millis(100);
/// How long, and for how many bytes, we listen to a peer after our last word (see [`Connection::close`]).
const LINGER: (Duration, usize) = (Duration::from_secs(2), 16 * 1024 * 1024);

/// One connection. Reading is cancel-safe: what was read stays in the buffer.
pub(crate) struct Connection {
    transport: Transport,
    buffer: BytesMut,
    /// What waits to be written.
    outgoing: Outbox,
    /// A write was cut off: what the peer would take for the next bytes is not what we would write.
    torn: bool,
    silence: Duration,
    /// Of the bytes of a message.
    pace: Pace,
}

impl Connection {
    /// Wraps a transport; `silence` is the longest wait for the peer's next byte, or for it to take ours.
    pub(crate) fn new(transport: Transport, silence: Duration) -> Self {
        Self {
            transport,
            buffer: BytesMut::new(),
            outgoing: Outbox::default(),
            torn: false,
            silence,
            pace: Pace::new(0, silence),
        }
    }

    /// The same, waited for by the runtime of whoever asks from now on.
    ///
    /// # Errors
    /// As with the transport.
    pub(crate) fn here(self) -> io::Result<Self> {
        Ok(Self { transport: self.transport.here()?, ..self })
    }

    /// The same, but for peers that send so many bytes a second at least while we wait for more of a message, and take as
    /// many. That is looked at whenever we have waited for as long as a silence may last.
    pub(crate) fn at_least(mut self, rate: u32) -> Self {
        self.pace = Pace::new(rate, self.silence);
        self
    }

    /// The certificate that the peer showed, if it did.
    pub(crate) fn certificate(&self) -> Option<ShownCertificate> {
        self.transport.certificate()
    }

    /// The next `N` bytes.
    pub(crate) async fn take_array<const N: usize>(&mut self) -> Result<[u8; N], End> {
        while self.buffer.len() < N {
            self.fill_in_time(RESTING, 1).await?;
        }
        let mut bytes = [0; N];
        self.buffer.copy_to_slice(&mut bytes);
        Ok(bytes)
    }

    /// The next bytes of `most` that are announced, at least one: what is there, else most of what the buffer takes. A peer
    /// that sends them slowly is heard all the same.
    /// What is announced decides on the buffer: commands are small, data sets flow.
    pub(crate) async fn take_some(&mut self, most: usize) -> Result<Bytes, End> {
        if self.buffer.is_empty() {
            let least = if most < TOGETHER { 1 } else { most.min(FLOWING) / 4 * 3 };
            self.fill_in_time(most.clamp(RESTING, FLOWING), least).await?;
        }
        let length = most.min(self.buffer.len());
        Ok(self.buffer.split_to(length).freeze())
    }

    /// As [`take_some`](Self::take_some), put into `room`, which takes one at least: straight from the network, without a
    /// copy of ours, unless something waits in the buffer. Gives how many.
    pub(crate) async fn take_into(&mut self, most: usize, room: &mut [u8]) -> Result<usize, End> {
        let most = most.min(room.len());
        let length = most.min(self.buffer.len());
        if length > 0 {
            self.buffer.copy_to_slice(&mut room[..length]);
            return Ok(length);
        }
        let least = if most < TOGETHER { 1 } else { most / 4 * 3 };
        let (count, waited) = read(&mut self.transport, &mut &mut room[..most], least, self.silence).await?;
        self.pace.note(count, waited)?;
        Ok(count)
    }

    /// Waits until there is something to read of the next message, up to `limit`. A peer that rests costs a small buffer
    /// only. Cancel-safe.
    pub(crate) async fn await_peer(&mut self, limit: Duration) -> Result<(), End> {
        self.pace.restart();
        if !self.buffer.is_empty() {
            return Ok(());
        }
        let short = limit.min(RESTS_AFTER);
        match self.fill(RESTING, 1, short).await {
            Ok(_) => Ok(()),
            Err(End::Silent(_)) if limit > short => {
                self.buffer = BytesMut::new();
                if self.outgoing.is_empty() {
                    self.outgoing = Outbox::default();
                }
                self.fill(SILENT, 1, limit - short).await.map(drop)
            }
            Err(end) => Err(end),
        }
    }

    /// As [`fill`](Self::fill), within a message.
    async fn fill_in_time(&mut self, capacity: usize, least: usize) -> Result<(), End> {
        let (count, waited) = self.fill(capacity, least, self.silence).await?;
        self.pace.note(count, waited)
    }

    /// Reads once, preferably when `least` bytes are there; gives how many came, after how long a wait. The buffer keeps
    /// its allocation as long as nobody else holds a piece of it.
    async fn fill(&mut self, capacity: usize, least: usize, limit: Duration) -> Result<(usize, Duration), End> {
        if self.buffer.capacity() - self.buffer.len() < (capacity / 4).max(least) {
            self.buffer.reserve(capacity.saturating_sub(self.buffer.len()).max(capacity / 4));
        }
        read(&mut self.transport, &mut self.buffer, least, limit).await
    }

    /// Writes all of `bytes` to the peer, after what waits.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.put(bytes);
        self.flush().await
    }

    /// Puts bytes to those that wait to be written together. Whoever puts many looks whether they
    /// [are enough](Self::is_full), and [`flush`](Self::flush)es them at last.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.outgoing.copy(bytes);
    }

    /// The same, without a copy where they are many and the transport takes them from where they lie.
    pub(crate) fn put_piece(&mut self, piece: Bytes) {
        if self.transport.is_write_vectored() {
            self.outgoing.hold(piece);
        } else {
            self.outgoing.copy(&piece);
        }
    }

    /// Whether so much waits that it is written at once.
    pub(crate) fn is_full(&self) -> bool {
        self.outgoing.is_full()
    }

    /// Writes what waits. Not cancel-safe: half a PDU may have been written, and nothing more can be after that.
    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        if self.torn {
            return Err(End::Closed);
        }
        if self.outgoing.is_empty() {
            return Ok(());
        }
        self.torn = true;
        let pace = (self.silence, self.pace.anew());
        let written = write_all(&mut self.transport, &mut self.outgoing.slices(), pace).await;
        self.torn = written.is_err();
        self.outgoing.clear();
        written
    }

    /// Closes after our last word. The peer may be sending still: to close a socket with unread bytes resets it, and the
    /// peer would lose that word. So we end our direction first, then listen a little until the peer hangs up.
    pub(crate) async fn close(mut self) {
        let (limit, mut most) = LINGER;
        let listen = async {
            self.transport.shutdown().await?;
            while most > 0 {
                self.buffer.clear();
                self.buffer.reserve(RESTING);
                match self.transport.read_buf(&mut self.buffer).await? {
                    0 => break,
                    read => most = most.saturating_sub(read),
                }
            }
            io::Result::Ok(())
        };
        // Whatever goes wrong here, the association is over already.
        let _ = timeout(limit, listen).await;
    }
}

/// Writes all parts, none of which is empty. The peer may be silent for as long as `limit` between one part of the
/// bytes and the next that it takes, and must take them at the pace at which it is to send.
async fn write_all(
    transport: &mut (impl AsyncWrite + Unpin),
    mut parts: &mut [IoSlice<'_>],
    (limit, mut pace): (Duration, Pace),
) -> Result<(), End> {
    let in_time = |_| End::Silent(limit);
    while !parts.is_empty() {
        let since = Instant::now();
        match timeout(limit, transport.write_vectored(parts)).await.map_err(in_time)? {
            Ok(0) => return Err(End::Network(io::ErrorKind::WriteZero.into())),
            Ok(count) => {
                IoSlice::advance_slices(&mut parts, count);
                pace.note(count, since.elapsed())?;
            }
            Err(error) => return Err(End::Network(error)),
        }
    }
    timeout(limit, transport.flush()).await.map_err(in_time)?.map_err(End::Network)
}

/// Reads once, at least one byte, preferably when `least` bytes are there; gives how many, and how long the wait for
/// them was. Cancel-safe.
async fn read(
    transport: &mut Transport,
    into: &mut impl BufMut,
    least: usize,
    limit: Duration,
) -> Result<(usize, Duration), End> {
    // A peer whose bytes are always there already must not keep others from their turn.
    tokio::task::consume_budget().await;
    // What is there needs neither.
    if let Some(count) = transport.read_now(into) {
        return Ok((count, Duration::ZERO));
    }
    let since = Instant::now();
    transport.acknowledge_quickly();
    transport.wake_at(least);
    let mut read = timeout(limit, transport.read_buf(into)).await;
    if read.is_err() && least > 1 {
        transport.wake_at(1);
        read = timeout(AT_LAST, transport.read_buf(into)).await;
    }
    match read {
        Err(_) => Err(End::Silent(limit)),
        Ok(Err(error)) => Err(End::Network(error)),
        Ok(Ok(0)) => Err(End::Closed),
        Ok(Ok(count)) => Ok((count, since.elapsed())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes to a peer that takes so many bytes every 20 ms.
    async fn written(at_once: usize) -> Result<(), End> {
        let (mut ours, mut peers) = tokio::io::duplex(16);
        let taking = tokio::spawn(async move {
            let mut bytes = vec![0; at_once];
            while peers.read_exact(&mut bytes).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let limit = Duration::from_millis(200);
        let bytes = [0; 400];
        let mut parts = [IoSlice::new(&bytes[..100]), IoSlice::new(&bytes[100..])];
        let result = write_all(&mut ours, &mut parts, (limit, Pace::new(256, limit))).await;
        taking.abort();
        result
    }

    #[tokio::test]
    async fn a_peer_that_takes_a_byte_now_and_then_is_too_slow() {
        assert!(matches!(written(1).await, Err(End::Slow(256))));
        assert!(written(16).await.is_ok());
    }
}
