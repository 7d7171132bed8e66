//! Why there is no association with another application entity, or none any more.

use std::io;
use std::time::Duration;

use crate::upper_layer::End;

/// What went wrong, in words for an administrator.
#[derive(Debug, thiserror::Error)]
pub enum RequestFailure {
    /// No connection.
    #[error("it cannot be reached: {0}")]
    Unreachable(#[source] io::Error),
    /// It listens with TLS, and we have none.
    #[error("it is registered with TLS, and no TLS is configured for associations that we ask for")]
    NoTls,
    /// The TLS handshake failed.
    #[error("the TLS handshake failed: {0}")]
    Handshake(#[source] io::Error),
    /// It did not answer in time.
    #[error("it did not answer within {0:?}")]
    Silent(Duration),
    /// There are as many associations with it as there may be, and none of them ended in time.
    #[error("all associations with it were in use for {0:?}")]
    Busy(Duration),
    /// A-ASSOCIATE-RJ.
    #[error("it rejected the association ({}): {reason}", if *.transient { "transient" } else { "permanent" })]
    Rejected {
        /// Whether another try may help.
        transient: bool,
        /// Words of PS3.8 §9.3.4.
        reason: &'static str,
    },
    /// It accepted none of what was proposed.
    #[error("it accepted no presentation context")]
    NoContext,
    /// It answered with something else.
    #[error("it broke the protocol: {0}")]
    Protocol(&'static str),
    /// The association ended before the answer came.
    #[error("the association ended: {0}")]
    Ended(String),
    /// It answered with a failure.
    #[error("it answered with status {0:04X}")]
    Status(u16),
}

impl RequestFailure {
    /// Whether it failed at what was proposed, and not at being asked at all.
    pub(crate) fn is_of_proposal(&self) -> bool {
        matches!(self, Self::NoContext | Self::Protocol(_) | Self::Status(_))
    }

    /// Whether trying again may help.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Silent(_) | Self::Busy(_) | Self::Ended(_) | Self::Handshake(_) => true,
            Self::Rejected { transient, .. } => *transient,
            Self::NoTls | Self::NoContext | Self::Protocol(_) | Self::Status(_) => false,
        }
    }
}

impl From<&End> for RequestFailure {
    fn from(end: &End) -> Self {
        match end {
            End::Silent(limit) => Self::Silent(*limit),
            End::Protocol(_, what) => Self::Protocol(what),
            other => Self::Ended(other.to_string()),
        }
    }
}
