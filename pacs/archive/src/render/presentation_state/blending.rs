//! Blending Softcopy Presentation States (PS3.3 §C.11.14, PS3.4 §N.2.4): grey images with the colours of others laid over them.
//!
//! Both lie in one Frame of Reference, or a Spatial Registration relates theirs. A superimposed image is used for the underlying plane that it lies on, or no farther
//! from than half way to the next superimposed one; within the plane its values are interpolated.

mod layer;

use std::sync::Arc;

use compute::palette::Palette;
use compute::{Modality, Picture, Voi, grey};
use data_set::{Item, tags};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Applicability, PresentationState, Reference, references, windows};
use crate::render::tables::{self, LongValues};
use crate::render::{Image, decode, grey_scale, picture, stored_frame, subtraction};
use crate::volume::{Plane, Registration};
use crate::{Archive, Error, StoredInstance, Uid};

use layer::Layers;

/// Most superimposed instances.
const INSTANCES: usize = 4096;

/// Most Spatial Registrations.
const REGISTRATIONS: usize = 16;

/// Instances that are read at once.
const AT_ONCE: usize = 8;

/// What is laid over the images of a presentation state.
#[derive(Debug)]
pub(super) struct Blending {
    /// Relative Opacity: the part that the superimposed image has, from 0 to 1.
    opacity: f64,
    references: Vec<Reference>,
    /// Spatial Registrations that it names, and what those say that are here.
    registrations: Vec<Reference>,
    registered: Vec<Registration>,
    modality: Modality,
    windows: Vec<(Applicability, Voi)>,
    palette: Palette,
    layers: Layers,
}

/// The two Items of the Blending Sequence: what lies below, and above.
pub(super) fn items<'a>(root: &Item<'a>) -> Result<(Item<'a>, Item<'a>), Error> {
    let at = |position: &str| {
        let found = root
            .items_of(tags::BLENDING_SEQUENCE)
            .find(|item| item.raw_text(tags::BLENDING_POSITION) == Some(position));
        found.ok_or_else(|| Error::Damaged(format!("the presentation state has no {position} image to blend")))
    };
    let (below, above) = (at("UNDERLYING")?, at("SUPERIMPOSED")?);
    let study = root.raw_text(tags::STUDY_INSTANCE_UID);
    let is_other = |item: &Item<'_>| item.raw_text(tags::STUDY_INSTANCE_UID).is_some_and(|uid| Some(uid) != study);
    if is_other(&below) || is_other(&above) {
        let words = "the presentation state blends images of another Study than its own, which cannot be rendered";
        return Err(Error::NotAcceptable(words.into()));
    }
    Ok((below, above))
}

impl Blending {
    pub(super) fn read(root: &Item<'_>, above: &Item<'_>, long: &LongValues) -> Result<Self, Error> {
        let modality = match tables::modality_table(above, false, long) {
            Some(table) => Modality::Table(table),
            None => grey_scale::rescaling(above),
        };
        let palette = tables::palette(root, false, long);
        let opacity = root.floats(tags::RELATIVE_OPACITY).first().copied().filter(|part| (0.0..=1.0).contains(part));
        Ok(Self {
            opacity: opacity.ok_or_else(|| Error::Damaged("the Relative Opacity is none from 0 to 1".into()))?,
            references: references(above),
            registrations: registrations(root),
            registered: Vec::new(),
            windows: windows(above, &modality, long),
            palette: palette.ok_or_else(|| Error::Damaged("the presentation state has no palette".into()))?,
            modality,
            layers: Layers::default(),
        })
    }
}

impl PresentationState {
    /// The images that are laid over those it refers to; none but of a blending state.
    pub fn superimposed(&self) -> &[Reference] {
        self.blending.as_ref().map_or(&[], |blending| &blending.references)
    }

    /// The Spatial Registrations by which it wants them laid over; none but of a blending state.
    pub fn registrations(&self) -> &[Reference] {
        self.blending.as_ref().map_or(&[], |blending| &blending.registrations)
    }
}

/// Referenced Spatial Registration Sequence (PS3.3 §C.11.14, Hierarchical SOP Instance Reference Macro, §C.17.2.1).
fn registrations(root: &Item<'_>) -> Vec<Reference> {
    let series = root
        .items_of(tags::REFERENCED_SPATIAL_REGISTRATION_SEQUENCE)
        .flat_map(|item| item.items_of(tags::REFERENCED_SERIES_SEQUENCE));
    let uid = |item: &Item<'_>, tag| item.raw_text(tag).and_then(|uid| Uid::new(uid).ok());
    let references = series.flat_map(|item| {
        let series = uid(&item, tags::SERIES_INSTANCE_UID);
        item.items_of(tags::REFERENCED_SOP_SEQUENCE).filter_map(move |object| {
            let instance = uid(&object, tags::REFERENCED_SOP_INSTANCE_UID)?;
            Some(Reference { series: series.clone()?, instance, frames: Vec::new() })
        })
    });
    references.take(REGISTRATIONS).collect()
}

/// A superimposed frame on the plane of an underlying one.
pub(in crate::render) struct Superimposed {
    image: Arc<Image>,
    instance: StoredInstance,
    frame: u32,
    stored: bytes::Bytes,
    from: Plane,
    onto: Plane,
}

impl Archive {
    /// Tells a blending state where the images lie that it superimposes: those of `stored` that it names, and what the
    /// registrations among them say.
    pub async fn superimpose(&self, state: &mut PresentationState, stored: Vec<StoredInstance>) -> Result<(), Error> {
        let Some(blending) = &mut state.blending else { return Ok(()) };
        for registration in &blending.registrations {
            let is_named = |instance: &&StoredInstance| instance.instance == registration.instance.as_str();
            if let Some(instance) = stored.iter().find(is_named) {
                blending.registered.push(Registration::read(&self.data_set(instance).await?.root(), |_| false));
            }
        }
        let named = |instance: &StoredInstance| {
            let named = |reference: &&Reference| reference.instance.as_str() == instance.instance;
            Some((instance.clone(), blending.references.iter().find(named)?.frames.clone()))
        };
        let named: Vec<_> = stored.iter().filter(|instance| instance.frame_count > 0).filter_map(named).collect();
        if named.len() > INSTANCES {
            return Err(Error::NotAcceptable(format!("more than {INSTANCES} superimposed images cannot be blended")));
        }
        let read = stream::iter(named).map(|(instance, frames)| async move {
            let planes = self.frame_planes(&instance).await?;
            let wanted = |frame: u32| frames.is_empty() || frames.contains(&frame);
            let placed = (1..).zip(planes).filter(|(frame, _)| wanted(*frame));
            Ok::<_, Error>(
                placed.filter_map(|(frame, plane)| Some((instance.clone(), frame, plane?))).collect::<Vec<_>>(),
            )
        });
        let layers: Vec<Vec<_>> = read.buffered(AT_ONCE).try_collect().await?;
        blending.layers = Layers::new(layers.into_iter().flatten().collect());
        Ok(())
    }

    /// The superimposed frame for frame `number` of an instance; `None` when the state blends nothing.
    ///
    /// # Errors
    /// `NotAcceptable` when none lies there.
    pub(in crate::render) async fn superimposed(
        &self,
        state: &PresentationState,
        instance: &StoredInstance,
        number: u32,
    ) -> Result<Option<Superimposed>, Error> {
        let Some(blending) = &state.blending else { return Ok(None) };
        let planes = self.frame_planes(instance).await?;
        let onto = planes.into_iter().nth(number.saturating_sub(1) as usize).flatten();
        let onto = onto.ok_or_else(|| {
            Error::NotAcceptable(format!("frame {number} says not where it lies: nothing can be laid over it"))
        })?;
        let (layer, from) = blending.layers.on(&onto, &blending.registered)?;
        let (instance, frame) = (layer.0.clone(), layer.1);
        let image = self.image(&instance).await?;
        if !subtraction::is_possible(&image) {
            return Err(Error::NotAcceptable("only grey images can be superimposed".into()));
        }
        let stored = stored_frame(self, &instance, &image, frame).await?;
        Ok(Some(Superimposed { image, instance, frame, stored, from, onto }))
    }
}

impl Superimposed {
    /// Bytes that decoding it takes.
    pub(in crate::render) fn image(&self) -> &Image {
        &self.image
    }

    /// Lays it over the grey or coloured picture of the underlying frame. Blocks: for threads that may.
    pub(in crate::render) fn blend(&self, state: &PresentationState, below: Picture) -> Result<Picture, Error> {
        let Some(blending) = &state.blending else { return Ok(below) };
        let samples = decode(&self.instance.transfer_syntax, &self.stored, &self.image)?;
        let modality = &blending.modality;
        let window = blending.windows.iter().find(|(images, _)| images.covers(&self.instance.instance, self.frame));
        let voi = match window {
            Some((_, voi)) => voi.clone(),
            None => picture::all_values(&self.image, (&samples.bytes, self.image.numbers()), modality),
        };
        let values = grey::each(&samples.bytes, self.image.numbers(), |stored| modality.apply(stored) as f32);
        let size = (self.image.format.columns as usize, self.image.format.rows as usize);
        let at = layer::Sampler::new(&values, size, &self.from, &self.onto)?;
        let channels = usize::from(below.channels);
        let mix = |below: u8, above: u8| {
            (f64::from(below) * (1.0 - blending.opacity) + f64::from(above) * blending.opacity).round() as u8
        };
        let mut blended = Vec::with_capacity(below.width as usize * below.height as usize * 3);
        for (place, pixel) in below.samples.chunks_exact(channels).enumerate() {
            let (column, row) = (place % below.width as usize, place / below.width as usize);
            let own = if channels == 3 { [pixel[0], pixel[1], pixel[2]] } else { [pixel[0]; 3] };
            let colour = at.value(column, row).map(|value| blending.palette.colour_at(voi.fraction(value.into())));
            blended.extend(match colour {
                Some(colour) => [0, 1, 2].map(|channel: usize| mix(own[channel], colour[channel])),
                None => own,
            });
        }
        Ok(Picture { channels: 3, samples: blended, ..below })
    }
}
