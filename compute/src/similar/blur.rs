//! A square smoothed by a bell: what shifts and turns a picture a little changes less of it then.

/// A square of `side` cells a row smoothed by a Gaussian of a standard deviation in cells, three of them far to each side; the edge
/// is repeated. What lies equally far to both sides is added first, so that a mirrored square becomes the mirror image to the bit.
pub fn blurred(cells: &[f32], side: usize, deviation: f32) -> Vec<f32> {
    let weights = weights(deviation);
    let reach = weights.len() - 1;
    let mut down = vec![0.0; cells.len()];
    for (row, sums) in down.chunks_exact_mut(side).enumerate() {
        for (distance, weight) in weights.iter().enumerate() {
            let (above, below) = (row.saturating_sub(distance), (row + distance).min(side - 1));
            add(&cells[above * side..][..side], &cells[below * side..][..side], *weight, sums);
        }
    }
    let mut both = vec![0.0; cells.len()];
    let mut padded = vec![0.0; side + 2 * reach];
    for (row, sums) in down.chunks_exact(side).zip(both.chunks_exact_mut(side)) {
        padded[..reach].fill(row[0]);
        padded[reach..][..side].copy_from_slice(row);
        padded[reach + side..].fill(row[side - 1]);
        for (distance, weight) in weights.iter().enumerate() {
            add(&padded[reach - distance..][..side], &padded[reach + distance..][..side], *weight, sums);
        }
    }
    both
}

fn add(one: &[f32], other: &[f32], weight: f32, sums: &mut [f32]) {
    sums.iter_mut().zip(one.iter().zip(other)).for_each(|(sum, (one, other))| *sum += weight * (one + other));
}

/// How much a cell counts by its distance from the middle, which is added to itself.
fn weights(deviation: f32) -> Vec<f32> {
    let reach = (3.0 * deviation).ceil() as i32;
    let bell: Vec<f32> = (0..=reach).map(|distance| (-(distance as f32 / deviation).powi(2) / 2.0).exp()).collect();
    let all = 2.0 * bell.iter().sum::<f32>() - bell[0];
    bell.iter()
        .enumerate()
        .map(|(distance, weight)| if distance == 0 { weight / all / 2.0 } else { weight / all })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_even_stays_and_a_point_becomes_a_bell() {
        assert!(blurred(&[7.0; 400], 20, 2.0).iter().all(|cell| (cell - 7.0).abs() < 1e-5));
        let mut point = vec![0.0; 41 * 41];
        point[20 * 41 + 20] = 1.0;
        let bell = blurred(&point, 41, 3.0);
        assert!((bell.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let spread: f32 = (0..41 * 41).map(|place| bell[place] * ((place % 41) as f32 - 20.0).powi(2)).sum();
        assert!((spread - 9.0).abs() < 0.3, "{spread}");
        assert!((bell[20 * 41 + 23] - bell[23 * 41 + 20]).abs() < 1e-9);
    }

    #[test]
    fn a_mirrored_square_becomes_the_mirror_image() {
        let cells: Vec<f32> = (0..400).map(|place: usize| (place * place % 101) as f32 / 7.0).collect();
        let mirrored = |cells: &[f32]| cells.chunks(20).flat_map(|row| row.iter().rev().copied()).collect::<Vec<f32>>();
        assert_eq!(blurred(&mirrored(&cells), 20, 2.0), mirrored(&blurred(&cells, 20, 2.0)));
    }

    #[test]
    fn the_edge_is_repeated() {
        let ramp: Vec<f32> = (0..64).map(|place| if place % 8 < 4 { 0.0 } else { 1.0 }).collect();
        let smooth = blurred(&ramp, 8, 0.5);
        assert!(smooth[0] < 1e-6 && (smooth[7] - 1.0).abs() < 1e-6 && (0.1..0.5).contains(&smooth[3]));
    }
}
