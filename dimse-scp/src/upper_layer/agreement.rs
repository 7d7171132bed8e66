//! What is agreed on about a SOP Class beyond its presentation contexts: roles (PS3.7 §D.3.3.4) and what extended
//! negotiation says of the service (PS3.7 §D.3.3.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use dicom_ul::pdu::{RequestorRoles, UserVariableItem as Item};

use super::{Context, Contexts};
use crate::service::Service;

/// Agreements by SOP Class.
#[derive(Debug, Default)]
pub(super) struct Agreements {
    roles: BTreeMap<String, RequestorRoles>,
    extended: BTreeMap<String, Vec<u8>>,
}

impl Contexts {
    /// Decides on the roles and the extended negotiation that the requestor proposes for accepted SOP Classes.
    pub(crate) fn agree(&mut self, proposed: &[Item]) {
        let mut agreements = Agreements::default();
        for item in proposed {
            match item {
                Item::ScuScpRoleSelectionSubItem(class, roles) if self.has(class) => {
                    agreements.roles.insert(class.clone(), self.roles(class, *roles));
                }
                Item::SopClassExtendedNegotiationSubItem(class, information) if self.has(class) => {
                    let answer = Service::of(class).and_then(|service| service.extended(information));
                    agreements.extended.extend(answer.map(|answer| (class.clone(), answer)));
                }
                _ => {}
            }
        }
        self.agreements = agreements;
    }

    /// Roles that the requestor may take. We ask it for operations only as part of one that it asks us for: C-STORE within
    /// C-GET.
    fn roles(&self, class: &str, proposed: RequestorRoles) -> RequestorRoles {
        let of_service = |service| self.iter().any(|context| context.service == service);
        let takes = Service::of(class) == Some(Service::Storage) && of_service(Service::Get);
        RequestorRoles { scu: proposed.scu, scp: proposed.scp && takes }
    }

    /// The contexts of a SOP Class in which we may ask the requestor for its operations, because it is its SCP.
    pub(crate) fn asking(&self, class: &str) -> impl Iterator<Item = &Arc<Context>> {
        let is_scp = self.agreements.roles.get(class).is_some_and(|roles| roles.scp);
        self.iter().filter(move |context| is_scp && context.abstract_syntax == class)
    }

    /// What was agreed on by extended negotiation, byte by byte as the service defines it; nothing without one.
    pub(crate) fn extended(&self, class: &str) -> &[u8] {
        self.agreements.extended.get(class).map_or(&[], Vec::as_slice)
    }

    /// Our answers to the requestor's sub-items, in its order.
    pub(super) fn answers(&self, proposed: &[Item]) -> impl Iterator<Item = Item> {
        proposed.iter().filter_map(|item| match item {
            Item::ScuScpRoleSelectionSubItem(class, _) => {
                let roles = self.agreements.roles.get(class)?;
                Some(Item::ScuScpRoleSelectionSubItem(class.clone(), *roles))
            }
            Item::SopClassExtendedNegotiationSubItem(class, _) => {
                let information = self.agreements.extended.get(class)?;
                Some(Item::SopClassExtendedNegotiationSubItem(class.clone(), information.clone()))
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use data_set::uids;
    use dicom_ul::pdu::PresentationContextProposed;

    use super::*;

    fn contexts(classes: &[&str]) -> Contexts {
        let proposed = classes.iter().zip((1..).step_by(2)).map(|(class, id)| PresentationContextProposed {
            id,
            abstract_syntax: (*class).to_owned(),
            transfer_syntaxes: vec![uids::EXPLICIT_VR_LITTLE_ENDIAN.into()],
        });
        Contexts::negotiate(&proposed.collect::<Vec<_>>()).unwrap().0
    }

    #[test]
    fn lets_nobody_be_asked_who_asked_for_nothing() {
        let mut contexts = contexts(&[uids::CT_IMAGE_STORAGE]);
        let roles = RequestorRoles { scu: true, scp: true };
        contexts.agree(&[Item::ScuScpRoleSelectionSubItem(uids::CT_IMAGE_STORAGE.into(), roles)]);
        assert_eq!(contexts.asking(uids::CT_IMAGE_STORAGE).count(), 0);
    }

    #[test]
    fn remembers_what_extended_negotiation_came_to() {
        let ct = uids::CT_IMAGE_STORAGE;
        let mut contexts = contexts(&[ct]);
        assert!(contexts.extended(ct).is_empty());
        contexts.agree(&[Item::SopClassExtendedNegotiationSubItem(ct.into(), vec![1])]);
        assert_eq!(contexts.extended(ct), [2, 0, 3, 0, 0, 0]);
        assert!(contexts.extended(uids::MR_IMAGE_STORAGE).is_empty());
    }
}
