//! Newtypes for the two names that everything in DICOM goes by.

/// A UID (PS3.5 §9): at most 64 characters of digits and dots, components without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(String);

impl Uid {
    /// Checks PS3.5 §9.1. Padding (NUL, blank) must have been removed. `Err` says what is wrong, in words for a client.
    pub fn new(text: &str) -> Result<Self, String> {
        let _ = text;
        todo!()
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An Application Entity title (PS3.5 §6.2, VR AE): 1 to 16 printable characters, no backslash, outer blanks not significant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AeTitle(String);

impl AeTitle {
    /// Checks and trims.
    pub fn new(text: &str) -> Result<Self, String> {
        let _ = text;
        todo!()
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
// Both: Display, FromStr.
