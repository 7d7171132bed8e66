//! The DIMSE server.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use archive::{AeTitle, Archive};
use dimse_scp::{Listeners, Outgoing, Preferences, Requestor, Threads};
use openssl::ssl::SslAcceptorBuilder;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::Failure;
use crate::config::Config;
use crate::tls;

/// What asks other application entities for associations.
pub fn requestor(config: &Config) -> Result<Requestor, Failure> {
    let dimse = &config.dimse;
    let outgoing = Outgoing {
        tls: Some(tls::connector(&dimse.tls, &dimse.destination_ca)?),
        associations: dimse.destination_associations,
        associations_per_move: dimse.move_associations,
        ..Outgoing::default()
    };
    Ok(Requestor::new(AeTitle::new(&dimse.ae_title)?, outgoing))
}

/// Transfer syntaxes that are preferred.
pub fn preferences(config: &Config) -> Result<Preferences, Failure> {
    Ok(config.dimse.prefer.parse().map_err(|error| format!("dimse.prefer: {error}"))?)
}

/// Binds and makes the server; it runs once it is awaited.
pub async fn start(
    config: &Config,
    tls: Option<&tls::Server>,
    archive: Archive,
    requestor: Requestor,
    threads: Arc<Threads>,
    shutdown: CancellationToken,
) -> Result<(SocketAddr, impl Future<Output = Result<(), Failure>> + use<>), Failure> {
    let dimse = &config.dimse;
    let settings = dimse_scp::Settings {
        ae_title: AeTitle::new(&dimse.ae_title)?,
        check_called: dimse.check_called,
        accept_unknown: dimse.accept_unknown,
        require_certificate: dimse.require_certificate,
        check_address: dimse.check_address,
        max_associations: dimse.max_associations,
        max_associations_per_ae: (dimse.max_associations_per_ae > 0).then_some(dimse.max_associations_per_ae),
        max_pdu: dimse.max_pdu,
        prefer: preferences(config)?,
        artim: Duration::from_secs(dimse.artim_seconds),
        idle: Duration::from_secs(dimse.idle_seconds),
        least_rate: dimse.least_rate,
        drain: Duration::from_secs(dimse.drain_seconds),
        tls: tls.map(tls::Server::acceptor).transpose()?.map(SslAcceptorBuilder::build),
        requestor,
        threads: Some(threads),
        report_patience: Duration::from_secs(dimse.report_days.saturating_mul(86_400)),
        ..dimse_scp::Settings::default()
    };
    let listener = bind(dimse.listen, "dimse.listen").await?;
    let address = listener.local_addr()?;
    let mut listeners = Listeners::from(listener);
    if !dimse.plain_listen.is_empty() {
        let listener = bind(dimse.plain_listen.parse()?, "dimse.plain_listen").await?;
        tracing::info!(address = %listener.local_addr()?, "DIMSE without TLS, too");
        listeners.plain = Some(listener);
    }
    Ok((address, async move { Ok(dimse_scp::serve(listeners, archive, settings, shutdown).await?) }))
}

async fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    Ok(bound.map_err(|error| format!("cannot listen for DIMSE on {address} ({key}): {error}"))?)
}
