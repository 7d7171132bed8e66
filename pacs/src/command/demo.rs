//! `pacs demo`: something to look at.

use std::process::ExitCode;

use archive::AeTitle;
use archive::access::ApplicationEntity;
use clap::Args;
use dimse_scp::{Outgoing, Requestor};
use indicatif::{ProgressBar, ProgressStyle};

use super::ae::{May, entity};
use super::{operator, with_archive};
use crate::cli::Failure;
use crate::config::Config;
use crate::{demo, tls};

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
    let objects = objects.iter().map(demo::Object::in_memory).collect::<Result<Vec<_>, _>>()?;
    let listen = config.dimse.listen;
    let tls = tls::to_ourselves(&config.dimse.tls)?;
    let gateway = ApplicationEntity {
        tls: tls.is_some(),
        ..ApplicationEntity::at(AeTitle::new(&config.dimse.ae_title)?, listen.ip().to_string(), listen.port())
    };
    let requestor = Requestor::new(AeTitle::new(CALLING)?, Outgoing { tls, ..Outgoing::default() });
    let bar = ProgressBar::new(objects.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} objects")?);
    let mut refused = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sent = runtime.block_on(requestor.send(&gateway, &objects, |object, status| {
        bar.inc(1);
        if status != 0 {
            refused.push(format!("{}: status {status:04X}H", object.sop_instance));
        }
    }));
    bar.finish();
    sent.map_err(|failure| format!("the gateway at {listen}: {failure}. Is it running (pacs serve)?"))?;
    if !refused.is_empty() {
        return Err(format!("not stored, or with a warning:\n{}", refused.join("\n")).into());
    }
    println!("Sent. Look at them at {}://{}/viewer/", config.http.scheme(), config.http.listen);
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
