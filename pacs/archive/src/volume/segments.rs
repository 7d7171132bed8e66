//! A volume cut into classes by its intensity histogram: air, soft tissue and bone, or as many as are asked for.

use std::sync::Arc;

use compute::volume::{self, Histogram, Labels, Tissues};

use super::SeriesVolume;
use super::view::refused;
use crate::{Archive, Error};

/// Bins of the histogram.
const BINS: usize = 4096;

/// How cuts are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segmentation {
    /// Between the peaks of the histogram: of CT those of air, soft tissue and bone, else this many.
    Peaks(usize),
    /// Where so many classes vary least within themselves (Otsu, 1979).
    Otsu(usize),
}

/// A volume in classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Segments {
    /// Values of the peaks between which cuts lie; empty of Otsu's.
    pub peaks: Vec<f64>,
    /// What is at or above a cut belongs to the next class.
    pub cuts: Vec<f64>,
    /// How much of the patient each class takes, in ml.
    pub millilitres: Vec<f64>,
    /// The class of each sample, from 0.
    pub labels: Labels,
}

impl Archive {
    /// Cuts a volume into classes.
    ///
    /// # Errors
    /// `Unavailable` when too many wait for a turn.
    pub async fn segments(&self, seen: &Arc<SeriesVolume>, by: Segmentation) -> Result<Segments, Error> {
        let seen = seen.clone();
        self.work(move |stop| {
            let histogram = volume::histogram(&seen.volume, BINS, stop).map_err(refused)?;
            let (peaks, cuts) = cuts(&seen, &histogram, by);
            let labels = volume::label(&seen.volume, &cuts, stop).map_err(refused)?;
            let classes = 0..=cuts.len() as u8;
            let geometry = &seen.volume.geometry;
            let millilitres = classes.map(|class| labels.millilitres(class, geometry)).collect();
            Ok(Segments { peaks, cuts, millilitres, labels })
        })
        .await
    }
}

fn cuts(seen: &SeriesVolume, histogram: &Histogram, by: Segmentation) -> (Vec<f64>, Vec<f64>) {
    match by {
        Segmentation::Otsu(classes) => (Vec::new(), volume::otsu(histogram, classes)),
        Segmentation::Peaks(count) => {
            let tissues = match seen.stack.modality() {
                "CT" => Tissues::computed_tomography(),
                _ => Tissues::Peaks(count),
            };
            let found = volume::cuts(histogram, &tissues);
            (found.peaks, found.cuts)
        }
    }
}
