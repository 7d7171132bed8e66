//! Spatial Registrations (PS3.3 §C.20.2): by which matrices Frames of Reference, or images, lie in one another.

use compute::volume::{Geometry, Point};
use data_set::{Item, tags};

use super::slice::{cross, dot};
use super::{Place, Plane};

/// Most Items of a registration that are looked at, images of an Item, and matrices of one.
const ITEMS: usize = 256;
const IMAGES: usize = 65_536;
const MATRICES: usize = 64;
/// By how much what is said to be a rotation may differ from one.
const TOLERANCE: f64 = 1e-3;
/// The least part of a volume that a matrix may leave of it.
const LEAST: f64 = 1e-9;

/// Where points of other Frames of Reference, or of images, lie in one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Registration {
    /// The Frame of Reference of the registration itself (the Registered RCS).
    registered: Option<String>,
    sources: Vec<Source>,
}

/// What moves into it.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    frame_of_reference: Option<String>,
    /// Whether it names images, and among them some that were asked about.
    names: Option<bool>,
    movement: Movement,
}

impl Registration {
    /// As far as it is of Frames of Reference, or of images that `is_image` knows by their SOP Instance UIDs. Items by what
    /// is no matrix are left out.
    pub(crate) fn read(root: &Item<'_>, is_image: impl Fn(&str) -> bool) -> Self {
        let uid = |item: &Item<'_>| {
            item.raw_text(tags::FRAME_OF_REFERENCE_UID).filter(|uid| !uid.is_empty()).map(str::to_owned)
        };
        let names = |item: &Item<'_>| {
            let images = item.items_of(tags::REFERENCED_IMAGE_SEQUENCE).take(IMAGES);
            let is_its = |image: Item<'_>| image.raw_text(tags::REFERENCED_SOP_INSTANCE_UID).is_some_and(&is_image);
            images.map(is_its).reduce(|any, is_its| any || is_its)
        };
        let source = |item: Item<'_>| {
            let (frame_of_reference, names) = (uid(&item), names(&item));
            Some(Source { frame_of_reference, names, movement: Movement::read(&item)? })
        };
        let items = root.items_of(tags::REGISTRATION_SEQUENCE).take(ITEMS);
        Self { registered: uid(root), sources: items.filter_map(source).collect() }
    }

    /// How points of a Frame of Reference move into another.
    pub(crate) fn between(&self, from: &str, to: &str) -> Option<Movement> {
        let own = self.source(from).or_else(|| self.is_registered(from).then_some(Movement::NONE));
        Some(own?.then(&self.back_to(to)?))
    }

    /// How points of the images that were asked about, which are of a Frame of Reference, move into another, or the same.
    pub(super) fn of_images(&self, from: Option<&str>, to: &str) -> Option<Movement> {
        match self.of_named().next() {
            Some(images) => Some(images.then(&self.back_to(to)?)),
            None if from == Some(to) => Some(Movement::NONE),
            None => self.between(from?, to),
        }
    }

    /// Whether it moves some of the images that were asked about in another way than others.
    pub(super) fn parts_images(&self) -> bool {
        let mut movements = self.of_named();
        movements.next().is_some_and(|first| movements.any(|other| other != first))
    }

    fn of_named(&self) -> impl Iterator<Item = Movement> {
        self.sources.iter().filter(|source| source.names == Some(true)).map(|source| source.movement)
    }

    /// How points of the Registered RCS move into a Frame of Reference.
    fn back_to(&self, frame: &str) -> Option<Movement> {
        match self.is_registered(frame) {
            true => Some(Movement::NONE),
            false => self.source(frame).map(|movement| movement.inverse()),
        }
    }

    /// An Item of all images of a Frame of Reference goes before one that names some.
    fn source(&self, frame: &str) -> Option<Movement> {
        let is_its = |source: &&Source| source.frame_of_reference.as_deref() == Some(frame);
        let source = self.sources.iter().filter(is_its).min_by_key(|source| source.names.is_some());
        source.map(|source| source.movement)
    }

    fn is_registered(&self, frame: &str) -> bool {
        self.registered.as_deref() == Some(frame)
    }
}

/// A matrix, then a translation in mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Movement {
    rows: [Point; 3],
    moved: Point,
    /// Whether its type says that it is a rotation and a translation.
    is_rigid: bool,
}

impl Movement {
    pub(super) const NONE: Self =
        Self { rows: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], moved: [0.0; 3], is_rigid: true };

    /// The matrices of an Item, the first of which moves first (PS3.3 §C.20.2.1.1, Equation C.20.2-2).
    fn read(item: &Item<'_>) -> Option<Self> {
        let registration = item.items_of(tags::MATRIX_REGISTRATION_SEQUENCE).next()?;
        let matrices = registration.items_of(tags::MATRIX_SEQUENCE).take(MATRICES + 1).map(|matrix| Self::one(&matrix));
        let matrices = matrices.collect::<Option<Vec<Self>>>()?;
        match matrices.len() {
            1..=MATRICES => matrices.into_iter().reduce(|all, next| all.then(&next)),
            _ => None,
        }
    }

    /// One matrix, which is what its type says.
    fn one(matrix: &Item<'_>) -> Option<Self> {
        let numbers = matrix.floats(tags::FRAME_OF_REFERENCE_TRANSFORMATION_MATRIX);
        let [a, b, c, x, d, e, f, y, g, h, i, z, 0.0, 0.0, 0.0, 1.0] = numbers[..] else { return None };
        let kind = matrix.raw_text(tags::FRAME_OF_REFERENCE_TRANSFORMATION_MATRIX_TYPE)?;
        let is_rigid = kind == "RIGID";
        let movement = Self { rows: [[a, b, c], [d, e, f], [g, h, i]], moved: [x, y, z], is_rigid };
        let is_sound = match kind {
            "RIGID" => movement.is_rotation(),
            "RIGID_SCALE" | "AFFINE" => movement.determinant().abs() > LEAST,
            _ => false,
        };
        (is_sound && numbers.iter().all(|number| number.is_finite())).then_some(movement)
    }

    /// Whether it is nothing but a rotation and a translation.
    pub(crate) fn is_rigid(&self) -> bool {
        self.is_rigid
    }

    /// Whether rows are perpendicular and of length 1, and nothing is mirrored.
    fn is_rotation(&self) -> bool {
        let [one, two, three] = self.rows;
        let is_near = |value: f64, wanted: f64| (value - wanted).abs() <= TOLERANCE;
        let third = cross(one, two);
        is_near(dot(one, one), 1.0)
            && is_near(dot(two, two), 1.0)
            && is_near(dot(one, two), 0.0)
            && (0..3).all(|axis| is_near(third[axis], three[axis]))
    }

    fn determinant(&self) -> f64 {
        dot(self.rows[0], cross(self.rows[1], self.rows[2]))
    }

    fn turned(&self, vector: Point) -> Point {
        self.rows.map(|row| dot(row, vector))
    }

    /// Where a point goes.
    fn point(&self, point: Point) -> Point {
        let turned = self.turned(point);
        std::array::from_fn(|axis| turned[axis] + self.moved[axis])
    }

    /// What moves everything back.
    fn inverse(&self) -> Self {
        let [one, two, three] = self.rows;
        let columns = [cross(two, three), cross(three, one), cross(one, two)];
        let rows = std::array::from_fn(|row| columns.map(|column| column[row] / self.determinant()));
        let back = Self { rows, moved: [0.0; 3], is_rigid: self.is_rigid };
        Self { moved: back.turned(self.moved).map(|mm| -mm), ..back }
    }

    /// This, and then another.
    fn then(&self, next: &Self) -> Self {
        let columns: [Point; 3] = std::array::from_fn(|column| self.rows.map(|row| row[column]));
        let rows = next.rows.map(|row| columns.map(|column| dot(row, column)));
        Self { rows, moved: next.point(self.moved), is_rigid: self.is_rigid && next.is_rigid }
    }

    /// A plane in the Frame of Reference into which this moves it without making it larger.
    pub(crate) fn plane(&self, plane: &Plane, into: &Plane) -> Plane {
        let Place { position, across, down, spacing } = plane.place;
        let place =
            Place { position: self.point(position), across: self.turned(across), down: self.turned(down), spacing };
        Plane { place, frame_of_reference: into.frame_of_reference.clone() }
    }

    /// Slices where this moves them.
    pub(super) fn geometry(&self, geometry: &Geometry) -> Geometry {
        Geometry {
            across: self.turned(geometry.across),
            down: self.turned(geometry.down),
            origins: geometry.origins.iter().map(|origin| self.point(*origin)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quarter turn about the axis of the body, and then 10 mm to the left.
    const TURN: Movement = Movement {
        rows: [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
        moved: [10.0, 0.0, 0.0],
        ..Movement::NONE
    };
    const UP: Movement = Movement { moved: [0.0, 0.0, 5.0], ..Movement::NONE };

    fn source(frame: &str, names: Option<bool>, movement: Movement) -> Source {
        Source { frame_of_reference: Some(frame.to_owned()), names, movement }
    }

    fn registration() -> Registration {
        let sources = vec![source("1.1", None, TURN), source("1.2", None, UP)];
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
    fn images_that_are_named_go_before_their_frame_of_reference() {
        let mut registration = registration();
        registration.sources.push(source("1.9", Some(true), UP));
        let goes = |from: Option<&str>, to: &str| Some(registration.of_images(from, to)?.point([1.0, 2.0, 3.0]));
        assert_eq!(goes(Some("1.1"), "1.9"), Some([1.0, 2.0, 8.0]));
        assert_eq!(goes(Some("1.9"), "1.9"), Some([1.0, 2.0, 8.0]), "the patient moved between two of one space");
        assert_eq!(goes(None, "1.2"), Some([1.0, 2.0, 3.0]));
        assert_eq!(goes(None, "1.3"), None);
        registration.sources.truncate(2);
        let goes = |from: Option<&str>, to: &str| Some(registration.of_images(from, to)?.point([1.0, 2.0, 3.0]));
        assert_eq!(goes(Some("1.1"), "1.9"), Some([8.0, 1.0, 3.0]));
        assert_eq!((goes(Some("1.1"), "1.1"), goes(None, "1.9")), (Some([1.0, 2.0, 3.0]), None));
    }

    #[test]
    fn images_are_moved_as_one() {
        let mut registration = registration();
        registration.sources.insert(0, source("1.1", Some(false), UP));
        let goes = registration.between("1.1", "1.9").map(|movement| movement.point([1.0, 2.0, 3.0]));
        assert_eq!(goes, Some([8.0, 1.0, 3.0]), "an Item of others is not of these");
        registration.sources.push(source("1.1", Some(true), TURN));
        assert!(!registration.parts_images());
        registration.sources.push(source("1.1", Some(true), UP));
        assert!(registration.parts_images());
    }

    #[test]
    fn what_is_mirrored_or_scaled_is_no_rotation() {
        assert!(TURN.is_rotation() && UP.is_rotation() && TURN.inverse().is_rotation());
        for row in [[0.0, 0.0, -1.0], [0.0, 0.0, 1.1], [0.0; 3], [f64::NAN; 3]] {
            assert!(!Movement { rows: [TURN.rows[0], TURN.rows[1], row], ..TURN }.is_rotation(), "{row:?}");
        }
    }

    #[test]
    fn movements_follow_one_another_and_are_undone() {
        let rows = [[2.0, 1.0, 0.0], [0.0, 4.0, 0.0], [0.0, 1.0, 1.0]];
        let sheared = Movement { rows, moved: [3.0, -1.0, 7.0], is_rigid: false };
        assert!(!TURN.then(&sheared).is_rigid() && TURN.then(&UP).inverse().is_rigid());
        // Turned to the side first, then sheared.
        assert_eq!(TURN.then(&sheared).point([1.0, 2.0, 3.0]), sheared.point([8.0, 1.0, 3.0]));
        let back = sheared.then(&sheared.inverse());
        assert_eq!(back.point([1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
        let origins = vec![[0.0; 3], [0.0, 0.0, 2.0]];
        let geometry = Geometry { across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], origins };
        let moved = TURN.geometry(&geometry);
        assert_eq!((moved.across, moved.down), ([0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]));
        assert_eq!(moved.origins, [[10.0, 0.0, 0.0], [10.0, 0.0, 2.0]]);
    }
}
