//! Pictures of several views, one after the other: as large as the first, and all with colours where one has.

use compute::{Picture, region};

/// What each picture lies in the middle of, so that all are alike; black around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Canvas {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) is_coloured: bool,
}

impl Canvas {
    /// A picture in its middle.
    pub(super) fn around(&self, picture: Picture) -> Picture {
        let &Self { width, height, is_coloured } = self;
        let mut picture = match (picture.width, picture.height) == (width, height) {
            true => picture,
            false => {
                let before = |own: u32, side: u32| (i64::from(own) - i64::from(side)).div_euclid(2);
                let corner = (before(picture.width, width), before(picture.height, height));
                region::extract(&picture, corner, width, height, 0)
            }
        };
        if is_coloured && picture.channels == 1 {
            picture.samples = picture.samples.iter().flat_map(|level| [*level; 3]).collect();
            picture.channels = 3;
        }
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_in_the_middle_of_black() {
        let canvas = Canvas { width: 4, height: 1, is_coloured: false };
        let picture = Picture { width: 2, height: 1, channels: 1, samples: vec![7, 8] };
        assert_eq!(canvas.around(picture.clone()).samples, [0, 7, 8, 0]);
        let coloured = Canvas { is_coloured: true, ..canvas }.around(picture);
        assert_eq!((coloured.channels, coloured.samples), (3, vec![0, 0, 0, 7, 7, 7, 8, 8, 8, 0, 0, 0]));
    }
}
