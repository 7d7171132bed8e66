//! Parting of attributes.

use serde_json::json;

use super::*;

fn split(attributes: Value) -> Documents {
    let Value::Object(attributes) = attributes else { panic!("an object") };
    Documents::split(attributes)
}

#[test]
fn parts_attributes_by_level_and_person() {
    let documents = split(json!({
        "00080018": {"vr": "UI", "Value": ["1.2.3"]},
        "00080020": {"vr": "DA", "Value": ["20240102"]},
        "00080050": {"vr": "SH", "Value": ["A1"]},
        "00080060": {"vr": "CS", "Value": ["CT"]},
        "00081070": {"vr": "PN", "Value": [{"Alphabetic": "Opérateur"}]},
        "00100020": {"vr": "LO", "Value": ["P1"]},
        "00204000": {"vr": "LT", "Value": ["seen with Mrs Doe"]},
        "00280010": {"vr": "US", "Value": [512]},
        "00091001": {"vr": "LO", "Value": ["private"]},
    }));
    let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&documents.above().patient), ["00100020"]);
    assert_eq!(keys(&documents.above().study_identity), ["00080050"]);
    assert_eq!(keys(&documents.above().series_identity), ["00081070"]);
    assert_eq!(keys(&documents.instance_identity), ["00091001", "00204000"]);
    assert_eq!(keys(&documents.above().study), ["00080020"]);
    assert_eq!(keys(&documents.above().series), ["00080060"]);
    assert_eq!(keys(&documents.instance), ["00080018", "00280010"]);
    assert_eq!(documents.above().series_identity["00081070"][FOLDED], json!(["operateur"]));
}

#[test]
fn takes_personal_elements_out_of_sequences_at_any_depth() {
    let documents = split(json!({
        "00081115": {"vr": "SQ", "Value": [{
            "0020000E": {"vr": "UI", "Value": ["1.2"]},
            "00081199": {"vr": "SQ", "Value": [{
                "00081155": {"vr": "UI", "Value": ["1.2.3"]},
                "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]},
            }]},
        }]},
    }));
    let whole = &documents.instance_identity["00081115"];
    assert_eq!(whole["Value"][0]["00081199"]["Value"][0]["00100010"]["Value"][0]["Alphabetic"], "Doe^Jane");
    let open = &documents.instance["00081115"];
    assert_eq!(open["Value"][0]["00081199"]["Value"][0], json!({"00081155": {"vr": "UI", "Value": ["1.2.3"]}}));
}

#[test]
fn takes_a_person_name_for_personal_wherever_it_stands() {
    let documents = split(json!({"00280010": {"vr": "PN", "Value": [{"Alphabetic": "Doe"}]}}));
    assert!(documents.instance.is_empty());
    assert_eq!(documents.instance_identity.len(), 1);
}

#[test]
fn leaves_out_what_no_search_needs() {
    let documents = split(json!({
        "00020010": {"vr": "UI", "Value": ["1.2.840.10008.1.2.1"]},
        "00080000": {"vr": "UL", "Value": [7]},
        "00080005": {"vr": "CS", "Value": ["ISO_IR 100"]},
        "00282000": {"vr": "OB", "InlineBinary": "AAAA"},
        "7FE00010": {"vr": "OW", "BulkDataURI": "7FE00010"},
        "00081190": {"vr": "UR", "Value": ["http://elsewhere"]},
        "00081120": {"vr": "SQ", "Value": [{"00400555": {"vr": "OB", "InlineBinary": "AAAA"}}]},
    }));
    assert!(documents.instance.is_empty(), "{:?}", documents.instance);
    assert!(documents.above().study.is_empty());
}

#[test]
fn keeps_of_what_is_too_long_that_it_is_there() {
    let item = json!({"00080104": {"vr": "LO", "Value": ["x".repeat(LONGEST)]}});
    let documents = split(json!({
        "00189004": {"vr": "UT", "Value": ["x".repeat(LONGEST + 1)]},
        "00400555": {"vr": "SQ", "Value": [item]},
        "52009230": left_out("SQ"),
    }));
    for (name, vr) in [("00189004", "UT"), ("00400555", "SQ"), ("52009230", "SQ")] {
        let found = documents.instance.get(name).or_else(|| documents.instance_identity.get(name));
        assert_eq!(found, Some(&json!({"vr": vr, "leftOut": true})), "{name}");
    }
}

#[test]
fn removes_nul_characters_which_postgres_does_not_keep() {
    let documents = split(json!({"00080070": {"vr": "LO", "Value": ["ACME\u{0}"]}}));
    assert_eq!(documents.above().series["00080070"]["Value"][0], "ACME");
}

#[test]
fn keeps_the_time_zone_with_study_and_series() {
    let documents = split(json!({"00080201": {"vr": "SH", "Value": ["+0100"]}}));
    assert_eq!(documents.above().study["00080201"], documents.above().series["00080201"]);
}

#[test]
fn cuts_sequences_where_no_key_reaches() {
    let mut element = json!({"vr": "SQ", "Value": [{"00080100": {"vr": "SH", "Value": ["innermost"]}}]});
    for _ in 0..60 {
        element = json!({"vr": "SQ", "Value": [{"00081115": element}]});
    }
    let documents = split(json!({"00081115": element}));
    let text = serde_json::to_string(&documents.instance).expect("JSON");
    assert_eq!(text.matches("00081115").count(), DEEPEST);
    assert!(!text.contains("innermost"));
    serde_json::from_str::<Value>(&text).expect("readable JSON");
}

#[test]
fn parts_alike_at_once_and_when_asked() {
    let attributes = json!({
        "00080018": {"vr": "UI", "Value": ["1.2"]},
        "00080020": {"vr": "DA", "Value": ["20260101"]},
        "00080080": {"vr": "LO", "Value": ["St. Anna"]},
        "00080201": {"vr": "SH", "Value": ["+0100"]},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]},
        "00100020": {"vr": "LO", "Value": ["4711"]},
        "00200013": {"vr": "IS", "Value": [7]},
        "00400275": {"vr": "SQ", "Value": [{"00400009": {"vr": "SH", "Value": ["S1"]}}]},
        "00091001": {"vr": "LO", "Value": ["private"]},
    });
    let Value::Object(all) = attributes else { panic!("an object") };
    let (own, above): (Map<_, _>, Map<_, _>) =
        all.clone().into_iter().partition(|(name, _)| is_of_instance(attribute::parse_tag(name).expect("a tag")));
    let json = |document: &Map<String, Value>| serde_json::to_vec(document).expect("JSON");
    let later = Documents::of(&json(&own), json(&above)).expect("documents");
    let (later, at_once) = (later.clone(), Documents::split(all));
    assert_eq!(later.instance, at_once.instance);
    assert_eq!(later.instance_identity, at_once.instance_identity);
    assert_eq!(later.above(), at_once.above());
}

#[test]
fn leaves_out_what_is_nested_too_deep_and_keeps_the_rest() {
    let mut deep = String::from(r#"{"vr":"SQ"}"#);
    for _ in 0..200 {
        deep = format!(r#"{{"vr":"SQ","Value":[{{"00081140":{deep}}}]}}"#);
    }
    let own = format!(r#"{{"00081115":{deep},"00280010":{{"vr":"US","Value":[5]}}}}"#);
    let above = format!(r#"{{"00081110":{deep},"00080060":{{"vr":"CS","Value":["CT"]}}}}"#);
    let documents = Documents::of(own.as_bytes(), above.into_bytes()).expect("documents");
    let keys = |document: &Map<String, Value>| document.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&documents.instance), ["00081115", "00280010"]);
    assert_eq!(documents.instance["00081115"], left_out("SQ"));
    assert_eq!(keys(&documents.above().series), ["00080060"]);
    assert_eq!(documents.above().study_identity["00081110"], left_out("SQ"));
    assert!(Documents::of(b"{", Vec::new()).is_err());
}
