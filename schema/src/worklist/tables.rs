//! Tables of the worklist, in the identity database.

diesel::table! {
    /// Scheduled Procedure Steps.
    scheduled_steps (scheduled_step_key) {
        /// Key.
        scheduled_step_key -> BigInt,
        /// (0020,000D)
        study_instance_uid -> Text,
        /// (0040,0009)
        scheduled_procedure_step_id -> Text,
        /// (0040,0002) and (0040,0003)
        starts -> Timestamp,
        /// (0040,0020)
        status -> Text,
        /// All attributes as DICOM JSON.
        document -> Jsonb,
        /// When it was made.
        created_at -> Timestamptz,
        /// When it last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Modality Performed Procedure Steps.
    performed_steps (sop_instance_uid) {
        /// (0008,0018)
        sop_instance_uid -> Text,
        /// (0040,0252)
        status -> Text,
        /// All attributes as DICOM JSON.
        document -> Jsonb,
        /// AE title or user name.
        created_by -> Text,
        /// When it was made.
        created_at -> Timestamptz,
        /// When it last changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// What performed steps refer to.
    performed_references (sop_instance_uid, study_instance_uid, scheduled_procedure_step_id) {
        /// The performed step.
        sop_instance_uid -> Text,
        /// (0020,000D)
        study_instance_uid -> Text,
        /// (0040,0009); empty when it is not known.
        scheduled_procedure_step_id -> Text,
    }
}

diesel::joinable!(performed_references -> performed_steps (sop_instance_uid));
diesel::allow_tables_to_appear_in_same_query!(scheduled_steps, performed_steps, performed_references);
