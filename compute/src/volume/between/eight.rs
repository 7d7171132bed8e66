//! Eight places at once, of samples of 16 bits, where the processor has AVX2: it reads pairs of samples from eight places by
//! one instruction. The numbers are the same as of one place after the other, to the last bit.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::{Grid, Run, Sample};

/// Gives the stored values of the first places of a run, all of which must have samples on both sides; how many there are
/// depends on the processor. Those with padding beside them are left to `beside_padding`.
pub(super) fn linear<S: Sample>(
    grid: &Grid<'_, S>,
    run: Run,
    values: &mut [f32],
    beside_padding: impl Fn([i64; 3]) -> f32,
) -> usize {
    #[cfg(target_arch = "x86_64")]
    if let Some(is_signed) = S::SIGN_OF_16_BITS
        && std::arch::is_x86_feature_detected!("avx2")
        && reaches(grid, run, values.len())
    {
        // SAFETY: the processor has AVX2, and every place of the run has its samples in the grid.
        return unsafe { avx2::linear(grid, is_signed, run, values, beside_padding) };
    }
    let _ = (grid, run, values, beside_padding);
    0
}

/// Whether all samples around so many places are in the grid, and their numbers in 31 bits: of the first and the last it
/// is looked at, and the others are between them.
#[cfg(target_arch = "x86_64")]
fn reaches<S: Sample>(grid: &Grid<'_, S>, run: Run, count: usize) -> bool {
    let Some(last) = (count as i64).checked_sub(1) else { return false };
    let is_inside = |axis: usize| {
        let end = run.step[axis].checked_mul(last).and_then(|way| way.checked_add(run.at[axis]));
        let has_both = |at: i64| at >= 0 && (at >> 32) + 1 < grid.size[axis] as i64;
        has_both(run.at[axis]) && end.is_some_and(has_both)
    };
    let samples = grid.samples.len();
    let is_whole = grid.row == grid.size[0] && grid.plane == grid.row * grid.size[1];
    is_whole && grid.plane * grid.size[2] == samples && i32::try_from(samples).is_ok() && (0..3).all(is_inside)
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::super::linear;
    use super::*;
    use crate::volume::line::ONE;

    const SIZE: [usize; 3] = [19, 17, 13];

    fn grid<S: Sample>(samples: &[S], padding: Option<S>) -> Grid<'_, S> {
        let [row, plane] = [SIZE[0], SIZE[0] * SIZE[1]];
        Grid { samples, size: SIZE, row, plane, slope: 1.0, intercept: 0.0, padding }
    }

    /// Each way through the grid, there and back, is the same as place after place.
    fn agrees<S: Sample>(samples: &[S], padding: Option<S>) {
        let grid = grid(samples, padding);
        for (corners, count) in
            [([[0, 0, 0], [17, 15, 11]], 70), ([[2, 14, 0], [17, 0, 3]], 31), ([[1, 2, 3], [1, 2, 10]], 8)]
        {
            for [from, to] in [corners, [corners[1], corners[0]]] {
                let at = from.map(|at: i64| at * ONE + 12_345_678);
                let step = [0, 1, 2].map(|axis| (to[axis] - from[axis]) * ONE / count as i64);
                let run = Run { from: 0, to: count, piece: 0, at, step };
                let mut values = vec![0.0; count];
                let done = super::linear(&grid, run, &mut values, |at| linear(&grid, at));
                assert_eq!(done, if std::arch::is_x86_feature_detected!("avx2") { count / 8 * 8 } else { 0 });
                for (number, value) in values[..done].iter().enumerate() {
                    let right = linear(&grid, run.part(number, count).at);
                    assert_eq!(value.to_bits(), right.to_bits(), "{from:?} to {to:?}, {number}");
                }
            }
        }
    }

    #[test]
    fn values_are_those_of_one_place_after_the_other() {
        let bits = |count: usize| (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as u16);
        let unsigned: Vec<u16> = bits(SIZE.iter().product()).collect();
        let signed: Vec<i16> = unsigned.iter().map(|sample| *sample as i16).collect();
        agrees(&unsigned, None);
        agrees(&signed, None);
        agrees(&unsigned, Some(unsigned[1000]));
        agrees(&signed.iter().map(|sample| (*sample).max(-20_000)).collect::<Vec<i16>>(), Some(-20_000));
    }

    #[test]
    fn no_place_outside_is_read() {
        let samples = vec![1_i16; SIZE.iter().product()];
        let run = |at: [i64; 3], step: [i64; 3]| Run { from: 0, to: 16, piece: 0, at: at.map(|at| at * ONE), step };
        for (at, step) in
            [([3, 3, 12], [0; 3]), ([-1, 3, 3], [0; 3]), ([3, 3, 3], [ONE, 0, 0]), ([3, 3, 3], [0, i64::MAX, 0])]
        {
            let done = super::linear(&grid(&samples, None), run(at, step), &mut [0.0; 16], |_| 0.0);
            assert_eq!(done, 0, "{at:?} {step:?}");
        }
        let short = Grid { samples: &samples[1..], ..grid(&samples, None) };
        assert_eq!(super::linear(&short, run([3, 3, 3], [0; 3]), &mut [0.0; 16], |_| 0.0), 0);
        let bytes = vec![1_u8; SIZE.iter().product()];
        assert_eq!(super::linear(&grid(&bytes, None), run([3, 3, 3], [0; 3]), &mut [0.0; 16], |_| 0.0), 0);
    }
}
