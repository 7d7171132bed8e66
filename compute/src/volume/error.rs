//! What can go wrong: a volume that is none, a view that shows nothing, and work that was told to stop.

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("a volume needs columns, rows and slices; this one is {0:?}")]
    Empty([usize; 3]),
    #[error("a volume of {size:?} is too large")]
    TooLarge { size: [usize; 3] },
    #[error("a volume of {size:?} has {expected} samples, not {found}")]
    Samples { size: [usize; 3], expected: usize, found: usize },
    #[error("{slices} slices have {origins} origins")]
    Origins { slices: usize, origins: usize },
    #[error("{0} is not a number")]
    NotFinite(&'static str),
    #[error("columns or rows have no spacing")]
    NoSpacing,
    #[error("rows and columns are not at right angles")]
    NotAtRightAngles,
    #[error("slice {0} does not lie above slice {below}", below = .0 - 1)]
    Order(usize),
    #[error("{0} has no extent")]
    NoExtent(&'static str),
    #[error("every number of 16 bits is a sample: none is left to stand for what is cut off")]
    NoPadding,
    #[error("stopped")]
    Stopped,
}
