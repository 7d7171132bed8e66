//! Waveforms (PS3.3 §A.34, §C.10.9): channels that were sampled over time, drawn as traces on a sheet.
//!
//! Read in this order: `group` is what the attributes say of a multiplex group, `sample` reads its numbers, `trace` keeps of a
//! channel what can be seen at the resolution of the sheet, `note` is what was said of the waveform, `sheet` lays all out and
//! draws it.

mod group;
mod note;
mod sample;
mod sheet;
mod trace;

use compute::Picture;
use futures_util::StreamExt;

use super::burn_in::{Annotation, BurnIn};
use super::{RenderRequest, view};
use crate::{Archive, Error, StoredInstance, archive};

use group::Group;
use sheet::Sheet;
use trace::Gatherer;

/// SOP Classes of waveforms.
const CLASSES: &str = "1.2.840.10008.5.1.4.1.1.9.";

/// Whether instances of a SOP Class are waveforms.
pub fn is_waveform(sop_class: &str) -> bool {
    sop_class.starts_with(CLASSES)
}

impl Archive {
    /// All channels of a waveform on one sheet. `Error::NotAcceptable` when nothing of it can be drawn.
    pub(super) async fn render_waveform(
        &self,
        instance: &StoredInstance,
        request: &RenderRequest,
    ) -> Result<Picture, Error> {
        if request.presentation.is_some() {
            return Err(Error::BadRequest("presentation states are applied to images, not to waveforms".into()));
        }
        let annotation = request.annotation;
        let (sheet, burn_in) = self.sheet(instance, annotation).await?;
        let (width, height) = sheet.size();
        let view = view::View::new(request, width, height)?;
        // A part of the sheet may be without its upper lines.
        let is_part = request.region.is_some();
        let room = self.0.images.room_of(u64::from(width) * u64::from(height) * 6).await;
        archive::blocking(move || {
            let reduction = view.reduction(width, height);
            let mut shown = view.of(sheet.draw(reduction));
            if is_part || reduction >= sheet::LEGIBLE {
                burn_in.draw(&mut shown, annotation);
            }
            drop(room);
            Ok(shown)
        })
        .await
    }

    /// Columns and rows of the sheet of a waveform.
    pub(super) async fn sheet_size(&self, instance: &StoredInstance) -> Result<(u32, u32), Error> {
        Ok(self.sheet(instance, Annotation::default()).await?.0.size())
    }

    /// What a waveform looks like. Its samples are read in pieces: of any number of them, what is kept is bounded.
    async fn sheet(&self, instance: &StoredInstance, annotation: Annotation) -> Result<(Sheet, BurnIn), Error> {
        let set = self.data_set(instance).await?;
        let root = set.root();
        let groups = Group::read_all(&root)?;
        if groups.is_empty() {
            let words = format!("instance {} has no waveform that can be drawn", instance.instance);
            return Err(Error::NotAcceptable(words));
        }
        let mut drawn = Vec::new();
        for group in groups {
            let mut pieces = self.content(instance, vec![group.data.clone()]).await?;
            let mut gatherer = Gatherer::new(&group);
            while let Some(piece) = pieces.next().await {
                gatherer.push(&piece?);
            }
            let traces = gatherer.finish();
            drawn.push((group, traces));
        }
        let is_ecg = instance.sop_class.strip_prefix(CLASSES).is_some_and(|rest| rest.starts_with("1."));
        let burn_in = BurnIn::read(&root);
        Ok((Sheet::new(drawn, burn_in.lines(annotation), &note::read(&root), is_ecg), burn_in))
    }
}
