//! By AVX2.

use std::arch::x86_64::*;

use super::super::ahead::{Ahead, PLACES};
use super::{Grid, Run, Sample};

/// Places in two registers of 64-bit numbers.
const LANES: usize = 8;
const _: () = assert!(LANES == PLACES);

/// As of [`super::linear`].
///
/// # Safety
/// Samples have 16 bits; the samples around all places are in the grid, and have numbers of 31 bits.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn linear<S: Sample>(
    grid: &Grid<'_, S>,
    is_signed: bool,
    run: Run,
    values: &mut [f32],
    beside_padding: impl Fn([i64; 3]) -> f32,
) -> usize {
    let mut places = Places::of(run);
    let mut ahead = Ahead::of::<S, 0, 2>(grid, run);
    let [row, plane] = [_mm256_set1_epi32(grid.row as i32), _mm256_set1_epi32(grid.plane as i32)];
    let rows = [0, grid.row, grid.plane, grid.plane + grid.row].map(|from| grid.samples.as_ptr().wrapping_add(from));
    let padding = grid.padding.map(|padding| _mm256_set1_epi16(padding.bits()));
    for (number, values) in values.chunks_exact_mut(LANES).enumerate() {
        ahead.ask::<S, 0, 2>(grid);
        let [(x, across), (y, down), (z, up)] = places.take();
        let first = _mm256_add_epi32(x, _mm256_add_epi32(_mm256_mullo_epi32(y, row), _mm256_mullo_epi32(z, plane)));
        // SAFETY: the caller says that all of these are in the grid.
        let pairs = rows.map(|row| unsafe { _mm256_i32gather_epi32::<2>(row.cast(), first) });
        if let Some(padding) = padding {
            let is = pairs.map(|pair| _mm256_cmpeq_epi16(pair, padding));
            let any = _mm256_or_si256(_mm256_or_si256(is[0], is[1]), _mm256_or_si256(is[2], is[3]));
            if _mm256_movemask_epi8(any) != 0 {
                for (lane, value) in values.iter_mut().enumerate() {
                    let steps = (number * LANES + lane) as i64;
                    *value = beside_padding([0, 1, 2].map(|axis| run.at[axis] + steps * run.step[axis]));
                }
                continue;
            }
        }
        let in_row = pairs.map(|pair| {
            let [near, far] = halves(pair, is_signed);
            between(near, far, across)
        });
        let value = between(between(in_row[0], in_row[1], down), between(in_row[2], in_row[3], down), up);
        // SAFETY: a chunk has room for all lanes.
        unsafe { _mm256_storeu_ps(values.as_mut_ptr(), value) };
    }
    values.len() / LANES * LANES
}

/// Two samples each, as numbers.
#[target_feature(enable = "avx2")]
#[inline]
fn halves(pairs: __m256i, is_signed: bool) -> [__m256; 2] {
    let [near, far] = match is_signed {
        true => [_mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(pairs)), _mm256_srai_epi32::<16>(pairs)],
        false => [_mm256_and_si256(pairs, _mm256_set1_epi32(0xffff)), _mm256_srli_epi32::<16>(pairs)],
    };
    [_mm256_cvtepi32_ps(near), _mm256_cvtepi32_ps(far)]
}

#[target_feature(enable = "avx2")]
#[inline]
fn between(near: __m256, far: __m256, part: __m256) -> __m256 {
    _mm256_add_ps(near, _mm256_mul_ps(_mm256_sub_ps(far, near), part))
}

/// Eight places along each axis: places 0, 1, 4, 5 in one register, 2, 3, 6, 7 in the other, so that their halves come out
/// in order.
struct Places {
    at: [[__m256i; 2]; 3],
    step: [__m256i; 3],
}

impl Places {
    #[target_feature(enable = "avx2")]
    fn of(run: Run) -> Self {
        let place = |axis: usize, lane: i64| run.at[axis].wrapping_add(lane.wrapping_mul(run.step[axis]));
        let lanes = |axis: usize, [a, b, c, d]: [i64; 4]| {
            _mm256_setr_epi64x(place(axis, a), place(axis, b), place(axis, c), place(axis, d))
        };
        Self {
            at: [0, 1, 2].map(|axis| [lanes(axis, [0, 1, 4, 5]), lanes(axis, [2, 3, 6, 7])]),
            step: run.step.map(|step| _mm256_set1_epi64x(step.wrapping_mul(LANES as i64))),
        }
    }

    /// Which sample is at or before each place, and how far the place is from it, along each axis; goes on to the next ones.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn take(&mut self) -> [(__m256i, __m256); 3] {
        [0, 1, 2].map(|axis| {
            let [one, other] = self.at[axis].map(|at| _mm256_castsi256_ps(at));
            let whole = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(one, other));
            let rest = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(one, other));
            let part = _mm256_cvtepi32_ps(_mm256_srli_epi32::<8>(rest));
            self.at[axis] = self.at[axis].map(|at| _mm256_add_epi64(at, self.step[axis]));
            (whole, _mm256_mul_ps(part, _mm256_set1_ps(1.0 / 16_777_216.0)))
        })
    }
}
