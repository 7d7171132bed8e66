//! Grey pictures as seen: what a search compares.

/// Samples of a grey picture, row by row from the top, as seen: black is small, and a window has been applied where there is one.
#[derive(Debug, Clone, Copy)]
pub struct Grey<'a> {
    width: usize,
    height: usize,
    samples: Samples<'a>,
}

/// The samples, in the type that they come in.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names are the types")]
pub enum Samples<'a> {
    U8(&'a [u8]),
    U16(&'a [u16]),
    F32(&'a [f32]),
}

impl Samples<'_> {
    fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::F32(samples) => samples.len(),
        }
    }
}

impl<'a> Grey<'a> {
    /// A picture of `width × height` samples. `None` when it has no sample, or not as many as that.
    pub fn new(width: usize, height: usize, samples: Samples<'a>) -> Option<Self> {
        let area = width.checked_mul(height)?;
        (area > 0 && area == samples.len()).then_some(Self { width, height, samples })
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Adds the samples of a row, `weight` times, to `sums`, one a column. What is not finite counts as 0.
    pub(super) fn add_row(&self, row: usize, weight: f32, sums: &mut [f32]) {
        let place = row * self.width..(row + 1) * self.width;
        match self.samples {
            Samples::U8(samples) => add(&samples[place], weight, sums, |sample| f32::from(*sample)),
            Samples::U16(samples) => add(&samples[place], weight, sums, |sample| f32::from(*sample)),
            Samples::F32(samples) => {
                add(&samples[place], weight, sums, |sample| if sample.is_finite() { *sample } else { 0.0 });
            }
        }
    }
}

fn add<T>(row: &[T], weight: f32, sums: &mut [f32], number: impl Fn(&T) -> f32) {
    for (sum, sample) in sums.iter_mut().zip(row) {
        *sum += weight * number(sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_as_many_samples_as_its_size_says() {
        assert!(Grey::new(2, 3, Samples::U8(&[0; 6])).is_some());
        assert!(Grey::new(2, 3, Samples::U8(&[0; 5])).is_none());
        assert!(Grey::new(0, 3, Samples::U16(&[])).is_none());
        assert!(Grey::new(usize::MAX, 2, Samples::F32(&[0.0; 2])).is_none());
    }

    #[test]
    fn what_is_not_finite_counts_as_black() {
        let picture = Grey::new(3, 1, Samples::F32(&[f32::NAN, f32::INFINITY, 2.0])).unwrap();
        let mut sums = [1.0; 3];
        picture.add_row(0, 0.5, &mut sums);
        assert_eq!(sums, [1.0, 1.0, 2.0]);
    }
}
