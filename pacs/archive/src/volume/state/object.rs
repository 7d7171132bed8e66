//! The object that a state is, of which one is read for each moment that it has.

use std::sync::Arc;

use data_set::DataSet;

use super::{COMPOSITING, MULTIPLE, PLANAR, SEGMENTED, VolumetricState};
use crate::render::LongValues;
use crate::volume::Reformat;
use crate::{Archive, Error, StoredInstance, archive};

/// A Volumetric Presentation State as it is stored. Its size is bounded as that of all data sets that are read.
#[derive(Debug, Clone)]
pub(in crate::volume) struct Object {
    set: Arc<DataSet>,
    long: Arc<LongValues>,
    reformat: Reformat,
    is_composing: bool,
}

impl Archive {
    /// Reads a Volumetric Presentation State that is to be seen as an MPR, or in 3D.
    ///
    /// # Errors
    /// `NotAcceptable` when it asks for what cannot be drawn, `Damaged` when it lacks what it must say.
    pub async fn volumetric_state(
        &self,
        instance: &StoredInstance,
        reformat: Reformat,
    ) -> Result<Arc<VolumetricState>, Error> {
        self.state_object(instance, reformat).await?.at(0).await
    }

    /// The object of a state that is to be seen as an MPR, or in 3D.
    ///
    /// # Errors
    /// `NotAcceptable` when it is seen otherwise.
    pub(in crate::volume) async fn state_object(
        &self,
        instance: &StoredInstance,
        reformat: Reformat,
    ) -> Result<Object, Error> {
        let of = match instance.sop_class.as_str() {
            PLANAR | COMPOSITING => Reformat::Mpr,
            _ => Reformat::ThreeD,
        };
        if of != reformat {
            return Err(Error::NotAcceptable(match of {
                Reformat::Mpr => "a Planar MPR presentation state is seen as renderedmpr".to_owned(),
                Reformat::ThreeD => "a Volume Rendering presentation state is seen as rendered3d".to_owned(),
            }));
        }
        let set = self.data_set(instance).await?;
        let long = LongValues::fetch(self, instance, &set).await?;
        let is_composing = [COMPOSITING, SEGMENTED, MULTIPLE].contains(&instance.sop_class.as_str());
        Ok(Object { set: Arc::new(set), long: Arc::new(long), reformat, is_composing })
    }
}

impl Object {
    /// The state with the inputs of a moment.
    ///
    /// # Errors
    /// As of [`Archive::volumetric_state`].
    pub(in crate::volume) async fn at(&self, moment: usize) -> Result<Arc<VolumetricState>, Error> {
        let Self { set, long, reformat, is_composing } = self.clone();
        archive::blocking(move || {
            VolumetricState::read((&set.root(), moment), &long, reformat, is_composing).map(Arc::new)
        })
        .await
    }
}
