//! `pacs forward`: what is sent on as it is stored, to other application entities or web servers.

use std::process::ExitCode;

use archive::forward::{Destination, ForwardingRule, WebCredential};
use archive::{AeTitle, Uid};
use clap::{Args, Subcommand};

use super::{operator, secret, table, with_archive};
use crate::cli::Failure;
use crate::config::Config;

/// What can be done with forwarding rules.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send on what is stored from now on and meets all conditions given. Counts within two seconds.
    Add(Add),
    /// List the rules.
    List,
    /// Remove a rule. What it wanted sent already is sent; `pacs jobs` shows that.
    Remove {
        /// Its name.
        name: String,
    },
}

/// A rule.
#[derive(Debug, Args)]
pub struct Add {
    /// Name of the rule.
    name: String,
    /// Where to: the title of a registered AE (`pacs ae add`), or the URL of a DICOMweb service, which is sent to by STOW-RS.
    #[arg(long, value_name = "TITLE|URL")]
    to: Destination,
    /// Only what this AE stored. What the destination itself stored is never sent back to it.
    #[arg(long, value_name = "TITLE")]
    from: Option<AeTitle>,
    /// Only this modality, for example CT (`*` and `?` are wild cards).
    #[arg(long)]
    modality: Option<String>,
    /// Only this SOP Class.
    #[arg(long, value_name = "UID")]
    sop_class: Option<Uid>,
    /// Only objects with this attribute value (`*` and `?` are wild cards), for example BodyPartExamined=CHEST,
    /// RequestAttributesSequence.RequestedProcedureID=T-17 or "0029{ACME 1.0}10=urgent". May be repeated; all must match.
    #[arg(long = "where", value_name = "ATTRIBUTE=VALUE", value_parser = pair)]
    attributes: Vec<(String, String)>,
    /// Send in this transfer syntax where the object can be had in it without loss; else as it is stored.
    #[arg(long, value_name = "UID")]
    transfer_syntax: Option<Uid>,
    /// Log in at the web server as this user. The password is asked for, or read from standard input.
    #[arg(long, value_name = "NAME", conflicts_with = "token")]
    user: Option<String>,
    /// Log in at the web server by a token, which is asked for, or read from standard input.
    #[arg(long)]
    token: bool,
    /// Send objects de-identified or not at all (docs/DEIDENTIFICATION.md).
    #[arg(long)]
    deidentify: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    // The name of a private creator may have an equals sign.
    let names_end = text.find('}').unwrap_or_default();
    let (last, value) = text[names_end..].split_once('=').ok_or("write it as ATTRIBUTE=VALUE")?;
    let attribute = &text[..names_end + last.len()];
    Ok((attribute.trim().to_owned(), value.trim().to_owned()))
}

impl Command {
    /// Does what was asked.
    pub fn run(self, config: &Config) -> Result<ExitCode, Failure> {
        let credential = match &self {
            Self::Add(add) => add.credential()?,
            Self::List | Self::Remove { .. } => None,
        };
        with_archive(config, |archive| async move {
            let by = operator();
            match self {
                Self::Add(add) => {
                    let rule = ForwardingRule::from(add);
                    archive.add_forwarding_rule(&by, &rule, credential.as_ref()).await?;
                    println!("{} is sent what meets rule '{}'.", rule.destination, rule.name);
                }
                Self::Remove { name } => {
                    archive.remove_forwarding_rule(&by, &name).await?;
                    println!("Rule '{name}' is gone.");
                }
                Self::List => list(&archive.forwarding_rules().await?),
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl Add {
    fn credential(&self) -> Result<Option<WebCredential>, Failure> {
        Ok(match &self.user {
            Some(name) => Some(WebCredential::basic(name, &secret::ask(&format!("Password of {name} there: "))?)?),
            None if self.token => Some(WebCredential::bearer(&secret::ask("Token: ")?)?),
            None => None,
        })
    }
}

impl From<Add> for ForwardingRule {
    fn from(rule: Add) -> Self {
        Self {
            name: rule.name,
            source: rule.from,
            modality: rule.modality,
            sop_class: rule.sop_class,
            attributes: rule.attributes,
            destination: rule.to,
            transfer_syntax: rule.transfer_syntax,
            deidentified: rule.deidentify,
        }
    }
}

fn list(rules: &[ForwardingRule]) {
    let rows: Vec<Vec<String>> = rules
        .iter()
        .map(|rule| {
            let uid = |uid: &Option<Uid>| uid.as_ref().map(ToString::to_string);
            let mut conditions: Vec<String> = Vec::new();
            conditions.extend(rule.source.as_ref().map(|title| format!("from {title}")));
            conditions.extend(rule.modality.as_ref().map(|modality| format!("modality {modality}")));
            conditions.extend(uid(&rule.sop_class).map(|class| format!("SOP Class {class}")));
            conditions.extend(rule.attributes.iter().map(|(name, value)| format!("{name}={value}")));
            let what = if conditions.is_empty() { "everything".to_owned() } else { conditions.join(", ") };
            let mut syntax = uid(&rule.transfer_syntax).unwrap_or_else(|| "as stored".to_owned());
            if rule.deidentified {
                syntax.push_str(", de-identified");
            }
            vec![rule.name.clone(), rule.destination.to_string(), what, syntax]
        })
        .collect();
    table::print(&["NAME", "TO", "WHAT", "TRANSFER SYNTAX"], &rows);
}
