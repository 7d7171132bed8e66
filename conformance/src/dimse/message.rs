//! Messages (PS3.7 §6.3): command sets written and read by hand, and the data sets that come with them.

use std::collections::BTreeMap;

/// Elements of group 0000 that checks speak of (PS3.7 §E.1).
pub mod element {
    pub const GROUP_LENGTH: u16 = 0x0000;
    pub const AFFECTED_SOP_CLASS: u16 = 0x0002;
    pub const COMMAND_FIELD: u16 = 0x0100;
    pub const MESSAGE_ID: u16 = 0x0110;
    pub const RESPONDED_TO: u16 = 0x0120;
    pub const PRIORITY: u16 = 0x0700;
    pub const DATA_SET_TYPE: u16 = 0x0800;
    pub const STATUS: u16 = 0x0900;
    pub const OFFENDING: u16 = 0x0901;
    pub const COMMENT: u16 = 0x0902;
    pub const AFFECTED_SOP_INSTANCE: u16 = 0x1000;
}

/// Command Fields.
pub const C_STORE: u16 = 0x0001;
pub const C_FIND: u16 = 0x0020;
pub const C_ECHO: u16 = 0x0030;
pub const C_CANCEL: u16 = 0x0fff;

/// Command Data Set Type of a message without a data set.
const NOTHING: u16 = 0x0101;

/// A command set by element.
#[derive(Debug, Clone, Default)]
pub struct Command(pub BTreeMap<u16, Vec<u8>>);

impl Command {
    /// A request, but for its data set.
    pub fn request(field: u16, id: u16, has_data_set: bool) -> Self {
        let mut command = Self::default();
        command.number(element::COMMAND_FIELD, field).number(element::MESSAGE_ID, id);
        command.number(element::DATA_SET_TYPE, if has_data_set { 1 } else { NOTHING });
        command
    }

    /// C-CANCEL-RQ for a message.
    pub fn cancel(id: u16) -> Self {
        let mut command = Self::default();
        command.number(element::COMMAND_FIELD, C_CANCEL).number(element::RESPONDED_TO, id);
        command.number(element::DATA_SET_TYPE, NOTHING);
        command
    }

    /// Sets US.
    pub fn number(&mut self, element: u16, value: u16) -> &mut Self {
        self.0.insert(element, value.to_le_bytes().to_vec());
        self
    }

    /// Sets UI.
    pub fn uid(&mut self, element: u16, value: &str) -> &mut Self {
        let mut bytes = value.as_bytes().to_vec();
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        self.0.insert(element, bytes);
        self
    }

    /// US.
    pub fn get(&self, element: u16) -> Option<u16> {
        Some(u16::from_le_bytes(*self.0.get(&element)?.first_chunk()?))
    }

    /// UI, LO or AE without padding.
    pub fn text(&self, element: u16) -> Option<String> {
        let bytes = self.0.get(&element)?;
        Some(String::from_utf8_lossy(bytes).trim_matches(['\0', ' ']).to_owned())
    }

    /// With its group length first, in Implicit VR Little Endian.
    pub fn encode(&self) -> Vec<u8> {
        let body: Vec<u8> = self.0.iter().flat_map(|(element, value)| encoded(*element, value)).collect();
        let length = u32::try_from(body.len()).unwrap_or_default().to_le_bytes();
        [encoded(element::GROUP_LENGTH, &length), body].concat()
    }

    fn decode(mut bytes: &[u8]) -> Self {
        let mut command = Self::default();
        while let Some((&[_, _, e0, e1, l0, l1, l2, l3], rest)) = bytes.split_first_chunk::<8>() {
            let length = (u32::from_le_bytes([l0, l1, l2, l3]) as usize).min(rest.len());
            command.0.insert(u16::from_le_bytes([e0, e1]), rest[..length].to_vec());
            bytes = &rest[length..];
        }
        command
    }
}

fn encoded(element: u16, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap_or_default().to_le_bytes();
    [&[0, 0], &element.to_le_bytes()[..], &length, value].concat()
}

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Message {
    /// Presentation context.
    pub context: u8,
    /// The command set's bytes.
    pub bytes: Vec<u8>,
    /// The same by element.
    pub command: Command,
    /// Its data set, if there is one.
    pub data_set: Option<Vec<u8>>,
}

impl Message {
    /// A message whose data set is still to come, or never comes.
    pub fn new(context: u8, bytes: Vec<u8>) -> Self {
        Self { context, command: Command::decode(&bytes), bytes, data_set: None }
    }

    /// Whether the command announces a data set.
    pub fn announces(&self) -> bool {
        self.command.get(element::DATA_SET_TYPE).is_some_and(|kind| kind != NOTHING)
    }

    /// Status.
    pub fn status(&self) -> u16 {
        self.command.get(element::STATUS).unwrap_or(u16::MAX)
    }

    /// Whether more responses follow.
    pub fn is_pending(&self) -> bool {
        matches!(self.status(), 0xff00 | 0xff01)
    }
}
