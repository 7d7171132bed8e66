//! The input volumes of a state (Volumetric Presentation State Relationship Module, PS3.3 §C.11.23).

use data_set::{Item, tags};

use super::{MOST_INPUTS, damaged, is};
use crate::Error;

/// Most images that a state may refer to.
const MOST: usize = 65_536;

/// An input volume: its images, what registers them, and how it is shown.
pub(super) struct Input<'a> {
    /// SOP Instance UIDs with frames, all when empty.
    pub(super) images: Vec<(String, Vec<u32>)>,
    /// SOP Instance UID of a Spatial Registration.
    pub(super) registration: Option<String>,
    /// Of the Volumetric Presentation State Input Sequence.
    pub(super) item: Item<'a>,
}

/// Volumetric Presentation State Relationship Module (PS3.3 §C.11.23): one input or more, of these items.
pub(super) fn inputs<'a>(root: &Item<'a>, items: Vec<Item<'a>>) -> Result<Vec<Input<'a>>, Error> {
    let uid = |item: &Item<'a>| item.raw_text(tags::VOLUMETRIC_PRESENTATION_INPUT_SET_UID).map(str::to_owned);
    let inputs = items.into_iter().take(MOST_INPUTS + 1).map(|item| -> Result<Input<'a>, Error> {
        let mut sets = root.items_of(tags::VOLUMETRIC_PRESENTATION_INPUT_SET_SEQUENCE);
        let set = sets.find(|set| uid(set) == uid(&item)).ok_or_else(|| damaged("it has no input volume"))?;
        Ok(Input { images: images(&set)?, registration: registration(&set)?, item })
    });
    let inputs = inputs.collect::<Result<Vec<Input<'a>>, Error>>()?;
    if inputs.is_empty() { Err(damaged("it has no input volume")) } else { Ok(inputs) }
}

/// What registers the images of an input set: one object.
fn registration(set: &Item<'_>) -> Result<Option<String>, Error> {
    let Some(named) = set.items_of(tags::REFERENCED_SPATIAL_REGISTRATION_SEQUENCE).next() else { return Ok(None) };
    let uid = named.raw_text(tags::REFERENCED_SOP_INSTANCE_UID).map(str::to_owned);
    uid.map(Some).ok_or_else(|| damaged("its Referenced Spatial Registration Sequence names no object"))
}

/// The images of an input set.
fn images(set: &Item<'_>) -> Result<Vec<(String, Vec<u32>)>, Error> {
    if !is(set, tags::PRESENTATION_INPUT_TYPE, "VOLUME") {
        return Err(damaged("the Presentation Input Type of an input is not VOLUME, the only one of PS3.3 §C.11.23"));
    }
    let images = set.items_of(tags::REFERENCED_IMAGE_SEQUENCE).take(MOST).filter_map(|image| {
        let frames = image.ints(tags::REFERENCED_FRAME_NUMBER).into_iter();
        let frames = frames.filter_map(|number| u32::try_from(number).ok()).collect();
        Some((image.raw_text(tags::REFERENCED_SOP_INSTANCE_UID)?.to_owned(), frames))
    });
    let images = merged(images.collect());
    if images.is_empty() { Err(damaged("it refers to no image")) } else { Ok(images) }
}

/// Each image once, with all of its frames that are named: all that it has where one mention names none.
fn merged(mut images: Vec<(String, Vec<u32>)>) -> Vec<(String, Vec<u32>)> {
    // Of one image, a mention without frames comes first.
    images.sort();
    images.dedup_by(|(uid, frames), (kept, all)| {
        if uid == kept && !all.is_empty() {
            all.append(frames);
        }
        uid == kept
    });
    for (_, frames) in &mut images {
        frames.sort_unstable();
        frames.dedup();
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_that_is_named_twice_has_the_frames_of_both() {
        let of = |uid: &str, frames: &[u32]| (uid.to_owned(), frames.to_vec());
        let images = [of("1.2", &[3, 1]), of("1.3", &[2]), of("1.2", &[2, 3]), of("1.3", &[]), of("1.4", &[])];
        assert_eq!(merged(images.to_vec()), [of("1.2", &[1, 2, 3]), of("1.3", &[]), of("1.4", &[])]);
    }
}
