//! Deletion of a Study, a Series or an Instance. The Standard has none; the peers and their clients have.
//!
//! The rows of the index go at once, and with them everything that a client can see. What follows from it is a job of the
//! same transaction: the files, and the headers in the identity database.

use std::collections::BTreeMap;

use schema::ingest::{self, Deleted};

use crate::audit::{self, Action, AuditEvent, Outcome};
use crate::jobs::{self, Removal};
use crate::{Actor, Archive, Error, Right, Scope};

/// Most objects that one job removes.
const OBJECTS: usize = 500;

impl Archive {
    /// Deletes a scope for good; gives the number of instances deleted.
    ///
    /// # Errors
    /// `NotAuthorized` without the right to delete, `NotFound` when there is no such object.
    pub async fn delete(&self, actor: &Actor, scope: &Scope) -> Result<usize, Error> {
        self.permit(actor, Right::Delete)?;
        let (asked, lines) = (scope.clone(), audit::lines([event(actor, scope, Outcome::Success)]));
        let deleted = self
            .with_index(move |connection| {
                diesel::Connection::transaction(connection, |connection| {
                    let (study, series, instance) = asked.texts();
                    let deleted = ingest::delete(connection, study, series, instance)?;
                    let count = deleted.len();
                    if count > 0 {
                        schema::jobs::queue(connection, &removals(deleted))?;
                        schema::audit::write(connection, &lines)?;
                    }
                    Ok(count)
                })
            })
            .await?;
        if deleted == 0 {
            self.audit(event(actor, scope, Outcome::Failure));
            return Err(Error::NotFound(scope.name()));
        }
        self.0.recent.forget_all();
        self.0.worker.wake();
        Ok(deleted)
    }
}

/// The jobs that remove what the rows named, each for one storage node.
fn removals(deleted: Vec<Deleted>) -> Vec<schema::jobs::NewJob> {
    let mut by_node: BTreeMap<i64, Vec<Removal>> = BTreeMap::new();
    for instance in deleted {
        let removal = Removal { instance: instance.sop_instance_uid, path: instance.file_path };
        by_node.entry(instance.storage_node_id).or_default().push(removal);
    }
    let jobs = by_node.iter().flat_map(|(node, removals)| {
        removals.chunks(OBJECTS).map(|removals| jobs::Work::Remove(removals.to_vec()).on_node(*node))
    });
    jobs.collect()
}

fn event(actor: &Actor, scope: &Scope, outcome: Outcome) -> AuditEvent {
    let (study, series, instance) = scope.texts();
    AuditEvent {
        study: Some(study.to_owned()),
        series: series.map(str::to_owned),
        instance: instance.map(str::to_owned),
        ..AuditEvent::by(actor, Action::Delete, outcome)
    }
}
