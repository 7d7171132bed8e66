//! What is looked for: an example, seen in one or more ways, whole or in part.

use super::distance::{Rectangle, squared_in, squared_within};
use super::pyramid::{Pyramid, SIDES, TOP};
use super::score;
use super::shelf::Copied;
use super::{bound, nearest::Found};

/// The example as it is compared with each picture.
#[derive(Debug, Clone)]
struct View {
    pyramid: Pyramid,
    /// The part that counts, at each level; `None` where no whole cell lies in it.
    parts: Option<[Option<Rectangle>; SIDES.len()]>,
}

/// An example to look for. The distance of a picture is that to the nearest view.
#[derive(Debug, Clone)]
pub struct Query {
    views: Vec<View>,
    part: Option<Rectangle>,
    /// How many pictures are wanted.
    pub limit: usize,
    /// The largest distance that is wanted.
    pub within: u64,
}

impl Query {
    /// The whole example, as it is.
    pub fn new(example: Pyramid, limit: usize) -> Self {
        Self { views: vec![View { pyramid: example, parts: None }], part: None, limit, within: u64::MAX }
    }

    /// Only the cells of 256 within a rectangle count. Nothing changes when it does not lie within the example.
    pub fn inside(mut self, part: Rectangle) -> Self {
        if part.area() > 0 && part.columns.end <= SIDES[TOP] && part.rows.end <= SIDES[TOP] {
            let mirrored = part.mirrored(SIDES[TOP]);
            self.views.iter_mut().zip([&part, &mirrored]).for_each(|(view, part)| view.parts = Some(parts(part)));
            self.part = Some(part);
        }
        self
    }

    /// The example's mirror image is looked for too: view 1.
    pub fn or_mirrored(mut self) -> Self {
        let part = self.part.as_ref().map(|part| parts(&part.mirrored(SIDES[TOP])));
        self.views.truncate(1);
        self.views.push(View { pyramid: self.views[0].pyramid.mirrored(), parts: part });
        self
    }

    /// Only pictures with at least this score.
    pub fn scoring(mut self, least: f64) -> Self {
        self.within = score::distance(least, self.cells());
        self
    }

    /// Whether all of the example counts.
    pub fn is_whole(&self) -> bool {
        self.part.is_none()
    }

    /// How many cells of 256 count.
    pub fn cells(&self) -> usize {
        self.part.as_ref().map_or(SIDES[TOP] * SIDES[TOP], Rectangle::area)
    }

    /// The score of a picture that was found.
    pub fn score(&self, found: &Found) -> f64 {
        score::score(found.distance, self.cells())
    }

    /// Whether copies of a level tell anything: not when the part that counts has no whole cell there.
    pub(super) fn tells(&self, level: usize) -> bool {
        self.views.iter().all(|view| view.parts.as_ref().is_none_or(|parts| parts[level].is_some()))
    }

    /// The cells of each view at a level, when all of them count.
    pub(crate) fn whole(&self, level: usize) -> Option<impl Iterator<Item = Copied<'_>>> {
        self.part.is_none().then(|| self.views.iter().map(move |view| view.pyramid.level(level).into()))
    }

    /// No more than the distance of the picture with this copy.
    pub(super) fn bound(&self, level: usize, copy: &Copied) -> f32 {
        let factor = (SIDES[TOP] / SIDES[level]) as f32;
        let of = |view: &View| {
            let own = view.pyramid.level(level);
            match view.parts.as_ref().map(|parts| &parts[level]) {
                None => {
                    let squared = squared_within(&own.cells, &copy.cells, u64::MAX).unwrap_or(0);
                    bound::least(squared as u32, factor, own.margin, copy.margin)
                }
                Some(None) => 0.0,
                Some(Some(part)) => {
                    let squared = squared_in(&own.cells, &copy.cells, SIDES[level], part, u64::MAX).unwrap_or(0);
                    bound::least_inside(squared as u32, factor, own.margin, copy.margin)
                }
            }
        };
        self.views.iter().map(of).fold(f32::MAX, f32::min)
    }

    /// The picture with this copy of 256, unless it is farther than `most`.
    pub(super) fn compare(&self, index: u32, copy: &[u8], mut most: u64) -> Option<Found> {
        let mut nearest = None;
        for (view, place) in self.views.iter().zip(0..) {
            let own = &view.pyramid.level(TOP).cells;
            let distance = match view.parts.as_ref().and_then(|parts| parts[TOP].as_ref()) {
                None => squared_within(own, copy, most),
                Some(part) => squared_in(own, copy, SIDES[TOP], part, most),
            };
            // A later view has to be nearer, not as near.
            if let Some(distance) =
                distance.filter(|distance| nearest.is_none_or(|found: Found| *distance < found.distance))
            {
                most = distance;
                nearest = Some(Found { distance, index, view: place });
            }
        }
        nearest
    }
}

fn parts(part: &Rectangle) -> [Option<Rectangle>; SIDES.len()] {
    SIDES.map(|side| part.pooled(SIDES[TOP] / side))
}
