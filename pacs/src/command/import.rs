//! `pacs import`: a folder of files, taken over.

use std::path::PathBuf;
use std::process::ExitCode;

use archive::import::{Done, Progress};
use archive::{Actor, Right, Stored};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::signal::unix::{SignalKind, signal};

use super::{operator, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// Exit status of an import that was told to stop, as shells have it for what an interrupt ends.
const STOPPED: u8 = 130;

/// What is taken over.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder. Folders in it are walked too; the files stay where they are.
    folder: PathBuf,
    /// Write the list of what was refused, or odd, here instead of to the terminal.
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

impl Arguments {
    /// Does what was asked. Exit status 1 when files were refused, 130 when it was told to stop (SIGINT, SIGTERM).
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let actor =
            Actor { name: operator(), rights: vec![Right::Store], identified: true, address: None, via: "import" };
        let bar = ProgressBar::new_spinner()
            .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} files, {per_sec}, {eta} left {msg}")?);
        let mut told = Vec::new();
        let summary = with_archive(config, |archive| async move {
            let stop = told_to_stop(bar.clone())?;
            let summary = archive.import(&actor, &self.folder, stop, |progress| match progress {
                Progress::Counted(files) => bar.set_length(files),
                Progress::Done(done) => {
                    bar.inc(1);
                    told.extend(words(&done));
                }
            });
            let summary = summary.await;
            bar.finish_and_clear();
            tell(self.refused.as_deref(), &told)?;
            Ok(summary?)
        })?;
        let odd = match summary.warned {
            0 => String::new(),
            warned => format!(" ({warned} with a warning)"),
        };
        println!(
            "{} stored{odd}, {} were here already, {} left aside for another object of the same UID, {} refused.",
            summary.stored, summary.identical, summary.kept, summary.refused
        );
        if summary.stopped {
            println!("Stopped before the last file. Run it again to go on: what is stored already is left as it is.");
            return Ok(ExitCode::from(STOPPED));
        }
        Ok(if summary.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Ends when the process is told to, and says so. From then on no signal ends it but SIGKILL.
fn told_to_stop(bar: ProgressBar) -> Result<impl Future<Output = ()>, Failure> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        bar.set_message("stopping: the files on their way are stored");
    })
}

/// What is to be said of a file. What was here already was spoken of when it came first.
fn words(done: &Done) -> Option<String> {
    let path = done.path.display();
    match (&done.result, done.warnings.first()) {
        (Err(reason), _) => Some(format!("refused  {path}: {reason}")),
        (Ok(Stored::New | Stored::Replaced | Stored::Kept), Some(warning)) => {
            Some(format!("warning  {path}: {warning}"))
        }
        (Ok(_), _) => None,
    }
}

fn tell(file: Option<&std::path::Path>, lines: &[String]) -> Result<(), Failure> {
    match file {
        Some(path) => std::fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>())?,
        None => lines.iter().for_each(|line| println!("{line}")),
    }
    Ok(())
}
