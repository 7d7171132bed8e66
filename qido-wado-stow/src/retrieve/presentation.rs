//! Rendered Presentation States (PS3.18 §10.4.1.1.3): the images that one refers to, shown as it says.

use std::collections::HashMap;
use std::sync::Arc;

use archive::render::PresentationState;
use archive::{Scope, StoredInstance, Uid};

use super::form::Form;
use super::rendered::Subject;
use crate::Failure;
use crate::asked::Asked;

/// The frames that a presentation state is applied to, and how many of its images are not here.
pub(super) async fn subjects(asked: &Asked, state: &StoredInstance) -> Result<(Vec<Subject>, usize), Failure> {
    let read = read(asked, state).await?;
    let location = format!("{}/rendered", asked.address.instance(&state.study, &state.series, &state.instance));
    let mut stored: HashMap<&str, HashMap<String, StoredInstance>> = HashMap::new();
    let (mut subjects, mut missing) = (Vec::new(), 0);
    for reference in read.references() {
        let series = reference.series.as_str();
        if !stored.contains_key(series) {
            stored.insert(series, instances(asked, state, &reference.series).await?);
        }
        let found = stored[series].get(reference.instance.as_str());
        let Some(instance) = found.filter(|instance| instance.frame_count > 0) else {
            missing += 1;
            continue;
        };
        // A reference without frames is to all of them: one stands for them.
        let frames: Vec<Option<u32>> = match reference.frames[..] {
            [] => vec![None],
            _ => reference.frames.iter().map(|frame| Some(*frame)).collect(),
        };
        subjects.extend(frames.into_iter().map(|frame| Subject {
            instance: instance.clone(),
            frame,
            presentation: Some(read.clone()),
            location: location.clone(),
            forms: Form::of_frame(),
        }));
    }
    if subjects.is_empty() {
        return Err(Failure::NotAcceptable("none of the images that the presentation state refers to is here".into()));
    }
    Ok((subjects, missing))
}

/// A presentation state, which knows the images that it superimposes, and the registrations by which it does.
pub(super) async fn read(asked: &Asked, state: &StoredInstance) -> Result<Arc<PresentationState>, Failure> {
    let mut read = asked.archive.presentation_state(state).await?;
    let references = read.superimposed().iter().chain(read.registrations());
    let mut series: Vec<&Uid> = references.map(|reference| &reference.series).collect();
    series.sort_unstable();
    series.dedup();
    let mut stored = Vec::new();
    for series in series {
        stored.extend(instances(asked, state, series).await?.into_values());
    }
    asked.archive.superimpose(&mut read, stored).await?;
    Ok(Arc::new(read))
}

/// A Series of the presentation state's Study by instance; empty when it is not here.
async fn instances(
    asked: &Asked,
    state: &StoredInstance,
    series: &Uid,
) -> Result<HashMap<String, StoredInstance>, Failure> {
    let study = Uid::new(&state.study).map_err(Failure::BadRequest)?;
    let scope = Scope { study, series: Some(series.clone()), instance: None };
    match asked.archive.instances(&asked.actor, &scope, "rendered").await {
        Ok(found) => Ok(found.into_iter().map(|instance| (instance.instance.clone(), instance)).collect()),
        Err(archive::Error::NotFound(_)) => Ok(HashMap::new()),
        Err(error) => Err(error.into()),
    }
}
