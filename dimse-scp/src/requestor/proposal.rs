//! Which presentation contexts we propose (PS3.8 §9.3.2.2).

use std::collections::BTreeMap;
use std::sync::Arc;

use archive::retrieve::Kind;
use data_set::uids;
use dicom_ul::pdu::PresentationContextProposed as Proposed;

/// Most presentation contexts of an association: their IDs are odd numbers of one byte.
const MOST: usize = 128;
/// What every application entity takes one of.
const NATIVE: [&str; 2] = [uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::IMPLICIT_VR_LITTLE_ENDIAN];

/// Presentation contexts to propose: SOP Class, and transfer syntaxes of which the acceptor chooses one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal(Vec<(String, Vec<String>)>);

impl Proposal {
    /// Verification.
    pub(crate) fn verification() -> Arc<Self> {
        Arc::new(Self(vec![(uids::VERIFICATION.to_owned(), NATIVE.map(str::to_owned).to_vec())]))
    }

    /// Storage commitment, to report what was decided.
    pub(crate) fn commitment() -> Arc<Self> {
        let class = uids::STORAGE_COMMITMENT_PUSH_MODEL.to_owned();
        Arc::new(Self(vec![(class, NATIVE.map(str::to_owned).to_vec())]))
    }

    /// The SOP Classes whose SCP we are: of them the roles are reversed (PS3.7 §D.3.3.4).
    pub(super) fn provided(&self) -> impl Iterator<Item = &str> {
        let classes = self.0.iter().map(|(class, _)| class.as_str());
        classes.filter(|class| *class == uids::STORAGE_COMMITMENT_PUSH_MODEL)
    }

    /// To send instances of these kinds: a context for each SOP Class and transfer syntax, so that each is accepted or
    /// refused by itself, and one with the native transfer syntaxes that are left. When these are too many, one context
    /// for each SOP Class, as far as there is room.
    pub(crate) fn to_store(kinds: &[Kind]) -> Arc<Self> {
        let mut classes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for kind in kinds {
            classes.entry(&kind.sop_class).or_default().push(&kind.transfer_syntax);
        }
        let others = |stored: &[&str]| NATIVE.into_iter().filter(|uid| !stored.contains(uid)).collect::<Vec<_>>();
        let owned = |uids: &[&str]| uids.iter().map(|uid| (*uid).to_owned()).collect::<Vec<_>>();
        let mut contexts = Vec::new();
        for (class, stored) in &classes {
            contexts.extend(stored.iter().map(|uid| ((*class).to_owned(), owned(&[uid]))));
            let others = others(stored);
            if !others.is_empty() {
                contexts.push(((*class).to_owned(), owned(&others)));
            }
        }
        if contexts.len() > MOST {
            let whole = |(class, stored): (&&str, &Vec<&str>)| {
                let all = [&stored[..], &others(stored)].concat();
                ((*class).to_owned(), owned(&all))
            };
            contexts = classes.iter().take(MOST).map(whole).collect();
        }
        Arc::new(Self(contexts))
    }

    /// The same, and a transfer syntax that they are sent in where that is possible.
    pub(crate) fn to_store_in(transfer_syntax: &str, kinds: &[Kind]) -> Arc<Self> {
        let also = |kind: &Kind| Kind { transfer_syntax: transfer_syntax.to_owned(), ..kind.clone() };
        let mut kinds: Vec<Kind> = kinds.iter().flat_map(|kind| [kind.clone(), also(kind)]).collect();
        kinds.sort_unstable();
        kinds.dedup();
        Self::to_store(&kinds)
    }

    /// As they go into the A-ASSOCIATE-RQ.
    pub(super) fn contexts(&self) -> Vec<Proposed> {
        let ids = (1..=u8::MAX).step_by(2);
        self.0
            .iter()
            .zip(ids)
            .map(|((class, syntaxes), id)| Proposed {
                id,
                abstract_syntax: class.clone(),
                transfer_syntaxes: syntaxes.clone(),
            })
            .collect()
    }

    /// Whether all of `needed` was proposed here too.
    pub(super) fn covers(&self, needed: &Self) -> bool {
        needed.0.iter().all(|context| self.0.contains(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CT: &str = uids::CT_IMAGE_STORAGE;
    const JPEG: &str = "1.2.840.10008.1.2.4.70";

    fn kind(class: &str, syntax: &str) -> Kind {
        Kind { sop_class: class.into(), transfer_syntax: syntax.into() }
    }

    fn proposed(kinds: &[Kind]) -> Vec<Vec<String>> {
        Proposal::to_store(kinds).contexts().into_iter().map(|context| context.transfer_syntaxes).collect()
    }

    #[test]
    fn proposes_stored_transfer_syntaxes_each_by_itself() {
        assert_eq!(proposed(&[kind(CT, NATIVE[0])]), [[NATIVE[0]], [NATIVE[1]]]);
        assert_eq!(proposed(&[kind(CT, JPEG)]), [vec![JPEG], NATIVE.to_vec()]);
        assert_eq!(proposed(&[kind(CT, JPEG), kind(CT, NATIVE[1])]), [[JPEG], [NATIVE[1]], [NATIVE[0]]]);
    }

    #[test]
    fn never_proposes_more_than_128_contexts() {
        for classes in [60, 100, 300] {
            let kinds: Vec<Kind> = (0..classes).map(|i| kind(&format!("1.2.3.{i}"), JPEG)).collect();
            let contexts = Proposal::to_store(&kinds).contexts();
            assert_eq!(contexts.len(), [120, 100, 128][usize::from(classes >= 100) + usize::from(classes >= 300)]);
            assert!(contexts.iter().all(|context| context.id % 2 == 1));
            assert!(contexts.iter().any(|context| context.transfer_syntaxes[0] == JPEG));
        }
    }

    #[test]
    fn knows_what_an_association_is_good_for() {
        let both = Proposal::to_store(&[kind(CT, JPEG), kind(uids::MR_IMAGE_STORAGE, NATIVE[0])]);
        let one = Proposal::to_store(&[kind(CT, JPEG)]);
        assert!(both.covers(&one) && one.covers(&one) && !one.covers(&both));
    }
}
