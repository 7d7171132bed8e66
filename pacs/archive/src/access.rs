//! Who is asking, and what they may do.
//!
//! Reading order: the types here; `gate`, what is remembered about who got in; `authenticate` and `by_password`, the way in; `stranger`, who is not let in; `users`,
//! `tokens`, `entities`, what an administrator does; `admission`, who may call by DIMSE, `certificate`, the proof of it, and `lookup`, many who call at once; `password`, `throttle` and `cache`, the parts they are made of.

mod admission;
mod authenticate;
mod by_password;
mod cache;
mod certificate;
mod entities;
mod gate;
mod lookup;
mod password;
mod stranger;
mod throttle;
mod tokens;
mod users;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

pub use admission::{Admitted, Caller, Door};
pub use certificate::{BoundCertificate, ShownCertificate};
pub use entities::ApplicationEntity;
pub(crate) use gate::Gate;
pub use stranger::Stranger;
pub use tokens::Token;
pub use users::User;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Error;

/// What a user is (a user may be several).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything.
    Administrator,
    /// Everything but deletion and administration.
    Clinician,
    /// De-identified answers only (docs/DEIDENTIFICATION.md).
    Researcher,
    /// A modality or other machine: stores, searches and retrieves.
    Device,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Administrator, Self::Clinician, Self::Researcher, Self::Device];

    /// The role's name, as commands and the database have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Clinician => "clinician",
            Self::Researcher => "researcher",
            Self::Device => "device",
        }
    }

    /// What a user of this role may do.
    pub fn rights(self) -> &'static [Right] {
        use Right::{Administer, Annotate, Delete, Move, Retrieve, Schedule, Search, Store, Worklist};
        match self {
            Self::Administrator => &[Store, Search, Retrieve, Move, Worklist, Schedule, Annotate, Delete, Administer],
            Self::Clinician => &[Store, Search, Retrieve, Move, Worklist, Schedule, Annotate],
            Self::Researcher => &[Search, Retrieve],
            Self::Device => &[Store, Search, Retrieve, Worklist],
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.word() == word);
        found.ok_or_else(|| {
            format!("there is no role '{word}'; the roles are administrator, clinician, researcher and device")
        })
    }
}

/// What can be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// C-STORE, STOW-RS.
    Store,
    /// C-FIND, QIDO-RS.
    Search,
    /// C-GET, WADO-RS and other ways to get an object's content.
    Retrieve,
    /// C-MOVE: have objects sent to another AE.
    Move,
    /// Query the worklist, and report performed steps (MPPS).
    Worklist,
    /// Put items on the worklist, change them, take them off.
    Schedule,
    /// Say what images show: parts of the body.
    Annotate,
    /// Delete stored objects for good.
    Delete,
    /// Users, AEs, nodes.
    Administer,
}

impl Right {
    /// What the right is for, as in "may not …".
    pub fn word(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Search => "search",
            Self::Retrieve => "retrieve",
            Self::Move => "move",
            Self::Worklist => "use the worklist",
            Self::Schedule => "change the worklist",
            Self::Annotate => "say what images show",
            Self::Delete => "delete",
            Self::Administer => "administer",
        }
    }
}

/// Somebody who was let in: a user, or an AE.
#[derive(Debug, Clone)]
pub struct Actor {
    /// User name, or AE title.
    pub name: String,
    /// What the actor may do.
    pub rights: Vec<Right>,
    /// False for researchers: what they get is de-identified, or refused.
    pub identified: bool,
    /// Where the actor calls from.
    pub address: Option<IpAddr>,
    /// How the actor came: `https`, `dimse`, `import`.
    pub via: &'static str,
}

impl Actor {
    /// The same actor, with those rights only that another one has too.
    pub fn within(mut self, other: &Self) -> Self {
        self.rights.retain(|right| other.rights.contains(right));
        self.identified &= other.identified;
        self
    }

    /// Nothing when the actor has the right, else [`Error::NotAuthorized`] with words.
    pub fn require(&self, right: Right) -> Result<(), Error> {
        if self.rights.contains(&right) {
            return Ok(());
        }
        Err(Error::NotAuthorized(format!("{} may not {} here; an administrator can allow it", self.name, right.word())))
    }
}

/// What a client shows to be let in.
#[derive(Clone)]
pub enum Credentials {
    /// User name and password.
    Password {
        /// User name.
        name: String,
        /// Password.
        password: String,
    },
    /// The secret of a session cookie.
    Session(String),
    /// The secret of an API token.
    Token(String),
}

impl Credentials {
    /// Reads the value of an Authorization header: `Basic` (RFC 7617) or `Bearer` (RFC 6750).
    pub fn of_authorization(value: &[u8]) -> Option<Self> {
        let (scheme, secret) = std::str::from_utf8(value).ok()?.trim().split_once(' ')?;
        let secret = secret.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self::Token(secret.to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let pair = String::from_utf8(STANDARD.decode(secret).ok()?).ok()?;
        let (name, password) = pair.split_once(':')?;
        Some(Self::Password { name: name.to_owned(), password: password.to_owned() })
    }
}

/// Says what it is, and keeps the secret.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { name, .. } => f.debug_struct("Password").field("name", name).finish_non_exhaustive(),
            Self::Session(_) => f.write_str("Session(…)"),
            Self::Token(_) => f.write_str("Token(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_basic_and_bearer() {
        match Credentials::of_authorization(b"Basic YWRhOmE6Yg==") {
            Some(Credentials::Password { name, password }) => {
                assert_eq!((name.as_str(), password.as_str()), ("ada", "a:b"))
            }
            _ => panic!("no password"),
        }
        assert!(
            matches!(Credentials::of_authorization(b"bearer  abc "), Some(Credentials::Token(token)) if token == "abc")
        );
        for bad in [&b"Basic ???"[..], b"Basic", b"Digest x", b"Basic YWRh", b"\xff x"] {
            assert!(Credentials::of_authorization(bad).is_none());
        }
    }
}
