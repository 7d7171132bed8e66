//! Lines and areas drawn onto a picture: annotations, and icons.
//!
//! Places are in pixels; the centre of the upper left pixel is (0, 0). What lies outside the picture is left out, and no
//! call costs more than the picture has pixels for each of its points.

use crate::Picture;

/// A place on a picture: x to the right, y downwards.
pub type Point = (f64, f64);

/// Segments of a drawn ellipse.
const SEGMENTS: u32 = 96;

/// Covers a pixel with a colour, by a share from 0 to 1. Grey pictures take the colour's luminance.
pub fn cover(picture: &mut Picture, x: i64, y: i64, colour: [u8; 3], share: f64) {
    if x < 0 || y < 0 || x >= i64::from(picture.width) || y >= i64::from(picture.height) {
        return;
    }
    let channels = usize::from(picture.channels);
    let at = (y as usize * picture.width as usize + x as usize) * channels;
    let grey = [luminance(colour)];
    let wanted = if channels == 1 { &grey[..] } else { &colour[..] };
    for (sample, wanted) in picture.samples[at..at + channels].iter_mut().zip(wanted) {
        let (below, above) = (f64::from(*sample), f64::from(*wanted));
        *sample = (below + (above - below) * share.clamp(0.0, 1.0)).round() as u8;
    }
}

/// Grey of a colour (ITU-R BT.601).
pub fn luminance([red, green, blue]: [u8; 3]) -> u8 {
    (0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue)).round() as u8
}

/// A straight line of some width, smooth at its edges.
pub fn line(picture: &mut Picture, from: Point, to: Point, width: f64, colour: [u8; 3]) {
    let numbers = [from.0, from.1, to.0, to.1, width].iter().all(|number| number.is_finite());
    if !numbers {
        return;
    }
    let steep = (to.1 - from.1).abs() > (to.0 - from.0).abs();
    // Along the longer axis, one column (or row) of pixels after the other.
    let turned = |(x, y): Point| if steep { (y, x) } else { (x, y) };
    let (mut start, mut end) = (turned(from), turned(to));
    if start.0 > end.0 {
        (start, end) = (end, start);
    }
    let slope = if end.0 > start.0 { (end.1 - start.1) / (end.0 - start.0) } else { 0.0 };
    let half = width.clamp(0.0, 64.0) / 2.0 * slope.hypot(1.0);
    let longest = f64::from(if steep { picture.height } else { picture.width });
    let first = (start.0 - width.clamp(0.0, 64.0) / 2.0).round().clamp(-1.0, longest) as i64;
    let last = (end.0 + width.clamp(0.0, 64.0) / 2.0).round().clamp(-1.0, longest) as i64;
    for along in first..=last {
        let middle = start.1 + slope * ((along as f64).clamp(start.0, end.0) - start.0);
        if !(-1e6..1e6).contains(&middle) {
            continue;
        }
        for across in (middle - half - 1.0).floor() as i64..=(middle + half + 1.0).ceil() as i64 {
            let share = half + 0.5 - (across as f64 - middle).abs();
            if share > 0.0 {
                let (x, y) = if steep { (across, along) } else { (along, across) };
                cover(picture, x, y, colour, share);
            }
        }
    }
}

/// A line from point to point.
pub fn polyline(picture: &mut Picture, points: &[Point], width: f64, colour: [u8; 3]) {
    for pair in points.windows(2) {
        line(picture, pair[0], pair[1], width, colour);
    }
}

/// The inside of a polygon; where it overlaps itself, every other part (even–odd rule).
pub fn polygon(picture: &mut Picture, points: &[Point], colour: [u8; 3]) {
    for row in 0..picture.height {
        for (first, last) in spans(points, row, picture.width) {
            for column in first..last {
                cover(picture, i64::from(column), i64::from(row), colour, 1.0);
            }
        }
    }
}

/// The columns of a row that lie inside a polygon, as half-open ranges from left to right.
pub fn spans(points: &[Point], row: u32, width: u32) -> Vec<(u32, u32)> {
    let y = f64::from(row);
    let edges = points.iter().zip(points.iter().cycle().skip(1));
    let mut crossings: Vec<f64> = edges
        .filter(|(a, b)| (a.1 <= y) != (b.1 <= y))
        .map(|(a, b)| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0))
        .filter(|x| !x.is_nan())
        .collect();
    crossings.sort_by(f64::total_cmp);
    let column = |x: f64| x.ceil().clamp(0.0, f64::from(width)) as u32;
    crossings.chunks_exact(2).map(|pair| (column(pair[0]), column(pair[1]))).filter(|(a, b)| a < b).collect()
}

/// The outline of an ellipse as points: centre, and the ends of its two half axes seen from there.
pub fn ellipse(centre: Point, one: Point, other: Point) -> Vec<Point> {
    let turn = std::f64::consts::TAU / f64::from(SEGMENTS);
    (0..=SEGMENTS)
        .map(|step| {
            let (sine, cosine) = (f64::from(step) * turn).sin_cos();
            (centre.0 + one.0 * cosine + other.0 * sine, centre.1 + one.1 * cosine + other.1 * sine)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: [u8; 3] = [255; 3];

    fn black(width: u32, height: u32) -> Picture {
        Picture { width, height, channels: 1, samples: vec![0; (width * height) as usize] }
    }

    #[test]
    fn a_line_covers_the_pixels_on_its_way() {
        let mut picture = black(4, 3);
        line(&mut picture, (0.0, 1.0), (3.0, 1.0), 1.0, WHITE);
        assert_eq!(picture.samples, [0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]);
        let mut picture = black(3, 3);
        line(&mut picture, (1.0, 2.0), (1.0, 0.0), 1.0, WHITE);
        assert_eq!(picture.samples, [0, 255, 0, 0, 255, 0, 0, 255, 0]);
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut picture = black(2, 2);
        line(&mut picture, (-1e300, 0.0), (1e300, 0.0), 1.0, WHITE);
        line(&mut picture, (f64::NAN, 0.0), (1.0, f64::INFINITY), 1e9, WHITE);
        polygon(&mut picture, &[(f64::NAN, 0.0), (1e300, 1e300), (-1e300, 5.0)], WHITE);
        let mut colour = Picture { width: 1, height: 1, channels: 3, samples: vec![0; 3] };
        cover(&mut colour, 0, 0, [10, 20, 30], 1.0);
        cover(&mut colour, 1, 0, WHITE, 1.0);
        assert_eq!(colour.samples, [10, 20, 30]);
    }

    #[test]
    fn a_polygon_is_filled_and_its_overlap_is_not() {
        let mut picture = black(4, 4);
        polygon(&mut picture, &[(0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)], WHITE);
        assert_eq!(picture.samples, [0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0]);
        let ring =
            [(-0.5, -0.5), (9.5, -0.5), (9.5, 9.5), (-0.5, 9.5), (-0.5, -0.5), (3.5, 3.5), (6.5, 3.5), (6.5, 6.5)];
        assert_eq!(spans(&[&ring[..], &[(3.5, 6.5), (3.5, 3.5)]].concat(), 5, 10), [(0, 4), (7, 10)]);
    }

    #[test]
    fn an_ellipse_ends_where_it_begins() {
        let points = ellipse((5.0, 5.0), (3.0, 0.0), (0.0, 1.0));
        let (first, last) = (points[0], points[points.len() - 1]);
        assert!((first.0 - 8.0).abs() < 1e-9 && (first.0 - last.0).abs() < 1e-9 && (first.1 - last.1).abs() < 1e-9);
    }
}
