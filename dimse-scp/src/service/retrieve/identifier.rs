//! The Identifier of a retrieval (PS3.4 §C.4.2.1.4): Query/Retrieve Level, and unique keys.

use archive::Uid;
use archive::retrieve::Selection;
use data_set::{DataSet, Tag, tags, uids};

use super::super::attributes::is_damaged;
use super::{Refusal, Status};

/// Unique keys of the levels, highest first (PS3.4 §C.6.1.1, §C.6.2.1).
const KEYS: [(&str, Tag, &str); 4] = [
    ("PATIENT", tags::PATIENT_ID, "Patient ID"),
    ("STUDY", tags::STUDY_INSTANCE_UID, "Study Instance UID"),
    ("SERIES", tags::SERIES_INSTANCE_UID, "Series Instance UID"),
    ("IMAGE", tags::SOP_INSTANCE_UID, "SOP Instance UID"),
];

/// The answer to extended negotiation (PS3.4 §C.5.2.1, §C.5.3.1): relational retrieval, whenever it is wanted.
pub(in crate::service) fn extended(proposed: &[u8]) -> Option<Vec<u8>> {
    proposed.first().map(|relational| vec![u8::from(*relational == 1)])
}

/// What an Identifier may say in a presentation context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Model {
    /// Index into [`KEYS`] of the highest level.
    root: usize,
    /// Keys of higher levels may be left out (PS3.4 §C.4.2.2.2.1).
    relational: bool,
}

impl Model {
    /// The information model of a SOP Class, with what extended negotiation came to (PS3.4 §C.5.2.1, §C.5.3.1).
    pub(super) fn of(sop_class: &str, extended: &[u8]) -> Self {
        let patient_root = [
            uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE,
            uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_GET,
        ];
        Self {
            root: usize::from(!patient_root.contains(&sop_class)),
            relational: extended.first().is_some_and(|relational| *relational == 1),
        }
    }

    /// Reads an Identifier. One that names less than its level needs is refused, as is one that names more: to send other
    /// instances than were meant is worse than to send none.
    pub(super) fn read(self, identifier: &DataSet) -> Result<Selection, Refusal> {
        if is_damaged(identifier) {
            return Err(Refusal::new(Status::CannotProcess, "the Identifier is damaged"));
        }
        let level = identifier.root().raw_text(tags::QUERY_RETRIEVE_LEVEL).unwrap_or_default();
        let level = KEYS.iter().position(|key| key.0 == level).filter(|level| *level >= self.root);
        let level = level.ok_or_else(|| {
            offence(tags::QUERY_RETRIEVE_LEVEL, "Query/Retrieve Level is missing or is none of this SOP Class")
        })?;
        let mut selection = Selection::default();
        for (at, (_, tag, name)) in KEYS.iter().enumerate().skip(self.root) {
            let values = identifier.root().strings(*tag);
            self.check(at, level, values.len()).map_err(|what| offence(*tag, format!("{name} {what}")))?;
            let uids = || values.iter().map(|value| Uid::new(value)).collect::<Result<Vec<_>, _>>();
            let uids = || uids().map_err(|what| offence(*tag, format!("{name}: {what}")));
            match at {
                0 => selection.patient = values.into_iter().next(),
                1 => selection.studies = uids()?,
                2 => selection.series = uids()?,
                _ => selection.instances = uids()?,
            }
        }
        Ok(selection)
    }

    /// How many values the key of a level may have.
    fn check(self, at: usize, level: usize, count: usize) -> Result<(), &'static str> {
        match at.cmp(&level) {
            std::cmp::Ordering::Greater if count > 0 => Err("is of a lower level than the Query/Retrieve Level"),
            std::cmp::Ordering::Greater => Ok(()),
            _ if at == 0 && count > 1 => Err("has more than one value"),
            std::cmp::Ordering::Equal if count == 0 => Err("is missing"),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less if self.relational => Ok(()),
            std::cmp::Ordering::Less if count == 0 => Err("is missing"),
            std::cmp::Ordering::Less if count > 1 => Err("has more than one value"),
            std::cmp::Ordering::Less => Ok(()),
        }
    }
}

fn offence(tag: Tag, words: impl Into<String>) -> Refusal {
    let refusal = Refusal::new(Status::IdentifierDoesNotMatch, words);
    Refusal { offending: vec![(tag.group(), tag.element())], ..refusal }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: Model = Model { root: 0, relational: false };
    const STUDY: Model = Model { root: 1, relational: false };

    fn identifier(elements: &[(Tag, &str)]) -> DataSet {
        let mut bytes = Vec::new();
        for (tag, value) in elements {
            let value = format!("{value}{}", if value.len() % 2 == 1 { " " } else { "" });
            bytes.extend_from_slice(&tag.group().to_le_bytes());
            bytes.extend_from_slice(&tag.element().to_le_bytes());
            bytes.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
            bytes.extend_from_slice(value.as_bytes());
        }
        let mut reader = data_set::Reader::of_data_set(uids::IMPLICIT_VR_LITTLE_ENDIAN, data_set::Limits::default());
        reader.push(&bytes).unwrap();
        reader.finish().unwrap()
    }

    fn level(name: &str) -> (Tag, &str) {
        (tags::QUERY_RETRIEVE_LEVEL, name)
    }

    fn uid(text: &str) -> Uid {
        Uid::new(text).unwrap()
    }

    #[test]
    fn reads_each_level_with_the_keys_above_it() {
        let patient = (tags::PATIENT_ID, "P1");
        let study = (tags::STUDY_INSTANCE_UID, "1.2");
        let series = (tags::SERIES_INSTANCE_UID, "1.2.3\\1.2.4");
        let of_patient = PATIENT.read(&identifier(&[level("PATIENT"), patient])).unwrap();
        assert_eq!(of_patient, Selection { patient: Some("P1".into()), ..Selection::default() });
        let of_series = STUDY.read(&identifier(&[level("SERIES"), study, series])).unwrap();
        let two = vec![uid("1.2.3"), uid("1.2.4")];
        assert_eq!(of_series, Selection { studies: vec![uid("1.2")], series: two, ..Selection::default() });
        let image = (tags::SOP_INSTANCE_UID, "1.2.3.4");
        let of_image = identifier(&[level("IMAGE"), patient, study, (tags::SERIES_INSTANCE_UID, "1.2.3"), image]);
        assert_eq!(PATIENT.read(&of_image).unwrap().instances, [uid("1.2.3.4")]);
    }

    #[test]
    fn refuses_what_does_not_match_the_sop_class_and_names_the_element() {
        let study = (tags::STUDY_INSTANCE_UID, "1.2");
        let series = (tags::SERIES_INSTANCE_UID, "1.2.3");
        for (model, elements, offending) in [
            (STUDY, vec![study], tags::QUERY_RETRIEVE_LEVEL),
            (STUDY, vec![level("PATIENT"), (tags::PATIENT_ID, "P1")], tags::QUERY_RETRIEVE_LEVEL),
            (STUDY, vec![level("FRAME"), study], tags::QUERY_RETRIEVE_LEVEL),
            (STUDY, vec![level("STUDY")], tags::STUDY_INSTANCE_UID),
            (STUDY, vec![level("STUDY"), (tags::STUDY_INSTANCE_UID, "1.2*")], tags::STUDY_INSTANCE_UID),
            (STUDY, vec![level("STUDY"), study, series], tags::SERIES_INSTANCE_UID),
            (STUDY, vec![level("SERIES"), series], tags::STUDY_INSTANCE_UID),
            (STUDY, vec![level("SERIES"), (tags::STUDY_INSTANCE_UID, "1.2\\1.3"), series], tags::STUDY_INSTANCE_UID),
            (PATIENT, vec![level("STUDY"), study], tags::PATIENT_ID),
            (PATIENT, vec![level("PATIENT"), (tags::PATIENT_ID, "P1\\P2")], tags::PATIENT_ID),
        ] {
            let refusal = model.read(&identifier(&elements)).unwrap_err();
            assert_eq!(refusal.status, Status::IdentifierDoesNotMatch);
            assert_eq!(refusal.offending, [(offending.group(), offending.element())], "{elements:?}");
        }
    }

    #[test]
    fn takes_lower_keys_alone_when_that_was_negotiated() {
        let class = uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE;
        let series = identifier(&[level("SERIES"), (tags::SERIES_INSTANCE_UID, "1.2.3")]);
        assert!(Model::of(class, &[]).read(&series).is_err());
        assert!(Model::of(class, &[0]).read(&series).is_err());
        let selection = Model::of(class, &[1]).read(&series).unwrap();
        assert_eq!(selection, Selection { series: vec![uid("1.2.3")], ..Selection::default() });
    }

    #[test]
    fn passes_over_keys_without_a_value_and_other_attributes() {
        let elements = [
            level("STUDY"),
            (tags::PATIENT_ID, "P1"),
            (tags::STUDY_INSTANCE_UID, "1.2"),
            (tags::SERIES_INSTANCE_UID, ""),
        ];
        let selection = STUDY.read(&identifier(&elements)).unwrap();
        assert_eq!(selection, Selection { studies: vec![uid("1.2")], ..Selection::default() });
    }
}
