//! The matching keys that every origin server has (PS3.18 Table 10.6.1-5), for descriptions: any other attribute is a key
//! too, by keyword, tag or path.

use super::{Parameter, text};

pub(super) const STUDY_DATE: Parameter = text("StudyDate", "A date, or a range of dates with -");
pub(super) const STUDY_TIME: Parameter = text("StudyTime", "A time, or a range of times with -");
pub(super) const ACCESSION_NUMBER: Parameter = text("AccessionNumber", "A text; * and ? are wild cards");
pub(super) const MODALITIES_IN_STUDY: Parameter = text("ModalitiesInStudy", "A modality that the Study has");
pub(super) const REFERRING_PHYSICIAN: Parameter = text("ReferringPhysicianName", "A name, as of a patient");
pub(super) const PATIENT_NAME: Parameter =
    text("PatientName", "A name: without case and accents; * and ? are wild cards");
pub(super) const PATIENT_ID: Parameter = text("PatientID", "A text; * and ? are wild cards");
pub(super) const STUDY_UID: Parameter = text("StudyInstanceUID", "A UID, or several with commas");
pub(super) const STUDY_ID: Parameter = text("StudyID", "A text; * and ? are wild cards");
pub(super) const MODALITY: Parameter = text("Modality", "The modality of a Series");
pub(super) const SERIES_UID: Parameter = text("SeriesInstanceUID", "A UID, or several with commas");
pub(super) const SERIES_NUMBER: Parameter = text("SeriesNumber", "A number");
pub(super) const STEP_DATE: Parameter = text("PerformedProcedureStepStartDate", "A date, or a range of dates with -");
pub(super) const STEP_TIME: Parameter = text("PerformedProcedureStepStartTime", "A time, or a range of times with -");
pub(super) const STEP_ID: Parameter =
    text("RequestAttributesSequence.ScheduledProcedureStepID", "A text; * and ? are wild cards");
pub(super) const PROCEDURE_ID: Parameter =
    text("RequestAttributesSequence.RequestedProcedureID", "A text; * and ? are wild cards");
pub(super) const SOP_CLASS: Parameter = text("SOPClassUID", "A UID, or several with commas");
pub(super) const SOP_INSTANCE: Parameter = text("SOPInstanceUID", "A UID, or several with commas");
pub(super) const INSTANCE_NUMBER: Parameter = text("InstanceNumber", "A number");
