//! Personal data are in the identity database only.

mod support;

use cluster::testing::TestDatabase;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use schema::attribute::{parse_tag, tag_name};
use schema::documents::Documents;
use schema::profile;
use serde_json::{Map, Value, json};
use support::asking::instances;
use support::{Databases, instance};

/// Every attribute that is personal: those of the profile's table, those of group 0010, Person Names, private ones.
fn personal() -> Vec<((u16, u16), VR)> {
    let mut tags: Vec<(u16, u16)> = include_str!("../src/profile/basic_profile.tsv")
        .lines()
        .filter_map(|line| parse_tag(line.split('\t').next()?))
        .filter(|tag| tag.0 >= 8)
        .collect();
    for (group, elements) in [(0x0010, 0x0010..=0xA000u16), (0x0008, 0x0010..=0x2000), (0x0040, 0x0001..=0xA400)] {
        tags.extend(elements.map(|element| (group, element)).filter(|tag| {
            let entry = StandardDataDictionary.by_tag(Tag(tag.0, tag.1));
            entry.is_some_and(|entry| group == 0x0010 || entry.vr().exact() == Some(VR::PN))
        }));
    }
    tags.extend([(0x0009, 0x0010), (0x0009, 0x1001), (0x0029, 0x1008), (0x6002, 0x4000), (0x5004, 0x0110)]);
    tags.sort_unstable();
    tags.dedup();
    let vr = |tag: (u16, u16)| match StandardDataDictionary.by_tag(Tag(tag.0, tag.1)) {
        Some(entry) if tag.0.is_multiple_of(2) => entry.vr().relaxed(),
        _ => VR::LO,
    };
    tags.into_iter().map(|tag| (tag, vr(tag))).filter(|(tag, vr)| profile::is_personal(*tag, Some(*vr))).collect()
}

/// A value that is nowhere else, and how it would look in a dump.
fn value(vr: VR, number: usize) -> (Value, String) {
    let word = format!("LEAK{number:05}");
    match vr {
        VR::PN => (json!({"Alphabetic": word, "Ideographic": format!("漏{word}")}), word),
        VR::SQ => (json!({"00080100": {"vr": "SH", "Value": [word]}}), word),
        VR::DA => (
            json!(format!("19{:02}{:02}{:02}", 10 + number / 336, 1 + number / 28 % 12, 1 + number % 28)),
            String::new(),
        ),
        VR::TM => (json!(format!("0101{:02}.{:04}77", number / 10_000, number % 10_000)), format!(".{number:04}77")),
        VR::DT => (json!(format!("19020101010101.{number:04}99")), format!(".{number:04}99")),
        VR::US | VR::SS | VR::UL | VR::SL | VR::IS | VR::DS | VR::FL | VR::FD | VR::UV | VR::SV => {
            (json!(770_000_000 + number), (770_000_000 + number).to_string())
        }
        VR::UI => (json!(format!("9.9.{number}.77")), format!("9.9.{number}.77")),
        _ => (json!(word), word),
    }
}

#[test]
fn leaves_no_personal_value_in_a_dump_of_the_index() {
    let databases = Databases::new();
    let personal = personal();
    assert!(personal.len() > 600, "{}", personal.len());
    let (mut stuffed, mut nested, mut leaks) = (Map::new(), Map::new(), Vec::new());
    for (number, (tag, vr)) in personal.iter().enumerate() {
        for (place, map) in [&mut stuffed, &mut nested].into_iter().enumerate() {
            let (value, looks) = value(*vr, number * 2 + place);
            // Dates look like other dates; two that are like none of the test's stand for all.
            leaks.push(if *vr == VR::DA { value.as_str().expect("a date").to_owned() } else { looks });
            map.insert(tag_name(*tag), json!({"vr": vr.to_string(), "Value": [value]}));
        }
    }
    let sequence = |item: Value| json!({"vr": "SQ", "Value": [item]});
    let deep = json!({"00081199": sequence(json!({"00081140": sequence(Value::Object(nested.clone()))}))});
    stuffed.insert("00081115".into(), sequence(deep));
    stuffed.insert("00081032".into(), sequence(Value::Object(nested.clone())));
    stuffed.insert("0008103F".into(), sequence(Value::Object(nested)));
    let mut new = instance(1, 1, 1, &[("00100020", "LO", json!("LEAKID"))]);
    let plain = [("00081030", "LO", "Thorax"), ("00080020", "DA", "20240102"), ("0008103E", "LO", "axial")];
    for (tag, vr, value) in plain {
        stuffed.insert(tag.into(), json!({"vr": vr, "Value": [value]}));
    }
    new.documents = Documents::split(stuffed);
    databases.store(&[new]);

    let dump = dump(&databases.index);
    assert!(dump.contains("Thorax") && dump.contains("1.2.1.1.1"));
    let found: Vec<&String> = leaks.iter().filter(|leak| leaks_into(&dump, leak)).collect();
    assert!(found.is_empty(), "{found:?}");
    assert!(!dump.contains("LEAK"));

    let identity = self::dump(&databases.identity);
    let missing: Vec<&String> = leaks.iter().filter(|leak| !identity.contains(leak.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let found = &instances().including("all").matches(&databases)[0];
    assert!(serde_json::to_string(found).expect("JSON").contains("LEAK"));
}

fn leaks_into(dump: &str, leak: &str) -> bool {
    let iso = |date: &str| format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]);
    dump.contains(leak) || (leak.len() == 8 && leak.starts_with("19") && dump.contains(&iso(leak)))
}

/// Every row of every table.
fn dump(database: &TestDatabase) -> String {
    database.sql("SELECT schema_to_xml('public', true, false, '')")
}
