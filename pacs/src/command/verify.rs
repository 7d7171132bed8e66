//! `pacs verify`: the databases compared with the stored files.

use std::process::ExitCode;
use std::time::Duration;

use archive::verify::{Options, Progress, Report};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::with_archive;
use crate::cli::Failure;
use crate::config::Config;

/// How thoroughly.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Read every stored byte and compare it with its digest.
    #[arg(long)]
    digests: bool,
    /// Remove what an interrupted store left behind. An object that was acknowledged is never removed.
    #[arg(long)]
    mend: bool,
    /// Leave files alone that are younger than this: their rows may be on their way.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    grace: u64,
}

impl Arguments {
    /// Does what was asked. Exit status 1 when something is wrong and was not mended.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let grace = Duration::from_secs(self.grace * 60);
        let options = Options { digests: self.digests, mend: self.mend, grace };
        let bar =
            ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} instances, {eta} left")?);
        let told = bar.clone();
        let report = with_archive(config, |archive| async move {
            let report = archive.verify(options, move |progress| tell(&told, progress)).await?;
            Ok(report)
        })?;
        bar.finish_and_clear();
        Ok(summarise(&report))
    }
}

fn tell(bar: &ProgressBar, progress: Progress) {
    match progress {
        Progress::Verified { done, total } => {
            bar.set_length(total);
            bar.set_position(done);
        }
        Progress::Found(finding) => bar.suspend(|| println!("{finding}")),
        Progress::Mended => bar.suspend(|| println!("  mended")),
    }
}

fn summarise(report: &Report) -> ExitCode {
    println!("{} instances and {} files were compared.", report.instances, report.files);
    if report.young > 0 {
        println!("{} files without rows are young and were left alone; --grace 0 looks at them too.", report.young);
    }
    if report.is_clean() {
        println!("Everything is as it should be{}.", if report.mended > 0 { ", now that it was mended" } else { "" });
        return ExitCode::SUCCESS;
    }
    println!(
        "{} of {} findings remain; --mend can remove what was left behind.",
        report.findings - report.mended,
        report.findings
    );
    ExitCode::from(1)
}
