//! One instance's attributes as DICOM JSON, parted by level and by whether they are personal.

use serde_json::{Map, Value};

/// DICOM JSON objects (PS3.18 Annex F), one for each place where attributes are kept.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct Documents {
    /// identity
    pub patient: Map<String, Value>,
    pub study_identity: Map<String, Value>,
    pub series_identity: Map<String, Value>,
    pub instance_identity: Map<String, Value>,
    /// index
    pub study: Map<String, Value>,
    pub series: Map<String, Value>,
    pub instance: Map<String, Value>,
}

impl Documents {
    /// Parts the attributes of one instance by the attribute table and PS3.15 Table E.1-1.
    pub fn split(attributes: Map<String, Value>) -> Self {
        let _ = attributes;
        todo!()
    }
}
