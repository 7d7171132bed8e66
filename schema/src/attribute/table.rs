//! The table itself. One line an attribute: tag, keyword, VR, then where it is kept.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Attribute, Home, Level, Place, VR};

/// The attributes that are more than "somewhere in the instance", in order of level, database and tag.
#[rustfmt::skip]
pub const TABLE: &[Attribute] = &[
    // Patient: group 0010 is personal throughout.
    required(patient(0x0010_0010, "PatientName", VR::PN, Place::Column("patient_name_folded"))),
    required(patient(0x0010_0020, "PatientID", VR::LO, Place::Column("patient_id"))),
    patient(0x0010_0021, "IssuerOfPatientID", VR::LO, Place::Column("issuer_of_patient_id")),
    patient(0x0010_0022, "TypeOfPatientID", VR::CS, Place::Document),
    patient(0x0010_0024, "IssuerOfPatientIDQualifiersSequence", VR::SQ, Place::Document),
    required(patient(0x0010_0030, "PatientBirthDate", VR::DA, Place::Column("patient_birth_date"))),
    patient(0x0010_0032, "PatientBirthTime", VR::TM, Place::Document),
    required(patient(0x0010_0040, "PatientSex", VR::CS, Place::Column("patient_sex"))),
    patient(0x0010_1000, "OtherPatientIDs", VR::LO, Place::Document),
    patient(0x0010_1001, "OtherPatientNames", VR::PN, Place::Document),
    patient(0x0010_1002, "OtherPatientIDsSequence", VR::SQ, Place::Document),
    patient(0x0010_1005, "PatientBirthName", VR::PN, Place::Document),
    patient(0x0010_1040, "PatientAddress", VR::LO, Place::Document),
    patient(0x0010_1060, "PatientMotherBirthName", VR::PN, Place::Document),
    patient(0x0010_2154, "PatientTelephoneNumbers", VR::SH, Place::Document),
    patient(0x0010_2160, "EthnicGroup", VR::SH, Place::Document),
    patient(0x0010_2201, "PatientSpeciesDescription", VR::LO, Place::Document),
    patient(0x0010_2292, "PatientBreedDescription", VR::LO, Place::Document),
    patient(0x0010_2297, "ResponsiblePerson", VR::PN, Place::Document),
    patient(0x0010_4000, "PatientComments", VR::LT, Place::Document),

    // Patient, index: counted for the answer of a search for patients.
    open(Level::Patient, 0x0020_1200, "NumberOfPatientRelatedStudies", VR::IS, Place::Document),
    open(Level::Patient, 0x0020_1202, "NumberOfPatientRelatedSeries", VR::IS, Place::Document),
    open(Level::Patient, 0x0020_1204, "NumberOfPatientRelatedInstances", VR::IS, Place::Document),

    // Study, identity.
    required(personal(Level::Study, 0x0008_0050, "AccessionNumber", VR::SH, Place::Column("accession_number"))),
    personal(Level::Study, 0x0008_0051, "IssuerOfAccessionNumberSequence", VR::SQ, Place::Document),
    required(personal(Level::Study, 0x0008_0090, "ReferringPhysicianName", VR::PN, Place::Column("referring_physician_name_folded"))),
    personal(Level::Study, 0x0008_0096, "ReferringPhysicianIdentificationSequence", VR::SQ, Place::Document),
    personal(Level::Study, 0x0008_009C, "ConsultingPhysicianName", VR::PN, Place::Document),
    personal(Level::Study, 0x0008_1048, "PhysiciansOfRecord", VR::PN, Place::Document),
    personal(Level::Study, 0x0008_1049, "PhysiciansOfRecordIdentificationSequence", VR::SQ, Place::Document),
    personal(Level::Study, 0x0008_1060, "NameOfPhysiciansReadingStudy", VR::PN, Place::Document),
    personal(Level::Study, 0x0008_1062, "PhysiciansReadingStudyIdentificationSequence", VR::SQ, Place::Document),
    personal(Level::Study, 0x0008_1080, "AdmittingDiagnosesDescription", VR::LO, Place::Document),
    personal(Level::Study, 0x0008_1084, "AdmittingDiagnosesCodeSequence", VR::SQ, Place::Document),
    personal(Level::Study, 0x0008_1110, "ReferencedStudySequence", VR::SQ, Place::Document),
    personal(Level::Study, 0x0010_1010, "PatientAge", VR::AS, Place::Document),
    personal(Level::Study, 0x0010_1020, "PatientSize", VR::DS, Place::Document),
    personal(Level::Study, 0x0010_1030, "PatientWeight", VR::DS, Place::Document),
    personal(Level::Study, 0x0010_2000, "MedicalAlerts", VR::LO, Place::Document),
    personal(Level::Study, 0x0010_2110, "Allergies", VR::LO, Place::Document),
    personal(Level::Study, 0x0010_2180, "Occupation", VR::SH, Place::Document),
    personal(Level::Study, 0x0010_21A0, "SmokingStatus", VR::CS, Place::Document),
    personal(Level::Study, 0x0010_21B0, "AdditionalPatientHistory", VR::LT, Place::Document),
    personal(Level::Study, 0x0010_21C0, "PregnancyStatus", VR::US, Place::Document),
    required(personal(Level::Study, 0x0020_0010, "StudyID", VR::SH, Place::Column("study_id"))),
    personal(Level::Study, 0x0032_1032, "RequestingPhysician", VR::PN, Place::Document),
    personal(Level::Study, 0x0032_1033, "RequestingService", VR::LO, Place::Document),
    personal(Level::Study, 0x0032_4000, "StudyComments", VR::LT, Place::Document),
    personal(Level::Study, 0x0038_0010, "AdmissionID", VR::LO, Place::Document),

    // Study, index.
    required(open(Level::Study, 0x0008_0020, "StudyDate", VR::DA, Place::Column("study_date"))),
    required(open(Level::Study, 0x0008_0030, "StudyTime", VR::TM, Place::Column("study_time"))),
    required(open(Level::Study, 0x0008_0056, "InstanceAvailability", VR::CS, Place::Constant("ONLINE"))),
    required(open(Level::Study, 0x0008_0061, "ModalitiesInStudy", VR::CS, Place::Array("modalities_in_study"))),
    open(Level::Study, 0x0008_0062, "SOPClassesInStudy", VR::UI, Place::Array("sop_classes_in_study")),
    required(open(Level::Study, 0x0008_0201, "TimezoneOffsetFromUTC", VR::SH, Place::Document)),
    open(Level::Study, 0x0008_1030, "StudyDescription", VR::LO, Place::Column("study_description")),
    open(Level::Study, 0x0008_1032, "ProcedureCodeSequence", VR::SQ, Place::Document),
    required(open(Level::Study, 0x0020_000D, "StudyInstanceUID", VR::UI, Place::Column("study_instance_uid"))),
    required(open(Level::Study, 0x0020_1206, "NumberOfStudyRelatedSeries", VR::IS, Place::Column("number_of_study_related_series"))),
    required(open(Level::Study, 0x0020_1208, "NumberOfStudyRelatedInstances", VR::IS, Place::Column("number_of_study_related_instances"))),

    // Series, identity.
    personal(Level::Series, 0x0008_0080, "InstitutionName", VR::LO, Place::Document),
    personal(Level::Series, 0x0008_0081, "InstitutionAddress", VR::ST, Place::Document),
    personal(Level::Series, 0x0008_0082, "InstitutionCodeSequence", VR::SQ, Place::Document),
    personal(Level::Series, 0x0008_1010, "StationName", VR::SH, Place::Document),
    personal(Level::Series, 0x0008_1040, "InstitutionalDepartmentName", VR::LO, Place::Document),
    personal(Level::Series, 0x0008_1041, "InstitutionalDepartmentTypeCodeSequence", VR::SQ, Place::Document),
    personal(Level::Series, 0x0008_1050, "PerformingPhysicianName", VR::PN, Place::Document),
    personal(Level::Series, 0x0008_1052, "PerformingPhysicianIdentificationSequence", VR::SQ, Place::Document),
    personal(Level::Series, 0x0008_1070, "OperatorsName", VR::PN, Place::Document),
    personal(Level::Series, 0x0008_1072, "OperatorIdentificationSequence", VR::SQ, Place::Document),
    personal(Level::Series, 0x0008_1111, "ReferencedPerformedProcedureStepSequence", VR::SQ, Place::Document),
    personal(Level::Series, 0x0018_1000, "DeviceSerialNumber", VR::LO, Place::Document),
    personal(Level::Series, 0x0018_1008, "GantryID", VR::LO, Place::Document),
    personal(Level::Series, 0x0032_1060, "RequestedProcedureDescription", VR::LO, Place::Document),
    personal(Level::Series, 0x0040_0253, "PerformedProcedureStepID", VR::SH, Place::Document),
    personal(Level::Series, 0x0040_0254, "PerformedProcedureStepDescription", VR::LO, Place::Document),
    required(personal(Level::Series, 0x0040_0275, "RequestAttributesSequence", VR::SQ, Place::Document)),
    personal(Level::Series, 0x0040_0280, "CommentsOnThePerformedProcedureStep", VR::ST, Place::Document),

    // Series, index.
    open(Level::Series, 0x0008_0021, "SeriesDate", VR::DA, Place::Document),
    open(Level::Series, 0x0008_0031, "SeriesTime", VR::TM, Place::Document),
    required(open(Level::Series, 0x0008_0060, "Modality", VR::CS, Place::Column("modality"))),
    open(Level::Series, 0x0008_0070, "Manufacturer", VR::LO, Place::Document),
    required(open(Level::Series, 0x0008_103E, "SeriesDescription", VR::LO, Place::Column("series_description"))),
    open(Level::Series, 0x0008_103F, "SeriesDescriptionCodeSequence", VR::SQ, Place::Document),
    open(Level::Series, 0x0008_1090, "ManufacturerModelName", VR::LO, Place::Document),
    open(Level::Series, 0x0018_0015, "BodyPartExamined", VR::CS, Place::Column("body_part_examined")),
    open(Level::Series, 0x0018_1020, "SoftwareVersions", VR::LO, Place::Document),
    open(Level::Series, 0x0018_1030, "ProtocolName", VR::LO, Place::Document),
    open(Level::Series, 0x0018_5100, "PatientPosition", VR::CS, Place::Document),
    required(open(Level::Series, 0x0020_000E, "SeriesInstanceUID", VR::UI, Place::Column("series_instance_uid"))),
    required(open(Level::Series, 0x0020_0011, "SeriesNumber", VR::IS, Place::Column("series_number"))),
    open(Level::Series, 0x0020_0052, "FrameOfReferenceUID", VR::UI, Place::Document),
    open(Level::Series, 0x0020_0060, "Laterality", VR::CS, Place::Document),
    open(Level::Series, 0x0020_1040, "PositionReferenceIndicator", VR::LO, Place::Document),
    required(open(Level::Series, 0x0020_1209, "NumberOfSeriesRelatedInstances", VR::IS, Place::Column("number_of_series_related_instances"))),
    required(open(Level::Series, 0x0040_0244, "PerformedProcedureStepStartDate", VR::DA, Place::Document)),
    required(open(Level::Series, 0x0040_0245, "PerformedProcedureStepStartTime", VR::TM, Place::Document)),
    open(Level::Series, 0x0040_0250, "PerformedProcedureStepEndDate", VR::DA, Place::Document),
    open(Level::Series, 0x0040_0251, "PerformedProcedureStepEndTime", VR::TM, Place::Document),

    // Instance, index.
    required(open(Level::Instance, 0x0008_0016, "SOPClassUID", VR::UI, Place::Column("sop_class_uid"))),
    required(open(Level::Instance, 0x0008_0018, "SOPInstanceUID", VR::UI, Place::Column("sop_instance_uid"))),
    required(open(Level::Instance, 0x0020_0013, "InstanceNumber", VR::IS, Place::Column("instance_number"))),
    required(open(Level::Instance, 0x0028_0008, "NumberOfFrames", VR::IS, Place::Column("number_of_frames"))),
    required(open(Level::Instance, 0x0028_0010, "Rows", VR::US, Place::Column("rows"))),
    required(open(Level::Instance, 0x0028_0011, "Columns", VR::US, Place::Column("columns"))),
    required(open(Level::Instance, 0x0028_0100, "BitsAllocated", VR::US, Place::Column("bits_allocated"))),
];

/// Timezone Offset From UTC (0008,0201): said of Studies, Series and Instances; kept with the Study and the Series.
pub(crate) const TIMEZONE_OFFSET: (u16, u16) = (0x0008, 0x0201);

const fn patient(tag: u32, keyword: &'static str, vr: VR, place: Place) -> Attribute {
    personal(Level::Patient, tag, keyword, vr, place)
}

const fn personal(level: Level, tag: u32, keyword: &'static str, vr: VR, place: Place) -> Attribute {
    let tag = ((tag >> 16) as u16, tag as u16);
    Attribute { tag, keyword, vr, level, home: Home::Identity, place, returned: false }
}

const fn open(level: Level, tag: u32, keyword: &'static str, vr: VR, place: Place) -> Attribute {
    let tag = ((tag >> 16) as u16, tag as u16);
    Attribute { tag, keyword, vr, level, home: Home::Index, place, returned: false }
}

const fn required(attribute: Attribute) -> Attribute {
    Attribute { returned: true, ..attribute }
}

static BY_TAG: LazyLock<HashMap<(u16, u16), &'static Attribute>> =
    LazyLock::new(|| TABLE.iter().map(|attribute| (attribute.tag, attribute)).collect());
static BY_KEYWORD: LazyLock<HashMap<&'static str, &'static Attribute>> =
    LazyLock::new(|| TABLE.iter().map(|attribute| (attribute.keyword, attribute)).collect());

pub(super) fn by_tag(tag: (u16, u16)) -> Option<&'static Attribute> {
    BY_TAG.get(&tag).copied()
}

pub(super) fn by_keyword(keyword: &str) -> Option<&'static Attribute> {
    BY_KEYWORD.get(keyword).copied()
}
