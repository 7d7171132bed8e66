use dicom_core::VR;
use proptest::prelude::*;

use super::*;

/// A PS3.10 file of these encoded elements.
fn file(transfer_syntax: &str, data_set: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend_from_slice(b"DICM");
    bytes.extend(element(Tag(2, 0x10), VR::UI, transfer_syntax.as_bytes()));
    bytes.extend_from_slice(data_set);
    bytes
}

/// An element in Explicit VR Little Endian, padded to an even length.
fn element(tag: Tag, vr: VR, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == VR::UI { 0 } else { b' ' });
    }
    unpadded(tag, vr, &value)
}

fn unpadded(tag: Tag, vr: VR, value: &[u8]) -> Vec<u8> {
    use VR::{OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV};
    let mut bytes = [tag.group().to_le_bytes(), tag.element().to_le_bytes()].concat();
    bytes.extend_from_slice(vr.to_string().as_bytes());
    match vr {
        OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV => {
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        }
        _ => bytes.extend_from_slice(&(value.len() as u16).to_le_bytes()),
    }
    bytes.extend_from_slice(value);
    bytes
}

/// An Item of encoded elements.
fn item(elements: &[u8]) -> Vec<u8> {
    [b"\xfe\xff\x00\xe0", &(elements.len() as u32).to_le_bytes()[..], elements].concat()
}

fn to_json(data_set: &[u8], inline_limit: u32, bulk: Bulk) -> String {
    let set = crate::read(&file("1.2.840.10008.1.2.1", data_set)).unwrap();
    let mut out = Vec::new();
    write(set.root(), &JsonOptions { inline_limit, bulk, keep: &|_, _| true }, &mut out);
    String::from_utf8(out).unwrap()
}

/// The JSON of one element, without its key.
fn value(vr: VR, bytes: &[u8]) -> String {
    let json = to_json(&unpadded(Tag(0x0009, 0x1001), vr, bytes), 1024, Bulk::Mark);
    json.strip_prefix("{\"00091001\":").and_then(|rest| rest.strip_suffix('}')).unwrap().to_owned()
}

#[test]
fn writes_text_without_padding() {
    assert_eq!(value(VR::LO, b" a \\ b"), r#"{"vr":"LO","Value":["a","b"]}"#);
    assert_eq!(value(VR::UI, b"1.2\\1.3\0"), r#"{"vr":"UI","Value":["1.2","1.3"]}"#);
    assert_eq!(value(VR::LT, b" a\\b\r\n\"c\"  "), r#"{"vr":"LT","Value":[" a\\b\r\n\"c\""]}"#);
    assert_eq!(value(VR::UC, b" a\\ b"), r#"{"vr":"UC","Value":[" a"," b"]}"#);
}

#[test]
fn writes_nothing_for_an_empty_value_and_null_within_several() {
    assert_eq!(value(VR::LO, b""), r#"{"vr":"LO"}"#);
    assert_eq!(value(VR::LO, b"  "), r#"{"vr":"LO"}"#);
    assert_eq!(value(VR::LO, b"a\\\\b\\"), r#"{"vr":"LO","Value":["a",null,"b",null]}"#);
    assert_eq!(value(VR::DS, b"1\\\\2"), r#"{"vr":"DS","Value":[1,null,2]}"#);
    assert_eq!(value(VR::PN, b"A^B\\"), r#"{"vr":"PN","Value":[{"Alphabetic":"A^B"},null]}"#);
    assert_eq!(value(VR::US, b"\x01"), r#"{"vr":"US"}"#);
    assert_eq!(value(VR::SQ, b""), r#"{"vr":"SQ"}"#);
}

#[test]
fn escapes_control_characters() {
    assert_eq!(value(VR::LT, b"a\x01bulk\x01\0b\x0c\t"), r#"{"vr":"LT","Value":["a\u0001bulk\u0001�b\u000c\t"]}"#);
}

#[test]
fn writes_names_as_component_groups() {
    assert_eq!(value(VR::PN, b"A^B==C^D "), r#"{"vr":"PN","Value":[{"Alphabetic":"A^B","Phonetic":"C^D"}]}"#);
    assert_eq!(value(VR::PN, b"=X=="), r#"{"vr":"PN","Value":[{"Ideographic":"X"}]}"#);
    assert_eq!(value(VR::PN, b"=="), r#"{"vr":"PN"}"#);
}

#[test]
fn writes_numeric_strings_as_numbers_where_they_are_some() {
    assert_eq!(
        value(VR::IS, b"+12\\-007\\0 \\-0\\1.0\\12a\\2147483648"),
        r#"{"vr":"IS","Value":[12,-7,0,-0,"1.0","12a",2147483648]}"#
    );
    assert_eq!(value(VR::IS, b"1234567890123456"), r#"{"vr":"IS","Value":["1234567890123456"]}"#);
    assert_eq!(
        value(VR::DS, b"1.50\\.5\\5.\\-.5e3\\1E+02\\00.10"),
        r#"{"vr":"DS","Value":[1.50,0.5,5,-0.5e3,1E+02,0.10]}"#
    );
    assert_eq!(
        value(VR::DS, b"NaN\\inf\\1e999\\1e-999\\.\\1e\\--1\\1,5\\0e999"),
        r#"{"vr":"DS","Value":["NaN","inf","1e999","1e-999",".","1e","--1","1,5",0e999]}"#
    );
    assert_eq!(
        value(VR::DS, b"0.01234567890123456\\1.23456789012345678"),
        r#"{"vr":"DS","Value":[0.01234567890123456,"1.23456789012345678"]}"#
    );
}

#[test]
fn writes_binary_numbers() {
    assert_eq!(value(VR::US, b"\x01\0\xff\xff\x05"), r#"{"vr":"US","Value":[1,65535]}"#);
    assert_eq!(value(VR::SS, b"\xff\xff"), r#"{"vr":"SS","Value":[-1]}"#);
    assert_eq!(value(VR::UL, &u32::MAX.to_le_bytes()), r#"{"vr":"UL","Value":[4294967295]}"#);
    assert_eq!(value(VR::SL, &i32::MIN.to_le_bytes()), r#"{"vr":"SL","Value":[-2147483648]}"#);
    assert_eq!(value(VR::UV, &(1u64 << 53).to_le_bytes()), r#"{"vr":"UV","Value":[9007199254740992]}"#);
    assert_eq!(value(VR::UV, &u64::MAX.to_le_bytes()), r#"{"vr":"UV","Value":["18446744073709551615"]}"#);
    assert_eq!(value(VR::SV, &i64::MIN.to_le_bytes()), r#"{"vr":"SV","Value":["-9223372036854775808"]}"#);
    assert_eq!(value(VR::AT, b"\x10\0\x20\0\xe0\x7f\x10\0\x01\x02"), r#"{"vr":"AT","Value":["00100020","7FE00010"]}"#);
}

#[test]
fn writes_floats_in_their_shortest_form() {
    let single = |value_: f32| value(VR::FL, &value_.to_le_bytes());
    assert_eq!(single(0.1), r#"{"vr":"FL","Value":[0.1]}"#);
    assert_eq!(single(-2.0), r#"{"vr":"FL","Value":[-2]}"#);
    assert_eq!(single(f32::MAX), r#"{"vr":"FL","Value":[3.4028235e38]}"#);
    assert_eq!(single(f32::NAN), r#"{"vr":"FL","Value":["NaN"]}"#);
    let double = |value_: f64| value(VR::FD, &value_.to_le_bytes());
    assert_eq!(double(1e-300), r#"{"vr":"FD","Value":[1e-300]}"#);
    assert_eq!(double(f64::INFINITY), r#"{"vr":"FD","Value":["Infinity"]}"#);
    assert_eq!(double(f64::NEG_INFINITY), r#"{"vr":"FD","Value":["-Infinity"]}"#);
}

#[test]
fn inlines_short_binaries_in_little_endian() {
    assert_eq!(value(VR::OB, b"\x01\x02\x03"), r#"{"vr":"OB","InlineBinary":"AQID"}"#);
    let big = b"\0\x09\x10\x01OW\0\0\0\0\0\x04\x01\x02\x03\x04\0\x09\x10\x02AT\0\x04\x00\x10\0\x20\0\x09\x10\x03FL\0\x04\x3f\x80\0\0";
    let set = crate::read(&file("1.2.840.10008.1.2.2", big)).unwrap();
    let mut out = Vec::new();
    write(set.root(), &JsonOptions { inline_limit: 4, bulk: Bulk::Mark, keep: &|_, _| true }, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        concat!(
            r#"{"00091001":{"vr":"OW","InlineBinary":"AgEEAw=="},"00091002":{"vr":"AT","Value":["00100020"]},"#,
            r#""00091003":{"vr":"FL","Value":[1]}}"#
        )
    );
}

#[test]
fn marks_bulk_data_with_its_path() {
    let waveform = element(Tag(0x5400, 0x1010), VR::OW, &[0; 12]);
    let items = [item(&[]), item(&waveform)].concat();
    let data_set = [element(Tag(0x5400, 0x0100), VR::SQ, &items), element(tags::PIXEL_DATA, VR::OW, &[1, 2])].concat();
    assert_eq!(
        to_json(&data_set, 8, Bulk::Mark),
        concat!(
            r#"{"54000100":{"vr":"SQ","Value":[{},{"54001010":{"vr":"OW","BulkDataURI":""#,
            "\u{1}bulk\u{1}54000100/2/54001010\"}}]},\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\"\u{1}bulk\u{1}7FE00010\"}}"
        )
    );
    assert_eq!(to_json(&data_set, 8, Bulk::Omit), r#"{"54000100":{"vr":"SQ","Value":[{},{}]}}"#);
}

#[test]
fn makes_values_of_any_vr_that_were_not_kept_bulk_data() {
    let long = element(Tag(0x0040, 0xa160), VR::UT, &vec![b'x'; crate::Limits::default().value as usize + 2]);
    assert_eq!(
        to_json(&long, 8, Bulk::Mark),
        "{\"0040A160\":{\"vr\":\"UT\",\"BulkDataURI\":\"\u{1}bulk\u{1}0040A160\"}}"
    );
    assert_eq!(to_json(&long, 8, Bulk::Omit), "{}");
}

#[test]
fn leaves_group_lengths_and_file_meta_out_and_sorts() {
    let data_set = [
        element(Tag(0x0010, 0), VR::UL, &[0; 4]),
        element(tags::PATIENT_ID, VR::LO, b"1"),
        element(tags::MODALITY, VR::CS, b"CT"),
        element(tags::PATIENT_ID, VR::LO, b"2"),
    ];
    assert_eq!(
        to_json(&data_set.concat(), 8, Bulk::Mark),
        r#"{"00080060":{"vr":"CS","Value":["CT"]},"00100020":{"vr":"LO","Value":["1"]}}"#
    );
}

#[test]
fn keeps_only_what_is_asked_for_at_the_top() {
    let inner = item(&element(tags::CODE_VALUE, VR::SH, b"x"));
    let data_set =
        [element(tags::MODALITY, VR::CS, b"CT"), element(tags::PROCEDURE_CODE_SEQUENCE, VR::SQ, &inner)].concat();
    let set = crate::read(&file("1.2.840.10008.1.2.1", &data_set)).unwrap();
    let mut out = Vec::new();
    write(set.root(), &JsonOptions { inline_limit: 8, bulk: Bulk::Omit, keep: &|_, vr| vr == VR::SQ }, &mut out);
    assert_eq!(out, br#"{"00081032":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["x"]}}]}}"#);
}

#[test]
fn uses_the_character_set_of_the_item_or_of_what_encloses_it() {
    let name = |bytes: &[u8]| element(tags::PATIENT_NAME, VR::PN, bytes);
    let own = [element(tags::SPECIFIC_CHARACTER_SET, VR::CS, b"ISO_IR 192"), name("é".as_bytes())].concat();
    let items = [item(&own), item(&name(b"\xbb"))].concat();
    let data_set = [
        element(tags::SPECIFIC_CHARACTER_SET, VR::CS, b"ISO_IR 144"),
        element(tags::PROCEDURE_CODE_SEQUENCE, VR::SQ, &items),
        name(b"\xbb"),
    ];
    assert_eq!(
        to_json(&data_set.concat(), 8, Bulk::Mark),
        concat!(
            r#"{"00080005":{"vr":"CS","Value":["ISO_IR 144"]},"00081032":{"vr":"SQ","Value":["#,
            r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"é"}]}},"#,
            r#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Л"}]}}]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"Л"}]}}"#
        )
    );
}

#[test]
fn gives_known_tags_encoded_as_un_their_vr_back() {
    let unknown = |tag, bytes: &[u8]| to_json(&unpadded(tag, VR::UN, bytes), 1024, Bulk::Mark);
    assert_eq!(unknown(tags::PATIENT_ID, b"42"), r#"{"00100020":{"vr":"LO","Value":["42"]}}"#);
    assert_eq!(unknown(tags::ROWS, b"\0\x02"), r#"{"00280010":{"vr":"US","Value":[512]}}"#);
    assert_eq!(unknown(tags::ROWS, b"\0\x02\0"), r#"{"00280010":{"vr":"UN","InlineBinary":"AAIA"}}"#);
    assert_eq!(unknown(tags::PIXEL_SPACING, b"a\\b "), r#"{"00280030":{"vr":"UN","InlineBinary":"YVxiIA=="}}"#);
    assert_eq!(unknown(Tag(9, 0x10), b"ACME"), r#"{"00090010":{"vr":"LO","Value":["ACME"]}}"#);
    assert_eq!(unknown(Tag(9, 0x1001), b"42"), r#"{"00091001":{"vr":"UN","InlineBinary":"NDI="}}"#);
}

#[test]
fn writes_sequences_forty_deep() {
    let mut data_set = element(tags::CODE_VALUE, VR::SH, b"x");
    for _ in 0..40 {
        data_set = element(tags::CONTENT_SEQUENCE, VR::SQ, &item(&data_set));
    }
    let json = to_json(&data_set, 8, Bulk::Mark);
    assert_eq!(json.matches("0040A730").count(), 40);
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}

proptest! {
    #[test]
    fn is_json_whatever_the_bytes(
        vr in prop::sample::select(vec![
            VR::AE, VR::AS, VR::AT, VR::CS, VR::DA, VR::DS, VR::DT, VR::FD, VR::FL, VR::IS, VR::LO, VR::LT, VR::OB, VR::OD,
            VR::OF, VR::OL, VR::OV, VR::OW, VR::PN, VR::SH, VR::SL, VR::SS, VR::ST, VR::SV, VR::TM, VR::UC, VR::UI, VR::UL,
            VR::UN, VR::UR, VR::US, VR::UT, VR::UV,
        ]),
        set in prop::sample::select(vec!["", "ISO_IR 100", "ISO_IR 192", "GB18030", "ISO 2022 IR 13\\ISO 2022 IR 87"]),
        bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"0123456789.+-eE\\^= \x1b$B\0\x01\"".to_vec())], 0..40),
    ) {
        let set = element(tags::SPECIFIC_CHARACTER_SET, VR::CS, set.as_bytes());
        let json = to_json(&[set, unpadded(Tag(0x0009, 0x1001), vr, &bytes)].concat(), 1024, Bulk::Mark);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
        prop_assert!(json.bytes().all(|byte| byte >= 0x20), "{json}");
    }
}
