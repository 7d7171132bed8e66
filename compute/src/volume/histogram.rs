//! How often each value occurs in a volume.

use rayon::prelude::*;

use super::grid::{Grid, Sample};
use super::stop::go_on;
use super::{Error, Stop, Volume, Voxels};

/// Counts of values, in bins of equal width, in the unit of what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub least: f64,
    /// Width of a bin.
    pub width: f64,
    /// How many values are in each bin, the least values first.
    pub counts: Vec<u64>,
}

/// Samples that one thread counts at a time.
const CHUNK: usize = 1 << 20;

/// The histogram of a volume in at most so many bins, over all values there are.
///
/// Whole numbers as stored are never split, and bins hold equally many of them: there may be fewer bins than asked for.
/// Padding and what is not a finite number are not counted. No volume has fewer than one bin.
pub fn histogram(volume: &Volume, bins: usize, stop: Stop<'_>) -> Result<Histogram, Error> {
    if let Voxels::F32(samples) = &volume.voxels {
        return floats(&Grid::of(volume, samples)?, bins.max(1), stop);
    }
    let (whole, offset) = stored_counts(volume, stop)?.unwrap_or_default();
    Ok(of_counts(volume, &whole, offset, bins))
}

/// The histogram of a volume by how often each whole number is stored, the first of which is `offset`.
pub(crate) fn of_counts(volume: &Volume, whole: &[u64], offset: f64, bins: usize) -> Histogram {
    let first = whole.iter().position(|count| *count > 0).unwrap_or(0);
    let last = whole.iter().rposition(|count| *count > 0).unwrap_or(0);
    let each = (last - first + 1).div_ceil(bins.max(1));
    let counts = whole[first..=last].chunks(each).map(|bin| bin.iter().sum()).collect();
    measured(volume, first as f64 + offset - 0.5, each as f64, counts)
}

/// How often each whole number is stored, padding left out, and which number is the first; nothing of floats.
pub(super) fn stored_counts(volume: &Volume, stop: Stop<'_>) -> Result<Option<(Vec<u64>, f64)>, Error> {
    let mut counts = match &volume.voxels {
        Voxels::U8(samples) => whole(&Grid::of(volume, samples)?, |sample| usize::from(*sample), stop)?,
        Voxels::U16(samples) => whole(&Grid::of(volume, samples)?, |sample| usize::from(*sample), stop)?,
        Voxels::I16(samples) => {
            whole(&Grid::of(volume, samples)?, |sample| (i32::from(*sample) + 32768) as usize, stop)?
        }
        Voxels::F32(_) => return Ok(None),
    };
    let first = if matches!(volume.voxels, Voxels::I16(_)) { -32768.0 } else { 0.0 };
    leave_out_padding(volume, &mut counts, first);
    Ok(Some((counts, first)))
}

/// Padding is not counted.
pub(crate) fn leave_out_padding(volume: &Volume, counts: &mut [u64], first: f64) {
    if let Some(count) = volume.padding.and_then(|padding| counts.get_mut((f64::from(padding) - first) as usize)) {
        *count = 0;
    }
}

impl Histogram {
    /// The middle of a bin; fractions of a bin are allowed.
    pub fn value(&self, bin: f64) -> f64 {
        self.least + (bin + 0.5) * self.width
    }

    /// The bin of a value; what is beyond the ends belongs to the first or the last.
    pub fn bin(&self, value: f64) -> usize {
        (((value - self.least) / self.width).floor().max(0.0) as usize).min(self.counts.len().saturating_sub(1))
    }

    /// How many values were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The value below which a part of all values, from 0 to 1, lies: to the width of a bin.
    pub fn quantile(&self, part: f64) -> f64 {
        let wanted = part * self.total() as f64;
        let mut below = 0;
        let bin = self.counts.iter().position(|count| {
            below += count;
            below as f64 >= wanted
        });
        self.value(bin.unwrap_or(self.counts.len().saturating_sub(1)) as f64)
    }

    /// The bins whose middles are from `low` to `high`, both included: padding, for one, is left out so. At least one bin.
    pub fn within(&self, low: f64, high: f64) -> Self {
        let first = (0..self.counts.len()).find(|bin| self.value(*bin as f64) >= low);
        let first = first.unwrap_or(self.counts.len().saturating_sub(1));
        let counts = self.counts[first..].iter().enumerate();
        let counts = counts.take_while(|(bin, _)| *bin == 0 || self.value((first + bin) as f64) <= high);
        let counts = counts.map(|(_, count)| *count).collect();
        Self { least: self.least + first as f64 * self.width, counts, ..*self }
    }

    /// The same with fewer bins, at most so many.
    pub fn coarser(&self, bins: usize) -> Self {
        let each = self.counts.len().div_ceil(bins.max(1)).max(1);
        let counts = self.counts.chunks(each).map(|counts| counts.iter().sum()).collect();
        Self { counts, width: self.width * each as f64, ..*self }
    }
}

/// The histogram of stored values as one of measured values.
fn measured(volume: &Volume, least: f64, width: f64, mut counts: Vec<u64>) -> Histogram {
    let (slope, intercept) = (f64::from(volume.slope), f64::from(volume.intercept));
    let end = if slope < 0.0 { least + width * counts.len() as f64 } else { least };
    if slope < 0.0 {
        counts.reverse();
    }
    let width = if slope == 0.0 { width } else { width * slope.abs() };
    Histogram { least: slope * end + intercept, width, counts }
}

/// How often each of 65536 whole numbers occurs.
fn whole<S: Sample>(
    grid: &Grid<'_, S>,
    number: impl Fn(&S) -> usize + Sync,
    stop: Stop<'_>,
) -> Result<Vec<u64>, Error> {
    counted(grid, 1 << 16, |sample| Some(number(sample)), stop)
}

fn floats(grid: &Grid<'_, f32>, bins: usize, stop: Stop<'_>) -> Result<Histogram, Error> {
    let finite = grid.samples.par_iter().filter(|sample| sample.is_finite());
    let ends = finite.fold(|| (f32::MAX, f32::MIN), |(least, most), sample| (least.min(*sample), most.max(*sample)));
    let (least, most) = ends.reduce(|| (f32::MAX, f32::MIN), |one, other| (one.0.min(other.0), one.1.max(other.1)));
    let (slope, intercept) = (f64::from(grid.slope), f64::from(grid.intercept));
    if least > most {
        return Ok(Histogram { least: 0.0, width: 1.0, counts: vec![0] });
    }
    let ends = [least, most].map(|end| slope * f64::from(end) + intercept);
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let width = if high > low { (high - low) / bins as f64 } else { 1.0 };
    let bin = |sample: &f32| {
        let value = slope * f64::from(*sample) + intercept;
        sample.is_finite().then_some((((value - low) / width) as usize).min(bins - 1))
    };
    Ok(Histogram { least: low, width, counts: counted(grid, bins, bin, stop)? })
}

fn counted<S: Sample>(
    grid: &Grid<'_, S>,
    bins: usize,
    bin: impl Fn(&S) -> Option<usize> + Sync,
    stop: Stop<'_>,
) -> Result<Vec<u64>, Error> {
    let none = || Ok(vec![0_u64; bins]);
    let chunks = grid.samples.par_chunks(CHUNK);
    let all = chunks.fold(none, |counts: Result<Vec<u64>, Error>, chunk| {
        go_on(stop)?;
        let mut counts = counts?;
        for bin in chunk.iter().filter_map(&bin) {
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        Ok(counts)
    });
    all.reduce(none, |one, other| {
        let (mut one, other) = (one?, other?);
        one.iter_mut().zip(other).for_each(|(count, more)| *count += more);
        Ok(one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::samples_for_tests::{cubes, noise};
    use crate::volume::{label, never, plain};

    #[test]
    fn whole_numbers_are_counted_one_by_one_where_there_are_bins_enough() {
        let volume = Volume { slope: 2.0, intercept: 10.0, ..cubes([4, 2, 1], |[x, y, _]| (x + y) as i16) };
        let counted = histogram(&volume, 100, &never).expect("a histogram");
        assert_eq!(counted, Histogram { least: 9.0, width: 2.0, counts: vec![1, 2, 2, 2, 1] });
        assert_eq!((counted.value(1.0), counted.bin(12.0), counted.bin(-5.0), counted.bin(1e9)), (12.0, 1, 0, 4));
        assert_eq!(counted.coarser(2).counts, [5, 3]);
        assert_eq!(counted.quantile(0.5), 14.0);
        assert_eq!(counted.within(11.5, 16.0), Histogram { least: 11.0, width: 2.0, counts: vec![2, 2, 2] });
        assert_eq!(counted.within(99.0, 100.0).counts, [1]);
    }

    #[test]
    fn a_negative_slope_turns_the_histogram_round() {
        let volume = Volume { slope: -1.0, ..cubes([4, 1, 1], |[x, ..]| (x * x) as i16) };
        let counted = histogram(&volume, 5, &never).expect("a histogram");
        assert_eq!(counted, Histogram { least: -9.5, width: 2.0, counts: vec![1, 0, 1, 0, 2] });
    }

    #[test]
    fn histograms_and_classes_are_those_of_the_definition() {
        let signed = cubes([7, 6, 5], |index| noise(index) / 8).with_padding(-20.0);
        let Voxels::I16(samples) = &signed.voxels else { panic!("16 bits") };
        let floats = samples.iter().map(|sample| if *sample == -20 { f32::NAN } else { f32::from(*sample) * 0.37 });
        let types = [
            signed.voxels.clone(),
            Voxels::U8(samples.iter().map(|sample| *sample as u8).collect()),
            Voxels::U16(samples.iter().map(|sample| (*sample as u16).wrapping_add(40_000)).collect()),
            Voxels::F32(floats.collect()),
        ];
        for (voxels, padding) in types.into_iter().zip([-20.0, 200.0, 39_980.0, f32::NAN]) {
            for slope in [1.5, -0.25] {
                let volume = Volume { voxels: voxels.clone(), slope, intercept: 7.0, ..signed.clone() };
                let volume = Volume { padding: Some(padding), ..volume };
                for bins in [1, 7, 64, 100_000] {
                    let (fast, right) = (histogram(&volume, bins, &never), plain::histogram(&volume, bins));
                    assert_eq!(fast, Ok(right), "{:?} {slope} {bins}", &volume.voxels);
                }
                let cuts = [-31.3, 0.1, 44.4, 60_021.2];
                assert_eq!(label(&volume, &cuts, &never), Ok(plain::label(&volume, &cuts)));
            }
        }
    }

    #[test]
    fn padding_is_not_counted() {
        let volume = cubes([4, 2, 1], |[x, y, _]| if y == 0 { -2000 } else { x as i16 }).with_padding(-2000.0);
        let counted = histogram(&volume, 9, &never).expect("a histogram");
        assert_eq!(counted, Histogram { least: -0.5, width: 1.0, counts: vec![1; 4] });
    }

    #[test]
    fn floats_are_counted_between_the_least_and_the_greatest() {
        let mut volume = cubes([5, 1, 1], noise);
        volume.voxels = Voxels::F32(vec![0.0, 1.0, f32::NAN, 4.0, f32::INFINITY]);
        let counted = histogram(&volume, 4, &never).expect("a histogram");
        assert_eq!(counted, Histogram { least: 0.0, width: 1.0, counts: vec![1, 1, 0, 1] });
        volume.voxels = Voxels::F32(vec![f32::NAN; 5]);
        assert_eq!(histogram(&volume, 4, &never).map(|counted| counted.total()), Ok(0));
    }
}
