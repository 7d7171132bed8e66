//! `pacs user`: the people who may log in.

use std::process::ExitCode;

use archive::Role;
use clap::Subcommand;

use super::{operator, secret, table, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a user. The password is asked for, or read from standard input when that is no terminal.
    Add {
        /// Name to log in with.
        name: String,
        /// What the user is: administrator, clinician, researcher or device. Several: --role a --role b.
        #[arg(long = "role", default_value = "clinician")]
        roles: Vec<Role>,
    },
    /// List the users.
    List,
    /// Give a user another password; the user's sessions end.
    Passwd {
        /// The user.
        name: String,
    },
    /// Keep a user out, by any means, until enabled again.
    Disable {
        /// The user.
        name: String,
    },
    /// Let a disabled user in again.
    Enable {
        /// The user.
        name: String,
    },
}

impl Command {
    /// Does what was asked.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let password = match &self {
            Self::Add { name, .. } | Self::Passwd { name } => ask_password(name)?,
            _ => String::new(),
        };
        with_archive(config, |archive| async move {
            let by = operator();
            match self {
                Self::Add { name, roles } => {
                    archive.add_user(&by, &name, &password, &roles).await?;
                    println!("User {name} was added.");
                }
                Self::Passwd { name } => {
                    archive.set_password(&by, &name, &password).await?;
                    println!("User {name} has a new password.");
                }
                Self::Disable { name } => {
                    archive.disable_user(&by, &name).await?;
                    println!("User {name} is kept out.");
                }
                Self::Enable { name } => {
                    archive.enable_user(&by, &name).await?;
                    println!("User {name} may log in again.");
                }
                Self::List => list(&archive.list_users().await?),
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn list(users: &[archive::access::User]) {
    let rows: Vec<Vec<String>> = users
        .iter()
        .map(|user| {
            let roles: Vec<&str> = user.roles.iter().map(|role| role.word()).collect();
            let state = if user.disabled { "disabled" } else { "" };
            let since = user.created_at.format("%Y-%m-%d").to_string();
            vec![user.name.clone(), roles.join(", "), since, state.to_owned()]
        })
        .collect();
    table::print(&["NAME", "ROLES", "SINCE", ""], &rows);
}

fn ask_password(name: &str) -> Result<String, Failure> {
    let first = secret::ask(&format!("Password for {name}: "))?;
    if !secret::is_typed() || first == secret::ask("Once more: ")? {
        Ok(first)
    } else {
        Err("the two passwords differ; nothing was changed".into())
    }
}
