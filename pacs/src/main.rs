//! The gateway's one binary: reads the configuration, wires, listens, stops.

mod cli;
mod command;
mod config;
mod databases;
mod demo;
mod serve;
mod telemetry;
mod tls;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // SAFETY: nothing has begun yet, so there is no other thread.
    unsafe { archive::volume::name_library() };
    match cli::Arguments::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pacs: {}", telemetry::chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
