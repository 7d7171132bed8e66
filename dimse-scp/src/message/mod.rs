//! DIMSE messages (PS3.7 §6.3, §9.3, Annex E): a command set, and a data set that some commands announce.

pub(crate) mod command_set;
#[cfg(test)]
mod golden;
mod outgoing;
mod request;
mod response;

use std::sync::Arc;

pub(crate) use command_set::CommandSet;
pub(crate) use outgoing::Request;
pub(crate) use request::{
    ActionRequest, CreateRequest, EchoRequest, GetAttributesRequest, Missing, MoveRequest, SetRequest, StoreRequest,
};
pub(crate) use response::{Response, SubOperations};

use crate::upper_layer::Context;

/// Command Field (0000,0100) values (PS3.7 §E.1). A response has the highest bit set.
pub(crate) mod command_field {
    pub(crate) const C_STORE_RQ: u16 = 0x0001;
    pub(crate) const C_GET_RQ: u16 = 0x0010;
    pub(crate) const C_FIND_RQ: u16 = 0x0020;
    pub(crate) const C_MOVE_RQ: u16 = 0x0021;
    pub(crate) const C_ECHO_RQ: u16 = 0x0030;
    pub(crate) const N_EVENT_REPORT_RQ: u16 = 0x0100;
    pub(crate) const N_GET_RQ: u16 = 0x0110;
    pub(crate) const N_SET_RQ: u16 = 0x0120;
    pub(crate) const N_ACTION_RQ: u16 = 0x0130;
    pub(crate) const N_CREATE_RQ: u16 = 0x0140;
    pub(crate) const N_DELETE_RQ: u16 = 0x0150;
    pub(crate) const C_CANCEL_RQ: u16 = 0x0FFF;
    pub(crate) const RESPONSE: u16 = 0x8000;
    pub(crate) const N_EVENT_REPORT_RSP: u16 = N_EVENT_REPORT_RQ | RESPONSE;

    /// Whether an operation of this Command Field names its SOP Instance as the Requested one (PS3.7 §10.3).
    pub(crate) fn names_requested(field: u16) -> bool {
        matches!(field, N_GET_RQ | N_SET_RQ | N_ACTION_RQ | N_DELETE_RQ)
    }
}

/// A command that came in. Its data set, if it has one, is read from the association.
pub(crate) struct Message {
    /// Where it came.
    pub(crate) context: Arc<Context>,
    /// Command Field.
    pub(crate) field: u16,
    /// Message ID, or the one that is being responded to or cancelled.
    pub(crate) id: u16,
    /// A data set follows.
    pub(crate) has_data_set: bool,
    /// All of it.
    pub(crate) command: CommandSet,
}

impl Message {
    /// Status (0000,0900) of a response; none in a request.
    pub(crate) fn status(&self) -> Option<u16> {
        self.command.number(command_set::element::STATUS)
    }
}
