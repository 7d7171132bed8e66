//! The part of a picture that is wanted, and its size on the screen (PS3.18 §8.3.5.1.3).

use compute::region::{self, Region};
use compute::{Picture, scale};

use super::RenderRequest;
use crate::Error;

/// Most pixels of a rendered picture.
const MOST_PIXELS: u64 = 1 << 26;

/// A region, mirrored or not, at a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    region: Option<Region>,
    mirrored_horizontally: bool,
    mirrored_vertically: bool,
    size: Option<(u32, u32)>,
}

impl View {
    /// What a request wants of a frame of this size. `Error::BadRequest` when that is nothing, or too much.
    pub(super) fn new(request: &RenderRequest, columns: u32, rows: u32) -> Result<Self, Error> {
        let region = request.region.map(|region| clamped(region, columns, rows)).transpose()?;
        let (width, height) = region.map_or((columns, rows), |region| (region.width, region.height));
        let size = request.viewport.map(|viewport| scale::fit(width, height, viewport));
        if let Some((width, height)) = size
            && u64::from(width) * u64::from(height) > MOST_PIXELS
        {
            return Err(Error::BadRequest(format!("a picture of {width} × {height} pixels is too large")));
        }
        Ok(Self {
            region,
            mirrored_horizontally: request.region.is_some_and(|region| region.2 < 0.0),
            mirrored_vertically: request.region.is_some_and(|region| region.3 < 0.0),
            size,
        })
    }

    /// How many times smaller a picture of this size, or the region of it, is shown.
    pub(super) fn reduction(&self, columns: u32, rows: u32) -> f64 {
        let (width, _) = self.region.map_or((columns, rows), |region| (region.width, region.height));
        self.size.map_or(1.0, |(shown, _)| f64::from(width) / f64::from(shown.max(1)))
    }

    /// The view of a picture.
    pub(super) fn of(&self, picture: Picture) -> Picture {
        let mut picture = match self.region {
            Some(wanted) => region::crop(&picture, wanted).unwrap_or(picture),
            None => picture,
        };
        if let Some((width, height)) = self.size {
            picture = scale::scale(&picture, width, height);
        }
        if self.mirrored_horizontally {
            picture = region::mirror_horizontally(&picture);
        }
        if self.mirrored_vertically {
            picture = region::mirror_vertically(&picture);
        }
        picture
    }
}

/// The whole pixels of a region within a frame.
fn clamped((x, y, width, height): (f64, f64, f64, f64), columns: u32, rows: u32) -> Result<Region, Error> {
    let side = |start: f64, length: f64, most: u32| {
        let first = start.max(0.0).round();
        let last = (start + length.abs()).min(f64::from(most)).round();
        // `min` and `max` take the other operand for what is no number.
        let numbers = !start.is_nan() && !length.is_nan();
        (numbers && last > first).then_some((first as u32, (last - first) as u32))
    };
    side(x, width, columns)
        .zip(side(y, height, rows))
        .map(|((x, width), (y, height))| Region { x, y, width, height })
        .ok_or_else(|| Error::BadRequest(format!("the region has no pixel of the frame, which is {columns} × {rows}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(region: Option<(f64, f64, f64, f64)>, viewport: Option<(u32, u32)>) -> RenderRequest {
        RenderRequest { viewport, region, ..RenderRequest::of_frame(1) }
    }

    fn view(region: Option<(f64, f64, f64, f64)>, viewport: Option<(u32, u32)>) -> Result<Picture, Error> {
        let picture = Picture { width: 4, height: 2, channels: 1, samples: (0..8).collect() };
        View::new(&request(region, viewport), 4, 2).map(|view| view.of(picture))
    }

    #[test]
    fn negative_lengths_mirror() {
        let samples = |region| view(Some(region), None).unwrap().samples;
        assert_eq!(samples((1.0, 0.0, 2.0, 2.0)), [1, 2, 5, 6]);
        assert_eq!(samples((1.0, 0.0, -2.0, 2.0)), [2, 1, 6, 5]);
        assert_eq!(samples((1.0, 0.0, 2.0, -2.0)), [5, 6, 1, 2]);
    }

    #[test]
    fn regions_end_at_the_edges() {
        let size = |region| view(Some(region), None).map(|picture| (picture.width, picture.height)).ok();
        assert_eq!(size((1.0, 0.0, f64::INFINITY, f64::INFINITY)), Some((3, 2)));
        assert_eq!(size((-5.0, 0.0, 7.0, 1.0)), Some((2, 1)));
        for nothing in [(4.0, 0.0, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0), (f64::NAN, 0.0, 1.0, 1.0), (-3.0, 0.0, 2.0, 1.0)] {
            assert!(matches!(view(Some(nothing), None), Err(Error::BadRequest(_))), "{nothing:?}");
        }
    }

    #[test]
    fn the_viewport_keeps_the_aspect_of_the_region() {
        let picture = view(Some((0.0, 0.0, 2.0, 2.0)), Some((30, 10))).unwrap();
        assert_eq!((picture.width, picture.height), (10, 10));
        assert!(matches!(view(None, Some((u32::MAX, u32::MAX))), Err(Error::BadRequest(_))));
    }
}
