//! What of an object decides whether it can be given, gathered while its elements go by.

use data_set::{DataSet, Element, Tag, tags};

use super::withheld::Statement;
use crate::retrieve::Held;

/// Most elements: overlays have 128 groups of some that are of account.
const ELEMENTS: usize = 4096;
/// Most bytes of their values.
const VALUES: usize = 2 << 20;

/// Elements of which a [`Statement`] is made.
pub(crate) struct Excerpt {
    wanted: Box<dyn FnMut(Tag) -> bool + Send>,
    found: Held,
}

impl Default for Excerpt {
    fn default() -> Self {
        Self { wanted: Box::new(Statement::wanted()), found: Held::new((ELEMENTS, VALUES)) }
    }
}

impl Excerpt {
    /// Takes the next element, as it is stored.
    pub(crate) fn look(&mut self, element: &Element, value: Option<&[u8]>) {
        let is_wanted =
            element.depth == 0 && (element.tag == tags::SPECIFIC_CHARACTER_SET || (self.wanted)(element.tag));
        if !is_wanted {
            return;
        }
        let is_overlay = element.tag.group() & 0xFF01 == 0x6000;
        // Of the samples of an overlay only counts that there are some.
        self.found.put(element, value.filter(|value| !is_overlay || value.len() <= 2));
    }

    /// The data set of these elements; `None` when they were too many.
    pub(super) fn into_set(self, head: DataSet) -> Option<DataSet> {
        Some(self.found.all()?.into_set(head))
    }
}
