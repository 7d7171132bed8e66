//! The audit trail: who did what to which UIDs, when, from where, and how it ended. No personal data.

/// One line of the trail.
#[derive(Debug, Clone)]
pub struct AuditEvent {
    /// What was done.
    pub action: Action,
    /// User name or AE title; the name that was tried when a log-in fails.
    pub actor: String,
    /// Where from.
    pub address: Option<std::net::IpAddr>,
    /// How: `https`, `dimse`, `import`.
    pub via: &'static str,
    /// Study Instance UID, when there is one.
    pub study: Option<String>,
    /// Series Instance UID.
    pub series: Option<String>,
    /// SOP Instance UID.
    pub instance: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Keywords of the keys of a search, resource of a retrieval, reason of a refusal; never values.
    pub detail: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Store,
    Search,
    Retrieve,
    LogIn,
    Refuse,
    Administer,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Outcome {
    Success,
    Failure,
}

// impl Archive { pub fn audit(&self, event: AuditEvent) }: queued, written in batches, flushed by Archive::close.
