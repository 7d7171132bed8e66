//! Logs and metrics of the process.

use std::error::Error;
use std::fmt::Write as _;
use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::cli::Failure;
use crate::config::{Log, LogFormat};

/// Upper bounds of latency histograms, in seconds.
const SECONDS: [f64; 14] = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 4.0, 16.0, 60.0];

/// Upper bounds of size histograms, in bytes: 1 KiB to 4 GiB.
const BYTES: [f64; 12] = [
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
    4_294_967_296.0,
];

/// Starts logging to standard error.
pub fn log(config: &Log) -> Result<(), Failure> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(config)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match config.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
}

/// What is logged.
pub fn filter(config: &Log) -> Result<EnvFilter, Failure> {
    Ok(EnvFilter::try_new(&config.filter).map_err(|error| format!("log.filter: {error}"))?)
}

/// Starts collecting metrics; the handle renders them for `/metrics`.
pub fn metrics() -> Result<PrometheusHandle, Failure> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_bytes".into()), &BYTES)?;
    Ok(builder.install_recorder()?)
}

/// An error with its causes, on one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        cause = error.source();
    }
    text
}
