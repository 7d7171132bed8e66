//! Where to cut a histogram: at the valleys between the peaks that tissues make.

use std::ops::Range;

use super::Histogram;

/// What peaks are looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Tissues {
    /// One peak in each of these ranges of values, from low to high.
    Ranges(Vec<Range<f64>>),
    /// So many peaks, the most prominent ones, wherever they are.
    Peaks(usize),
}

impl Tissues {
    /// Air (and lung), soft tissue, and bone, in Hounsfield units.
    pub fn computed_tomography() -> Self {
        Self::Ranges(vec![-1100.0..-300.0, -200.0..150.0, 180.0..2000.0])
    }
}

/// Peaks of a smoothed histogram, and the cuts between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Cuts {
    /// The value of each peak, from low to high. A tissue that makes no peak of its own has its place in the tail here.
    pub peaks: Vec<f64>,
    /// One between each two peaks: what is at or above belongs to the next class.
    pub cuts: Vec<f64>,
}

/// How much of the range of values smoothing reaches over, as the standard deviation of a Gaussian.
const SMOOTH: f64 = 1.0 / 200.0;

/// Where a tail ends, as a quantile: metal, and values cut off at the greatest that fits, lie beyond.
const TAIL: f64 = 0.999;

/// The least prominence of a peak, as the logarithm of how far it stands above the higher valley beside it.
const PROMINENT: f64 = 0.05;

/// The cuts of a histogram. Fewer than asked for when there are fewer peaks; none in a volume of one value.
///
/// The histogram is smoothed by a Gaussian of 1/200 of the range between the 0.01 % and 99.99 % quantiles. A peak is a
/// local maximum that stands out; a range may have several (fat and muscle), and is cut off beyond the outermost. When the
/// last range has none, it is a tail (bone often is): its cut is where the curve is farthest below the line from the last
/// peak to the 99.9 % quantile (the triangle method of Zack et al., 1977).
pub fn cuts(histogram: &Histogram, tissues: &Tissues) -> Cuts {
    let smooth = smoothed(histogram);
    let peaks = prominent(&smooth);
    match tissues {
        Tissues::Peaks(count) => {
            let mut most = peaks;
            most.sort_by(|one, other| other.1.total_cmp(&one.1));
            most.truncate(*count);
            let mut bins: Vec<usize> = most.into_iter().map(|(bin, _)| bin).collect();
            bins.sort_unstable();
            between(histogram, &smooth, &bins)
        }
        Tissues::Ranges(ranges) => {
            let of = |range: &Range<f64>| -> Vec<usize> {
                let bins = peaks.iter().map(|(bin, _)| *bin);
                bins.filter(|bin| range.contains(&histogram.value(*bin as f64))).collect()
            };
            let mut found: Vec<Vec<usize>> = ranges.iter().map(of).collect();
            let tail = found.pop_if(|last| last.is_empty()).is_some();
            found.retain(|bins| !bins.is_empty());
            let mut cuts = ranged(histogram, &smooth, &found);
            let end = histogram.bin(histogram.quantile(TAIL));
            let last = found.last().and_then(|bins| bins.last());
            if let (true, Some(cut)) = (tail, last.and_then(|peak| elbow(&smooth, *peak, end))) {
                let start = ranges.last().map_or(f64::NEG_INFINITY, |range| range.start);
                cuts.cuts.push(edge(histogram, cut));
                cuts.peaks.push(start.max(histogram.value(cut as f64)));
            }
            cuts
        }
    }
}

/// Of each group of peaks the highest; and a cut between the last of a group and the first of the next.
fn ranged(histogram: &Histogram, smooth: &[f64], groups: &[Vec<usize>]) -> Cuts {
    let highest = |bins: &Vec<usize>| bins.iter().copied().max_by(|one, other| smooth[*one].total_cmp(&smooth[*other]));
    let ends = groups.windows(2).filter_map(|pair| pair[0].last().copied().zip(pair[1].first().copied()));
    Cuts {
        peaks: groups.iter().filter_map(highest).map(|bin| histogram.value(bin as f64)).collect(),
        cuts: ends.flat_map(|(last, first)| between(histogram, smooth, &[last, first]).cuts).collect(),
    }
}

/// Cuts at the lowest bins between peaks.
fn between(histogram: &Histogram, smooth: &[f64], bins: &[usize]) -> Cuts {
    let lowest = |pair: &[usize]| {
        let bins = pair[0]..=pair[1];
        let least = bins.clone().map(|bin| smooth[bin]).fold(f64::INFINITY, f64::min);
        // Of a flat valley, the middle.
        let flat: Vec<usize> = bins.filter(|bin| smooth[*bin] <= least * (1.0 + 1e-9) + 1e-9).collect();
        edge(histogram, flat[flat.len() / 2])
    };
    Cuts {
        peaks: bins.iter().map(|bin| histogram.value(*bin as f64)).collect(),
        cuts: bins.windows(2).map(lowest).collect(),
    }
}

/// Lower edge of a bin.
fn edge(histogram: &Histogram, bin: usize) -> f64 {
    histogram.value(bin as f64 - 0.5)
}

fn smoothed(histogram: &Histogram) -> Vec<f64> {
    let range = (histogram.quantile(0.9999) - histogram.quantile(0.0001)) / histogram.width;
    let deviation = (range * SMOOTH).max(0.3);
    let reach = (3.0 * deviation).ceil() as usize;
    let weights: Vec<f64> = (0..=reach).map(|at| (-0.5 * (at as f64 / deviation).powi(2)).exp()).collect();
    let all = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    let counts = &histogram.counts;
    let at = |bin: usize| {
        let bins = bin.saturating_sub(reach)..(bin + reach + 1).min(counts.len());
        bins.map(|near| weights[near.abs_diff(bin)] * counts[near] as f64).sum::<f64>() / all
    };
    (0..counts.len()).map(at).collect()
}

/// Local maxima that stand out, and by how much: the logarithm of their height above the higher of the lowest places on
/// both sides before the curve rises above them.
fn prominent(smooth: &[f64]) -> Vec<(usize, f64)> {
    let height: Vec<f64> = smooth.iter().map(|count| (count + 1.0).ln()).collect();
    let lowest = |bins: &mut dyn Iterator<Item = usize>, peak: f64| {
        bins.map(|bin| height[bin]).take_while(|height| *height <= peak).fold(peak, f64::min)
    };
    let summit = |bin: &usize| {
        let before = bin.checked_sub(1).map_or(f64::NEG_INFINITY, |before| height[before]);
        let after = height.get(bin + 1).copied().unwrap_or(f64::NEG_INFINITY);
        height[*bin] > before && height[*bin] >= after
    };
    (0..height.len())
        .filter(summit)
        .map(|bin| {
            // Beyond the ends there is nothing.
            let left = if bin == 0 { 0.0 } else { lowest(&mut (0..bin).rev(), height[bin]) };
            let right = if bin + 1 == height.len() { 0.0 } else { lowest(&mut (bin + 1..height.len()), height[bin]) };
            (bin, height[bin] - left.max(right))
        })
        .filter(|(_, prominence)| *prominence > PROMINENT)
        .collect()
}

/// The bin of the tail after a peak that is farthest below the line from the peak to the end of the tail.
fn elbow(smooth: &[f64], peak: usize, end: usize) -> Option<usize> {
    let last = Some(end).filter(|end| *end > peak + 1 && *end < smooth.len())?;
    let (top, length) = (smooth[peak], (last - peak) as f64);
    if top <= 0.0 {
        return None;
    }
    let below = |bin: usize| 1.0 - (bin - peak) as f64 / length - smooth[bin] / top;
    (peak + 1..last).max_by(|one, other| below(*one).total_cmp(&below(*other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gaussians of (mean, deviation, count), and a background, from -1024 to 2000.
    fn mixture(parts: &[(f64, f64, f64)], background: f64) -> Histogram {
        let at = |value: f64| {
            let gauss = |(mean, deviation, count): &(f64, f64, f64)| {
                count * (-0.5 * ((value - mean) / deviation).powi(2)).exp()
            };
            (background + parts.iter().map(gauss).sum::<f64>()) as u64
        };
        Histogram { least: -1024.5, width: 1.0, counts: (0..3024).map(|bin| at(f64::from(bin) - 1024.0)).collect() }
    }

    #[test]
    fn air_soft_tissue_and_bone_are_cut_at_the_valleys() {
        let body =
            [(-1000.0, 15.0, 9e5), (-850.0, 60.0, 2e5), (-100.0, 25.0, 1e5), (45.0, 20.0, 2e5), (500.0, 120.0, 4e3)];
        let found = cuts(&mixture(&body, 3.0), &Tissues::computed_tomography());
        let near = |value: f64, expected: f64, by: f64| (value - expected).abs() <= by;
        assert!(
            near(found.peaks[0], -1000.0, 5.0) && near(found.peaks[1], 45.0, 5.0) && near(found.peaks[2], 500.0, 20.0)
        );
        assert!((-600.0..-180.0).contains(&found.cuts[0]), "{found:?}");
        assert!((100.0..250.0).contains(&found.cuts[1]), "{found:?}");
    }

    #[test]
    fn bone_without_a_peak_is_the_tail_after_soft_tissue() {
        let mut body = mixture(&[(-1000.0, 15.0, 9e5), (45.0, 20.0, 2e5)], 0.0);
        for (bin, count) in body.counts.iter_mut().enumerate().skip(1100) {
            *count += (4000.0 * (-(bin as f64 - 1100.0) / 250.0).exp()) as u64;
        }
        let found = cuts(&body, &Tissues::computed_tomography());
        assert_eq!(found.cuts.len(), 2, "{found:?}");
        assert!((90.0..250.0).contains(&found.cuts[1]), "{found:?}");
    }

    #[test]
    fn the_most_prominent_peaks_are_found_wherever_they_are() {
        let found =
            cuts(&mixture(&[(0.0, 30.0, 1e4), (400.0, 30.0, 1e3), (900.0, 40.0, 1e5)], 2.0), &Tissues::Peaks(3));
        for (peak, expected) in found.peaks.iter().zip([0.0, 400.0, 900.0]) {
            assert!((peak - expected).abs() < 8.0, "{found:?}");
        }
        assert!((150.0..300.0).contains(&found.cuts[0]) && (500.0..800.0).contains(&found.cuts[1]), "{found:?}");
    }

    #[test]
    fn a_volume_of_one_value_has_no_cuts() {
        let one = Histogram { least: 6.5, width: 1.0, counts: vec![100] };
        for tissues in [Tissues::Peaks(3), Tissues::computed_tomography()] {
            assert_eq!(cuts(&one, &tissues).cuts, [0.0; 0]);
        }
        let none = Histogram { counts: vec![0], ..one };
        assert_eq!(cuts(&none, &Tissues::Peaks(2)), Cuts { peaks: vec![], cuts: vec![] });
    }
}
