//! Requests by type: what a service needs of a command set, or which element is missing.

use super::Message;
use super::command_set::element;

/// A mandatory element that is not there; group 0000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) u16);

impl Missing {
    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            element::AFFECTED_SOP_CLASS_UID => "Affected SOP Class UID",
            element::AFFECTED_SOP_INSTANCE_UID => "Affected SOP Instance UID",
            element::REQUESTED_SOP_CLASS_UID => "Requested SOP Class UID",
            element::REQUESTED_SOP_INSTANCE_UID => "Requested SOP Instance UID",
            element::MOVE_DESTINATION => "Move Destination",
            element::EVENT_TYPE_ID => "Event Type ID",
            element::ACTION_TYPE_ID => "Action Type ID",
            _ => "an element",
        }
    }
}

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
        Ok(Self {
            sop_class_uid: message.mandatory(element::AFFECTED_SOP_CLASS_UID)?,
            sop_instance_uid: message.mandatory(element::AFFECTED_SOP_INSTANCE_UID)?,
        })
    }
}

/// C-MOVE-RQ (PS3.7 §9.3.4.1). What is to be moved is in its Identifier.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MoveRequest {
    /// Move Destination: an AE title, as it came.
    pub(crate) destination: String,
}

impl TryFrom<&Message> for MoveRequest {
    type Error = Missing;

    fn try_from(message: &Message) -> Result<Self, Missing> {
        Ok(Self { destination: message.mandatory(element::MOVE_DESTINATION)? })
    }
}

/// N-GET-RQ (PS3.7 §10.3.2.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GetAttributesRequest {
    /// Requested SOP Class UID, as it came.
    pub(crate) sop_class_uid: String,
    /// Requested SOP Instance UID, as it came.
    pub(crate) sop_instance_uid: String,
    /// Attribute Identifier List; none for all attributes.
    pub(crate) attributes: Vec<(u16, u16)>,
}

impl TryFrom<&Message> for GetAttributesRequest {
    type Error = Missing;

    fn try_from(message: &Message) -> Result<Self, Missing> {
        Ok(Self {
            sop_class_uid: message.mandatory(element::REQUESTED_SOP_CLASS_UID)?,
            sop_instance_uid: message.mandatory(element::REQUESTED_SOP_INSTANCE_UID)?,
            attributes: message.command.tags(element::ATTRIBUTE_IDENTIFIER_LIST),
        })
    }
}

/// N-SET-RQ (PS3.7 §10.3.3.1). The changes are in its data set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SetRequest {
    /// Requested SOP Class UID, as it came.
    pub(crate) sop_class_uid: String,
    /// Requested SOP Instance UID, as it came.
    pub(crate) sop_instance_uid: String,
}

impl TryFrom<&Message> for SetRequest {
    type Error = Missing;

    fn try_from(message: &Message) -> Result<Self, Missing> {
        Ok(Self {
            sop_class_uid: message.mandatory(element::REQUESTED_SOP_CLASS_UID)?,
            sop_instance_uid: message.mandatory(element::REQUESTED_SOP_INSTANCE_UID)?,
        })
    }
}

/// N-ACTION-RQ (PS3.7 §10.3.4.1). What it is about is in its data set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ActionRequest {
    /// Requested SOP Class UID, as it came.
    pub(crate) sop_class_uid: String,
    /// Requested SOP Instance UID, as it came.
    pub(crate) sop_instance_uid: String,
    /// Action Type ID.
    pub(crate) action_type: u16,
}

impl TryFrom<&Message> for ActionRequest {
    type Error = Missing;

    fn try_from(message: &Message) -> Result<Self, Missing> {
        Ok(Self {
            sop_class_uid: message.mandatory(element::REQUESTED_SOP_CLASS_UID)?,
            sop_instance_uid: message.mandatory(element::REQUESTED_SOP_INSTANCE_UID)?,
            action_type: message.mandatory_number(element::ACTION_TYPE_ID)?,
        })
    }
}

/// N-CREATE-RQ (PS3.7 §10.3.5.1). The attributes are in its data set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CreateRequest {
    /// Affected SOP Class UID, as it came.
    pub(crate) sop_class_uid: String,
    /// Affected SOP Instance UID, as it came; none when we are to choose one.
    pub(crate) sop_instance_uid: Option<String>,
}

impl TryFrom<&Message> for CreateRequest {
    type Error = Missing;

    fn try_from(message: &Message) -> Result<Self, Missing> {
        Ok(Self {
            sop_class_uid: message.mandatory(element::AFFECTED_SOP_CLASS_UID)?,
            sop_instance_uid: message.mandatory(element::AFFECTED_SOP_INSTANCE_UID).ok(),
        })
    }
}

impl Message {
    fn mandatory(&self, element: u16) -> Result<String, Missing> {
        self.command.text(element).map(|text| text.into_owned()).ok_or(Missing(element))
    }

    fn mandatory_number(&self, element: u16) -> Result<u16, Missing> {
        self.command.number(element).ok_or(Missing(element))
    }
}
