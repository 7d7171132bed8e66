//! Our own requests (PS3.7 §9.3, §10.3), but for their Message IDs, which the association gives.

use super::command_field;
use super::command_set::{CommandSet, DATA_SET, NO_DATA_SET, element};

/// Priority (0000,0700) MEDIUM: what everybody sends, and nobody heeds.
const MEDIUM: u16 = 0x0000;

/// A request being put together.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    field: u16,
    command: CommandSet,
}

impl Request {
    fn new(field: u16, sop_class_uid: &str) -> Self {
        let mut command = CommandSet::default();
        command.set_number(element::COMMAND_FIELD, field);
        command.set_uid(element::AFFECTED_SOP_CLASS_UID, sop_class_uid);
        Self { field, command }
    }

    /// Command Field.
    pub(crate) fn field(&self) -> u16 {
        self.field
    }

    /// C-ECHO-RQ (PS3.7 §9.3.5.1).
    pub(crate) fn c_echo(sop_class_uid: &str) -> Self {
        Self::new(command_field::C_ECHO_RQ, sop_class_uid)
    }

    /// C-STORE-RQ (PS3.7 §9.3.1.1).
    pub(crate) fn c_store(sop_class_uid: &str, sop_instance_uid: &str) -> Self {
        let mut request = Self::new(command_field::C_STORE_RQ, sop_class_uid);
        request.command.set_uid(element::AFFECTED_SOP_INSTANCE_UID, sop_instance_uid);
        request.command.set_number(element::PRIORITY, MEDIUM);
        request
    }

    /// The same as a sub-operation of a C-MOVE: whose it was, and its Message ID.
    #[must_use]
    pub(crate) fn on_behalf_of(mut self, originator: &str, id: u16) -> Self {
        self.command.set_text(element::MOVE_ORIGINATOR_APPLICATION_ENTITY_TITLE, originator);
        self.command.set_number(element::MOVE_ORIGINATOR_MESSAGE_ID, id);
        self
    }

    /// N-EVENT-REPORT-RQ (PS3.7 §10.3.1.1).
    pub(crate) fn n_event_report(sop_class_uid: &str, sop_instance_uid: &str, event_type: u16) -> Self {
        let mut request = Self::new(command_field::N_EVENT_REPORT_RQ, sop_class_uid);
        request.command.set_uid(element::AFFECTED_SOP_INSTANCE_UID, sop_instance_uid);
        request.command.set_number(element::EVENT_TYPE_ID, event_type);
        request
    }

    /// As bytes, when no data set follows.
    pub(crate) fn encode(&self, id: u16) -> Vec<u8> {
        self.encode_as(id, NO_DATA_SET)
    }

    /// As bytes, when a data set follows.
    pub(crate) fn encode_with_data_set(&self, id: u16) -> Vec<u8> {
        self.encode_as(id, DATA_SET)
    }

    fn encode_as(&self, id: u16, data_set_type: u16) -> Vec<u8> {
        let mut command = self.command.clone();
        command.set_number(element::MESSAGE_ID, id);
        command.set_number(element::COMMAND_DATA_SET_TYPE, data_set_type);
        command.encode()
    }
}
