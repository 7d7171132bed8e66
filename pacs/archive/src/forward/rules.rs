//! All rules: as administrators change them, and as the committer asks them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::Utc;
use diesel::{PgConnection, QueryResult};
use schema::forwarding::{self, KIND};
use schema::ingest::NewInstance;
use schema::jobs::NewJob;

use super::{ForwardingRule, WebCredential, Work};
use crate::{Archive, Error};

/// How long rules are good without being read again: a change counts everywhere within this time.
const FRESH: Duration = Duration::from_secs(2);

/// Why a rule is not added.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The archive refused or failed.
    #[error(transparent)]
    Archive(#[from] Error),
    /// There is one of this name.
    #[error("there is a forwarding rule '{0}' already")]
    Duplicate(String),
}

/// The rules as they were lately.
#[derive(Default)]
pub(crate) struct Rules {
    rules: Vec<ForwardingRule>,
    read: Option<Instant>,
}

impl Rules {
    /// Reads them, unless they were read just now.
    pub(crate) fn refresh(&mut self, connection: &mut PgConnection) -> QueryResult<()> {
        if self.read.is_some_and(|read| read.elapsed() < FRESH) {
            return Ok(());
        }
        let rows = forwarding::list(connection)?;
        self.rules = rows.into_iter().filter_map(understood).collect();
        self.read = Some(Instant::now());
        Ok(())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The jobs that come of some new objects, each with its calling AE title.
    pub(crate) fn jobs<'a>(&self, objects: impl Iterator<Item = (Option<&'a str>, &'a NewInstance)>) -> Vec<NewJob> {
        let mut wanted: BTreeMap<(usize, i64), Vec<String>> = BTreeMap::new();
        for (source, instance) in objects {
            for (number, rule) in self.rules.iter().enumerate() {
                if rule.wants(source, instance) {
                    let place = (number, instance.storage_node_id);
                    wanted.entry(place).or_default().push(instance.sop_instance_uid.clone());
                }
            }
        }
        wanted.into_iter().map(|((number, node), instances)| job(&self.rules[number], node, instances)).collect()
    }
}

/// A job that only a gateway with the instances' storage node can do.
fn job(rule: &ForwardingRule, node: i64, instances: Vec<String>) -> NewJob {
    let work = Work {
        to: rule.destination.to_string(),
        rule: rule.name.clone(),
        transfer_syntax: rule.transfer_syntax.as_ref().map(|uid| uid.as_str().to_owned()),
        deidentify: rule.deidentified,
        instances,
    };
    NewJob { kind: KIND, work: serde_json::json!(work), storage_node_id: Some(node), due_at: Utc::now() }
}

fn understood(row: forwarding::RuleRow) -> Option<ForwardingRule> {
    let name = row.name.clone();
    let rule = ForwardingRule::of(row);
    if rule.is_none() {
        tracing::error!(rule = name, "a forwarding rule makes no sense, and nothing is forwarded by it");
    }
    rule
}

impl Archive {
    /// Adds a rule, for objects that are stored from then on; everywhere within two seconds. A credential is for its
    /// destination: it takes the place of the one that other rules to it had.
    ///
    /// # Errors
    /// `BadRequest` when the destination is not registered, a condition makes no sense, or the credential cannot be shown
    /// there; [`RuleError::Duplicate`].
    pub async fn add_forwarding_rule(
        &self,
        by: &str,
        rule: &ForwardingRule,
        credential: Option<&WebCredential>,
    ) -> Result<(), RuleError> {
        rule.check()?;
        let destination = &rule.destination;
        if let Some(title) = destination.ae()
            && self.application_entity(title).await?.is_none()
        {
            return Err(Error::BadRequest(format!("the application entity {title} is not registered")).into());
        }
        let name = rule.name.clone();
        if self.with_index(forwarding::list).await?.iter().any(|row| row.name == name) {
            return Err(RuleError::Duplicate(name));
        }
        // Before the rule, which may be followed at once.
        if let Some(credential) = credential {
            self.keep_credential(destination, credential).await?;
        }
        let row = rule.row();
        let added = self.with_index(move |connection| forwarding::add(connection, &row)).await;
        if !matches!(added, Ok(true)) {
            if let Err(error) = self.tidy_credential(destination).await {
                tracing::warn!(%destination, %error, "the credential for a rule that was not added may be left");
            }
            added?;
            return Err(RuleError::Duplicate(name));
        }
        let shown = if credential.is_some() { ", with a credential" } else { "" };
        self.administered(by, format!("add forwarding rule '{}' to {destination}{shown}", rule.name));
        // Whoever saw no rule to this destination just before may have forgotten it.
        if let Some(credential) = credential {
            self.keep_credential(destination, credential).await?;
        }
        Ok(())
    }

    /// All rules, by name.
    pub async fn forwarding_rules(&self) -> Result<Vec<ForwardingRule>, Error> {
        let rows = self.with_index(forwarding::list).await?;
        Ok(rows.into_iter().filter_map(understood).collect())
    }

    /// Removes a rule. What it wanted sent already is sent.
    pub async fn remove_forwarding_rule(&self, by: &str, name: &str) -> Result<(), Error> {
        let key = name.to_owned();
        let destination = self.forwarding_rules().await?.into_iter().find(|rule| rule.name == name);
        // No text of the database holds a NUL.
        if name.contains('\0') || !self.with_index(move |connection| forwarding::remove(connection, &key)).await? {
            return Err(Error::NotFound(format!("forwarding rule '{name}'")));
        }
        self.administered(by, format!("remove forwarding rule '{name}'"));
        match destination {
            Some(rule) => self.tidy_credential(&rule.destination).await,
            None => Ok(()),
        }
    }
}
