//! `conformance`: asks a running DICOM server what the Standard asks of it.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use conformance::client::Server;
use conformance::suite::{self, Outcome};
use conformance::{Destination, Finding, Level, Peer, Suite, User, report};

/// Asks a running DICOM server what the Standard asks of it. It stores objects of its own under fresh UIDs.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Base URL of the DICOMweb service, for example http://127.0.0.1:8080/dicom-web.
    #[arg(long, required_unless_present = "compare")]
    dicomweb: Option<String>,
    /// URL of the URI Service (WADO-URI); else it is looked for at the usual places.
    #[arg(long)]
    wado_uri: Option<String>,
    /// The DIMSE side: HOST:PORT:AE.
    #[arg(long)]
    dimse: Option<String>,
    /// AE title by which the suite calls.
    #[arg(long, default_value = "CONFORMANCE")]
    calling: String,
    /// The suite as a Move Destination, TITLE:PORT: the server has to know this title at this port of our machine.
    #[arg(long, requires = "dimse")]
    destination: Option<String>,
    /// User for HTTP Basic.
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// Password for HTTP Basic.
    #[arg(long, env = "CONFORMANCE_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    /// A header for every request: 'Name: value'.
    #[arg(long)]
    header: Vec<String>,
    /// Only requirements whose id begins so.
    #[arg(long, default_value = "")]
    only: String,
    /// Command that starts the server again, should a check end it. What is asked next is stored anew.
    #[arg(long, value_name = "COMMAND")]
    restart: Option<String>,
    /// Form of the report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// File for the report instead of standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Instead of a run: a page that compares two JSON reports, each NAME=FILE.
    #[arg(long, num_args = 2, value_names = ["OURS", "THEIRS"])]
    compare: Option<Vec<String>>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(conforms) if conforms => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(words) => {
            eprintln!("{words}");
            ExitCode::from(2)
        }
    }
}

/// Whether no mandatory requirement failed.
fn run(arguments: &Arguments) -> Result<bool, String> {
    if let Some(sides) = &arguments.compare {
        let sides: Vec<_> = sides.iter().map(|side| side_of(side)).collect::<Result<_, _>>()?;
        let [(one, ours), (other, theirs)] = sides.as_slice() else { return Err("name two reports".into()) };
        write(arguments, &report::compare((one, ours), (other, theirs)))?;
        return Ok(true);
    }
    let base = arguments.dicomweb.as_deref().unwrap_or_default();
    let outcomes = outcomes(arguments, base)?;
    let text = match arguments.format {
        Format::Text => report::text(&outcomes),
        Format::Json => format!("{:#}\n", report::json(base, &outcomes)),
        Format::Junit => report::junit(&outcomes),
    };
    write(arguments, &text)?;
    Ok(!outcomes.iter().any(fails))
}

/// The result of every chosen requirement.
fn outcomes(arguments: &Arguments, base: &str) -> Result<Vec<Outcome>, String> {
    let dimse = dimse(arguments)?;
    let mut suite = begin(arguments, base, dimse.clone())?;
    let mut outcomes = Vec::new();
    for requirement in suite::chosen(&arguments.only) {
        let outcome = suite.check(requirement);
        let ended = matches!(outcome.verdict, Some(Err(Finding::Failed { status: None, .. }))) && !suite.is_alive();
        if let Some(command) = arguments.restart.as_deref().filter(|_| ended) {
            eprintln!("{} ended the server; it is started again.", requirement.id);
            let status =
                Command::new("sh").args(["-c", command]).status().map_err(|error| format!("{command}: {error}"))?;
            if !status.success() {
                return Err(format!("{command}: {status}"));
            }
            suite = begin(arguments, base, dimse.clone())?;
        }
        outcomes.push(outcome);
    }
    if outcomes.is_empty() { Err(format!("No requirement's id begins with {}.", arguments.only)) } else { Ok(outcomes) }
}

/// The DIMSE side, and the suite as a destination.
fn dimse(arguments: &Arguments) -> Result<Option<Peer>, String> {
    let Some(text) = arguments.dimse.as_deref() else { return Ok(None) };
    let mut peer =
        Peer::parse(text, &arguments.calling).ok_or_else(|| format!("--dimse wants HOST:PORT:AE, not {text}"))?;
    if let Some(text) = arguments.destination.as_deref() {
        let destination =
            Destination::parse(text).ok_or_else(|| format!("--destination wants TITLE:PORT, not {text}"))?;
        let destination = destination.map_err(|error| format!("cannot listen as {text}: {error}"))?;
        peer.destination = Some(Arc::new(destination));
    }
    let user = arguments.user.clone().zip(arguments.password.clone());
    peer.user = user.map(|(name, password)| User { name, password });
    Ok(Some(peer))
}

/// Stores the objects of a run.
fn begin(arguments: &Arguments, base: &str, dimse: Option<Peer>) -> Result<Suite, String> {
    let server = Server::new(base, headers(arguments)?);
    Suite::begin(server, arguments.wado_uri.clone(), dimse).map_err(|finding| match finding {
        Finding::Failed { reason, request, .. } => {
            format!("The suite's objects could not be stored: {reason} ({request}).")
        }
        Finding::NotApplicable(why) => why,
    })
}

fn fails(outcome: &Outcome) -> bool {
    outcome.requirement.level == Level::Shall && report::result(outcome) == "failed"
}

fn headers(arguments: &Arguments) -> Result<Vec<(String, String)>, String> {
    let given = arguments.header.iter().map(|header| {
        let (name, value) =
            header.split_once(':').ok_or_else(|| format!("--header wants 'Name: value', not {header}"))?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    });
    let basic = arguments.user.as_deref().zip(arguments.password.as_deref());
    given.chain(basic.map(|(user, password)| Ok(Server::basic(user, password)))).collect()
}

/// A name and the report that it names.
fn side_of(side: &str) -> Result<(String, serde_json::Value), String> {
    let (name, file) = side.split_once('=').ok_or_else(|| format!("--compare wants NAME=FILE, not {side}"))?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    Ok((name.to_owned(), serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?))
}

fn write(arguments: &Arguments, text: &str) -> Result<(), String> {
    match &arguments.out {
        Some(file) => std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display())),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}
