//! Forwarding: what is stored and meets a rule is sent on to another application entity, or to another web server.
//!
//! The rules are asked when the rows of an object are written. What one of them wants sent becomes a job in the same
//! transaction, so nothing that was acknowledged is forgotten; a shell that knows the network does the jobs in turns
//! ([`forward`]) and tells how they ended.

mod condition;
mod credential;
mod destination;
mod rule;
mod rules;
mod sending;
mod turns;

pub use credential::WebCredential;
pub use destination::{Destination, Reach, WebAddress};
pub use rule::ForwardingRule;
pub use rules::RuleError;
pub(crate) use rules::{Rules, personal_keys};
pub(crate) use sending::Due;
pub use sending::{Retry, SendJob, Sending};
pub use turns::{Ended, Forwarder, forward};

/// What a job of this kind is about, as its row has it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Work {
    /// AE title, or URL.
    pub(crate) to: String,
    /// The rule's name.
    pub(crate) rule: String,
    /// Transfer Syntax UID to send in, where that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) transfer_syntax: Option<String>,
    /// What is sent goes de-identified or not at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deidentify: bool,
    /// SOP Instance UIDs.
    pub(crate) instances: Vec<String>,
}
