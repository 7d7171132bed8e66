//! Forwarding: what is stored and meets a rule is sent on to another application entity.
//!
//! The rules are asked when the rows of an object are written. What one of them wants sent becomes a job in the same
//! transaction, so nothing that was acknowledged is forgotten; a shell that knows the network takes the jobs
//! ([`Archive::take_sending`](crate::Archive::take_sending)) and tells how they ended.

mod rule;
mod rules;
mod sending;

pub use rule::ForwardingRule;
pub use rules::RuleError;
pub(crate) use rules::Rules;
pub use sending::{RENEWAL, Retry, SendJob, Sending};

/// What a job of this kind is about, as its row has it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Work {
    /// AE title.
    pub(crate) to: String,
    /// The rule's name.
    pub(crate) rule: String,
    /// Transfer Syntax UID to send in, where that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) transfer_syntax: Option<String>,
    /// SOP Instance UIDs.
    pub(crate) instances: Vec<String>,
}
