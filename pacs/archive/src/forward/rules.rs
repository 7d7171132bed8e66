//! All rules: as administrators change them, and as the committer asks them.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use chrono::Utc;
use schema::forwarding::{self, KIND, RuleRow, personal};
use schema::ingest::NewInstance;
use schema::jobs::NewJob;
use serde_json::Value;
use uuid::Uuid;

use super::condition::Condition;
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

/// The rules as they were lately, each with what it asks of attributes.
#[derive(Default)]
pub(crate) struct Rules {
    rules: Vec<(ForwardingRule, Vec<Condition>)>,
    read: Option<Instant>,
}

impl Rules {
    /// Whether they are to be read again.
    pub(crate) fn are_old(&self) -> bool {
        self.read.is_none_or(|read| read.elapsed() >= FRESH)
    }

    /// They are these from now on: rows of the index, and the conditions of [`personal_keys`] from the identity database.
    pub(crate) fn renew(&mut self, rows: Vec<RuleRow>, personal: &HashMap<Uuid, Value>) {
        self.rules = rows.into_iter().filter_map(|row| understood(row, personal)).collect();
        self.read = Some(Instant::now());
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The jobs that come of some new objects, each with its calling AE title.
    pub(crate) fn jobs<'a>(&self, objects: impl Iterator<Item = (Option<&'a str>, &'a NewInstance)>) -> Vec<NewJob> {
        let mut wanted: BTreeMap<(usize, i64), Vec<String>> = BTreeMap::new();
        for (source, instance) in objects {
            for (number, (rule, conditions)) in self.rules.iter().enumerate() {
                if rule.wants(source, instance) && conditions.iter().all(|condition| condition.is_met(instance)) {
                    let place = (number, instance.storage_node_id);
                    wanted.entry(place).or_default().push(instance.sop_instance_uid.clone());
                }
            }
        }
        wanted.into_iter().map(|((number, node), instances)| job(&self.rules[number].0, node, instances)).collect()
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

/// The keys of the conditions that are in the identity database.
pub(crate) fn personal_keys(rows: &[RuleRow]) -> Vec<Uuid> {
    rows.iter().filter_map(|row| row.personal_conditions).collect()
}

fn understood(row: RuleRow, personal: &HashMap<Uuid, Value>) -> Option<(ForwardingRule, Vec<Condition>)> {
    let name = row.name.clone();
    let personal = row.personal_conditions.and_then(|key| personal.get(&key));
    let rule = ForwardingRule::of(row, personal).and_then(|rule| Some((rule.conditions().ok()?, rule)));
    if rule.is_none() {
        tracing::error!(rule = name, "a forwarding rule makes no sense, and nothing is forwarded by it");
    }
    rule.map(|(conditions, rule)| (rule, conditions))
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
        if !self.add_rule_row(rule).await? {
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

    /// Adds the rows of a rule; `false` when there is one of its name. What a rule that was not added left is tidied.
    async fn add_rule_row(&self, rule: &ForwardingRule) -> Result<bool, Error> {
        let (row, personal) = rule.row();
        let key = row.personal_conditions;
        // Before the rule, which makes no sense without them.
        if let Some((key, conditions)) = personal {
            self.with_identity(move |connection| personal::keep(connection, key, &conditions)).await?;
        }
        let added = self.with_index(move |connection| forwarding::add(connection, &row)).await;
        if !matches!(added, Ok(true)) {
            if let Err(error) = self.tidy_credential(&rule.destination).await {
                tracing::warn!(destination = %rule.destination, %error, "the credential for a rule that was not added may be left");
            }
            // After an error it may have been added nevertheless.
            if added.is_ok() {
                self.tidy_conditions(key).await;
            }
        }
        added
    }

    /// Forgets the personal conditions of a rule that is not there, and what was left of others.
    async fn tidy_conditions(&self, key: Option<Uuid>) {
        let tidy = async {
            let kept = personal_keys(&self.with_index(forwarding::list).await?);
            self.with_identity(move |connection| {
                key.into_iter().try_for_each(|key| personal::forget(connection, key))?;
                personal::forget_others(connection, &kept)
            })
            .await
        };
        if let Err(error) = tidy.await {
            tracing::warn!(%error, "the conditions of a rule that is not there may be left, until another rule goes");
        }
    }

    /// All rules, by name.
    pub async fn forwarding_rules(&self) -> Result<Vec<ForwardingRule>, Error> {
        let rows = self.with_index(forwarding::list).await?;
        let keys = personal_keys(&rows);
        let personal = match keys.is_empty() {
            true => HashMap::new(),
            false => self.with_identity(move |connection| personal::of(connection, &keys)).await?,
        };
        Ok(rows.into_iter().filter_map(|row| understood(row, &personal)).map(|(rule, _)| rule).collect())
    }

    /// Removes a rule. What it wanted sent already is sent.
    pub async fn remove_forwarding_rule(&self, by: &str, name: &str) -> Result<(), Error> {
        let key = name.to_owned();
        let row = self.with_index(forwarding::list).await?.into_iter().find(|row| row.name == name);
        // No text of the database holds a NUL.
        if name.contains('\0') || !self.with_index(move |connection| forwarding::remove(connection, &key)).await? {
            return Err(Error::NotFound(format!("forwarding rule '{name}'")));
        }
        self.administered(by, format!("remove forwarding rule '{name}'"));
        let Some(row) = row else { return Ok(()) };
        self.tidy_conditions(row.personal_conditions).await;
        match row.destination.parse() {
            Ok(destination) => self.tidy_credential(&destination).await,
            Err(_) => Ok(()),
        }
    }
}
