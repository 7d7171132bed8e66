//! What a rule asks of one attribute of an object.

use schema::attribute::{Home, Matching};
use schema::documents::{self, Held};
use schema::fold::fold_person_name;
use schema::ingest::NewInstance;
use schema::search::Path;

/// SOP Class UID (0008,0016), which is known of every object.
const SOP_CLASS: (u16, u16) = (0x0008, 0x0016);

/// An attribute and what one of its values has to be.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    path: Path,
    value: Vec<char>,
    folded: Vec<char>,
}

impl Condition {
    /// Reads a path as searches do, and a value with `*` and `?` as wild cards. `Err` says what is wrong, without the value.
    pub(super) fn new(path: &str, value: &str) -> Result<Self, String> {
        let name = path;
        let path = Path::parse(path).map_err(|error| error.to_string())?;
        let is_compared = !matches!(path.leaf().matching(), Matching::Sequence | Matching::Nothing);
        if !is_compared || !documents::is_searched(path.root().tag) {
            return Err(format!("{name} has no values of objects that a rule can compare"));
        }
        if !is_text(value) {
            return Err(format!("{name}: a value has 1 to 256 printable bytes"));
        }
        let folded = fold_person_name(value).chars().collect();
        Ok(Self { path, value: value.chars().collect(), folded })
    }

    /// Whether it may tell who somebody is.
    pub(super) fn is_personal(&self) -> bool {
        self.path.home() == Home::Identity
    }

    /// Whether an object meets it: one value does, of any Item.
    pub(super) fn is_met(&self, instance: &NewInstance) -> bool {
        let matches_value = |held: &Held<'_>| match held {
            Held::Name(name) => matches(&self.folded, name),
            Held::Text(text) => matches(&self.value, text),
        };
        instance.documents.values(&self.path).iter().any(matches_value)
            || (self.path.root().tag == SOP_CLASS && matches(&self.value, &instance.sop_class_uid))
    }
}

/// Whether this can be the value of a condition.
pub(super) fn is_text(value: &str) -> bool {
    (1..=256).contains(&value.len()) && !value.contains(char::is_control)
}

/// Wild card matching (PS3.4 §C.2.2.2.4), case and all.
fn matches(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
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
    use serde_json::{Value, json};

    use super::*;

    fn instance() -> NewInstance {
        let attributes = json!({
            "00080060": { "vr": "CS", "Value": ["CT"] },
            "00080008": { "vr": "CS", "Value": ["ORIGINAL", "PRIMARY", "AXIAL"] },
            "00080050": { "vr": "SH", "Value": ["A-77"] },
            "00080080": { "vr": "LO", "Value": ["St. Anna"] },
            "00081010": { "vr": "SH", "Value": ["ROOM 2"] },
            "00100010": { "vr": "PN", "Value": [{ "Alphabetic": "Müller^Ada" }] },
            "00200013": { "vr": "IS", "Value": [7] },
            "00290010": { "vr": "LO", "Value": ["ACME 1.0"] },
            "00291010": { "vr": "LO", "Value": ["urgent"] },
            "00400275": { "vr": "SQ", "Value": [
                { "00401001": { "vr": "SH", "Value": ["P1"] } }, { "00401001": { "vr": "SH", "Value": ["P2"] } },
            ] },
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
    fn any_attribute_can_be_asked_for() {
        let instance = instance();
        for (path, value, is_met, is_personal) in [
            ("Modality", "CT", true, false),
            ("ImageType", "PRIMARY", true, false),
            ("InstanceNumber", "7", true, false),
            ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2", true, false),
            ("InstitutionName", "St.*", true, true),
            ("InstitutionName", "st.*", false, true),
            ("StationName", "ROOM ?", true, true),
            ("AccessionNumber", "A-77", true, true),
            ("00080050", "A-78", false, true),
            ("PatientName", "MULLER^*", true, true),
            ("PatientName", "Doe*", false, true),
            ("PatientID", "*", false, true),
            ("RequestAttributesSequence.RequestedProcedureID", "P2", true, true),
            ("00400275.00401001", "P3", false, true),
            ("0029{ACME 1.0}10", "urgent", true, true),
            ("0029{OTHER}10", "urgent", false, true),
            ("00291010", "urgent", true, true),
        ] {
            let condition = Condition::new(path, value).expect(path);
            assert_eq!((condition.is_met(&instance), condition.is_personal()), (is_met, is_personal), "{path}={value}");
        }
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
            let pattern: Vec<char> = pattern.chars().collect();
            assert_eq!(matches(&pattern, text), is, "{pattern:?} {text}");
        }
    }
}
