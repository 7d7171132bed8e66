//! Newtypes for the two names that everything in DICOM goes by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A UID (PS3.5 §9): at most 64 characters, digits in components that dots part.
///
/// Leading zeros of a component, which PS3.5 §9.1 forbids, are let through: objects that carry them exist, they harm
/// nothing, and refusing them would lose images. Everything that could be mistaken for something else (a path, a wild
/// card, markup) is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uid(String);

impl Uid {
    /// Longest UID (PS3.5 §9.1).
    pub const LONGEST: usize = 64;

    /// Checks PS3.5 §9.1. Padding (NUL, blank) must have been removed. `Err` says what is wrong, in words for a client.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a UID is missing".to_owned());
        }
        if text.len() > Self::LONGEST {
            return Err(format!("a UID has at most {} characters, this one has {}", Self::LONGEST, text.len()));
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err("a UID has only digits and dots".to_owned());
        }
        if text.split('.').any(str::is_empty) {
            return Err("a UID has digits before and after every dot".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An Application Entity title (PS3.5 §6.2, VR AE): 1 to 16 printable characters, no backslash, outer blanks not significant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AeTitle(String);

impl AeTitle {
    /// Longest AE title (PS3.5 §6.2).
    pub const LONGEST: usize = 16;

    /// Checks and trims.
    pub fn new(text: &str) -> Result<Self, String> {
        let trimmed = text.trim_matches([' ', '\0']);
        if trimmed.is_empty() {
            return Err("an AE title has at least one character that is not a blank".to_owned());
        }
        if trimmed.len() > Self::LONGEST {
            return Err(format!("an AE title has at most {} characters", Self::LONGEST));
        }
        if !trimmed.bytes().all(|byte| (byte == b' ' || byte.is_ascii_graphic()) && byte != b'\\') {
            return Err("an AE title has only printable ASCII characters and no backslash".to_owned());
        }
        Ok(Self(trimmed.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text!(Uid);
text!(AeTitle);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_uids_of_the_standard() {
        for uid in ["1.2.840.10008.1.1", "2.25.329800735698586629295641978511506172918", "0.1"] {
            assert_eq!(Uid::new(uid).expect("valid").as_str(), uid);
        }
    }

    #[test]
    fn accepts_leading_zeros_that_real_objects_have() {
        assert!(Uid::new("1.2.840.0113619.2.05").is_ok());
    }

    #[test]
    fn rejects_uid_with_other_characters() {
        for uid in ["1.2.a", "../../etc/passwd", "1.2/3", "1.2 ", "1.2\0", "1.2*", "1.２"] {
            assert!(Uid::new(uid).is_err(), "{uid:?}");
        }
    }

    #[test]
    fn rejects_uid_with_empty_components() {
        for uid in ["", ".", "..", "1..2", ".1", "1."] {
            assert!(Uid::new(uid).is_err(), "{uid:?}");
        }
    }

    #[test]
    fn rejects_uid_of_65_characters() {
        assert!(Uid::new(&"1".repeat(64)).is_ok());
        assert!(Uid::new(&"1".repeat(65)).is_err());
    }

    #[test]
    fn trims_ae_titles() {
        assert_eq!(AeTitle::new(" CT 1  ").expect("valid").as_str(), "CT 1");
    }

    #[test]
    fn rejects_ae_titles_that_are_empty_long_or_not_printable() {
        for title in ["", "   ", "ABCDEFGHIJKLMNOPQ", "A\\B", "A\u{1}", "Ä"] {
            assert!(AeTitle::new(title).is_err(), "{title:?}");
        }
    }
}
