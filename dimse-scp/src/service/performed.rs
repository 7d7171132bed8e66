//! Modality Performed Procedure Step (PS3.4 §F.7, §F.8): N-CREATE, N-SET, and N-GET of the Retrieve SOP Class.

use archive::performed::{PerformedError, Tag};
use archive::{Archive, Error, Right, Uid};
use data_set::uids;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Performed, attributes};
use crate::association::{Association, Unreadable};
use crate::message::command_set::element;
use crate::message::{CreateRequest, GetAttributesRequest, Message, Missing, Response, SetRequest};
use crate::upper_layer::End;

/// Largest data set, and most elements: a step with some ten thousand images, each an Item of two UIDs.
const LARGEST: usize = 8 << 20;
const MOST_ELEMENTS: u32 = 60_000;
/// The SOP Classes that a step goes by: its own, and the one by which it is retrieved.
const STEPS: [&str; 2] = [uids::MODALITY_PERFORMED_PROCEDURE_STEP, uids::MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE];

/// Statuses of N-CREATE, N-SET and N-GET (PS3.7 §10.1, §C; PS3.4 Table F.7.2-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Status {
    Success = 0x0000,
    NoSuchAttribute = 0x0105,
    InvalidAttributeValue = 0x0106,
    ProcessingFailure = 0x0110,
    DuplicateSopInstance = 0x0111,
    NoSuchSopInstance = 0x0112,
    InvalidObjectInstance = 0x0117,
    NoSuchSopClass = 0x0118,
    MissingAttribute = 0x0120,
    MissingAttributeValue = 0x0121,
    NotAuthorized = 0x0124,
    ResourceLimitation = 0x0213,
}

impl Status {
    /// All of them, with what each says.
    pub(super) const ALL: [(Self, &str); 12] = [
        (Self::Success, "the step is created, changed, given"),
        (Self::NoSuchAttribute, "an attribute is to be changed that cannot be"),
        (Self::InvalidAttributeValue, "a status, date, time or UID that cannot be; a new step is not IN PROGRESS"),
        (
            Self::ProcessingFailure,
            "the step is over (Error ID A710H); the data set cannot be read; a defect of the gateway",
        ),
        (Self::DuplicateSopInstance, "there is a step of this UID"),
        (Self::NoSuchSopInstance, "there is no step of this UID"),
        (Self::InvalidObjectInstance, "the SOP Instance UID is missing or none"),
        (Self::NoSuchSopClass, "another SOP Class"),
        (Self::MissingAttribute, "an attribute of type 1 is missing"),
        (Self::MissingAttributeValue, "an attribute of type 1 has no value"),
        (Self::NotAuthorized, "the AE, or its user, may not use the worklist"),
        (Self::ResourceLimitation, "the step is too large, or a database does not answer"),
    ];
}

/// Error ID (0000,0903) of a step that is over (PS3.4 Table F.7.2-2).
const NO_LONGER_UPDATED: u16 = 0xA710;

/// How an operation ended.
struct Answer {
    status: Status,
    words: Option<String>,
    /// Attribute Identifier List.
    attributes: Vec<Tag>,
    error_id: Option<u16>,
}

impl Answer {
    fn new(status: Status, words: impl Into<String>) -> Self {
        Self { status, words: Some(words.into()), attributes: Vec::new(), error_id: None }
    }

    const SUCCESS: Self = Self { status: Status::Success, words: None, attributes: Vec::new(), error_id: None };

    fn response(&self, message: &Message) -> Response {
        let mut response = Response::to(message, self.status as u16);
        if let Some(words) = &self.words {
            response = response.comment(words);
        }
        if !self.attributes.is_empty() {
            response = response.attributes(&self.attributes);
        }
        match self.error_id {
            Some(id) => response.number(element::ERROR_ID, id),
            None => response,
        }
    }
}

/// Creates a step.
pub(super) async fn n_create(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let mut made = None;
    let answer = match of_request(archive, association, message, CreateRequest::try_from(message)).await? {
        Err(answer) => answer,
        Ok((request, attributes)) => match instance(request.sop_instance_uid.as_deref(), &mut made) {
            Err(answer) => answer,
            Ok(_) if request.sop_class_uid != uids::MODALITY_PERFORMED_PROCEDURE_STEP => {
                Answer::new(Status::NoSuchSopClass, "this SOP Class has no N-CREATE here")
            }
            Ok(uid) => archive.create_performed_step(association.actor(), &uid, attributes).await.into(),
        },
    };
    let mut response = answer.response(message);
    if let (Some(uid), Status::Success) = (&made, answer.status) {
        response = response.uid(element::AFFECTED_SOP_INSTANCE_UID, uid.as_str());
    }
    respond("N-CREATE", association, message, &answer, &response).await
}

/// Changes a step.
pub(super) async fn n_set(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let answer = match of_request(archive, association, message, SetRequest::try_from(message)).await? {
        Err(answer) => answer,
        Ok((request, attributes)) => match instance(Some(&request.sop_instance_uid), &mut None) {
            Err(answer) => answer,
            Ok(_) if request.sop_class_uid != uids::MODALITY_PERFORMED_PROCEDURE_STEP => {
                Answer::new(Status::NoSuchSopClass, "this SOP Class has no N-SET here")
            }
            Ok(uid) => archive.change_performed_step(association.actor(), &uid, attributes).await.into(),
        },
    };
    let response = answer.response(message);
    respond("N-SET", association, message, &answer, &response).await
}

/// Gives attributes of a step: those asked for, or all.
pub(super) async fn n_get(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
) -> Result<Performed, End> {
    let found = match GetAttributesRequest::try_from(message) {
        Err(missing) => Err(Answer::from(missing)),
        Ok(request) => match instance(Some(&request.sop_instance_uid), &mut None) {
            Err(answer) => Err(answer),
            Ok(_) if !STEPS.contains(&request.sop_class_uid.as_str()) => {
                Err(Answer::new(Status::NoSuchSopClass, "this SOP Class has no N-GET here"))
            }
            Ok(uid) => match archive.performed_step(association.actor(), &uid).await {
                Err(error) => Err(Answer::from(PerformedError::from(error))),
                Ok(step) => attributes::encode(&chosen(step, &request.attributes), &message.context.transfer_syntax)
                    .map_err(|error| Answer::new(Status::ProcessingFailure, error.to_string())),
            },
        },
    };
    match found {
        Ok(data_set) => {
            association.respond_with(message, &Answer::SUCCESS.response(message), &data_set).await?;
            association.flush().await?;
            Ok(Performed { operation: "N-GET", status: Status::Success as u16, bytes: 0 })
        }
        Err(answer) => {
            let response = answer.response(message);
            respond("N-GET", association, message, &answer, &response).await
        }
    }
}

/// What of a step was asked for: what has no value is empty.
fn chosen(mut step: Map<String, Value>, asked: &[Tag]) -> Map<String, Value> {
    if asked.is_empty() {
        return step;
    }
    let named = asked.iter().map(|(group, element)| {
        let name = format!("{group:04X}{element:04X}");
        let vr = || archive::attribute::by_tag((*group, *element)).map_or("UN", |known| known.vr.to_string());
        let element = step.remove(&name).unwrap_or_else(|| json!({ "vr": vr() }));
        (name, element)
    });
    named.collect()
}

/// A request and the attributes that came with it, from somebody who may use the worklist.
async fn of_request<R>(
    archive: &Archive,
    association: &mut Association,
    message: &Message,
    request: Result<R, Missing>,
) -> Result<Result<(R, Map<String, Value>), Answer>, End> {
    let request = match request {
        Ok(request) => request,
        Err(missing) => return Ok(Err(missing.into())),
    };
    if let Err(error) = archive.permit(association.actor(), Right::Worklist) {
        return Ok(Err(PerformedError::from(error).into()));
    }
    let set = match association.data_set_up_to(message, LARGEST, MOST_ELEMENTS).await? {
        Ok(set) => set,
        Err(unreadable @ Unreadable::TooLong) => {
            return Ok(Err(Answer::new(Status::ResourceLimitation, unreadable.to_string())));
        }
        Err(unreadable) => return Ok(Err(Answer::new(Status::ProcessingFailure, unreadable.to_string()))),
    };
    let attributes = attributes::large_object(set).await.map_err(|words| Answer::new(Status::ProcessingFailure, words));
    Ok(attributes.map(|attributes| (request, attributes)))
}

/// The SOP Instance that is meant; one that we make when none is named.
fn instance(named: Option<&str>, made: &mut Option<Uid>) -> Result<Uid, Answer> {
    let wrong = |why: String| Answer::new(Status::InvalidObjectInstance, why);
    match named {
        Some(uid) => Uid::new(uid).map_err(wrong),
        None => {
            let uid = Uid::new(&format!("2.25.{}", Uuid::new_v4().as_u128())).map_err(wrong)?;
            *made = Some(uid.clone());
            Ok(uid)
        }
    }
}

async fn respond(
    operation: &'static str,
    association: &mut Association,
    message: &Message,
    answer: &Answer,
    response: &Response,
) -> Result<Performed, End> {
    let status = answer.status as u16;
    if let Some(words) = &answer.words {
        tracing::info!(status = %format_args!("{status:04X}"), %words, "{operation} of a performed procedure step");
    }
    association.respond(message, response).await?;
    Ok(Performed { operation, status, bytes: 0 })
}

impl From<Missing> for Answer {
    fn from(missing: Missing) -> Self {
        Self::new(Status::InvalidObjectInstance, format!("{} is missing", missing.name()))
    }
}

impl From<Result<(), PerformedError>> for Answer {
    fn from(result: Result<(), PerformedError>) -> Self {
        result.map_or_else(Self::from, |()| Self::SUCCESS)
    }
}

impl From<PerformedError> for Answer {
    fn from(error: PerformedError) -> Self {
        let words = error.to_string();
        let (status, attributes) = match error {
            PerformedError::Duplicate => (Status::DuplicateSopInstance, Vec::new()),
            PerformedError::Unknown | PerformedError::Archive(Error::NotFound(_)) => {
                (Status::NoSuchSopInstance, Vec::new())
            }
            PerformedError::Final => {
                return Self { error_id: Some(NO_LONGER_UPDATED), ..Self::new(Status::ProcessingFailure, words) };
            }
            PerformedError::Missing(tags) => (Status::MissingAttribute, tags),
            PerformedError::Empty(tags) => (Status::MissingAttributeValue, tags),
            PerformedError::Invalid(tags) => (Status::InvalidAttributeValue, tags),
            PerformedError::Fixed(tags) => (Status::NoSuchAttribute, tags),
            PerformedError::TooLarge | PerformedError::Archive(Error::Unavailable(..) | Error::OutOfResources) => {
                (Status::ResourceLimitation, Vec::new())
            }
            PerformedError::Archive(Error::NotAuthenticated | Error::Throttled(_) | Error::NotAuthorized(_)) => {
                (Status::NotAuthorized, Vec::new())
            }
            PerformedError::Archive(
                Error::BadRequest(_)
                | Error::NotAcceptable(_)
                | Error::Unprocessable(_)
                | Error::Damaged(_)
                | Error::Internal(..),
            ) => (Status::ProcessingFailure, Vec::new()),
        };
        Self { attributes, ..Self::new(status, words) }
    }
}
