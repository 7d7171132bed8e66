//! Certificates by which application entities prove that they are who they say (PS3.15 §B): a title alone is a name.

use std::fmt;
use std::str::FromStr;

/// A certificate that the caller of an association showed; TLS has verified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCertificate {
    /// SHA-256 of its DER form.
    pub sha256: [u8; 32],
    /// Common Name of its subject, if it has one.
    pub common_name: Option<String>,
}

/// The certificate that an application entity has to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundCertificate {
    /// Exactly this one: SHA-256 of its DER form.
    Sha256([u8; 32]),
    /// Any of a trusted authority whose subject has this Common Name.
    CommonName(String),
}

impl BoundCertificate {
    /// Whether what was shown is it.
    pub fn is(&self, shown: &ShownCertificate) -> bool {
        match self {
            Self::Sha256(sha256) => *sha256 == shown.sha256,
            Self::CommonName(name) => shown.common_name.as_deref() == Some(name),
        }
    }
}

/// `sha256:` and 64 hexadecimal digits, or `CN=` and a name.
impl fmt::Display for BoundCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(digest) => {
                f.write_str("sha256:")?;
                digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::CommonName(name) => write!(f, "CN={name}"),
        }
    }
}

/// Reads what it is shown as, and fingerprints as OpenSSL writes them (`AB:CD:…`).
impl FromStr for BoundCertificate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix("CN=") {
            let is_name = (1..=64).contains(&name.chars().count()) && !name.contains(char::is_control);
            return if is_name {
                Ok(Self::CommonName(name.to_owned()))
            } else {
                Err("a common name has 1 to 64 printable characters".to_owned())
            };
        }
        let digits: String = text.trim_start_matches("sha256:").chars().filter(|c| *c != ':').collect();
        sha256(&digits).map(Self::Sha256).ok_or_else(|| {
            "a certificate is told by its SHA-256 fingerprint, 64 hexadecimal digits with or without colons, or by its \
             subject, CN=NAME"
                .to_owned()
        })
    }
}

fn sha256(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fingerprints_with_and_without_colons() {
        let plain = "ab".repeat(32);
        let colons = ["AB"; 32].join(":");
        for text in [plain.clone(), colons, format!("sha256:{plain}")] {
            assert_eq!(text.parse(), Ok(BoundCertificate::Sha256([0xAB; 32])), "{text}");
        }
        assert_eq!(BoundCertificate::Sha256([0xAB; 32]).to_string(), format!("sha256:{plain}"));
    }

    #[test]
    fn reads_common_names() {
        let bound: BoundCertificate = "CN=ct1.radiology.example".parse().unwrap();
        let shown = |name: &str| ShownCertificate { sha256: [1; 32], common_name: Some(name.to_owned()) };
        assert!(bound.is(&shown("ct1.radiology.example")));
        assert!(!bound.is(&shown("ct2.radiology.example")));
        assert!(!bound.is(&ShownCertificate { sha256: [1; 32], common_name: None }));
        assert_eq!(bound.to_string(), "CN=ct1.radiology.example");
    }

    #[test]
    fn refuses_what_tells_no_certificate() {
        for text in ["", "CN=", "CN=a\0b", "abcd", &"g".repeat(64), &"é".repeat(32)] {
            assert!(text.parse::<BoundCertificate>().is_err(), "{text}");
        }
    }
}
