//! Samples by plane and samples by pixel (Planar Configuration, PS3.3 §C.7.6.3.1.3).

/// Planes one after another to samples interleaved by pixel. Bytes beyond the last whole plane are dropped.
pub fn interleave(planes: &[u8], channels: usize, sample_bytes: usize) -> Vec<u8> {
    let pixels = planes.len() / (channels.max(1) * sample_bytes.max(1));
    let mut interleaved = Vec::with_capacity(planes.len());
    for pixel in 0..pixels {
        for channel in 0..channels {
            let at = (channel * pixels + pixel) * sample_bytes;
            interleaved.extend_from_slice(&planes[at..at + sample_bytes]);
        }
    }
    interleaved
}

/// Samples interleaved by pixel to planes one after another.
pub fn separate(pixels: &[u8], channels: usize, sample_bytes: usize) -> Vec<u8> {
    let count = pixels.len() / (channels.max(1) * sample_bytes.max(1));
    let mut planes = Vec::with_capacity(pixels.len());
    for channel in 0..channels {
        for pixel in 0..count {
            let at = (pixel * channels + channel) * sample_bytes;
            planes.extend_from_slice(&pixels[at..at + sample_bytes]);
        }
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_become_pixels_and_pixels_planes() {
        let planes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        assert_eq!(interleave(&planes, 3, 1), [1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12]);
        assert_eq!(interleave(&planes, 3, 2), [1, 2, 5, 6, 9, 10, 3, 4, 7, 8, 11, 12]);
        assert_eq!(separate(&interleave(&planes, 3, 2), 3, 2), planes);
    }
}
