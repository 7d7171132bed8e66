//! What extended negotiation of a query SOP Class agrees on (PS3.4 §C.5.1.1): a byte each, in this order.

/// What each byte is about, and the largest value that we take.
pub(in crate::service) const OFFERED: [(&str, u8); 7] = [
    ("relational queries", 1),
    ("combined date-time matching", 1),
    ("fuzzy semantic matching of person names", 1),
    ("timezone query adjustment", 1),
    // Other objects than those that are stored are not made.
    ("enhanced multi-frame image conversion", 0),
    ("empty value matching", 1),
    ("multiple value matching", 1),
];

/// What was agreed on. Nothing of it without extended negotiation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Keys of any level; no unique keys of the levels above are needed.
    pub(super) relational: bool,
    /// A date and the time beside it are one range of moments.
    pub(super) date_time: bool,
    /// Names match by words, roughly.
    pub(super) fuzzy: bool,
    /// Timezone Offset From UTC says in which zone dates and times are meant.
    pub(super) timezone: bool,
    /// `""` matches what has no value.
    pub(super) empty: bool,
    /// Of several values each must match.
    pub(super) multiple: bool,
}

/// The answer to what was proposed: as many bytes, of what both sides know.
pub(super) fn answer(proposed: &[u8]) -> Vec<u8> {
    proposed.iter().zip(OFFERED).map(|(proposed, (_, offered))| *proposed.min(&offered)).collect()
}

impl Agreed {
    /// Reads an answer of ours.
    pub(super) fn read(answer: &[u8]) -> Self {
        let is = |number: usize| answer.get(number) == Some(&1);
        Self { relational: is(0), date_time: is(1), fuzzy: is(2), timezone: is(3), empty: is(5), multiple: is(6) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_to_what_was_asked_and_is_there() {
        assert_eq!(answer(&[1]), [1]);
        assert_eq!(answer(&[1, 0, 1, 0, 1]), [1, 0, 1, 0, 0]);
        assert_eq!(answer(&[9; 12]), [1, 1, 1, 1, 0, 1, 1]);
        assert!(answer(&[]).is_empty());
    }

    #[test]
    fn knows_what_was_agreed_on() {
        assert_eq!(Agreed::read(&[]), Agreed::default());
        assert_eq!(Agreed::read(&[0, 0, 1]), Agreed { fuzzy: true, ..Agreed::default() });
        assert!(Agreed::read(&answer(&[1; 7])).multiple);
    }
}
