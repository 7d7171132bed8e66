//! Which Series of a Study is the volume (PS3.18 §10.4.1.1.7, §10.4.1.1.8): what is asked of a Study names none.

use std::sync::Arc;

use super::{Choice, Reference, Stack};
use crate::{Archive, Error, StoredInstance};

/// Most instances of a Study whose Series are looked through.
const MOST: usize = 8192;
/// Most Series that are named when several are volumes.
const NAMED: usize = 4;

impl Archive {
    /// Of the instances of a Study, in order of Series, those of the Series that is meant: that of the first reference, else
    /// the only one that makes a volume of the slices that match.
    ///
    /// # Errors
    /// `BadRequest` when a reference names nothing here, or several Series are volumes: the words name a slice of each.
    /// `Unprocessable` when none is one, with the reason of the first.
    pub async fn volume_of_study(
        &self,
        instances: Vec<StoredInstance>,
        choice: &Choice,
    ) -> Result<Vec<StoredInstance>, Error> {
        if let Some(reference) = choice.references.first() {
            return referred(instances, reference);
        }
        let mut candidates = candidates(instances);
        match candidates.len() {
            0 => return Err(Error::Unprocessable("no series of the study has two slices, as a volume has".into())),
            1 => return Ok(candidates.remove(0)),
            _ if candidates.iter().map(Vec::len).sum::<usize>() > MOST => {
                return Err(Error::BadRequest(format!(
                    "the study has more than {MOST} instances: volumeinputreference has to name a slice of a series"
                )));
            }
            _ => {}
        }
        let (mut found, mut reason) = (Vec::new(), None);
        for candidate in candidates {
            match self.stack(&candidate, choice).await {
                Ok(stack) => found.push((candidate, stack)),
                Err(error @ (Error::Unprocessable(_) | Error::BadRequest(_) | Error::NotAcceptable(_))) => {
                    reason = reason.or_else(|| Some((candidate[0].series.clone(), error)));
                }
                // One that cannot be read may be the one that is meant: no other is shown in its place.
                Err(error) => return Err(error),
            }
            if found.len() > NAMED {
                break;
            }
        }
        match (found.len(), reason) {
            (1, _) => Ok(found.remove(0).0),
            (0, Some((series, error))) => {
                Err(Error::Unprocessable(format!("no series of the study is a volume: of {series}, {error}")))
            }
            _ => Err(several(&found)),
        }
    }
}

/// The instances of the Series that a reference is of.
fn referred(instances: Vec<StoredInstance>, reference: &Reference) -> Result<Vec<StoredInstance>, Error> {
    let Reference::Instance(uid) = reference else {
        return Err(Error::BadRequest(
            "volumeinputreference names a frame: of a study it names SOP Instance UIDs".into(),
        ));
    };
    let named = instances.iter().find(|instance| instance.instance == uid.as_str());
    let series = named.map(|instance| instance.series.clone()).ok_or_else(|| {
        Error::BadRequest(format!("volumeinputreference names {uid}, which is no instance of the study"))
    })?;
    Ok(instances.into_iter().filter(|instance| instance.series == series).collect())
}

/// The Series that have two slices or more.
fn candidates(instances: Vec<StoredInstance>) -> Vec<Vec<StoredInstance>> {
    let mut all: Vec<Vec<StoredInstance>> = Vec::new();
    for instance in instances.into_iter().filter(|instance| instance.frame_count > 0) {
        match all.last_mut().filter(|series| series[0].series == instance.series) {
            Some(series) => series.push(instance),
            None => all.push(vec![instance]),
        }
    }
    all.retain(|series| series.len() > 1 || series[0].frame_count > 1);
    all
}

fn several(found: &[(Vec<StoredInstance>, Arc<Stack>)]) -> Error {
    let name = |(_, stack): &(Vec<StoredInstance>, Arc<Stack>)| {
        let (source, _) = stack.middle();
        let (instance, slices) = (&source.instance, stack.shape()[2]);
        format!("{} of series {} ({}, {slices} slices)", instance.instance, instance.series, stack.modality())
    };
    let names: Vec<String> = found.iter().take(NAMED).map(name).collect();
    let more = if found.len() > NAMED { ", …" } else { "" };
    Error::BadRequest(format!(
        "several series of the study are volumes; volumeinputreference takes one by a slice of it: {}{more}",
        names.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uid;

    /// Instances of a study, each with its series and its frames.
    fn study(of: &[(&str, u32)]) -> Vec<StoredInstance> {
        let instance = |(number, (series, frame_count)): (usize, &(&str, u32))| StoredInstance {
            frame_count: *frame_count,
            ..StoredInstance::named(series, &format!("{series}.{number}"))
        };
        of.iter().enumerate().map(instance).collect()
    }

    #[test]
    fn a_series_of_one_image_is_no_candidate() {
        let study = study(&[("1.2.1", 1), ("1.2.2", 1), ("1.2.2", 1), ("1.2.3", 40), ("1.2.4", 0), ("1.2.4", 0)]);
        let series: Vec<_> =
            candidates(study).into_iter().map(|found| (found[0].series.clone(), found.len())).collect();
        assert_eq!(series, [("1.2.2".to_owned(), 2), ("1.2.3".to_owned(), 1)]);
    }

    #[test]
    fn a_reference_means_its_whole_series() {
        let study = || study(&[("1.2.1", 1), ("1.2.2", 1), ("1.2.2", 1)]);
        let of = |uid: &str| referred(study(), &Reference::Instance(Uid::new(uid).unwrap()));
        assert_eq!(of("1.2.2.2").map(|found| found.len()).ok(), Some(2));
        assert!(matches!(of("1.2.2.9"), Err(Error::BadRequest(_))));
        assert!(matches!(referred(study(), &Reference::Frame(1)), Err(Error::BadRequest(_))));
    }
}
