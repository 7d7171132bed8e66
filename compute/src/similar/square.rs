//! A rectangle of a picture at another size: each cell is the mean of what it covers.

use super::Grey;

/// Whole columns and rows of a picture, or a share of them: `left..right` and `top..bottom` in samples from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Left edge.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Field {
    /// The whole of a picture.
    pub fn whole(picture: &Grey) -> Self {
        Self { left: 0.0, right: picture.width() as f64, top: 0.0, bottom: picture.height() as f64 }
    }
}

/// The field at `width × height` cells, row by row: the mean of what a cell covers, samples in part by their part. A cell that is
/// smaller than a sample takes that sample.
pub fn resample(picture: &Grey, field: Field, (width, height): (usize, usize)) -> Vec<f32> {
    let columns = shares(field.left, field.right, width, picture.width());
    let mut cells = Vec::with_capacity(width * height);
    let mut sums = vec![0.0; picture.width()];
    for row in shares(field.top, field.bottom, height, picture.height()) {
        sums.fill(0.0);
        for (place, weight) in row.samples() {
            picture.add_row(place, weight, &mut sums);
        }
        cells.extend(columns.iter().map(|column| column.mean(&sums)));
    }
    cells
}

/// The samples that a cell covers along one axis. The first and the last may be covered in part.
struct Share {
    from: usize,
    to: usize,
    first: f32,
    inner: f32,
    last: f32,
}

impl Share {
    fn samples(&self) -> impl Iterator<Item = (usize, f32)> {
        (self.from..self.to).map(|place| {
            let weight = match place {
                place if place == self.from => self.first,
                place if place + 1 == self.to => self.last,
                _ => self.inner,
            };
            (place, weight)
        })
    }

    fn mean(&self, row: &[f32]) -> f32 {
        match &row[self.from..self.to] {
            [] => 0.0,
            [only] => only * self.first,
            [first, inner @ .., last] => first * self.first + inner.iter().sum::<f32>() * self.inner + last * self.last,
        }
    }
}

/// How each of `count` cells lies on the samples between `start` and `end`; the weights of a cell add up to 1.
fn shares(start: f64, end: f64, count: usize, samples: usize) -> Vec<Share> {
    let step = (end - start) / count as f64;
    let share = |cell: usize| {
        let (left, right) = (start + cell as f64 * step, start + (cell + 1) as f64 * step);
        let from = (left.max(0.0) as usize).min(samples - 1);
        let to = (right.ceil() as usize).clamp(from + 1, samples);
        if to == from + 1 {
            return Share { from, to, first: 1.0, inner: 0.0, last: 0.0 };
        }
        let (first, last) = ((from + 1) as f64 - left, right.min(to as f64) - (to - 1) as f64);
        let all = first + last + (to - from - 2) as f64;
        Share { from, to, first: (first / all) as f32, inner: (1.0 / all) as f32, last: (last / all) as f32 }
    };
    (0..count).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::super::grey::Samples;
    use super::*;

    fn resampled(width: usize, height: usize, samples: &[u8], size: (usize, usize)) -> Vec<f32> {
        let picture = Grey::new(width, height, Samples::U8(samples)).unwrap();
        resample(&picture, Field::whole(&picture), size)
    }

    #[test]
    fn a_cell_is_the_mean_of_what_it_covers() {
        assert_eq!(resampled(4, 2, &[0, 100, 200, 250, 2, 98, 200, 150], (2, 1)), [50.0, 200.0]);
    }

    #[test]
    fn a_sample_in_part_counts_by_its_part() {
        let cells = resampled(3, 1, &[0, 90, 240], (2, 1));
        assert!((cells[0] - 30.0).abs() < 1e-3 && (cells[1] - 190.0).abs() < 1e-3, "{cells:?}");
    }

    #[test]
    fn a_cell_smaller_than_a_sample_takes_it() {
        assert_eq!(resampled(1, 1, &[7], (3, 2)), [7.0; 6]);
        assert_eq!(resampled(2, 1, &[7, 9], (4, 1)), [7.0, 7.0, 9.0, 9.0]);
    }

    #[test]
    fn an_even_picture_stays_even_at_any_size() {
        for (width, height) in [(1, 1), (37, 23), (300, 257), (5, 999)] {
            let cells = resampled(width, height, &vec![77; width * height], (256, 256));
            assert!(cells.iter().all(|cell| (cell - 77.0).abs() < 1e-2), "{width} {height}");
        }
    }

    #[test]
    fn a_field_leaves_out_what_is_beside_it() {
        let picture = Grey::new(4, 1, Samples::U8(&[9, 1, 3, 9])).unwrap();
        let field = Field { left: 1.0, right: 3.0, ..Field::whole(&picture) };
        assert_eq!(resample(&picture, field, (1, 1)), [2.0]);
    }
}
