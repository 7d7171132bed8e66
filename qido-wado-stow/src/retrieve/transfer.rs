//! Which transfer syntax a media range asks for, and whether a stored instance can be given in it (PS3.18 §8.7.3.5.2).

use archive::retrieve::{Encoding, encodings};
use archive::{Archive, Error, StoredInstance};

use crate::media_type::MediaType;
use crate::transfer_syntax::{EXPLICIT_VR_LITTLE_ENDIAN, is_readable};

/// The transfer syntax that a media range asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// None named: Explicit VR Little Endian, that is native little-endian samples.
    Default,
    /// `transfer-syntax=*`: as stored.
    Stored,
    /// This one.
    Named(String),
    /// A wildcard range: the default, else as stored.
    Any,
}

impl Wish {
    /// Of a media range that names its type.
    pub fn of(range: &MediaType) -> Self {
        match range.parameter("transfer-syntax").map(str::trim) {
            None | Some("") => Wish::Default,
            Some("*") => Wish::Stored,
            Some(name) => Wish::Named(name.to_owned()),
        }
    }

    /// How an object stored in `syntax` is to be encoded to fulfil the wish; `None` when that cannot be done. Without
    /// pixels there is nothing that a codec would have to undo, or to do. Whether the pixels of this very object can be
    /// encoded, [`Offer`] finds out.
    pub fn fulfil(&self, syntax: &str, has_pixels: bool) -> Option<Encoding> {
        match self {
            Wish::Stored => Some(Encoding::Stored),
            Wish::Named(name) if name == syntax => Some(Encoding::Stored),
            Wish::Named(name) if name == EXPLICIT_VR_LITTLE_ENDIAN => native(syntax, has_pixels),
            Wish::Named(name) if has_pixels => encodings(true).find(|uid| uid == name).map(Encoding::Encoded),
            Wish::Named(_) => None,
            Wish::Default => native(syntax, has_pixels),
            Wish::Any => native(syntax, has_pixels).or(Some(Encoding::Stored)),
        }
    }
}

fn native(syntax: &str, has_pixels: bool) -> Option<Encoding> {
    if syntax == EXPLICIT_VR_LITTLE_ENDIAN {
        return Some(Encoding::Stored);
    }
    (!has_pixels || is_readable(syntax)).then_some(Encoding::Native)
}

/// The transfer syntax of what an object stored in `stored` becomes.
pub(super) fn syntax_of(encoding: Encoding, stored: &str) -> &str {
    match encoding {
        Encoding::Stored => stored,
        Encoding::Native => EXPLICIT_VR_LITTLE_ENDIAN,
        Encoding::Encoded(syntax) => syntax,
    }
}

/// What the archive has been asked about, and why it refused the last.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// The reason, in words for the client.
    pub refusal: Option<String>,
}

impl Offer {
    /// This encoding, if the instance can be given in it.
    pub async fn of(
        &mut self,
        archive: &Archive,
        instance: &StoredInstance,
        encoding: Encoding,
    ) -> Result<Option<Encoding>, Error> {
        // A de-identified object is made anew in any case, and not every one can be.
        if !matches!(encoding, Encoding::Encoded(_)) && !instance.is_deidentified() {
            return Ok(Some(encoding));
        }
        match archive.can_give(instance, encoding).await {
            Ok(()) => Ok(Some(encoding)),
            Err(Error::NotAcceptable(words) | Error::Damaged(words)) => {
                self.refusal = Some(words);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The reason as the end of a sentence about what there is.
    pub fn words(&self) -> String {
        self.refusal.as_ref().map(|words| format!("; {words}")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEVC: &str = "1.2.840.10008.1.2.4.107";

    fn wish(text: &str) -> Wish {
        Wish::of(&MediaType::parse(text).unwrap())
    }

    #[test]
    fn serves_stored_bytes_without_work_when_it_can() {
        let implicit = "1.2.840.10008.1.2";
        let of = |text: &str, syntax: &str| wish(text).fulfil(syntax, true);
        assert_eq!(of("application/dicom", EXPLICIT_VR_LITTLE_ENDIAN), Some(Encoding::Stored));
        assert_eq!(of("application/dicom", implicit), Some(Encoding::Native));
        assert_eq!(of("application/dicom; transfer-syntax=*", implicit), Some(Encoding::Stored));
        assert_eq!(of("application/dicom; transfer-syntax=1.2.840.10008.1.2", implicit), Some(Encoding::Stored));
        assert_eq!(of("application/dicom; transfer-syntax=1.2.840.10008.1.2.1", implicit), Some(Encoding::Native));
    }

    #[test]
    fn encodes_in_what_is_named() {
        for syntax in ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"] {
            let wish = wish(&format!("application/dicom; transfer-syntax={syntax}"));
            assert_eq!(wish.fulfil(EXPLICIT_VR_LITTLE_ENDIAN, true), Some(Encoding::Encoded(syntax)));
            assert_eq!(wish.fulfil(syntax, true), Some(Encoding::Stored));
        }
        // These two are not for the web (PS3.18 §8.7.3).
        for syntax in ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2"] {
            let wish = wish(&format!("application/dicom; transfer-syntax={syntax}"));
            assert_eq!(wish.fulfil(EXPLICIT_VR_LITTLE_ENDIAN, true), None);
        }
    }

    #[test]
    fn promises_nothing_that_it_cannot_make() {
        assert_eq!(wish("application/dicom").fulfil(HEVC, true), None);
        assert_eq!(wish("application/dicom; transfer-syntax=1.2.840.10008.1.2.4.102").fulfil(HEVC, true), None);
        assert_eq!(wish("application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90").fulfil(HEVC, false), None);
        assert_eq!(Wish::Any.fulfil(HEVC, true), Some(Encoding::Stored));
        assert_eq!(wish("application/dicom").fulfil(HEVC, false), Some(Encoding::Native));
    }
}
