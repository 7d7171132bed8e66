//! Passwords: what a good one is, how it is hashed (Argon2id), and random secrets.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;

use crate::Error;

/// Shortest password, in characters.
const SHORTEST: usize = 10;
/// Longest password, in bytes.
const LONGEST: usize = 1024;
/// Letters and digits that nobody takes for another.
const PLAIN: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// Says what is wrong with a password for the user `name`.
pub(super) fn check(password: &str, name: &str) -> Result<(), Error> {
    let first = password.chars().next();
    let problem = if password.chars().count() < SHORTEST {
        format!("the password is too short: at least {SHORTEST} characters are needed")
    } else if password.len() > LONGEST {
        format!("the password is too long: at most {LONGEST} bytes are taken")
    } else if password.to_lowercase().contains(&name.to_lowercase()) && password.len() < 2 * name.len() + SHORTEST {
        "the password is too much like the user name".to_owned()
    } else if password.chars().all(|c| Some(c) == first) {
        "the password is one character again and again".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::BadRequest(problem))
}

/// Argon2id with 19 MiB, two passes, one lane. Stored hashes carry their own parameters, so these may change.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a password to a PHC string. Takes tens of milliseconds and 19 MiB.
pub(super) fn hash(password: &str) -> Result<String, Error> {
    let hash: PasswordHash = argon2()
        .hash_password(password.as_bytes())
        .map_err(|error| Error::Internal("the password cannot be hashed".into(), Some(error.to_string().into())))?;
    Ok(hash.to_string())
}

/// Whether a password is the hashed one, in a time that does not depend on it. As costly as [`hash`].
pub(super) fn verify(password: &str, hash: &str) -> bool {
    match PasswordHash::new(hash) {
        Ok(hash) => argon2().verify_password(password.as_bytes(), &hash).is_ok(),
        Err(error) => {
            tracing::error!(%error, "a stored password hash cannot be read");
            false
        }
    }
}

/// A password of twenty random characters (116 bits), to be typed once.
pub(super) fn random() -> String {
    let mut rng = rand::rng();
    (0..20).map(|_| char::from(PLAIN[rng.random_range(0..PLAIN.len())])).collect()
}

/// A secret of 256 random bits, for machines.
pub(super) fn random_secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is kept of a secret of 256 random bits. It needs no salt and no slow hash: there is nothing to guess. It is looked
/// up by equality: what a timing tells is about the hash, which tells nothing about the secret.
pub(super) fn secret_hash(secret: &str) -> Vec<u8> {
    blake3::hash(secret.as_bytes()).as_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_with_argon2id_and_the_parameters_we_document() {
        let hashed = hash("correct horse").unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(verify("correct horse", &hashed));
        assert!(!verify("correct horsf", &hashed));
        assert!(!verify("correct horse", "not a hash"));
        assert_ne!(hashed, hash("correct horse").unwrap());
    }

    #[test]
    fn refuses_weak_passwords_with_words() {
        for (password, words) in [
            ("short", "at least 10 characters"),
            ("Adelaide12", "like the user name"),
            ("aaaaaaaaaaaa", "again and again"),
            (&"long ".repeat(300), "at most 1024 bytes"),
        ] {
            let error = check(password, "adelaide").unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        check("zehn Zeichen und mehr", "adelaide").unwrap();
    }

    #[test]
    fn random_passwords_are_good_ones() {
        let password = random();
        assert_eq!(password.len(), 20);
        check(&password, "admin").unwrap();
        assert_ne!(password, random());
        assert_eq!(random_secret().len(), 43);
    }
}
