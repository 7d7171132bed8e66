//! The pictures of a tomogram: its middle slice, and the largest values along rows, columns and slices.

use crate::render::{self, Seen};
use crate::similar::SeenAs;
use crate::volume::{Choice, Stack};
use crate::{Archive, Error, StoredInstance, archive};

use super::picture::{self, Made};

/// Most samples of one projection, of which all three are held.
const MOST: usize = 1 << 24;

/// A picture of a tomogram, and the instance and frame that stand for it.
pub(super) struct Pictured {
    pub(super) instance: StoredInstance,
    pub(super) frame: u32,
    pub(super) seen_as: SeenAs,
    pub(super) made: Made,
}

/// The pictures of a tomogram of these instances, in order of their numbers. Slices that are no volume, or too large, have
/// no projections. `each` is called for every slice that was looked at, and says whether to go on.
pub(super) async fn pictures(
    archive: &Archive,
    slices: &[StoredInstance],
    each: &(dyn Fn() -> bool + Sync),
) -> Result<Option<Vec<Pictured>>, Error> {
    let stack = match archive.stack(slices, &Choice::default()).await {
        Ok(stack) => Some(stack),
        Err(Error::Unprocessable(_) | Error::BadRequest(_) | Error::Damaged(_) | Error::NotAcceptable(_)) => None,
        Err(error) => return Err(error),
    };
    let middle = match &stack {
        Some(stack) => {
            stack.pictures().nth(stack.shape()[2] / 2).map(|(instance, _, frame)| (instance.clone(), Some(frame)))
        }
        None => slices.get(slices.len() / 2).map(|instance| (instance.clone(), None)),
    };
    let Some((instance, frame)) = middle else { return Ok(Some(Vec::new())) };
    let (seen, frame, room) = picture::stored(archive, &instance, frame).await?;
    // Room is given back before the slices take theirs: who waits for more than he has may wait for himself.
    let made = archive::blocking(move || Made::within(room, &seen)).await?;
    let mut all = vec![Pictured { instance: instance.clone(), frame, seen_as: SeenAs::MiddleSlice, made }];
    let Some(stack) = stack.filter(|stack| stack.shape()[0] * stack.shape()[1] <= MOST) else { return Ok(Some(all)) };
    let Some(projections) = Projections::of(archive, &stack, each).await? else { return Ok(None) };
    let made = archive::blocking(move || projections.made(&stack)).await?;
    for (made, axis) in made.into_iter().zip(0..) {
        all.push(Pictured { instance: instance.clone(), frame, seen_as: SeenAs::Projection(axis), made });
    }
    Ok(Some(all))
}

/// The largest values so far: slice after slice, so that no volume is held.
struct Projections {
    /// Columns, rows, slices.
    shape: [usize; 3],
    /// Along rows (rows × slices), along columns (columns × slices), along slices (columns × rows).
    values: [Vec<f32>; 3],
}

impl Projections {
    /// `None` when it was not gone on with.
    async fn of(archive: &Archive, stack: &Stack, each: &(dyn Fn() -> bool + Sync)) -> Result<Option<Self>, Error> {
        let shape = stack.shape();
        let mut all = Self { shape, values: [Vec::new(), Vec::new(), vec![f32::NAN; shape[0] * shape[1]]] };
        for (instance, image, number) in stack.pictures() {
            if !each() {
                return Ok(None);
            }
            let frame = render::stored_frame(archive, instance, image, number).await?;
            let room = archive.0.images.room(image).await;
            let (syntax, image) = (instance.transfer_syntax.clone(), image.clone());
            let values = archive::blocking(move || {
                let samples = render::decode(&syntax, &frame, &image)?;
                let values = render::measured(&image, number, &samples);
                drop((samples, room));
                Ok(values)
            });
            all.add(&values.await?)?;
        }
        Ok(Some(all))
    }

    fn add(&mut self, slice: &[f32]) -> Result<(), Error> {
        let [columns, rows, slices] = self.shape;
        let Some(slice) = slice.get(..columns * rows) else {
            return Err(Error::Damaged("a slice has not as many pixels as its size says".into()));
        };
        self.values[2].iter_mut().zip(slice).for_each(|(most, value)| *most = most.max(*value));
        if rows.max(columns) * slices <= MOST {
            self.values[0].extend(slice.chunks_exact(columns).map(largest));
            let mut across = vec![f32::NAN; columns];
            for row in slice.chunks_exact(columns) {
                across.iter_mut().zip(row).for_each(|(most, value)| *most = most.max(*value));
            }
            self.values[1].extend(across);
        }
        Ok(())
    }

    /// What is kept of them as seen: through the window of the middle slice.
    fn made(&self, stack: &Stack) -> Result<Vec<Made>, Error> {
        let [columns, rows, slices] = self.shape;
        let sizes = [(rows, slices), (columns, slices), (columns, rows)];
        let (window, inverse) = (stack.window(), stack.is_inverse());
        let whole = self.values.iter().zip(sizes).filter(|(values, (width, height))| values.len() == width * height);
        whole.map(|(values, size)| Made::of(&Seen::values(size, values, window, inverse))).collect()
    }
}

fn largest(row: &[f32]) -> f32 {
    row.iter().copied().fold(f32::NAN, f32::max)
}
