//! Which codec a transfer syntax needs (PS3.5 §10, Annex A; UIDs from PS3.6 Annex A).

use crate::jpeg_xl::Kind;

/// A group of transfer syntaxes that one decoder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Uncompressed, little endian; also encapsulated uncompressed.
    Native,
    /// Uncompressed, big endian.
    NativeBigEndian,
    /// Each frame deflated by itself.
    DeflatedFrame,
    /// RLE Lossless.
    Rle,
    /// JPEG (ISO 10918-1): baseline, extended, progressive, lossless.
    Jpeg,
    /// JPEG-LS (ISO 14495-1).
    JpegLs,
    /// JPEG 2000 (ISO 15444-1) and High-Throughput JPEG 2000 (ISO 15444-15).
    Jpeg2000,
    /// JPEG XL (ISO 18181).
    JpegXl(Kind),
}

impl Family {
    /// The family of a Transfer Syntax UID.
    pub(crate) fn of(transfer_syntax: &str) -> Option<Self> {
        Some(match transfer_syntax.strip_prefix("1.2.840.10008.1.2")? {
            "" | ".1" | ".1.98" | ".1.99" => Self::Native,
            ".2" => Self::NativeBigEndian,
            ".8.1" => Self::DeflatedFrame,
            ".5" => Self::Rle,
            // .52 to .56 are retired but old archives hold them; .58 to .66 and hierarchical processes were never used.
            ".4.50" | ".4.51" | ".4.53" | ".4.55" | ".4.57" | ".4.70" => Self::Jpeg,
            ".4.80" | ".4.81" => Self::JpegLs,
            ".4.90" | ".4.91" | ".4.201" | ".4.202" | ".4.203" => Self::Jpeg2000,
            ".4.110" => Self::JpegXl(Kind::Lossless),
            ".4.111" => Self::JpegXl(Kind::Recompressed),
            ".4.112" => Self::JpegXl(Kind::Any),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_every_syntax_that_can_be_decoded() {
        for (suffix, family) in [
            ("", Family::Native),
            (".1.99", Family::Native),
            (".2", Family::NativeBigEndian),
            (".5", Family::Rle),
            (".4.57", Family::Jpeg),
            (".4.81", Family::JpegLs),
            (".4.203", Family::Jpeg2000),
            (".4.110", Family::JpegXl(Kind::Lossless)),
        ] {
            assert_eq!(Family::of(&format!("1.2.840.10008.1.2{suffix}")), Some(family), "{suffix}");
        }
    }

    #[test]
    fn knows_nothing_of_video_and_private_syntaxes() {
        for uid in ["1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.92", "1.2.3", "", "1.2.840.10008.1.20"] {
            assert_eq!(Family::of(uid), None, "{uid}");
        }
    }
}
