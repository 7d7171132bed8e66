//! A socket that sends stretches of files between what is written to it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use rustix::fs::sendfile;
use rustix::net::{SendFlags, send};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

use super::{Carried, Connection, Errand};

/// A connection without TLS.
pub(super) struct Outlet {
    stream: TcpStream,
    connection: Connection,
}

impl Outlet {
    pub fn new(stream: TcpStream) -> Self {
        let connection = Connection::new(stream.local_addr().ok());
        Self { stream, connection }
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Writes what a file follows, with which it goes out.
    fn poll_write_before(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_call(context, || Ok(send(&self.stream, bytes, SendFlags::MORE | SendFlags::NOSIGNAL)?))
    }

    /// Does the errand that waits, if one does, and wakes who waits for it.
    fn poll_errand(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let carried = &mut *self.connection.0.carried.lock();
        while let Carried { errand: Some(errand), count } = carried {
            *count += ready!(self.poll_sendfile(context, errand))?;
            if errand.range.is_empty() {
                errand.waker.wake_by_ref();
                carried.errand = None;
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_sendfile(&self, context: &mut Context<'_>, errand: &mut Errand) -> Poll<io::Result<u64>> {
        let Errand { file, range, .. } = errand;
        let sent = ready!(self.poll_call(context, || {
            let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
            Ok(sendfile(&self.stream, &**file, Some(&mut range.start), length)?)
        }));
        let sent = sent.and_then(|sent| match sent {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a stored file is shorter than it was")),
            sent => Ok(sent as u64),
        });
        Poll::Ready(sent.inspect_err(|error| {
            // Who hangs up midway is no error of ours.
            if !matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) {
                tracing::error!(%error, "answer broken off");
            }
        }))
    }

    fn poll_call(
        &self,
        context: &mut Context<'_>,
        mut call: impl FnMut() -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(context))?;
            match self.stream.try_io(Interest::WRITABLE, &mut call) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return Poll::Ready(done),
            }
        }
    }
}

impl AsyncRead for Outlet {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Outlet {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let is_followed = self.connection.0.carried.lock().errand.is_some();
        match is_followed {
            true => self.poll_write_before(context, bytes),
            false => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    /// All that was written is out, then: a file's turn has come.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_errand(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
