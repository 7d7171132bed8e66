//! Secrets that are typed unseen, or come on standard input: never on the command line, which everybody can read.

use std::io::{BufRead, IsTerminal};

use crate::cli::Failure;

/// Whether somebody types.
pub fn is_typed() -> bool {
    std::io::stdin().is_terminal()
}

/// Asks for a secret, or reads a line.
pub fn ask(question: &str) -> Result<String, Failure> {
    if is_typed() {
        return Ok(rpassword::prompt_password(question)?);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
