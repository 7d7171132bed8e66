//! Otsu's cuts of a histogram: classes whose values differ least within each.

use super::Histogram;

/// Bins that are looked at; a finer histogram is made coarser first.
const BINS: usize = 512;

/// The cuts between so many classes that make the variance within them least (Otsu, 1979; exact for any number of classes).
///
/// What is at or above a cut belongs to the next class. Fewer cuts when there are fewer values than classes.
pub fn otsu(histogram: &Histogram, classes: usize) -> Vec<f64> {
    let histogram = histogram.coarser(BINS);
    let bins = histogram.counts.len();
    let filled = histogram.counts.iter().filter(|count| **count > 0).count();
    let classes = classes.min(filled);
    if classes < 2 {
        return Vec::new();
    }
    // Sums of counts, and of counts times values, of all bins before each.
    let mut sums = vec![(0.0, 0.0)];
    for (bin, count) in histogram.counts.iter().enumerate() {
        let (counts, values) = sums[bin];
        sums.push((counts + *count as f64, values + *count as f64 * bin as f64));
    }
    // The more, the less variance is left within a class of bins.
    let worth = |from: usize, to: usize| {
        let (counts, values) = (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1);
        if counts > 0.0 { values * values / counts } else { 0.0 }
    };
    let mut best: Vec<f64> = (0..=bins).map(|to| worth(0, to)).collect();
    let mut cuts = Vec::new();
    for class in 1..classes {
        let mut next = vec![f64::NEG_INFINITY; bins + 1];
        let mut cut = vec![0; bins + 1];
        for to in class + 1..=bins {
            for (from, before) in best.iter().enumerate().take(to).skip(class) {
                let worth = before + worth(from, to);
                if worth > next[to] {
                    (next[to], cut[to]) = (worth, from);
                }
            }
        }
        best = next;
        cuts.push(cut);
    }
    let mut to = bins;
    let mut values = Vec::new();
    for cut in cuts.iter().rev() {
        to = cut[to];
        // Empty bins at a cut may belong to either class: the middle of them is fairest. The first cut of equals was taken.
        let empty = histogram.counts[to..].iter().take_while(|count| **count == 0).count();
        values.push(histogram.value(to as f64 - 0.5 + empty as f64 / 2.0));
    }
    values.reverse();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_heaps_are_cut_in_the_middle() {
        let histogram = Histogram { least: 0.0, width: 1.0, counts: vec![5, 9, 5, 0, 0, 0, 0, 4, 8, 4] };
        assert_eq!(otsu(&histogram, 2), [5.0]);
    }

    #[test]
    fn the_cuts_are_the_best_of_all() {
        let counts: Vec<u64> = (0..40_u64).map(|bin| bin * bin * 7919 % 101).collect();
        let histogram = Histogram { least: -20.0, width: 0.5, counts: counts.clone() };
        let within = |from: usize, to: usize| {
            let weight: f64 = counts[from..to].iter().map(|count| *count as f64).sum();
            let mean = (from..to).map(|bin| counts[bin] as f64 * bin as f64).sum::<f64>() / weight.max(1.0);
            (from..to).map(|bin| counts[bin] as f64 * (bin as f64 - mean).powi(2)).sum::<f64>()
        };
        let all = (1..39).flat_map(|one| (one + 1..40).map(move |two| (one, two)));
        let least = all.map(|(one, two)| within(0, one) + within(one, two) + within(two, 40)).fold(f64::MAX, f64::min);
        let cuts: Vec<usize> = otsu(&histogram, 3).iter().map(|cut| histogram.bin(*cut)).collect();
        let found = within(0, cuts[0]) + within(cuts[0], cuts[1]) + within(cuts[1], 40);
        assert!((found - least).abs() <= 1e-9 * least, "{cuts:?}");
    }

    #[test]
    fn fewer_values_than_classes_make_fewer_cuts() {
        let histogram = Histogram { least: 0.0, width: 1.0, counts: vec![3, 0, 2] };
        assert_eq!(otsu(&histogram, 4), [1.5]);
        assert_eq!(otsu(&Histogram { counts: vec![0; 3], ..histogram }, 3), [0.0; 0]);
    }
}
