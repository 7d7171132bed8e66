//! The display shutter (PS3.3 §C.7.6.11, §C.7.6.15): what lies outside its shapes is not shown.

use compute::draw::{self, Point};
use compute::{Picture, overlay};
use data_set::{Item, tags};

use super::overlay::{Mask, Source};

/// Most corners of a polygon.
const CORNERS: usize = 1024;

/// A shutter: what all its shapes leave open is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shutter {
    shapes: Vec<Shape>,
    /// Grey level of what is covered.
    level: u8,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// First and last column, first and last row that are shown, from 0.
    Rectangle {
        columns: (f64, f64),
        rows: (f64, f64),
    },
    Circle {
        centre: Point,
        radius: f64,
    },
    Polygon(Vec<Point>),
    /// Pixels that an overlay plane of this group sets are covered.
    Bitmap(u16),
}

impl Shutter {
    /// The shutter of an image or presentation state.
    pub(super) fn read(root: &Item<'_>) -> Option<Self> {
        let shapes: Vec<Shape> =
            root.strings(tags::SHUTTER_SHAPE).iter().filter_map(|shape| Shape::read(root, shape)).collect();
        let level = root.int(tags::SHUTTER_PRESENTATION_VALUE).map_or(0, |value| (value.clamp(0, 65_535) / 257) as u8);
        (!shapes.is_empty()).then_some(Self { shapes, level })
    }

    /// The overlay group that is no overlay but a part of the shutter.
    pub(super) fn group(&self) -> Option<u16> {
        self.shapes.iter().find_map(|shape| match shape {
            Shape::Bitmap(group) => Some(*group),
            _ => None,
        })
    }

    /// Covers what is not to be seen.
    pub(super) fn close(&self, picture: &mut Picture, masks: &[Mask]) {
        for shape in &self.shapes {
            match shape {
                Shape::Bitmap(group) => {
                    for mask in masks.iter().filter(|mask| mask.group == *group) {
                        if let Source::Pixels(pixels) = &mask.source {
                            overlay::paint(picture, pixels, mask.columns, mask.origin, self.level);
                        }
                    }
                }
                shape => self.cover(picture, |row, width| shape.open(row, width)),
            }
        }
    }

    /// Covers all columns but those that `open` names for each row.
    fn cover(&self, picture: &mut Picture, open: impl Fn(u32, u32) -> Vec<(u32, u32)>) {
        let (width, channels) = (picture.width, usize::from(picture.channels));
        let rows = picture.samples.chunks_exact_mut((width as usize * channels).max(1));
        for (row, samples) in (0..).zip(rows) {
            let mut from = 0;
            for (first, last) in open(row, width).into_iter().chain([(width, width)]) {
                samples[from as usize * channels..first.max(from) as usize * channels].fill(self.level);
                from = last.max(from);
            }
        }
    }
}

impl Shape {
    fn read(root: &Item<'_>, shape: &str) -> Option<Self> {
        let one = |tag| root.floats(tag).first().copied();
        let two = |tag| match root.floats(tag)[..] {
            [row, column, ..] => Some((column - 1.0, row - 1.0)),
            _ => None,
        };
        Some(match shape {
            "RECTANGULAR" => Self::Rectangle {
                columns: (one(tags::SHUTTER_LEFT_VERTICAL_EDGE)? - 1.0, one(tags::SHUTTER_RIGHT_VERTICAL_EDGE)? - 1.0),
                rows: (
                    one(tags::SHUTTER_UPPER_HORIZONTAL_EDGE)? - 1.0,
                    one(tags::SHUTTER_LOWER_HORIZONTAL_EDGE)? - 1.0,
                ),
            },
            "CIRCULAR" => Self::Circle {
                centre: two(tags::CENTER_OF_CIRCULAR_SHUTTER)?,
                radius: one(tags::RADIUS_OF_CIRCULAR_SHUTTER)?,
            },
            "POLYGONAL" => {
                let places = root.floats(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER);
                let pairs = places.as_chunks::<2>().0.iter().take(CORNERS);
                Self::Polygon(pairs.map(|[row, column]| (column - 1.0, row - 1.0)).collect())
            }
            "BITMAP" => Self::Bitmap(u16::try_from(root.int(tags::SHUTTER_OVERLAY_GROUP)?).ok()?),
            _ => return None,
        })
    }

    /// The columns of a row that are shown.
    fn open(&self, row: u32, width: u32) -> Vec<(u32, u32)> {
        let y = f64::from(row);
        let between = |first: f64, last: f64| {
            let (first, end) = (first.ceil().clamp(0.0, width.into()), (last.floor() + 1.0).clamp(0.0, width.into()));
            if first < end { vec![(first as u32, end as u32)] } else { Vec::new() }
        };
        match self {
            Self::Rectangle { columns, rows } if rows.0 <= y && y <= rows.1 => between(columns.0, columns.1),
            Self::Circle { centre, radius } if (y - centre.1).abs() <= *radius => {
                let half = (radius * radius - (y - centre.1).powi(2)).sqrt();
                between(centre.0 - half, centre.0 + half)
            }
            Self::Polygon(corners) => draw::spans(corners, row, width),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(shape: Shape) -> Vec<u8> {
        let mut picture = Picture { width: 4, height: 3, channels: 1, samples: vec![9; 12] };
        Shutter { shapes: vec![shape], level: 0 }.close(&mut picture, &[]);
        picture.samples
    }

    #[test]
    fn covers_what_lies_outside() {
        let rectangle = Shape::Rectangle { columns: (1.0, 2.0), rows: (1.0, 9.0) };
        assert_eq!(closed(rectangle), [0, 0, 0, 0, 0, 9, 9, 0, 0, 9, 9, 0]);
        let circle = Shape::Circle { centre: (1.0, 1.0), radius: 1.0 };
        assert_eq!(closed(circle), [0, 9, 0, 0, 9, 9, 9, 0, 0, 9, 0, 0]);
        let triangle = Shape::Polygon(vec![(0.0, 0.5), (3.5, 0.5), (0.0, 9.0)]);
        assert_eq!(closed(triangle)[..8], [0, 0, 0, 0, 9, 9, 9, 9]);
    }

    #[test]
    fn shapes_that_make_no_sense_show_nothing_and_break_nothing() {
        let circle = Shape::Circle { centre: (f64::INFINITY, f64::NAN), radius: f64::NAN };
        assert_eq!(closed(circle), [0; 12]);
        assert_eq!(closed(Shape::Rectangle { columns: (3.0, -1e300), rows: (0.0, 1e300) }), [0; 12]);
        assert_eq!(closed(Shape::Polygon(Vec::new())), [0; 12]);
    }

    #[test]
    fn a_bitmap_covers_what_it_sets() {
        let mut picture = Picture { width: 2, height: 1, channels: 1, samples: vec![9; 2] };
        let source = Source::Pixels(vec![0, 1]);
        let mask = Mask { group: 0x6000, columns: 2, origin: (0, 0), source };
        let shutter = Shutter { shapes: vec![Shape::Bitmap(0x6000)], level: 77 };
        shutter.close(&mut picture, std::slice::from_ref(&mask));
        assert_eq!((picture.samples, shutter.group()), (vec![9, 77], Some(0x6000)));
    }
}
