//! `pacs audit`: the latest rows of the audit trail.

use std::process::ExitCode;

use archive::audit::{AuditFilter, AuditRow};
use clap::Args;

use super::{table, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// Which rows.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only what this user or AE title did.
    #[arg(long)]
    actor: Option<String>,
    /// Only what was done to this Study.
    #[arg(long, value_name = "UID")]
    study: Option<String>,
    /// Only what was done so: a word of the column WHAT, such as refuse.
    #[arg(long)]
    action: Option<String>,
    /// How many rows, newest first.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        with_archive(config, |archive| async move {
            let Self { actor, study, action, limit } = self;
            let filter = AuditFilter { actor, study, action, ..AuditFilter::default() };
            let rows: Vec<Vec<String>> = archive.audit_trail(filter, limit).await?.iter().map(row).collect();
            table::print(&["WHEN", "WHO", "FROM", "WHAT", "HOW IT ENDED", "OF", "DETAIL"], &rows);
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn row(row: &AuditRow) -> Vec<String> {
    let of = [&row.sop_instance_uid, &row.series_instance_uid, &row.study_instance_uid];
    vec![
        row.at.format("%Y-%m-%d %H:%M:%S").to_string(),
        row.actor.clone(),
        row.address.clone().unwrap_or_default(),
        row.action.clone(),
        row.outcome.clone(),
        of.into_iter().flatten().next().cloned().unwrap_or_default(),
        row.detail.clone().unwrap_or_default(),
    ]
}
