//! DIMSE messages (PS3.7 §6.3, §9.3, Annex E): a command set, and a data set that some commands announce.

pub(crate) mod command_set;
mod request;
mod response;

use std::sync::Arc;

pub(crate) use command_set::CommandSet;
pub(crate) use request::{EchoRequest, Missing, StoreRequest};
pub(crate) use response::Response;

use crate::upper_layer::Context;

/// Command Field (0000,0100) values (PS3.7 §E.1). A response has the highest bit set.
pub(crate) mod command_field {
    pub(crate) const C_STORE_RQ: u16 = 0x0001;
    pub(crate) const C_ECHO_RQ: u16 = 0x0030;
    pub(crate) const C_CANCEL_RQ: u16 = 0x0FFF;
    pub(crate) const RESPONSE: u16 = 0x8000;
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
