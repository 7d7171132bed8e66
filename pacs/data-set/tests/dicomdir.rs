//! DICOMDIRs, read again by their own offsets.

use data_set::dicomdir::{Directory, ReferencedFile};
use data_set::model::{self, Attribute};
use data_set::{Tag, tags, uids};

const CT: &str = uids::CT_IMAGE_STORAGE;

fn object(patient: &str, study: &str, series: &str, instance: &str) -> Vec<Attribute> {
    let json = format!(
        r#"{{"00080060":{{"vr":"CS","Value":["CT"]}},
            "00100010":{{"vr":"PN","Value":[{{"Alphabetic":"Müller^{patient}"}}]}},
            "00100020":{{"vr":"LO","Value":["{patient}"]}},
            "0020000D":{{"vr":"UI","Value":["{study}"]}},
            "0020000E":{{"vr":"UI","Value":["{series}"]}},
            "00080018":{{"vr":"UI","Value":["{instance}"]}},
            "00200013":{{"vr":"IS","Value":[7]}}}}"#
    );
    model::from_json(json.as_bytes()).expect("a data set")
}

fn written(objects: &[(&str, &str, &str, &str)]) -> Vec<u8> {
    let mut directory = Directory::default();
    for (patient, study, series, instance) in objects {
        let id = ["DICOM", "IM000001"];
        let file = ReferencedFile {
            id: &id,
            transfer_syntax: uids::EXPLICIT_VR_LITTLE_ENDIAN,
            sop_class: CT,
            instance,
            is_image: true,
        };
        directory.add(&object(patient, study, series, instance), file).expect("a record");
    }
    directory.write("1.2.3", "1.2.4").expect("a file")
}

/// The records that hang together from `offset` on: type, and the records below.
#[derive(Debug, PartialEq, Eq)]
struct Node(String, Vec<Node>);

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
}

fn follow(file: &[u8], mut offset: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    while offset != 0 {
        assert_eq!(file[offset..offset + 4], *b"\xfe\xff\x00\xe0", "an Item at {offset}");
        let record = &file[offset + 8..offset + 8 + number(file, offset + 4)];
        let length = usize::from(record[40]);
        let kind = String::from_utf8_lossy(&record[42..42 + length]).trim().to_owned();
        nodes.push(Node(kind, follow(file, number(record, 30))));
        offset = number(record, 8);
    }
    nodes
}

/// First and last record of the root, from the elements that say so.
fn roots(file: &[u8]) -> (usize, usize) {
    let place = |tag: [u8; 4]| file.windows(4).position(|window| window == tag).expect("the element");
    (number(file, place([4, 0, 0, 0x12]) + 8), number(file, place([4, 0, 2, 0x12]) + 8))
}

#[test]
fn links_every_record_with_the_next_and_the_first_below() {
    let file = written(&[
        ("A", "1.1", "1.1.1", "1.1.1.1"),
        ("A", "1.1", "1.1.1", "1.1.1.2"),
        ("A", "1.1", "1.1.2", "1.1.2.1"),
        ("A", "1.2", "1.2.1", "1.2.1.1"),
        ("B", "2.1", "2.1.1", "2.1.1.1"),
    ]);
    let image = || Node("IMAGE".into(), Vec::new());
    let series = |images: usize| Node("SERIES".into(), (0..images).map(|_| image()).collect());
    let study = |series: Vec<Node>| Node("STUDY".into(), series);
    let (first, last) = roots(&file);
    assert_eq!(
        follow(&file, first),
        [
            Node("PATIENT".into(), vec![study(vec![series(2), series(1)]), study(vec![series(1)])]),
            Node("PATIENT".into(), vec![study(vec![series(1)])]),
        ]
    );
    assert_eq!(follow(&file, last), [Node("PATIENT".into(), vec![study(vec![series(1)])])]);
}

#[test]
fn is_a_data_set_that_says_its_character_set() {
    let set = data_set::read(&written(&[("A", "1.1", "1.1.1", "1.1.1.1")])).expect("a data set");
    assert_eq!(set.transfer_syntax, uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let root = set.root();
    let records: Vec<_> = root.items_of(tags::DIRECTORY_RECORD_SEQUENCE).collect();
    assert_eq!(records.len(), 4);
    let text = |record: usize, tag: Tag| {
        let item = &records[record];
        item.get(tag)
            .and_then(|element| item.bytes(element))
            .map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned())
    };
    assert_eq!(text(0, tags::PATIENT_NAME).as_deref(), Some("Müller^A"));
    assert_eq!(text(0, tags::SPECIFIC_CHARACTER_SET).as_deref(), Some("ISO_IR 192"));
    assert_eq!(text(1, tags::STUDY_DATE).as_deref(), Some(""));
    assert_eq!(text(3, tags::REFERENCED_FILE_ID).as_deref(), Some(r"DICOM\IM000001"));
    assert_eq!(text(3, tags::INSTANCE_NUMBER).as_deref(), Some("7"));
}

#[test]
fn an_empty_directory_has_no_records() {
    let file = written(&[]);
    assert_eq!(roots(&file), (0, 0));
    assert!(data_set::read(&file).is_ok());
}
