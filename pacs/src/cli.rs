//! The command line: what can be asked of the binary, in words that `--help` shows.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::command;
use crate::config::{self, Config, Overrides};
use crate::serve;

/// Any failure, told to the person at the terminal.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A DICOMweb-compliant PACS gateway: modalities store by C-STORE or STOW-RS, viewers search and retrieve by DICOMweb.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Getting started: `pacs serve` needs no configuration. In a second terminal, `pacs demo` sends \
                        a few images to it. docs/CONFIGURATION.md explains every key."
)]
pub struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
struct Common {
    /// Configuration file (TOML). Without it, ./pacs.toml is read when there is one.
    #[arg(long, global = true, value_name = "FILE", env = "PACS_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the private database and the default storage node [default: ./pacs-data].
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Sets any configuration key, for example `--set dimse.accept_unknown=true`. May be repeated.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    set: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the gateway and serve until it is told to stop (Ctrl-C or SIGTERM).
    Serve(Serve),
    /// Check the configuration and print what is in force, secrets hidden.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Manage the people who may log in.
    #[command(subcommand)]
    User(command::user::Command),
    /// Manage API tokens.
    #[command(subcommand)]
    Token(command::token::Command),
    /// Manage the application entities (modalities, workstations) that may call by DIMSE.
    #[command(subcommand)]
    Ae(command::ae::Command),
    /// Manage the modality worklist: what is to be done, and what arrived of it.
    #[command(subcommand)]
    Worklist(command::worklist::Command),
    /// Manage what is sent on as it is stored, to other AEs and web servers.
    #[command(subcommand)]
    Forward(command::forward::Command),
    /// Look at the work that is left after answers (forwarding, deletion), and try what failed again.
    #[command(subcommand)]
    Jobs(command::jobs::Command),
    /// Take over the DICOM files of a folder. Can be stopped and run again: what is stored already is left as it is.
    Import(command::import::Arguments),
    /// Compare the databases with the stored files.
    Verify(command::verify::Arguments),
    /// Make a few studies (a CT phantom, a pair of radiographs, an ultrasound loop) and send them by C-STORE.
    Demo(command::demo::Arguments),
    /// List the OpenCL devices that volumes can be worked on, and test the one that is used.
    Devices(command::devices::Arguments),
    /// Show how far images are described for searches by likeness, or describe them anew.
    Descriptors(command::descriptors::Arguments),
    /// Show the latest rows of the audit trail.
    Audit(command::audit::Arguments),
}

/// Flags of `serve`: the keys that are changed most.
#[derive(Debug, Args)]
struct Serve {
    /// Address for HTTP [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<SocketAddr>,
    /// Address for DIMSE [default: 127.0.0.1:11112].
    #[arg(long, value_name = "ADDRESS:PORT")]
    dimse: Option<SocketAddr>,
    /// Our AE title [default: PACS].
    #[arg(long, value_name = "TITLE")]
    ae_title: Option<String>,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the configuration, with the certificates and keys that it names, and print what is in force.
    Check,
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self) -> Result<ExitCode, Failure> {
        let config = config::load(&self.overrides())?;
        match self.command {
            Command::Serve(_) => serve::run(&config),
            Command::Config(ConfigCommand::Check) => check(&config),
            Command::User(command) => command.run(&config),
            Command::Token(command) => command.run(&config),
            Command::Ae(command) => command.run(&config),
            Command::Worklist(command) => command.run(&config),
            Command::Forward(command) => command.run(&config),
            Command::Jobs(command) => command.run(&config),
            Command::Import(arguments) => arguments.run(&config),
            Command::Verify(arguments) => arguments.run(&config),
            Command::Demo(arguments) => arguments.run(&config),
            Command::Devices(arguments) => arguments.run(&config),
            Command::Descriptors(arguments) => arguments.run(&config),
            Command::Audit(arguments) => arguments.run(&config),
        }
    }

    fn overrides(&self) -> Overrides {
        let mut set = Vec::new();
        let mut flag = |key: &str, value: Option<String>| set.extend(value.map(|value| (key.to_owned(), value)));
        flag("data_dir", self.common.data_dir.as_ref().map(|dir| dir.to_string_lossy().into_owned()));
        if let Command::Serve(serve) = &self.command {
            flag("http.listen", serve.http.map(|address| address.to_string()));
            flag("dimse.listen", serve.dimse.map(|address| address.to_string()));
            flag("dimse.ae_title", serve.ae_title.clone());
        }
        set.extend(self.common.set.iter().cloned());
        Overrides { file: self.common.config.clone(), set }
    }
}

fn check(config: &Config) -> Result<ExitCode, Failure> {
    serve::check(config)?;
    print!("{}", config::show(config));
    Ok(ExitCode::SUCCESS)
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE, for example http.workers=4")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn flags_become_configuration_keys() {
        let arguments = Arguments::parse_from([
            "pacs",
            "--data-dir",
            "/x",
            "serve",
            "--dimse",
            "127.0.0.1:0",
            "--set",
            "http.workers=3",
        ]);
        let keys: Vec<String> = arguments.overrides().set.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["data_dir", "dimse.listen", "http.workers"]);
    }
}
