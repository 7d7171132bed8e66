//! Several inputs rendered together (Render Display Module, PS3.3 §C.11.32): volume streams, each of classifications that lie
//! over one another, and compositors that add the streams up.

use compute::volume::{Composition, Layer, Pair};
use compute::{LookupTable, Voi as Window};
use data_set::{Item, tags};

use super::classification::{Classification, Of};
use super::colours::{Reflection, transfer};
use super::composition::{MOST, pair};
use super::{damaged, unbuilt};
use crate::Error;
use crate::render::LongValues;

/// What becomes of the values of all inputs at one place of a line of sight.
///
/// A stream with several classifications is that of a Segmented state: each input is cropped by itself, and lies over those
/// before it. Several streams are those of a Multiple one.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::volume) struct Streams {
    streams: Vec<Vec<Classification>>,
    weights: Vec<[LookupTable; 2]>,
    reflection: Reflection,
}

impl Streams {
    /// Of inputs with these numbers.
    pub(super) fn read(root: &Item<'_>, numbers: &[Option<i64>], long: &LongValues) -> Result<Self, Error> {
        let mut streams = Vec::new();
        let mut count = 0;
        for stream in root.items_of(tags::VOLUME_STREAM_SEQUENCE).take(MOST + 1) {
            let components = stream.items_of(tags::PRESENTATION_STATE_CLASSIFICATION_COMPONENT_SEQUENCE).take(MOST + 1);
            let layers = components.map(|component| Classification::read(&component, numbers, long));
            let layers = layers.collect::<Result<Vec<_>, Error>>()?;
            count += layers.len();
            if count > MOST {
                return Err(unbuilt("the composition of more than 16 classifications"));
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
            _ => Ok(Self { streams, weights, reflection: Reflection::read(root) }),
        }
    }

    /// The same by values through these windows, one for each input.
    pub(in crate::volume) fn through(&self, windows: &[Window]) -> Composition {
        let layer = |classification: &Classification| self.layer(classification, windows);
        let streams = self.streams.iter().map(|stream| stream.iter().map(layer).collect());
        Composition { streams: streams.collect(), weights: self.weights.clone() }
    }

    fn layer(&self, classification: &Classification, windows: &[Window]) -> Layer {
        match classification.of {
            Of::One(volume) => {
                Layer::One { volume, transfer: transfer(classification, &self.reflection, &windows[volume]) }
            }
            Of::Two(volumes, bits) => {
                let colours = classification.all(bits).map(|(colour, alpha)| {
                    let [red, green, blue] = colour.map(|level| f32::from(level) / 255.0);
                    [red, green, blue, alpha as f32]
                });
                let windows = volumes.map(|volume| windows[volume].clone());
                let light = self.reflection.light(&windows[0]);
                Layer::Two(Pair { volumes, windows, bits, colours: colours.collect(), light })
            }
        }
    }
}
