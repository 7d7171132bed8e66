//! Requests by type: what a service needs of a command set, or which element is missing.

use super::Message;
use super::command_set::element;

/// A mandatory element that is not there; group 0000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) u16);

/// C-ECHO-RQ (PS3.7 §9.3.5.1). All of it is in the message's head.
pub(crate) struct EchoRequest {
    /// Message ID.
    pub(crate) id: u16,
}

impl From<&Message> for EchoRequest {
    fn from(message: &Message) -> Self {
        Self { id: message.id }
    }
}

/// C-STORE-RQ (PS3.7 §9.3.1.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoreRequest {
    /// Affected SOP Class UID, as it came.
    pub(crate) sop_class_uid: String,
    /// Affected SOP Instance UID, as it came.
    pub(crate) sop_instance_uid: String,
}

impl TryFrom<&Message> for StoreRequest {
    type Error = Missing;

    fn try_from(message: &Message) -> Result<Self, Missing> {
        let text = |element| message.command.text(element).map(|text| text.into_owned()).ok_or(Missing(element));
        Ok(Self {
            sop_class_uid: text(element::AFFECTED_SOP_CLASS_UID)?,
            sop_instance_uid: text(element::AFFECTED_SOP_INSTANCE_UID)?,
        })
    }
}
