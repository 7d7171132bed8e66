//! Tones by rank: what a change of exposure, a window or a tone curve leaves as it is.

/// How many steps of grey between the darkest and the lightest cell are told apart.
const STEPS: usize = 4096;

/// The middle of the tones: what a picture of one colour is made of.
pub const MIDDLE: u8 = 128;

/// Standard deviation of tones that are spread evenly.
pub const SPREAD: f64 = 73.9;

/// The tone of each cell, 0 to 255: the share of cells darker than it, those like it counted half.
///
/// Tones are spread evenly, whatever the picture's own distribution; large areas of one grey lie in the middle of their ranks. A
/// picture of one colour, and one with a cell that is no number, is [`MIDDLE`] throughout.
pub fn by_rank(cells: &[f32]) -> Vec<u8> {
    let (least, most) = cells.iter().fold((f32::MAX, f32::MIN), |(least, most), v| (least.min(*v), most.max(*v)));
    let range = most - least;
    // Means of one colour differ by rounding only.
    if !range.is_finite() || range <= 1e-5 * most.abs().max(least.abs()) || cells.iter().any(|v| v.is_nan()) {
        return vec![MIDDLE; cells.len()];
    }
    let scale = (STEPS - 1) as f32 / range;
    let step = |value: f32| (((value - least) * scale) as usize).min(STEPS - 1);
    let mut counts = vec![0_usize; STEPS];
    for value in cells {
        counts[step(*value)] += 1;
    }
    let mut darker = 0;
    let tones: Vec<u8> = counts
        .iter()
        .map(|count| {
            let rank = 2 * darker + count;
            darker += count;
            (rank * 255 / (2 * cells.len())) as u8
        })
        .collect();
    cells.iter().map(|value| tones[step(*value)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_are_spread_evenly() {
        let cells: Vec<f32> = (0..1000).map(|v| (v as f32).powi(2)).collect();
        let tones = by_rank(&cells);
        assert!(tones[0] < 20 && tones[999] == 254, "{} {}", tones[0], tones[999]);
        assert!((120..=130).contains(&tones[500]));
    }

    #[test]
    fn exposure_does_not_matter() {
        let cells: Vec<f32> = (0..256).map(|v| ((v * 37) % 256) as f32).collect();
        let brighter: Vec<f32> = cells.iter().map(|v| 100.0 + 3.0 * v).collect();
        assert_eq!(by_rank(&cells), by_rank(&brighter));
    }

    #[test]
    fn one_colour_and_no_number_are_the_middle() {
        assert_eq!(by_rank(&[3.0; 9]), [MIDDLE; 9]);
        assert_eq!(by_rank(&[3.0, f32::NAN]), [MIDDLE; 2]);
        assert_eq!(by_rank(&[f32::MIN, f32::MAX]), [MIDDLE; 2]);
    }
}
