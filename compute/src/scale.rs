//! Pictures to the size of the screen: by the mean of what a pixel covers when shrinking, bilinear when growing.

use rayon::prelude::*;

use crate::Picture;

/// The largest size within `viewport` that keeps the aspect of a picture. No side is shorter than one pixel.
pub fn fit(width: u32, height: u32, viewport: (u32, u32)) -> (u32, u32) {
    let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let scale = (f64::from(viewport.0) / width).min(f64::from(viewport.1) / height);
    let side = |length: f64, most: u32| ((length * scale).round() as u32).clamp(1, most.max(1));
    (side(width, viewport.0), side(height, viewport.1))
}

/// The picture at another size.
pub fn scale(picture: &Picture, width: u32, height: u32) -> Picture {
    if (width, height) == (picture.width, picture.height) {
        return picture.clone();
    }
    let columns = weights(picture.width as usize, width as usize);
    let rows = weights(picture.height as usize, height as usize);
    let channels = usize::from(picture.channels);
    let from_row = picture.width as usize * channels;
    let to_row = width as usize * channels;
    let mut samples = vec![0; to_row * height as usize];
    samples.par_chunks_exact_mut(to_row.max(1)).zip(rows).for_each(|(target, row)| {
        let mut sums = vec![0.0_f32; from_row];
        for (offset, weight) in row.weights.iter().enumerate() {
            let source = &picture.samples[(row.first + offset) * from_row..][..from_row];
            sums.iter_mut().zip(source).for_each(|(sum, sample)| *sum += weight * f32::from(*sample));
        }
        for (pixel, column) in target.chunks_exact_mut(channels).zip(&columns) {
            for (channel, sample) in pixel.iter_mut().enumerate() {
                let source = sums[column.first * channels..].iter().skip(channel).step_by(channels);
                let value: f32 = column.weights.iter().zip(source).map(|(weight, sum)| weight * sum).sum();
                *sample = (value + 0.5) as u8;
            }
        }
    });
    Picture { width, height, channels: picture.channels, samples }
}

/// Which source pixels make one target pixel along one axis, and by how much; weights add up to 1.
struct Weights {
    first: usize,
    weights: Vec<f32>,
}

fn weights(from: usize, to: usize) -> Vec<Weights> {
    let ratio = from as f64 / to as f64;
    (0..to).map(|place| if to < from { area(place, ratio, from) } else { linear(place, ratio, from) }).collect()
}

/// The share that each source pixel has in the stretch that a target pixel covers.
fn area(place: usize, ratio: f64, from: usize) -> Weights {
    let (start, end) = (place as f64 * ratio, ((place + 1) as f64 * ratio).min(from as f64));
    let (first, last) = (start.floor() as usize, (end.ceil() as usize).clamp(start.floor() as usize + 1, from));
    let share = |pixel: usize| (end.min((pixel + 1) as f64) - start.max(pixel as f64)) / (end - start);
    Weights { first, weights: (first..last).map(|pixel| share(pixel).max(0.0) as f32).collect() }
}

/// The two source pixels around the centre of a target pixel.
fn linear(place: usize, ratio: f64, from: usize) -> Weights {
    let centre = ((place as f64 + 0.5) * ratio - 0.5).clamp(0.0, (from - 1) as f64);
    let first = (centre as usize).min(from.saturating_sub(2));
    let part = (centre - first as f64) as f32;
    Weights { first, weights: if from == 1 { vec![1.0] } else { vec![1.0 - part, part] } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32, samples: Vec<u8>) -> Picture {
        Picture { width, height, channels: 1, samples }
    }

    #[test]
    fn the_aspect_is_kept_within_the_viewport() {
        assert_eq!(fit(512, 256, (100, 100)), (100, 50));
        assert_eq!(fit(10, 20, (100, 100)), (50, 100));
        assert_eq!(fit(10000, 1, (100, 100)), (100, 1));
    }

    #[test]
    fn shrinking_takes_the_mean_of_what_a_pixel_covers() {
        assert_eq!(scale(&grey(4, 1, vec![0, 100, 200, 250]), 2, 1).samples, [50, 225]);
        // A pixel and a half of each: (2·0 + 90)/3 and (90 + 2·240)/3.
        assert_eq!(scale(&grey(3, 1, vec![0, 90, 240]), 2, 1).samples, [30, 190]);
    }

    #[test]
    fn growing_is_linear_between_pixel_centres() {
        assert_eq!(scale(&grey(2, 1, vec![0, 200]), 4, 1).samples, [0, 50, 150, 200]);
        assert_eq!(scale(&grey(1, 1, vec![9]), 3, 2).samples, [9; 6]);
    }

    #[test]
    fn an_even_picture_stays_even_at_any_size() {
        let picture = Picture { width: 37, height: 23, channels: 3, samples: [12, 255, 77].repeat(37 * 23) };
        for (width, height) in [(1, 1), (5, 99), (36, 22), (38, 24), (200, 1)] {
            let scaled = scale(&picture, width, height);
            assert_eq!(scaled.samples, [12, 255, 77].repeat((width * height) as usize), "{width} {height}");
        }
    }
}
