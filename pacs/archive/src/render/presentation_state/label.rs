//! Text annotations (PS3.3 §C.10.5): lines of text in a box, or beside the point that they speak of.

use compute::draw::Point;
use compute::{Picture, draw, text};
use data_set::{Item, Tag, tags};

/// Most lines of one text.
const LINES: usize = 64;

/// A text with its place.
#[derive(Debug)]
pub(super) struct Label {
    lines: Vec<String>,
    /// Upper left corner of its box.
    corner: Option<Place>,
    anchor: Option<Place>,
    /// Whether a line leads from the text to its anchor.
    anchored: bool,
}

/// A point, and whether it is a share of the display instead of a pixel of the image.
#[derive(Debug, Clone, Copy)]
struct Place {
    point: Point,
    on_display: bool,
}

impl Place {
    fn read(object: &Item<'_>, point: Tag, units: Tag) -> Option<Self> {
        let [x, y, ..] = object.floats(point)[..] else { return None };
        Some(Self { point: (x, y), on_display: object.raw_text(units) == Some("DISPLAY") })
    }
}

impl Label {
    /// `None` without a place.
    pub(super) fn read(object: &Item<'_>) -> Option<Self> {
        let words = object.text(tags::UNFORMATTED_TEXT_VALUE)?;
        let corner = Place::read(object, tags::BOUNDING_BOX_TOP_LEFT_HAND_CORNER, tags::BOUNDING_BOX_ANNOTATION_UNITS);
        let anchor = Place::read(object, tags::ANCHOR_POINT, tags::ANCHOR_POINT_ANNOTATION_UNITS);
        corner.or(anchor)?;
        Some(Self {
            lines: words.lines().take(LINES).map(|line| line.trim_end().to_owned()).collect(),
            corner,
            anchor,
            anchored: object.raw_text(tags::ANCHOR_POINT_VISIBILITY) == Some("Y"),
        })
    }

    /// Whether it belongs to the display; a box there and an anchor on the image are drawn on the image.
    pub(super) fn is_on_display(&self) -> bool {
        [self.corner, self.anchor].into_iter().flatten().all(|place| place.on_display)
    }

    /// Writes it; `pixels` and `shares` turn points of either kind into places on the picture.
    pub(super) fn draw(
        &self,
        picture: &mut Picture,
        level: u8,
        pixels: impl Fn(Point) -> Point,
        shares: impl Fn(Point) -> Point,
    ) {
        let at = |place: Place| if place.on_display { shares(place.point) } else { pixels(place.point) };
        let Some((x, y)) = self.corner.or(self.anchor).map(at) else { return };
        if !(-1e6..1e6).contains(&x) || !(-1e6..1e6).contains(&y) {
            return;
        }
        let size = text::size_for(picture);
        if let (true, Some(_), Some(anchor)) = (self.anchored, self.corner, self.anchor) {
            draw::line(picture, (x, y), at(anchor), (f64::from(size) / 12.0).max(1.0), [level; 3]);
        }
        for (number, line) in (0..).zip(&self.lines) {
            let row = y.round() as i64 + number * i64::from(text::line(size));
            text::write(picture, (x.round() as i64, row), line, size, [level; 3]);
        }
    }
}
