//! `pacs token`: API tokens, with which a program acts for a user.

use std::process::ExitCode;

use chrono::{Duration, Utc};
use clap::Subcommand;

use super::{operator, table, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a token for a user and print its secret, which is shown this once. Use it as `Authorization: Bearer SECRET`.
    Add {
        /// Whose it is: it may do what the user may.
        user: String,
        /// What it is for.
        name: String,
        /// After how many days it ends; never, without it.
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
    },
    /// List tokens, without their secrets.
    List {
        /// Only this user's.
        user: Option<String>,
    },
    /// Take a token back.
    Revoke {
        /// Whose it is.
        user: String,
        /// Its name.
        name: String,
    },
}

impl Command {
    /// Does what was asked.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        with_archive(config, |archive| async move {
            let by = operator();
            match self {
                Self::Add { user, name, days } => {
                    let end = days.map(|days| Utc::now() + Duration::days(days.into()));
                    println!("{}", archive.add_token(&by, &user, &name, end).await?);
                }
                Self::List { user } => list(&archive.list_tokens(user.as_deref()).await?),
                Self::Revoke { user, name } => {
                    archive.revoke_token(&by, &user, &name).await?;
                    println!("Token {name} of {user} was taken back.");
                }
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn list(tokens: &[archive::access::Token]) {
    let day = |time: Option<chrono::DateTime<Utc>>| {
        time.map_or_else(|| "never".to_owned(), |time| time.format("%Y-%m-%d").to_string())
    };
    let rows: Vec<Vec<String>> = tokens
        .iter()
        .map(|token| {
            let state = if token.revoked_at.is_some() { "taken back" } else { "" };
            let (used, ends) = (day(token.used_at), day(token.expires_at));
            vec![token.user.clone(), token.name.clone(), day(Some(token.created_at)), used, ends, state.to_owned()]
        })
        .collect();
    table::print(&["USER", "NAME", "MADE", "USED", "ENDS", ""], &rows);
}
