//! Which samples of a volume are within segments (PS3.3 §A.51), for cropping.

mod grid;

use std::sync::Arc;

use compute::volume::{Geometry, Mask};
use data_set::{Item, tags, uids};
use schema::lookup;

use super::choice::Matching;
use super::slice::{self, Slice};
use super::state::{Segmented, damaged, unbuilt};
use super::{SeriesVolume, VolumetricState};
use crate::render::{self, Image, LongValues};
use crate::{Archive, Error, StoredInstance, archive};
use grid::Grid;

/// Segments of one Segmentation, all of which are in one space.
struct SegmentFrames {
    instance: StoredInstance,
    image: Image,
    /// Where their frames lie.
    frames: Vec<Slice>,
    /// From plane to plane as the Segmentation says, in mm.
    gap: Option<f64>,
}

impl Archive {
    /// The Segmentations that a state crops by, of the study that it is for.
    ///
    /// # Errors
    /// `NotAcceptable` when one is not there.
    pub(super) async fn segmentations(
        &self,
        seen: &SeriesVolume,
        state: &VolumetricState,
    ) -> Result<Vec<StoredInstance>, Error> {
        let wanted: Vec<String> = state.segmentations().map(str::to_owned).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let uids = wanted.clone();
        let rows = self.with_index(move |connection| lookup::by_uids(connection, &uids)).await?;
        let study = seen.stack.frames().next().map(|(instance, _)| instance.study.clone());
        let found = rows.into_iter().map(StoredInstance::from).filter(|found| Some(&found.study) == study.as_ref());
        let found: Vec<StoredInstance> = found.collect();
        match wanted.iter().find(|uid| !found.iter().any(|found| found.instance == **uid)) {
            Some(uid) => Err(Error::NotAcceptable(format!(
                "the presentation state crops by segmentation {uid}, which is not in its study here"
            ))),
            None => Ok(found),
        }
    }

    /// The samples of a volume that are within any of these segments.
    ///
    /// # Errors
    /// `Damaged` for segments that are not binary, `NotAcceptable` for those of another Frame of Reference.
    pub(super) async fn mask(
        &self,
        seen: &SeriesVolume,
        segmented: &Segmented,
        stored: &[StoredInstance],
    ) -> Result<Mask, Error> {
        let size = seen.volume.size;
        let mut within = vec![0; size.iter().product::<usize>().div_ceil(8)];
        for (uid, numbers) in &segmented.of {
            let Some(instance) = stored.iter().find(|stored| stored.instance == *uid) else { continue };
            let segments = Arc::new(self.segment_frames(instance, numbers).await?);
            let grid = Arc::new(Grid { geometry: geometry_for(seen, &segments)?, size });
            let gap = grid.gap(&segments.frames, segments.gap);
            for place in 0..segments.frames.len() {
                let frame = segments.frames[place].frame;
                let bytes = render::stored_frame(self, &segments.instance, &segments.image, frame).await?;
                let (grid, segments) = (grid.clone(), segments.clone());
                let painting = self.work(move |_| {
                    let decoded = render::decode(&segments.instance.transfer_syntax, &bytes, &segments.image)?;
                    let format = &segments.image.format;
                    let size = [format.columns as usize, format.rows as usize];
                    grid.paint((&segments.frames[place], gap), (size, &decoded.bytes), &mut within)?;
                    Ok(within)
                });
                within = painting.await?;
            }
        }
        Ok(Mask { within, stay: segmented.stay })
    }

    /// The segments of these numbers of a Segmentation; all when none is named.
    async fn segment_frames(&self, instance: &StoredInstance, numbers: &[u32]) -> Result<SegmentFrames, Error> {
        if instance.sop_class != uids::SEGMENTATION_STORAGE {
            return Err(damaged("it crops by what is no Segmentation"));
        }
        let header = self.header(instance).await?;
        let long = LongValues::fetch(self, instance, &header).await?;
        let (of, numbers) = (instance.clone(), numbers.to_vec());
        archive::blocking(move || {
            let root = header.root();
            let image = Image::read(&header, &long)?;
            if root.raw_text(tags::SEGMENTATION_TYPE) != Some("BINARY") || image.format.bits_allocated != 1 {
                return Err(damaged("it crops by a segmentation that is not binary, as PS3.3 §C.11.24 wants it"));
            }
            let matching = |number: &u32| vec![Matching::new(tags::REFERENCED_SEGMENT_NUMBER, &number.to_string())];
            let all = [Vec::new()];
            let named: Vec<_> = numbers.iter().map(matching).collect();
            let wanted = if named.is_empty() { &all[..] } else { &named[..] };
            let frames = wanted.iter().flat_map(|matches| slice::slices(&root, of.frame_count, 0, matches));
            let frames: Option<Vec<Slice>> = frames.collect();
            let frames = frames.ok_or_else(|| damaged("a frame of its segmentation does not say where it lies"))?;
            Ok(SegmentFrames { instance: of, image, frames, gap: gap(&root) })
        })
        .await
    }
}

/// Spacing Between Slices, or else Slice Thickness, of a Segmentation (PS3.3 §C.7.6.16.2.1).
fn gap(root: &Item<'_>) -> Option<f64> {
    let groups = [tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE];
    let mut measures = groups.into_iter().filter_map(|groups| {
        let group = root.items_of(groups).next()?;
        group.items_of(tags::PIXEL_MEASURES_SEQUENCE).next()
    });
    let measures = measures.next()?;
    let length = |tag| measures.floats(tag).first().map(|mm: &f64| mm.abs()).filter(|mm| mm.is_normal());
    length(tags::SPACING_BETWEEN_SLICES).or_else(|| length(tags::SLICE_THICKNESS))
}

/// Where the samples of a volume lie in the space of segments: where its images say so themselves, or where these are
/// moved.
fn geometry_for(seen: &SeriesVolume, segments: &SegmentFrames) -> Result<Geometry, Error> {
    let is_in = |space: Option<&str>| segments.frames.iter().all(|frame| frame.frame_of_reference.as_deref() == space);
    let (own, space) = seen.stack.before_registration();
    if is_in(space) {
        Ok(own)
    } else if is_in(seen.stack.frame_of_reference()) {
        Ok(seen.volume.geometry.clone())
    } else {
        Err(unbuilt("cropping by a segmentation of another Frame of Reference"))
    }
}
