//! The worklist: what modalities are to do (PS3.4 Annex K, PS3.18 §14), put there by people and queried by modalities.

mod item;
mod read;
mod search;

use serde_json::{Map, Value};

use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Actor, Archive, Error, Right, Uid};

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
        self.permit(actor, Right::Schedule)?;
        identified(actor)?;
        let steps = item::steps(item)?;
        let written = self
            .with_identity(move |connection| {
                diesel::Connection::transaction(connection, |connection| {
                    let put = |step: item::Step| {
                        let put = schema::worklist::put(connection, &step.new)?;
                        Ok(Scheduled { study: step.study, step: step.new.scheduled_procedure_step_id, put })
                    };
                    steps.into_iter().map(put).collect::<diesel::QueryResult<Vec<_>>>()
                })
            })
            .await?;
        for scheduled in &written {
            self.audit(event(actor, &scheduled.study, "a worklist item put"));
        }
        Ok(written)
    }

    /// Takes an item off the worklist.
    pub async fn unschedule(&self, actor: &Actor, study: &Uid, step: &str) -> Result<(), Error> {
        self.permit(actor, Right::Schedule)?;
        let (uid, name) = (study.as_str().to_owned(), step.to_owned());
        if !self.with_identity(move |connection| schema::worklist::remove(connection, &uid, &name)).await? {
            return Err(Error::NotFound(format!("scheduled procedure step {step} of study {study}")));
        }
        self.audit(event(actor, study, "a worklist item removed"));
        Ok(())
    }
}

/// The worklist is about people.
fn identified(actor: &Actor) -> Result<(), Error> {
    match actor.identified {
        true => Ok(()),
        false => {
            Err(Error::NotAuthorized("this user may see de-identified data only, and the worklist is not".to_owned()))
        }
    }
}

fn event(actor: &Actor, study: &Uid, detail: &str) -> AuditEvent {
    AuditEvent {
        action: Action::Schedule,
        actor: actor.name.clone(),
        address: actor.address,
        via: actor.via,
        study: Some(study.as_str().to_owned()),
        series: None,
        instance: None,
        outcome: Outcome::Success,
        detail: Some(detail.to_owned()),
    }
}
