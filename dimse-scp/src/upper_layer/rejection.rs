//! Why an association is not made (PS3.8 §9.3.4).

use archive::Error;
use dicom_ul::pdu::{
    AssociationRJ, AssociationRJResult as Result_, AssociationRJServiceProviderASCEReason as Acse,
    AssociationRJServiceProviderPresentationReason as Presentation, AssociationRJServiceUserReason as User,
    AssociationRJSource as Source,
};

use super::End;

/// An A-ASSOCIATE-RQ that gets no A-ASSOCIATE-AC.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is answered with A-ASSOCIATE-RJ.
    Rejected(Rejection),
    /// The connection ends before that.
    Ended(End),
}

impl From<End> for Refusal {
    fn from(end: End) -> Self {
        Self::Ended(end)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// The reasons that we reject for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Bit 0 of the protocol version is not set.
    ProtocolVersion,
    /// Another application context than DICOM's, or none.
    ApplicationContext,
    /// The called AE title is not ours.
    CalledAeTitle,
    /// The calling AE title is not registered.
    CallingAeTitle,
    /// What calls is no AE title.
    NoAeTitle,
    /// The user name or password is wrong.
    UserIdentity,
    /// The requestor's maximum PDU length leaves no room for a message.
    MaximumLength,
    /// As many associations as allowed.
    LocalLimit,
    /// As many of the calling AE title as it may have.
    LimitOfAe,
    /// The places that are left are for AE titles that have no association.
    KeptForOthers,
    /// The databases do not answer for the moment.
    Congestion,
}

impl Rejection {
    /// Result, source and reason.
    pub(crate) fn pdu(self) -> AssociationRJ {
        let (result, source) = match self {
            Self::ProtocolVersion => {
                (Result_::Permanent, Source::ServiceProviderASCE(Acse::ProtocolVersionNotSupported))
            }
            Self::ApplicationContext => {
                (Result_::Permanent, Source::ServiceUser(User::ApplicationContextNameNotSupported))
            }
            Self::CalledAeTitle => (Result_::Permanent, Source::ServiceUser(User::CalledAETitleNotRecognized)),
            Self::CallingAeTitle | Self::NoAeTitle => {
                (Result_::Permanent, Source::ServiceUser(User::CallingAETitleNotRecognized))
            }
            Self::UserIdentity => (Result_::Permanent, Source::ServiceUser(User::NoReasonGiven)),
            Self::MaximumLength => (Result_::Permanent, Source::ServiceProviderASCE(Acse::NoReasonGiven)),
            Self::LocalLimit | Self::LimitOfAe | Self::KeptForOthers => {
                (Result_::Transient, Source::ServiceProviderPresentation(Presentation::LocalLimitExceeded))
            }
            Self::Congestion => {
                (Result_::Transient, Source::ServiceProviderPresentation(Presentation::TemporaryCongestion))
            }
        };
        AssociationRJ { result, source }
    }

    /// Words for the audit trail, the log and metrics.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::ProtocolVersion => "protocol version not supported",
            Self::ApplicationContext => "application context name not supported",
            Self::CalledAeTitle => "called AE title not recognized",
            Self::CallingAeTitle => "calling AE title not recognized",
            Self::NoAeTitle => "the calling AE title is malformed",
            Self::UserIdentity => "user identity not accepted",
            Self::MaximumLength => "maximum length too small",
            Self::LocalLimit => "local limit exceeded",
            Self::LimitOfAe => "limit of the calling AE title exceeded",
            Self::KeptForOthers => "the places left are kept for other AE titles",
            Self::Congestion => "temporary congestion",
        }
    }

    /// Whether the archive said no, and wrote that down in its audit trail.
    pub(crate) fn is_the_archives(self) -> bool {
        matches!(self, Self::CallingAeTitle | Self::UserIdentity | Self::Congestion)
    }

    /// Why nobody is let in when the archive says `error` to somebody who would be rejected for `refused` otherwise.
    pub(crate) fn from_archive(error: &Error, refused: Self) -> Self {
        match error {
            Error::NotAuthenticated
            | Error::Throttled(_)
            | Error::NotAuthorized(_)
            | Error::NotFound(_)
            | Error::BadRequest(_)
            | Error::NotAcceptable(_)
            | Error::Unprocessable(_) => refused,
            Error::Unavailable(..) | Error::OutOfResources | Error::Damaged(_) | Error::Internal(..) => {
                Self::Congestion
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use dicom_ul::pdu::{Pdu, write_pdu};

    use super::*;

    fn bytes(rejection: Rejection) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_pdu(&mut bytes, &Pdu::from(rejection.pdu())).unwrap();
        bytes
    }

    #[test]
    fn says_result_source_and_reason_as_the_standard_numbers_them() {
        for (rejection, [result, source, reason]) in [
            (Rejection::ProtocolVersion, [1, 2, 2]),
            (Rejection::ApplicationContext, [1, 1, 2]),
            (Rejection::CalledAeTitle, [1, 1, 7]),
            (Rejection::CallingAeTitle, [1, 1, 3]),
            (Rejection::NoAeTitle, [1, 1, 3]),
            (Rejection::UserIdentity, [1, 1, 1]),
            (Rejection::MaximumLength, [1, 2, 1]),
            (Rejection::LocalLimit, [2, 3, 2]),
            (Rejection::LimitOfAe, [2, 3, 2]),
            (Rejection::KeptForOthers, [2, 3, 2]),
            (Rejection::Congestion, [2, 3, 1]),
        ] {
            assert_eq!(bytes(rejection), [3, 0, 0, 0, 0, 4, 0, result, source, reason], "{rejection:?}");
        }
    }
}
