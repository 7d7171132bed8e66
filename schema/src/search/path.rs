//! Attribute paths: an attribute of the data set, or one inside sequences (PS3.18 §8.3.4.1).
//!
//! `PatientName`, `00100010`, `RequestAttributesSequence.ScheduledProcedureStepID`, `00400275.00400009`. A private
//! element is named by its tag, or by `gggg{creator}ee`, which finds it in whatever block its creator has reserved.

use super::QueryError;
use crate::attribute::{self, Attribute, Home, Matching, Place};
use crate::documents::{DEEPEST, FOLDED};
use crate::profile;

/// Longest name of a private creator (LO), in characters.
const LONGEST_CREATOR: usize = 64;

/// One attribute of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) attribute: Attribute,
    /// Whose private element it is; without one, the tag says which it is.
    pub(crate) creator: Option<String>,
}

impl Step {
    fn parse(name: &str) -> Option<Self> {
        if !name.contains('{') {
            return attribute::by_name(name).map(|attribute| Self { attribute, creator: None });
        }
        let (group, rest) = name.split_once('{')?;
        let (creator, element) = rest.rsplit_once('}')?;
        let hexadecimal =
            |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let creator = creator.trim();
        if !hexadecimal(group, 4) || !hexadecimal(element, 2) || creator.is_empty() || creator.contains('\0') {
            return None;
        }
        let tag = (u16::from_str_radix(group, 16).ok()?, 0x1000 | u16::from_str_radix(element, 16).ok()?);
        if tag.0 % 2 == 0 || creator.chars().count() > LONGEST_CREATOR {
            return None;
        }
        attribute::by_tag(tag).map(|attribute| Self { attribute, creator: Some(creator.to_owned()) })
    }

    /// Whether it is a private element.
    pub(crate) fn is_private(&self) -> bool {
        self.attribute.tag.0 % 2 == 1
    }

    /// SQL/JSON path from a document to the values of this element, for names to their folded forms; from the element
    /// itself when its creator had to be found first. It holds nothing but tags and member names.
    pub(crate) fn json_path(&self, folded: bool) -> String {
        let member = if folded { FOLDED } else { "Value" };
        match self.creator {
            Some(_) => format!("$.\"{member}\"[*]"),
            None => format!("$.\"{}\".\"{member}\"[*]", self.attribute.name()),
        }
    }
}

/// Tags from the data set down to the attribute; all but the last are sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

impl Path {
    /// Reads keywords or tags with `.` between them.
    ///
    /// # Errors
    /// What is wrong with it, for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let names = names(text);
        let refuse = |reason| QueryError::Attribute { attribute: shown(text), reason };
        if names.len() > DEEPEST + 1 {
            return Err(refuse("the path goes too deep"));
        }
        let unknown = || QueryError::UnknownAttribute(shown(text));
        let path = names.iter().map(|name| Step::parse(name)).collect::<Option<Vec<_>>>().ok_or_else(unknown)?;
        let (_, above) = path.split_last().ok_or_else(unknown)?;
        if above.iter().any(|step| step.attribute.matching() != Matching::Sequence && !step.is_private()) {
            return Err(refuse("only a sequence has attributes inside"));
        }
        Ok(Self(path))
    }

    /// From the data set down.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The sequences that the attribute is in, from the data set down.
    pub(crate) fn above(&self) -> &[Step] {
        &self.0[..self.0.len() - 1]
    }

    /// The attribute of the data set itself.
    pub fn root(&self) -> &Attribute {
        &self.0[0].attribute
    }

    /// The attribute that is meant.
    pub fn leaf(&self) -> &Attribute {
        &self.0[self.0.len() - 1].attribute
    }

    /// The database that holds it: what is personal anywhere on the path is in the identity database.
    pub fn home(&self) -> Home {
        let personal = |step: &Step| profile::is_personal(step.attribute.tag, Some(step.attribute.vr));
        match self.root().home == Home::Identity || self.0.iter().any(personal) {
            true => Home::Identity,
            false => Home::Index,
        }
    }

    /// How it is kept: only attributes of the data set itself have columns.
    pub(crate) fn place(&self) -> Place {
        if self.0.len() == 1 { self.root().place } else { Place::Document }
    }
}

/// The names between the dots; the name of a private creator may have dots of its own.
fn names(text: &str) -> Vec<&str> {
    let mut inside = false;
    let separates = |character: char| {
        inside = (inside || character == '{') && character != '}';
        character == '.' && !inside
    };
    text.split(separates).collect()
}

/// What a client called an attribute, short enough for an error message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_private_elements_by_their_creator() {
        let path = Path::parse("0029{SIEMENS CSA. 1.0}10").expect("a path");
        assert_eq!(path.steps()[0].creator.as_deref(), Some("SIEMENS CSA. 1.0"));
        assert_eq!((path.leaf().tag, path.home()), ((0x0029, 0x1010), Home::Identity));
        assert_eq!(Path::parse("00091001").expect("a path").steps()[0].creator, None);
        assert_eq!(Path::parse("0009{A}01.00080100").expect("a path").steps().len(), 2);
    }

    #[test]
    fn refuses_names_that_are_none() {
        for bad in [
            "",
            ".",
            "a.",
            ".00100010",
            "0010001",
            "0010{A}10",
            "0009{}01",
            "0009{A}1",
            "0009{A01",
            "0009A}01",
            "{A}",
            "0009{A\0}01",
            "０００９１００１",
            "00100010.00100020",
            "0009{A}1é",
        ] {
            assert!(Path::parse(bad).is_err(), "{bad}");
        }
        assert!(Path::parse(&format!("0009{{{}}}01", "x".repeat(65))).is_err());
    }
}
