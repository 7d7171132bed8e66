//! `pacs import`: a folder of files, taken over.

use std::path::PathBuf;
use std::process::ExitCode;

use archive::import::Progress;
use archive::{Actor, Right};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{operator, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// What is taken over.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder. Folders in it are walked too; the files stay where they are.
    folder: PathBuf,
    /// Write the list of refused files here instead of to the terminal.
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

impl Arguments {
    /// Does what was asked. Exit status 1 when files were refused.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let actor =
            Actor { name: operator(), rights: vec![Right::Store], identified: true, address: None, via: "import" };
        let bar = ProgressBar::new_spinner()
            .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} files, {per_sec}, {eta} left {msg}")?);
        let mut refused = Vec::new();
        let summary = with_archive(config, |archive| async move {
            let summary = archive.import(&actor, &self.folder, |progress| match progress {
                Progress::Counted(files) => bar.set_length(files),
                Progress::Done(done) => {
                    bar.inc(1);
                    if let Err(reason) = done.result {
                        refused.push(format!("{}: {reason}", done.path.display()));
                    }
                }
            });
            let summary = summary.await;
            bar.finish_and_clear();
            tell_refused(self.refused.as_deref(), &refused)?;
            Ok(summary?)
        })?;
        println!(
            "{} stored, {} were here already, {} left aside for another object of the same UID, {} refused.",
            summary.stored, summary.identical, summary.kept, summary.refused
        );
        Ok(if summary.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn tell_refused(file: Option<&std::path::Path>, refused: &[String]) -> Result<(), Failure> {
    match file {
        Some(path) => std::fs::write(path, refused.join("\n") + "\n")?,
        None => refused.iter().for_each(|line| println!("refused  {line}")),
    }
    Ok(())
}
