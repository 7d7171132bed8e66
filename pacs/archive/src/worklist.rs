//! The worklist: what modalities are to do (PS3.4 Annex K, PS3.18 §14), put there by people and queried by modalities.

mod arrivals;
mod item;
mod read;
mod search;

use serde_json::{Map, Value};

use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Actor, Archive, Error, Right, Uid};

pub use arrivals::follow_arrivals;
pub use item::STATUSES;
pub use read::items_of;
pub use schema::search::{WorklistPlace, WorklistRequest as WorklistSearch};
pub use schema::worklist::Put;
pub use search::{WorklistAnswer, WorklistItem};

/// A Scheduled Procedure Step that was put on the worklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Study Instance UID (0020,000D).
    pub study: Uid,
    /// Scheduled Procedure Step ID (0040,0009).
    pub step: String,
    /// Whether it took the place of another.
    pub put: Put,
}

impl Archive {
    /// Puts an item on the worklist, in the place of the one with its Study Instance UID and Scheduled Procedure Step ID if
    /// there is one. `item`: a DICOM JSON object; one with several Items in its Scheduled Procedure Step Sequence
    /// (0040,0100) is that many worklist items. Without a Study Instance UID it gets one.
    ///
    /// # Errors
    /// `BadRequest` names the attributes that are missing or wrong.
    pub async fn schedule(&self, actor: &Actor, item: Map<String, Value>) -> Result<Vec<Scheduled>, Error> {
        self.permit_identified(actor, Right::Schedule)?;
        let written = self.put(item).await;
        match &written {
            Ok(written) => written.iter().for_each(|scheduled| {
                self.audit(event(actor, Some(&scheduled.study), Outcome::Success, "a worklist item put"));
            }),
            Err(_) => self.audit(event(actor, None, Outcome::Failure, "a worklist item not put")),
        }
        written
    }

    async fn put(&self, item: Map<String, Value>) -> Result<Vec<Scheduled>, Error> {
        let steps = item::steps(item)?;
        self.with_identity(move |connection| {
            diesel::Connection::transaction(connection, |connection| {
                let put = |step: item::Step| {
                    let put = schema::worklist::put(connection, &step.new)?;
                    Ok(Scheduled { study: step.study, step: step.new.scheduled_procedure_step_id, put })
                };
                steps.into_iter().map(put).collect::<diesel::QueryResult<Vec<_>>>()
            })
        })
        .await
    }

    /// Takes an item off the worklist.
    pub async fn unschedule(&self, actor: &Actor, study: &Uid, step: &str) -> Result<(), Error> {
        self.permit_identified(actor, Right::Schedule)?;
        // No text of the database holds a NUL, nor is there a step of such a name.
        let (uid, name) = (study.as_str().to_owned(), step.replace('\0', "\u{fffd}"));
        let removed = self.with_identity(move |connection| schema::worklist::remove(connection, &uid, &name)).await;
        let missing = || Error::NotFound(format!("scheduled procedure step {step} of study {study}"));
        let removed = removed.and_then(|removed| if removed { Ok(()) } else { Err(missing()) });
        self.audit(event(actor, Some(study), Outcome::of(&removed), "a worklist item removed"));
        removed
    }
}

fn event(actor: &Actor, study: Option<&Uid>, outcome: Outcome, detail: &str) -> AuditEvent {
    AuditEvent {
        study: study.map(|study| study.as_str().to_owned()),
        detail: Some(detail.to_owned()),
        ..AuditEvent::by(actor, Action::Schedule, outcome)
    }
}
