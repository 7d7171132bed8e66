//! `pacs ae`: the application entities that may call by DIMSE.

use std::process::ExitCode;
use std::time::Instant;

use archive::access::ApplicationEntity;
use archive::{AeTitle, Archive};
use clap::{Subcommand, ValueEnum};

use super::{operator, table, with_archive};
use crate::cli::Failure;
use crate::config::Config;
use crate::serve::dimse;

/// What can be done with application entities.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Let an application entity in.
    Add {
        /// Its AE title.
        title: String,
        /// Where it listens: name or address.
        host: String,
        /// The port it listens on.
        port: u16,
        /// It listens with TLS: what is sent to it is encrypted, and its certificate is checked.
        #[arg(long)]
        tls: bool,
        /// What it may do.
        #[arg(long, value_delimiter = ',', default_value = "store")]
        may: Vec<May>,
    },
    /// List the application entities.
    List,
    /// Ask an application entity whether it is there and knows us (C-ECHO).
    Echo {
        /// Its AE title.
        title: String,
    },
    /// Let one in no longer.
    Remove {
        /// Its AE title.
        title: String,
    },
}

/// What an application entity may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum May {
    /// Send objects (C-STORE).
    Store,
    /// Search and retrieve (C-FIND, C-GET).
    Query,
    /// Have objects sent to others (C-MOVE).
    Move,
    /// Query the worklist and report performed steps (C-FIND, N-CREATE, N-SET).
    Worklist,
}

impl Command {
    /// Does what was asked.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        with_archive(config, |archive| async move {
            let by = operator();
            match self {
                Self::Add { title, host, port, tls, may } => {
                    let entity = ApplicationEntity { tls, ..entity(&title, host, port, &may)? };
                    archive.add_application_entity(&by, &entity).await?;
                    println!("{title} may call.");
                }
                Self::Remove { title } => {
                    archive.remove_application_entity(&by, &AeTitle::new(&title)?).await?;
                    println!("{title} may call no longer.");
                }
                Self::Echo { title } => return echo(config, &archive, &title).await,
                Self::List => list(&archive.list_application_entities().await?),
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// An application entity as it is added.
pub fn entity(title: &str, host: String, port: u16, may: &[May]) -> Result<ApplicationEntity, Failure> {
    Ok(ApplicationEntity {
        title: AeTitle::new(title)?,
        host,
        port,
        tls: false,
        may_store: may.contains(&May::Store),
        may_search: may.contains(&May::Query),
        may_move: may.contains(&May::Move),
        may_worklist: may.contains(&May::Worklist),
        created_at: chrono::Utc::now(),
    })
}

async fn echo(config: &Config, archive: &Archive, title: &str) -> Result<ExitCode, Failure> {
    let entity = archive.application_entity(&AeTitle::new(title)?).await?;
    let entity = entity
        .ok_or_else(|| format!("there is no application entity {title}; `pacs ae list` shows those there are"))?;
    let (host, port) = (&entity.host, entity.port);
    let started = Instant::now();
    match dimse::requestor(config)?.echo(&entity).await {
        Ok(()) => println!("{title} at {host}:{port} answered after {} ms.", started.elapsed().as_millis()),
        Err(failure) => {
            eprintln!("{title} at {host}:{port}: {failure}");
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(entities: &[ApplicationEntity]) {
    let rows: Vec<Vec<String>> = entities
        .iter()
        .map(|entity| {
            let rights = [
                (entity.may_store, "store"),
                (entity.may_search, "query"),
                (entity.may_move, "move"),
                (entity.may_worklist, "worklist"),
            ];
            let rights: Vec<&str> = rights.into_iter().filter(|(may, _)| *may).map(|(_, word)| word).collect();
            let tls = if entity.tls { " (TLS)" } else { "" };
            let address = format!("{}:{}{tls}", entity.host, entity.port);
            vec![entity.title.as_str().to_owned(), address, rights.join(",")]
        })
        .collect();
    table::print(&["TITLE", "ADDRESS", "MAY"], &rows);
}
