//! Identifiers read and written.

use archive::{AeTitle, Level};
use data_set::model::{self, Attribute, Content, Value};
use data_set::{DataSet, Limits, Reader, Tag, VR, tags};
use serde_json::{Value as Json, json};

use super::answer;
use super::exercise::read_whatever;
use super::identifier::{self, Identifier};
use super::model::Model;
use super::negotiation::Agreed;
use super::status::{Answer, Status};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";

fn read_set(bytes: &[u8], transfer_syntax: &str) -> DataSet {
    let mut reader = Reader::of_data_set(transfer_syntax, Limits::default());
    reader.push(bytes).unwrap();
    reader.finish().unwrap()
}

fn set(identifier: Json) -> DataSet {
    let attributes = model::from_json(identifier.to_string().as_bytes()).unwrap();
    read_set(&model::encode_whole(attributes, EXPLICIT).unwrap(), EXPLICIT)
}

fn read_as(model: Model, agreed: Agreed, identifier: Json) -> Result<Identifier, Answer> {
    identifier::read(&set(identifier), model, agreed)
}

/// Read in the Study Root model, without extended negotiation.
fn read(identifier: Json) -> Result<Identifier, Answer> {
    read_as(Model::StudyRoot, Agreed::default(), identifier)
}

fn refusal(answer: Result<Identifier, Answer>) -> (Status, Vec<Tag>) {
    let answer = answer.unwrap_err();
    assert!(answer.words.is_some());
    (answer.status, answer.offending)
}

fn pairs(keys: &[(&str, &str)]) -> Vec<(String, String)> {
    keys.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn takes_values_for_keys_and_everything_for_told() {
    let identifier = read(json!({
        "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
        "00080020": {"vr": "DA", "Value": ["20240101-20240102"]},
        "00080052": {"vr": "CS", "Value": ["STUDY"]},
        "00080054": {"vr": "AE", "Value": ["SOMEBODY"]},
        "00080061": {"vr": "CS", "Value": ["CT", "MR"]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]},
        "00101010": {"vr": "AS"},
        "0020000D": {"vr": "UI"},
        "00280010": {"vr": "US", "Value": [512]},
    }))
    .unwrap();
    assert_eq!(identifier.level, Level::Study);
    let keys = pairs(&[
        ("00080020", "20240101-20240102"),
        ("00080061", "CT\\MR"),
        ("00100010", "Yamada^Tarou=山田^太郎"),
        ("00280010", "512"),
    ]);
    assert_eq!(identifier.search.matching, keys);
    assert!(identifier.search.check().is_ok() && !identifier.some_unmatched);
    let told: Vec<u16> = identifier.wanted.iter().map(|wanted| wanted.tag.element()).collect();
    assert_eq!(told, [0x0020, 0x0061, 0x0010, 0x1010, 0x000D, 0x0010]);
}

#[test]
fn reads_keys_in_the_character_set_of_the_request() {
    let mut bytes = b"\x08\0\x05\0CS\x0a\0ISO_IR 126".to_vec();
    bytes.extend_from_slice(b"\x08\0\x52\0CS\x06\0STUDY ");
    bytes.extend_from_slice(b"\x10\0\x10\0PN\x08\0\xc4\xe9\xef\xed\xf5\xf3\xe9\xef");
    let identifier = identifier::read(&read_set(&bytes, EXPLICIT), Model::StudyRoot, Agreed::default()).unwrap();
    assert_eq!(identifier.search.matching, pairs(&[("00100010", "Διονυσιο")]));
}

#[test]
fn reads_an_identifier_in_implicit_vr() {
    let attributes = model::from_json(
        br#"{"00080052":{"vr":"CS","Value":["IMAGE"]},"00200013":{"vr":"IS"},
        "0020000D":{"vr":"UI","Value":["1.2"]},"0020000E":{"vr":"UI","Value":["1.3"]}}"#,
    );
    let bytes = model::encode_whole(attributes.unwrap(), IMPLICIT).unwrap();
    let identifier = identifier::read(&read_set(&bytes, IMPLICIT), Model::StudyRoot, Agreed::default()).unwrap();
    assert_eq!(identifier.level, Level::Instance);
    assert_eq!(identifier.search.matching, pairs(&[("0020000D", "1.2"), ("0020000E", "1.3")]));
}

#[test]
fn reads_keys_in_sequences_and_private_ones() {
    let identifier = read(json!({
        "00080052": {"vr": "CS", "Value": ["STUDY"]},
        "00290010": {"vr": "LO", "Value": ["ACME 1.0"]},
        "00291001": {"vr": "LO", "Value": ["x"]},
        "00400275": {"vr": "SQ", "Value": [{
            "00400009": {"vr": "SH", "Value": ["S1"]},
            "00400007": {"vr": "LO"},
        }]},
    }))
    .unwrap();
    assert_eq!(identifier.search.matching, pairs(&[("0029{ACME 1.0}01", "x"), ("00400275.00400009", "S1")]));
    assert_eq!(identifier.search.include, ["0029{ACME 1.0}01", "00400275"]);
    let inside: Vec<u16> = identifier.wanted[2].inside.iter().map(|wanted| wanted.tag.element()).collect();
    assert_eq!(inside, [0x0007, 0x0009]);
}

#[test]
fn wants_a_level_that_the_model_has() {
    let level = |name: &str| json!({"00080052": {"vr": "CS", "Value": [name]}});
    let wrong = (Status::IdentifierDoesNotMatch, vec![tags::QUERY_RETRIEVE_LEVEL]);
    for bad in
        [json!({"00100010": {"vr": "PN"}}), json!({"00080052": {"vr": "CS"}}), level("STUDIES"), level("PATIENT")]
    {
        assert_eq!(refusal(read(bad)), wrong);
    }
    let of_patients = read_as(Model::PatientRoot, Agreed::default(), level("PATIENT")).unwrap();
    assert_eq!(of_patients.level, Level::Patient);
}

#[test]
fn wants_the_unique_keys_of_the_levels_above_unless_queries_are_relational() {
    let series = |study: Json| json!({"00080052": {"vr": "CS", "Value": ["SERIES"]}, "0020000D": study});
    let one = json!({"vr": "UI", "Value": ["1.2"]});
    let wrong = (Status::IdentifierDoesNotMatch, vec![tags::STUDY_INSTANCE_UID]);
    for bad in [json!({"vr": "UI"}), json!({"vr": "UI", "Value": ["1.2", "1.3"]}), json!({"vr": "UI", "Value": ["x*"]})]
    {
        assert_eq!(refusal(read(series(bad.clone()))), wrong, "{bad}");
        let relational = Agreed { relational: true, ..Agreed::default() };
        assert!(read_as(Model::StudyRoot, relational, series(bad)).is_ok());
    }
    assert!(read(series(one.clone())).is_ok());
    let without_patient = read_as(Model::PatientRoot, Agreed::default(), series(one));
    assert_eq!(refusal(without_patient), (Status::IdentifierDoesNotMatch, vec![tags::PATIENT_ID]));
}

#[test]
fn takes_what_it_cannot_match_for_universal_and_says_so() {
    let identifier = read(json!({
        "00080052": {"vr": "CS", "Value": ["STUDY"]},
        "00281201": {"vr": "OW", "InlineBinary": "AAAA"},
    }))
    .unwrap();
    assert!(identifier.some_unmatched && identifier.search.matching.is_empty());
}

#[test]
fn refuses_keys_that_make_no_sense_by_name() {
    for (tag, vr, value) in [
        ("00080020", "DA", json!("yesterday")),
        ("0020000D", "UI", json!("1.2.x")),
        ("00400275", "LO", json!("a sequence is no text")),
        ("00200013", "LO", json!("no number")),
    ] {
        let mut keys = json!({"00080052": {"vr": "CS", "Value": ["STUDY"]}});
        keys[tag] = json!({"vr": vr, "Value": [value]});
        let unclear = read(keys).unwrap().search.check().unwrap_err();
        let answer = Answer::from(unclear);
        assert_eq!((answer.status, answer.offending.len()), (Status::UnableToProcess, 1), "{tag}");
    }
    let twice = json!({"00080052": {"vr": "CS", "Value": ["STUDY"]}, "00400275": {"vr": "SQ", "Value": [{}, {}]}});
    assert_eq!(refusal(read(twice)), (Status::UnableToProcess, vec![tags::REQUEST_ATTRIBUTES_SEQUENCE]));
}

/// A data set with a level and so many empty private elements.
fn many(elements: u16) -> DataSet {
    let level = b"\x08\0\x52\0CS\x06\0STUDY ".to_vec();
    let bytes = (0..elements).fold(level, |mut bytes, element| {
        bytes.extend_from_slice(&[0x11, 0]);
        bytes.extend_from_slice(&(0x1000 + element).to_le_bytes());
        bytes.extend_from_slice(b"LO\0\0");
        bytes
    });
    read_set(&bytes, EXPLICIT)
}

#[test]
fn refuses_more_keys_than_anybody_needs() {
    assert!(identifier::read(&many(512), Model::StudyRoot, Agreed::default()).is_ok());
    let refused = refusal(identifier::read(&many(513), Model::StudyRoot, Agreed::default()));
    assert_eq!(refused, (Status::OutOfResources, Vec::new()));
}

#[test]
fn does_with_dates_names_and_quotation_marks_what_was_agreed_on() {
    let keys = json!({
        "00080052": {"vr": "CS", "Value": ["STUDY"]},
        "00080201": {"vr": "SH", "Value": ["+0100"]},
    });
    let plain = read(keys.clone()).unwrap().search;
    assert!(plain.apart && !plain.fuzzy && !plain.empty && !plain.multiple && plain.matching.is_empty());
    let all = read_as(Model::StudyRoot, Agreed::read(&[1; 7]), keys).unwrap().search;
    assert!(!all.apart && all.fuzzy && all.empty && all.multiple);
    assert_eq!(all.matching, pairs(&[("00080201", "+0100")]));
}

fn told(found: Json, identifier: &Identifier, transfer_syntax: &str) -> DataSet {
    let Json::Object(found) = found else { panic!("an object") };
    let title = AeTitle::new("PACS").unwrap();
    read_set(&answer::encode(&found, identifier, &title, transfer_syntax).unwrap(), transfer_syntax)
}

#[test]
fn tells_what_was_asked_for_in_both_encodings() {
    let identifier = read(json!({
        "00080052": {"vr": "CS", "Value": ["STUDY"]},
        "00080050": {"vr": "SH"},
        "00100010": {"vr": "PN"},
        "00201206": {"vr": "IS"},
        "00400275": {"vr": "SQ", "Value": [{"00400009": {"vr": "SH"}}]},
    }))
    .unwrap();
    let found = json!({
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Müller^Jörg"}]},
        "00100020": {"vr": "LO", "Value": ["not asked for"]},
        "00201206": {"vr": "IS", "Value": [2]},
        "00400275": {"vr": "SQ", "Value": [{
            "00400007": {"vr": "LO", "Value": ["nor this"]},
            "00400009": {"vr": "SH", "Value": ["S1"]},
        }]},
    });
    for transfer_syntax in [EXPLICIT, IMPLICIT] {
        let set = told(found.clone(), &identifier, transfer_syntax);
        let root = set.root();
        assert_eq!(set.warnings, [], "{transfer_syntax}");
        assert_eq!(root.text(tags::SPECIFIC_CHARACTER_SET).as_deref(), Some("ISO_IR 192"));
        assert_eq!(root.text(tags::PATIENT_NAME).as_deref(), Some("Müller^Jörg"));
        assert_eq!(root.text(tags::ACCESSION_NUMBER).as_deref(), Some(""));
        assert_eq!(root.text(tags::QUERY_RETRIEVE_LEVEL).as_deref(), Some("STUDY"));
        assert_eq!(root.text(tags::RETRIEVE_AE_TITLE).as_deref(), Some("PACS"));
        assert_eq!(root.text(tags::INSTANCE_AVAILABILITY).as_deref(), Some("ONLINE"));
        assert_eq!(root.int(Tag(0x0020, 0x1206)), Some(2));
        assert!(root.get(tags::PATIENT_ID).is_none());
        let item = root.items_of(tags::REQUEST_ATTRIBUTES_SEQUENCE).next().unwrap();
        assert_eq!(item.elements().map(|element| element.tag).collect::<Vec<_>>(), [tags::SCHEDULED_PROCEDURE_STEP_ID]);
    }
}

#[test]
fn tells_no_character_set_where_none_is_needed_and_no_value_where_none_can_be() {
    let identifier = read(json!({
        "00080052": {"vr": "CS", "Value": ["STUDY"]},
        "00080060": {"vr": "CS"},
        "00100020": {"vr": "LO"},
    }));
    let found = json!({
        "00080060": {"vr": "CS", "Value": ["Größe"]},
        "00100020": {"vr": "LO", "Value": ["P1"]},
    });
    let set = told(found, &identifier.unwrap(), EXPLICIT);
    assert_eq!(set.root().text(tags::MODALITY).as_deref(), Some(""));
    assert_eq!(set.root().text(tags::PATIENT_ID).as_deref(), Some("P1"));
}

#[test]
fn survives_every_truncation_and_every_changed_byte() {
    let attributes = model::from_json(
        br#"{"00080052":{"vr":"CS","Value":["SERIES"]},"0020000D":{"vr":"UI","Value":["1.2"]},
        "00400275":{"vr":"SQ","Value":[{"00400009":{"vr":"SH","Value":["S1"]}}]},
        "00290010":{"vr":"LO","Value":["A"]},"00291001":{"vr":"UN","InlineBinary":"AAAA"}}"#,
    );
    let whole = model::encode_whole(attributes.unwrap(), EXPLICIT).unwrap();
    let read = |bytes: &[u8]| {
        for transfer_syntax in [EXPLICIT, IMPLICIT] {
            let mut reader = Reader::of_data_set(transfer_syntax, Limits::default());
            if reader.push(bytes).is_ok()
                && let Ok(set) = reader.finish()
            {
                read_whatever(&set);
            }
        }
    };
    (0..whole.len()).for_each(|end| read(&whole[..end]));
    for at in 0..whole.len() {
        for value in [0, 1, b'S', 0x7F, 0x80, 0xFF] {
            let mut changed = whole.clone();
            changed[at] = value;
            read(&changed);
        }
    }
}

#[test]
fn encodes_an_attribute_without_a_value() {
    let empty = Attribute { tag: tags::PATIENT_NAME, vr: VR::PN, content: Content::Values(Vec::<Value>::new()) };
    assert_eq!(model::encode_whole(vec![empty], EXPLICIT).unwrap(), b"\x10\0\x10\0PN\0\0");
}
