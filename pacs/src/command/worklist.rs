//! `pacs worklist`: the modality worklist.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use archive::worklist::{self, Put, WorklistItem, WorklistSearch};
use archive::{Actor, Archive, Right, Uid};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::{operator, table, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// What can be done with the worklist.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Put the items of files on the worklist. An item takes the place of the one with its Study Instance UID and
    /// Scheduled Procedure Step ID.
    Import {
        /// DICOM files with a worklist item each (as DCMTK's wlmscpfs reads them), or files of DICOM JSON with one item or
        /// an array of them; - for standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the worklist, soonest first: each item with the objects that arrived for it.
    List(List),
    /// Take an item off the worklist.
    Remove {
        /// Its Study Instance UID.
        study: String,
        /// Its Scheduled Procedure Step ID.
        step: String,
    },
}

/// Which items are listed.
#[derive(Debug, Args)]
pub struct List {
    /// Only those for this station.
    #[arg(long, value_name = "AE-TITLE")]
    ae: Option<String>,
    /// Only those of this modality.
    #[arg(long)]
    modality: Option<String>,
    /// Only those of this day or range of days: 20261126, 20261126-20261130, 20261126-.
    #[arg(long)]
    date: Option<String>,
    /// Only those of this patient.
    #[arg(long, value_name = "ID")]
    patient_id: Option<String>,
    /// Also what is completed or discontinued.
    #[arg(long)]
    all: bool,
    /// Most items to list.
    #[arg(long, default_value_t = 1000)]
    limit: u32,
}

impl Command {
    /// Does what was asked. Exit status 1 when items were refused.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let rights = vec![Right::Worklist, Right::Schedule];
        let actor = Actor { name: operator(), rights, identified: true, address: None, via: "console" };
        with_archive(config, |archive| async move {
            match self {
                Self::Import { files } => import(&archive, &actor, &files).await,
                Self::List(list) => {
                    let items = archive.worklist(&actor, &list.search()).await?.items;
                    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
                    table::print(&HEADING, &rows);
                    Ok(ExitCode::SUCCESS)
                }
                Self::Remove { study, step } => {
                    archive.unschedule(&actor, &Uid::new(&study)?, &step).await?;
                    println!("Step {step} of study {study} is off the worklist.");
                    Ok(ExitCode::SUCCESS)
                }
            }
        })
    }
}

async fn import(archive: &Archive, actor: &Actor, files: &[PathBuf]) -> Result<ExitCode, Failure> {
    let (mut new, mut replaced, mut refused) = (0, 0, 0);
    for file in files {
        let items = read(file).map_err(Failure::from).and_then(|bytes| Ok(worklist::items_of(&bytes)?));
        let items = match items {
            Ok(items) => items,
            Err(error) => {
                println!("refused  {}: {error}", file.display());
                refused += 1;
                continue;
            }
        };
        for item in items {
            match archive.schedule(actor, item).await {
                Ok(steps) => {
                    let count = |put| steps.iter().filter(|step| step.put == put).count();
                    new += count(Put::New);
                    replaced += count(Put::Replaced);
                }
                Err(error @ archive::Error::BadRequest(_)) => {
                    println!("refused  {}: {error}", file.display());
                    refused += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    println!("{new} new on the worklist, {replaced} changed, {refused} refused.");
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file)
}

impl List {
    fn search(&self) -> WorklistSearch {
        let keys = [
            ("00400100.00400001", self.ae.clone()),
            ("00400100.00080060", self.modality.clone()),
            ("00400100.00400002", self.date.clone()),
            ("00100020", self.patient_id.clone()),
            ("00400100.00400020", self.all.then(|| "*".to_owned())),
        ];
        let matching = keys.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let limit = Some(self.limit);
        WorklistSearch { matching: matching.collect(), with_required: true, limit, ..WorklistSearch::default() }
    }
}

const HEADING: [&str; 10] =
    ["START", "STATION", "MODALITY", "PATIENT ID", "PATIENT", "STATUS", "OBJECTS", "STEP", "STUDY", "ARRIVED"];

fn row(item: &WorklistItem) -> Vec<String> {
    let of_step = |tag: &str| text(item.attributes.get("00400100").and_then(|steps| steps["Value"][0].get(tag)));
    let of_item = |tag: &str| text(item.attributes.get(tag));
    vec![
        format!("{} {}", of_step("00400002"), of_step("00400003")),
        of_step("00400001"),
        of_step("00080060"),
        of_item("00100020"),
        of_item("00100010"),
        item.status.clone(),
        item.instances.to_string(),
        item.step.clone(),
        item.study.clone(),
        arrived(item),
    ]
}

/// Under which Study Instance UIDs objects of an item arrived.
fn arrived(item: &WorklistItem) -> String {
    let shown = |study: &String| if *study == item.study { "yes".to_owned() } else { format!("as {study}") };
    match item.arrived.is_empty() {
        true => "no".to_owned(),
        false => item.arrived.iter().map(shown).collect::<Vec<_>>().join(", "),
    }
}

/// The first value as it is shown.
fn text(element: Option<&Value>) -> String {
    match element.map(|element| &element["Value"][0]) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(groups)) => groups.get("Alphabetic").and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}
