//! The User Information of our A-ASSOCIATE-AC (PS3.7 §D.3.3): who we are, and our answers to what was proposed.

use data_set::explicit::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};
use dicom_ul::pdu::UserVariableItem as Item;

use super::Contexts;

/// Asynchronous operations window sub-item (PS3.7 §D.3.3.3), and our answer: one operation invoked, one performed. Several
/// of one association would share its one stream and its one peer; who wants more at once opens more associations.
const ASYNCHRONOUS_OPERATIONS: u8 = 0x53;
const ONE_EACH: [u8; 4] = [0, 1, 0, 1];
/// User identity response sub-item (PS3.7 §D.3.3.7.2).
const USER_IDENTITY_RESPONSE: u8 = 0x59;

/// Our sub-items. Who proposes no asynchronous operations window gets none, and means one operation at a time by that;
/// common extended negotiation (0x57) has no answer.
pub(crate) fn answer(proposed: &[Item], contexts: &Contexts, max_pdu: u32, identity_accepted: bool) -> Vec<Item> {
    let mut items = vec![
        Item::MaxLength(max_pdu),
        Item::ImplementationClassUID(IMPLEMENTATION_CLASS_UID.to_owned()),
        Item::ImplementationVersionName(IMPLEMENTATION_VERSION_NAME.to_owned()),
    ];
    let is_window =
        |item: &Item| matches!(item, Item::Unknown(ASYNCHRONOUS_OPERATIONS, window) if window.len() == ONE_EACH.len());
    if proposed.iter().any(is_window) {
        items.push(Item::Unknown(ASYNCHRONOUS_OPERATIONS, ONE_EACH.to_vec()));
    }
    items.extend(contexts.answers(proposed));
    if identity_accepted {
        // An empty server response: its length only.
        items.push(Item::Unknown(USER_IDENTITY_RESPONSE, vec![0, 0]));
    }
    items
}

#[cfg(test)]
mod tests {
    use data_set::uids;
    use dicom_ul::pdu::{PresentationContextProposed, RequestorRoles};

    use super::*;

    fn contexts() -> Contexts {
        let (contexts, _) = Contexts::negotiate(&[PresentationContextProposed {
            id: 1,
            abstract_syntax: uids::CT_IMAGE_STORAGE.into(),
            transfer_syntaxes: vec![uids::EXPLICIT_VR_LITTLE_ENDIAN.into()],
        }])
        .unwrap();
        contexts
    }

    #[test]
    fn names_us_and_our_limit() {
        let items = answer(&[], &contexts(), 16384, false);
        assert_eq!(items[0], Item::MaxLength(16384));
        assert_eq!(items[1], Item::ImplementationClassUID(IMPLEMENTATION_CLASS_UID.into()));
        assert_eq!(items[2], Item::ImplementationVersionName(IMPLEMENTATION_VERSION_NAME.into()));
        assert_eq!(items.len(), 3);
    }

    #[test]
    fn answers_roles_and_extended_negotiation_of_accepted_classes_only() {
        let roles = RequestorRoles { scu: true, scp: true };
        let proposed = [
            Item::ScuScpRoleSelectionSubItem(uids::CT_IMAGE_STORAGE.into(), roles),
            Item::ScuScpRoleSelectionSubItem(uids::MR_IMAGE_STORAGE.into(), roles),
            Item::SopClassExtendedNegotiationSubItem(uids::CT_IMAGE_STORAGE.into(), vec![2, 0, 0, 0, 0, 0]),
        ];
        let mut contexts = contexts();
        contexts.agree(&proposed);
        let items = answer(&proposed, &contexts, 16384, false);
        let scu = RequestorRoles { scu: true, scp: false };
        assert_eq!(items[3], Item::ScuScpRoleSelectionSubItem(uids::CT_IMAGE_STORAGE.into(), scu));
        assert_eq!(
            items[4],
            Item::SopClassExtendedNegotiationSubItem(uids::CT_IMAGE_STORAGE.into(), vec![2, 0, 3, 0, 0, 0])
        );
        assert_eq!(items.len(), 5);
    }

    #[test]
    fn agrees_on_one_operation_at_a_time_with_who_proposes_more() {
        for window in [[0, 8, 0, 1], [0, 0, 0, 0], [0, 1, 0, 1]] {
            let items = answer(&[Item::Unknown(0x53, window.to_vec())], &contexts(), 16384, false);
            assert_eq!(items[3..], [Item::Unknown(0x53, vec![0, 1, 0, 1])]);
        }
    }

    #[test]
    fn confirms_an_accepted_user_identity() {
        assert_eq!(answer(&[], &contexts(), 16384, true)[3], Item::Unknown(0x59, vec![0, 0]));
    }
}
