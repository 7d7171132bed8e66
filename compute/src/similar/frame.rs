//! What a picture shows, without the frame around it: borders, collimation and empty background.

use super::Grey;
use super::square::{Field, resample};

/// The longest side, in cells, of the copy in which the frame is looked for.
const SIDE: usize = 256;

/// How much the cells of a line may differ, as a share of what the cells of the whole picture do (standard deviations).
const QUIET: f64 = 0.08;

/// The field of a picture within its frame.
///
/// While the outermost row or column of what remains is near constant (its standard deviation is less than 0.08 of that of the
/// whole picture) it is taken off, the quietest of the four sides first. What would leave less than a quarter of a side is no
/// frame: then the whole picture is the field.
pub fn within(picture: &Grey) -> Field {
    let (width, height) = (picture.width().min(SIDE), picture.height().min(SIDE));
    let whole = Field::whole(picture);
    let sums = Sums::new(&resample(picture, whole, (width, height)), width);
    let quiet = QUIET * QUIET * sums.variance([0, width, 0, height]);
    let [mut left, mut right, mut top, mut bottom] = [0, width, 0, height];
    loop {
        let sides = [
            [left, left + 1, top, bottom],
            [right - 1, right, top, bottom],
            [left, right, top, top + 1],
            [left, right, bottom - 1, bottom],
        ];
        let variances = sides.map(|line| sums.variance(line));
        let (side, least) = (0..4)
            .fold((0, f64::MAX), |best, side| if variances[side] < best.1 { (side, variances[side]) } else { best });
        // Not less than: of a picture of one colour nothing is taken off.
        if least.is_nan() || least >= quiet {
            break;
        }
        match side {
            0 => left += 1,
            1 => right -= 1,
            2 => top += 1,
            _ => bottom -= 1,
        }
        if (right - left) * 4 < width || (bottom - top) * 4 < height {
            return whole;
        }
    }
    let (across, down) = (whole.right / width as f64, whole.bottom / height as f64);
    let place = |cell: usize, step: f64| cell as f64 * step;
    Field { left: place(left, across), right: place(right, across), top: place(top, down), bottom: place(bottom, down) }
}

/// Sums of cells, and of their squares, over all rectangles that begin in the upper left corner.
struct Sums {
    stride: usize,
    sums: Vec<[f64; 2]>,
}

impl Sums {
    fn new(cells: &[f32], width: usize) -> Self {
        let stride = width + 1;
        let mut sums = vec![[0.0; 2]; stride];
        // About their mean, so that squares of large numbers do not swallow small differences.
        let mean = cells.iter().map(|cell| f64::from(*cell)).sum::<f64>() / cells.len() as f64;
        for (row, line) in cells.chunks_exact(width).enumerate() {
            let mut here = [0.0; 2];
            sums.push(here);
            for (column, cell) in line.iter().enumerate() {
                let value = f64::from(*cell) - mean;
                let above = sums[row * stride + column + 1];
                here = [here[0] + value, here[1] + value * value];
                sums.push([above[0] + here[0], above[1] + here[1]]);
            }
        }
        Self { stride, sums }
    }

    /// The variance of the cells in `[left, right, top, bottom]`.
    fn variance(&self, [left, right, top, bottom]: [usize; 4]) -> f64 {
        let at = |column: usize, row: usize| self.sums[row * self.stride + column];
        let sum = |k: usize| at(right, bottom)[k] - at(left, bottom)[k] - at(right, top)[k] + at(left, top)[k];
        let count = ((right - left) * (bottom - top)) as f64;
        (sum(1) / count - (sum(0) / count).powi(2)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::grey::Samples;
    use super::*;

    /// A picture of stripes, `inside` of which is what it shows.
    fn framed(size: (usize, usize), inside: [usize; 4], frame: u16) -> Vec<u16> {
        let [left, right, top, bottom] = inside;
        let sample = |place: usize| {
            let (x, y) = (place % size.0, place / size.0);
            if (left..right).contains(&x) && (top..bottom).contains(&y) {
                1000 + ((x * 7 + y * 13) % 50 * 40) as u16
            } else {
                frame + (place % 3) as u16
            }
        };
        (0..size.0 * size.1).map(sample).collect()
    }

    fn field(size: (usize, usize), samples: &[u16]) -> Field {
        within(&Grey::new(size.0, size.1, Samples::U16(samples)).unwrap())
    }

    #[test]
    fn a_frame_of_any_grey_is_taken_off() {
        for frame in [0, 1500, 4000] {
            let field = field((200, 180), &framed((200, 180), [20, 150, 30, 175], frame));
            assert_eq!(field, Field { left: 20.0, right: 150.0, top: 30.0, bottom: 175.0 }, "{frame}");
        }
    }

    #[test]
    fn what_fills_the_picture_is_left_as_it_is() {
        let field = field((100, 80), &framed((100, 80), [0, 100, 0, 80], 0));
        assert_eq!(field, Field { left: 0.0, right: 100.0, top: 0.0, bottom: 80.0 });
    }

    #[test]
    fn what_leaves_a_speck_is_no_frame() {
        let field = field((100, 80), &framed((100, 80), [50, 60, 40, 50], 0));
        assert_eq!(field, Field { left: 0.0, right: 100.0, top: 0.0, bottom: 80.0 });
    }

    #[test]
    fn of_one_colour_nothing_is_taken_off() {
        for size in [(1, 1), (1, 9), (64, 64), (300, 2)] {
            let field = field(size, &vec![4095; size.0 * size.1]);
            assert_eq!((field.right, field.bottom), (size.0 as f64, size.1 as f64));
        }
    }
}
