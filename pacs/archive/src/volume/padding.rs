//! Samples that are no measurement (Pixel Padding Value, PS3.3 §C.7.5.1.1.2): they become the least that was measured, as
//! what is around a volume is. Else they would be a class of their own, and the least value of all.

use std::ops::RangeInclusive;

use compute::Voxels;

/// Replaces the padding of all slices, each of so many samples: `padding` is that of a slice, as stored. Of measured values
/// those are padding that are not numbers. With a negative slope the greatest as stored was measured least.
pub(super) fn replace<'a>(
    voxels: &mut Voxels,
    length: usize,
    is_rising: bool,
    padding: impl Fn(usize) -> Option<&'a RangeInclusive<f64>>,
) {
    let is_padding = |slice: usize, sample: f64| padding(slice).is_some_and(|padding| padding.contains(&sample));
    match voxels {
        Voxels::U8(samples) => each(samples, length, is_rising, is_padding),
        Voxels::I16(samples) => each(samples, length, is_rising, is_padding),
        Voxels::U16(samples) => each(samples, length, is_rising, is_padding),
        Voxels::F32(samples) => each(samples, length, is_rising, |_, sample| sample.is_nan()),
    }
}

fn each<T: Copy + PartialOrd + Into<f64>>(
    samples: &mut [T],
    length: usize,
    is_rising: bool,
    is_padding: impl Fn(usize, f64) -> bool,
) {
    let length = length.max(1);
    let slices = samples.chunks(length).enumerate();
    let measured = slices.flat_map(|(slice, samples)| samples.iter().map(move |sample| (slice, *sample)));
    let measured = measured.filter(|(slice, sample)| !is_padding(*slice, (*sample).into())).map(|(_, sample)| sample);
    let least = measured.reduce(|least, sample| if (sample < least) == is_rising { sample } else { least });
    let Some(least) = least else { return };
    for (slice, samples) in samples.chunks_mut(length).enumerate() {
        for sample in samples.iter_mut().filter(|sample| is_padding(slice, (**sample).into())) {
            *sample = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_becomes_the_least_that_was_measured() {
        let padding = -2000.0..=-2000.0;
        let of = |slice: usize| (slice == 0).then_some(&padding);
        let mut voxels = Voxels::I16(vec![-2000, -900, 40, 7]);
        replace(&mut voxels, 2, true, of);
        assert_eq!(voxels, Voxels::I16(vec![-900, -900, 40, 7]));
        let mut voxels = Voxels::I16(vec![-2000, -900, 40, -2000]);
        replace(&mut voxels, 2, false, of);
        assert_eq!(voxels, Voxels::I16(vec![40, -900, 40, -2000]));
        let mut voxels = Voxels::F32(vec![f32::NAN, 3.5, 2.5, 4.0]);
        replace(&mut voxels, 2, true, of);
        assert_eq!(voxels, Voxels::F32(vec![2.5, 3.5, 2.5, 4.0]));
        let mut all = Voxels::I16(vec![-2000; 2]);
        replace(&mut all, 2, true, of);
        assert_eq!(all, Voxels::I16(vec![-2000; 2]));
    }
}
