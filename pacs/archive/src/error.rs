//! Why the archive did not do what it was asked. No wire codes here: each shell has one exhaustive `match` to its own.

/// The archive's refusals and failures.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such Study, Series, Instance, frame or bulk value; or it is not for this actor to know.
    #[error("{0} does not exist here")]
    NotFound(String),
    /// The request contradicts the Standard; the text says what and how to mend it.
    #[error("{0}")]
    BadRequest(String),
    /// Nobody is logged in, or the name, password or token is wrong.
    #[error("the name, password or token is not valid")]
    NotAuthenticated,
    /// Too many failed log-ins; try again after so many seconds.
    #[error("too many failed log-ins; try again in {0} seconds")]
    Throttled(u64),
    /// The actor has no right to do this; the text says which right is missing.
    #[error("{0}")]
    NotAuthorized(String),
    /// What was asked for cannot be made of the stored object (no codec, no pixels); the text says why.
    #[error("{0}")]
    NotAcceptable(String),
    /// What is stored is whole, but does not make what was asked for (slices that are no volume); the text says why.
    #[error("{0}")]
    Unprocessable(String),
    /// What is stored cannot be read as it should be (a broken frame); the text says what.
    #[error("{0}")]
    Damaged(String),
    /// A database or storage node does not answer; trying again later may help.
    #[error("{0} is not available at the moment")]
    Unavailable(&'static str, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// A storage node is full.
    #[error("the storage node is full")]
    OutOfResources,
    /// A defect of ours or of the machine.
    #[error("internal failure: {0}")]
    Internal(String, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}
