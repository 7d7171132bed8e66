//! What the conformance statement says of DIMSE, made of what is negotiated and answered here.

use data_set::uids;
use dicom_core::dictionary::UidDictionary;
use dicom_dictionary_std::StandardSopClassDictionary;

use crate::service::{self, Service};

/// SOP Classes other than those of Storage, of which there are too many to name, that a server may provide.
const CLASSES: [&str; 11] = [
    uids::VERIFICATION,
    uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND,
    uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE,
    uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_GET,
    uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND,
    uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE,
    uids::STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_GET,
    uids::MODALITY_WORKLIST_INFORMATION_MODEL_FIND,
    uids::MODALITY_PERFORMED_PROCEDURE_STEP,
    uids::MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE,
    uids::STORAGE_COMMITMENT_PUSH_MODEL,
];

/// A SOP Class that is provided.
#[derive(Debug, Clone, Copy)]
pub struct SopClass {
    /// SOP Class UID.
    pub uid: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Transfer syntaxes, the preferred first; none for any.
    pub transfer_syntaxes: Option<&'static [&'static str]>,
}

/// The SOP Classes that are provided, but for those of Storage.
pub fn sop_classes() -> Vec<SopClass> {
    let provided = CLASSES.into_iter().filter_map(|uid| Some((uid, Service::of(uid)?)));
    let class = |(uid, service): (&'static str, Service)| SopClass {
        uid,
        name: StandardSopClassDictionary.by_uid(uid).map_or("", |entry| entry.name),
        transfer_syntaxes: service.transfer_syntaxes(),
    };
    provided.map(class).collect()
}

/// Statuses: of which operation, the code, and when it is answered.
pub fn statuses() -> Vec<(&'static str, u16, &'static str)> {
    service::statuses()
}

/// Extended negotiation of queries: what each byte is about, and whether it is agreed to.
pub fn query_negotiation() -> Vec<(&'static str, bool)> {
    service::query_negotiation()
}
