//! Which samples of a volume are within segments (PS3.3 §A.51), for cropping.

use std::sync::Arc;

use compute::volume::{Geometry, Mask, Point};
use data_set::{tags, uids};
use schema::lookup;

use super::choice::Matching;
use super::slice::{self, Slice, cross, dot, unit};
use super::state::{Segmented, damaged, unbuilt};
use super::{SeriesVolume, VolumetricState};
use crate::render::{self, Image, LongValues};
use crate::{Archive, Error, StoredInstance, archive};

/// Largest part of a step from slice to slice by which a plane of segments may lie beside its slice.
const SAME_PLACE: f64 = 0.1;
/// Least cosine of the angle between planes that are the same: a tenth of a degree.
const SAME_PLANE: f64 = 1.0 - 1.5e-6;

/// Segments of one Segmentation, all of which are in one space.
struct SegmentFrames {
    instance: StoredInstance,
    image: Image,
    /// Where their frames lie.
    frames: Vec<Slice>,
}

/// The planes of a volume that segments are laid on.
struct Grid {
    geometry: Geometry,
    size: [usize; 3],
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
    /// `NotAcceptable` for segments that are not binary, or lie on other planes than the slices.
    pub(super) async fn mask(
        &self,
        seen: &SeriesVolume,
        segmented: &Segmented,
        stored: &[StoredInstance],
    ) -> Result<Mask, Error> {
        let (geometry, size) = (seen.volume.geometry.clone(), seen.volume.size);
        let grid = Arc::new(Grid { geometry, size });
        let mut within = vec![0; size.iter().product::<usize>().div_ceil(8)];
        for (uid, numbers) in &segmented.of {
            let Some(instance) = stored.iter().find(|stored| stored.instance == *uid) else { continue };
            let segments = Arc::new(self.segment_frames(seen, instance, numbers).await?);
            for place in 0..segments.frames.len() {
                let frame = segments.frames[place].frame;
                let bytes = render::stored_frame(self, &segments.instance, &segments.image, frame).await?;
                let (grid, segments) = (grid.clone(), segments.clone());
                let painting = self.work(move |_| {
                    let decoded = render::decode(&segments.instance.transfer_syntax, &bytes, &segments.image)?;
                    let format = &segments.image.format;
                    let size = [format.columns as usize, format.rows as usize];
                    grid.paint(&segments.frames[place], (size, &decoded.bytes), &mut within)?;
                    Ok(within)
                });
                within = painting.await?;
            }
        }
        Ok(Mask { within, stay: segmented.stay })
    }

    /// The segments of these numbers of a Segmentation; all when none is named.
    async fn segment_frames(
        &self,
        seen: &SeriesVolume,
        instance: &StoredInstance,
        numbers: &[u32],
    ) -> Result<SegmentFrames, Error> {
        if instance.sop_class != uids::SEGMENTATION_STORAGE {
            return Err(unbuilt("cropping by what is no Segmentation"));
        }
        let header = self.header(instance).await?;
        let long = LongValues::fetch(self, instance, &header).await?;
        let (of, numbers) = (instance.clone(), numbers.to_vec());
        let segments = archive::blocking(move || {
            let root = header.root();
            let image = Image::read(&header, &long)?;
            if root.raw_text(tags::SEGMENTATION_TYPE) != Some("BINARY") || image.format.bits_allocated != 1 {
                return Err(unbuilt("cropping by a segmentation that is not binary"));
            }
            let matching = |number: &u32| vec![Matching::new(tags::REFERENCED_SEGMENT_NUMBER, &number.to_string())];
            let all = [Vec::new()];
            let named: Vec<_> = numbers.iter().map(matching).collect();
            let wanted = if named.is_empty() { &all[..] } else { &named[..] };
            let frames = wanted.iter().flat_map(|matches| slice::slices(&root, of.frame_count, 0, matches));
            let frames: Option<Vec<Slice>> = frames.collect();
            let frames = frames.ok_or_else(|| damaged("a frame of its segmentation does not say where it lies"))?;
            Ok(SegmentFrames { instance: of, image, frames })
        });
        let segments = segments.await?;
        let space = seen.stack.frame_of_reference();
        match segments.frames.iter().all(|frame| frame.frame_of_reference.as_deref() == space) {
            true => Ok(segments),
            false => Err(unbuilt("cropping by a segmentation of another Frame of Reference")),
        }
    }
}

impl Grid {
    /// Adds the samples that are nearest to what is within a segment on the plane of a frame.
    fn paint(&self, frame: &Slice, (size, bits): ([usize; 2], &[u8]), within: &mut [u8]) -> Result<(), Error> {
        let place = &frame.place;
        let normal = unit(cross(place.across, place.down)).unwrap_or_default();
        let height = self.geometry.index(place.position)[2];
        let slice = height.round();
        if dot(normal, self.geometry.normal()).abs() < SAME_PLANE || (height - slice).abs() > SAME_PLACE {
            return Err(unbuilt("cropping by a segmentation on other planes than those of its images"));
        }
        if bits.len() < (size[0] * size[1]).div_ceil(8) {
            return Err(damaged("a frame of its segmentation ends early"));
        }
        // Segments beyond the ends of the volume have no part in it.
        if slice < 0.0 || slice >= self.size[2] as f64 {
            return Ok(());
        }
        let slice = slice as usize;
        // Column and row of the frame, with fractions.
        let along = |way: Point| [dot(way, place.across) / place.spacing[0], dot(way, place.down) / place.spacing[1]];
        let from: Point = std::array::from_fn(|axis| self.geometry.origins[slice][axis] - place.position[axis]);
        let [first, across, down] = [along(from), along(self.geometry.across), along(self.geometry.down)];
        for row in 0..self.size[1] {
            let start = self.size[0] * (row + self.size[1] * slice);
            for column in 0..self.size[0] {
                let at = |axis: usize| first[axis] + column as f64 * across[axis] + row as f64 * down[axis];
                let [x, y] = [(at(0) + 0.5).floor(), (at(1) + 0.5).floor()];
                let is_inside = (0.0..size[0] as f64).contains(&x) && (0.0..size[1] as f64).contains(&y);
                if !is_inside {
                    continue;
                }
                let bit = x as usize + size[0] * y as usize;
                if bits[bit / 8] >> (bit % 8) & 1 == 1 {
                    let sample = start + column;
                    within[sample / 8] |= 1 << (sample % 8);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::slice::Place;

    /// The samples that are within, of a volume of 4 × 3 × 2 samples of 1 mm, by a frame at a place with this spacing.
    fn painted(position: Point, spacing: f64, (size, bits): ([usize; 2], &[u8])) -> Result<Vec<usize>, Error> {
        let origins = vec![[0.0; 3], [0.0, 0.0, 2.0]];
        let geometry = Geometry { across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], origins };
        let place = Place { position, across: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], spacing: [spacing; 2] };
        let frame = Slice {
            source: 0,
            frame: 1,
            place,
            traits: Default::default(),
            stack: None,
            frame_of_reference: None,
            is_localizer: false,
        };
        let mut within = vec![0; 3];
        Grid { geometry, size: [4, 3, 2] }.paint(&frame, (size, bits), &mut within)?;
        Ok((0..24).filter(|sample| within[sample / 8] >> (sample % 8) & 1 == 1).collect())
    }

    #[test]
    fn segments_are_laid_on_the_nearest_samples_of_their_slice() {
        // The second and the last of 2 × 2.
        let diagonal = ([2, 2], &[0b1010][..]);
        assert_eq!(painted([1.0, 1.0, 2.0], 1.0, diagonal).unwrap(), [12 + 6, 12 + 10]);
        // Twice as large: each is over two columns and rows.
        assert_eq!(painted([0.5, 0.5, 0.0], 2.0, diagonal).unwrap(), [2, 3, 6, 7, 10, 11]);
        assert_eq!(painted([1.0, 1.0, 8.0], 1.0, diagonal).unwrap(), Vec::<usize>::new());
    }

    #[test]
    fn segments_between_slices_and_cut_off_frames_are_refused() {
        assert!(matches!(painted([0.0, 0.0, 1.0], 1.0, ([2, 2], &[1])), Err(Error::NotAcceptable(_))));
        assert!(matches!(painted([0.0, 0.0, 0.0], 1.0, ([4, 4], &[1])), Err(Error::Damaged(_))));
    }
}
