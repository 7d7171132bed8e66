//! A part of a picture, and mirrored and turned pictures.

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

/// The picture turned clockwise by so many right angles.
pub fn turn(picture: Picture, quarters: u8) -> Picture {
    let (width, height, channels) = (picture.width as usize, picture.height as usize, usize::from(picture.channels));
    match quarters % 4 {
        0 => picture,
        2 => mirror_vertically(&mirror_horizontally(&picture)),
        odd => {
            let mut samples = Vec::with_capacity(picture.samples.len());
            for row in 0..width {
                for column in 0..height {
                    // Turned by 90°, the left column, from below, is the first row; by 270° the right one, from above.
                    let (x, y) = if odd == 1 { (row, height - 1 - column) } else { (width - 1 - row, column) };
                    let at = (y * width + x) * channels;
                    samples.extend_from_slice(&picture.samples[at..at + channels]);
                }
            }
            Picture { width: picture.height, height: picture.width, channels: picture.channels, samples }
        }
    }
}

/// A rectangle of the plane that a picture lies on, which may reach beyond it; what is outside is `level`.
pub fn extract(picture: &Picture, (x, y): (i64, i64), width: u32, height: u32, level: u8) -> Picture {
    let channels = usize::from(picture.channels);
    let mut samples = vec![level; width as usize * height as usize * channels];
    let (first, last) = (x.max(0), (x + i64::from(width)).min(i64::from(picture.width)));
    if first < last {
        let length = (last - first) as usize * channels;
        for row in y.max(0)..(y + i64::from(height)).min(i64::from(picture.height)) {
            let from = (row as usize * picture.width as usize + first as usize) * channels;
            let to = ((row - y) as usize * width as usize + (first - x) as usize) * channels;
            samples[to..to + length].copy_from_slice(&picture.samples[from..from + length]);
        }
    }
    Picture { width, height, channels: picture.channels, samples }
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
    fn pictures_are_turned_clockwise() {
        let turned = |quarters| turn(picture(), quarters);
        assert_eq!(turned(1), Picture { width: 2, height: 3, channels: 1, samples: vec![4, 1, 5, 2, 6, 3] });
        assert_eq!(turned(2).samples, [6, 5, 4, 3, 2, 1]);
        assert_eq!(turned(3), Picture { width: 2, height: 3, channels: 1, samples: vec![3, 6, 2, 5, 1, 4] });
        assert_eq!(turned(4), picture());
    }

    #[test]
    fn an_area_may_reach_beyond_the_picture() {
        assert_eq!(extract(&picture(), (-1, 1), 3, 2, 9).samples, [9, 4, 5, 9, 9, 9]);
        assert_eq!(extract(&picture(), (2, -1), 2, 2, 9).samples, [9, 9, 3, 9]);
        assert_eq!(extract(&picture(), (50, 50), 1, 1, 9).samples, [9]);
    }

    #[test]
    fn pictures_are_mirrored_by_pixel() {
        assert_eq!(mirror_horizontally(&picture()).samples, [3, 2, 1, 6, 5, 4]);
        assert_eq!(mirror_vertically(&picture()).samples, [4, 5, 6, 1, 2, 3]);
        let rgb = Picture { width: 2, height: 1, channels: 3, samples: vec![1, 2, 3, 4, 5, 6] };
        assert_eq!(mirror_horizontally(&rgb).samples, [4, 5, 6, 1, 2, 3]);
    }
}
