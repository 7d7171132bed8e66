//! User identity negotiation (PS3.7 §D.3.3.7): the name and password that a requestor may show beside its AE title.

use archive::Credentials;
use dicom_ul::pdu::{UserIdentityType, UserVariableItem};

/// What a requestor says about its user.
pub(crate) struct Claim {
    /// Name and password, for the archive to check.
    pub(crate) credentials: Credentials,
    /// Whether it wants to hear that they were accepted.
    pub(crate) wants_answer: bool,
}

/// The claim that we can check, if there is one.
///
/// Only a name with a password is. A name alone proves nothing, and tickets and assertions need a service that we do not
/// have: those requestors act with the rights of their AE title and get no positive response, from which they see that
/// their identity was not taken into account (PS3.7 §D.3.3.7.2).
pub(crate) fn claim(items: &[UserVariableItem]) -> Option<Claim> {
    items.iter().find_map(|item| match item {
        UserVariableItem::UserIdentityItem(identity)
            if identity.identity_type() == UserIdentityType::UsernamePassword =>
        {
            let text = |field: Vec<u8>| String::from_utf8_lossy(&field).into_owned();
            Some(Claim {
                credentials: Credentials::Password {
                    name: text(identity.primary_field()),
                    password: text(identity.secondary_field()),
                },
                wants_answer: identity.positive_response_requested(),
            })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use dicom_ul::pdu::UserIdentity;

    use super::*;

    fn item(kind: UserIdentityType) -> UserVariableItem {
        UserVariableItem::UserIdentityItem(UserIdentity::new(true, kind, b"somebody".to_vec(), b"secret".to_vec()))
    }

    #[test]
    fn takes_a_name_with_a_password() {
        let claim = claim(&[UserVariableItem::MaxLength(1), item(UserIdentityType::UsernamePassword)]).unwrap();
        assert!(claim.wants_answer);
        assert!(matches!(claim.credentials, Credentials::Password { name, password }
            if name == "somebody" && password == "secret"));
    }

    #[test]
    fn leaves_aside_what_cannot_be_checked() {
        assert!(claim(&[item(UserIdentityType::Username), item(UserIdentityType::SamlAssertion)]).is_none());
        assert!(claim(&[]).is_none());
    }
}
