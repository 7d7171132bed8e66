//! What the gateway shows to a web server that it forwards to.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schema::forwarding::web;

use super::{Destination, WebAddress};
use crate::{Archive, Error};

/// A credential: the value of Authorization. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebCredential(String);

impl WebCredential {
    /// A user name and a password (RFC 7617).
    ///
    /// # Errors
    /// `BadRequest` when the name has a colon, or one of them a control character.
    pub fn basic(name: &str, password: &str) -> Result<Self, Error> {
        if name.is_empty() || name.contains(':') || [name, password].iter().any(|text| text.contains(char::is_control))
        {
            return Err(Error::BadRequest(
                "a user name has no colon, and it and its password have no control characters".into(),
            ));
        }
        Ok(Self(format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))))
    }

    /// A token (RFC 6750).
    ///
    /// # Errors
    /// `BadRequest` when it is empty, or has other characters than visible ASCII ones.
    pub fn bearer(token: &str) -> Result<Self, Error> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::BadRequest("a token has visible ASCII characters only".into()));
        }
        Ok(Self(format!("Bearer {token}")))
    }

    /// The value of Authorization, to be shown to the server and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebCredential(…)")
    }
}

impl Archive {
    /// What is shown to a web server, if anything.
    pub async fn web_credential(&self, address: &WebAddress) -> Result<Option<WebCredential>, Error> {
        let url = address.as_str().to_owned();
        let kept = self.with_identity(move |connection| web::credential(connection, &url)).await?;
        Ok(kept.map(WebCredential))
    }

    /// Keeps the credential for a destination.
    ///
    /// # Errors
    /// `BadRequest` for an application entity, and where others could read it on its way.
    pub(super) async fn keep_credential(
        &self,
        destination: &Destination,
        credential: &WebCredential,
    ) -> Result<(), Error> {
        let Destination::Web(address) = destination else {
            return Err(Error::BadRequest(format!(
                "{destination} is an application entity, which is shown no password"
            )));
        };
        if !address.is_private() {
            return Err(Error::BadRequest(format!(
                "whoever is on the way to {address} could read the password: the URL has to begin with https://"
            )));
        }
        let (url, secret) = (address.as_str().to_owned(), credential.0.clone());
        self.with_identity(move |connection| web::keep_credential(connection, &url, &secret)).await
    }

    /// Forgets the credential for a destination that no rule and no job names any more.
    pub(crate) async fn tidy_credential(&self, destination: &Destination) -> Result<(), Error> {
        let Destination::Web(address) = destination else { return Ok(()) };
        let (url, same) = (address.as_str().to_owned(), address.as_str().to_owned());
        if self.with_index(move |connection| web::is_used(connection, &url)).await? {
            return Ok(());
        }
        self.with_identity(move |connection| web::forget_credential(connection, &same)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_headers_and_prints_none() {
        let basic = WebCredential::basic("ada", "a:b").unwrap();
        assert_eq!(basic.expose(), "Basic YWRhOmE6Yg==");
        assert_eq!(WebCredential::bearer("abc").unwrap().expose(), "Bearer abc");
        assert_eq!(format!("{basic:?}"), "WebCredential(…)");
    }

    #[test]
    fn refuses_what_would_be_another_header() {
        for (name, password) in [("", "x"), ("a:b", "x"), ("a", "x\r\ny")] {
            assert!(WebCredential::basic(name, password).is_err());
        }
        for token in ["", "a b", "a\r\nb", "ä"] {
            assert!(WebCredential::bearer(token).is_err());
        }
    }
}
