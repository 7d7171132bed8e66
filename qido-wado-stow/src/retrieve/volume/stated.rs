//! What a Volumetric Presentation State says of a view that is wanted: the images that it is for, looked at as it says where the
//! request says nothing.

use std::collections::{HashMap, HashSet};

use archive::volume::{Animation, Choice, Method, Motion, Reformat, Sequence, VolumetricState, is_volumetric_state};
use archive::{Archive, Scope, StoredInstance};

use super::parameters::Wanted;
use crate::Failure;
use crate::asked::Asked;
use crate::target::Target;

/// The images of an input, and what is chosen of them.
type Chosen = (Vec<StoredInstance>, Choice);

/// What a view is of.
pub(super) struct Input {
    pub instances: Vec<StoredInstance>,
    /// A state that says how it is looked at, and all that it refers to.
    pub stated: Vec<StoredInstance>,
    /// Of other volumes that are composed with the first.
    pub others: Vec<Chosen>,
    /// What is shown one after the other, of which this is the first.
    pub sequence: Option<Sequence>,
}

impl Wanted {
    /// Of an Instance that is a Volumetric Presentation State, the images that it is for; other instances themselves.
    pub(super) async fn stated(
        &mut self,
        asked: &Asked,
        target: &Target,
        instances: Vec<StoredInstance>,
        resource: &'static str,
    ) -> Result<Input, Failure> {
        let is_state = target.0.instance.is_some()
            && instances.first().is_some_and(|instance| is_volumetric_state(&instance.sop_class));
        let Some(stored) = instances.first().filter(|_| is_state).cloned() else {
            return Ok(Input { instances, stated: Vec::new(), others: Vec::new(), sequence: None });
        };
        let archive = &asked.archive;
        let state = archive.volumetric_state(&stored, self.view.reformat).await?;
        let study = Scope { series: None, instance: None, ..target.0.clone() };
        let study = archive.instances_still(&asked.actor, &study, resource).await?;
        let sequence = match self.view.animation {
            Some(_) => None,
            None => archive.sequence(&stored, &state, &study).await?,
        };
        self.check_states(&state, sequence.as_ref())?;
        let by_name = study.iter().map(|instance| (instance.instance.as_str(), instance)).collect();
        let mut used = Used::default();
        let mut first = state.clone();
        if let Some(sequence) = &sequence {
            for frame in 1..sequence.count() {
                let state = archive.state_of(sequence, frame).await?;
                used.add_all(archive, &state, (&study, &by_name)).await?;
            }
            first = archive.state_of(sequence, 0).await?;
        }
        let ((instances, choice), others) = used.add_all(archive, &first, (&study, &by_name)).await?;
        let collected = sequence.iter().flat_map(Sequence::collected).filter(|other| other.instance != stored.instance);
        used.add(collected);
        archive.audit_input(&asked.actor, &used.instances, resource);
        used.add([&stored]);
        self.choice.otherwise(choice);
        // Another camera is not on the way of the state's own.
        let is_its = |own: &Animation| self.view.viewpoint.is_none() || !own.motion.is_path();
        let own = state.animation.clone().filter(is_its);
        self.view.animation = self.view.animation.take().or(own);
        self.view.state = Some(first);
        Ok(Input { instances, stated: used.instances, others, sequence })
    }

    /// Refuses what is asked of one volume when states compose several, or show one after the other.
    fn check_states(&self, state: &VolumetricState, sequence: Option<&Sequence>) -> Result<(), Failure> {
        let is_moving = |animation: &Animation| animation.motion == Motion::Phases;
        let is_of_colours = |method: Method| method == Method::Rendered(None);
        let is_in_space = self.view.reformat == Reformat::ThreeD;
        let is_of_one = self.view.window.is_some()
            || (is_in_space && self.view.method.is_some_and(|method| !is_of_colours(method)))
            || self.choice != Choice::default()
            || self.view.animation.as_ref().is_some_and(is_moving);
        if is_of_one && (state.is_composing() || sequence.is_some_and(Sequence::is_composing)) {
            return Err(Failure::BadRequest(
                "window, phases, match, volumeinputreference and, of rendered3d, preset and an intensity as renderingmethod \
                 are of one volume: this state composes several"
                    .into(),
            ));
        }
        if sequence.is_some() && self.choice != Choice::default() {
            let words =
                "match and volumeinputreference are of one volume: this state shows several, one after the other";
            return Err(Failure::BadRequest(words.into()));
        }
        Ok(())
    }
}

/// Instances, each once.
#[derive(Default)]
struct Used {
    names: HashSet<String>,
    instances: Vec<StoredInstance>,
}

impl Used {
    fn add<'a>(&mut self, instances: impl IntoIterator<Item = &'a StoredInstance>) {
        for instance in instances {
            if self.names.insert(instance.instance.clone()) {
                self.instances.push(instance.clone());
            }
        }
    }

    /// The images, Segmentations and Spatial Registrations that a state refers to; all images have to be there. Gives the
    /// images of its inputs.
    async fn add_all(
        &mut self,
        archive: &Archive,
        state: &VolumetricState,
        (study, by_name): (&[StoredInstance], &HashMap<&str, &StoredInstance>),
    ) -> Result<(Chosen, Vec<Chosen>), Failure> {
        let (first, others) = archive.inputs(state, study).await?;
        let states = std::iter::once(state).chain(state.others());
        for (state, (images, _)) in states.zip(std::iter::once(&first).chain(&others)) {
            self.add(state.said_by().filter_map(|uid| by_name.get(uid).copied()));
            self.add(images);
        }
        Ok((first, others))
    }
}
