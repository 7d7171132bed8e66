//! The character sets of real files, against values that other toolkits and the Standard's annexes give.

use std::path::PathBuf;

use data_set::json::{Bulk, JsonOptions, write};
use data_set::{Item, Tag, tags};
use serde_json::Value;

/// The folder of real files; `None`, and a line on standard error, when there is none.
fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("PACS_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("not tested: {} is not there; PACS_TEST_DATA names the folder of real files", folder.display());
    None
}

/// The JSON of `item`.
fn json(item: Item<'_>) -> Value {
    let mut out = Vec::new();
    write(item, &JsonOptions { inline_limit: 1024, bulk: Bulk::Omit, keep: &|_, _| true }, &mut out);
    serde_json::from_slice(&out).expect("what we write is JSON")
}

/// The first name of `key`, its component groups joined by `=`.
fn name(json: &Value, key: &str) -> String {
    let value = &json[key]["Value"][0];
    let groups = ["Alphabetic", "Ideographic", "Phonetic"].map(|group| value[group].as_str().unwrap_or_default());
    groups.join("=").trim_end_matches('=').to_owned()
}

#[test]
fn reads_every_character_set_as_expected() {
    let Some(folder) = data() else { return };
    let expected = std::fs::read(folder.join("special/expected.json")).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for (file, values) in expected.as_object().unwrap() {
        let bytes = std::fs::read(folder.join("special").join(file)).unwrap();
        let set = data_set::read(&bytes).unwrap();
        let json = json(set.root());
        assert_eq!(name(&json, "00100010"), values["patient_name"].as_str().unwrap().trim_end_matches('='), "{file}");
        assert_eq!(json["00081030"]["Value"][0], values["study_description"], "{file}");
        let text = set.root().text(tags::STUDY_DESCRIPTION);
        assert_eq!(text.as_deref(), values["study_description"].as_str(), "{file}");
    }
}

#[test]
fn reads_the_names_of_other_writers() {
    let Some(folder) = data() else { return };
    let names = [
        ("chrArab.dcm", "قباني^لنزار"),
        ("chrFren.dcm", "Buc^Jérôme"),
        ("chrFrenMulti.dcm", "Buc^Jérôme"),
        ("chrGB2312.dcm", "Zhang^XiaoDong=张^小东"),
        ("chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("chrHbrw.dcm", "שרון^דבורה"),
        ("chrI2.dcm", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("chrJapMultiExplicitIR6.dcm", "やまだ^たろう"),
        ("chrRuss.dcm", "Люкceмбypг"),
    ];
    for (file, expected) in names {
        let bytes = std::fs::read(folder.join("charsets").join(file)).unwrap();
        let set = data_set::read(&bytes).unwrap();
        assert_eq!(name(&json(set.root()), "00100010"), expected, "{file}");
    }
}

#[test]
fn reads_names_within_items_in_their_own_set() {
    let Some(folder) = data() else { return };
    for file in ["chrSQEncoding.dcm", "chrSQEncoding1.dcm"] {
        let bytes = std::fs::read(folder.join("charsets").join(file)).unwrap();
        let set = data_set::read(&bytes).unwrap();
        let inner = set.root().items_of(Tag(0x0032, 0x1064)).next().expect("a Requested Procedure Code Sequence");
        assert_eq!(name(&json(inner), "00100010"), "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", "{file}");
    }
}
