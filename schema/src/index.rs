//! Tables of the index database: shareable, no personal data.

diesel::table! {
    /// Where bytes are kept.
    storage_nodes (storage_node_id) {
        /// Key.
        storage_node_id -> BigInt,
        /// Name for people.
        name -> Text,
        /// Where it is.
        url -> Text,
        /// `online` or `archive`.
        tier -> Text,
        /// Whether new objects go there.
        takes_new_objects -> Bool,
        /// Whether the only copy of an object may be there.
        may_hold_originals -> Bool,
    }
}

diesel::table! {
    /// Studies.
    studies (study_key) {
        /// Key.
        study_key -> BigInt,
        /// (0020,000D)
        study_instance_uid -> Text,
        /// The patient, who is in the identity database.
        patient_key -> Uuid,
        /// (0008,0020)
        study_date -> Nullable<Date>,
        /// (0008,0030)
        study_time -> Nullable<Time>,
        /// (0008,1030)
        study_description -> Nullable<Text>,
        /// (0008,0061), in alphabetical order.
        modalities_in_study -> Array<Text>,
        /// (0008,0062), in alphabetical order.
        sop_classes_in_study -> Array<Text>,
        /// (0020,1206)
        number_of_study_related_series -> Integer,
        /// (0020,1208)
        number_of_study_related_instances -> Integer,
        /// Study level attributes as DICOM JSON, without personal ones.
        attributes -> Jsonb,
        /// Those that are too long for a search: tags with blanks between them.
        left_out -> Nullable<Text>,
        /// When the first instance was stored.
        created_at -> Timestamptz,
        /// When the last instance was stored.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Series.
    series (series_key) {
        /// Key.
        series_key -> BigInt,
        /// Its Study.
        study_key -> BigInt,
        /// (0020,000E)
        series_instance_uid -> Text,
        /// (0008,0060)
        modality -> Nullable<Text>,
        /// (0020,0011)
        series_number -> Nullable<Integer>,
        /// (0008,103E)
        series_description -> Nullable<Text>,
        /// (0018,0015)
        body_part_examined -> Nullable<Text>,
        /// (0020,1209)
        number_of_series_related_instances -> Integer,
        /// Series level attributes as DICOM JSON, without personal ones.
        attributes -> Jsonb,
        /// Those that are too long for a search: tags with blanks between them.
        left_out -> Nullable<Text>,
        /// When the first instance was stored.
        created_at -> Timestamptz,
        /// When the last instance was stored.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Instances.
    instances (instance_key) {
        /// Key.
        instance_key -> BigInt,
        /// Its Series.
        series_key -> BigInt,
        /// (0008,0018)
        sop_instance_uid -> Text,
        /// (0008,0016)
        sop_class_uid -> Text,
        /// (0020,0013)
        instance_number -> Nullable<Integer>,
        /// (0028,0010)
        rows -> Nullable<Integer>,
        /// (0028,0011)
        #[sql_name = "columns"]
        columns_ -> Nullable<Integer>,
        /// (0028,0100)
        bits_allocated -> Nullable<Integer>,
        /// (0028,0008)
        number_of_frames -> Nullable<Integer>,
        /// Of the stored bytes.
        transfer_syntax_uid -> Text,
        /// Where the bytes are.
        storage_node_id -> BigInt,
        /// Path on the storage node.
        file_path -> Text,
        /// Bytes.
        file_size -> BigInt,
        /// First byte of the data set proper in the file.
        data_set_start -> BigInt,
        /// Of the data set proper.
        digest -> Binary,
        /// Where each frame lies.
        frame_index -> Binary,
        /// Number of frames found, 0 without pixels.
        frame_count -> Integer,
        /// `tomogram`, `radiogram`, `ultrasound` or `other`.
        kind -> Text,
        /// Instance level attributes as DICOM JSON, without personal ones.
        attributes -> Jsonb,
        /// When it was stored.
        stored_at -> Timestamptz,
    }
}

diesel::joinable!(series -> studies (study_key));
diesel::joinable!(instances -> series (series_key));
diesel::joinable!(instances -> storage_nodes (storage_node_id));
diesel::allow_tables_to_appear_in_same_query!(storage_nodes, studies, series, instances);
