//! How an association ends (PS3.8 §7.2-7.4).

use std::io;
use std::time::Duration;

pub(crate) use dicom_ul::pdu::AbortRQServiceProviderReason as AbortReason;
use dicom_ul::pdu::{AbortRQSource, Pdu};

/// Why an association, or a connection before it became one, is over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    /// The peer asked for release.
    #[error("released")]
    Released,
    /// The peer sent A-ABORT.
    #[error("aborted by the peer")]
    Aborted,
    /// The peer closed the connection without a word.
    #[error("closed by the peer")]
    Closed,
    /// The peer said or took nothing for so long.
    #[error("silent for {0:?}")]
    Silent(Duration),
    /// The peer sent its message, or took ours, more slowly than so many bytes a second.
    #[error("slower than {0} bytes a second within a message")]
    Slow(u32),
    /// The peer broke the protocol; it gets an A-ABORT with this reason.
    #[error("{1}")]
    Protocol(AbortReason, &'static str),
    /// We cannot go on; the peer gets an A-ABORT.
    #[error("{0}")]
    Failed(&'static str),
    /// The server is stopping.
    #[error("the server is stopping")]
    Stopping,
    /// The network failed.
    #[error("network: {0}")]
    Network(#[source] io::Error),
}

impl End {
    /// Our last word to the peer: A-RELEASE-RP, A-ABORT (PS3.8 §9.3.7, §9.3.8), or nothing when it does not listen.
    pub(crate) fn last_word(&self) -> Option<Pdu> {
        let abort = |source| Some(Pdu::AbortRQ { source });
        match self {
            Self::Released => Some(Pdu::ReleaseRP),
            Self::Protocol(reason, _) => abort(AbortRQSource::ServiceProvider(reason.clone())),
            Self::Silent(_) | Self::Slow(_) => abort(AbortRQSource::ServiceProvider(AbortReason::ReasonNotSpecified)),
            Self::Failed(_) | Self::Stopping => abort(AbortRQSource::ServiceUser),
            Self::Aborted | Self::Closed | Self::Network(_) => None,
        }
    }

    /// One word for metrics.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Aborted => "aborted",
            Self::Closed => "closed",
            Self::Silent(_) => "silent",
            Self::Slow(_) => "slow",
            Self::Protocol(..) => "protocol",
            Self::Failed(_) => "failed",
            Self::Stopping => "stopping",
            Self::Network(_) => "network",
        }
    }
}
