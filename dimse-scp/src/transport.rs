//! The stream under an association: TCP, or TLS over TCP (PS3.15 §B). One type, so that everything above is written once.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use archive::access::ShownCertificate;
use bytes::BufMut;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::ssl::{Ssl, SslAcceptor, SslConnector};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// A connection.
pub(crate) enum Transport {
    /// With how many bytes have to be there for us to wake up.
    Plain(TcpStream, usize),
    Tls(Box<SslStream<TcpStream>>),
}

impl Transport {
    /// Makes a transport of an accepted socket; shakes hands when there is TLS.
    pub(crate) async fn accept(socket: TcpStream, tls: Option<&SslAcceptor>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let Some(acceptor) = tls else { return Ok(Self::Plain(socket, 1)) };
        let ssl = Ssl::new(acceptor.context()).map_err(io::Error::other)?;
        let mut stream = Box::new(SslStream::new(ssl, socket).map_err(io::Error::other)?);
        Pin::new(&mut *stream).accept().await.map_err(io::Error::other)?;
        Ok(Self::Tls(stream))
    }

    /// Makes a transport of a socket that we connected; shakes hands when there is TLS. The certificate must be of `host`.
    pub(crate) async fn connect(socket: TcpStream, tls: Option<&SslConnector>, host: &str) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let Some(connector) = tls else { return Ok(Self::Plain(socket, 1)) };
        let ssl = connector.configure().and_then(|tls| tls.into_ssl(host)).map_err(io::Error::other)?;
        let mut stream = Box::new(SslStream::new(ssl, socket).map_err(io::Error::other)?);
        Pin::new(&mut *stream).connect().await.map_err(io::Error::other)?;
        Ok(Self::Tls(stream))
    }

    /// The certificate that the peer showed. The handshake has verified it, or there would be no transport.
    pub(crate) fn certificate(&self) -> Option<ShownCertificate> {
        let Self::Tls(stream) = self else { return None };
        let certificate = stream.ssl().peer_certificate()?;
        let sha256 = certificate.digest(MessageDigest::sha256()).ok()?.as_ref().try_into().ok()?;
        let name = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next();
        let common_name = name.and_then(|name| name.data().to_string().ok());
        Some(ShownCertificate { sha256, common_name })
    }

    /// The same, waited for by the runtime of whoever asks from now on. TLS stays where it was begun.
    ///
    /// # Errors
    /// The operating system's, for which there is no connection any more.
    pub(crate) fn here(self) -> io::Result<Self> {
        match self {
            // What the kernel was told goes with the socket.
            Self::Plain(socket, wakes_at) => Ok(Self::Plain(TcpStream::from_std(socket.into_std()?)?, wakes_at)),
            Self::Tls(_) => Ok(self),
        }
    }

    /// Reads what can be read without waiting; `None` when that is nothing, or when only waiting tells why.
    pub(crate) fn read_now(&self, into: &mut impl BufMut) -> Option<usize> {
        let Self::Plain(socket, _) = self else { return None };
        socket.try_read_buf(into).ok().filter(|count| *count > 0)
    }

    /// Has the kernel acknowledge at once what comes next. The flag wears off, so it is set before every read: a sender
    /// with Nagle's algorithm (DCMTK's default) waits for our delayed acknowledgement otherwise, 40 ms a message.
    pub(crate) fn acknowledge_quickly(&self) {
        #[cfg(target_os = "linux")]
        {
            let socket = match self {
                Self::Plain(socket, _) => socket,
                Self::Tls(stream) => stream.get_ref(),
            };
            // A closed socket refuses; the read that follows says so better.
            let _ = SockRef::from(socket).set_tcp_quickack(true);
        }
    }
}

impl Transport {
    /// Has the kernel wake us when so many bytes can be read, or when no more come. For bytes that were announced: over TLS
    /// they come in records, and whatever comes wakes us.
    pub(crate) fn wake_at(&mut self, least: usize) {
        #[cfg(target_os = "linux")]
        if let Self::Plain(socket, wakes_at) = self
            && *wakes_at != least
        {
            use std::os::fd::AsRawFd;
            let bytes = libc::c_int::try_from(least).unwrap_or(libc::c_int::MAX);
            let (value, size) = (std::ptr::from_ref(&bytes).cast(), size_of_val(&bytes) as libc::socklen_t);
            // SAFETY: the socket is open as long as it is borrowed; the kernel reads an integer, which lives until it has.
            let told =
                unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVLOWAT, value, size) };
            // A kernel that will not goes on waking us for everything.
            *wakes_at = if told == 0 { least } else { 1 };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = least;
    }
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket, _) => Pin::new(socket).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket, _) => Pin::new(socket).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket, _) => Pin::new(socket).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(socket, _) => socket.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket, _) => Pin::new(socket).poll_flush(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket, _) => Pin::new(socket).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}
