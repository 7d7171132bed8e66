//! Specific Character Set (0008,0005) to UTF-8 (PS3.3 §C.12.1.1.2, PS3.5 §6.1), ISO 2022 code extensions included.

/// The character sets in force for a data set or Item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterSet {}

impl CharacterSet {
    /// From the value of Specific Character Set, backslash-separated; empty means the default repertoire.
    pub fn from_value(value: &[u8]) -> Self {
        let _ = value;
        todo!()
    }
    /// Decodes a value of a VR that Specific Character Set affects. Never fails: what cannot be decoded becomes U+FFFD.
    /// `person_name` resets code extensions at `^` and `=` too.
    pub fn decode<'a>(&self, bytes: &'a [u8], person_name: bool) -> std::borrow::Cow<'a, str> {
        let _ = (bytes, person_name);
        todo!()
    }
}
