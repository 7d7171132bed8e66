//! The seed corpus of the fuzz target: small objects that between them go every way through the reader.

use super::Syntax::{self, Big, Explicit, Implicit};
use super::{attributes, deflated, encapsulated, file, jpeg, meta, native, with_fragments};

const BASELINE: &str = "1.2.840.10008.1.2.4.50";

/// Name and bytes of every seed.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let [one, two] = [jpeg(30), jpeg(42)];
    let parts = [&one[..10], &one[10..], &two[..12], &two[12..]];
    let frames: [&[u8]; 2] = [&one, &two];
    vec![
        ("implicit", native(Implicit)),
        ("explicit", native(Explicit)),
        ("big_endian", native(Big)),
        ("deflated", deflated()),
        ("no_preamble", native(Explicit)[132..].to_vec()),
        ("no_meta", native(Implicit)[meta(Implicit.uid()).len()..].to_vec()),
        ("other_encoding", file(Implicit.uid(), &[attributes(Explicit, "1 ", 4, 3, 16)])),
        ("truncated", native(Explicit)[..500].to_vec()),
        ("padded", [native(Explicit), vec![0; 64]].concat()),
        ("nested", nested(Explicit)),
        ("nested_implicit", nested(Implicit)),
        ("nested_big_endian", nested(Big)),
        ("damaged_sequences", damaged_sequences()),
        ("character_sets", character_sets()),
        ("every_vr", every_vr(Explicit)),
        ("every_vr_big_endian", every_vr(Big)),
        ("single_bits", single_bits()),
        ("floats", floats()),
        ("basic_table", with_fragments(BASELINE, "2 ", &[0, 46], &parts)),
        ("basic_table_wrong", with_fragments(BASELINE, "2 ", &[0, 7], &frames)),
        ("basic_table_empty", with_fragments(BASELINE, "2 ", &[], &frames)),
        ("basic_table_empty_parts", with_fragments(BASELINE, "2 ", &[], &parts)),
        ("one_frame_of_parts", with_fragments("1.2.840.10008.1.2.4.90", "1 ", &[], &parts)),
        ("extended_table", extended_table()),
        ("run_length", with_fragments("1.2.840.10008.1.2.5", "2 ", &[], &frames)),
        ("video", with_fragments("1.2.840.10008.1.2.4.102", "9 ", &[], &parts)),
        ("directory", directory()),
    ]
}

fn nested(syntax: Syntax) -> Vec<u8> {
    let mut item = syntax.element(0x0008_0100, "SH", b"DEEP");
    for depth in 0..8 {
        item = match depth % 3 {
            0 => syntax.sequence(0x0008_2218, &[item]),
            1 => syntax.open_sequence(0x0040_a730, "SQ", &[item, Vec::new()]),
            _ => [syntax.element(0x0008_0005, "CS", b"ISO_IR 192"), syntax.sequence(0x0040_a043, &[item])].concat(),
        };
    }
    let unknown = syntax.open_sequence(0x0009_1002, "UN", &[Implicit.element(0x0008_0100, "SH", b"UN")]);
    let icon = [syntax.number(0x0028_0010, 1), syntax.element(0x7fe0_0010, "OW", &[1, 2])].concat();
    let icon = syntax.sequence(0x0088_0200, &[icon]);
    let maker = syntax.element(0x0009_0010, "LO", b"MAKER ");
    file(syntax.uid(), &[syntax.element(0x0008_0016, "UI", b"1.2\0"), maker, unknown, item, icon])
}

fn damaged_sequences() -> Vec<u8> {
    let item = [&Explicit.tag(0xfffe_e000)[..], &[0xff; 4]].concat();
    let end = [&Explicit.tag(0xfffe_e0dd)[..], &[0; 4]].concat();
    let code = Explicit.element(0x0008_0100, "SH", b"A ");
    let long = [Explicit.header(0x0008_0104, "LO", 400), b"cut ".to_vec()].concat();
    let open = Explicit.header(0x0008_2218, "SQ", u32::MAX);
    file(
        Explicit.uid(),
        &[
            Explicit.element(0x0008_0005, "CS", b"ISO_IR 100"),
            [&open[..], &item, &code, &item, &code, &end].concat(),
            end,
            Explicit.sequence(0x0008_2218, &[long]),
            Explicit.element(0x0040_a730, "SQ", b"NO ITEM HERE"),
            [&Explicit.tag(0x0040_a731)[..], b"ZZ\x02\0AB"].concat(),
            [&open[..], &item, &Implicit.element(0x0008_0100, "SH", b"A ")].concat(),
        ],
    )
}

fn character_sets() -> Vec<u8> {
    let japanese = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
    let item = [
        Explicit.element(0x0008_0005, "CS", b"GB18030 "),
        Explicit.element(0x0010_0010, "PN", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab"),
    ];
    file(
        Explicit.uid(),
        &[
            Explicit.element(0x0008_0005, "CS", b"\\ISO 2022 IR 87"),
            Explicit.element(0x0010_0010, "PN", japanese),
            Explicit.sequence(0x0010_1002, &[item.concat()]),
        ],
    )
}

fn every_vr(syntax: Syntax) -> Vec<u8> {
    let values: [(&str, &[u8]); 33] = [
        ("AE", b"TITLE "),
        ("AS", b"042Y"),
        ("AT", &[8, 0, 5, 0]),
        ("CS", b"A\\B "),
        ("DA", b"20260101"),
        ("DS", b"1.5\\-2e3"),
        ("DT", b"20260101120000.5"),
        ("FD", &[0; 16]),
        ("FL", &[0, 0, 0xc0, 0x7f]),
        ("IS", b"1\\\\-3 "),
        ("LO", b"a\\b "),
        ("LT", b" text "),
        ("OB", &[1, 2]),
        ("OD", &[0; 8]),
        ("OF", &[0; 4]),
        ("OL", &[0; 4]),
        ("OV", &[0; 8]),
        ("OW", &[1, 2]),
        ("PN", b"A^B=C=D "),
        ("SH", b"x "),
        ("SL", &[0xff; 4]),
        ("SS", &[0xff; 2]),
        ("ST", b"st"),
        ("SV", &[0xff; 8]),
        ("TM", b"120000.5"),
        ("UC", b"uc"),
        ("UI", b"1.2\0"),
        ("UL", &[0xff; 4]),
        ("UN", b"un"),
        ("UR", b"http://example.org/ "),
        ("US", &[1, 0, 2, 0]),
        ("UT", b"ut"),
        ("UV", &[0xff; 8]),
    ];
    let elements = values.iter().zip(0x0009_1001..).map(|((vr, value), tag)| syntax.element(tag, vr, value));
    let head = [syntax.element(0x0008_0016, "UI", b"1.2\0"), syntax.element(0x0009_0010, "LO", b"MAKER ")];
    file(syntax.uid(), &head.into_iter().chain(elements).collect::<Vec<_>>())
}

fn single_bits() -> Vec<u8> {
    let pixels = Explicit.element(0x7fe0_0010, "OB", &[1, 2, 3, 4, 5, 6]);
    file(Explicit.uid(), &[attributes(Explicit, "3 ", 4, 3, 1), pixels])
}

fn floats() -> Vec<u8> {
    file(Explicit.uid(), &[attributes(Explicit, "1 ", 4, 3, 32), Explicit.element(0x7fe0_0008, "OF", &[0; 48])])
}

fn extended_table() -> Vec<u8> {
    let table = |entries: [u64; 2]| entries.iter().flat_map(|entry| entry.to_le_bytes()).collect::<Vec<u8>>();
    file(
        BASELINE,
        &[
            attributes(Explicit, "2 ", 4, 3, 8),
            Explicit.element(0x7fe0_0001, "OV", &table([0, 38])),
            Explicit.element(0x7fe0_0002, "OV", &table([29, 42])),
            encapsulated(&[], &[&jpeg(30), &jpeg(42)]),
        ],
    )
}

fn directory() -> Vec<u8> {
    let record = [
        Explicit.element(0x0004_1400, "UL", &[0; 4]),
        Explicit.element(0x0004_1430, "CS", b"IMAGE "),
        Explicit.element(0x0004_1500, "CS", b"DIR\\FILE"),
    ];
    file(
        Explicit.uid(),
        &[Explicit.element(0x0004_1130, "CS", b"SET "), Explicit.open_sequence(0x0004_1220, "SQ", &[record.concat()])],
    )
}
