//! `pacs serve`: everything wired, until it is told to stop.

mod banner;
mod destinations;
pub mod dimse;
mod http;
mod request_span;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use archive::Archive;
use dimse_scp::Threads;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::cli::Failure;
use crate::config::Config;
use crate::databases::Databases;
use crate::serve::destinations::Destinations;
use crate::{telemetry, tls};

/// How often the private database server is looked after.
const LOOK_AFTER: Duration = Duration::from_millis(500);

/// Reads what the configuration names and refers to, as [`run`] does.
///
/// # Errors
/// What `pacs serve` would end with before it looks at data or listens.
pub fn check(config: &Config) -> Result<(), Failure> {
    telemetry::filter(&config.log)?;
    dimse::preferences(config)?;
    tls::Servers::of(config)?;
    Destinations::of(config)?;
    Ok(())
}

/// Serves until SIGINT or SIGTERM, then drains and stops.
pub fn run(config: &Config) -> Result<ExitCode, Failure> {
    check(config)?;
    telemetry::log(&config.log)?;
    let metrics = telemetry::metrics()?;
    open_many_files();
    std::fs::create_dir_all(&config.data_dir)
        .map_err(|error| format!("cannot make the data directory {}: {error}", config.data_dir.display()))?;
    // On this thread, which lives as long as the process: the database server ends with the thread that started it.
    let mut databases = Databases::own(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("pacs").build()?;
    let threads = Arc::new(Threads::start(std::thread::available_parallelism()?.get())?);
    let result = runtime.block_on(serve(config, &mut databases, metrics, &threads));
    // Associations with others may have begun on threads and end later: those end last.
    runtime.shutdown_timeout(Duration::from_secs(5));
    result?;
    drop((threads, databases));
    archive::volume::leave_device_search();
    Ok(ExitCode::SUCCESS)
}

/// Takes as many open files as the system lets the process have: connections and stored objects are files. The smaller
/// number that processes begin with is for programs that count files in a bit set.
fn open_many_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, "the process may have few files open at a time");
    }
}

async fn serve(
    config: &Config,
    databases: &mut Databases,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
    threads: &Arc<Threads>,
) -> Result<(), Failure> {
    let archive = Archive::open(databases.settings(config)).await?;
    archive.keep_descriptors_at_hand()?;
    let shutdown = CancellationToken::new();
    let servers = tls::Servers::of(config)?;
    let (http_address, http) = http::start(config, servers.http.as_ref(), archive.clone(), metrics, shutdown.clone())?;
    let destinations = Destinations::of(config)?;
    let requestor = destinations.entities.clone();
    let (tls, threads) = (servers.dimse.as_ref(), Arc::clone(threads));
    let (dimse_address, dimse) =
        dimse::start(config, tls, archive.clone(), requestor.clone(), threads, shutdown.clone()).await?;
    let by_web = tokio::spawn(qido_wado_stow::forward(archive.clone(), destinations.web.clone(), shutdown.clone()));
    let forward = tokio::spawn(dimse_scp::forward(archive.clone(), requestor.clone(), shutdown.clone()));
    let worklist = tokio::spawn(follow_arrivals(config, archive.clone(), shutdown.clone()));
    // Whoever is told that it is ready may stop it at once, and be heard.
    let signals = Signals::heard()?;
    // Last of all that can fail: who would see the password otherwise?
    let administrator = archive.ensure_first_administrator().await?;
    banner::print(config, http_address, dimse_address, administrator.as_ref());
    archive.look_for_device();

    let http_handle = http.handle();
    let http = tokio::spawn(http);
    let dimse = tokio::spawn(dimse);
    wait_for_the_end(signals, databases, &servers, &destinations).await;
    tracing::info!("stopping: waiting for associations and requests to end");
    shutdown.cancel();
    http_handle.stop(true).await;
    http.await??;
    dimse.await??;
    forward.await?;
    by_web.await?;
    worklist.await?;
    requestor.close().await;
    archive.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Moves the worklist on by what arrives, unless it is configured not to.
fn follow_arrivals(config: &Config, archive: Archive, shutdown: CancellationToken) -> impl Future<Output = ()> + use<> {
    let minutes = config.worklist.completed_after_minutes;
    async move {
        if minutes > 0 {
            let quiet = Duration::from_secs(minutes.saturating_mul(60));
            archive::worklist::follow_arrivals(archive, quiet, shutdown).await;
        }
    }
}

/// The signals that are no longer what the system makes of them.
struct Signals {
    hang_up: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn heard() -> std::io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

/// Returns when a signal asks the process to end; until then the private database server is kept running, and SIGHUP has the
/// certificates of both servers, and of what asks others, read again.
async fn wait_for_the_end(
    mut signals: Signals,
    databases: &mut Databases,
    servers: &tls::Servers,
    destinations: &Destinations<'_>,
) {
    let mut look = tokio::time::interval(LOOK_AFTER);
    loop {
        tokio::select! {
            _ = signals.interrupt.recv() => return,
            _ = signals.terminate.recv() => return,
            _ = signals.hang_up.recv() => {
                servers.reload();
                destinations.reload();
            }
            _ = look.tick() => look_after(databases),
        }
    }
}

fn look_after(databases: &mut Databases) {
    match databases.cluster.as_mut().map(cluster::Cluster::revive) {
        Some(Ok(true)) => tracing::warn!("the database server had ended; it was started again"),
        Some(Err(error)) => tracing::error!("the database server cannot be started again: {error}"),
        Some(Ok(false)) | None => {}
    }
}
