//! One matching key: an attribute, maybe inside sequences, and what its value shall be.

use super::QueryError;
use super::matcher::Matcher;
use crate::attribute::{self, Attribute, Home, Level, Matching, Place};
use crate::documents::{DEEPEST, FOLDED};
use crate::profile;

/// Tags from the data set down to the attribute; all but the last are sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Vec<Attribute>);

impl Path {
    /// Reads keywords or tags with `.` between them.
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        let names: Vec<&str> = text.split('.').collect();
        let refuse = |reason| QueryError::Attribute { attribute: shown(text), reason };
        if names.len() > DEEPEST + 1 {
            return Err(refuse("the path goes too deep"));
        }
        let unknown = || QueryError::UnknownAttribute(shown(text));
        let path = names.iter().map(|name| attribute::by_name(name)).collect::<Option<Vec<_>>>().ok_or_else(unknown)?;
        let (_, above) = path.split_last().ok_or_else(unknown)?;
        if above.iter().any(|attribute| attribute.matching() != Matching::Sequence && !is_private(attribute)) {
            return Err(refuse("only a sequence has attributes inside"));
        }
        Ok(Self(path))
    }

    /// The attribute of the data set itself.
    pub(crate) fn root(&self) -> &Attribute {
        &self.0[0]
    }

    /// The attribute that is meant.
    pub(crate) fn leaf(&self) -> &Attribute {
        &self.0[self.0.len() - 1]
    }

    /// The database that holds it: what is personal anywhere on the path is in the identity database.
    pub(crate) fn home(&self) -> Home {
        let personal = |attribute: &Attribute| profile::is_personal(attribute.tag, Some(attribute.vr));
        match self.root().home == Home::Identity || self.0.iter().any(personal) {
            true => Home::Identity,
            false => Home::Index,
        }
    }

    /// How it is kept: only attributes of the data set itself have columns.
    pub(crate) fn place(&self) -> Place {
        if self.0.len() == 1 { self.root().place } else { Place::Document }
    }

    /// SQL/JSON path to the values in the document, for names to their folded forms. It holds nothing but tags and
    /// member names.
    pub(crate) fn json_path(&self, folded: bool) -> String {
        let mut path = String::from("$");
        for (depth, attribute) in self.0.iter().enumerate() {
            let is_leaf = depth + 1 == self.0.len();
            let member = if is_leaf && folded { FOLDED } else { "Value" };
            path.push_str(&format!(".\"{}\".\"{member}\"[*]", attribute.name()));
        }
        path
    }
}

fn is_private(attribute: &Attribute) -> bool {
    attribute.tag.0 % 2 == 1
}

/// What a client called an attribute, short enough for an error message.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

/// One matching key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) path: Path,
    pub(crate) matcher: Matcher,
}

impl Key {
    /// Reads a key and its value; no matcher means universal matching.
    pub(super) fn parse(name: &str, value: &str, fuzzy: bool) -> Result<(Path, Option<Matcher>), QueryError> {
        let path = Path::parse(name)?;
        let matcher = Matcher::parse(path.leaf(), value, fuzzy);
        let matcher = matcher.map_err(|reason| QueryError::Attribute { attribute: shown(name), reason })?;
        Ok((path, matcher))
    }

    /// A key of the data set's own UIDs.
    pub(super) fn uid(keyword: &str, uid: &str) -> Result<Self, QueryError> {
        let (path, matcher) = Self::parse(keyword, uid, false)?;
        let matcher = matcher.ok_or(QueryError::Request("a UID of the request's path is empty"))?;
        Ok(Self { path, matcher })
    }

    pub(crate) fn level(&self) -> Level {
        self.path.root().level
    }

    /// Whether it is asked of the identity database.
    pub(crate) fn is_personal(&self) -> bool {
        self.path.home() == Home::Identity
    }

    /// Whether it is one of the three UIDs that name rows in both databases.
    pub(crate) fn names_rows(&self) -> bool {
        matches!(self.path.leaf().keyword, "StudyInstanceUID" | "SeriesInstanceUID" | "SOPInstanceUID")
            && matches!(self.path.place(), Place::Column(_))
    }
}
