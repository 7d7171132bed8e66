//! Spatial Registrations (PS3.3 §C.20.2), as far as they relate Frames of Reference by a rigid movement.

use data_set::{Item, tags};

use crate::volume::{Place, Plane, dot};

/// Most Items of a registration that are looked at.
const ITEMS: usize = 256;
/// By how much what is said to be a rotation may differ from one.
const TOLERANCE: f64 = 1e-3;

/// Where points of other Frames of Reference lie in one.
#[derive(Debug, Default)]
pub(super) struct Registration {
    /// The Frame of Reference of the registration itself (the Registered RCS).
    registered: Option<String>,
    /// Others, and how their points move into it.
    sources: Vec<(String, Rigid)>,
}

impl Registration {
    /// Items that register images rather than a Frame of Reference, by several matrices, or by one that is not rigid, are left
    /// out.
    pub(super) fn read(root: &Item<'_>) -> Self {
        let uid = |item: &Item<'_>| item.raw_text(tags::FRAME_OF_REFERENCE_UID).map(str::to_owned);
        let items = root.items_of(tags::REGISTRATION_SEQUENCE).take(ITEMS);
        let source = |item: Item<'_>| Some((uid(&item).filter(|uid| !uid.is_empty())?, Rigid::read(&item)?));
        Self { registered: uid(root).filter(|uid| !uid.is_empty()), sources: items.filter_map(source).collect() }
    }

    /// How points of a Frame of Reference move into another.
    pub(super) fn between(&self, from: &str, to: &str) -> Option<Rigid> {
        Some(self.to_registered(from)?.then(&self.to_registered(to)?.inverse()))
    }

    fn to_registered(&self, from: &str) -> Option<Rigid> {
        let source = self.sources.iter().find(|(uid, _)| uid == from).map(|(_, rigid)| *rigid);
        source.or_else(|| (self.registered.as_deref() == Some(from)).then_some(Rigid::NONE))
    }
}

/// A rotation, then a translation in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rigid {
    rows: [[f64; 3]; 3],
    moved: [f64; 3],
}

impl Rigid {
    const NONE: Self = Self { rows: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], moved: [0.0; 3] };

    fn read(item: &Item<'_>) -> Option<Self> {
        let matrices = item.items_of(tags::MATRIX_REGISTRATION_SEQUENCE).next()?;
        let mut matrices = matrices.items_of(tags::MATRIX_SEQUENCE);
        let (matrix, other) = (matrices.next()?, matrices.next());
        let is_rigid = matrix.raw_text(tags::FRAME_OF_REFERENCE_TRANSFORMATION_MATRIX_TYPE) == Some("RIGID");
        if !is_rigid || other.is_some() {
            return None;
        }
        let numbers = matrix.floats(tags::FRAME_OF_REFERENCE_TRANSFORMATION_MATRIX);
        let [a, b, c, x, d, e, f, y, g, h, i, z, 0.0, 0.0, 0.0, 1.0] = numbers[..] else { return None };
        let rigid = Self { rows: [[a, b, c], [d, e, f], [g, h, i]], moved: [x, y, z] };
        (rigid.is_rotation() && rigid.moved.iter().all(|mm| mm.is_finite())).then_some(rigid)
    }

    /// Whether rows are perpendicular and of length 1, and nothing is mirrored.
    fn is_rotation(&self) -> bool {
        let [one, two, three] = self.rows;
        let is_near = |value: f64, wanted: f64| (value - wanted).abs() <= TOLERANCE;
        let third =
            [one[1] * two[2] - one[2] * two[1], one[2] * two[0] - one[0] * two[2], one[0] * two[1] - one[1] * two[0]];
        is_near(dot(one, one), 1.0)
            && is_near(dot(two, two), 1.0)
            && is_near(dot(one, two), 0.0)
            && (0..3).all(|axis| is_near(third[axis], three[axis]))
    }

    fn turned(&self, vector: [f64; 3]) -> [f64; 3] {
        self.rows.map(|row| dot(row, vector))
    }

    /// Where a point goes.
    fn point(&self, point: [f64; 3]) -> [f64; 3] {
        let turned = self.turned(point);
        std::array::from_fn(|axis| turned[axis] + self.moved[axis])
    }

    /// What moves everything back.
    fn inverse(&self) -> Self {
        let rows = std::array::from_fn(|row| std::array::from_fn(|column| self.rows[column][row]));
        let back = Self { rows, moved: [0.0; 3] };
        Self { moved: back.turned(self.moved).map(|mm| -mm), ..back }
    }

    /// This, and then another.
    fn then(&self, next: &Self) -> Self {
        let columns = self.inverse().rows;
        let rows = next.rows.map(|row| columns.map(|column| dot(row, column)));
        Self { rows, moved: next.point(self.moved) }
    }

    /// A plane in the Frame of Reference into which this moves.
    pub(super) fn plane(&self, plane: &Plane, into: &Plane) -> Plane {
        let Place { position, across, down, spacing } = plane.place;
        let place =
            Place { position: self.point(position), across: self.turned(across), down: self.turned(down), spacing };
        Plane { place, frame_of_reference: into.frame_of_reference.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quarter turn about the axis of the body, and then 10 mm to the left.
    const TURN: Rigid = Rigid { rows: [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], moved: [10.0, 0.0, 0.0] };
    const UP: Rigid = Rigid { moved: [0.0, 0.0, 5.0], ..Rigid::NONE };

    fn registration() -> Registration {
        let sources = vec![("1.1".to_owned(), TURN), ("1.2".to_owned(), UP)];
        Registration { registered: Some("1.9".to_owned()), sources }
    }

    #[test]
    fn points_go_by_the_registered_frame_of_reference() {
        let goes = |from: &str, to: &str| registration().between(from, to).map(|rigid| rigid.point([1.0, 2.0, 3.0]));
        assert_eq!(goes("1.1", "1.9"), Some([8.0, 1.0, 3.0]));
        assert_eq!(goes("1.9", "1.1"), Some([2.0, 9.0, 3.0]));
        assert_eq!(goes("1.1", "1.2"), Some([8.0, 1.0, -2.0]));
        assert_eq!(goes("1.2", "1.1"), Some([2.0, 9.0, 8.0]));
        assert_eq!(goes("1.9", "1.9"), Some([1.0, 2.0, 3.0]));
        assert_eq!((goes("1.3", "1.9"), goes("1.9", "1.3")), (None, None));
    }

    #[test]
    fn what_is_mirrored_or_scaled_is_no_rotation() {
        assert!(TURN.is_rotation() && UP.is_rotation() && TURN.inverse().is_rotation());
        for row in [[0.0, 0.0, -1.0], [0.0, 0.0, 1.1], [0.0; 3], [f64::NAN; 3]] {
            assert!(!Rigid { rows: [TURN.rows[0], TURN.rows[1], row], ..TURN }.is_rotation(), "{row:?}");
        }
    }
}
