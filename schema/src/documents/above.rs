//! The documents of what an instance belongs to. Most come into a series that is there, and nobody asks for these.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Documents, LONGEST, left_out, place};
use crate::attribute::{self, Level, VR};

/// Documents of patient, study and series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Above {
    /// Of the patient, in the identity database.
    pub patient: Map<String, Value>,
    /// What is personal about the study, in the identity database.
    pub study_identity: Map<String, Value>,
    /// What is personal about the series, in the identity database.
    pub series_identity: Map<String, Value>,
    /// Of the study, in the index.
    pub study: Map<String, Value>,
    /// Of the series, in the index.
    pub series: Map<String, Value>,
}

/// [`Above`], made when it is first asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Later {
    json: Vec<u8>,
    made: OnceLock<Above>,
}

impl From<Above> for Later {
    fn from(above: Above) -> Self {
        Self { json: Vec::new(), made: above.into() }
    }
}

impl Documents {
    /// The documents of an instance whose attributes are parted already, as DICOM JSON: its own ([`is_of_instance`]), and
    /// the others. Unless they are long these are read when somebody asks for them; if they are no JSON there are none.
    ///
    /// A sequence that is nested deeper than serde_json goes is [`left_out`].
    ///
    /// # Errors
    /// The instance's attributes are no JSON object.
    pub fn of(instance: &[u8], above: Vec<u8>) -> serde_json::Result<Self> {
        let mut documents = Self::default();
        place(elements(instance)?, &mut documents, &mut Above::default());
        documents.above = Later { json: above, made: OnceLock::new() };
        // Whoever asks is the one thread that writes for all: what takes long is not left to it.
        if documents.above.json.len() > LONGEST {
            documents.above();
            documents.above.json = Vec::new();
        }
        Ok(documents)
    }

    /// Says that there is an element, but that it is not searched.
    pub fn leave_out(&mut self, tag: (u16, u16), vr: VR) {
        let element = Map::from_iter([(attribute::tag_name(tag), left_out(vr.to_string()))]);
        match is_of_instance(tag) {
            true => place(element, self, &mut Above::default()),
            false => place(element, &mut Self::default(), self.above_mut()),
        }
    }

    /// What the instance says of its patient, study and series.
    pub fn above(&self) -> &Above {
        self.above.made.get_or_init(|| {
            let mut above = Above::default();
            place(elements(&self.above.json).unwrap_or_default(), &mut Self::default(), &mut above);
            above
        })
    }

    /// The same, to be changed.
    pub fn above_mut(&mut self) -> &mut Above {
        self.above();
        self.above.made.get_mut().expect("it was just made")
    }
}

/// Whether an attribute is the instance's own, and says nothing of its patient, study or series.
pub fn is_of_instance(tag: (u16, u16)) -> bool {
    attribute::by_tag(tag).is_none_or(|known| known.level == Level::Instance)
}

fn elements(json: &[u8]) -> serde_json::Result<Map<String, Value>> {
    serde_json::from_slice(json).or_else(|_| {
        let raw: BTreeMap<String, &RawValue> = serde_json::from_slice(json)?;
        let readable = |text: &RawValue| serde_json::from_str(text.get()).unwrap_or_else(|_| left_out("SQ"));
        Ok(raw.into_iter().map(|(name, text)| (name, readable(text))).collect())
    })
}
