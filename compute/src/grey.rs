//! Grey samples to grey levels: modality, VOI and presentation transformation in one step.

use rayon::prelude::*;

use crate::{Modality, Numbers, Presentation, SampleFormat, Voi};

/// Samples of a chunk that one thread transforms.
const CHUNK: usize = 1 << 18;

/// Transforms samples to 8-bit levels.
pub fn levels(
    samples: &[u8],
    numbers: Numbers,
    modality: &Modality,
    voi: &Voi,
    presentation: &Presentation,
) -> Vec<u8> {
    each(samples, numbers, |number| presentation.level(voi, modality.apply(number)))
}

/// Transforms each sample by itself. Up to 16 bits the transformation is computed once for each possible cell, then
/// looked up, unless there are fewer samples than cells.
pub fn each<T: Copy + Send + Sync>(samples: &[u8], numbers: Numbers, transform: impl Fn(f64) -> T) -> Vec<T> {
    let table = |format: SampleFormat, cells: u32| -> Vec<T> {
        (0..cells).map(|cell| transform(format.number(cell) as f64)).collect()
    };
    match numbers {
        Numbers::Integer(format) if format.bits_allocated == 8 => {
            let table = table(format, 1 << 8);
            samples.par_iter().with_min_len(CHUNK).map(|byte| table[usize::from(*byte)]).collect()
        }
        Numbers::Integer(format) if format.bits_allocated == 16 && samples.len() >= 2 << 16 => {
            let table = table(format, 1 << 16);
            let cells = samples.par_chunks_exact(2).with_min_len(CHUNK);
            cells.map(|b| table[usize::from(u16::from_le_bytes([b[0], b[1]]))]).collect()
        }
        _ => numbers.values(samples).map(transform).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CT: SampleFormat = SampleFormat { bits_allocated: 16, bits_stored: 12, high_bit: 11, signed: false };
    const SOFT_TISSUE: Voi = Voi::Linear { center: 40.0, width: 400.0 };
    const HOUNSFIELD: Modality = Modality::Rescale { slope: 1.0, intercept: -1024.0 };

    #[test]
    fn the_table_gives_what_the_formula_gives() {
        let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        for samples in [&all[..], &all[..1 << 10]] {
            let levels = levels(samples, Numbers::Integer(CT), &HOUNSFIELD, &SOFT_TISSUE, &Presentation::Identity);
            for (cell, level) in levels.into_iter().enumerate() {
                assert_eq!(level, SOFT_TISSUE.level((cell & 0xfff) as f64 - 1024.0));
            }
        }
    }

    #[test]
    fn inversion_swaps_black_and_white() {
        let format = SampleFormat { bits_allocated: 8, bits_stored: 8, high_bit: 7, signed: false };
        let voi = Voi::range(0.0, 255.0);
        assert_eq!(
            levels(&[0, 1, 255], Numbers::Integer(format), &Modality::IDENTITY, &voi, &Presentation::Inverse),
            [255, 254, 0]
        );
    }

    #[test]
    fn floats_and_wide_integers_need_no_table() {
        let samples: Vec<u8> = [0.0_f64, 0.5, 1.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        let voi = Voi::range(0.0, 1.0);
        assert_eq!(
            levels(&samples, Numbers::Float64, &Modality::IDENTITY, &voi, &Presentation::Identity),
            [0, 128, 255]
        );
        let format = SampleFormat { bits_allocated: 32, bits_stored: 32, high_bit: 31, signed: false };
        let samples: Vec<u8> = [0, u32::MAX].iter().flat_map(|value| value.to_le_bytes()).collect();
        let voi = Voi::range(0.0, f64::from(u32::MAX));
        assert_eq!(
            levels(&samples, Numbers::Integer(format), &Modality::IDENTITY, &voi, &Presentation::Identity),
            [0, 255]
        );
    }
}
