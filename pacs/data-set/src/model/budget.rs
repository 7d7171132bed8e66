//! How far a reader of a model has come: the path for its errors, and how much it may still take.

use dicom_core::Tag;

use super::{DEEPEST, MOST_NODES, ModelError};

/// The path of the element that is being read or written, and the nodes that are left.
#[derive(Debug)]
pub(super) struct Budget {
    path: String,
    depth: usize,
    nodes: usize,
}

impl Budget {
    /// A whole data set's.
    pub fn new() -> Self {
        Self { path: String::new(), depth: 0, nodes: MOST_NODES }
    }

    /// Takes one attribute, Item or value.
    pub fn spend(&mut self) -> Result<(), ModelError> {
        self.nodes = self.nodes.checked_sub(1).ok_or_else(|| {
            self.error(format!("the data set has more than {MOST_NODES} attributes, items and values"))
        })?;
        Ok(())
    }

    /// Goes into an element; gives what [`Budget::leave`] needs.
    pub fn enter(&mut self, tag: Tag) -> usize {
        let outside = self.path.len();
        let slash = if outside == 0 { "" } else { "/" };
        self.path.push_str(&format!("{slash}{:04X}{:04X}", tag.group(), tag.element()));
        outside
    }

    /// Goes into an Item, the first of which is 1.
    pub fn enter_item(&mut self, number: usize) -> Result<usize, ModelError> {
        if self.depth == DEEPEST {
            return Err(self.error(format!("sequences are nested more than {DEEPEST} deep")));
        }
        self.depth += 1;
        let outside = self.path.len();
        self.path.push_str(&format!("/{number}"));
        Ok(outside)
    }

    /// Leaves an element. After an error nothing is left, so that the path tells where it was.
    pub fn leave(&mut self, outside: usize) {
        self.path.truncate(outside);
    }

    /// Leaves an Item.
    pub fn leave_item(&mut self, outside: usize) {
        self.depth -= 1;
        self.leave(outside);
    }

    /// An error at this place.
    pub fn error(&self, reason: impl Into<String>) -> ModelError {
        ModelError { path: self.path.clone(), reason: reason.into() }
    }
}
