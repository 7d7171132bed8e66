//! Responses (PS3.7 §9.3): the request's command field with the highest bit set, a status, and what explains it.

use super::command_set::{DATA_SET, NO_DATA_SET, element};
use super::{CommandSet, Message, command_field};

/// Longest Error Comment (0000,0902): VR LO.
const LONGEST_COMMENT: usize = 64;

/// A response being put together.
pub(crate) struct Response(CommandSet);

/// How far the sub-operations of C-MOVE and C-GET are (PS3.7 §9.1.4.1.7 and following). Counts beyond 65,535 are told as
/// that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SubOperations {
    /// Still to be done; not told when the operation is over, unless it was cancelled.
    pub(crate) remaining: Option<usize>,
    /// Done.
    pub(crate) completed: usize,
    /// Failed.
    pub(crate) failed: usize,
    /// Done, with a warning of the peer.
    pub(crate) warning: usize,
}

impl Response {
    /// The response to a request. The SOP Class and Instance UIDs, affected or requested, come back as the affected ones,
    /// where they can be UIDs.
    pub(crate) fn to(request: &Message, status: u16) -> Self {
        let mut command = CommandSet::default();
        let of_request = match command_field::names_requested(request.field) {
            true => [element::REQUESTED_SOP_CLASS_UID, element::REQUESTED_SOP_INSTANCE_UID],
            false => [element::AFFECTED_SOP_CLASS_UID, element::AFFECTED_SOP_INSTANCE_UID],
        };
        let affected = [element::AFFECTED_SOP_CLASS_UID, element::AFFECTED_SOP_INSTANCE_UID];
        for (from, to) in of_request.into_iter().zip(affected) {
            if let Some(text) = request.command.text(from).filter(|text| text.len() <= 64 && text.is_ascii()) {
                command.set_uid(to, &text);
            }
        }
        command.set_number(element::COMMAND_FIELD, request.field | command_field::RESPONSE);
        command.set_number(element::MESSAGE_ID_BEING_RESPONDED_TO, request.id);
        command.set_number(element::COMMAND_DATA_SET_TYPE, NO_DATA_SET);
        command.set_number(element::STATUS, status);
        Self(command)
    }

    /// Says why, in words: Error Comment (0000,0902), cut to 64 characters of the default repertoire.
    #[must_use]
    pub(crate) fn comment(mut self, words: &str) -> Self {
        let plain = words.chars().map(|c| if (' '..='~').contains(&c) && c != '\\' { c } else { '?' });
        self.0.set_text(element::ERROR_COMMENT, plain.take(LONGEST_COMMENT).collect::<String>().trim_end());
        self
    }

    /// Names what is wrong: Offending Element (0000,0901).
    #[must_use]
    pub(crate) fn offending(mut self, tags: &[(u16, u16)]) -> Self {
        self.0.set_tags(element::OFFENDING_ELEMENT, tags);
        self
    }

    /// Names the attributes that are wrong or missing: Attribute Identifier List (0000,1005).
    #[must_use]
    pub(crate) fn attributes(mut self, tags: &[(u16, u16)]) -> Self {
        self.0.set_tags(element::ATTRIBUTE_IDENTIFIER_LIST, tags);
        self
    }

    /// Sets an element of VR US, such as Event Type ID.
    #[must_use]
    pub(crate) fn number(mut self, element: u16, value: u16) -> Self {
        self.0.set_number(element, value);
        self
    }

    /// Sets an element of VR UI, such as the Affected SOP Instance UID that we chose.
    #[must_use]
    pub(crate) fn uid(mut self, element: u16, value: &str) -> Self {
        self.0.set_uid(element, value);
        self
    }

    /// Tells how far the sub-operations are.
    #[must_use]
    pub(crate) fn sub_operations(mut self, counts: &SubOperations) -> Self {
        let mut set = |element, count: usize| self.0.set_number(element, u16::try_from(count).unwrap_or(u16::MAX));
        if let Some(remaining) = counts.remaining {
            set(element::NUMBER_OF_REMAINING_SUB_OPERATIONS, remaining);
        }
        set(element::NUMBER_OF_COMPLETED_SUB_OPERATIONS, counts.completed);
        set(element::NUMBER_OF_FAILED_SUB_OPERATIONS, counts.failed);
        set(element::NUMBER_OF_WARNING_SUB_OPERATIONS, counts.warning);
        self
    }

    /// As bytes, when no data set follows.
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// As bytes, when a data set follows.
    pub(crate) fn encode_with_data_set(&self) -> Vec<u8> {
        let mut command = self.0.clone();
        command.set_number(element::COMMAND_DATA_SET_TYPE, DATA_SET);
        command.encode()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::service::Service;
    use crate::upper_layer::Context;

    fn store_request() -> Message {
        let mut command = CommandSet::default();
        command.set_uid(element::AFFECTED_SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.2");
        command.set_uid(element::AFFECTED_SOP_INSTANCE_UID, "1.2.3");
        let context = Context {
            id: 1,
            abstract_syntax: "1.2.840.10008.5.1.4.1.1.2".into(),
            transfer_syntax: "1.2.840.10008.1.2".into(),
            service: Service::Storage,
        };
        Message { context: Arc::new(context), field: 1, id: 5, has_data_set: true, command }
    }

    #[test]
    fn echoes_what_was_asked_and_says_how_it_ended() {
        let response = CommandSet::decode(&Response::to(&store_request(), 0xA700).encode()).unwrap();
        assert_eq!(response.number(element::COMMAND_FIELD), Some(0x8001));
        assert_eq!(response.number(element::MESSAGE_ID_BEING_RESPONDED_TO), Some(5));
        assert_eq!(response.number(element::COMMAND_DATA_SET_TYPE), Some(0x0101));
        assert_eq!(response.number(element::STATUS), Some(0xA700));
        assert_eq!(response.text(element::AFFECTED_SOP_CLASS_UID).as_deref(), Some("1.2.840.10008.5.1.4.1.1.2"));
        assert_eq!(response.text(element::AFFECTED_SOP_INSTANCE_UID).as_deref(), Some("1.2.3"));
    }

    #[test]
    fn cuts_a_comment_to_64_plain_characters() {
        let response = Response::to(&store_request(), 0xC000).comment(&format!("Grö\\ße {}", "x".repeat(99)));
        let response = CommandSet::decode(&response.encode()).unwrap();
        let comment = response.text(element::ERROR_COMMENT).unwrap().into_owned();
        assert_eq!(comment, format!("Gr???e {}", "x".repeat(57)));
    }
}
