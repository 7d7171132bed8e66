//! One rule: what it is about, and whether an object meets it.

use schema::forwarding::RuleRow;
use schema::ingest::NewInstance;
use serde_json::Value;
use uuid::Uuid;

use super::Destination;
use super::condition::{Condition, is_text};
use crate::{AeTitle, Error, Uid};

/// A rule. What it leaves open, anything meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardingRule {
    /// Name for people.
    pub name: String,
    /// Calling AE title of the C-STORE that brought the object.
    pub source: Option<AeTitle>,
    /// Modality (0008,0060).
    pub modality: Option<String>,
    /// SOP Class UID.
    pub sop_class: Option<Uid>,
    /// Attribute paths, as a search names them (`00180015`, `RequestAttributesSequence.RequestedProcedureID`,
    /// `0029{ACME 1.0}10`), and values, with `*` and `?` as wild cards; all must match.
    pub attributes: Vec<(String, String)>,
    /// Where to.
    pub destination: Destination,
    /// Transfer syntax to send in where the object can be had in it without loss; else as stored.
    pub transfer_syntax: Option<Uid>,
    /// What is sent goes de-identified or not at all.
    pub deidentified: bool,
}

impl ForwardingRule {
    /// Refuses what cannot be meant, or cannot be done.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.name.is_empty() || self.name.chars().count() > 64 || self.name.contains(char::is_control) {
            return Err(Error::BadRequest("the name of a rule has 1 to 64 printable characters".to_owned()));
        }
        if self.modality.as_deref().is_some_and(|modality| !is_text(modality)) {
            return Err(Error::BadRequest("a modality has 1 to 256 printable bytes".to_owned()));
        }
        self.conditions().map(drop).map_err(Error::BadRequest)
    }

    /// What is asked of the attributes of an object.
    pub(super) fn conditions(&self) -> Result<Vec<Condition>, String> {
        let modality = self.modality.iter().map(|modality| Condition::new("Modality", modality));
        modality.chain(self.attributes.iter().map(|(path, value)| Condition::new(path, value))).collect()
    }

    /// Whether an object that came from `source` is to be sent on, where its attributes are as the rule wants them. What
    /// came from the destination is not sent back.
    pub(super) fn wants(&self, source: Option<&str>, instance: &NewInstance) -> bool {
        let is_open = |asked: Option<&str>, value: Option<&str>| asked.is_none_or(|asked| value == Some(asked));
        (source.is_none() || source != self.destination.ae().map(AeTitle::as_str))
            && is_open(self.source.as_ref().map(AeTitle::as_str), source)
            && is_open(self.sop_class.as_ref().map(Uid::as_str), Some(&instance.sop_class_uid))
    }

    /// As a row, and the conditions that are personal, which go with it to the other database under a new key.
    pub(super) fn row(&self) -> (RuleRow, Option<(Uuid, Value)>) {
        let text = |uid: &Option<Uid>| uid.as_ref().map(|uid| uid.as_str().to_owned());
        let is_personal = |path: &str, value: &str| Condition::new(path, value).is_ok_and(|asked| asked.is_personal());
        let (personal, open): (Vec<_>, Vec<_>) =
            self.attributes.iter().partition(|(path, value)| is_personal(path, value));
        let personal = (!personal.is_empty()).then(|| (Uuid::new_v4(), serde_json::json!(personal)));
        let row = RuleRow {
            name: self.name.clone(),
            source: self.source.as_ref().map(|title| title.as_str().to_owned()),
            modality: self.modality.clone(),
            sop_class_uid: text(&self.sop_class),
            attributes: serde_json::json!(open),
            destination: self.destination.to_string(),
            transfer_syntax_uid: text(&self.transfer_syntax),
            created_at: chrono::Utc::now(),
            deidentified: self.deidentified,
            personal_conditions: personal.as_ref().map(|(key, _)| *key),
        };
        (row, personal)
    }

    /// What a row says with the personal conditions of its key; none when it makes no sense or these are not there, and then
    /// it must not be taken for a rule without conditions.
    pub(super) fn of(row: RuleRow, personal: Option<&Value>) -> Option<Self> {
        let pairs = |value: &Value| serde_json::from_value::<Vec<(String, String)>>(value.clone()).ok();
        let mut attributes = pairs(&row.attributes)?;
        if row.personal_conditions.is_some() {
            attributes.extend(pairs(personal?)?);
        }
        let uid = |text: Option<String>| text.map(|text| Uid::new(&text)).transpose().ok();
        Some(Self {
            name: row.name,
            source: row.source.map(|title| AeTitle::new(&title)).transpose().ok()?,
            modality: row.modality,
            sop_class: uid(row.sop_class_uid)?,
            attributes,
            destination: row.destination.parse().ok()?,
            transfer_syntax: uid(row.transfer_syntax_uid)?,
            deidentified: row.deidentified,
        })
    }
}

#[cfg(test)]
mod tests {
    use schema::documents::Documents;

    use super::*;

    fn rule() -> ForwardingRule {
        ForwardingRule {
            name: "to the reading room".into(),
            source: None,
            modality: None,
            sop_class: None,
            attributes: Vec::new(),
            destination: "READING".parse().expect("a title"),
            transfer_syntax: None,
            deidentified: false,
        }
    }

    fn instance() -> NewInstance {
        let attributes = serde_json::json!({
            "00080016": { "vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.2"] },
            "00080060": { "vr": "CS", "Value": ["CT"] },
            "00180015": { "vr": "CS", "Value": ["CHEST"] },
            "00080008": { "vr": "CS", "Value": ["ORIGINAL", "PRIMARY", "AXIAL"] },
            "00200013": { "vr": "IS", "Value": [7] },
        });
        let Value::Object(attributes) = attributes else { panic!("an object") };
        NewInstance {
            study_instance_uid: "1.2".into(),
            series_instance_uid: "1.2.3".into(),
            sop_instance_uid: "1.2.3.4".into(),
            sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
            transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
            documents: Documents::split(attributes),
            metadata: Vec::new(),
            storage_node_id: 1,
            file_path: String::new(),
            file_size: 0,
            data_set_start: 0,
            digest: Vec::new(),
            frame_index: Vec::new(),
            frame_count: 0,
            kind: "tomogram",
        }
    }

    fn wants(rule: &ForwardingRule, source: Option<&str>) -> bool {
        let (conditions, instance) = (rule.conditions().expect("conditions"), instance());
        rule.wants(source, &instance) && conditions.iter().all(|condition| condition.is_met(&instance))
    }

    fn asking(name: &str, value: &str) -> ForwardingRule {
        ForwardingRule { attributes: vec![(name.to_owned(), value.to_owned())], ..rule() }
    }

    #[test]
    fn a_rule_that_leaves_all_open_wants_all_but_what_came_from_there() {
        assert!(wants(&rule(), None));
        assert!(wants(&rule(), Some("CT1")));
        assert!(!wants(&rule(), Some("READING")));
    }

    #[test]
    fn all_conditions_must_be_met() {
        let title = |text: &str| AeTitle::new(text).ok();
        let uid = |text: &str| Uid::new(text).ok();
        for (rule, is_wanted) in [
            (ForwardingRule { source: title("CT1"), ..rule() }, true),
            (ForwardingRule { source: title("CT2"), ..rule() }, false),
            (ForwardingRule { modality: Some("CT".into()), ..rule() }, true),
            (ForwardingRule { modality: Some("MR".into()), ..rule() }, false),
            (ForwardingRule { sop_class: uid("1.2.840.10008.5.1.4.1.1.2"), ..rule() }, true),
            (ForwardingRule { sop_class: uid("1.2.840.10008.5.1.4.1.1.4"), ..rule() }, false),
            (ForwardingRule { modality: Some("CT".into()), ..asking("BodyPartExamined", "ABDOMEN") }, false),
            (asking("BodyPartExamined", "CH*"), true),
            (asking("00180015", "ABDOMEN"), false),
        ] {
            assert_eq!(wants(&rule, Some("CT1")), is_wanted, "{rule:?}");
        }
    }

    #[test]
    fn conditions_that_cannot_be_met_are_refused() {
        for (name, value) in [
            ("NoSuchAttribute", "x"),
            ("RequestAttributesSequence", "x"),
            ("PatientName.Modality", "x"),
            ("ModalitiesInStudy", "CT"),
            ("PixelData", "x"),
            ("BodyPartExamined", "CH\0EST"),
            ("BodyPartExamined", ""),
        ] {
            assert!(asking(name, value).check().is_err(), "{name}");
        }
        assert!(asking("BodyPartExamined", "CHEST").check().is_ok());
        assert!(ForwardingRule { modality: Some("\0".into()), ..rule() }.check().is_err());
    }

    #[test]
    fn rows_say_what_was_added_and_nothing_personal() {
        let rule = ForwardingRule {
            source: AeTitle::new("CT1").ok(),
            attributes: vec![
                ("BodyPartExamined".into(), "CHEST".into()),
                ("PatientName".into(), "Doe*".into()),
                ("RequestAttributesSequence.ScheduledProcedureStepID".into(), "S1".into()),
            ],
            transfer_syntax: Uid::new("1.2.840.10008.1.2.4.90").ok(),
            deidentified: true,
            ..rule()
        };
        let (row, personal) = rule.row();
        let (key, personal) = personal.expect("a name is personal");
        assert_eq!(row.personal_conditions, Some(key));
        assert!(!row.attributes.to_string().contains("Doe") && !row.attributes.to_string().contains("S1"));
        assert_eq!(ForwardingRule::of(row.clone(), Some(&personal)), Some(rule.clone()));
        assert_eq!(ForwardingRule::of(row.clone(), None), None, "it is no rule for everybody");
        let broken = RuleRow { attributes: serde_json::json!("all"), ..row };
        assert_eq!(ForwardingRule::of(broken, Some(&personal)), None);
        assert_eq!(asking("BodyPartExamined", "CHEST").row().1, None);
    }
}
