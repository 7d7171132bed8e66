//! How an object begins: preamble, file meta information, and how the data set after them is encoded (PS3.10 §7.1).

use dicom_dictionary_std::{tags, uids};

use super::header::{Encoding, LOOKAHEAD};
use super::vr;
use super::walk::{Level, State, Step, Walk};
use crate::error::{ReadError, Warning};

/// Retired, but not gone.
const EXPLICIT_VR_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
/// Length of preamble and prefix.
const PREAMBLE: usize = 132;

impl Walk {
    /// Before anything was read.
    pub(super) fn preamble(&mut self, bytes: &[u8], last: bool) -> Result<Step, ReadError> {
        if bytes.len() < PREAMBLE && !last {
            return Ok(Step::More);
        }
        self.state = State::MetaStart;
        if bytes.get(128..PREAMBLE) == Some(b"DICM") {
            return Ok(Step::Took(PREAMBLE));
        }
        self.warn(Warning::NoPreamble);
        Ok(Step::Took(if bytes.starts_with(b"DICM") { 4 } else { 0 }))
    }

    /// Where file meta information should begin.
    pub(super) fn meta_start(&mut self, bytes: &[u8], last: bool) -> Result<Step, ReadError> {
        if bytes.len() < LOOKAHEAD && !last {
            return Ok(Step::More);
        }
        match guess(bytes) {
            Some(encoding) if encoding.tag(bytes).group() == 2 => {
                self.in_meta = true;
                self.levels.push(Level::root(encoding));
                self.state = State::Element;
            }
            _ => {
                self.warn(Warning::NoFileMeta);
                self.set.data_set_start = self.position;
                self.state = State::DataSetStart;
            }
        }
        Ok(Step::Took(0))
    }

    /// Whether the file meta information ends before the element that `bytes` begin with. Its group length is believed
    /// only where compressed bytes follow, which may look like anything.
    pub(super) fn meta_ends(&self, bytes: &[u8], encoding: Encoding) -> bool {
        let declared = || {
            let length = self.set.meta_item().int(tags::FILE_META_INFORMATION_GROUP_LENGTH)?;
            let first = self.set.meta.first()?;
            Some(first.value.end.saturating_add(u64::try_from(length).ok()?))
        };
        bytes.len() < 2
            || encoding.tag(&[bytes[0], bytes[1], 0, 0]).group() != 2
            || (self.set.uid(tags::TRANSFER_SYNTAX_UID).is_some_and(is_deflated) && declared() == Some(self.position))
    }

    /// Ends the file meta information.
    pub(super) fn end_meta(&mut self) {
        self.in_meta = false;
        self.levels.clear();
        self.set.data_set_start = self.position;
        self.set.transfer_syntax = self.set.uid(tags::TRANSFER_SYNTAX_UID).unwrap_or_default().to_owned();
        if self.set.transfer_syntax.is_empty() {
            self.warn(Warning::NoTransferSyntax);
        }
        self.state = State::DataSetStart;
    }

    /// Where the data set begins: settles how it is encoded.
    pub(super) fn data_set_start(&mut self, bytes: &[u8], last: bool) -> Result<Step, ReadError> {
        if bytes.len() < LOOKAHEAD && (!last || bytes.is_empty()) {
            return Ok(Step::More);
        }
        if bytes.len() < 8 {
            return if self.set.meta.is_empty() { Err(ReadError::NotDicom) } else { Ok(Step::More) };
        }
        let guessed = guess(bytes);
        let encoding = if self.set.transfer_syntax.is_empty() {
            // After file meta information it is a data set, even if it looks like none.
            let fallback = if vr::is_text([bytes[4], bytes[5]]) { Encoding::EXPLICIT } else { Encoding::IMPLICIT };
            let encoding = guessed.or((!self.set.meta.is_empty()).then_some(fallback)).ok_or(ReadError::NotDicom)?;
            self.set.transfer_syntax = name_of(encoding).to_owned();
            encoding
        } else {
            if is_deflated(&self.set.transfer_syntax) && !self.set.deflated && guessed.is_none() {
                self.set.deflated = true;
                self.state = State::Deflated;
                return Ok(Step::More);
            }
            let declared = declared(&self.set.transfer_syntax);
            if is_deflated(&self.set.transfer_syntax) && !self.set.deflated {
                self.warn(Warning::OtherEncoding);
            }
            match guessed {
                Some(guessed) if guessed != declared && !fits(bytes, declared) => {
                    self.warn(Warning::OtherEncoding);
                    guessed
                }
                _ => declared,
            }
        };
        // Enough for most headers, so that they are read without growing.
        self.set.elements.reserve(256);
        self.set.values.reserve(8 << 10);
        self.set.big_endian = encoding.big_endian;
        self.levels.push(Level::root(encoding));
        self.state = State::Element;
        Ok(Step::Took(0))
    }
}

/// Transfer syntaxes whose data set is deflated.
fn is_deflated(transfer_syntax: &str) -> bool {
    matches!(
        transfer_syntax,
        uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN | uids::JPIP_REFERENCED_DEFLATE | uids::JPIPHTJ2K_REFERENCED_DEFLATE
    )
}

/// The encoding that a transfer syntax says. GE's private one and Papyrus 3 are implicit, all encapsulated ones explicit.
fn declared(transfer_syntax: &str) -> Encoding {
    match transfer_syntax {
        uids::IMPLICIT_VR_LITTLE_ENDIAN | "1.2.840.113619.5.2" | "1.2.840.10008.1.20" => Encoding::IMPLICIT,
        EXPLICIT_VR_BIG_ENDIAN => Encoding { big_endian: true, ..Encoding::EXPLICIT },
        _ => Encoding::EXPLICIT,
    }
}

/// The native transfer syntax of an encoding.
fn name_of(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding { implicit: true, .. } => uids::IMPLICIT_VR_LITTLE_ENDIAN,
        Encoding { big_endian: true, .. } => EXPLICIT_VR_BIG_ENDIAN,
        _ => uids::EXPLICIT_VR_LITTLE_ENDIAN,
    }
}

/// The encoding in which `bytes` begin with an element as a data set's first can be. Letters where a VR is written are
/// taken for one, even if it does not exist: as the length of a first element they would be too much.
fn guess(bytes: &[u8]) -> Option<Encoding> {
    let implicit = !vr::is_text([*bytes.get(4)?, *bytes.get(5)?]);
    let candidates = [false, true].map(|big_endian| Encoding { implicit, big_endian });
    candidates.into_iter().find(|&encoding| bytes.len() >= 8 && is_plausible(bytes, encoding))
}

/// Whether a data set can begin so: with a known tag of a low group and a modest length.
fn is_plausible(bytes: &[u8], encoding: Encoding) -> bool {
    const MODEST: u32 = 1 << 20;
    let tag = encoding.tag(bytes);
    let modest = !encoding.implicit || matches!(encoding.long(bytes, 4), ..MODEST | u32::MAX);
    (0x0002..=0x0028).contains(&tag.group()) && modest && vr::is_known(tag)
}

/// Whether `bytes` can begin with an element in the declared encoding, though it need not look like a first one.
fn fits(bytes: &[u8], declared: Encoding) -> bool {
    vr::is_text([bytes[4], bytes[5]]) != declared.implicit && vr::is_known(declared.tag(bytes))
}
