//! The rows of many objects in two transactions: identity, then index.
//!
//! The index commit makes the objects visible. When both databases are on one server they share one write-ahead log,
//! which is flushed up to the last commit: the identity commit then needs no flush of its own, because the index commit
//! comes after it in the log and is not acknowledged before the log is on the disk up to there.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use schema::forwarding;
use schema::ingest::{self, Identified, NewInstance, Written};

use super::committer::Waiting;
use super::link::Link;
use super::{StoreFailure, Stored};
use crate::audit::{self, AuditEvent};
use crate::forward::{Due, Rules, personal_keys};
use crate::{DuplicatePolicy, Error};

/// The two databases.
pub(super) struct Databases {
    pub(super) index: Link,
    pub(super) identity: Link,
    /// Whether the last batch found none of its headers there before it.
    pub(super) headers_are_new: bool,
    /// What is forwarded.
    pub(super) rules: Rules,
    /// Told when something is.
    pub(super) sending: Arc<Due>,
}

/// What becomes of an object whose rows were written.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// This.
    Settled(Result<Stored, StoreFailure>),
    /// It is to take the place of another.
    Replace,
}

/// Why it cannot be said that rows were written.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The database is away, or full: it is no object's fault.
    Away(Error),
    /// The database refused something.
    Refused(Error),
    /// The storage node could not make an object durable.
    NotDurable,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(..) | Error::OutOfResources => Self::Away(error),
            _ => Self::Refused(error),
        }
    }
}

impl Databases {
    /// Writes the rows and audit rows of `instances`. After an error some may be written nevertheless, and it does no
    /// harm to write them again.
    pub(super) fn commit(&mut self, instances: &[NewInstance], waiting: &[Waiting]) -> Result<Vec<Verdict>, Trouble> {
        let identified = self.write_identity(instances)?;
        self.headers_are_new = identified.headers_are_new;
        self.index.connect()?;
        self.refresh_rules()?;
        let trail = audit::lines(waiting.iter().map(|waiting| waiting.event(Ok(Stored::New))));
        // One statement that commits by itself costs both sides less than a transaction that the disk is waited for in.
        durable(waiting)?;
        waiting.iter().for_each(|waiting| waiting.sent.set(true));
        let Self { index, rules, .. } = &mut *self;
        let mut forwards = false;
        let written = index.run(|connection| match rules.is_empty() {
            true => ingest::write_index(connection, instances, &identified, &trail),
            // What is to be forwarded is written down with the rows.
            false => connection.transaction(|connection| {
                let written = ingest::write_index(connection, instances, &identified, &trail)?;
                let jobs = rules.jobs(new(&written, instances, waiting));
                forwards = !jobs.is_empty();
                if forwards {
                    schema::jobs::queue(connection, &jobs)?;
                }
                Ok(written)
            }),
        })?;
        if forwards {
            self.sending.tell();
        }
        let rows = written.iter().zip(instances).zip(waiting);
        let verdicts: Vec<_> = rows.map(|((row, new), waiting)| verdict(row, new, waiting.duplicates)).collect();
        let others = audit::lines(others(&verdicts, waiting));
        if !others.is_empty() {
            self.index.run(|connection| schema::audit::write(connection, &others))?;
        }
        Ok(verdicts)
    }

    /// Reads the rules, unless they were read just now.
    fn refresh_rules(&mut self) -> Result<(), Error> {
        if !self.rules.are_old() {
            return Ok(());
        }
        let rows = self.index.run(forwarding::list)?;
        let keys = personal_keys(&rows);
        let personal = match keys.is_empty() {
            true => HashMap::new(),
            false => self.identity.run(|connection| forwarding::personal::of(connection, &keys))?,
        };
        self.rules.renew(rows, &personal);
        Ok(())
    }

    fn write_identity(&mut self, instances: &[NewInstance]) -> Result<Identified, Error> {
        let (index, identity) = (self.index.log()?, self.identity.log()?);
        let one_log = index.is_some() && index == identity;
        self.identity.flush(!one_log)?;
        self.identity.run(|connection| ingest::write_identity(connection, instances))
    }

    /// The identity database keeps the header that came first, also that of an object which the index refused, or whose
    /// store was interrupted. Those of `instances` that the index has get their own header back.
    pub(super) fn mend_headers(&mut self, instances: &[NewInstance], verdicts: &[Verdict]) -> Result<(), Error> {
        if self.headers_are_new {
            return Ok(());
        }
        let differing = self.identity.run(|connection| ingest::differing_headers(connection, instances))?;
        for number in differing {
            if let Verdict::Settled(Ok(Stored::New | Stored::Identical)) = verdicts[number] {
                // No commit of the index follows that would flush this one.
                self.identity.flush(true)?;
                self.identity.run(|connection| ingest::replace_identity(connection, &instances[number]))?;
            }
        }
        Ok(())
    }

    /// Puts `instance` in the place of the one that has its UID; gives the path of the file that is now nobody's.
    ///
    /// Between the two commits the identity database has the new header and the index the old row. `pacs verify` tells
    /// when it stays so.
    pub(super) fn replace(
        &mut self,
        instance: &NewInstance,
        source: Option<&str>,
        event: AuditEvent,
    ) -> Result<String, Trouble> {
        let patient = self.identity.run(|connection| ingest::replace_identity(connection, instance))?;
        let lines = audit::lines([event]);
        let jobs = self.rules.jobs(std::iter::once((source, instance)));
        let replaced = self.index.run(|connection| {
            connection.transaction(|connection| {
                let replaced = ingest::replace_index(connection, instance, patient, &lines[0])?;
                schema::jobs::queue(connection, &jobs)?;
                Ok(replaced)
            })
        });
        let replaced = replaced?;
        self.sending.tell();
        Ok(replaced)
    }

    /// Takes the headers of objects that did not get to the disk back, but not those of objects that were stored before,
    /// and writes down that they were lost.
    pub(super) fn take_back(&mut self, uids: &[String], events: Vec<AuditEvent>) -> Result<(), Error> {
        let lines = audit::lines(events);
        let stored = self.index.run(|connection| {
            schema::audit::write(connection, &lines)?;
            schema::lookup::known_instances(connection, uids)
        })?;
        let lost: Vec<String> = uids.iter().filter(|uid| !stored.contains(uid)).cloned().collect();
        self.identity.run(|connection| ingest::remove_identity(connection, &lost))
    }

    /// Begins with new connections: these may be in the middle of something.
    pub(super) fn forget_connections(&mut self) {
        self.index.forget();
        self.identity.forget();
    }

    /// Whether the row of `instance` names its file: asked when a commit was in doubt.
    pub(super) fn is_committed(&mut self, instance: &NewInstance) -> Result<bool, Error> {
        self.index.run(|connection| {
            let (study, series) = (&instance.study_instance_uid, &instance.series_instance_uid);
            let rows = schema::lookup::instances(connection, study, Some(series), Some(&instance.sop_instance_uid))?;
            Ok(rows.iter().any(|row| row.file_path == instance.file_path))
        })
    }
}

/// The objects that are new, with their calling AE titles.
fn new<'a>(
    written: &[Written],
    instances: &'a [NewInstance],
    waiting: &'a [Waiting],
) -> impl Iterator<Item = (Option<&'a str>, &'a NewInstance)> {
    let rows = written.iter().zip(instances).zip(waiting);
    rows.filter(|((written, _), _)| **written == Written::New)
        .map(|((_, instance), waiting)| (waiting.source.as_deref(), instance))
}

/// No row of the index may name what is not on the disk.
fn durable(waiting: &[Waiting]) -> Result<(), Trouble> {
    match waiting.iter().all(|waiting| waiting.placed.durable().is_ok()) {
        true => Ok(()),
        false => Err(Trouble::NotDurable),
    }
}

/// Same bytes: nothing to do. Other bytes under a known UID: what the policy says.
fn verdict(written: &Written, new: &NewInstance, policy: DuplicatePolicy) -> Verdict {
    let same =
        |digest: &[u8], transfer_syntax: &str| digest == new.digest && transfer_syntax == new.transfer_syntax_uid;
    match (written, policy) {
        (Written::New, _) => Verdict::Settled(Ok(Stored::New)),
        (Written::Exists { digest, transfer_syntax_uid, .. }, _) if same(digest, transfer_syntax_uid) => {
            Verdict::Settled(Ok(Stored::Identical))
        }
        (Written::Exists { .. }, DuplicatePolicy::Refuse) => Verdict::Settled(Err(StoreFailure::Duplicate)),
        (Written::Exists { .. }, DuplicatePolicy::Keep) => Verdict::Settled(Ok(Stored::Kept)),
        (Written::Exists { .. }, DuplicatePolicy::Replace) => Verdict::Replace,
    }
}

/// What the audit trail says of objects that are settled but not new; a new one's line is written with its row, and a
/// replacement is another transaction.
fn others(verdicts: &[Verdict], waiting: &[Waiting]) -> Vec<AuditEvent> {
    let pairs = verdicts.iter().zip(waiting);
    pairs
        .filter_map(|(verdict, waiting)| match verdict {
            Verdict::Settled(Ok(Stored::New)) | Verdict::Replace => None,
            Verdict::Settled(result) => Some(waiting.event(result.clone())),
        })
        .collect()
}
