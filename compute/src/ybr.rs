//! Luminance and chrominance to RGB, 8 bits (PS3.3 §C.7.6.3.1.2).

/// YBR_FULL, interleaved by pixel, to RGB in place.
pub fn full_to_rgb(samples: &mut [u8]) {
    for pixel in samples.chunks_exact_mut(3) {
        pixel.copy_from_slice(&full(pixel[0], pixel[1], pixel[2]));
    }
}

/// YBR_FULL_422 (two luminance samples, then the two chrominance samples they share) to RGB.
pub fn full_422_to_rgb(samples: &[u8]) -> Vec<u8> {
    unpack(samples, full)
}

/// YBR_PARTIAL_422 (the same, of studio range; retired) to RGB.
pub fn partial_422_to_rgb(samples: &[u8]) -> Vec<u8> {
    unpack(samples, partial)
}

fn unpack(samples: &[u8], rgb: impl Fn(u8, u8, u8) -> [u8; 3]) -> Vec<u8> {
    samples.chunks_exact(4).flat_map(|s| [rgb(s[0], s[2], s[3]), rgb(s[1], s[2], s[3])]).flatten().collect()
}

fn full(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|value| value.round() as u8)
}

fn partial(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = ((f32::from(y) - 16.0) * 1.164_383, f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.596_027 * cr, y - 0.391_762 * cb - 0.812_968 * cr, y + 2.017_232 * cb].map(|value| value.round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_stays_grey_and_colours_are_right_within_a_level() {
        let mut samples = [90, 128, 128, 76, 85, 255, 150, 44, 21, 29, 255, 107];
        full_to_rgb(&mut samples);
        let wanted = [90, 90, 90, 254, 0, 0, 0, 255, 1, 0, 0, 254];
        assert!(samples.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 1), "{samples:?}");
    }

    #[test]
    fn two_pixels_share_their_chrominance() {
        assert_eq!(full_422_to_rgb(&[10, 200, 128, 128]), [10, 10, 10, 200, 200, 200]);
        assert_eq!(partial_422_to_rgb(&[16, 235, 128, 128]), [0, 0, 0, 255, 255, 255]);
    }
}
