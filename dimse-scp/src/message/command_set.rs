//! Command sets (PS3.7 §6.3.1): group 0000, always Implicit VR Little Endian, with its group length.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Element numbers of group 0000 (PS3.7 §E.1).
pub(crate) mod element {
    pub(crate) const AFFECTED_SOP_CLASS_UID: u16 = 0x0002;
    pub(crate) const REQUESTED_SOP_CLASS_UID: u16 = 0x0003;
    pub(crate) const COMMAND_FIELD: u16 = 0x0100;
    pub(crate) const MESSAGE_ID: u16 = 0x0110;
    pub(crate) const MESSAGE_ID_BEING_RESPONDED_TO: u16 = 0x0120;
    pub(crate) const MOVE_DESTINATION: u16 = 0x0600;
    pub(crate) const PRIORITY: u16 = 0x0700;
    pub(crate) const COMMAND_DATA_SET_TYPE: u16 = 0x0800;
    pub(crate) const STATUS: u16 = 0x0900;
    pub(crate) const OFFENDING_ELEMENT: u16 = 0x0901;
    pub(crate) const ERROR_COMMENT: u16 = 0x0902;
    pub(crate) const ERROR_ID: u16 = 0x0903;
    pub(crate) const AFFECTED_SOP_INSTANCE_UID: u16 = 0x1000;
    pub(crate) const REQUESTED_SOP_INSTANCE_UID: u16 = 0x1001;
    pub(crate) const EVENT_TYPE_ID: u16 = 0x1002;
    pub(crate) const ATTRIBUTE_IDENTIFIER_LIST: u16 = 0x1005;
    pub(crate) const ACTION_TYPE_ID: u16 = 0x1008;
    pub(crate) const NUMBER_OF_REMAINING_SUB_OPERATIONS: u16 = 0x1020;
    pub(crate) const NUMBER_OF_COMPLETED_SUB_OPERATIONS: u16 = 0x1021;
    pub(crate) const NUMBER_OF_FAILED_SUB_OPERATIONS: u16 = 0x1022;
    pub(crate) const NUMBER_OF_WARNING_SUB_OPERATIONS: u16 = 0x1023;
    pub(crate) const MOVE_ORIGINATOR_APPLICATION_ENTITY_TITLE: u16 = 0x1030;
    pub(crate) const MOVE_ORIGINATOR_MESSAGE_ID: u16 = 0x1031;
}

/// Command Data Set Type (0000,0800) of a message without a data set; any other value announces one.
pub(crate) const NO_DATA_SET: u16 = 0x0101;
/// The one that we write for a message with a data set.
pub(crate) const DATA_SET: u16 = 0x0001;

/// The elements of group 0000 but its length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CommandSet(BTreeMap<u16, Vec<u8>>);

/// Not a command set: an element is cut off, or has a length that cannot be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl CommandSet {
    /// Reads a whole command set. Elements of other groups are passed over, as is what the group length says.
    pub(crate) fn decode(mut bytes: &[u8]) -> Result<Self, Malformed> {
        let mut elements = BTreeMap::new();
        while !bytes.is_empty() {
            let (header, rest) = bytes.split_first_chunk::<8>().ok_or(Malformed)?;
            let [g0, g1, e0, e1, length @ ..] = *header;
            let length = usize::try_from(u32::from_le_bytes(length)).map_err(|_| Malformed)?;
            let value = rest.get(..length).ok_or(Malformed)?;
            let element = u16::from_le_bytes([e0, e1]);
            if u16::from_le_bytes([g0, g1]) == 0 && element != 0 {
                elements.insert(element, value.to_vec());
            }
            bytes = &rest[length..];
        }
        Ok(Self(elements))
    }

    /// Writes it, group length first.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let body: usize = self.0.values().map(|value| 8 + value.len()).sum();
        let mut bytes = Vec::with_capacity(12 + body);
        let mut put = |element: u16, value: &[u8]| {
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&element.to_le_bytes());
            bytes.extend_from_slice(&length(value.len()).to_le_bytes());
            bytes.extend_from_slice(value);
        };
        put(0, &length(body).to_le_bytes());
        self.0.iter().for_each(|(element, value)| put(*element, value));
        bytes
    }

    /// A value of VR US.
    pub(crate) fn number(&self, element: u16) -> Option<u16> {
        Some(u16::from_le_bytes(*self.0.get(&element)?.first_chunk()?))
    }

    /// A value of VR UI, AE or LO without its padding; none when it is empty.
    pub(crate) fn text(&self, element: u16) -> Option<Cow<'_, str>> {
        match String::from_utf8_lossy(self.0.get(&element)?) {
            Cow::Borrowed(text) => Some(Cow::Borrowed(text.trim_matches(['\0', ' ']))),
            Cow::Owned(text) => Some(Cow::Owned(text.trim_matches(['\0', ' ']).to_owned())),
        }
        .filter(|text| !text.is_empty())
    }

    /// Values of VR AT: group and element each.
    pub(crate) fn tags(&self, element: u16) -> Vec<(u16, u16)> {
        let tags = self.0.get(&element).map_or(&[][..], |bytes| bytes.as_chunks::<4>().0);
        tags.iter().map(|&[a, b, c, d]| (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))).collect()
    }

    /// Sets a value of VR US.
    pub(crate) fn set_number(&mut self, element: u16, value: u16) {
        self.0.insert(element, value.to_le_bytes().to_vec());
    }

    /// Sets a value of VR UI.
    pub(crate) fn set_uid(&mut self, element: u16, value: &str) {
        self.set_padded(element, value, 0);
    }

    /// Sets a value of VR LO or AE.
    pub(crate) fn set_text(&mut self, element: u16, value: &str) {
        self.set_padded(element, value, b' ');
    }

    /// Sets a value of VR AT: group and element.
    pub(crate) fn set_tags(&mut self, element: u16, tags: &[(u16, u16)]) {
        let bytes = tags.iter().flat_map(|(group, element)| [group.to_le_bytes(), element.to_le_bytes()]).flatten();
        self.0.insert(element, bytes.collect());
    }

    fn set_padded(&mut self, element: u16, value: &str, padding: u8) {
        let mut bytes = value.as_bytes().to_vec();
        if bytes.len() % 2 == 1 {
            bytes.push(padding);
        }
        self.0.insert(element, bytes);
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a command set of at most 64 KiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C-ECHO-RQ with Message ID 7, byte by byte after PS3.7 §9.3.5.1.
    #[rustfmt::skip]
    const C_ECHO_RQ: &[u8] = &[
        0x00, 0x00, 0x00, 0x00, 4, 0, 0, 0, 56, 0, 0, 0,
        0x00, 0x00, 0x02, 0x00, 18, 0, 0, 0,
        b'1', b'.', b'2', b'.', b'8', b'4', b'0', b'.', b'1', b'0', b'0', b'0', b'8', b'.', b'1', b'.', b'1', 0,
        0x00, 0x00, 0x00, 0x01, 2, 0, 0, 0, 0x30, 0x00,
        0x00, 0x00, 0x10, 0x01, 2, 0, 0, 0, 0x07, 0x00,
        0x00, 0x00, 0x00, 0x08, 2, 0, 0, 0, 0x01, 0x01,
    ];

    #[test]
    fn reads_and_writes_a_c_echo_request_byte_for_byte() {
        let command = CommandSet::decode(C_ECHO_RQ).unwrap();
        assert_eq!(command.text(element::AFFECTED_SOP_CLASS_UID).as_deref(), Some("1.2.840.10008.1.1"));
        assert_eq!(command.number(element::COMMAND_FIELD), Some(0x30));
        assert_eq!(command.number(element::MESSAGE_ID), Some(7));
        assert_eq!(command.number(element::COMMAND_DATA_SET_TYPE), Some(NO_DATA_SET));
        assert_eq!(command.encode(), C_ECHO_RQ);
    }

    #[test]
    fn refuses_a_command_set_cut_anywhere_but_between_elements() {
        let boundaries = [0, 12, 38, 48, 58, C_ECHO_RQ.len()];
        for end in 0..=C_ECHO_RQ.len() {
            assert_eq!(CommandSet::decode(&C_ECHO_RQ[..end]).is_ok(), boundaries.contains(&end), "cut at {end}");
        }
    }

    #[test]
    fn refuses_an_undefined_length() {
        assert_eq!(CommandSet::decode(&[0, 0, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2]), Err(Malformed));
    }

    #[test]
    fn passes_over_wrong_group_length_and_other_groups() {
        let mut bytes = C_ECHO_RQ.to_vec();
        bytes[8] = 0xEE;
        bytes.extend_from_slice(&[8, 0, 0x10, 0x01, 2, 0, 0, 0, 9, 9]);
        assert_eq!(CommandSet::decode(&bytes).unwrap().number(element::MESSAGE_ID), Some(7));
    }

    #[test]
    fn gives_nothing_for_values_that_are_empty_or_too_short() {
        let command = CommandSet::decode(&[0, 0, 0, 1, 1, 0, 0, 0, 0x30, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0]).unwrap();
        assert_eq!(command.number(element::COMMAND_FIELD), None);
        assert_eq!(command.text(element::AFFECTED_SOP_CLASS_UID), None);
    }

    #[test]
    fn writes_tags_group_first() {
        let mut command = CommandSet::default();
        command.set_tags(element::OFFENDING_ELEMENT, &[(0x0008, 0x0018)]);
        assert_eq!(command.encode()[12..], [0, 0, 1, 9, 4, 0, 0, 0, 8, 0, 0x18, 0]);
        assert_eq!(command.tags(element::OFFENDING_ELEMENT), [(0x0008, 0x0018)]);
        assert_eq!(command.tags(element::ATTRIBUTE_IDENTIFIER_LIST), []);
    }
}
