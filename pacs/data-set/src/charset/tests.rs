use std::borrow::Cow;

use proptest::prelude::*;

use super::CharacterSet;

fn name(set: &str, bytes: &[u8]) -> String {
    CharacterSet::from_value(set.as_bytes()).decode(bytes, true).into_owned()
}

fn text(set: &str, bytes: &[u8]) -> String {
    CharacterSet::from_value(set.as_bytes()).decode(bytes, false).into_owned()
}

fn split(set: &str, bytes: &[u8]) -> Vec<String> {
    let set = CharacterSet::from_value(set.as_bytes());
    set.split_values(bytes).map(|value| set.decode(value, false).into_owned()).collect()
}

/// PS3.5 §H.3.1.
#[test]
fn decodes_kanji_and_hiragana_by_escape() {
    let bytes = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
    assert_eq!(name("\\ISO 2022 IR 87", bytes), "Yamada^Tarou=山田^太郎=やまだ^たろう");
    assert_eq!(name("ISO 2022 IR 87", bytes), "Yamada^Tarou=山田^太郎=やまだ^たろう");
    assert_eq!(name("ISO 2022 IR 6\\ISO 2022 IR 87", bytes), "Yamada^Tarou=山田^太郎=やまだ^たろう");
}

/// PS3.5 §H.3.2.
#[test]
fn decodes_half_width_katakana_beside_kanji() {
    let bytes =
        b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J";
    assert_eq!(name("ISO 2022 IR 13\\ISO 2022 IR 87", bytes), "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう");
}

/// PS3.5 §I.2.
#[test]
fn decodes_hanja_and_hangul() {
    let bytes = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
    assert_eq!(name("\\ISO 2022 IR 149", bytes), "Hong^Gildong=洪^吉洞=홍^길동");
}

/// PS3.5 §J.1.
#[test]
fn decodes_utf_8() {
    let bytes = b"Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=";
    assert_eq!(name("ISO_IR 192", bytes), "Wang^XiaoDong=王^小東=");
}

/// PS3.5 §J.2.
#[test]
fn decodes_gb18030_and_gbk() {
    let bytes = b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=";
    assert_eq!(name("GB18030", bytes), "Wang^XiaoDong=王^小东=");
    assert_eq!(name("GBK", bytes), "Wang^XiaoDong=王^小东=");
}

/// PS3.5 §K.2.
#[test]
fn decodes_gb2312_by_escape() {
    let bytes = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=";
    assert_eq!(name("\\ISO 2022 IR 58", bytes), "Zhang^XiaoDong=张^小东=");
}

#[test]
fn decodes_supplementary_kanji() {
    assert_eq!(text("\\ISO 2022 IR 87\\ISO 2022 IR 159", b"\x1b$(D0!\x1b$BJ]\x1b(B."), "丂保.");
}

#[test]
fn maps_kanji_punctuation_as_registered() {
    assert_eq!(text("\\ISO 2022 IR 87", b"\x1b$B!A!]!B!q!r\"L\x1b(B"), "〜−‖¢£¬");
}

#[test]
fn decodes_every_set_of_single_bytes() {
    let sets: [(&str, &[u8], &str); 11] = [
        ("ISO_IR 100", b"Buc^J\xe9r\xf4me", "Buc^Jérôme"),
        ("ISO_IR 101", b"W\xb3odek", "Włodek"),
        ("ISO_IR 109", b"\xc6apelo", "Ĉapelo"),
        ("ISO_IR 110", b"B\xbarzi\xf1\xb9", "Bērziņš"),
        ("ISO_IR 144", b"\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"),
        ("ISO_IR 127", b"\xe2\xc8\xc7\xe6\xea", "قباني"),
        ("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"),
        ("ISO_IR 138", b"\xf9\xf8\xe5\xef", "שרון"),
        ("ISO_IR 148", b"\xdeahin", "Şahin"),
        ("ISO_IR 166", b"\xca\xc1\xaa\xd2\xc2", "สมชาย"),
        ("ISO_IR 203", b"10 \xa4", "10 €"),
    ];
    for (set, bytes, expected) in sets {
        assert_eq!(name(set, bytes), expected, "{set}");
        let extended = format!("{}\\ISO 2022 IR 87", set.replace("ISO_IR", "ISO 2022 IR"));
        assert_eq!(name(&extended, bytes), expected, "{extended}");
    }
}

#[test]
fn follows_the_escape_sequence_of_every_set() {
    let sets: [(&[u8], &str); 13] = [
        (b"\x1b-A\xe9", "é"),
        (b"\x1b-B\xb3", "ł"),
        (b"\x1b-C\xc6", "Ĉ"),
        (b"\x1b-D\xba", "ē"),
        (b"\x1b-L\xbb", "Л"),
        (b"\x1b-G\xe2", "ق"),
        (b"\x1b-F\xc4", "Δ"),
        (b"\x1b-H\xf9", "ש"),
        (b"\x1b-M\xde", "Ş"),
        (b"\x1b-T\xca", "ส"),
        (b"\x1b-b\xa4", "€"),
        (b"\x1b)I\xd4", "ﾔ"),
        (b"\x1b(IT", "ﾔ"),
    ];
    for (bytes, expected) in sets {
        assert_eq!(text("\\ISO 2022 IR 100", bytes), expected);
    }
}

#[test]
fn returns_to_the_first_set_at_delimiters_and_line_ends() {
    assert_eq!(name("ISO 2022 IR 100\\ISO 2022 IR 144", b"M\xfcller\x1b-L\xbb^\xfc"), "MüllerЛ^ü");
    assert_eq!(text("ISO 2022 IR 100\\ISO 2022 IR 144", b"\x1b-L\xbb^\xbb\r\n\xfc\t\xfc"), "Л^Л\r\nü\tü");
    assert_eq!(split("ISO 2022 IR 100\\ISO 2022 IR 144", b"\x1b-L\xbb\\\xfc"), ["Л", "ü"]);
    assert_eq!(name("\\ISO 2022 IR 87", b"\x1b$B;3ED^\x1b$BB@O:\x1b(B=Tarou"), "山田^太郎=Tarou");
}

#[test]
fn knows_romaji_from_ascii() {
    assert_eq!(text("ISO_IR 13", b"\\100~"), "¥100‾");
    assert_eq!(split("ISO_IR 13", b"a\\b"), ["a", "b"]);
    assert_eq!(name("ISO_IR 13", b"a\\b"), "a\\b");
}

#[test]
fn reads_undeclared_bytes_as_utf_8_or_else_latin_1() {
    assert_eq!(text("", "Müller".as_bytes()), "Müller");
    assert_eq!(text("", b"M\xfcller"), "Müller");
    assert_eq!(text("no such set", b"M\xfcller"), "Müller");
}

#[test]
fn understands_misspelt_terms() {
    for term in ["ISO_IR 100", "ISO-IR 100", "ISO IR 100", "ISO_IR_100", "iso_ir 100", "ISO 2022 100", " ISO_IR 100 "] {
        assert_eq!(text(term, b"\xb5 \xc3\xbc"), "µ Ã¼", "{term}");
    }
    assert_eq!(text("ISO 8859-5", b"\xbb"), "Л");
    for term in ["ISO IR 192", "ISO_IR_192", "iso_ir 192", "UTF-8", "utf8", "\\ISO_IR 192"] {
        assert_eq!(text(term, b"\xc3\xbc \xff"), "ü \u{fffd}", "{term}");
    }
}

#[test]
fn ignores_terms_beside_one_that_allows_none() {
    assert_eq!(text("ISO_IR 192\\ISO 2022 IR 100", b"\xc3\xbc"), "ü");
    assert_eq!(text("ISO_IR 100\\ISO_IR 192", b"\xc3\xbc"), "Ã¼");
}

#[test]
fn splits_at_true_backslashes_only() {
    assert_eq!(split("GB18030", b"\x81\\\\\xd0\xa1\\\x810\x810"), ["乗", "小", "\u{80}"]);
    assert_eq!(split("GBK", b"\x8b\\\\a"), ["媆", "a"]);
    assert_eq!(split("\\ISO 2022 IR 87", b"\x1b$B0\\F0\x1b(B\\b"), ["移動", "b"]);
    assert_eq!(split("\\ISO 2022 IR 87", b"\x1b$B;3\\\x1b$BED"), ["山", "田"]);
    assert_eq!(split("ISO_IR 192", "é\\b\\".as_bytes()), ["é", "b", ""]);
    assert_eq!(split("", b""), [""]);
}

#[test]
fn marks_what_cannot_be_decoded() {
    assert_eq!(text("ISO_IR 126", b"a\xffb"), "a\u{fffd}b");
    assert_eq!(text("\\ISO 2022 IR 149", b"\x1b$)C\xfb"), "\u{fffd}");
    assert_eq!(text("\\ISO 2022 IR 87", b"\x1b$B;3E"), "山\u{fffd}");
    assert_eq!(text("\\ISO 2022 IR 87", b"\x1bZ a\x1b"), "\u{fffd}Z a\u{fffd}");
}

#[test]
fn borrows_plain_text() {
    for set in ["", "ISO_IR 100", "ISO 2022 IR 13\\ISO 2022 IR 87", "\\ISO 2022 IR 149", "ISO_IR 192", "GB18030"] {
        let decoded = CharacterSet::from_value(set.as_bytes());
        assert!(matches!(decoded.decode(b"Doe^John", true), Cow::Borrowed("Doe^John")), "{set}");
    }
}

proptest! {
    #[test]
    fn takes_any_bytes(
        set in prop::sample::select(vec![
            "", "ISO_IR 100", "ISO_IR 13", "ISO_IR 192", "GB18030", "GBK", "ISO 2022 IR 13\\ISO 2022 IR 87",
            "\\ISO 2022 IR 149", "\\ISO 2022 IR 58", "ISO 2022 IR 166\\ISO 2022 IR 159",
        ]),
        bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"\x1b$()-ABCDIJL\\^=\r\xb0\xa1\x81".to_vec())], 0..40),
        person_name in any::<bool>(),
    ) {
        let set = CharacterSet::from_value(set.as_bytes());
        set.decode(&bytes, person_name);
        let joined = set.split_values(&bytes).collect::<Vec<_>>().join(&b'\\');
        prop_assert_eq!(joined, bytes);
    }
}
