//! Otsu's cuts of a histogram: classes whose values differ least within each.

use rayon::prelude::*;

use super::Histogram;

/// Bins that are looked at; a finer histogram is made coarser first.
const BINS: usize = 512;

/// The cuts between so many classes that make the variance within them least (Otsu, 1979; exact for any number of classes).
///
/// What is at or above a cut belongs to the next class. Fewer cuts when there are fewer values than classes.
pub fn otsu(histogram: &Histogram, classes: usize) -> Vec<f64> {
    let Some(search) = Search::new(histogram, classes) else { return Vec::new() };
    let mut best = search.of_one_class();
    let mut cuts = Vec::new();
    for class in 1..search.classes {
        let (next, cut) = search.of_one_more(class, &best);
        best = next;
        cuts.push(cut);
    }
    search.cuts(&cuts)
}

/// What is searched for cuts.
pub(crate) struct Search {
    histogram: Histogram,
    /// How many classes there are, two or more.
    pub(crate) classes: usize,
    /// Sums of counts, and of counts times values, of all bins before each, and of all.
    pub(crate) sums: Vec<[f64; 2]>,
}

impl Search {
    /// `None` where there is nothing to be cut.
    pub(crate) fn new(histogram: &Histogram, classes: usize) -> Option<Self> {
        let histogram = histogram.coarser(BINS);
        let classes = classes.min(histogram.counts.iter().filter(|count| **count > 0).count());
        let mut sums = vec![[0.0; 2]];
        for (bin, count) in histogram.counts.iter().enumerate() {
            let [counts, values] = sums[bin];
            sums.push([counts + *count as f64, values + *count as f64 * bin as f64]);
        }
        (classes >= 2).then_some(Self { histogram, classes, sums })
    }

    /// What the bins before each are worth as one class.
    pub(crate) fn of_one_class(&self) -> Vec<f64> {
        (0..self.sums.len()).map(|to| self.worth(0, to)).collect()
    }

    /// For one class more than those whose worth is `best`, of the bins before each: the best worth, and where the last class begins.
    fn of_one_more(&self, classes: usize, best: &[f64]) -> (Vec<f64>, Vec<u32>) {
        let last = |to: usize| {
            let mut found = (f64::NEG_INFINITY, 0);
            for (from, before) in best.iter().enumerate().take(to).skip(classes) {
                let worth = before + self.worth(from, to);
                if worth > found.0 {
                    found = (worth, from as u32);
                }
            }
            found
        };
        (0..self.sums.len()).into_par_iter().with_min_len(64).map(last).unzip()
    }

    /// The more, the less variance is left within a class of bins.
    fn worth(&self, from: usize, to: usize) -> f64 {
        let [counts, values] = [0, 1].map(|sum| self.sums[to][sum] - self.sums[from][sum]);
        if counts > 0.0 { values * values / counts } else { 0.0 }
    }

    /// The cuts, by where the last of two classes begins, the last of three, and so on, of the bins before each.
    pub(crate) fn cuts(&self, last: &[Vec<u32>]) -> Vec<f64> {
        let mut to = self.histogram.counts.len();
        let mut values = Vec::new();
        for cut in last.iter().rev() {
            to = cut[to] as usize;
            // Empty bins at a cut may belong to either class: the middle of them is fairest. The first cut of equals was taken.
            let empty = self.histogram.counts[to..].iter().take_while(|count| **count == 0).count();
            values.push(self.histogram.value(to as f64 - 0.5 + empty as f64 / 2.0));
        }
        values.reverse();
        values
    }
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
