//! Presentation contexts (PS3.8 §7.1.1.13, §9.3.2.2): which of the proposed ones we take, and in which transfer syntax.

use std::collections::BTreeMap;
use std::sync::Arc;

use archive::Uid;
use data_set::uids;
use dicom_ul::pdu::{
    PresentationContextProposed as Proposed, PresentationContextResult as Answer,
    PresentationContextResultReason as Reason,
};

use super::agreement::Agreements;
use super::{AbortReason, End};
use crate::preferences::Preferences;
use crate::service::Service;

/// An accepted presentation context.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Context {
    /// Odd number that PDVs carry.
    pub(crate) id: u8,
    /// Abstract Syntax: a SOP Class UID.
    pub(crate) abstract_syntax: String,
    /// Transfer Syntax UID of its data sets.
    pub(crate) transfer_syntax: String,
    /// Who answers here.
    pub(crate) service: Service,
}

/// The accepted presentation contexts of an association.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    by_id: BTreeMap<u8, Arc<Context>>,
    pub(super) agreements: Agreements,
}

impl Contexts {
    /// The context of a PDV.
    pub(crate) fn get(&self, id: u8) -> Result<&Arc<Context>, End> {
        self.by_id.get(&id).ok_or(End::Protocol(
            AbortReason::InvalidPduParameter,
            "a message in a presentation context that was not accepted",
        ))
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Context>> {
        self.by_id.values()
    }

    /// Whether the SOP Class is accepted in some context.
    pub(crate) fn has(&self, abstract_syntax: &str) -> bool {
        self.iter().any(|context| context.abstract_syntax == abstract_syntax)
    }

    /// Decides without preferences.
    #[cfg(any(test, feature = "exercise"))]
    pub(crate) fn negotiate(proposed: &[Proposed]) -> Result<(Self, Vec<Answer>), End> {
        Self::negotiate_by(proposed, &Preferences::default())
    }

    /// Decides on all proposed contexts; the answers are in the order of the proposals.
    pub(crate) fn negotiate_by(proposed: &[Proposed], preferences: &Preferences) -> Result<(Self, Vec<Answer>), End> {
        let mut accepted = Self::default();
        let mut answers = Vec::with_capacity(proposed.len().min(128));
        let mut seen = [false; 256];
        for proposal in proposed {
            if proposal.id % 2 == 0 || std::mem::replace(&mut seen[usize::from(proposal.id)], true) {
                let what = "a presentation context ID that is even or used twice";
                return Err(End::Protocol(AbortReason::InvalidPduParameter, what));
            }
            let (reason, transfer_syntax) = match decide(proposal, preferences) {
                Ok((service, transfer_syntax)) => {
                    accepted.by_id.insert(
                        proposal.id,
                        Arc::new(Context {
                            id: proposal.id,
                            abstract_syntax: proposal.abstract_syntax.clone(),
                            transfer_syntax: transfer_syntax.to_owned(),
                            service,
                        }),
                    );
                    (Reason::Acceptance, transfer_syntax)
                }
                // The transfer syntax of a refused context is not significant; the item must have one all the same.
                Err(reason) => (reason, uids::IMPLICIT_VR_LITTLE_ENDIAN),
            };
            answers.push(Answer { id: proposal.id, reason, transfer_syntax: transfer_syntax.to_owned() });
        }
        Ok((accepted, answers))
    }

    /// What an acceptor took of our own proposals. An answer to nothing, or in a transfer syntax that was not proposed, is
    /// none.
    pub(crate) fn agreed(proposed: &[Proposed], answers: &[Answer]) -> Self {
        let mut accepted = Self::default();
        for answer in answers.iter().filter(|answer| answer.reason == Reason::Acceptance) {
            let transfer_syntax = answer.transfer_syntax.trim_matches(['\0', ' ']);
            let is_answered = |proposal: &&Proposed| {
                proposal.id == answer.id && proposal.transfer_syntaxes.iter().any(|uid| uid == transfer_syntax)
            };
            let Some(proposal) = proposed.iter().find(is_answered) else { continue };
            let Some(service) = Service::of(&proposal.abstract_syntax) else { continue };
            let context = Context {
                id: answer.id,
                abstract_syntax: proposal.abstract_syntax.clone(),
                transfer_syntax: transfer_syntax.to_owned(),
                service,
            };
            accepted.by_id.insert(answer.id, Arc::new(context));
        }
        accepted
    }
}

fn decide<'a>(proposal: &'a Proposed, preferences: &Preferences) -> Result<(Service, &'a str), Reason> {
    let service = Service::of(&proposal.abstract_syntax).ok_or(Reason::AbstractSyntaxNotSupported)?;
    let transfer_syntax = match service.transfer_syntaxes() {
        None => {
            let preferred = preferences.choose(&proposal.abstract_syntax, &proposal.transfer_syntaxes);
            preferred.or_else(|| first(&proposal.transfer_syntaxes))
        }
        Some(ours) => ours.iter().copied().find(|uid| proposal.transfer_syntaxes.iter().any(|offered| offered == uid)),
    };
    Ok((service, transfer_syntax.ok_or(Reason::TransferSyntaxesNotSupported)?))
}

/// The requestor's first transfer syntax, whatever it is: the archive keeps bytes as they come. Only Implicit VR gives
/// way to Explicit VR Little Endian when that is offered too, because it loses the VRs of private elements.
fn first(offered: &[String]) -> Option<&str> {
    let first = offered.iter().map(String::as_str).find(|uid| Uid::new(uid).is_ok())?;
    let explicit = || offered.iter().any(|uid| uid == uids::EXPLICIT_VR_LITTLE_ENDIAN);
    if first == uids::IMPLICIT_VR_LITTLE_ENDIAN && explicit() {
        return Some(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CT: &str = uids::CT_IMAGE_STORAGE;
    const IMPLICIT: &str = uids::IMPLICIT_VR_LITTLE_ENDIAN;
    const EXPLICIT: &str = uids::EXPLICIT_VR_LITTLE_ENDIAN;

    fn proposed(id: u8, abstract_syntax: &str, transfer_syntaxes: &[&str]) -> Proposed {
        Proposed {
            id,
            abstract_syntax: abstract_syntax.into(),
            transfer_syntaxes: transfer_syntaxes.iter().map(ToString::to_string).collect(),
        }
    }

    fn answer(abstract_syntax: &str, transfer_syntaxes: &[&str]) -> (Reason, String) {
        let (_, answers) = Contexts::negotiate(&[proposed(1, abstract_syntax, transfer_syntaxes)]).unwrap();
        (answers[0].reason.clone(), answers[0].transfer_syntax.clone())
    }

    #[test]
    fn takes_the_first_transfer_syntax_offered() {
        let jpeg = "1.2.840.10008.1.2.4.70";
        assert_eq!(answer(CT, &[jpeg, EXPLICIT, IMPLICIT]), (Reason::Acceptance, jpeg.into()));
        assert_eq!(answer(CT, &["1.2.3.4.5"]), (Reason::Acceptance, "1.2.3.4.5".into()));
        assert_eq!(answer(CT, &[IMPLICIT]), (Reason::Acceptance, IMPLICIT.into()));
    }

    #[test]
    fn takes_a_preferred_transfer_syntax_first() {
        let jpeg = "1.2.840.10008.1.2.4.70";
        let preferences = format!("{CT}={jpeg}").parse().unwrap();
        let proposed = [proposed(1, CT, &[EXPLICIT, jpeg]), proposed(3, uids::MR_IMAGE_STORAGE, &[EXPLICIT, jpeg])];
        let (contexts, _) = Contexts::negotiate_by(&proposed, &preferences).unwrap();
        let chosen = [1, 3].map(|id| contexts.get(id).unwrap().transfer_syntax.clone());
        assert_eq!(chosen, [jpeg, EXPLICIT]);
    }

    #[test]
    fn prefers_explicit_vr_to_implicit_vr() {
        assert_eq!(answer(CT, &[IMPLICIT, "1.2.840.10008.1.2.2", EXPLICIT]), (Reason::Acceptance, EXPLICIT.into()));
    }

    #[test]
    fn refuses_a_context_without_a_usable_transfer_syntax() {
        assert_eq!(answer(CT, &[]).0, Reason::TransferSyntaxesNotSupported);
        assert_eq!(answer(CT, &["rubbish", ""]).0, Reason::TransferSyntaxesNotSupported);
    }

    #[test]
    fn takes_for_queries_what_it_can_write_itself_the_best_first() {
        let find = uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND;
        assert_eq!(answer(find, &[IMPLICIT, EXPLICIT]), (Reason::Acceptance, EXPLICIT.into()));
        assert_eq!(answer(find, &["1.2.840.10008.1.2.4.70", IMPLICIT]), (Reason::Acceptance, IMPLICIT.into()));
        assert_eq!(answer(find, &["1.2.840.10008.1.2.4.70"]).0, Reason::TransferSyntaxesNotSupported);
    }

    #[test]
    fn refuses_an_abstract_syntax_that_nobody_serves() {
        assert_eq!(answer("1.2.840.10008.5.1.1.9", &[IMPLICIT]).0, Reason::AbstractSyntaxNotSupported);
    }

    #[test]
    fn aborts_on_even_and_repeated_ids() {
        assert!(Contexts::negotiate(&[proposed(2, CT, &[IMPLICIT])]).is_err());
        assert!(Contexts::negotiate(&[proposed(3, CT, &[IMPLICIT]), proposed(3, CT, &[EXPLICIT])]).is_err());
    }

    #[test]
    fn knows_only_accepted_contexts() {
        let (contexts, _) =
            Contexts::negotiate(&[proposed(1, CT, &[IMPLICIT]), proposed(3, "1.2.840.10008.5.1.1.9", &[IMPLICIT])])
                .unwrap();
        assert_eq!(contexts.get(1).unwrap().abstract_syntax, CT);
        assert!(contexts.get(3).is_err() && contexts.get(5).is_err());
        assert!(contexts.has(CT));
    }
}
