use archive::{StoreWarning, Stored};

use super::*;

fn outcome(result: Result<Stored, StoreFailure>, warnings: Vec<StoreWarning>) -> StoreOutcome {
    StoreOutcome {
        sop_class_uid: None,
        sop_instance_uid: None,
        study_instance_uid: None,
        series_instance_uid: None,
        result,
        warnings,
    }
}

fn status(result: Result<Stored, StoreFailure>, warnings: Vec<StoreWarning>) -> u16 {
    Answer::from(outcome(result, warnings)).status as u16
}

#[test]
fn answers_each_outcome_with_the_standards_status() {
    assert_eq!(status(Ok(Stored::Kept), vec![StoreWarning::AnotherWasKept]), 0xB000);
    for stored in [Stored::New, Stored::Identical, Stored::Replaced] {
        assert_eq!(status(Ok(stored), vec![]), 0x0000);
        assert_eq!(status(Ok(stored), vec![StoreWarning::DataSetDoesNotMatchSopClass]), 0xB007);
        assert_eq!(status(Ok(stored), vec![StoreWarning::Damaged]), 0xB007);
    }
    for (failure, code) in [
        (StoreFailure::CannotUnderstand("x".into()), 0xC000),
        (StoreFailure::InvalidUid("x".into()), 0xA900),
        (StoreFailure::DoesNotMatch("x".into()), 0xA900),
        (StoreFailure::OtherStudy, 0xA900),
        (StoreFailure::Duplicate, 0x0111),
        (StoreFailure::OutOfResources("x".into()), 0xA700),
        (StoreFailure::NodeFull, 0xA700),
        (StoreFailure::Unavailable("the index"), 0xA700),
        (StoreFailure::NotAuthorized, 0x0124),
        (StoreFailure::Processing, 0x0110),
    ] {
        assert_eq!(status(Err(failure.clone()), vec![]), code, "{failure:?}");
    }
}

#[test]
fn answers_refusals_of_the_archive_with_the_standards_status() {
    for (error, code) in [
        (Error::NotAuthorized("no right to store".into()), 0x0124),
        (Error::OutOfResources, 0xA700),
        (Error::Unavailable("the index", None), 0xA700),
        (Error::Internal("x".into(), None), 0x0110),
    ] {
        assert_eq!(Answer::from(&error).status as u16, code, "{error:?}");
    }
}

#[test]
fn takes_every_storage_class_and_private_ones() {
    for uid in [
        uids::CT_IMAGE_STORAGE,
        uids::ENHANCED_MR_IMAGE_STORAGE,
        uids::ENCAPSULATED_PDF_STORAGE,
        "1.2.840.10008.5.1.4.1.1.6",
        uids::HANGING_PROTOCOL_STORAGE,
        "1.2.840.10008.5.1.4.1.1.999.1",
        "1.3.12.2.1107.5.9.1",
        "1.2.3.4",
    ] {
        assert!(is_storage(uid), "{uid}");
    }
}

#[test]
fn leaves_other_service_classes_alone() {
    for uid in [
        uids::VERIFICATION,
        uids::STORAGE_COMMITMENT_PUSH_MODEL,
        uids::MEDIA_STORAGE_DIRECTORY_STORAGE,
        uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND,
        uids::MODALITY_WORKLIST_INFORMATION_MODEL_FIND,
        uids::MODALITY_PERFORMED_PROCEDURE_STEP,
        uids::INVENTORY_FIND,
        uids::BASIC_FILM_SESSION,
        "1.2.840.10008.3.1.1.1",
        "1.2.840.10008.1.2.1",
    ] {
        assert!(!is_storage(uid), "{uid}");
    }
}
