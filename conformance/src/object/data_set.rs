//! A data set, element by element, and its PS3.10 file.

use std::collections::BTreeMap;

/// Data elements in ascending order of their tags (PS3.5 §7.1).
#[derive(Debug, Clone, Default)]
pub struct DataSet(BTreeMap<u32, (&'static str, Vec<u8>)>);

impl DataSet {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an element with these bytes, padded to even length.
    pub fn bytes(&mut self, tag: u32, vr: &'static str, mut value: Vec<u8>) -> &mut Self {
        if value.len() % 2 == 1 {
            value.push(if matches!(vr, "UI" | "OB" | "UN") { 0 } else { b' ' });
        }
        self.0.insert(tag, (vr, value));
        self
    }

    /// Puts a text element.
    pub fn text(&mut self, tag: u32, vr: &'static str, value: &str) -> &mut Self {
        self.bytes(tag, vr, value.as_bytes().to_vec())
    }

    /// Puts several text elements.
    pub fn texts(&mut self, elements: &[(u32, &'static str, &str)]) -> &mut Self {
        for (tag, vr, value) in elements {
            self.text(*tag, vr, value);
        }
        self
    }

    /// Puts US.
    pub fn shorts(&mut self, tag: u32, values: &[u16]) -> &mut Self {
        self.bytes(tag, "US", values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// Puts a sequence of items, all of explicit length.
    pub fn sequence(&mut self, tag: u32, items: &[DataSet]) -> &mut Self {
        let mut value = Vec::new();
        for item in items {
            let content = item.encode();
            value.extend_from_slice(&[0xfe, 0xff, 0x00, 0xe0]);
            value.extend_from_slice(&length(&content));
            value.extend_from_slice(&content);
        }
        self.bytes(tag, "SQ", value)
    }

    /// Takes an element out.
    pub fn without(&mut self, tag: u32) -> &mut Self {
        self.0.remove(&tag);
        self
    }

    /// The elements in Explicit VR Little Endian. Pixel Data of the encapsulated form have undefined length.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (tag, (vr, value)) in &self.0 {
            out.extend_from_slice(&u16::try_from(tag >> 16).unwrap_or_default().to_le_bytes());
            out.extend_from_slice(&u16::try_from(tag & 0xffff).unwrap_or_default().to_le_bytes());
            out.extend_from_slice(vr.as_bytes());
            if is_encapsulated(*tag, value) {
                out.extend_from_slice(&[0, 0, 0xff, 0xff, 0xff, 0xff]);
            } else if is_long(vr) {
                out.extend_from_slice(&[0, 0]);
                out.extend_from_slice(&length(value));
            } else {
                out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
            }
            out.extend_from_slice(value);
        }
        out
    }

    /// The PS3.10 file in a transfer syntax of explicit VR and little endian.
    pub fn file(&self, transfer_syntax: &str) -> Vec<u8> {
        let value = |tag: u32| self.0.get(&tag).map(|(_, value)| value.clone()).unwrap_or_default();
        let mut meta = DataSet::new();
        meta.bytes(0x0002_0001, "OB", vec![0, 1]).bytes(0x0002_0002, "UI", value(0x0008_0016));
        meta.bytes(0x0002_0003, "UI", value(0x0008_0018)).text(0x0002_0010, "UI", transfer_syntax);
        meta.text(0x0002_0012, "UI", "2.25.186162021364830478110386527014418274551");
        let meta = meta.encode();
        let mut file = vec![0; 128];
        file.extend_from_slice(b"DICM\x02\0\0\0UL\x04\0");
        file.extend_from_slice(&length(&meta));
        file.extend_from_slice(&meta);
        file.extend_from_slice(&self.encode());
        file
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// Whether the length takes four bytes (PS3.5 §7.1.2).
fn is_long(vr: &str) -> bool {
    matches!(vr, "OB" | "OD" | "OF" | "OL" | "OV" | "OW" | "SQ" | "SV" | "UC" | "UN" | "UR" | "UT" | "UV")
}

/// Pixel Data that begin with an item are encapsulated (PS3.5 §A.4).
fn is_encapsulated(tag: u32, value: &[u8]) -> bool {
    tag == 0x7fe0_0010 && value.starts_with(&[0xfe, 0xff, 0x00, 0xe0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_elements_in_order_and_of_even_length() {
        let mut data_set = DataSet::new();
        data_set.text(0x0010_0020, "LO", "A").text(0x0008_0018, "UI", "1.2.3");
        assert_eq!(data_set.encode(), b"\x08\0\x18\0UI\x06\x001.2.3\0\x10\0\x20\0LO\x02\0A ");
    }

    #[test]
    fn writes_the_length_of_the_meta_information() {
        let mut data_set = DataSet::new();
        data_set.text(0x0008_0016, "UI", "1.2").text(0x0008_0018, "UI", "1.3");
        let file = data_set.file("1.2.840.10008.1.2.1");
        assert_eq!(crate::part10::data_set(&file), Some(&data_set.encode()[..]));
        assert_eq!(crate::part10::transfer_syntax(&file).as_deref(), Some("1.2.840.10008.1.2.1"));
    }
}
