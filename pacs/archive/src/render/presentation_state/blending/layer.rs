//! Which superimposed frame lies on a plane, and its values there.

use crate::volume::{Movement, Plane, Registration, dot};
use crate::{Error, StoredInstance};

/// How far a plane may be from the only one, in mm, and how far from parallel (the cosine between their normals).
const NEAR: f64 = 0.5;
const PARALLEL: f64 = 0.999_9;

type Layer = (StoredInstance, u32, Plane);

/// Superimposed frames with their places.
#[derive(Debug, Default)]
pub(super) struct Layers(Vec<Layer>);

impl Layers {
    pub(super) fn new(layers: Vec<Layer>) -> Self {
        Self(layers)
    }

    /// The nearest one that a plane lies on, and its own plane in the plane's Frame of Reference.
    pub(super) fn on(&self, plane: &Plane, registrations: &[Registration]) -> Result<(&Layer, Plane), Error> {
        let refused = |words: &str| Error::NotAcceptable(format!("the images cannot be blended: {words}"));
        if self.0.is_empty() {
            return Err(refused("none of the superimposed ones is here and says where it lies"));
        }
        let moved = |layer| Some((layer, moved(layer, plane, registrations)?));
        let mut layers = self.0.iter().filter_map(moved).peekable();
        if layers.peek().is_none() {
            return Err(refused(
                "they do not share a Frame of Reference, and no rigid Spatial Registration that the presentation state names \
                 relates theirs",
            ));
        }
        let normal = plane.normal();
        let depth = |layer: &(&Layer, Plane)| dot(normal, layer.1.place.position);
        let mut parallel: Vec<(&Layer, Plane)> =
            layers.filter(|layer| dot(layer.1.normal(), normal).abs() >= PARALLEL).collect();
        parallel.sort_by(|a, b| depth(a).total_cmp(&depth(b)));
        let gaps = parallel.windows(2).map(|pair| depth(&pair[1]) - depth(&pair[0])).filter(|gap| *gap > 1e-3);
        let gap = gaps.fold(f64::INFINITY, f64::min);
        let reach = if gap.is_finite() { gap / 2.0 + 1e-3 } else { NEAR };
        let own = dot(normal, plane.place.position);
        let distance = |layer: &(&Layer, Plane)| (depth(layer) - own).abs();
        let nearest = parallel.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        match nearest {
            None => Err(refused("their planes are not parallel")),
            Some(layer) if distance(&layer) > reach => Err(refused(&format!(
                "the nearest superimposed plane is {:.1} mm away from the underlying one",
                distance(&layer)
            ))),
            Some(layer) => Ok(layer),
        }
    }
}

/// The plane of a layer in the Frame of Reference of another plane: its own, or as the first registration says that knows both.
fn moved(layer: &Layer, plane: &Plane, registrations: &[Registration]) -> Option<Plane> {
    let (from, to) = (layer.2.frame_of_reference.as_deref()?, plane.frame_of_reference.as_deref()?);
    if from == to {
        return Some(layer.2.clone());
    }
    let between = |registration: &Registration| registration.between(from, to).filter(Movement::is_rigid);
    let rigid = registrations.iter().find_map(between)?;
    Some(rigid.plane(&layer.2, plane))
}

/// Values of a frame at the pixels of another.
pub(super) struct Sampler<'a> {
    values: &'a [f32],
    size: (usize, usize),
    /// Column and row of the other frame's first pixel, and what a column and a row of it add.
    origin: [f64; 2],
    column: [f64; 2],
    row: [f64; 2],
}

impl<'a> Sampler<'a> {
    pub(super) fn new(values: &'a [f32], size: (usize, usize), from: &Plane, onto: &Plane) -> Result<Self, Error> {
        if values.len() < size.0 * size.1 {
            return Err(Error::Damaged("the superimposed image ends early".into()));
        }
        let (from, onto) = (&from.place, &onto.place);
        let along = |vector: [f64; 3], length: f64| {
            [dot(vector, from.across) * length / from.spacing[0], dot(vector, from.down) * length / from.spacing[1]]
        };
        let offset = std::array::from_fn(|axis| onto.position[axis] - from.position[axis]);
        Ok(Self {
            values,
            size,
            origin: along(offset, 1.0),
            column: along(onto.across, onto.spacing[0]),
            row: along(onto.down, onto.spacing[1]),
        })
    }

    /// The value at a pixel, linear between its neighbours; `None` outside.
    pub(super) fn value(&self, column: usize, row: usize) -> Option<f32> {
        let place = |axis: usize| self.origin[axis] + column as f64 * self.column[axis] + row as f64 * self.row[axis];
        let between = |place: f64, length: usize| {
            let last = (length - 1) as f64;
            let within = (-0.5 - 1e-6..=last + 0.5 + 1e-6).contains(&place);
            let place = place.clamp(0.0, last);
            let first = place as usize;
            within.then(|| (first, (first + 1).min(length - 1), (place - first as f64) as f32))
        };
        let (left, right, across) = between(place(0), self.size.0)?;
        let (above, below, down) = between(place(1), self.size.1)?;
        let at = |column: usize, row: usize| self.values[row * self.size.0 + column];
        let mean = |row: usize| at(left, row) + (at(right, row) - at(left, row)) * across;
        Some(mean(above) + (mean(below) - mean(above)) * down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::stored_instance;
    use crate::volume::Place;

    fn plane(position: [f64; 3], spacing: f64, reference: &str) -> Plane {
        let place = Place { position, across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], spacing: [spacing; 2] };
        Plane { place, frame_of_reference: Some(reference.into()) }
    }

    fn layers(depths: &[f64]) -> Layers {
        let layer = |depth: &f64| {
            (stored_instance("1.2.840.10008.1.2.1"), *depth as u32, plane([0.0, 0.0, *depth], 2.0, "1.2"))
        };
        Layers::new(depths.iter().map(layer).collect())
    }

    #[test]
    fn the_nearest_plane_is_laid_over() {
        let layers = layers(&[0.0, 3.0, 6.0]);
        let on = |depth: f64| layers.on(&plane([5.0, 5.0, depth], 1.0, "1.2"), &[]).map(|(layer, _)| layer.1).ok();
        assert_eq!([on(3.0), on(4.4), on(4.6), on(7.5), on(8.0)], [Some(3), Some(3), Some(6), Some(6), None]);
    }

    #[test]
    fn what_does_not_fit_is_refused_in_words() {
        let words = |layers: Layers, plane: Plane| layers.on(&plane, &[]).map(drop).expect_err("no layer").to_string();
        assert!(words(layers(&[]), plane([0.0; 3], 1.0, "1.2")).contains("none of the superimposed ones"));
        assert!(words(layers(&[0.0]), plane([0.0; 3], 1.0, "1.3")).contains("Frame of Reference"));
        assert!(words(layers(&[0.0]), plane([0.0, 0.0, 9.0], 1.0, "1.2")).contains("9.0 mm away"));
        let mut steep = plane([0.0; 3], 1.0, "1.2");
        steep.place.down = [0.0, 0.0, 1.0];
        assert!(words(layers(&[0.0]), steep).contains("not parallel"));
    }

    #[test]
    fn values_lie_between_their_neighbours() {
        let values = [0.0, 10.0, 20.0, 30.0];
        let at = Sampler::new(&values, (2, 2), &plane([0.0; 3], 2.0, "1"), &plane([0.0; 3], 1.0, "1")).expect("values");
        assert_eq!(
            [at.value(0, 0), at.value(1, 0), at.value(2, 2), at.value(1, 1)],
            [Some(0.0), Some(5.0), Some(30.0), Some(15.0)]
        );
        assert_eq!((at.value(3, 0), at.value(4, 0)), (Some(10.0), None));
        assert!(Sampler::new(&values, (2, 3), &plane([0.0; 3], 2.0, "1"), &plane([0.0; 3], 1.0, "1")).is_err());
    }
}
