//! The secret that pseudonyms are made with, and what is made with it. Keyed BLAKE3 is the pseudorandom function: who has
//! not the key learns nothing of what went in, and cannot try what somebody's pseudonym would be.

use std::fmt::Write;

use uuid::Uuid;

/// Length of the secret in bytes.
pub(crate) const LENGTH: usize = 32;
/// Most days by which a patient's dates are moved: ten years.
const MOST_DAYS: u32 = 3_652;
/// Version of what is done with attributes: another one makes other objects, which clients must not take for those that they
/// have.
const VERSION: u8 = 3;
/// What all UIDs begin with that the Standard defines (PS3.6 Annex A): they tell of no person.
const OF_THE_STANDARD: &str = "1.2.840.10008.";

/// The secret of this archive.
pub(crate) struct Secret([u8; LENGTH]);

/// The patient of an object as others are told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// In the place of Patient ID and Patient's Name: 16 hexadecimal digits.
    pub pseudonym: String,
    /// Days by which all dates are earlier.
    pub days: u32,
    /// Key in the databases.
    pub key: Uuid,
}

impl Secret {
    pub(crate) fn new(bytes: [u8; LENGTH]) -> Self {
        Self(bytes)
    }

    /// As [`Secret::uid`], but those of the Standard stand for themselves.
    pub(super) fn other_uid(&self, uid: &str) -> String {
        let uid = uid.trim_matches(['\0', ' ']);
        if uid.starts_with(OF_THE_STANDARD) && crate::Uid::new(uid).is_ok() {
            return uid.to_owned();
        }
        self.uid(uid)
    }

    /// The UID that stands for one; nothing stands for nothing.
    pub(crate) fn uid(&self, uid: &str) -> String {
        let uid = uid.trim_matches(['\0', ' ']);
        if uid.is_empty() {
            return String::new();
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.made("uid", uid.as_bytes())[..16]);
        format!("2.25.{}", uuid::Builder::from_random_bytes(bytes).into_uuid().as_u128())
    }

    /// The person with this key in the databases.
    pub(super) fn person(&self, patient: Uuid) -> Person {
        let moved = self.made("days", patient.as_bytes());
        let number = u32::from_le_bytes([moved[0], moved[1], moved[2], moved[3]]);
        let pseudonym = short(&self.made("patient", patient.as_bytes()));
        Person { pseudonym, days: 1 + number % MOST_DAYS, key: patient }
    }

    /// What stands for an Accession Number (SH: 16 characters).
    pub(super) fn accession(&self, number: &str) -> String {
        short(&self.made("accession", number.as_bytes()))
    }

    /// What tells one state of an object from another, without telling the object's digest: who knows most of what went
    /// into that could try out the rest.
    pub(super) fn digest(&self, digest: &[u8]) -> Vec<u8> {
        self.made("digest", &[digest, &[VERSION]].concat()).to_vec()
    }

    /// A UID that nothing has, and that nobody can know.
    pub(super) fn nobodys(&self) -> String {
        self.uid("nobody's")
    }

    /// The place of an instance among others that are alike in everything else: it says nothing of when they came.
    pub(crate) fn place(&self, instance_key: i64) -> i64 {
        let mut place = [0; 8];
        self.fill("place", &instance_key.to_le_bytes(), &mut place);
        i64::from_le_bytes(place)
    }

    /// As many bytes as `out` has, for this purpose and no other.
    pub(super) fn fill(&self, purpose: &str, input: &[u8], out: &mut [u8]) {
        let mut hash = blake3::Hasher::new_keyed(&self.0);
        hash.update(&(purpose.len() as u64).to_le_bytes()).update(purpose.as_bytes()).update(input);
        hash.finalize_xof().fill(out);
    }

    fn made(&self, purpose: &str, input: &[u8]) -> [u8; LENGTH] {
        let mut out = [0; LENGTH];
        self.fill(purpose, input, &mut out);
        out
    }
}

/// Says what it is, and keeps it.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// 64 bits as 16 hexadecimal digits.
fn short(bytes: &[u8; LENGTH]) -> String {
    bytes[..8].iter().fold(String::with_capacity(16), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_uid_has_one_pseudonym_and_another_with_another_secret() {
        let secret = Secret::new([7; LENGTH]);
        let made = secret.uid("1.2.3.4");
        assert!(crate::Uid::new(&made).is_ok(), "{made}");
        assert_eq!(made, secret.uid("1.2.3.4\0"));
        assert_ne!(made, secret.uid("1.2.3.5"));
        assert_ne!(made, Secret::new([8; LENGTH]).uid("1.2.3.4"));
    }

    #[test]
    fn uids_of_the_standard_stay_where_they_name_kinds() {
        let secret = Secret::new([7; LENGTH]);
        assert_eq!(secret.other_uid("1.2.840.10008.5.1.4.1.1.2"), "1.2.840.10008.5.1.4.1.1.2");
        for replaced in ["1.2.840.100089.1", "1.2.840.10008.Ada", "1.2.840.10008.", "1.2.840.10008.1 2"] {
            let other = secret.other_uid(replaced);
            assert!(other.starts_with("2.25."), "{replaced}: {other}");
        }
        assert_eq!(secret.other_uid(""), "");
    }

    #[test]
    fn uids_of_objects_never_stay() {
        let secret = Secret::new([7; LENGTH]);
        assert!(secret.uid("1.2.840.10008.5.1.4.1.1.2").starts_with("2.25."));
        assert_eq!(secret.uid(""), "");
    }

    #[test]
    fn dates_of_a_person_move_by_some_days_at_least_one() {
        let secret = Secret::new([7; LENGTH]);
        for number in 0..1_000_u128 {
            let person = secret.person(Uuid::from_u128(number));
            assert!((1..=MOST_DAYS).contains(&person.days));
            assert_eq!(person.pseudonym.len(), 16);
            assert_eq!(person, secret.person(Uuid::from_u128(number)));
        }
    }
}
