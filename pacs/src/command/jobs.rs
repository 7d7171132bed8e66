//! `pacs jobs`: what is left to do after answers, and what could not be done.

use std::process::ExitCode;

use archive::jobs::JobStatus;
use clap::Subcommand;

use super::{operator, table, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the jobs that are not done, the oldest first, a thousand at most.
    List {
        /// Only those that are not tried again by themselves.
        #[arg(long)]
        failed: bool,
    },
    /// Show all of one job.
    Show {
        /// Its number.
        id: i64,
    },
    /// Try a job again at once that failed, once or for good. One that is under way is left alone.
    Retry {
        /// Its number; `--failed` for all that failed.
        #[arg(required_unless_present = "failed")]
        id: Option<i64>,
        /// All that are not tried again by themselves.
        #[arg(long, conflicts_with = "id")]
        failed: bool,
    },
    /// Forget a job that forwards.
    Cancel {
        /// Its number.
        id: i64,
    },
}

impl Command {
    /// Does what was asked.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        with_archive(config, |archive| async move {
            let by = operator();
            match self {
                Self::List { failed } => {
                    let jobs = if failed { archive.failed_jobs().await? } else { archive.jobs().await? };
                    list(jobs.iter());
                }
                Self::Show { id } => show(&archive.job(id).await?),
                Self::Retry { id: Some(id), .. } => {
                    archive.retry_job(&by, id).await?;
                    println!("Job {id} is tried again.");
                }
                Self::Retry { id: None, .. } => {
                    let count = archive.retry_failed_jobs(&by).await?;
                    println!("{count} jobs are tried again.");
                }
                Self::Cancel { id } => {
                    archive.cancel_job(&by, id).await?;
                    println!("Job {id} is forgotten.");
                }
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn list<'a>(jobs: impl Iterator<Item = &'a JobStatus>) {
    let row = |job: &JobStatus| {
        vec![
            job.id.to_string(),
            job.kind.clone(),
            job.state.word().to_owned(),
            job.failures.to_string(),
            about(job),
            job.last_error.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = jobs.map(row).collect();
    table::print(&["JOB", "KIND", "STATE", "FAILURES", "ABOUT", "LAST ERROR"], &rows);
}

/// A few words on what a job is about.
fn about(job: &JobStatus) -> String {
    let text = |member: &str| job.work.get(member).and_then(|value| value.as_str());
    let instances = job.work.get("instances").and_then(|value| value.as_array()).map(Vec::len);
    match (text("to"), instances, job.work.as_array()) {
        (Some(to), Some(count), _) => format!("{count} instances to {to}"),
        (Some(to), None, _) => format!("to {to}"),
        (None, _, Some(list)) => format!("{} instances", list.len()),
        _ => String::new(),
    }
}

fn show(job: &JobStatus) {
    println!("job         {}", job.id);
    println!("kind        {}", job.kind);
    println!("state       {}", job.state.word());
    println!("queued      {}", job.created_at.format("%F %T %Z"));
    println!("due         {}", job.due_at.format("%F %T %Z"));
    println!("failures    {}", job.failures);
    println!("last error  {}", job.last_error.as_deref().unwrap_or("-"));
    println!("work        {}", job.work);
}
