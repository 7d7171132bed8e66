//! What the reader refuses and what it only remarks on.

use dicom_core::Tag;

/// Why bytes cannot be read as a DICOM data set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in the bytes looks like a data set.
    #[error("this is not a DICOM object")]
    NotDicom,
    /// Sequences nest deeper than the limit.
    #[error("sequences are nested more than {0} deep")]
    TooDeep(u16),
    /// More data elements than the limit.
    #[error("there are more than {0} data elements")]
    TooManyElements(u32),
    /// More fragments of encapsulated Pixel Data than the limit.
    #[error("there are more than {0} fragments of Pixel Data")]
    TooManyFragments(u32),
    /// An element's header or length contradicts what encloses it, at a place where nothing after it can be trusted.
    #[error("data element {tag} at byte {offset}: {reason}")]
    Malformed {
        /// The element.
        tag: Tag,
        /// Its first byte in the input.
        offset: u64,
        /// What contradicts what.
        reason: &'static str,
    },
    /// The deflated part does not inflate.
    #[error("the deflated data set cannot be inflated: {0}")]
    Inflate(String),
}

/// What is odd about an object that could be read nevertheless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// No 128-byte preamble and `DICM` prefix (PS3.10 §7.1).
    NoPreamble,
    /// No file meta information (PS3.10 §7.1); the transfer syntax was guessed.
    NoFileMeta,
    /// The file meta information has no transfer syntax; it was guessed.
    NoTransferSyntax,
    /// The data set is encoded otherwise than its transfer syntax says.
    OtherEncoding,
    /// The input ends inside this element, which is kept as far as it goes.
    Truncated(Tag),
    /// An element has a value of odd length.
    OddLength(Tag),
    /// A VR that does not exist; the value is kept as UN.
    UnknownVr(Tag),
    /// An Item or a delimiter where none can be, or one that is missing.
    Delimiter(Tag),
    /// An element, Item or sequence that is longer than what encloses it; it is cut to that.
    Overrun(Tag),
    /// Bytes within a sequence or an Item, where this element should be, that are none; they are skipped.
    Unreadable(Tag),
    /// Bytes after the last element that are no element.
    TrailingBytes(u64),
}
