//! Available Transfer Syntax UID (0008,3002) in metadata (PS3.18 §10.4.1.1.2): a viewer that knows how an object is stored
//! asks for frames that way, and gets them without work.
//!
//! How an object is stored is in the index, not in its metadata; so the attribute is put into their text, in its place:
//! attributes of a DICOM JSON object are in order (§F.2.2).

use std::borrow::Cow;

const KEY: &[u8] = b"00083002";

/// Puts the attribute into the text of an object, which may come in pieces.
#[derive(Debug, Default)]
pub(super) struct Available {
    /// How many objects and arrays are open, and whether a text is, and a character that a backslash stands before.
    depth: usize,
    quoted: bool,
    escaped: bool,
    /// Whether a member of the outermost object was read, to which the next comma belongs.
    after: bool,
    /// It is there, or has no place.
    is_done: bool,
    /// The beginning of a name, of which the rest comes with the next piece.
    held: Vec<u8>,
}

impl Available {
    /// The next piece, with the attribute if its place is there.
    pub fn with<'a>(&mut self, piece: &'a [u8], transfer_syntax: &str) -> Cow<'a, [u8]> {
        if self.is_done {
            return Cow::Borrowed(piece);
        }
        let mut text = match std::mem::take(&mut self.held) {
            held if held.is_empty() => Cow::Borrowed(piece),
            held => Cow::Owned([&held[..], piece].concat()),
        };
        if let Some(place) = self.place(&text) {
            let is_last = text[place] == b'}';
            let before = if is_last && self.after { "," } else { "" };
            let after = if is_last { "" } else { "," };
            let own = format!(r#"{before}"00083002":{{"vr":"UI","Value":["{transfer_syntax}"]}}{after}"#);
            text = Cow::Owned([&text[..place], own.as_bytes(), &text[place..]].concat());
        } else if !self.held.is_empty() {
            let length = text.len() - self.held.len();
            text = Cow::Owned(text[..length].to_vec());
        }
        text
    }

    /// Where it goes in this text; `None` when that is not here.
    fn place(&mut self, text: &[u8]) -> Option<usize> {
        for (place, byte) in text.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.quoted => self.escaped = true,
                b'"' if self.depth == 1 && !self.after && !self.quoted => {
                    match text.get(place + 1..place + 1 + KEY.len()) {
                        None => {
                            self.held = text[place..].to_vec();
                            return None;
                        }
                        Some(name) if name >= KEY => {
                            self.is_done = true;
                            return (name > KEY).then_some(place);
                        }
                        Some(_) => (self.quoted, self.after) = (true, true),
                    }
                }
                b'"' => self.quoted = !self.quoted,
                _ if self.quoted => {}
                b'{' | b'[' if self.depth > 0 || *byte == b'{' => self.depth += 1,
                b',' if self.depth == 1 => self.after = false,
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' | b'[' | b']' => {
                    self.is_done = true;
                    return (*byte == b'}' && self.depth == 1).then_some(place);
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(json: &str) -> String {
        String::from_utf8(Available::default().with(json.as_bytes(), "1.2").to_vec()).unwrap()
    }

    const AVAILABLE: &str = r#""00083002":{"vr":"UI","Value":["1.2"]}"#;

    #[test]
    fn stands_in_order() {
        let before = r#""00080018":{"vr":"UI","Value":["1"]}"#;
        let after = r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"a\",}\\"}]}"#;
        assert_eq!(with("{}"), format!("{{{AVAILABLE}}}"));
        assert_eq!(with(&format!("{{{after}}}")), format!("{{{AVAILABLE},{after}}}"));
        assert_eq!(with(&format!("{{{before}}}")), format!("{{{before},{AVAILABLE}}}"));
        assert_eq!(with(&format!("{{{before},{after}}}")), format!("{{{before},{AVAILABLE},{after}}}"));
    }

    #[test]
    fn stands_in_order_wherever_the_text_is_cut() {
        let before =
            r#""00080018":{"vr":"UI","Value":["1"]},"00081140":{"vr":"SQ","Value":[{"00083002":{"vr":"UI"}},{}]}"#;
        let after = r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"a\",}\\"}]},"00083002":{"vr":"UI"}"#;
        for json in ["{}", &format!("{{{before}}}"), &format!("{{{after}}}"), &format!("{{{before},{after}}}")] {
            for size in 1..=json.len() {
                let mut available = Available::default();
                let pieces = json.as_bytes().chunks(size).map(|piece| available.with(piece, "1.2").to_vec());
                assert_eq!(String::from_utf8(pieces.collect::<Vec<_>>().concat()).unwrap(), with(json), "{size}");
            }
        }
    }

    #[test]
    fn leaves_alone_what_has_it_or_is_no_object() {
        let own = r#"{"00083002":{"vr":"UI"}}"#;
        for json in [own, "", "[]", "{", r#"{"00080018":{"#] {
            assert_eq!(with(json), json);
        }
    }
}
