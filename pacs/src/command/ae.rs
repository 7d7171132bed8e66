//! `pacs ae`: the application entities that may call by DIMSE.

use std::process::ExitCode;

use archive::AeTitle;
use archive::access::ApplicationEntity;
use clap::{Subcommand, ValueEnum};

use super::{operator, table, with_archive};
use crate::cli::Failure;
use crate::config::Config;

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
        /// What it may do.
        #[arg(long, value_delimiter = ',', default_value = "store")]
        may: Vec<May>,
    },
    /// List the application entities.
    List,
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
                Self::Add { title, host, port, may } => {
                    let entity = entity(&title, host, port, &may)?;
                    archive.add_application_entity(&by, &entity).await?;
                    println!("{title} may call.");
                }
                Self::Remove { title } => {
                    archive.remove_application_entity(&by, &AeTitle::new(&title)?).await?;
                    println!("{title} may call no longer.");
                }
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
        may_store: may.contains(&May::Store),
        may_search: may.contains(&May::Query),
        may_move: may.contains(&May::Move),
        may_worklist: may.contains(&May::Worklist),
        created_at: chrono::Utc::now(),
    })
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
            vec![entity.title.as_str().to_owned(), format!("{}:{}", entity.host, entity.port), rights.join(",")]
        })
        .collect();
    table::print(&["TITLE", "ADDRESS", "MAY"], &rows);
}
