//! Failure and warning reasons of a store (PS3.18 §10.5.3, PS3.4 §B.2.3): one exhaustive `match` each.

use archive::{StoreFailure, StoreWarning};

/// Failure Reason (0008,1197).
pub(super) fn of_failure(failure: &StoreFailure) -> u16 {
    match failure {
        StoreFailure::CannotUnderstand(_) | StoreFailure::InvalidUid(_) => 0xC000,
        StoreFailure::DoesNotMatch(_) | StoreFailure::OtherStudy => 0xA900,
        StoreFailure::Duplicate => 0x0111,
        StoreFailure::OutOfResources(_) | StoreFailure::NodeFull | StoreFailure::Unavailable(_) => 0xA700,
        StoreFailure::NotAuthorized => 0x0124,
        StoreFailure::Processing => 0x0110,
    }
}

/// Warning Reason (0008,1196).
pub(super) fn of_warning(warning: StoreWarning) -> u16 {
    match warning {
        StoreWarning::AnotherWasKept => 0xB000,
        StoreWarning::DataSetDoesNotMatchSopClass | StoreWarning::Damaged => 0xB007,
    }
}
