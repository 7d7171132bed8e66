//! Which transfer syntax a media range asks for, and whether a stored instance can be given in it (PS3.18 §8.7.3.5.2).

use archive::StoredInstance;
use archive::retrieve::Encoding;

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

    /// How the instance is to be encoded to fulfil the wish; `None` when that cannot be done.
    pub fn fulfil(&self, instance: &StoredInstance) -> Option<Encoding> {
        match self {
            Wish::Stored => Some(Encoding::Stored),
            Wish::Named(name) if *name == instance.transfer_syntax => Some(Encoding::Stored),
            Wish::Named(name) if name == EXPLICIT_VR_LITTLE_ENDIAN => native(instance),
            Wish::Named(_) => None,
            Wish::Default => native(instance),
            Wish::Any => native(instance).or(Some(Encoding::Stored)),
        }
    }
}

fn native(instance: &StoredInstance) -> Option<Encoding> {
    if instance.transfer_syntax == EXPLICIT_VR_LITTLE_ENDIAN {
        return Some(Encoding::Stored);
    }
    (instance.frame_count == 0 || is_readable(&instance.transfer_syntax)).then_some(Encoding::Native)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieve::tests::stored;

    const HEVC: &str = "1.2.840.10008.1.2.4.107";

    fn wish(text: &str) -> Wish {
        Wish::of(&MediaType::parse(text).unwrap())
    }

    #[test]
    fn serves_stored_bytes_without_work_when_it_can() {
        let explicit = stored(EXPLICIT_VR_LITTLE_ENDIAN, 1);
        let implicit = stored("1.2.840.10008.1.2", 1);
        assert_eq!(wish("application/dicom").fulfil(&explicit), Some(Encoding::Stored));
        assert_eq!(wish("application/dicom").fulfil(&implicit), Some(Encoding::Native));
        assert_eq!(wish("application/dicom; transfer-syntax=*").fulfil(&implicit), Some(Encoding::Stored));
        assert_eq!(
            wish("application/dicom; transfer-syntax=1.2.840.10008.1.2").fulfil(&implicit),
            Some(Encoding::Stored)
        );
        assert_eq!(
            wish("application/dicom; transfer-syntax=1.2.840.10008.1.2.1").fulfil(&implicit),
            Some(Encoding::Native)
        );
    }

    #[test]
    fn promises_nothing_that_it_cannot_make() {
        let video = stored(HEVC, 10);
        assert_eq!(wish("application/dicom").fulfil(&video), None);
        assert_eq!(wish("application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90").fulfil(&video), None);
        assert_eq!(Wish::Any.fulfil(&video), Some(Encoding::Stored));
    }
}
