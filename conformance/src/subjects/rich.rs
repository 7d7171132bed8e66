//! One object with an element of every VR, by which the metadata's models are checked (PS3.18 Annex F).

use super::{Subject, Uids};
use crate::object::{DataSet, SECONDARY_CAPTURE, Samples};

/// The object, in a Study of its own.
pub(super) fn rich(uids: &Uids, run: &str) -> Subject {
    let mut subject = Subject::new(uids, SECONDARY_CAPTURE, &uids.next(), &uids.next());
    let data_set = &mut subject.data_set;
    texts(data_set, run);
    numbers(data_set);
    private(data_set);
    let mut reference = DataSet::new();
    reference.texts(&[(0x0008_1150, "UI", SECONDARY_CAPTURE), (0x0008_1155, "UI", "1.2.3.4")]);
    let mut nested = DataSet::new();
    nested.text(0x0020_000e, "UI", "1.2.3").sequence(0x0008_1199, std::slice::from_ref(&reference));
    data_set.sequence(0x0008_1140, &[reference, DataSet::new()]);
    data_set.sequence(0x0008_1115, &[nested]).sequence(0x0008_1111, &[]);
    let pixels = (0..256u16).flat_map(|at| [at.to_le_bytes()[0], 255 - at.to_le_bytes()[0], 128]).collect();
    subject.native(Samples::Colour, vec![pixels]);
    subject
}

fn texts(data_set: &mut DataSet, run: &str) {
    data_set.texts(&[
        (0x0008_0008, "CS", "DERIVED\\SECONDARY"),
        (0x0008_0020, "DA", "20250401"),
        (0x0008_002a, "DT", "20250401081500.123456+0100"),
        (0x0008_0030, "TM", "081500"),
        (0x0008_0050, "SH", &format!("BC{run}")),
        (0x0008_0054, "AE", "STATION"),
        (0x0008_0060, "CS", "OT"),
        (0x0008_0064, "CS", "WSD"),
        (0x0008_0070, "LO", ""),
        (0x0008_0090, "PN", ""),
        (0x0008_0119, "UC", "a code value that is longer than sixteen characters"),
        (0x0008_0120, "UR", "urn:oid:1.2.3"),
        (0x0008_1030, "LO", "Größe"),
        (0x0008_1048, "PN", "Alpha^A\\\\Gamma^C"),
        (0x0010_0010, "PN", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        (0x0010_0020, "LO", &format!("CONF{run}B")),
        (0x0010_0030, "DA", "19701231"),
        (0x0010_0040, "CS", "M"),
        (0x0010_1010, "AS", "054Y"),
        (0x0010_1020, "DS", "1.75"),
        (0x0010_1030, "DS", "72.5"),
        (0x0010_4000, "LT", "line one\r\nline \"two\" \\ three"),
        (0x0018_0022, "CS", "A\\\\C"),
        (0x0020_0010, "SH", "SB"),
        (0x0020_0011, "IS", "1"),
        (0x0020_0013, "IS", "7"),
        (0x0040_0280, "ST", "a comment"),
        (0x0040_a160, "UT", "unlimited text"),
    ]);
}

fn numbers(data_set: &mut DataSet) {
    let frames = [1u32, 2, 4_294_967_295];
    data_set.bytes(0x0008_1161, "UL", frames.iter().flat_map(|value| value.to_le_bytes()).collect());
    data_set.bytes(0x0008_9459, "FL", 12.5f32.to_le_bytes().to_vec());
    data_set.bytes(0x0018_6020, "SL", (-5i32).to_le_bytes().to_vec());
    data_set.bytes(0x0018_9073, "FD", 2.125f64.to_le_bytes().to_vec());
    data_set.bytes(0x0018_9219, "SS", (-3i16).to_le_bytes().to_vec());
    data_set.bytes(0x0028_0009, "AT", vec![0x18, 0, 0x63, 0x10]);
}

fn private(data_set: &mut DataSet) {
    data_set.text(0x0011_0010, "LO", "CONFORMANCE SUITE").text(0x0011_1001, "LO", "private text");
    data_set.text(0x0011_1002, "DS", "3.25").bytes(0x0011_1003, "OB", vec![1, 2, 3, 4]);
    data_set.bytes(0x0011_1004, "SV", (-9i64).to_le_bytes().to_vec());
    data_set.bytes(0x0011_1005, "UV", 9u64.to_le_bytes().to_vec());
    data_set.bytes(0x0011_1006, "UN", vec![9, 8, 7, 6]);
    data_set.bytes(0x0011_1007, "OW", vec![0, 1, 2, 3]);
    data_set.bytes(0x0011_1008, "OF", 1.5f32.to_le_bytes().to_vec());
    data_set.bytes(0x0011_1009, "OD", 1.5f64.to_le_bytes().to_vec());
    data_set.bytes(0x0011_100a, "OL", 7u32.to_le_bytes().to_vec());
    data_set.bytes(0x0011_100b, "OV", 7u64.to_le_bytes().to_vec());
}
