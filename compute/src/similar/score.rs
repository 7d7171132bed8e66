//! Scores: distances as a number from 0 (unlike) to 1 (identical).

use super::tones::SPREAD;

/// The score of a distance over `cells` cells of 256: `max(0, 1 − distance / (2 · cells · σ²))`, `σ` the spread of tones.
///
/// Tones of a picture have this spread, so over the whole of two pictures it is their correlation: 1 for identical copies and for these
/// alone, near 0 for pictures that have nothing to do with each other, and 0 for those that are opposite. A picture of one colour has
/// 1 with another one, and about a half with any other.
pub fn score(distance: u64, cells: usize) -> f64 {
    if cells == 0 {
        return 0.0;
    }
    (1.0 - distance as f64 / (2.0 * cells as f64 * SPREAD * SPREAD)).max(0.0)
}

/// The largest distance with at least a score. All distances score at least 0.
pub fn distance(score: f64, cells: usize) -> u64 {
    if score > 0.0 { ((1.0 - score).max(0.0) * 2.0 * cells as f64 * SPREAD * SPREAD) as u64 } else { u64::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identical_copies_score_one() {
        assert_eq!(score(0, 65536), 1.0);
        assert!(score(1, 65536) < 1.0);
        assert_eq!(score(u64::MAX, 65536), 0.0);
        assert_eq!(score(0, 0), 0.0);
    }

    #[test]
    fn a_threshold_is_the_distance_of_its_score() {
        for threshold in [0.25, 0.5, 0.99, 1.0] {
            let most = distance(threshold, 65536);
            assert!(score(most, 65536) >= threshold - 1e-12 && score(most + 1, 65536) < threshold);
        }
        assert_eq!(distance(0.0, 65536), u64::MAX);
        assert_eq!(distance(f64::NAN, 65536), u64::MAX);
    }
}
