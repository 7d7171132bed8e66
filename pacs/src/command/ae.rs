//! `pacs ae`: the application entities that may call by DIMSE.

use std::process::ExitCode;
use std::time::Instant;

use archive::access::{ApplicationEntity, BoundCertificate};
use archive::{AeTitle, Archive};
use clap::{Subcommand, ValueEnum};
use openssl::hash::MessageDigest;
use openssl::x509::X509;

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
        /// Most associations that it may have at once [default: dimse.max_associations_per_ae].
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        max_associations: Option<u32>,
        /// Only who shows this certificate may call by this title: a file (PEM or DER), its SHA-256 fingerprint, or
        /// CN=NAME for any of a trusted authority with this common name.
        #[arg(long, value_name = "FILE|FINGERPRINT|CN=NAME")]
        certificate: Option<String>,
        /// Take the place of one that has this title.
        #[arg(long)]
        replace: bool,
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
                Self::Add { title, host, port, tls, may, max_associations, certificate, replace } => {
                    let certificate = certificate.as_deref().map(bound).transpose()?;
                    let entity =
                        ApplicationEntity { tls, max_associations, certificate, ..entity(&title, host, port, &may)? };
                    match replace {
                        true => drop(archive.put_application_entity(&by, &entity).await?),
                        false => archive.add_application_entity(&by, &entity).await?,
                    }
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
        may_store: may.contains(&May::Store),
        may_search: may.contains(&May::Query),
        may_move: may.contains(&May::Move),
        may_worklist: may.contains(&May::Worklist),
        ..ApplicationEntity::at(AeTitle::new(title)?, host, port)
    })
}

/// The certificate that is meant by a file or by words.
fn bound(text: &str) -> Result<BoundCertificate, Failure> {
    let bytes = match std::fs::read(text) {
        Ok(bytes) => bytes,
        Err(error) => {
            return text
                .parse()
                .map_err(|words| format!("--certificate: {words}; and no file of this name: {error}").into());
        }
    };
    let certificate = X509::from_pem(&bytes).or_else(|_| X509::from_der(&bytes));
    let certificate = certificate.map_err(|_| format!("{text} is no certificate, neither PEM nor DER"))?;
    let digest = certificate.digest(MessageDigest::sha256())?;
    Ok(BoundCertificate::Sha256(digest.as_ref().try_into()?))
}

async fn echo(config: &Config, archive: &Archive, title: &str) -> Result<ExitCode, Failure> {
    let entity = archive.application_entity(&AeTitle::new(title)?).await?;
    let entity = entity
        .ok_or_else(|| format!("there is no application entity {title}; `pacs ae list` shows those there are"))?;
    let started = Instant::now();
    match dimse::requestor(config)?.echo(&entity).await {
        Ok(()) => println!("{title} at {} answered after {} ms.", entity.address(), started.elapsed().as_millis()),
        Err(failure) => {
            eprintln!("{title} at {}: {failure}", entity.address());
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
            let address = format!("{}{tls}", entity.address());
            let most = entity.max_associations.map(|most| most.to_string()).unwrap_or_default();
            let certificate = entity.certificate.as_ref().map(ToString::to_string).unwrap_or_default();
            vec![entity.title.as_str().to_owned(), address, rights.join(","), most, certificate]
        })
        .collect();
    table::print(&["TITLE", "ADDRESS", "MAY", "MOST", "CERTIFICATE"], &rows);
}
