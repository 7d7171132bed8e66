//! One rule: what it is about, and whether an object meets it.

use schema::attribute::{self, Home};
use schema::forwarding::RuleRow;
use schema::ingest::NewInstance;
use schema::profile;
use serde_json::{Map, Value};

use super::Destination;
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
    /// Attributes (keyword or tag) and values, with `*` and `?` as wild cards; all must match.
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
        let refuse = |words: String| Err(Error::BadRequest(words));
        if self.name.is_empty() || self.name.chars().count() > 64 || self.name.contains(char::is_control) {
            return refuse("the name of a rule has 1 to 64 printable characters".to_owned());
        }
        let is_text = |value: &str| (1..=256).contains(&value.len()) && !value.contains(char::is_control);
        if self.modality.as_deref().is_some_and(|modality| !is_text(modality)) {
            return refuse("a modality has 1 to 256 printable bytes".to_owned());
        }
        for (name, value) in &self.attributes {
            let Some(known) = attribute::by_name(name) else {
                return refuse(format!("{name} is not an attribute that this server knows"));
            };
            // Rules are kept where no personal data are.
            if known.home == Home::Identity || profile::is_personal(known.tag, Some(known.vr)) {
                return refuse(format!("{name} may tell who somebody is: no rule can name a value of it"));
            }
            if !is_text(value) {
                return refuse(format!("{name}: a value has 1 to 256 printable bytes"));
            }
        }
        Ok(())
    }

    /// Whether an object that came from `source` is to be sent on. What came from the destination is not sent back.
    pub(super) fn wants(&self, source: Option<&str>, instance: &NewInstance) -> bool {
        let is_open = |asked: Option<&str>, value: Option<&str>| asked.is_none_or(|asked| value == Some(asked));
        (source.is_none() || source != self.destination.ae().map(AeTitle::as_str))
            && is_open(self.source.as_ref().map(AeTitle::as_str), source)
            && is_open(self.sop_class.as_ref().map(Uid::as_str), Some(&instance.sop_class_uid))
            && self.modality.as_deref().is_none_or(|modality| has(instance, (0x0008, 0x0060), modality))
            && self.attributes.iter().all(|(name, value)| {
                attribute::by_name(name).is_some_and(|attribute| has(instance, attribute.tag, value))
            })
    }

    /// As a row.
    pub(super) fn row(&self) -> RuleRow {
        let text = |uid: &Option<Uid>| uid.as_ref().map(|uid| uid.as_str().to_owned());
        RuleRow {
            name: self.name.clone(),
            source: self.source.as_ref().map(|title| title.as_str().to_owned()),
            modality: self.modality.clone(),
            sop_class_uid: text(&self.sop_class),
            attributes: serde_json::json!(self.attributes),
            destination: self.destination.to_string(),
            transfer_syntax_uid: text(&self.transfer_syntax),
            created_at: chrono::Utc::now(),
            deidentified: self.deidentified,
        }
    }

    /// What a row says; none when it makes no sense, and then it must not be taken for a rule without conditions.
    pub(super) fn of(row: RuleRow) -> Option<Self> {
        let uid = |text: Option<String>| text.map(|text| Uid::new(&text)).transpose().ok();
        Some(Self {
            name: row.name,
            source: row.source.map(|title| AeTitle::new(&title)).transpose().ok()?,
            modality: row.modality,
            sop_class: uid(row.sop_class_uid)?,
            attributes: serde_json::from_value(row.attributes).ok()?,
            destination: row.destination.parse().ok()?,
            transfer_syntax: uid(row.transfer_syntax_uid)?,
            deidentified: row.deidentified,
        })
    }
}

/// Whether an attribute of an object has a value that `pattern` matches.
fn has(instance: &NewInstance, tag: (u16, u16), pattern: &str) -> bool {
    let name = attribute::tag_name(tag);
    let documents = &instance.documents;
    let values = |document: &Map<String, Value>| {
        let values = document.get(&name).and_then(|element| element.get("Value")).and_then(Value::as_array);
        values.into_iter().flatten().any(|value| match value {
            Value::String(text) => matches(pattern, text.trim()),
            Value::Number(number) => matches(pattern, &number.to_string()),
            _ => false,
        })
    };
    [&documents.study, &documents.series, &documents.instance].into_iter().any(values)
        || (tag == (0x0008, 0x0016) && matches(pattern, &instance.sop_class_uid))
}

/// Wild card matching (PS3.4 §C.2.2.2.4), case and all.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut in_pattern) = (0, 0);
    let mut retry = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('*') => {
                retry = Some((in_pattern + 1, at + 1));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[at] => {
                in_pattern += 1;
                at += 1;
            }
            _ => match retry {
                Some((after_star, next)) => {
                    (in_pattern, at) = (after_star, next);
                    retry = Some((after_star, next + 1));
                }
                None => return false,
            },
        }
    }
    pattern[in_pattern..].iter().all(|wanted| *wanted == '*')
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

    #[test]
    fn a_rule_that_leaves_all_open_wants_all_but_what_came_from_there() {
        assert!(rule().wants(None, &instance()));
        assert!(rule().wants(Some("CT1"), &instance()));
        assert!(!rule().wants(Some("READING"), &instance()));
    }

    #[test]
    fn all_conditions_must_be_met() {
        let title = |text: &str| AeTitle::new(text).ok();
        let uid = |text: &str| Uid::new(text).ok();
        let attribute = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        let instance = instance();
        for (rule, wants) in [
            (ForwardingRule { source: title("CT1"), ..rule() }, true),
            (ForwardingRule { source: title("CT2"), ..rule() }, false),
            (ForwardingRule { modality: Some("CT".into()), ..rule() }, true),
            (ForwardingRule { modality: Some("MR".into()), ..rule() }, false),
            (ForwardingRule { sop_class: uid("1.2.840.10008.5.1.4.1.1.2"), ..rule() }, true),
            (ForwardingRule { sop_class: uid("1.2.840.10008.5.1.4.1.1.4"), ..rule() }, false),
            (ForwardingRule { attributes: attribute("BodyPartExamined", "CH*"), ..rule() }, true),
            (ForwardingRule { attributes: attribute("00180015", "ABDOMEN"), ..rule() }, false),
            (ForwardingRule { attributes: attribute("ImageType", "PRIMARY"), ..rule() }, true),
            (ForwardingRule { attributes: attribute("InstanceNumber", "7"), ..rule() }, true),
            (ForwardingRule { attributes: attribute("StationName", "*"), ..rule() }, false),
        ] {
            assert_eq!(rule.wants(Some("CT1"), &instance), wants, "{rule:?}");
        }
    }

    #[test]
    fn no_rule_names_a_person() {
        for name in ["PatientName", "PatientID", "00100020", "AccessionNumber", "NoSuchAttribute"] {
            let rule = ForwardingRule { attributes: vec![(name.into(), "x".into())], ..rule() };
            assert!(rule.check().is_err(), "{name}");
        }
        let of = |value: &str| ForwardingRule { attributes: vec![("BodyPartExamined".into(), value.into())], ..rule() };
        assert!(of("CHEST").check().is_ok());
        assert!(of("CH\0EST").check().is_err());
        assert!(ForwardingRule { modality: Some("\0".into()), ..rule() }.check().is_err());
    }

    #[test]
    fn rows_say_what_was_added() {
        let rule = ForwardingRule {
            source: AeTitle::new("CT1").ok(),
            attributes: vec![("BodyPartExamined".into(), "CHEST".into())],
            transfer_syntax: Uid::new("1.2.840.10008.1.2.4.90").ok(),
            deidentified: true,
            ..rule()
        };
        assert_eq!(ForwardingRule::of(rule.row()), Some(rule.clone()));
        let broken = RuleRow { attributes: serde_json::json!("all"), ..rule.row() };
        assert_eq!(ForwardingRule::of(broken), None);
    }

    #[test]
    fn matches_with_wild_cards() {
        for (pattern, text, is) in [
            ("CT", "CT", true),
            ("CT", "ct", false),
            ("*", "", true),
            ("C*T", "CHEST", true),
            ("C?T", "CAT", true),
            ("?", "", false),
            ("*ES*", "CHEST", true),
            ("C*X", "CHEST", false),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
    }
}
