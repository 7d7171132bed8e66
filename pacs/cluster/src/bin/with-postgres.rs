//! Runs a command with a Postgres cluster of its own: `with-postgres cargo nextest run`.

use std::process::{Command, ExitCode};

use cluster::{Cluster, Tuning, testing};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(program) = arguments.next() else {
        eprintln!(
            "usage: with-postgres COMMAND [ARGUMENT…]\nRuns COMMAND with a Postgres cluster named in {}.",
            testing::VARIABLE
        );
        return ExitCode::from(2);
    };
    let folder = testing::folder();
    let cluster = match Cluster::start(&folder.path().join("pg"), Tuning::Test) {
        Ok(cluster) => cluster,
        Err(error) => {
            eprintln!("with-postgres: {error}");
            return ExitCode::FAILURE;
        }
    };
    match Command::new(&program).args(arguments).env(testing::VARIABLE, cluster.socket()).status() {
        Ok(status) => ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Err(error) => {
            eprintln!("with-postgres: cannot run {}: {error}", program.to_string_lossy());
            ExitCode::FAILURE
        }
    }
}
