//! Overlay planes (PS3.3 §C.9): one bit a pixel, laid over a picture.

use crate::Picture;

/// Paints the pixels of a mask with a grey level. The mask has `columns` pixels in a row, one byte each; its upper left
/// pixel comes to `(column, row)` of the picture, counted from 0. What lies outside is left out.
pub fn paint(picture: &mut Picture, mask: &[u8], columns: u32, (column, row): (i64, i64), level: u8) {
    if columns == 0 {
        return;
    }
    let (width, height) = (i64::from(picture.width), i64::from(picture.height));
    let channels = usize::from(picture.channels);
    for (line, y) in mask.chunks(columns as usize).zip(row..height) {
        if y < 0 {
            continue;
        }
        for (bit, x) in line.iter().zip(column..width) {
            if *bit != 0 && x >= 0 {
                let at = (y * width + x) as usize * channels;
                picture.samples[at..at + channels].fill(level);
            }
        }
    }
}

/// The bit at `place` of each cell, as a mask: overlays that hide in the unused bits of pixels (PS3.5 §8.1.2, retired).
pub fn embedded(samples: &[u8], bits_allocated: u16, place: u16) -> Vec<u8> {
    let (byte, bit) = (usize::from(place / 8), place % 8);
    let cell = usize::from(bits_allocated / 8).max(1);
    samples.chunks_exact(cell).map(|cell| cell.get(byte).map_or(0, |byte| byte >> bit & 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_cut_at_the_edges() {
        let mut picture = Picture { width: 2, height: 2, channels: 1, samples: vec![1, 2, 3, 4] };
        paint(&mut picture, &[1, 1, 1, 1, 0, 1], 2, (-1, -1), 255);
        assert_eq!(picture.samples, [255, 2, 255, 4]);
        paint(&mut picture, &[1; 100], 10, (1, 1), 0);
        assert_eq!(picture.samples, [255, 2, 255, 0]);
        let mut colour = Picture { width: 1, height: 1, channels: 3, samples: vec![7; 3] };
        paint(&mut colour, &[1], 1, (0, 0), 9);
        assert_eq!(colour.samples, [9; 3]);
        paint(&mut colour, &[1], 0, (0, 0), 3);
        assert_eq!(colour.samples, [9; 3]);
    }

    #[test]
    fn bits_are_found_in_their_cells() {
        assert_eq!(embedded(&[0, 0x10, 0xff, 0xef], 16, 12), [1, 0]);
        assert_eq!(embedded(&[0x80, 0x7f], 8, 7), [1, 0]);
        assert_eq!(embedded(&[1], 8, 12), [0]);
    }
}
