//! Tables of the identity database, which stays on the institution's network.

diesel::table! {
    /// Patients.
    patients (patient_key) {
        /// Key, by which the index refers to the patient.
        patient_key -> Uuid,
        /// (0010,0020); empty when there is none.
        patient_id -> Text,
        /// (0010,0021); empty when there is none.
        issuer_of_patient_id -> Text,
        /// Empty, but for patients without Patient ID, who are known by one study only.
        study_instance_uid -> Text,
        /// (0010,0010)
        patient_name -> Nullable<Text>,
        /// The same folded for matching.
        patient_name_folded -> Nullable<Text>,
        /// (0010,0030)
        patient_birth_date -> Nullable<Date>,
        /// (0010,0040)
        patient_sex -> Nullable<Text>,
        /// Patient level attributes as DICOM JSON.
        attributes -> Jsonb,
    }
}

diesel::table! {
    /// What is personal about a Study.
    study_identities (study_instance_uid) {
        /// (0020,000D)
        study_instance_uid -> Text,
        /// Whose study it is.
        patient_key -> Uuid,
        /// (0008,0050)
        accession_number -> Nullable<Text>,
        /// (0020,0010)
        study_id -> Nullable<Text>,
        /// (0008,0090)
        referring_physician_name -> Nullable<Text>,
        /// The same folded for matching.
        referring_physician_name_folded -> Nullable<Text>,
        /// Personal Study level attributes as DICOM JSON.
        attributes -> Jsonb,
    }
}

diesel::table! {
    /// What is personal about a Series.
    series_identities (series_instance_uid, study_instance_uid) {
        /// (0020,000E)
        series_instance_uid -> Text,
        /// (0020,000D)
        study_instance_uid -> Text,
        /// Personal Series level attributes as DICOM JSON.
        attributes -> Jsonb,
    }
}

diesel::table! {
    /// The original headers.
    instance_headers (sop_instance_uid) {
        /// (0008,0018)
        sop_instance_uid -> Text,
        /// (0020,000D)
        study_instance_uid -> Text,
        /// (0020,000E)
        series_instance_uid -> Text,
        /// Of the object that the header is of.
        digest -> Binary,
        /// DICOM JSON of the whole header, compressed.
        metadata -> Binary,
        /// Personal Instance level attributes as DICOM JSON.
        personal -> Nullable<Json>,
    }
}

diesel::joinable!(study_identities -> patients (patient_key));
diesel::joinable!(series_identities -> study_identities (study_instance_uid));
diesel::allow_tables_to_appear_in_same_query!(patients, study_identities, series_identities, instance_headers);
