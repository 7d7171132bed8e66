//! A part of a picture, and mirrored pictures.

use crate::Picture;

/// A rectangle of pixels within a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// The pixels of a region; what lies outside the picture is left out. `None` when nothing is left.
pub fn crop(picture: &Picture, region: Region) -> Option<Picture> {
    let width = region.width.min(picture.width.checked_sub(region.x)?);
    let height = region.height.min(picture.height.checked_sub(region.y)?);
    if width == 0 || height == 0 {
        return None;
    }
    let channels = usize::from(picture.channels);
    let (first, length) = (region.x as usize * channels, width as usize * channels);
    let samples = rows(picture)
        .skip(region.y as usize)
        .take(height as usize)
        .flat_map(|row| &row[first..first + length])
        .copied()
        .collect();
    Some(Picture { width, height, channels: picture.channels, samples })
}

/// The picture with its columns in reverse order.
pub fn mirror_horizontally(picture: &Picture) -> Picture {
    let channels = usize::from(picture.channels);
    let samples = rows(picture).flat_map(|row| row.chunks_exact(channels).rev().flatten()).copied().collect();
    Picture { samples, ..*picture }
}

/// The picture with its rows in reverse order.
pub fn mirror_vertically(picture: &Picture) -> Picture {
    let samples = rows(picture).rev().flatten().copied().collect();
    Picture { samples, ..*picture }
}

fn rows(picture: &Picture) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
    let row = picture.width as usize * usize::from(picture.channels);
    picture.samples.chunks_exact(row.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture { width: 3, height: 2, channels: 1, samples: vec![1, 2, 3, 4, 5, 6] }
    }

    #[test]
    fn a_region_is_cut_at_the_edges_of_the_picture() {
        let region = Region { x: 1, y: 1, width: 9, height: 9 };
        assert_eq!(crop(&picture(), region).map(|p| (p.width, p.height, p.samples)), Some((2, 1, vec![5, 6])));
        assert_eq!(crop(&picture(), Region { x: 3, ..region }), None);
        assert_eq!(crop(&picture(), Region { y: 7, ..region }), None);
    }

    #[test]
    fn pictures_are_mirrored_by_pixel() {
        assert_eq!(mirror_horizontally(&picture()).samples, [3, 2, 1, 6, 5, 4]);
        assert_eq!(mirror_vertically(&picture()).samples, [4, 5, 6, 1, 2, 3]);
        let rgb = Picture { width: 2, height: 1, channels: 3, samples: vec![1, 2, 3, 4, 5, 6] };
        assert_eq!(mirror_horizontally(&rgb).samples, [4, 5, 6, 1, 2, 3]);
    }
}
