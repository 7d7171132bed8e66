//! `pacs demo`: something to look at.

use std::process::ExitCode;

use archive::AeTitle;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::ae::{May, entity};
use super::{operator, with_archive};
use crate::cli::Failure;
use crate::config::Config;
use crate::demo::{self, Destination};

/// The demo's own AE title.
const CALLING: &str = "PACS_DEMO";

/// Where the demo goes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write the objects into this folder as files, and send nothing.
    #[arg(long, value_name = "DIR")]
    output: Option<std::path::PathBuf>,
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        println!("Making a CT of a phantom, a pair of radiographs and an ultrasound loop.");
        let objects = demo::objects();
        match self.output {
            Some(folder) => write(&folder, objects)?,
            None => send(config, &objects)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn send(config: &Config, objects: &[demo::Object]) -> Result<(), Failure> {
    with_archive(config, |archive| async move {
        if archive.application_entity(&AeTitle::new(CALLING)?).await?.is_none() {
            archive
                .add_application_entity(&operator(), &entity(CALLING, "127.0.0.1".into(), 11113, &[May::Store])?)
                .await?;
        }
        Ok(())
    })?;
    let to = Destination {
        address: config.dimse.listen.to_string(),
        called: config.dimse.ae_title.clone(),
        calling: CALLING.into(),
    };
    let bar = ProgressBar::new(objects.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} objects")?);
    demo::send(&to, objects, || bar.inc(1))?;
    bar.finish();
    println!("Sent. Look at them at http://{}/viewer/", config.http.listen);
    Ok(())
}

fn write(folder: &std::path::Path, objects: Vec<demo::Object>) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let count = objects.len();
    for object in objects {
        let path = folder.join(format!("{}.dcm", object.sop_instance));
        object.into_file()?.write_to_file(path)?;
    }
    println!("{count} files are in {}.", folder.display());
    Ok(())
}
