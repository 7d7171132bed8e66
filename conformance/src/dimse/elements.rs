//! A data set that came in a message, read by hand: as much as checks look at.

/// An element: its tag, its value, its Items when it is a sequence.
#[derive(Debug, Clone)]
pub struct Element {
    /// Group and element.
    pub tag: u32,
    /// Value, padding included.
    pub value: Vec<u8>,
    /// Items.
    pub items: Vec<Elements>,
}

/// The elements of a data set in the order in which they came.
#[derive(Debug, Clone, Default)]
pub struct Elements(pub Vec<Element>);

impl Elements {
    /// Reads a data set in little endian, with explicit VR or implicit.
    pub fn read(bytes: &[u8], explicit: bool) -> Option<Self> {
        let mut rest = bytes;
        let elements = all(&mut rest, explicit, None)?;
        rest.is_empty().then_some(elements)
    }

    /// The element with this tag.
    pub fn get(&self, tag: u32) -> Option<&Element> {
        self.0.iter().find(|element| element.tag == tag)
    }

    /// Its text without padding; empty when it is not there.
    pub fn text(&self, tag: u32) -> String {
        let value = self.get(tag).map(|element| String::from_utf8_lossy(&element.value).into_owned());
        value.unwrap_or_default().trim_matches(['\0', ' ']).to_owned()
    }
}

const ITEM: u32 = 0xfffe_e000;
const ITEM_END: u32 = 0xfffe_e00d;
const SEQUENCE_END: u32 = 0xfffe_e0dd;
const UNDEFINED: u32 = u32::MAX;

/// Sequences that answers hold; in implicit VR only the dictionary tells which elements are some.
const SEQUENCES: [u32; 3] = [0x0040_0275, 0x0008_1032, 0x0008_1110];

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

fn tag(rest: &mut &[u8]) -> Option<u32> {
    let bytes = take(rest, 4)?;
    Some(word(&bytes[..2]) << 16 | word(&bytes[2..]))
}

/// Elements up to the end, or up to a delimiter.
fn all(rest: &mut &[u8], explicit: bool, end: Option<u32>) -> Option<Elements> {
    let mut elements = Elements::default();
    while !rest.is_empty() {
        let tag = tag(rest)?;
        if Some(tag) == end {
            take(rest, 4)?;
            return Some(elements);
        }
        let vr = if explicit { take(rest, 2)? } else { b"" };
        let long =
            explicit && matches!(vr, b"OB" | b"OW" | b"SQ" | b"UN" | b"UT" | b"UC" | b"UR" | b"OF" | b"OD" | b"OL");
        let length = match (explicit, long) {
            (true, false) => word(take(rest, 2)?),
            (true, true) => {
                take(rest, 2)?;
                word(take(rest, 4)?)
            }
            (false, _) => word(take(rest, 4)?),
        };
        let is_sequence = vr == b"SQ" || SEQUENCES.contains(&tag) || length == UNDEFINED;
        let (mut value, mut items) = (Vec::new(), Vec::new());
        if !is_sequence {
            value = take(rest, length as usize)?.to_vec();
        } else if length == UNDEFINED {
            items = sequence(rest, explicit)?;
        } else {
            items = sequence(&mut take(rest, length as usize)?, explicit)?;
        }
        elements.0.push(Element { tag, value, items });
    }
    end.is_none().then_some(elements)
}

fn sequence(rest: &mut &[u8], explicit: bool) -> Option<Vec<Elements>> {
    let mut items = Vec::new();
    while !rest.is_empty() {
        match tag(rest)? {
            SEQUENCE_END => {
                take(rest, 4)?;
                return Some(items);
            }
            ITEM => {
                let length = word(take(rest, 4)?);
                items.push(match length {
                    UNDEFINED => all(rest, explicit, Some(ITEM_END))?,
                    length => all(&mut take(rest, length as usize)?, explicit, None)?,
                });
            }
            _ => return None,
        }
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::DataSet;

    #[test]
    fn reads_what_the_writer_writes() {
        let mut inner = DataSet::new();
        inner.text(0x0040_0009, "SH", "S1");
        let mut outer = DataSet::new();
        outer.text(0x0010_0020, "LO", "P").sequence(0x0040_0275, &[inner]).shorts(0x0028_0010, &[7]);
        let read = Elements::read(&outer.encode(), true).expect("a data set");
        assert_eq!(read.text(0x0010_0020), "P");
        assert_eq!(read.get(0x0040_0275).expect("a sequence").items[0].text(0x0040_0009), "S1");
        assert!(Elements::read(b"\x10\0\x20\0LO\x09\0A", true).is_none());
    }
}
