//! Where something is forwarded to: a registered application entity, or the Store service of another web server.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

pub use schema::forwarding::Reach;
use url::{Host, Url};

use crate::AeTitle;

/// Longest URL that is taken, in bytes.
const LONGEST: usize = 512;

/// A destination.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Destination {
    /// A registered application entity, by C-STORE.
    Ae(AeTitle),
    /// A web server, by the Store transaction (STOW-RS, PS3.18 §10.5).
    Web(WebAddress),
}

/// The base URL of a DICOMweb service: `https://archive.example/dicom-web`. It holds no secret, and ends without a slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WebAddress {
    text: String,
    is_private: bool,
}

impl Destination {
    /// How it is reached.
    pub fn reach(&self) -> Reach {
        match self {
            Self::Ae(_) => Reach::Dimse,
            Self::Web(_) => Reach::Web,
        }
    }

    /// The AE title, if it is one.
    pub fn ae(&self) -> Option<&AeTitle> {
        match self {
            Self::Ae(title) => Some(title),
            Self::Web(_) => None,
        }
    }
}

impl WebAddress {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether nobody else can read what is sent there: it is encrypted, or stays on this machine.
    pub fn is_private(&self) -> bool {
        self.is_private
    }
}

impl FromStr for WebAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|error| format!("the URL of the destination is none: {error}"))?;
        let refuse = |words: &str| Err(words.to_owned());
        let loopback = match url.host() {
            None => return refuse("the URL of the destination names no host"),
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        };
        if !matches!(url.scheme(), "https" | "http") {
            return refuse("the URL of the destination begins with https:// or http://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("a name and password are not part of the URL: they are given apart, where nobody sees them");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("the URL of the destination is that of its DICOMweb service, without ? and #");
        }
        let shown = url.as_str().trim_end_matches('/').to_owned();
        if shown.len() > LONGEST {
            return refuse("the URL of the destination has more than 512 characters");
        }
        Ok(Self { text: shown, is_private: url.scheme() == "https" || loopback })
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ae(title) => title.fmt(f),
            Self::Web(address) => address.fmt(f),
        }
    }
}

/// A text with `://` is a URL.
impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.contains("://") {
            true => text.parse().map(Self::Web),
            false => AeTitle::new(text).map(Self::Ae),
        }
    }
}

impl TryFrom<String> for Destination {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        destination.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_titles_from_urls() {
        assert!(matches!("READING".parse(), Ok(Destination::Ae(_))));
        let web: Destination = "https://archive.example/dicom-web/".parse().unwrap();
        assert_eq!((web.reach(), web.to_string().as_str()), (Reach::Web, "https://archive.example/dicom-web"));
        assert_eq!(web.to_string().parse(), Ok(web));
    }

    #[test]
    fn knows_what_stays_between_two() {
        for (url, is_private) in [
            ("https://archive.example/dicom-web", true),
            ("http://127.0.0.1:8080/dicom-web", true),
            ("http://[::1]:8080/dicom-web", true),
            ("http://localhost/dicom-web", true),
            ("http://archive.example/dicom-web", false),
            ("http://192.0.2.7/dicom-web", false),
        ] {
            assert_eq!(url.parse::<WebAddress>().unwrap().is_private(), is_private, "{url}");
        }
    }

    #[test]
    fn refuses_urls_that_cannot_be_meant() {
        for (url, words) in [
            ("ftp://archive.example/", "begins with https"),
            ("https://", "is none"),
            ("https://me:secret@archive.example/", "not part of the URL"),
            ("https://archive.example/?token=x", "without ? and #"),
            ("https://archive.example/#x", "without ? and #"),
        ] {
            let refused = url.parse::<Destination>().unwrap_err();
            assert!(refused.contains(words) && !refused.contains("secret"), "{refused}");
        }
    }
}
