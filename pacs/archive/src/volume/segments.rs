//! A volume cut into classes by its intensity histogram: air, soft tissue and bone, or as many as are asked for; and the connected parts
//! of a class.

use std::sync::Arc;

use compute::volume::{self, Connectivity, Histogram, Labels, Tissues};

use super::SeriesVolume;
use super::view::refused;
use crate::{Archive, Error};

/// Bins of the histogram that cuts are found in.
const BINS: usize = 4096;

/// How cuts are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segmentation {
    /// Between the peaks of the histogram: of CT those of air, soft tissue and bone, else this many.
    Peaks(usize),
    /// Where so many classes vary least within themselves (Otsu, 1979).
    Otsu(usize),
}

/// Which connected parts are wanted in the place of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Of which class; the highest when `None`.
    pub class: Option<u8>,
    /// How many of them, the largest first: 254 at most.
    pub most: usize,
    /// Which samples touch.
    pub connectivity: Connectivity,
}

/// A volume in classes, or in the parts of one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Segments {
    /// Values of the peaks between which cuts lie; empty of Otsu's.
    pub peaks: Vec<f64>,
    /// What is at or above a cut belongs to the next class.
    pub cuts: Vec<f64>,
    /// How much of the patient each class takes, in ml.
    pub millilitres: Vec<f64>,
    /// The parts, when they were wanted.
    pub parts: Option<FoundParts>,
    /// The class of each sample, from 0. Where parts were wanted the number of its part, the largest is 1, and 0 beside them.
    pub labels: Labels,
}

/// The connected parts of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundParts {
    /// What was wanted.
    pub wanted: Parts,
    /// The class.
    pub class: u8,
    /// How many there are, wanted or not.
    pub count: usize,
    /// How many samples each has of those that were wanted, the largest first.
    pub samples: Vec<u64>,
    /// How much of the patient each of these takes, in ml.
    pub millilitres: Vec<f64>,
}

impl Segments {
    /// How many segments there are: parts, or classes but the lowest.
    pub(super) fn count(&self) -> usize {
        self.parts.as_ref().map_or(self.cuts.len(), |parts| parts.samples.len())
    }
}

impl Archive {
    /// Cuts a volume into classes, or one of them into its connected parts.
    ///
    /// # Errors
    /// `BadRequest` when there is no such class; `Unavailable` when too many wait for a turn, or for memory; `Unprocessable` when
    /// the class has so many pieces that there is never room for what joining them takes.
    pub async fn segments(
        &self,
        seen: &Arc<SeriesVolume>,
        by: Segmentation,
        parts: Option<Parts>,
    ) -> Result<Segments, Error> {
        let (archive, cut) = (self.clone(), seen.clone());
        let segments = self.work(move |stop| classes(&archive, &cut, by, stop)).await?;
        let Some(wanted) = parts else { return Ok(segments) };
        let highest = segments.cuts.len() as u8;
        let class = wanted.class.unwrap_or(highest);
        if class > highest {
            return Err(Error::BadRequest(format!("class {class} is none: the classes are 0 to {highest}")));
        }
        let _room = self.0.volumes.room(volume::components_room(&segments.labels, class) as u64).await?;
        let seen = seen.clone();
        let archive = self.clone();
        self.work(move |stop| in_parts(&archive, &seen, segments, (wanted, class), stop)).await
    }

    /// How often values occur in a volume, in at most so many bins.
    ///
    /// # Errors
    /// `Unavailable` when too many wait for a turn.
    pub async fn histogram(&self, seen: &Arc<SeriesVolume>, bins: usize) -> Result<Histogram, Error> {
        let (archive, seen) = (self.clone(), seen.clone());
        self.work(move |stop| counted(&archive, &seen, bins, stop)).await
    }
}

/// A device counts and compares whole numbers: what it gives is the same.
fn counted(archive: &Archive, seen: &SeriesVolume, bins: usize, stop: volume::Stop<'_>) -> Result<Histogram, Error> {
    let on_device = seen.site(&archive.0.volumes.accelerator).histogram(bins, stop);
    on_device.unwrap_or_else(|| volume::histogram(&seen.volume, bins, stop)).map_err(refused)
}

fn classes(
    archive: &Archive,
    seen: &SeriesVolume,
    by: Segmentation,
    stop: volume::Stop<'_>,
) -> Result<Segments, Error> {
    let histogram = counted(archive, seen, BINS, stop)?;
    let (peaks, cuts) = cuts(archive, seen, &histogram, by);
    let on_device = seen.site(&archive.0.volumes.accelerator).label(&cuts, stop);
    let labels = on_device.unwrap_or_else(|| volume::label(&seen.volume, &cuts, stop)).map_err(refused)?;
    let classes = 0..=cuts.len() as u8;
    let millilitres = classes.map(|class| labels.millilitres(class, &seen.volume.geometry)).collect();
    Ok(Segments { peaks, cuts, millilitres, parts: None, labels })
}

fn in_parts(
    archive: &Archive,
    seen: &SeriesVolume,
    segments: Segments,
    (wanted, class): (Parts, u8),
    stop: volume::Stop<'_>,
) -> Result<Segments, Error> {
    let on_device =
        seen.site(&archive.0.volumes.accelerator).components(&segments.labels, class, wanted.connectivity, stop);
    let found = on_device.unwrap_or_else(|| volume::components(&segments.labels, class, wanted.connectivity, stop));
    let found = found.map_err(refused)?;
    let most = wanted.most.min(usize::from(Labels::NONE) - 1);
    let mut labels = found.largest(most);
    // Where nothing was measured there is no part, and nothing beside it.
    let none = labels.labels.iter_mut().zip(&segments.labels.labels).filter(|(_, class)| **class == Labels::NONE);
    none.for_each(|(label, _)| *label = Labels::NONE);
    let of_all = found.millilitres(&seen.volume.geometry);
    let parts = FoundParts {
        wanted,
        class,
        count: found.samples().len(),
        samples: found.samples().iter().take(most).copied().collect(),
        millilitres: of_all.into_iter().take(most).collect(),
    };
    Ok(Segments { parts: Some(parts), labels, ..segments })
}

fn cuts(archive: &Archive, seen: &SeriesVolume, histogram: &Histogram, by: Segmentation) -> (Vec<f64>, Vec<f64>) {
    match by {
        Segmentation::Otsu(classes) => {
            let on_device = seen.site(&archive.0.volumes.accelerator).otsu(histogram, classes);
            (Vec::new(), on_device.unwrap_or_else(|| volume::otsu(histogram, classes)))
        }
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
