//! The information models of a query (PS3.4 §C.3): their levels, and what names an entity of each.

use archive::Level;
use data_set::{Tag, tags, uids};

/// An information model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    /// Patient, Study, Series, Composite Object Instance (PS3.4 §C.6.1).
    PatientRoot,
    /// Study, Series, Composite Object Instance; what is said of a patient is said of its studies (PS3.4 §C.6.2).
    StudyRoot,
}

/// Levels from the highest down: the value of Query/Retrieve Level (0008,0052), and the Unique Key.
const LEVELS: [(Level, &str, Tag); 4] = [
    (Level::Patient, "PATIENT", tags::PATIENT_ID),
    (Level::Study, "STUDY", tags::STUDY_INSTANCE_UID),
    (Level::Series, "SERIES", tags::SERIES_INSTANCE_UID),
    (Level::Instance, "IMAGE", tags::SOP_INSTANCE_UID),
];

impl Model {
    /// The model of a query SOP Class.
    pub(super) fn of(sop_class: &str) -> Self {
        match sop_class {
            uids::PATIENT_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND => Self::PatientRoot,
            _ => Self::StudyRoot,
        }
    }

    fn levels(self) -> &'static [(Level, &'static str, Tag)] {
        match self {
            Self::PatientRoot => &LEVELS,
            Self::StudyRoot => &LEVELS[1..],
        }
    }

    /// The level with this name; none when the model has none.
    pub(super) fn level(self, name: &str) -> Option<Level> {
        self.levels().iter().find(|(_, known, _)| *known == name).map(|(level, ..)| *level)
    }

    /// The Unique Keys of the levels above.
    pub(super) fn unique_keys_above(self, level: Level) -> impl Iterator<Item = Tag> {
        self.levels().iter().filter(move |(above, ..)| *above < level).map(|(.., unique)| *unique)
    }
}

/// The name of a level.
pub(super) fn name(level: Level) -> &'static str {
    LEVELS.iter().find(|(known, ..)| *known == level).map_or("", |(_, name, _)| name)
}
