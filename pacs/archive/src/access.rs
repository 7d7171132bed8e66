//! Who is asking, and what they may do.

use std::net::IpAddr;

/// What a user is (a user may be several).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// May do everything.
    Administrator,
    /// Everything but administration.
    Clinician,
    /// De-identified answers only; refused identified data until de-identification exists.
    Researcher,
    /// A modality or other machine: stores, searches and retrieves.
    Device,
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
    /// Users, AEs, nodes.
    Administer,
}

/// Somebody who was let in: a user, or an AE.
#[derive(Debug, Clone)]
pub struct Actor {
    /// User name, or AE title.
    pub name: String,
    /// What the actor may do.
    pub rights: Vec<Right>,
    /// False for researchers: identified data are refused.
    pub identified: bool,
    /// Where the actor calls from.
    pub address: Option<IpAddr>,
    /// How the actor came: `https`, `dimse`, `import`.
    pub via: &'static str,
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

// impl Archive (here):
//   pub async fn authenticate(&self, credentials: Credentials, from: Option<IpAddr>, via: &'static str) -> Result<Actor, Error>
//   pub async fn log_in(&self, name, password, from) -> Result<String /* session secret */, Error>;  pub async fn log_out(&self, secret)
//   pub async fn admit_ae(&self, calling: &AeTitle, from: IpAddr, accept_unknown: bool) -> Result<Actor, Error>   // NotAuthorized when unknown
//   users: add_user, list_users, set_password, disable_user; first_administrator() -> Option<(name,password)> ; tokens: add, list, revoke; aes: add, list, remove
// impl Actor: pub fn require(&self, right: Right) -> Result<(), Error>  (NotAuthorized with words)
