//! Several inputs rendered together (Render Display Module, PS3.3 §C.11.32): volume streams, each of classifications that lie
//! over one another, and compositors that add the streams up.

use compute::volume::{Composition, Layer};
use data_set::{Item, tags};

use super::classification::Classification;
use super::composition::{MOST, Shown, pair, shown};
use super::{colours, damaged, unbuilt};
use crate::Error;
use crate::render::LongValues;

/// What becomes of inputs with these numbers and windows.
///
/// A stream with several classifications is that of a Segmented state: each input is cropped by itself, and lies over those
/// before it. Several streams are those of a Multiple one.
pub(super) fn read(root: &Item<'_>, inputs: &[Shown], long: &LongValues) -> Result<Composition, Error> {
    let mut streams = Vec::new();
    let mut count = 0;
    for stream in root.items_of(tags::VOLUME_STREAM_SEQUENCE).take(MOST + 1) {
        let mut layers = Vec::new();
        for component in stream.items_of(tags::PRESENTATION_STATE_CLASSIFICATION_COMPONENT_SEQUENCE).take(MOST + 1) {
            let classification = Classification::read(&component, long)?;
            let (volume, window) = shown(&classification, inputs)?;
            layers.push(Layer { volume, transfer: colours::of(root, &classification, window) });
            count += 1;
            if count > MOST {
                return Err(unbuilt("the composition of more than 16 classifications"));
            }
        }
        if layers.is_empty() {
            return Err(damaged("a volume stream has no classification"));
        }
        streams.push(layers);
    }
    let compositors = root.items_of(tags::PRESENTATION_STATE_COMPOSITOR_COMPONENT_SEQUENCE).take(MOST);
    let weights = compositors.map(|compositor| pair(&compositor, long)).collect::<Result<Vec<_>, _>>()?;
    match streams.len() {
        0 => Err(damaged("it has no volume stream")),
        count if count != weights.len() + 1 => Err(damaged("it has not one compositor less than volume streams")),
        _ => Ok(Composition { streams, weights }),
    }
}
