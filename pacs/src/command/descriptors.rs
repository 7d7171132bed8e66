//! `pacs descriptors`: how far images are described for searches by likeness, and describing them anew.

use std::process::ExitCode;
use std::time::Duration;

use archive::similar::DescriptorState;
use archive::{Actor, Archive, Right};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::{operator, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Without a subcommand: how many images are described, wait for it, or cannot be, and why.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What can be done with descriptors.
#[derive(Debug, Subcommand)]
enum Command {
    /// Describe all images anew: after a change of `similar.kinds`, or when descriptors are not trusted. Searches find
    /// images as they were described until their turn has come.
    Rebuild {
        /// Do not wait for it: a gateway that runs, or the next one, does it.
        #[arg(long)]
        queue: bool,
    },
}

impl Arguments {
    /// Does what was asked. Exit status 1 when images cannot be described.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let rights = vec![Right::Administer];
        let actor = Actor { name: operator(), rights, identified: true, address: None, via: "console" };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} images, {per_sec}, {eta} left")?;
        let state = with_archive(config, |archive| async move {
            if let Some(Command::Rebuild { queue }) = self.command {
                let series = archive.rebuild_descriptors(&actor).await?;
                println!("{series} series wait to be described.");
                if !queue {
                    wait(&archive, &actor, style).await?;
                }
            }
            Ok(archive.descriptors(&actor).await?)
        })?;
        show(&state);
        Ok(if state.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Until all is described, by this process or by a gateway that runs. What is interrupted goes on with the next one.
async fn wait(archive: &Archive, actor: &Actor, style: ProgressStyle) -> Result<(), Failure> {
    let bar = ProgressBar::new(0).with_style(style);
    loop {
        let state = archive.descriptors(actor).await?;
        let done = state.described + state.failed;
        bar.set_length(done + state.waiting);
        bar.set_position(done);
        if state.waiting == 0 {
            bar.finish_and_clear();
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn show(state: &DescriptorState) {
    println!("described  {} images, {} pictures (recipe {:x})", state.described, state.pictures, state.version);
    println!("waiting    {}", state.waiting);
    println!("failed     {}", state.failed);
    for (reason, count) in &state.reasons {
        println!("  {count} × {reason}");
    }
}
