//! RLE Lossless (PS3.5 Annex G): one segment for each byte of a sample, the most significant first.

use super::Source;

/// Words of the RLE Header (PS3.5 §G.5).
const HEADER_WORDS: usize = 16;

/// Longest run, and longest literal, of one control byte.
const LONGEST: usize = 128;

/// Encodes a frame. Rows are encoded separately (PS3.5 §G.3.1), segments have an even length.
pub(super) fn encode(source: &Source<'_>) -> Vec<u8> {
    let (width, columns) = (source.sample_bytes, source.columns as usize);
    let pixel = source.components * width;
    let mut header = vec![(source.components * width) as u32];
    let mut segments = Vec::new();
    let mut row_bytes = Vec::with_capacity(columns);
    for component in 0..source.components {
        for byte in (0..width).rev() {
            header.push((HEADER_WORDS * 4 + segments.len()) as u32);
            let place = component * width + byte;
            for row in source.bytes.chunks_exact(columns * pixel) {
                row_bytes.clear();
                row_bytes.extend(row.iter().skip(place).step_by(pixel));
                pack(&row_bytes, &mut segments);
            }
            segments.resize(segments.len().next_multiple_of(2), 0);
        }
    }
    header.resize(HEADER_WORDS, 0);
    let mut frame: Vec<u8> = header.into_iter().flat_map(u32::to_le_bytes).collect();
    frame.append(&mut segments);
    frame
}

/// PackBits: runs of equal bytes, and literals between them. Two equal bytes within a literal stay in it.
fn pack(row: &[u8], out: &mut Vec<u8>) {
    let mut literal = 0;
    let mut at = 0;
    while at < row.len() {
        let run = row[at..].iter().take(LONGEST).take_while(|byte| **byte == row[at]).count();
        if run >= 3 || (run == 2 && literal == at) {
            put_literal(&row[literal..at], out);
            out.extend_from_slice(&[(257 - run) as u8, row[at]]);
            at += run;
            literal = at;
        } else {
            at += run;
        }
    }
    put_literal(&row[literal..], out);
}

fn put_literal(bytes: &[u8], out: &mut Vec<u8>) {
    for part in bytes.chunks(LONGEST) {
        out.push((part.len() - 1) as u8);
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(row: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        pack(row, &mut out);
        out
    }

    #[test]
    fn runs_and_literals() {
        assert_eq!(packed(&[7, 7, 7, 8, 9]), [0xfe, 7, 1, 8, 9]);
        assert_eq!(packed(&[7, 7]), [0xff, 7]);
        assert_eq!(packed(&[1, 7, 7, 2]), [3, 1, 7, 7, 2]);
        assert_eq!(packed(&[7; 129]), [0x81, 7, 0, 7]);
        assert_eq!(packed(&[7; 300]), [0x81, 7, 0x81, 7, 0xd5, 7]);
    }

    #[test]
    fn literals_are_no_longer_than_their_control_byte_can_say() {
        let row: Vec<u8> = (0..200).collect();
        let out = packed(&row);
        assert_eq!((out[0], out[129], out.len()), (127, 71, 202));
    }
}
