//! The boxes around a JPEG XL codestream (ISO 18181-2). They come from strangers, and some of them are compressed with
//! Brotli, which makes gigabytes of kilobytes: only what is needed is handed on, and only up to a length.

use std::borrow::Cow;
use std::io::Read;

use brotli_decompressor::Decompressor;
use jxl_bitstream::Bitstream;
use jxl_oxide::jpeg_bitstream::JpegBitstreamHeader;
use jxl_oxide_common::Bundle;

use crate::CodecError;

/// The first box.
const SIGNATURE: &[u8] = b"\0\0\0\x0cJXL \r\n\x87\n";

/// Most bytes that a compressed box inflates to: what a JPEG frame has besides its coefficients.
const LARGEST_BOX: u64 = 16 << 20;

/// The codestream, without the boxes that it may be in.
pub(super) fn codestream(frame: &[u8]) -> Result<Cow<'_, [u8]>, CodecError> {
    if !frame.starts_with(SIGNATURE) {
        return Ok(Cow::Borrowed(frame));
    }
    let mut parts = Vec::new();
    for part in Boxes(frame) {
        match part? {
            (b"jxlc", content) => return Ok(Cow::Borrowed(content)),
            // Before each part stands its number; they come in order.
            (b"jxlp", content) => parts.extend_from_slice(content.get(4..).unwrap_or_default()),
            _ => {}
        }
    }
    Ok(Cow::Owned(parts))
}

/// The boxes that JPEG is reconstructed from, none of them compressed as a whole; `None` when it cannot be.
pub(super) fn reconstruction(frame: &[u8]) -> Result<Option<Vec<u8>>, CodecError> {
    if !frame.starts_with(SIGNATURE) {
        return Ok(None);
    }
    let (mut out, mut is_jpeg) = (Vec::with_capacity(frame.len()), false);
    for part in Boxes(frame) {
        match part? {
            (kind @ (b"JXL " | b"ftyp" | b"jxll" | b"jxlc" | b"jxlp" | b"Exif" | b"xml "), content) => {
                put(&mut out, kind, content);
            }
            (b"jbrd", content) => {
                inflated(data_of(content)?)?;
                put(&mut out, b"jbrd", content);
                is_jpeg = true;
            }
            (b"brob", content) => {
                if let Some((kind @ (b"Exif" | b"xml "), compressed)) = content.split_first_chunk::<4>() {
                    put(&mut out, kind, &inflated(compressed)?);
                }
            }
            _ => {}
        }
    }
    Ok(is_jpeg.then_some(out))
}

/// What is compressed in a box of reconstruction data (ISO 18181-2 §A.2): all after its header.
fn data_of(content: &[u8]) -> Result<&[u8], CodecError> {
    let broken = |_| CodecError::broken("JPEG XL: the data to reconstruct JPEG are broken");
    let mut bits = Bitstream::new(content);
    JpegBitstreamHeader::parse(&mut bits, ()).map_err(broken)?;
    bits.zero_pad_to_byte().map_err(broken)?;
    Ok(content.get(bits.num_read_bits() / 8..).unwrap_or_default())
}

fn inflated(compressed: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut content = Vec::new();
    let read = Decompressor::new(compressed, 4096).take(LARGEST_BOX + 1).read_to_end(&mut content);
    if read.is_err() || content.len() as u64 > LARGEST_BOX {
        return Err(CodecError::broken("JPEG XL: a compressed box is broken or too large"));
    }
    Ok(content)
}

fn put(out: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    // A box of 1 says that 64 bits of length follow its kind.
    match u32::try_from(content.len() + 8) {
        Ok(length) => out.extend_from_slice(&length.to_be_bytes()),
        Err(_) => out.extend_from_slice(&1_u32.to_be_bytes()),
    }
    out.extend_from_slice(kind);
    if u32::try_from(content.len() + 8).is_err() {
        out.extend_from_slice(&(content.len() as u64 + 16).to_be_bytes());
    }
    out.extend_from_slice(content);
}

/// Kind and content of each box (ISO 14496-12 §4.2).
struct Boxes<'a>(&'a [u8]);

impl<'a> Boxes<'a> {
    fn split(&mut self) -> Option<(&'a [u8; 4], &'a [u8])> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = match u32::from_be_bytes(*length) {
            0 => (rest.len(), rest),
            1 => {
                let (length, rest) = rest.split_first_chunk::<8>()?;
                (usize::try_from(u64::from_be_bytes(*length)).ok()?.checked_sub(16)?, rest)
            }
            length => ((length as usize).checked_sub(8)?, rest),
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((kind, content))
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<(&'a [u8; 4], &'a [u8]), CodecError>;

    fn next(&mut self) -> Option<Self::Item> {
        // What makes a fragment even is no box.
        if self.0.iter().all(|byte| *byte == 0) && self.0.len() < 8 {
            return None;
        }
        let found = self.split();
        if found.is_none() {
            self.0 = &[];
        }
        Some(found.ok_or_else(|| CodecError::broken("JPEG XL: a box is longer than the frame")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(boxes: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        boxes.iter().for_each(|(kind, content)| put(&mut out, kind, content));
        out
    }

    #[test]
    fn finds_the_codestream_however_it_is_wrapped() {
        assert_eq!(codestream(b"\xff\x0aabc").unwrap()[..], *b"\xff\x0aabc");
        let whole = container(&[(b"ftyp", b"jxl \0\0\0\0jxl "), (b"jxlc", b"\xff\x0aabc"), (b"Exif", b"x")]);
        assert_eq!(codestream(&whole).unwrap()[..], *b"\xff\x0aabc");
        let parts = container(&[(b"jxlp", b"\0\0\0\0\xff\x0aab"), (b"jbrd", b"x"), (b"jxlp", b"\x80\0\0\x01c")]);
        assert_eq!(codestream(&[&parts[..], b"\0"].concat()).unwrap()[..], *b"\xff\x0aabc");
        let open = [SIGNATURE, b"\0\0\0\0jxlc\xff\x0aabc"].concat();
        assert_eq!(codestream(&open).unwrap()[..], *b"\xff\x0aabc");
    }

    #[test]
    fn refuses_boxes_that_are_longer_than_the_frame() {
        for wrong in [&b"\0\0\0\x07jxlc"[..], b"\0\0\0\xffjxlc", b"\0\0\0\x01jxlc\0\0\0\0\0\0\0\x02", b"\0\0\0\x09jx"] {
            assert!(codestream(&[SIGNATURE, wrong].concat()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_inflates_without_end_is_refused() {
        assert_eq!(inflated(&[0x40, 0, 0x10, b'h', b'e', b'l', b'l', b'o', 3]).unwrap(), b"hello");
        // Brotli's meta-blocks that are not compressed (RFC 7932 §9.2): their lengths are 24 bits.
        let block = |header: u32| [&header.to_le_bytes()[..], &vec![0; 1 << 24]].concat();
        let most = 0xff_ffff;
        let bomb = [block(0b1000 | most << 4 | 1 << 28), block(0b100 | most << 3 | 1 << 27), vec![3]].concat();
        assert!(inflated(&bomb).is_err());
        assert_eq!(reconstruction(b"\xff\x0aabc"), Ok(None));
        assert_eq!(reconstruction(&container(&[(b"jxlc", b"\xff\x0a")])), Ok(None));
        assert!(reconstruction(&container(&[(b"brob", &[b"Exif", &bomb[..]].concat())])).is_err());
    }
}
