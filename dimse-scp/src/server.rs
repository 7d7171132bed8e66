//! The listener: a task for each connection, from the handshake to the last word, and an orderly end of them all.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::Archive;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::accept::{Door, Established};
use crate::association::Association;
use crate::connection::Connection;
use crate::defect::note;
use crate::errands::Errands;
use crate::negotiating::{Negotiating, Place};
use crate::seats::{Seat, Seats};
use crate::settings::Settings;
use crate::standing::Standing;
use crate::threads::Threads;
use crate::transport::Transport;
use crate::upper_layer::End;
use crate::{metric, service};

/// Pause after a connection could not be accepted (out of file descriptors, mostly): it would fail again at once.
const PAUSE: Duration = Duration::from_millis(100);

/// Where connections come in.
pub struct Listeners {
    /// With TLS, if [`Settings::tls`] says so.
    pub main: TcpListener,
    /// Always without.
    pub plain: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(main: TcpListener) -> Self {
        Self { main, plain: None }
    }
}

impl Listeners {
    /// The next connection, and whether it is to have TLS if there is any. Cancel-safe.
    async fn accept(&self) -> std::io::Result<(TcpStream, SocketAddr, bool)> {
        let plain = async {
            match &self.plain {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = self.main.accept() => accepted.map(|(socket, peer)| (socket, peer, true)),
            accepted = plain => accepted.map(|(socket, peer)| (socket, peer, false)),
        }
    }
}

struct Server {
    door: Door,
    negotiating: Arc<Negotiating>,
    shutdown: CancellationToken,
}

/// Serves DIMSE on listening sockets until `shutdown` is cancelled, then lets each association finish its message,
/// aborts it, and returns when all are over or [`Settings::drain`] is. To be run on a multi-thread Tokio runtime.
///
/// # Errors
/// None at present: nothing that a peer does, nor a connection that cannot be accepted, ends the server.
pub async fn serve(
    listeners: impl Into<Listeners>,
    archive: Archive,
    settings: Settings,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let listeners = listeners.into();
    let grace = settings.drain;
    let room = Arc::new(Semaphore::new(settings.max_associations.min(Semaphore::MAX_PERMITS)));
    let seats = Seats::of(settings.max_associations);
    let negotiating = Negotiating::new(settings.max_negotiating);
    let threads = settings.threads.clone();
    let (requestor, patience) = (settings.requestor.clone(), settings.report_patience);
    let errands = Errands { archive: archive.clone(), requestor, patience };
    let errands = tokio::spawn(errands.run(shutdown.clone()));
    let server =
        Arc::new(Server { door: Door { archive, settings, room, seats: Arc::new(seats) }, negotiating, shutdown });
    let mut tasks = JoinSet::new();
    let mut id = 0;
    loop {
        tokio::select! {
            biased;
            () = server.shutdown.cancelled() => break,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => note(ended),
            accepted = listeners.accept() => match accepted {
                Ok((socket, peer, with_tls)) => {
                    id += 1;
                    // Here and not in its task: tasks begin in any order, and the oldest is to go.
                    let place = server.negotiating.enter(id);
                    let server = Arc::clone(&server);
                    let life = move |socket| connection(server, socket, peer, with_tls, place);
                    begin(&mut tasks, threads.as_deref(), socket, life);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listeners);
    drain(tasks, grace).await;
    note(errands.await);
    Ok(())
}

/// Begins a connection's task, on one of the threads if there are some: there the socket is waited for, too.
fn begin<F, T>(tasks: &mut JoinSet<()>, threads: Option<&Threads>, socket: TcpStream, life: F)
where
    F: FnOnce(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let Some(spot) = threads.and_then(Threads::take) else {
        tasks.spawn(life(socket));
        return;
    };
    let runtime = spot.runtime.clone();
    let on_thread = async move {
        let _spot = spot;
        match socket.into_std().and_then(TcpStream::from_std) {
            Ok(socket) => life(socket).await,
            Err(error) => tracing::warn!(%error, "a connection could not be taken over"),
        }
    };
    tasks.spawn_on(on_thread, &runtime);
}

/// Waits for the connections to end, which they do on their own after `shutdown`; ends those that do not.
async fn drain(mut tasks: JoinSet<()>, grace: Duration) {
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            note(ended);
        }
    };
    if timeout(grace, all).await.is_err() {
        tracing::warn!(associations = tasks.len(), "associations did not end in time and are cut off");
        tasks.shutdown().await;
    }
}

/// A connection's whole life.
async fn connection(server: Arc<Server>, socket: TcpStream, peer: SocketAddr, with_tls: bool, place: Place) {
    let span = tracing::info_span!(
        "association",
        id = place.id(),
        peer = %peer.ip(),
        calling = tracing::field::Empty,
        called = tracing::field::Empty,
    );
    async {
        // In boxes: what negotiating and answering take is not kept by an association that rests.
        let negotiated = Box::pin(server.negotiate(socket, peer.ip(), with_tls, place)).await;
        let Some((association, standing, (permit, seat))) = negotiated else { return };
        server.attend(association, standing, seat).await;
        drop(permit);
    }
    .instrument(span)
    .await;
}

impl Server {
    /// TLS handshake and negotiation, within the ARTIM time.
    async fn negotiate(&self, socket: TcpStream, from: IpAddr, with_tls: bool, place: Place) -> Option<Established> {
        let settings = &self.door.settings;
        let negotiation = async {
            let transport = match Transport::accept(socket, settings.tls.as_ref().filter(|_| with_tls)).await {
                Ok(transport) => transport,
                Err(error) => {
                    tracing::debug!(%error, "no TLS");
                    return None;
                }
            };
            let connection = Connection::new(transport, settings.silence).at_least(settings.least_rate);
            self.door.accept(connection, from).await
        };
        tokio::select! {
            established = timeout(settings.artim, negotiation) => established.unwrap_or_else(|_| {
                tracing::debug!("no association in time");
                None
            }),
            () = place.displaced() => {
                tracing::debug!("displaced by newer connections");
                None
            }
            () = self.shutdown.cancelled() => None,
        }
    }

    /// Answers messages until the association ends. Its seat is free then, though the connection may last a little longer:
    /// who releases one may ask for the next at once.
    async fn attend(&self, mut association: Association, mut standing: Standing, seat: Seat) {
        let _active = metric::Active::enter();
        let started = Instant::now();
        tracing::info!("association accepted");
        let end = loop {
            let message = tokio::select! {
                biased;
                () = self.shutdown.cancelled() => break End::Stopping,
                message = association.receive() => message,
            };
            let answered = match message {
                Ok(message) => {
                    let Door { archive, settings, .. } = &self.door;
                    if standing.is_old(archive) {
                        Box::pin(standing.renew(archive, &mut association)).await;
                    }
                    Box::pin(service::perform(archive, &settings.requestor, &mut association, message)).await
                }
                Err(end) => Err(end),
            };
            if let Err(end) = answered {
                break end;
            }
        };
        drop(seat);
        tracing::info!(%end, seconds = started.elapsed().as_secs_f64(), "association ended");
        metric::ended(end.label());
        while let Some(response) = association.early_report() {
            // Nothing is said to the peer for it.
            let Door { archive, settings, .. } = &self.door;
            let _ = Box::pin(service::perform(archive, &settings.requestor, &mut association, response)).await;
        }
        let owed = association.take_owed();
        Box::pin(association.close(&end)).await;
        service::commitment::hurry(&self.door.archive, owed).await;
    }
}
