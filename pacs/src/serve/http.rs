//! The HTTP server: DICOMweb under `/dicom-web`, pages beside it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::thread::available_parallelism;

use actix_server::ServerBuilder;
use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use archive::Archive;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;

use super::request_span::RequestSpan;
use crate::cli::Failure;
use crate::config::Config;
use crate::tls;

/// Largest HTTP/2 window of one stream and of one connection: uploads over slow links need them large.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
/// Most threads of a worker that wait for a disk or a database. Threads are made when they are needed; left alone, many
/// cores would mean few for each worker.
const BLOCKING: usize = 128;

/// Most workers that a server can have.
const MOST_WORKERS: usize = 512;
/// How many connections may wait to be taken.
const BACKLOG: i32 = 1024;

/// Binds and makes the server; it runs once it is awaited.
pub fn start(
    config: &Config,
    tls: Option<&tls::Server>,
    archive: Archive,
    metrics: PrometheusHandle,
    shutdown: CancellationToken,
) -> Result<(SocketAddr, Server), Failure> {
    let acceptor = tls.map(tls::Server::acceptor).transpose()?;
    let pages = Data::new(web::WebSettings {
        viewer_dir: Some(config.viewer.folder.clone()),
        secure_cookies: acceptor.is_some(),
        trust_forwarded: config.http.trust_forwarded,
        resources: qido_wado_stow::operations().iter().map(resource).collect(),
        metrics,
    });
    let gateway = qido_wado_stow::Settings {
        trust_forwarded: config.http.trust_forwarded,
        cors_origins: config.http.cors_origins.split_whitespace().map(str::to_owned).collect(),
        shutdown,
        ..qido_wado_stow::Settings::default()
    };
    let archive = Data::new(archive);
    let app = move || {
        App::new()
            .wrap(TracingLogger::<RequestSpan>::new())
            .app_data(archive.clone())
            .app_data(pages.clone())
            .configure(|app| qido_wado_stow::routes(app, gateway.clone()))
            .configure(web::routes)
    };
    let workers = match config.http.workers {
        0 => available_parallelism().map_or(1, NonZero::get),
        workers => workers,
    };
    let workers = workers.min(MOST_WORKERS);
    let listen = |listener: TcpListener| match acceptor {
        Some(acceptor) => HttpServer::new(app)
            .disable_signals()
            .workers(workers)
            .worker_max_blocking_threads(BLOCKING)
            .shutdown_timeout(config.http.drain_seconds)
            .tcp_nodelay(true)
            .h1_allow_half_closed(false)
            .h2_initial_window_size(STREAM_WINDOW)
            .h2_initial_connection_window_size(CONNECTION_WINDOW)
            .listen_openssl(listener, acceptor)
            .map(HttpServer::run),
        None => {
            let server = ServerBuilder::new()
                .disable_signals()
                .workers(workers)
                .worker_max_blocking_threads(BLOCKING)
                .shutdown_timeout(config.http.drain_seconds);
            qido_wado_stow::listen(server, listener, app).map(ServerBuilder::run)
        }
    };
    let bound = bind(config.http.listen).and_then(|listener| Ok((listener.local_addr()?, listen(listener)?)));
    bound.map_err(|error| format!("cannot listen for HTTP on {} (http.listen): {error}", config.http.listen).into())
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    // What it was bound with has room for fewer.
    rustix::net::listen(&listener, BACKLOG)?;
    Ok(listener)
}

/// What the page for people tells of an operation.
fn resource(operation: &qido_wado_stow::Operation) -> web::Resource {
    let kind = operation.kind;
    let title =
        if kind.clause.is_empty() { kind.title.to_owned() } else { format!("{} ({})", kind.title, kind.clause) };
    web::Resource {
        title,
        summary: kind.summary,
        method: operation.method(),
        path: format!("{}{}", operation.prefix(), operation.path),
        parameters: kind.parameters.iter().chain(kind.headers).map(|of| (of.name, of.what)).collect(),
        gives: kind.gives,
    }
}
