//! The JSON and XML models of a data set, and the way back.

mod folder;
mod objects;
mod way_back;

use data_set::model::{self, Attribute, Piece};
use objects::seeds::seeds;
use way_back::{there_and_back, to_bytes};

fn read(json: &str) -> Vec<Attribute> {
    model::from_json(json.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// The bytes that the one element of this JSON is encoded as.
fn encoded(json: &str) -> Vec<u8> {
    to_bytes(read(json)).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn error_of(json: &str) -> String {
    let encoded = model::from_json(json.as_bytes()).and_then(to_bytes);
    encoded.err().unwrap_or_else(|| panic!("{json} was taken")).to_string()
}

/// The XML of one object of JSON, without its frame.
fn xml(json: &str) -> String {
    let xml = String::from_utf8(model::to_xml(&read(json))).expect("XML is UTF-8");
    let start = xml.find("preserve\">").expect("the root") + "preserve\">".len();
    xml[start..].strip_suffix("</NativeDicomModel>").expect("the end of the root").to_owned()
}

fn from_xml(body: &str) -> Result<Vec<Attribute>, String> {
    model::from_xml(format!("<NativeDicomModel>{body}</NativeDicomModel>").as_bytes()).map_err(|e| e.to_string())
}

#[test]
fn every_seed_comes_back_the_same() {
    for (name, bytes) in seeds() {
        if let Ok(set) = data_set::read(&bytes) {
            there_and_back(name, &set);
        }
    }
}

#[test]
fn every_real_object_comes_back_the_same() {
    let Some(folder) = folder::folder() else { return };
    let mut count = 0;
    for path in folder::files(folder) {
        let Ok(set) = data_set::read(&std::fs::read(&path).unwrap()) else { continue };
        there_and_back(&path.display().to_string(), &set);
        count += 1;
    }
    println!("{count} objects");
}

#[test]
fn encodes_texts_in_utf_8_and_says_so() {
    let bytes = encoded(r#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller","Phonetic":"x"}]}}"#);
    assert_eq!(bytes, b"\x08\0\x05\0CS\x0a\0ISO_IR 192\x10\0\x10\0PN\x0a\0M\xc3\xbcller==x");
    let bytes = encoded(r#"{"00080005":{"vr":"CS","Value":["ISO_IR 100"]},"00100020":{"vr":"LO","Value":["1"]}}"#);
    assert_eq!(bytes, b"\x08\0\x05\0CS\x0a\0ISO_IR 192\x10\0\x20\0LO\x02\x001 ");
}

#[test]
fn takes_numbers_as_numbers_and_as_strings() {
    for value in ["5", "\"5\"", "5.0", "0.5e1"] {
        let json = format!(r#"{{"00280010":{{"vr":"US","Value":[{value}]}}}}"#);
        assert_eq!(encoded(&json), b"\x28\0\x10\0US\x02\0\x05\0", "{value}");
    }
    let decimals =
        encoded(r#"{"00280030":{"vr":"DS","Value":[0.1,"0.10",0.33333333333333331,-1234567.89012345678,1e-300]}}"#);
    let text = String::from_utf8_lossy(&decimals[8..]).trim().to_owned();
    assert_eq!(text, r"0.1\0.10\0.33333333333333\-1234567.8901235\1e-300");
    assert_eq!(encoded(r#"{"00200013":{"vr":"IS","Value":[7,null,"8"]}}"#)[8..], *br"7\\8");
    assert_eq!(encoded(r#"{"00189328":{"vr":"FD","Value":["NaN"]}}"#)[8..], f64::NAN.to_le_bytes());
}

#[test]
fn says_where_and_what_is_wrong_without_saying_the_value() {
    let sequence = |inner: &str| format!(r#"{{"00400275":{{"vr":"SQ","Value":[{{}},{inner}]}}}}"#);
    for (json, words) in [
        (
            sequence(r#"{"00280010":{"vr":"US","Value":[65536]}}"#),
            "00400275/2/00280010: a value cannot be one of VR US",
        ),
        (sequence(r#"{"00280010":{"vr":"XX"}}"#), "00400275/2/00280010: the JSON cannot be read: there is no such vr"),
        (sequence(r#"7"#), "00400275/2: a sequence holds items only"),
        (r#"{"00080060":{"Value":["CT"]}}"#.into(), "00080060: the JSON cannot be read: there is no vr"),
        (r#"{"Modality":{"vr":"CS"}}"#.into(), "the JSON cannot be read: an attribute's name is no tag"),
        (
            r#"{"00080060":{"vr":"CS","Vaule":["SECRET"]}}"#.into(),
            "00080060: the JSON cannot be read: expected one of `vr`",
        ),
        (r#"{"00080060":{"vr":"CS","Value":"SECRET"}}"#.into(), "00080060: the JSON cannot be read: expected an array"),
        (r#"{"00080060":{"vr":"CS","Value":[true]}}"#.into(), "expected a string, a number, an object or null"),
        (r#"{"00080060":{"vr":"CS"},"00080060":{"vr":"CS"}}"#.into(), "00080060: the attribute is there twice"),
        (r#"{"00100010":{"vr":"PN","Value":["SECRET"]}}"#.into(), "00100010: a value of VR PN is an object"),
        (r#"{"00100020":{"vr":"LO","Value":["SECRET\\B"]}}"#.into(), "a value holds a backslash"),
        (r#"{"00080060":{"vr":"CS","Value":["SÉCRET"]}}"#.into(), "characters that are not ASCII"),
        (r#"{"00100020":{"vr":"LO","Value":[7]}}"#.into(), "a value of VR LO is a string"),
        (r#"{"00281201":{"vr":"OW","InlineBinary":"?"}}"#.into(), "InlineBinary is no Base64"),
        (r#"{"00280010":{"vr":"US","Value":[1,null]}}"#.into(), "a value of VR US is a number"),
        (r#"{"0020000D":{"vr":"UI","Value":["1"],"BulkDataURI":"x"}}"#.into(), "more than one value"),
        (r#"{"00000002":{"vr":"UI"}}"#.into(), "no data set has such an attribute"),
        (r#"{"0020000D":{"vr":"UI""#.into(), "EOF while parsing"),
    ] {
        let error = error_of(&json);
        assert!(error.contains(words), "{json}: {error}");
        assert!(!error.contains("SECRET"), "{error}");
    }
}

#[test]
fn refuses_sequences_that_are_too_deep_and_too_many_values() {
    let (open, close) = (r#"{"00400275":{"vr":"SQ","Value":["#, "]}}");
    let deep = |depth| format!("{}{{}}{}", open.repeat(depth), close.repeat(depth));
    assert!(model::from_json(deep(40).as_bytes()).is_ok());
    assert!(model::from_json(deep(100).as_bytes()).is_err());
    assert!(model::from_json(deep(100_000).as_bytes()).is_err());
    let many = format!(r#"{{"00280010":{{"vr":"US","Value":[{}0]}}}}"#, "0,".repeat(model::MOST_NODES));
    assert!(error_of(&many).contains("more than 1000000"));
    let (open, close) = (r#"<DicomAttribute tag="00400275" vr="SQ"><Item number="1">"#, "</Item></DicomAttribute>");
    let deep = |depth| from_xml(&format!("{}{}", open.repeat(depth), close.repeat(depth)));
    assert!(deep(model::DEEPEST).is_ok());
    assert!(deep(model::DEEPEST + 1).unwrap_err().contains("nested more than 64 deep"));
}

#[test]
fn names_bulk_data_and_where_they_stand() {
    let json = r#"{"54000100":{"vr":"SQ","Value":[{"54001010":{"vr":"OW","BulkDataURI":"a"}}]},
        "7FE00010":{"vr":"OW","BulkDataURI":"b"}}"#;
    let encoded = model::encode(read(json)).unwrap();
    assert_eq!(encoded.bulk_data().collect::<Vec<_>>(), ["a", "b"]);
    let top = |piece: &Piece| match piece {
        Piece::Bytes(_) => None,
        Piece::BulkData { is_at_top, .. } => Some(*is_at_top),
    };
    assert_eq!(encoded.pieces.iter().filter_map(top).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn reads_an_array_of_data_sets_one_after_the_other() {
    let mut found = Vec::new();
    let text = br#"[{"0020000D":{"vr":"UI","Value":["1.2"]}},{},{"0020000D":{"vr":"UI","Value":["1.3"]}}]"#;
    model::all_from_json(text, &mut |set| {
        found.push(model::text(&set, data_set::tags::STUDY_INSTANCE_UID).map(str::to_owned));
        Ok(())
    })
    .unwrap();
    assert_eq!(found, [Some("1.2".to_owned()), None, Some("1.3".to_owned())]);
}

#[test]
fn writes_the_native_dicom_model() {
    assert_eq!(
        xml(
            r#"{"00080060":{"vr":"CS","Value":["CT"]},"00100010":{"vr":"PN","Value":[{"Alphabetic":"A^B^^D<","Ideographic":"字"}]}}"#
        ),
        concat!(
            r#"<DicomAttribute tag="00080060" vr="CS" keyword="Modality"><Value number="1">CT</Value></DicomAttribute>"#,
            r#"<DicomAttribute tag="00100010" vr="PN" keyword="PatientName"><PersonName number="1"><Alphabetic>"#,
            "<FamilyName>A</FamilyName><GivenName>B</GivenName><NamePrefix>D&lt;</NamePrefix></Alphabetic>",
            "<Ideographic><FamilyName>字</FamilyName></Ideographic></PersonName></DicomAttribute>"
        )
    );
    assert_eq!(
        xml(
            r#"{"00200013":{"vr":"IS","Value":[1,null]},"00280030":{"vr":"DS"},"7FE00010":{"vr":"OB","BulkDataURI":"a?b&c"}}"#
        ),
        concat!(
            r#"<DicomAttribute tag="00200013" vr="IS" keyword="InstanceNumber"><Value number="1">1</Value>"#,
            r#"<Value number="2"/></DicomAttribute><DicomAttribute tag="00280030" vr="DS" keyword="PixelSpacing"/>"#,
            r#"<DicomAttribute tag="7FE00010" vr="OB" keyword="PixelData"><BulkData uri="a?b&amp;c"/></DicomAttribute>"#
        )
    );
}

#[test]
fn tells_private_elements_by_their_creator() {
    let json =
        r#"{"00090011":{"vr":"LO","Value":["MAKER"]},"00091101":{"vr":"LO","Value":["x"]},"00091201":{"vr":"UN"}}"#;
    assert_eq!(
        xml(json),
        concat!(
            r#"<DicomAttribute tag="00090001" vr="LO" privateCreator="MAKER"><Value number="1">x</Value></DicomAttribute>"#,
            r#"<DicomAttribute tag="00091201" vr="UN"/>"#
        )
    );
    let back = from_xml(&xml(json)).unwrap();
    let tags: Vec<_> = back.iter().map(|attribute| (attribute.tag.group(), attribute.tag.element())).collect();
    assert_eq!(tags, [(9, 0x10), (9, 0x1001), (9, 0x1201)]);
}

#[test]
fn keeps_every_character_that_xml_can_hold() {
    let json = r#"{"00204000":{"vr":"LT","Value":["  a\r\n\tb]]>&amp;\u0001\uFFFE c "]}}"#;
    let back = from_xml(&xml(json)).unwrap();
    assert_eq!(model::text(&back, data_set::Tag(0x20, 0x4000)), Some("a\r\n\tb]]>&amp;\u{fffd}\u{fffd} c"));
}

#[test]
fn reads_xml_as_others_write_it() {
    let set = model::from_xml(
        br#"<?xml version="1.0" encoding="utf-8"?><!-- x --><d:NativeDicomModel xmlns:d="u">
        <d:DicomAttribute keyword="Modality" tag="00080060"><d:Value number="1"><![CDATA[C]]>&#84;</d:Value></d:DicomAttribute>
        <d:DicomAttribute tag="00200013" vr="IS"><d:Value number="3">7</d:Value></d:DicomAttribute>
        </d:NativeDicomModel>"#,
    )
    .unwrap();
    assert_eq!(model::text(&set, data_set::tags::MODALITY), Some("CT"));
    assert_eq!(to_bytes(set).unwrap()[10..], *b"\x20\0\x13\0IS\x04\0\\\\7 ");
}

#[test]
fn refuses_xml_that_is_no_native_dicom_model() {
    for (body, words) in [
        (r#"<DicomAttribute vr="CS"/>"#, "no tag"),
        (r#"<DicomAttribute tag="00090001"/>"#, "00090001: there is no vr"),
        (r#"<DicomAttribute tag="00080060" vr="CS">CT</DicomAttribute>"#, "00080060: there is text"),
        (
            r#"<DicomAttribute tag="00080060" vr="CS"><Value number="x">CT</Value></DicomAttribute>"#,
            "number of a value",
        ),
        (
            r#"<DicomAttribute tag="00080060" vr="CS"><Value number="4000000000"/></DicomAttribute>"#,
            "more than 1000000",
        ),
        (r#"<DicomAttribute tag="00080060" vr="CS"><Value number="1"/><Value number="1"/></DicomAttribute>"#, "ascend"),
        (r#"<DicomAttribute tag="00080060" vr="CS"><Value>&x;</Value></DicomAttribute>"#, "entity"),
        (r#"<DicomAttribute tag="00080060" vr="CS"><BulkData/></DicomAttribute>"#, "no uri"),
        (r#"<DicomAttribute tag="00080060" vr="CS"><Value>a</Value><BulkData uri="x"/></DicomAttribute>"#, "one kind"),
        (r#"<DicomAttribute tag="00080060" vr="CS" privateCreator="x"/>"#, "an attribute of the Standard"),
        (r#"<DicomAttribute tag="00080060" vr="CS">"#, "not well-formed"),
        ("<Other/>", "other than DicomAttribute"),
    ] {
        let error = from_xml(body).expect_err(body);
        assert!(error.contains(words), "{body}: {error}");
    }
    for text in [&b""[..], b"\xff", b"<a/>", b"<!DOCTYPE a><NativeDicomModel/>", b"<NativeDicomModel/><a/>"] {
        assert!(model::from_xml(text).is_err(), "{}", String::from_utf8_lossy(text));
    }
}

/// The XML of one object of JSON that comes in pieces of this size.
fn xml_in_pieces(json: &[u8], size: usize) -> Vec<u8> {
    let mut told = model::Told::default();
    json.chunks(size).for_each(|piece| told.push(piece).expect("an object"));
    let mut pieces = told.end().expect("all of it");
    let xml = json.chunks(size).flat_map(|piece| pieces.push(piece).unwrap_or_else(|error| panic!("{error}")));
    let xml = xml.collect();
    pieces.end().expect("all of it");
    xml
}

#[test]
fn xml_in_pieces_is_that_of_the_whole() {
    let item = r#"{"00090010":{"vr":"LO","Value":["MAKER"]},"00091001":{"vr":"SQ","Value":[{}]}}"#;
    let private = format!(
        r#"{{"00080060":{{"vr":"CS","Value":["CT"]}},"00081140":{{"vr":"SQ","Value":[{item},{{}},{item}]}},
        "00090010":{{"vr":"LO","Value":["UNUSED"]}},"00090011":{{"vr":"LO","Value":[" MAKER "]}},
        "00090012":{{"vr":"LO","Value":["TWICE"]}},"00090013":{{"vr":"LO","Value":["TWICE"]}},
        "00090014":{{"vr":"LO","Value":["A","B"]}},"00090015":{{"vr":"LO","BulkDataURI":"x"}},
        "00091101":{{"vr":"SQ","Value":[{item}]}},"00091201":{{"vr":"UN"}},"00091301":{{"vr":"DS","Value":[1.50,null,1e-7]}},
        "00091401":{{"vr":"UN","InlineBinary":"AAE="}},"000B0010":{{"vr":"LO","Value":["UNUSED"]}},
        "00100010":{{"vr":"PN","Value":[{{"Alphabetic":"A^B<&\"}}"}},null]}},"7FE00010":{{"vr":"OW","BulkDataURI":"a?b&c"}}}}"#
    );
    let private = private.replace("\n        ", "");
    for json in ["{}", item, &private] {
        let whole = model::to_xml(&read(json));
        for size in 1..=json.len() {
            let pieces = xml_in_pieces(json.as_bytes(), size);
            assert_eq!(String::from_utf8_lossy(&pieces), String::from_utf8_lossy(&whole), "{size}");
        }
    }
}

#[test]
fn what_xml_cannot_be_made_of_is_known_before_it_is_written() {
    for text in [
        r#"{"00080060":{"vr":"CS","Value":["CT"]},"00081030":{"vr":"LO","Value":[Thorax]}}"#,
        r#"{"00081140":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":"1.2"}}]}}"#,
        r#"{"00080060":{"vr":"CS","Value":["CT"]}"#,
    ] {
        let mut told = model::Told::default();
        let taken = text.as_bytes().chunks(7).try_for_each(|piece| told.push(piece));
        assert!(taken.is_err() || told.end().is_err(), "{text}");
    }
}

#[test]
fn xml_of_every_seed_in_pieces_is_that_of_the_whole() {
    use data_set::json::{self, Bulk, JsonOptions};
    for (name, bytes) in seeds() {
        let Ok(set) = data_set::read(&bytes) else { continue };
        let mut text = Vec::new();
        json::write(set.root(), &JsonOptions { inline_limit: 64, bulk: Bulk::Omit, keep: &|_, _| true }, &mut text);
        // A damaged object may be nested deeper than serde_json goes.
        let Ok(attributes) = model::from_json(&text) else { continue };
        let whole = model::to_xml(&attributes);
        for size in [1, 7, 64, 4_096, text.len()] {
            assert!(xml_in_pieces(&text, size) == whole, "{name} in pieces of {size}");
        }
    }
}
