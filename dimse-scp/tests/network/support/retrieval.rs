//! The requestor of a retrieval: Identifiers out, responses and C-STOREs in.

use dicom_ul::pdu::{
    AssociationRQ, PDataValueType, Pdu, PresentationContextProposed, RequestorRoles, UserVariableItem,
};

use super::object::CLASS;
use super::peer::{Command, Peer, association_request, element, elements, request};

pub const STUDY_ROOT_MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
pub const STUDY_ROOT_GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// A message, whole.
#[derive(Debug, Clone)]
pub struct Message {
    pub command: Command,
    pub data_set: Vec<u8>,
}

impl Message {
    pub fn number(&self, element: u16) -> Option<u16> {
        Some(u16::from_le_bytes(self.command.get(&element)?[..].try_into().ok()?))
    }

    pub fn status(&self) -> u16 {
        self.number(element::STATUS).expect("a response")
    }

    pub fn field(&self) -> u16 {
        self.number(element::COMMAND_FIELD).expect("a message")
    }

    /// Remaining, completed, failed and warning sub-operations.
    pub fn counts(&self) -> [Option<u16>; 4] {
        [0x1020, 0x1021, 0x1022, 0x1023].map(|element| self.number(element))
    }

    /// Failed SOP Instance UID List, which is the only element there may be.
    pub fn failed(&self) -> Vec<String> {
        match &self.data_set[..] {
            [] => Vec::new(),
            [0x08, 0, 0x58, 0, _, _, _, _, value @ ..] => {
                let text = String::from_utf8_lossy(value);
                text.trim_end_matches('\0').split('\\').map(str::to_owned).collect()
            }
            other => panic!("{other:?} is no list of failed instances"),
        }
    }
}

/// An association for retrieval: [`association_request`]'s contexts, 7 to move, 9 to get, and the roles for C-GET.
pub fn retrieval_request(roles: Option<RequestorRoles>, storage_syntax: &str) -> AssociationRQ {
    let mut request = association_request();
    let context = |id, class: &str, syntax: &str| PresentationContextProposed {
        id,
        abstract_syntax: class.into(),
        transfer_syntaxes: vec![syntax.into()],
    };
    request.presentation_contexts[1] = context(3, CLASS, storage_syntax);
    request.presentation_contexts.push(context(7, STUDY_ROOT_MOVE, IMPLICIT));
    request.presentation_contexts.push(context(9, STUDY_ROOT_GET, EXPLICIT));
    if let Some(roles) = roles {
        request.user_variables.push(UserVariableItem::ScuScpRoleSelectionSubItem(CLASS.into(), roles));
    }
    request
}

/// An Identifier: level, and keys of VR UI by their element number of group 0020 (0008,0018 for 0x0018).
pub fn identifier(level: &str, keys: &[(u16, &str)], explicit: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |group: u16, element: u16, vr: &[u8; 2], value: &str| {
        let padded = format!("{value}{}", if value.len() % 2 == 1 { if vr == b"CS" { " " } else { "\0" } } else { "" });
        bytes.extend_from_slice(&group.to_le_bytes());
        bytes.extend_from_slice(&element.to_le_bytes());
        match explicit {
            true => {
                bytes.extend_from_slice(vr);
                bytes.extend_from_slice(&u16::try_from(padded.len()).expect("a length").to_le_bytes());
            }
            false => bytes.extend_from_slice(&u32::try_from(padded.len()).expect("a length").to_le_bytes()),
        }
        bytes.extend_from_slice(padded.as_bytes());
    };
    let instances = keys.iter().filter(|key| key.0 == 0x0018);
    instances.for_each(|(element, value)| put(0x0008, *element, b"UI", value));
    put(0x0008, 0x0052, b"CS", level);
    let others = keys.iter().filter(|key| key.0 != 0x0018);
    others.for_each(|(element, value)| put(0x0020, *element, b"UI", value));
    bytes
}

impl Peer {
    /// C-MOVE-RQ in context 7.
    pub async fn c_move(&mut self, destination: &str, identifier: &[u8]) {
        let mut title = destination.as_bytes().to_vec();
        title.resize(title.len().next_multiple_of(2), b' ');
        let class = format!("{STUDY_ROOT_MOVE}\0");
        self.command(7, &request(0x21, 1, &[(0x0002, class.as_bytes()), (0x0600, &title), (0x0700, &[0, 0])])).await;
        self.data_set(7, identifier, 16_000).await;
    }

    /// C-GET-RQ in context 9.
    pub async fn c_get(&mut self, identifier: &[u8]) {
        let class = format!("{STUDY_ROOT_GET}\0");
        self.command(9, &request(0x10, 1, &[(0x0002, class.as_bytes()), (0x0700, &[0, 0])])).await;
        self.data_set(9, identifier, 16_000).await;
    }

    /// C-CANCEL-RQ of message 9.
    pub async fn cancel(&mut self, context: u8) {
        let mut cancel = Command::new();
        cancel.insert(element::COMMAND_FIELD, 0x0FFF_u16.to_le_bytes().to_vec());
        cancel.insert(element::RESPONDED_TO, 9_u16.to_le_bytes().to_vec());
        cancel.insert(element::DATA_SET_TYPE, 0x0101_u16.to_le_bytes().to_vec());
        self.command(context, &super::peer::command(&cancel)).await;
    }

    /// The next message, with its data set.
    pub async fn message(&mut self) -> Message {
        let mut message = Message { command: Command::new(), data_set: Vec::new() };
        loop {
            if self.waiting.is_empty() {
                match self.receive().await {
                    Some(Pdu::PData { data }) => self.waiting.extend(data),
                    other => panic!("{other:?} is no message"),
                }
            }
            let value = self.waiting.pop_front().expect("a value");
            if value.value_type == PDataValueType::Command {
                message.command = elements(&value.data);
                if message.number(element::DATA_SET_TYPE) == Some(0x0101) {
                    return message;
                }
            } else {
                message.data_set.extend_from_slice(&value.data);
                if value.is_last {
                    return message;
                }
            }
        }
    }

    /// Responses up to the final one.
    pub async fn responses(&mut self) -> Vec<Message> {
        let mut responses = Vec::new();
        loop {
            let response = self.message().await;
            let is_final = response.status() != 0xFF00;
            responses.push(response);
            if is_final {
                return responses;
            }
        }
    }
}
