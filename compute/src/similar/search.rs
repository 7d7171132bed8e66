//! The exact search: what a comparison of all copies of 256 would find, from a look at the small copies of all pictures.
//!
//! Each level gives a bound below the distance of each candidate. The most promising are compared at 256 at once, which tells how near
//! a picture has to be; who cannot be that near is left out, and the others are looked at one level higher. Of the last, the
//! copies of 256 are compared in the order of their bounds, until no bound is near enough.

use rayon::prelude::*;

use super::bound::{Margin, least};
use super::distance::squared_each;
use super::nearest::{Found, Nearest};
use super::pyramid::{SIDES, TOP};
use super::query::Query;
use super::shelf::{HELD, Shelf, Source};

/// How many pictures a thread scans at a time.
const BATCH: usize = 4096;

/// How many queries a pass over the smallest copies takes.
const TOGETHER: usize = 16;

/// How many copies of 256 are compared between two looks at how near a picture has to be.
const ROUND: usize = 8;

/// What was found, and what it took.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Nearest first; ties in the order of the shelf.
    pub found: Vec<Found>,
    /// How many pictures were looked at, at each level of [`SIDES`].
    pub looks: [usize; SIDES.len()],
}

/// Whether a picture, by its place on the shelf, is one of those looked for. Asked of those alone that may be near.
pub type Keeps<'a> = dyn Fn(u32) -> bool + Sync + 'a;

/// Says yes to all.
pub(crate) const ALL: &Keeps<'static> = &|_| true;

/// A picture that may be near: no nearer than its bound.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    bound: f32,
    index: u32,
}

/// The pictures of a shelf nearest to a query: all of them, or those in `among` (places on the shelf, each once; others are left out).
///
/// # Errors
/// What `source` says of the first larger copy that it could not read.
pub fn search<S>(shelf: &Shelf, source: &S, query: &Query, among: Option<&[u32]>) -> Result<Answer, S::Error>
where
    S: Source + ?Sized,
{
    let bounds = bounds(shelf, std::slice::from_ref(query), among).pop().flatten();
    search_from(bounds, shelf, source, query, (among, ALL))
}

/// The same among those that `keeps` says yes to: where these are many, it costs little more than to look among all.
///
/// # Errors
/// What `source` says of the first larger copy that it could not read.
pub fn search_where<S>(shelf: &Shelf, source: &S, query: &Query, keeps: &Keeps) -> Result<Answer, S::Error>
where
    S: Source + ?Sized,
{
    let bounds = bounds(shelf, std::slice::from_ref(query), None).pop().flatten();
    search_from(bounds, shelf, source, query, (None, keeps))
}

/// What [`search()`] finds for each of several queries. The smallest copies are read once for 16 queries, and queries go on beside one
/// another.
///
/// # Errors
/// What `source` says of the first larger copy that it could not read.
pub fn search_many<S>(
    shelf: &Shelf,
    source: &S,
    queries: &[Query],
    among: Option<&[u32]>,
) -> Result<Vec<Answer>, S::Error>
where
    S: Source + ?Sized,
{
    let mut answers = Vec::with_capacity(queries.len());
    for queries in queries.chunks(TOGETHER) {
        let bounds = bounds(shelf, queries, among);
        let found = queries.par_iter().zip(bounds);
        let found = found.map(|(query, bounds)| search_from(bounds, shelf, source, query, (among, ALL)));
        answers.extend(found.collect::<Result<Vec<_>, S::Error>>()?);
    }
    Ok(answers)
}

/// The search that goes on from the bounds that the smallest copies give, where somebody has worked them out.
pub(crate) fn search_from<S>(
    bounds: Option<Vec<f32>>,
    shelf: &Shelf,
    source: &S,
    query: &Query,
    (among, keeps): (Option<&[u32]>, &Keeps),
) -> Result<Answer, S::Error>
where
    S: Source + ?Sized,
{
    let nearest = Nearest::new(query.limit, query.within);
    let mut run = Run { shelf, source, query, keeps, nearest, looks: Default::default() };
    if query.limit > 0 && !shelf.is_empty() {
        let mut candidates = match bounds {
            Some(bounds) => run.near(&bounds)?,
            None => run.first(among)?,
        };
        for level in 1..TOP {
            if query.tells(level) {
                candidates = run.look(candidates, level)?;
            }
        }
        run.rest(candidates)?;
    }
    Ok(Answer { found: run.nearest.into_found(), looks: run.looks })
}

/// The bounds that the smallest copies give of all pictures, for each query; `None` where not all pictures or cells count.
fn bounds(shelf: &Shelf, queries: &[Query], among: Option<&[u32]>) -> Vec<Option<Vec<f32>>> {
    let scans = |query: &Query| among.is_none() && query.limit > 0 && query.whole(0).is_some();
    let mut all: Vec<Option<Vec<f32>>> =
        queries.iter().map(|query| scans(query).then(|| vec![f32::MAX; shelf.len()])).collect();
    let column = shelf.column(0);
    // By batch, what is to be filled for each query.
    let mut batches: Vec<Vec<(&Query, &mut [f32])>> = Vec::new();
    batches.resize_with(shelf.len().div_ceil(BATCH), Vec::new);
    for (query, bounds) in queries.iter().zip(&mut all) {
        let chunks = bounds.iter_mut().flat_map(|bounds| bounds.chunks_mut(BATCH));
        batches.iter_mut().zip(chunks).for_each(|(batch, chunk)| batch.push((query, chunk)));
    }
    let cells = column.cells.par_chunks(BATCH * SIDES[0] * SIDES[0]);
    batches.into_par_iter().zip(cells).zip(column.margins.par_chunks(BATCH)).for_each(|((batch, cells), margins)| {
        let mut squared = [0; BATCH];
        for (query, bounds) in batch {
            for view in query.whole(0).into_iter().flatten() {
                squared_each(&view.cells, cells, &mut squared[..bounds.len()]);
                lower(bounds, &squared, view.margin, margins);
            }
        }
    });
    all
}

struct Run<'a, S: ?Sized> {
    shelf: &'a Shelf<'a>,
    source: &'a S,
    query: &'a Query,
    keeps: &'a Keeps<'a>,
    nearest: Nearest,
    looks: [usize; SIDES.len()],
}

impl<S: Source + ?Sized> Run<'_, S> {
    /// Those left after a look at the smallest copies, one by one.
    fn first(&mut self, among: Option<&[u32]>) -> Result<Vec<Candidate>, S::Error> {
        let (count, keeps) = (self.shelf.len() as u32, self.keeps);
        let candidate = |index: u32| (index < count && keeps(index)).then_some(Candidate { bound: 0.0, index });
        let candidates: Vec<_> = match among {
            Some(among) => among.iter().filter_map(|index| candidate(*index)).collect(),
            None => (0..count).into_par_iter().filter_map(candidate).collect(),
        };
        if self.query.tells(0) { self.look(candidates, 0) } else { Ok(candidates) }
    }

    /// Those left, given the bounds that the smallest copies give of all pictures.
    fn near(&mut self, bounds: &[f32]) -> Result<Vec<Candidate>, S::Error> {
        self.looks[0] = self.shelf.len();
        let keeps = self.keeps;
        let promising = most_promising(bounds, self.query.limit, keeps);
        self.compare(&promising)?;
        let reach = self.reach();
        let near = bounds.par_chunks(BATCH).enumerate().map(|(batch, bounds)| {
            let near = bounds.iter().zip((batch * BATCH) as u32..);
            let near = near.filter(|(bound, index)| f64::from(**bound) <= reach && keeps(*index));
            near.map(|(bound, index)| Candidate { bound: *bound, index }).collect::<Vec<_>>()
        });
        Ok(without(near.flatten_iter().collect(), &promising))
    }

    /// Those left after a look at copies of a level.
    fn look(&mut self, candidates: Vec<Candidate>, level: usize) -> Result<Vec<Candidate>, S::Error> {
        self.looks[level] += candidates.len();
        let reach = self.reach();
        let (shelf, source, query) = (self.shelf, self.source, self.query);
        let closer = |candidate: Candidate| {
            let index = candidate.index as usize;
            let copy = if level < HELD { Some(shelf.copy(index, level)) } else { source.copy(index, level)? };
            let bound = copy.map(|copy| query.bound(level, &copy).max(candidate.bound));
            Ok(bound.map(|bound| Candidate { bound, ..candidate }).filter(|closer| f64::from(closer.bound) <= reach))
        };
        let near = candidates.into_par_iter().with_min_len(64).filter_map(|candidate| closer(candidate).transpose());
        let near = near.collect::<Result<Vec<_>, S::Error>>()?;
        let bounds: Vec<f32> = near.iter().map(|candidate| candidate.bound).collect();
        let promising = most_promising(&bounds, self.query.limit, ALL);
        let promising: Vec<_> = promising.into_iter().map(|place| near[place.index as usize]).collect();
        self.compare(&promising)?;
        let reach = self.reach();
        let mut near = without(near, &promising);
        near.retain(|candidate| f64::from(candidate.bound) <= reach);
        Ok(near)
    }

    /// Compares what is left at 256, the most promising first.
    fn rest(&mut self, mut candidates: Vec<Candidate>) -> Result<(), S::Error> {
        candidates.par_sort_unstable_by(|a, b| a.bound.total_cmp(&b.bound));
        for round in candidates.chunks(ROUND) {
            if round.first().is_none_or(|nearest| f64::from(nearest.bound) > self.reach()) {
                break;
            }
            self.compare(round)?;
        }
        Ok(())
    }

    /// Compares candidates at 256.
    fn compare(&mut self, candidates: &[Candidate]) -> Result<(), S::Error> {
        self.looks[TOP] += candidates.len();
        let reach = self.nearest.reach();
        let (source, query) = (self.source, self.query);
        let found = candidates.par_iter().map(|candidate| {
            let copy = source.copy(candidate.index as usize, TOP)?;
            Ok(copy.and_then(|copy| query.compare(candidate.index, &copy.cells, reach)))
        });
        let found = found.collect::<Result<Vec<_>, S::Error>>()?;
        found.into_iter().flatten().for_each(|found| self.nearest.offer(found));
        Ok(())
    }

    fn reach(&self) -> f64 {
        self.nearest.reach() as f64
    }
}

/// Lowers bounds to what another view allows.
#[multiversion::multiversion(targets("x86_64+avx2+bmi2+popcnt", "x86_64+sse4.1"))]
pub(crate) fn lower(bounds: &mut [f32], squared: &[u32], view: Margin, margins: &[Margin]) {
    let factor = (SIDES[TOP] / SIDES[0]) as f32;
    for ((bound, squared), margin) in bounds.iter_mut().zip(squared).zip(margins) {
        *bound = bound.min(least(*squared, factor, view, *margin));
    }
}

/// The places of the `count` least bounds of those that are kept, by place.
fn most_promising(bounds: &[f32], count: usize, keeps: &Keeps) -> Vec<Candidate> {
    let order = |a: &Candidate, b: &Candidate| a.bound.total_cmp(&b.bound).then(a.index.cmp(&b.index));
    let least = |mut some: Vec<Candidate>| {
        if some.len() > count {
            some.select_nth_unstable_by(count, order);
            some.truncate(count);
        }
        some
    };
    let batches = bounds.par_chunks(16 * BATCH).enumerate().map(|(batch, bounds)| {
        let mut some = Vec::new();
        let mut most = f32::INFINITY;
        for (bound, index) in bounds.iter().zip((batch * 16 * BATCH) as u32..) {
            if *bound <= most && keeps(index) {
                some.push(Candidate { bound: *bound, index });
                if some.len() >= count.max(64).saturating_mul(4) {
                    some = least(some);
                    most = some.iter().map(|candidate| candidate.bound).fold(0.0, f32::max);
                }
            }
        }
        least(some)
    });
    let mut all = least(batches.flatten_iter().collect());
    all.sort_unstable_by_key(|candidate| candidate.index);
    all
}

/// Candidates, by place, without some of them, by place.
fn without(mut candidates: Vec<Candidate>, some: &[Candidate]) -> Vec<Candidate> {
    let mut some: Vec<u32> = some.iter().map(|candidate| candidate.index).collect();
    some.sort_unstable();
    candidates.retain(|candidate| some.binary_search(&candidate.index).is_err());
    candidates
}

#[cfg(test)]
mod tests;
