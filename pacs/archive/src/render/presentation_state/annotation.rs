//! Graphic annotations (PS3.3 §C.10.5): points, lines, ellipses and text over an image or over the display.

use compute::Picture;
use compute::draw::{self, Point};
use data_set::{Item, tags};

use super::Applicability;
use super::label::Label;

/// Most graphics, and most points of all of them.
const GRAPHICS: usize = 4096;
const POINTS: usize = 65_536;
/// Most pixels of filled areas, over all graphics, in pictures' worth.
const FILLED: usize = 64;
/// Half the length of the arms of the cross that marks a point, in pixels.
const ARM: f64 = 4.0;

/// Graphics by what they are drawn on.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    graphics: Vec<Graphic>,
    labels: Vec<(Applicability, Label, u8)>,
}

#[derive(Debug)]
struct Graphic {
    images: Applicability,
    /// Places are shares of the displayed area instead of pixels of the image.
    on_display: bool,
    shape: Shape,
    filled: bool,
    level: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Point,
    Line,
    Circle,
    Ellipse,
}

#[derive(Debug)]
struct Shape {
    kind: Kind,
    points: Vec<Point>,
}

/// Graphic layers with the grey level they are to have.
pub(super) fn levels(root: &Item<'_>) -> Vec<(String, u8)> {
    let layers = root.items_of(tags::GRAPHIC_LAYER_SEQUENCE).take(GRAPHICS);
    let level = |layer: &Item<'_>| {
        let value = layer.int(tags::GRAPHIC_LAYER_RECOMMENDED_DISPLAY_GRAYSCALE_VALUE);
        value.map_or(u8::MAX, |value| (value.clamp(0, 65_535) / 257) as u8)
    };
    layers.filter_map(|layer| Some((layer.text(tags::GRAPHIC_LAYER)?.into_owned(), level(&layer)))).collect()
}

impl Annotations {
    pub(super) fn read(root: &Item<'_>, levels: Vec<(String, u8)>) -> Self {
        let mut read = Self::default();
        let (mut points, mut filled) = (0, 0);
        for item in root.items_of(tags::GRAPHIC_ANNOTATION_SEQUENCE).take(GRAPHICS) {
            let layer = item.text(tags::GRAPHIC_LAYER);
            let level = levels.iter().find(|(name, _)| Some(name.as_str()) == layer.as_deref());
            let level = level.map_or(u8::MAX, |(_, level)| *level);
            let images = Applicability::read(&item);
            let room = GRAPHICS.saturating_sub(read.labels.len());
            let labels = item.items_of(tags::TEXT_OBJECT_SEQUENCE).take(room).filter_map(|object| Label::read(&object));
            read.labels.extend(labels.map(|label| (images.clone(), label, level)));
            for object in item.items_of(tags::GRAPHIC_OBJECT_SEQUENCE).take(GRAPHICS) {
                let Some(shape) = Shape::read(&object) else { continue };
                points += shape.points.len();
                let fills = object.raw_text(tags::GRAPHIC_FILLED) == Some("Y");
                filled += usize::from(fills);
                if points > POINTS || filled > FILLED || read.graphics.len() >= GRAPHICS {
                    return read;
                }
                read.graphics.push(Graphic {
                    images: images.clone(),
                    on_display: object.raw_text(tags::GRAPHIC_ANNOTATION_UNITS) == Some("DISPLAY"),
                    shape,
                    filled: fills,
                    level,
                });
            }
        }
        read
    }

    /// Draws what is placed by pixels of the image.
    pub(super) fn draw_on_image(&self, picture: &mut Picture, instance: &str, frame: u32) {
        // The upper left corner of the upper left pixel is (0, 0) of annotations (PS3.3 §C.10.5.1.2), its centre is that of
        // pictures here.
        let pixels = |(x, y): Point| (x - 0.5, y - 0.5);
        let shares = shares(picture);
        self.draw(picture, false, instance, frame, pixels);
        for (images, label, level) in &self.labels {
            if !label.is_on_display() && images.covers(instance, frame) {
                label.draw(picture, *level, pixels, &shares);
            }
        }
    }

    /// Draws what is placed by the displayed area.
    pub(super) fn draw_on_display(&self, picture: &mut Picture, instance: &str, frame: u32) {
        let shares = shares(picture);
        self.draw(picture, true, instance, frame, &shares);
        for (images, label, level) in &self.labels {
            if label.is_on_display() && images.covers(instance, frame) {
                label.draw(picture, *level, &shares, &shares);
            }
        }
    }

    fn draw(
        &self,
        picture: &mut Picture,
        on_display: bool,
        instance: &str,
        frame: u32,
        place: impl Fn(Point) -> Point,
    ) {
        // Thin lines of large pictures would be lost when they are shown smaller.
        let width = f64::from(picture.width.max(picture.height)) / 512.0;
        for graphic in &self.graphics {
            if graphic.on_display == on_display && graphic.images.covers(instance, frame) {
                let points: Vec<Point> = graphic.shape.points.iter().map(|point| place(*point)).collect();
                graphic.draw(picture, &points, width.clamp(1.0, 4.0));
            }
        }
    }
}

/// Shares of the display as places on a picture of it.
fn shares(picture: &Picture) -> impl Fn(Point) -> Point + use<> {
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    move |(x, y)| (x * width - 0.5, y * height - 0.5)
}

impl Graphic {
    fn draw(&self, picture: &mut Picture, points: &[Point], width: f64) {
        let colour = [self.level; 3];
        let outline = match (self.shape.kind, points) {
            (Kind::Point, [(x, y), ..]) => {
                draw::line(picture, (x - ARM, *y), (x + ARM, *y), width, colour);
                draw::line(picture, (*x, y - ARM), (*x, y + ARM), width, colour);
                return;
            }
            (Kind::Circle, [centre, on, ..]) => {
                let radius = (on.0 - centre.0).hypot(on.1 - centre.1);
                draw::ellipse(*centre, (radius, 0.0), (0.0, radius))
            }
            // The ends of the major axis, then those of the minor one.
            (Kind::Ellipse, [a, b, c, d, ..]) => draw::ellipse(
                (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1)),
                ((b.0 - a.0) / 2.0, (b.1 - a.1) / 2.0),
                ((d.0 - c.0) / 2.0, (d.1 - c.1) / 2.0),
            ),
            (Kind::Line, points) => points.to_vec(),
            _ => return,
        };
        draw::polyline(picture, &outline, width, colour);
        if self.filled {
            draw::polygon(picture, &outline, colour);
        }
    }
}

impl Shape {
    fn read(object: &Item<'_>) -> Option<Self> {
        let kind = match object.raw_text(tags::GRAPHIC_TYPE)? {
            "POINT" => Kind::Point,
            // A curve through the points is drawn straight from one to the next.
            "POLYLINE" | "INTERPOLATED" => Kind::Line,
            "CIRCLE" => Kind::Circle,
            "ELLIPSE" => Kind::Ellipse,
            _ => return None,
        };
        let data = object.floats(tags::GRAPHIC_DATA);
        let points = data.as_chunks::<2>().0.iter().map(|[x, y]| (*x, *y)).collect();
        Some(Self { kind, points })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(kind: Kind, points: &[Point], filled: bool, on_display: bool) -> Vec<u8> {
        let shape = Shape { kind, points: points.to_vec() };
        let graphic = Graphic { images: Applicability::default(), on_display, shape, filled, level: 200 };
        let annotations = Annotations { graphics: vec![graphic], labels: Vec::new() };
        let mut picture = Picture { width: 4, height: 4, channels: 1, samples: vec![0; 16] };
        annotations.draw_on_image(&mut picture, "1", 1);
        annotations.draw_on_display(&mut picture, "1", 1);
        picture.samples
    }

    #[test]
    fn places_are_pixels_or_shares_of_the_display() {
        let row = [0, 0, 0, 0, 200, 200, 200, 200, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(drawn(Kind::Line, &[(0.5, 1.5), (3.5, 1.5)], false, false), row);
        assert_eq!(drawn(Kind::Line, &[(0.125, 0.375), (0.875, 0.375)], false, true), row);
    }

    #[test]
    fn closed_shapes_are_filled_when_they_shall_be() {
        let square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)];
        assert!(drawn(Kind::Line, &square, true, false).iter().filter(|level| **level == 200).count() >= 9);
        let circle = drawn(Kind::Circle, &[(2.0, 2.0), (2.0, 0.0)], true, false);
        assert_eq!(circle[5], 200);
    }

    #[test]
    fn shapes_without_enough_points_are_left_out() {
        for kind in [Kind::Point, Kind::Line, Kind::Circle, Kind::Ellipse] {
            assert_eq!(drawn(kind, &[], true, false), [0; 16]);
        }
        assert_eq!(drawn(Kind::Ellipse, &[(f64::NAN, 1.0); 4], true, false), [0; 16]);
    }
}
