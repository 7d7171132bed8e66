//! The services: who answers in a presentation context, and which command goes to which of them.
//!
//! One service a file, each with its statuses. A service is given the message, reads the data set from the association
//! and responds through it; it sees no PDU. It returns an error only when the association is over.

mod attributes;
pub(crate) mod commitment;
mod find;
mod performed;
mod retrieve;
mod storage;
mod verification;
mod worklist;

use std::time::Instant;

use archive::{Archive, Uid};
use data_set::uids;

use crate::association::Association;
use crate::message::{Message, Response, command_field};
use crate::metric;
use crate::requestor::Requestor;
use crate::upper_layer::{AbortReason, End};

/// Statuses that any service may answer (PS3.7 §C).
mod general {
    /// Nobody here has this operation.
    pub(super) const UNRECOGNIZED_OPERATION: u16 = 0x0211;
    /// The operation exists, but not for the SOP Class of this presentation context.
    pub(super) const SOP_CLASS_NOT_SUPPORTED: u16 = 0x0122;
}

/// A service class that we provide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    /// Verification (PS3.4 §A).
    Verification,
    /// Storage (PS3.4 §B).
    Storage,
    /// Query (PS3.4 §C.4.1).
    Find,
    /// Retrieval to another AE (PS3.4 §C.4.2).
    Move,
    /// Retrieval to the requestor (PS3.4 §C.4.3).
    Get,
    /// Modality Worklist (PS3.4 §K).
    Worklist,
    /// Modality Performed Procedure Step (PS3.4 §F).
    PerformedProcedureStep,
    /// Storage Commitment (PS3.4 §J).
    Commitment,
}

/// Most keys of a query. Those of real ones are some dozens.
const MOST_KEYS: usize = 512;

/// Transfer syntaxes of data sets that we read and write ourselves, the best first.
const OURS: &[&str] = &[uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::IMPLICIT_VR_LITTLE_ENDIAN];

/// Storage as SCP (PS3.4 §B.3.1.4): level 2 (everything is kept), digital signatures level 3 (bits are preserved), no
/// coercion of data elements; each followed by a reserved byte.
const STORAGE_SUPPORT: [u8; 6] = [2, 0, 3, 0, 0, 0];

impl Service {
    /// The service of an abstract syntax; none when we provide none, or when the text is not a UID.
    pub(crate) fn of(abstract_syntax: &str) -> Option<Self> {
        Uid::new(abstract_syntax).ok()?;
        Some(match abstract_syntax {
            uids::VERIFICATION => Self::Verification,
            uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND
            | uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND => Self::Find,
            uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE
            | uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE => Self::Move,
            uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_GET
            | uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_GET => Self::Get,
            uids::MODALITY_WORKLIST_INFORMATION_MODEL_FIND => Self::Worklist,
            uids::MODALITY_PERFORMED_PROCEDURE_STEP | uids::MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE => {
                Self::PerformedProcedureStep
            }
            uids::STORAGE_COMMITMENT_PUSH_MODEL => Self::Commitment,
            other if storage::is_storage(other) => Self::Storage,
            _ => return None,
        })
    }

    /// Transfer syntaxes that are accepted, the best first; none for whatever the requestor prefers.
    pub(crate) fn transfer_syntaxes(self) -> Option<&'static [&'static str]> {
        match self {
            // Nothing of theirs is read.
            Self::Verification | Self::Storage => None,
            Self::Find | Self::Move | Self::Get | Self::Worklist | Self::PerformedProcedureStep | Self::Commitment => {
                Some(OURS)
            }
        }
    }

    /// The answer to extended negotiation: service-class-application-information, as the service defines it.
    pub(crate) fn extended(self, proposed: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Storage => Some(STORAGE_SUPPORT.to_vec()),
            Self::Find => Some(find::extended(proposed)),
            Self::Move | Self::Get => retrieve::extended(proposed),
            Self::Verification | Self::Worklist | Self::PerformedProcedureStep | Self::Commitment => None,
        }
    }
}

/// The operations that some service has.
const OPERATIONS: [u16; 9] = [
    command_field::C_ECHO_RQ,
    command_field::C_STORE_RQ,
    command_field::C_FIND_RQ,
    command_field::C_MOVE_RQ,
    command_field::C_GET_RQ,
    command_field::N_CREATE_RQ,
    command_field::N_SET_RQ,
    command_field::N_GET_RQ,
    command_field::N_ACTION_RQ,
];

/// What became of an operation, for log and metrics.
struct Performed {
    operation: &'static str,
    status: u16,
    bytes: u64,
}

/// Statuses of all operations, for the conformance statement.
pub(crate) fn statuses() -> Vec<(&'static str, u16, &'static str)> {
    let mut all = vec![("C-ECHO", verification::SUCCESS, "always")];
    all.extend(storage::Status::ALL.map(|(status, when)| ("C-STORE", status as u16, when)));
    all.extend(find::STATUSES.map(|(status, when)| ("C-FIND", status as u16, when)));
    all.extend(retrieve::Status::ALL.map(|(status, when)| ("C-MOVE, C-GET", status as u16, when)));
    all.extend(worklist::Status::ALL.map(|(status, when)| ("C-FIND of the worklist", status as u16, when)));
    all.extend(performed::Status::ALL.map(|(status, when)| ("N-CREATE, N-SET, N-GET", status as u16, when)));
    all.extend(commitment::Status::ALL.map(|(status, when)| ("N-ACTION", status as u16, when)));
    all.push(("any", general::SOP_CLASS_NOT_SUPPORTED, "the operation is of other SOP Classes than this context's"));
    all.push(("any", general::UNRECOGNIZED_OPERATION, "there is no such operation"));
    all
}

/// Extended negotiation of queries, for the conformance statement.
pub(crate) fn query_negotiation() -> Vec<(&'static str, bool)> {
    find::OFFERED.iter().map(|(name, offered)| (*name, *offered == 1)).collect()
}

/// Answers one message.
pub(crate) async fn perform(
    archive: &Archive,
    requestor: &Requestor,
    association: &mut Association,
    message: Message,
) -> Result<(), End> {
    let started = Instant::now();
    let performed = match (message.context.service, message.field) {
        (Service::Verification, command_field::C_ECHO_RQ) => verification::c_echo(association, &message).await?,
        (Service::Storage, command_field::C_STORE_RQ) => storage::c_store(archive, association, &message).await?,
        (Service::Find, command_field::C_FIND_RQ) => find::c_find(archive, association, &message).await?,
        (Service::Move, command_field::C_MOVE_RQ) => {
            retrieve::c_move(archive, requestor, association, &message).await?
        }
        (Service::Get, command_field::C_GET_RQ) => retrieve::c_get(archive, association, &message).await?,
        (Service::Worklist, command_field::C_FIND_RQ) => worklist::c_find(archive, association, &message).await?,
        (Service::PerformedProcedureStep, field) if has_step_operation(&message.context.abstract_syntax, field) => {
            match field {
                command_field::N_CREATE_RQ => performed::n_create(archive, association, &message).await?,
                command_field::N_SET_RQ => performed::n_set(archive, association, &message).await?,
                _ => performed::n_get(archive, association, &message).await?,
            }
        }
        (Service::Commitment, command_field::N_ACTION_RQ) => {
            commitment::n_action(archive, association, &message).await?
        }
        (Service::Commitment, command_field::N_EVENT_REPORT_RSP) => {
            commitment::answered(archive, association, &message).await?
        }
        // What it would cancel is over: operations are answered before the next message is read.
        (_, command_field::C_CANCEL_RQ) => return Ok(()),
        (_, field) if field & command_field::RESPONSE != 0 => {
            return Err(End::Protocol(AbortReason::UnexpectedPduParameter, "a response to nothing"));
        }
        (_, field) if OPERATIONS.contains(&field) => {
            refuse(association, &message, general::SOP_CLASS_NOT_SUPPORTED).await?
        }
        _ => refuse(association, &message, general::UNRECOGNIZED_OPERATION).await?,
    };
    metric::operation(performed.operation, performed.status, started.elapsed(), performed.bytes);
    Ok(())
}

/// Whether one of the two SOP Classes of performed steps has this operation (PS3.4 Tables F.7.1-1, F.8.1-1).
fn has_step_operation(sop_class: &str, field: u16) -> bool {
    match field {
        command_field::N_CREATE_RQ | command_field::N_SET_RQ => sop_class == uids::MODALITY_PERFORMED_PROCEDURE_STEP,
        command_field::N_GET_RQ => sop_class == uids::MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE,
        _ => false,
    }
}

/// Refuses an operation that the presentation context does not have.
async fn refuse(association: &mut Association, message: &Message, status: u16) -> Result<Performed, End> {
    tracing::info!(field = %format_args!("{:04X}", message.field), "operation refused");
    let response = Response::to(message, status).comment("this presentation context has no such operation");
    association.respond(message, &response).await?;
    Ok(Performed { operation: "other", status, bytes: 0 })
}

/// Reads a data set as the Identifier of a query, whatever comes of it.
#[cfg(any(test, feature = "exercise"))]
pub(crate) fn read_identifier(set: &data_set::DataSet) {
    find::read_whatever(set);
}
