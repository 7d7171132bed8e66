//! The marker segments before the first scan (ISO 10918-1 Annex B), read before a decoder allocates by them.

use std::ops::Range;

use crate::CodecError;

/// One component of the frame header (ISO 10918-1 §B.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Component {
    /// Component identifier.
    pub(super) identifier: u8,
    /// Horizontal and vertical sampling factor, four bits each.
    pub(super) sampling: u8,
}

/// What the marker segments say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of a sample.
    pub(super) precision: u32,
    /// Process 14 (SOF3).
    pub(super) lossless: bool,
    pub(super) components: Vec<Component>,
    /// Where the JFIF APP0 segment lies.
    pub(super) jfif: Option<Range<usize>>,
    /// Where the Adobe APP14 segment lies.
    pub(super) adobe: Option<Range<usize>>,
    /// Transform of the Adobe segment: 0 none, 1 YCbCr, 2 YCCK.
    pub(super) adobe_transform: Option<u8>,
}

impl Header {
    /// Reads up to the first scan.
    pub(super) fn read(frame: &[u8]) -> Result<Self, CodecError> {
        let broken = |what: &str| CodecError::broken(format!("JPEG: {what}"));
        if !frame.starts_with(&[0xff, 0xd8]) {
            return Err(broken("the frame does not begin with SOI"));
        }
        let (mut header, mut found) = (Self::empty(), false);
        let mut at = 2;
        loop {
            let marker = *frame.get(at + 1).ok_or_else(|| broken("there is no scan"))?;
            if frame[at] != 0xff {
                return Err(broken("there is no marker where one should be"));
            }
            match marker {
                // Fill bytes may stand before a marker.
                0xff => {
                    at += 1;
                    continue;
                }
                // Markers without a segment.
                0x01 | 0xd0..=0xd8 => {
                    at += 2;
                    continue;
                }
                0xda | 0xd9 => break,
                _ => {}
            }
            let length = frame.get(at + 2..at + 4).map(|b| usize::from(b[0]) << 8 | usize::from(b[1]));
            let segment = length
                .filter(|length| *length >= 2)
                .and_then(|length| frame.get(at + 4..at + 2 + length))
                .ok_or_else(|| broken("a marker segment is longer than the frame"))?;
            let range = at..at + 4 + segment.len();
            match marker {
                0xe0 if segment.starts_with(b"JFIF\0") => header.jfif = Some(range.clone()),
                0xee if segment.starts_with(b"Adobe") && segment.len() >= 12 => {
                    header.adobe = Some(range.clone());
                    header.adobe_transform = Some(segment[11]);
                }
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    header.frame_header(marker, segment).ok_or_else(|| broken("the frame header is too short"))?;
                    found = true;
                }
                _ => {}
            }
            at = range.end;
        }
        if found { Ok(header) } else { Err(broken("there is no frame header before the scan")) }
    }

    fn empty() -> Self {
        Self {
            width: 0,
            height: 0,
            precision: 0,
            lossless: false,
            components: Vec::new(),
            jfif: None,
            adobe: None,
            adobe_transform: None,
        }
    }

    /// Takes the SOF segment.
    fn frame_header(&mut self, marker: u8, segment: &[u8]) -> Option<()> {
        let &[precision, h1, h0, w1, w0, count, ..] = segment else { return None };
        self.precision = u32::from(precision);
        self.height = u32::from(u16::from_be_bytes([h1, h0]));
        self.width = u32::from(u16::from_be_bytes([w1, w0]));
        self.lossless = matches!(marker, 0xc3 | 0xc7 | 0xcb | 0xcf);
        let components = segment.get(6..6 + 3 * usize::from(count))?;
        self.components = components
            .chunks_exact(3)
            .map(|component| Component { identifier: component[0], sampling: component[1] })
            .collect();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_size_depth_and_colour_markers() {
        let mut frame = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\x01".to_vec();
        frame.extend_from_slice(b"\xff\xff\xc1\0\x11\x0c\0\x02\0\x03\x03R\x11\0G\x11\0B\x11\0\xff\xda");
        let header = Header::read(&frame).unwrap();
        assert_eq!((header.width, header.height, header.precision, header.lossless), (3, 2, 12, false));
        assert_eq!(header.adobe, Some(2..18));
        assert_eq!(header.adobe_transform, Some(1));
        assert_eq!(header.components[1], Component { identifier: b'G', sampling: 0x11 });
    }

    #[test]
    fn refuses_headers_that_are_none() {
        for frame in [
            &b""[..],
            b"\xff\xd8",
            b"\xff\xd8\xff\xda",
            b"\xff\xd8\0\0",
            b"\xff\xd8\xff\xc0\0\x01",
            b"\xff\xd8\xff\xc0\xff\xff\x08",
        ] {
            assert!(Header::read(frame).is_err(), "{frame:?}");
        }
    }
}
