//! Rotation, flip and displayed area (PS3.3 §C.10.6, §C.10.4).

use compute::{Picture, region, scale};
use data_set::{Item, tags};

use super::Applicability;
use crate::Error;

/// Most pixels of a displayed area.
const MOST_PIXELS: u64 = 1 << 26;

/// How a picture is turned and cut.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Geometry {
    /// Right angles, clockwise.
    quarters: u8,
    /// Then mirrored left to right.
    flipped: bool,
    areas: Vec<(Applicability, Area)>,
}

/// A displayed area: its corners in pixels of the image, from 0, and the height of a pixel in units of its width.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Area {
    columns: (i64, i64),
    rows: (i64, i64),
    aspect: f64,
}

impl Geometry {
    pub(super) fn read(root: &Item<'_>) -> Self {
        let areas = root.items_of(tags::DISPLAYED_AREA_SELECTION_SEQUENCE);
        Self {
            quarters: root.int(tags::IMAGE_ROTATION).map_or(0, |degrees| (degrees.rem_euclid(360) / 90) as u8),
            flipped: root.raw_text(tags::IMAGE_HORIZONTAL_FLIP) == Some("Y"),
            areas: areas.filter_map(|item| Some((Applicability::read(&item), Area::read(&item)?))).collect(),
        }
    }

    fn area(&self, instance: &str, frame: u32) -> Option<&Area> {
        self.areas.iter().find(|(images, _)| images.covers(instance, frame)).map(|(_, area)| area)
    }

    /// Columns and rows of what `apply` makes.
    pub(super) fn size(&self, columns: u32, rows: u32, instance: &str, frame: u32) -> Result<(u32, u32), Error> {
        let (width, height) = match self.area(instance, frame) {
            None => (columns, rows),
            Some(area) => area.size().ok_or_else(|| {
                Error::NotAcceptable("the displayed area of the presentation state is too large to be rendered".into())
            })?,
        };
        Ok(if self.quarters % 2 == 1 { (height, width) } else { (width, height) })
    }

    /// The displayed area of a picture, turned and mirrored.
    pub(super) fn apply(&self, picture: Picture, instance: &str, frame: u32) -> Picture {
        let area = self.area(instance, frame);
        let cut = match area.and_then(|area| Some((area, area.size()?))) {
            None => picture,
            Some((area, (width, height))) => area.cut(&picture, width, height),
        };
        let turned = region::turn(cut, self.quarters);
        if self.flipped { region::mirror_horizontally(&turned) } else { turned }
    }
}

impl Area {
    fn read(item: &Item<'_>) -> Option<Self> {
        let corner = |tag| match item.ints(tag)[..] {
            [column, row, ..] => Some((column.checked_sub(1)?, row.checked_sub(1)?)),
            _ => None,
        };
        let one = corner(tags::DISPLAYED_AREA_TOP_LEFT_HAND_CORNER)?;
        let other = corner(tags::DISPLAYED_AREA_BOTTOM_RIGHT_HAND_CORNER)?;
        // Which corner is upper and left is told after rotation: here they are the ends of a rectangle.
        let span = |a: i64, b: i64| (a.min(b), a.max(b));
        let ratio = |tag| match item.floats(tag)[..] {
            [height, width, ..] if height > 0.0 && width > 0.0 => Some(height / width),
            _ => None,
        };
        let aspect = ratio(tags::PRESENTATION_PIXEL_SPACING).or_else(|| ratio(tags::PRESENTATION_PIXEL_ASPECT_RATIO));
        Some(Self {
            columns: span(one.0, other.0),
            rows: span(one.1, other.1),
            aspect: aspect.unwrap_or(1.0).clamp(0.01, 100.0),
        })
    }

    /// Columns and rows on the screen, of square pixels.
    fn size(&self) -> Option<(u32, u32)> {
        let (width, height) = self.pixels()?;
        let stretched = (height as f64 * self.aspect).round().max(1.0) as u64;
        (width * stretched.max(height) <= MOST_PIXELS).then_some((width as u32, stretched as u32))
    }

    fn pixels(&self) -> Option<(u64, u64)> {
        let length = |(first, last): (i64, i64)| u64::try_from(last.checked_sub(first)?.checked_add(1)?).ok();
        let (width, height) = (length(self.columns)?, length(self.rows)?);
        (width <= MOST_PIXELS && height <= MOST_PIXELS).then_some((width, height))
    }

    fn cut(&self, picture: &Picture, width: u32, height: u32) -> Picture {
        let rows = (self.rows.1 - self.rows.0 + 1) as u32;
        let cut = region::extract(picture, (self.columns.0, self.rows.0), width, rows, 0);
        if rows == height { cut } else { scale::scale(&cut, width, height) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Picture {
        Picture { width: 3, height: 2, channels: 1, samples: vec![1, 2, 3, 4, 5, 6] }
    }

    fn with(area: Area) -> Geometry {
        Geometry { areas: vec![(Applicability::default(), area)], ..Geometry::default() }
    }

    #[test]
    fn turns_then_mirrors() {
        let geometry = Geometry { quarters: 1, flipped: true, areas: Vec::new() };
        assert_eq!(geometry.apply(picture(), "1", 1).samples, [1, 4, 2, 5, 3, 6]);
        assert_eq!(geometry.size(3, 2, "1", 1).unwrap(), (2, 3));
    }

    #[test]
    fn an_area_is_cut_out_and_stretched_to_square_pixels() {
        let geometry = with(Area { columns: (2, 3), rows: (0, 1), aspect: 2.0 });
        let cut = geometry.apply(picture(), "1", 1);
        assert_eq!((cut.width, cut.height), geometry.size(3, 2, "1", 1).unwrap());
        assert_eq!((cut.width, cut.height, cut.samples[0], cut.samples[1]), (2, 4, 3, 0));
    }

    #[test]
    fn refuses_areas_that_are_too_large() {
        for columns in [(i64::MIN, i64::MAX), (0, 1 << 40), (-5_000_000, 5_000_000)] {
            let geometry = with(Area { columns, rows: (0, 1000), aspect: 1.0 });
            assert!(matches!(geometry.size(3, 2, "1", 1), Err(Error::NotAcceptable(_))));
        }
    }
}
