//! Structured Reports (PS3.3 §C.17.3): the tree of content items, as plain values for whoever represents it.

use std::borrow::Cow;
use std::collections::HashMap;

use data_set::json::{self, Bulk, JsonOptions};
use data_set::{DataSet, Item, Tag, tags};

use crate::retrieve::Held;
use crate::{Archive, Error, StoredInstance, archive};

/// Most images of one Study that references of a report are looked up among.
const EVIDENCE: usize = 100_000;

/// Most elements of a report that is shown.
const ELEMENTS: usize = 100_000;

/// Most bytes of their values.
const VALUES: usize = 2 << 20;

/// Most numbers of one item's coordinates.
const COORDINATES: usize = 1000;

/// Binary values up to this length, in bytes, stand in the model of a report themselves.
const INLINE: u32 = 1024;

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it is about: patient, study, state of the document; names in English, values as stored.
    pub about: Vec<(&'static str, String)>,
    /// The root of its content.
    pub content: ContentItem,
}

/// A concept, coded (PS3.3 §8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concept {
    /// Code Value.
    pub value: String,
    /// Coding Scheme Designator.
    pub scheme: String,
    /// Code Meaning, for people.
    pub meaning: String,
}

/// One content item with what is below it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ContentItem {
    /// How it relates to the item above: `CONTAINS`, `HAS PROPERTIES`, `INFERRED FROM` and so on; empty at the root.
    pub relationship: String,
    /// `CONTAINER`, `TEXT`, `NUM`, `CODE` and so on.
    pub value_type: String,
    /// What is said.
    pub name: Option<Concept>,
    /// What is said of it.
    pub value: Value,
    /// Items below.
    pub children: Vec<ContentItem>,
}

/// The value of a content item.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// None: a container, or a value that is missing.
    #[default]
    None,
    /// Text, a date, a time, a name, a UID.
    Text(String),
    /// A coded value.
    Code(Concept),
    /// A measurement: number and unit; without number the reason why there is none.
    Number {
        /// As it is written.
        value: String,
        /// Unit of measurement.
        unit: Option<Concept>,
        /// Numeric Value Qualifier.
        qualifier: Option<Concept>,
    },
    /// Another object.
    Reference {
        /// SOP Class UID.
        sop_class: String,
        /// SOP Instance UID.
        instance: String,
        /// Frames, from 1; all when empty.
        frames: Vec<i64>,
        /// Study and Series, when the report says where it is.
        place: Option<(String, String)>,
    },
    /// Places on an image, in space or in time.
    Coordinates {
        /// Graphic Type, or Temporal Range Type.
        graphic: String,
        /// Numbers; the first thousand.
        numbers: Vec<f64>,
    },
    /// The content item at this place of the tree (PS3.3 §C.17.3.2.5).
    SameAs(Vec<i64>),
}

/// Whether instances of a SOP Class are reports.
pub fn is_report(sop_class: &str) -> bool {
    sop_class.starts_with("1.2.840.10008.5.1.4.1.1.88.")
}

impl Archive {
    /// Reads a report.
    ///
    /// # Errors
    /// `NotAcceptable` when the object has no SR Document Content, or is too long to be shown.
    pub async fn report(&self, instance: &StoredInstance) -> Result<Report, Error> {
        Ok(Report::read(&self.report_set(instance).await?))
    }

    /// The whole data set of a report in the DICOM JSON Model, from which other models are made. Values that are too long have
    /// [`json::BULK_DATA_MARK`] before their place.
    ///
    /// # Errors
    /// As of [`Archive::report`].
    pub async fn report_model(&self, instance: &StoredInstance) -> Result<Vec<u8>, Error> {
        let set = self.report_set(instance).await?;
        let mut text = Vec::new();
        json::write(set.root(), &JsonOptions { inline_limit: INLINE, bulk: Bulk::Mark, keep: &|_, _| true }, &mut text);
        Ok(text)
    }

    async fn report_set(&self, instance: &StoredInstance) -> Result<DataSet, Error> {
        self.disclosable(instance).await?;
        let (mut passing, editing) = (self.passing(instance).await?, self.editing(instance).await?);
        let read = archive::blocking(move || {
            let mut held = Held::new((ELEMENTS, VALUES));
            let head = passing.all(editing, |element, value| held.put(element, value))?;
            Ok(held.all().map(|elements| elements.into_set(head)))
        });
        let Some(set) = read.await? else {
            return Err(Error::NotAcceptable(format!(
                "the report has more than {ELEMENTS} elements, or {} MiB of values: too many to be shown; retrieve the \
                 object, or its metadata",
                VALUES >> 20
            )));
        };
        if set.root().get(tags::VALUE_TYPE).is_none() && set.root().get(tags::CONTENT_SEQUENCE).is_none() {
            return Err(Error::NotAcceptable(format!("instance {} has no content of a report", instance.instance)));
        }
        Ok(set)
    }
}

impl Report {
    fn read(set: &DataSet) -> Self {
        let root = set.root();
        let evidence = evidence(&root);
        Self { about: about(&root), content: ContentItem::read(&root, &evidence) }
    }
}

fn about(root: &Item<'_>) -> Vec<(&'static str, String)> {
    let mut about = Vec::new();
    for (name, tag) in [
        ("Patient", tags::PATIENT_NAME),
        ("Patient ID", tags::PATIENT_ID),
        ("Birth date", tags::PATIENT_BIRTH_DATE),
        ("Sex", tags::PATIENT_SEX),
        ("Study", tags::STUDY_DESCRIPTION),
        ("Study date", tags::STUDY_DATE),
        ("Accession number", tags::ACCESSION_NUMBER),
        ("Referring physician", tags::REFERRING_PHYSICIAN_NAME),
        ("Institution", tags::INSTITUTION_NAME),
        ("Content date", tags::CONTENT_DATE),
        ("Content time", tags::CONTENT_TIME),
        ("Completion", tags::COMPLETION_FLAG),
        ("Verification", tags::VERIFICATION_FLAG),
    ] {
        about.extend(text(root, tag).map(|value| (name, value)));
    }
    for observer in root.items_of(tags::VERIFYING_OBSERVER_SEQUENCE) {
        let name = text(&observer, tags::VERIFYING_OBSERVER_NAME).unwrap_or_default();
        let when = text(&observer, tags::VERIFICATION_DATE_TIME).unwrap_or_default();
        about.push(("Verified by", format!("{name} {when}").trim().to_owned()));
    }
    about
}

/// Study and Series by instance.
type Evidence = HashMap<String, (String, String)>;

/// Study and Series of the instances that a report was made from.
fn evidence(root: &Item<'_>) -> Evidence {
    let mut places = Evidence::new();
    for tag in [tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, tags::PERTINENT_OTHER_EVIDENCE_SEQUENCE] {
        for study in root.items_of(tag) {
            for series in study.items_of(tags::REFERENCED_SERIES_SEQUENCE) {
                let uids = text(&study, tags::STUDY_INSTANCE_UID).zip(text(&series, tags::SERIES_INSTANCE_UID));
                let Some(place) = uids else { continue };
                for image in series.items_of(tags::REFERENCED_SOP_SEQUENCE) {
                    if places.len() < EVIDENCE
                        && let Some(instance) = text(&image, tags::REFERENCED_SOP_INSTANCE_UID)
                    {
                        places.insert(instance, place.clone());
                    }
                }
            }
        }
    }
    places
}

impl ContentItem {
    /// An item and all below it; the reader's limit of depth bounds the recursion.
    fn read(item: &Item<'_>, evidence: &Evidence) -> Self {
        let value_type = text(item, tags::VALUE_TYPE).unwrap_or_default();
        Self {
            relationship: text(item, tags::RELATIONSHIP_TYPE).unwrap_or_default(),
            name: concept(item, tags::CONCEPT_NAME_CODE_SEQUENCE),
            value: Value::read(item, &value_type, evidence),
            children: item.items_of(tags::CONTENT_SEQUENCE).map(|child| Self::read(&child, evidence)).collect(),
            value_type,
        }
    }
}

impl Value {
    fn read(item: &Item<'_>, value_type: &str, evidence: &Evidence) -> Self {
        let simple = |tag| text(item, tag).map_or(Self::None, Self::Text);
        match value_type {
            "TEXT" => simple(tags::TEXT_VALUE),
            "DATETIME" => simple(tags::DATE_TIME),
            "DATE" => simple(tags::DATE),
            "TIME" => simple(tags::TIME),
            "PNAME" => simple(tags::PERSON_NAME),
            "UIDREF" => simple(tags::UID),
            "CODE" => concept(item, tags::CONCEPT_CODE_SEQUENCE).map_or(Self::None, Self::Code),
            "NUM" => number(item),
            "IMAGE" | "COMPOSITE" | "WAVEFORM" => reference(item, evidence),
            "SCOORD" | "SCOORD3D" => coordinates(item, tags::GRAPHIC_TYPE, tags::GRAPHIC_DATA),
            "TCOORD" => coordinates(item, tags::TEMPORAL_RANGE_TYPE, tags::REFERENCED_TIME_OFFSETS),
            "" => match item.ints(tags::REFERENCED_CONTENT_ITEM_IDENTIFIER) {
                place if place.is_empty() => Self::None,
                place => Self::SameAs(place),
            },
            _ => Self::None,
        }
    }
}

fn number(item: &Item<'_>) -> Value {
    let qualifier = concept(item, tags::NUMERIC_VALUE_QUALIFIER_CODE_SEQUENCE);
    match item.items_of(tags::MEASURED_VALUE_SEQUENCE).next() {
        Some(measured) => Value::Number {
            value: text(&measured, tags::NUMERIC_VALUE).unwrap_or_default(),
            unit: concept(&measured, tags::MEASUREMENT_UNITS_CODE_SEQUENCE),
            qualifier,
        },
        None => Value::Number { value: String::new(), unit: None, qualifier },
    }
}

fn reference(item: &Item<'_>, evidence: &Evidence) -> Value {
    let Some(referenced) = item.items_of(tags::REFERENCED_SOP_SEQUENCE).next() else { return Value::None };
    let instance = text(&referenced, tags::REFERENCED_SOP_INSTANCE_UID).unwrap_or_default();
    Value::Reference {
        sop_class: text(&referenced, tags::REFERENCED_SOP_CLASS_UID).unwrap_or_default(),
        frames: referenced.ints(tags::REFERENCED_FRAME_NUMBER),
        place: evidence.get(&instance).cloned(),
        instance,
    }
}

fn coordinates(item: &Item<'_>, graphic: Tag, numbers: Tag) -> Value {
    let mut numbers = item.floats(numbers);
    numbers.truncate(COORDINATES);
    Value::Coordinates { graphic: text(item, graphic).unwrap_or_default(), numbers }
}

/// The first code of a sequence.
fn concept(item: &Item<'_>, sequence: Tag) -> Option<Concept> {
    let code = item.items_of(sequence).next()?;
    let of = |tag| text(&code, tag);
    Some(Concept {
        value: of(tags::CODE_VALUE)
            .or_else(|| of(tags::LONG_CODE_VALUE))
            .or_else(|| of(tags::URN_CODE_VALUE))
            .unwrap_or_default(),
        scheme: of(tags::CODING_SCHEME_DESIGNATOR).unwrap_or_default(),
        meaning: of(tags::CODE_MEANING).unwrap_or_default(),
    })
}

fn text(item: &Item<'_>, tag: Tag) -> Option<String> {
    item.text(tag).filter(|text| !text.is_empty()).map(Cow::into_owned)
}
