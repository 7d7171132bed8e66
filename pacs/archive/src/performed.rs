//! Modality Performed Procedure Steps (PS3.4 Annex F, PS3.18 §15): what modalities say that they do and did.
//!
//! A step is created in progress, changed while it is, and ends completed or discontinued; then nothing of it changes
//! any more. The scheduled steps that it refers to move on with it.

mod rules;

use std::fmt::Display;

use schema::documents;
use schema::element;
use schema::worklist::{self, NewPerformedStep, StepReference};
use serde_json::{Map, Value};

use crate::audit::{Action, AuditEvent, Outcome};
use crate::{Actor, Archive, Error, Right, Uid};

/// Modality Performed Procedure Step SOP Class.
pub const MPPS: &str = data_set::uids::MODALITY_PERFORMED_PROCEDURE_STEP;
/// Largest step, in bytes of JSON or so: some ten thousand images in its series.
pub const LARGEST: usize = 8 << 20;

const STATUS: &str = "00400252";

/// Group and element.
pub type Tag = (u16, u16);

/// Why a performed step is not created or changed.
#[derive(Debug, thiserror::Error)]
pub enum PerformedError {
    /// The archive refused or failed.
    #[error(transparent)]
    Archive(#[from] Error),
    /// There is one of this UID.
    #[error("there is a performed procedure step of this UID already")]
    Duplicate,
    /// There is none of this UID.
    #[error("there is no performed procedure step of this UID")]
    Unknown,
    /// It is completed or discontinued (PS3.4 §F.7.2.2.2).
    #[error("Performed Procedure Step Object may no longer be updated")]
    Final,
    /// Attributes that must be there are not.
    #[error("attributes are missing: {}", names(.0))]
    Missing(Vec<Tag>),
    /// Attributes that must have a value have none.
    #[error("attributes have no value: {}", names(.0))]
    Empty(Vec<Tag>),
    /// Attributes have values that they cannot have.
    #[error("attributes have values that they cannot have: {}", names(.0))]
    Invalid(Vec<Tag>),
    /// Attributes that cannot be changed are to be changed (PS3.4 Table F.7.2-1: not allowed in N-SET).
    #[error("attributes cannot be changed: {}", names(.0))]
    Fixed(Vec<Tag>),
    /// It is larger than is taken.
    #[error("a performed procedure step has at most {LARGEST} bytes")]
    TooLarge,
}

fn names(tags: &[Tag]) -> String {
    let names: Vec<String> = tags.iter().map(|(group, element)| format!("({group:04X},{element:04X})")).collect();
    names.join(" ")
}

impl Archive {
    /// Creates a step (N-CREATE). `attributes`: a DICOM JSON object.
    pub async fn create_performed_step(
        &self,
        actor: &Actor,
        uid: &Uid,
        attributes: Map<String, Value>,
    ) -> Result<(), PerformedError> {
        self.permit_identified(actor, Right::Worklist)?;
        let result = self.create(actor, uid, attributes).await;
        self.audit_performed(actor, uid, "created", &result);
        result
    }

    async fn create(&self, actor: &Actor, uid: &Uid, attributes: Map<String, Value>) -> Result<(), PerformedError> {
        let document = documents::whole(attributes, LARGEST).ok_or(PerformedError::TooLarge)?;
        rules::created(&document)?;
        let new = NewPerformedStep {
            sop_instance_uid: uid.as_str().to_owned(),
            status: element::text(&document, STATUS).unwrap_or_default(),
            references: references(&document),
            document: Value::Object(document),
            created_by: actor.name.clone(),
        };
        match self.with_identity(move |connection| worklist::create(connection, &new)).await? {
            true => Ok(()),
            false => Err(PerformedError::Duplicate),
        }
    }

    /// Changes a step (N-SET). Each attribute takes the place of what was there, sequences as a whole.
    pub async fn change_performed_step(
        &self,
        actor: &Actor,
        uid: &Uid,
        attributes: Map<String, Value>,
    ) -> Result<(), PerformedError> {
        self.permit_identified(actor, Right::Worklist)?;
        let result = self.change(uid, attributes).await;
        self.audit_performed(actor, uid, "changed", &result);
        result
    }

    async fn change(&self, uid: &Uid, attributes: Map<String, Value>) -> Result<(), PerformedError> {
        let changes = documents::whole(attributes, LARGEST).ok_or(PerformedError::TooLarge)?;
        let uid = uid.as_str().to_owned();
        let changed = self
            .with_identity(move |connection| {
                worklist::change(connection, &uid, |row| {
                    let Value::Object(document) = row.document else { return Err(PerformedError::TooLarge) };
                    let document = rules::changed(&row.status, document, changes)?;
                    let document = documents::whole(document, LARGEST).ok_or(PerformedError::TooLarge)?;
                    Ok((element::text(&document, STATUS).unwrap_or_default(), Value::Object(document)))
                })
            })
            .await?;
        changed.ok_or(PerformedError::Unknown)?
    }

    /// All attributes of a step, as a DICOM JSON object (N-GET).
    pub async fn performed_step(&self, actor: &Actor, uid: &Uid) -> Result<Map<String, Value>, Error> {
        self.permit_identified(actor, Right::Worklist)?;
        let name = uid.as_str().to_owned();
        let row = self.with_identity(move |connection| worklist::performed(connection, &name)).await;
        let missing = || Error::NotFound(format!("performed procedure step {uid}"));
        let row = row.and_then(|row| row.ok_or_else(missing));
        self.audit_performed(actor, uid, "read", &row);
        let row = row?;
        let Value::Object(mut document) = row.document else { return Ok(Map::new()) };
        schema::documents::answer(&mut document);
        Ok(document)
    }

    fn audit_performed<T, E: Display>(&self, actor: &Actor, uid: &Uid, what: &str, result: &Result<T, E>) {
        self.audit(AuditEvent {
            instance: Some(uid.as_str().to_owned()),
            detail: Some(match result {
                Ok(_) => format!("a performed step {what}"),
                Err(error) => error.to_string(),
            }),
            ..AuditEvent::by(actor, Action::Perform, Outcome::of(result))
        });
    }
}

/// The scheduled steps that a performed one refers to: Scheduled Step Attributes Sequence (0040,0270).
fn references(document: &Map<String, Value>) -> Vec<StepReference> {
    let items = element::values(document, "00400270").filter_map(Value::as_object);
    items
        .filter_map(|item| {
            let study_instance_uid = element::text(item, "0020000D")?;
            let scheduled_procedure_step_id = element::text(item, "00400009").unwrap_or_default();
            Some(StepReference { study_instance_uid, scheduled_procedure_step_id })
        })
        .collect()
}
