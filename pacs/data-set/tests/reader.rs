//! The reader over objects made byte by byte: whole ones in every syntax, and damaged ones.

mod objects;

use data_set::{DataSet, Kind, Limits, ReadError, Reader, Tag, VR, Warning, read, tags};
use objects::Syntax::{Big, Explicit, Implicit};
use objects::{attributes, deflated, encapsulated, file, jpeg, meta, native, with_fragments};

const BASELINE: &str = "1.2.840.10008.1.2.4.50";

fn in_pieces(bytes: &[u8], length: usize) -> Result<DataSet, ReadError> {
    let mut reader = Reader::new(Limits::default());
    for piece in bytes.chunks(length) {
        reader.push(piece)?;
    }
    reader.finish()
}

/// Reads, after a look whether pieces of any size say the same.
fn read_all_ways(bytes: &[u8]) -> Result<DataSet, ReadError> {
    let whole = read(bytes);
    for length in [1, 2, 7, 13, 200, 4096] {
        assert_eq!(in_pieces(bytes, length), whole, "pieces of {length}");
    }
    whole
}

fn listing(set: &DataSet) -> Vec<(u16, Tag, VR, Kind)> {
    set.elements.iter().map(|element| (element.depth, element.tag, element.vr, element.kind)).collect()
}

#[test]
fn reads_every_native_syntax_alike() {
    let expected = read_all_ways(&native(Explicit)).unwrap();
    for bytes in [native(Implicit), native(Big), deflated()] {
        let set = read_all_ways(&bytes).unwrap();
        assert_eq!(listing(&set), listing(&expected));
        assert_eq!(set.warnings, []);
        assert_eq!(set.length, bytes.len() as u64);
        let root = set.root();
        assert_eq!(root.ints(tags::ROWS), [4]);
        assert_eq!(root.ints(tags::SMALLEST_IMAGE_PIXEL_VALUE), [-2]);
        assert_eq!(root.floats(Tag(0x0018, 0x9328)), [1.5, -2.0]);
        assert_eq!(root.text(tags::PATIENT_NAME).unwrap(), "Phantom^Müller");
        assert_eq!(root.creator_of(Tag(0x0009, 0x1001)), Some(&b"MAKER"[..]));
        let outer = root.items_of(Tag(0x0018, 0x9346)).next().unwrap();
        let inner = outer.items_of(Tag(0x0008, 0x2218)).next().unwrap();
        assert_eq!(inner.raw_text(tags::CODE_VALUE), Some("T-D1100"));
        assert_eq!(root.items_of(Tag(0x0008, 0x2218)).count(), 2);
        assert_eq!(set.frames.len(), 2);
    }
}

#[test]
fn knows_where_the_data_set_starts_before_it_ends() {
    let bytes = native(Explicit);
    let start = meta(Explicit.uid()).len();
    let mut reader = Reader::new(Limits::default());
    reader.push(&bytes[..140]).unwrap();
    assert_eq!(reader.data_set_start(), None);
    reader.push(&bytes[140..start + 20]).unwrap();
    assert_eq!(reader.data_set_start(), Some(start as u64));
}

#[test]
fn value_ranges_are_those_of_the_input() {
    let bytes = native(Explicit);
    let set = read(&bytes).unwrap();
    let name = set.root().get(tags::PATIENT_NAME).unwrap();
    assert_eq!(&bytes[name.value.start as usize..name.value.end as usize], b"Phantom^M\xfcller");
    assert_eq!(set.root().bytes(name), Some(&b"Phantom^M\xfcller"[..]));
    assert_eq!(&bytes[name.start as usize..][..8], b"\x10\0\x10\0PN\x0e\0");
}

#[test]
fn does_without_preamble_and_file_meta_information() {
    for syntax in [Implicit, Explicit, Big] {
        let bytes = native(syntax)[meta(syntax.uid()).len()..].to_vec();
        let set = read_all_ways(&bytes).unwrap();
        assert_eq!(set.transfer_syntax, syntax.uid());
        assert_eq!(set.warnings, [Warning::NoPreamble, Warning::NoFileMeta]);
        assert_eq!(set.root().int(tags::COLUMNS), Some(3));
    }
    let set = read_all_ways(&native(Explicit)[132..]).unwrap();
    assert_eq!(set.warnings, [Warning::NoPreamble]);
}

#[test]
fn does_without_group_length_and_transfer_syntax_in_the_meta_information() {
    let body = attributes(Implicit, "1 ", 4, 3, 16);
    let version = Explicit.element(0x0002_0001, "OB", &[0, 1]);
    let set = read_all_ways(&[&[0; 128][..], b"DICM", &version, &body].concat()).unwrap();
    assert_eq!(set.warnings, [Warning::NoTransferSyntax]);
    assert_eq!(set.transfer_syntax, Implicit.uid());
    assert_eq!(set.root().int(tags::ROWS), Some(4));
}

#[test]
fn believes_the_bytes_more_than_the_declared_syntax() {
    for (declared, actual) in [(Explicit, Implicit), (Implicit, Explicit), (Explicit, Big), (Big, Explicit)] {
        let bytes = file(declared.uid(), &[attributes(actual, "1 ", 4, 3, 16)]);
        let set = read_all_ways(&bytes).unwrap();
        assert_eq!(set.warnings, [Warning::OtherEncoding]);
        assert_eq!(set.transfer_syntax, declared.uid());
        assert_eq!(set.root().int(tags::ROWS), Some(4));
    }
    let set = read_all_ways(&file("1.2.840.10008.1.2.1.99", &[attributes(Explicit, "1 ", 4, 3, 16)])).unwrap();
    assert_eq!((set.deflated, &set.warnings[..]), (false, &[Warning::OtherEncoding][..]));
}

#[test]
fn reads_items_encoded_otherwise_than_the_data_set() {
    let implicit = Implicit.element(0x0008_0100, "SH", b"A ");
    let explicit = Explicit.element(0x0008_0100, "SH", b"B ");
    for (outer, item, value) in [(Explicit, &implicit, "A"), (Implicit, &explicit, "B")] {
        let first = outer.element(0x0008_0005, "CS", b"ISO_IR 100");
        for sequence in [
            outer.sequence(0x0008_2218, std::slice::from_ref(item)),
            outer.open_sequence(0x0008_2218, "SQ", std::slice::from_ref(item)),
        ] {
            let after = outer.element(0x0010_0020, "LO", b"1 ");
            let set = read_all_ways(&file(outer.uid(), &[first.clone(), sequence, after])).unwrap();
            assert_eq!(set.warnings, [Warning::OtherEncoding]);
            let inner = set.root().items_of(Tag(0x0008, 0x2218)).next().unwrap();
            assert_eq!(inner.raw_text(tags::CODE_VALUE), Some(value));
            assert_eq!(set.root().raw_text(tags::PATIENT_ID), Some("1"));
        }
    }
}

#[test]
fn takes_unknown_of_undefined_length_for_an_implicit_sequence() {
    for syntax in [Explicit, Big] {
        let item = Implicit.element(0x0028_0010, "US", &7u16.to_le_bytes());
        let bytes = file(
            syntax.uid(),
            &[
                syntax.element(0x0008_0005, "CS", b"ISO_IR 100"),
                syntax.open_sequence(0x0009_1002, "UN", &[item]),
                syntax.number(0x0028_0010, 9),
            ],
        );
        let set = read_all_ways(&bytes).unwrap();
        let sequence = set.root().get(Tag(0x0009, 0x1002)).unwrap();
        assert_eq!((sequence.kind, sequence.vr), (Kind::Sequence, VR::SQ));
        assert_eq!(set.root().items(sequence).next().unwrap().int(tags::ROWS), Some(7));
        assert_eq!(set.root().int(tags::ROWS), Some(9));
        assert_eq!(set.warnings, []);
    }
}

#[test]
fn reads_numbers_of_known_elements_encoded_as_unknown() {
    let bytes = file(Explicit.uid(), &[Explicit.element(0x0028_0010, "UN", &[5, 0])]);
    assert_eq!(read(&bytes).unwrap().root().int(tags::ROWS), Some(5));
}

#[test]
fn keeps_values_of_vrs_that_do_not_exist() {
    let short = [&Explicit.tag(0x0008_0100)[..], b"ZZ\x04\0ABCD"].concat();
    let empty = [&Explicit.tag(0x0008_0102)[..], b"??\0\0"].concat();
    let long = [&Explicit.tag(0x0008_0104)[..], b"ZY\0\0\x02\0\0\0XY"].concat();
    let after = Explicit.element(0x0010_0020, "LO", b"1 ");
    let first = Explicit.element(0x0008_0005, "CS", b"ISO_IR 100");
    let set = read_all_ways(&file(Explicit.uid(), &[first, short, empty, long, after])).unwrap();
    let root = set.root();
    assert_eq!(root.raw_text(tags::CODE_VALUE), Some("ABCD"));
    assert_eq!(root.raw_text(Tag(0x0008, 0x0102)), Some(""));
    assert_eq!(root.raw_text(tags::CODE_MEANING), Some("XY"));
    assert_eq!(root.raw_text(tags::PATIENT_ID), Some("1"));
    assert_eq!(root.get(tags::CODE_VALUE).unwrap().vr, VR::UN);
    assert_eq!(set.warnings.len(), 3);
}

#[test]
fn keeps_a_truncated_object_as_far_as_it_goes() {
    let bytes = native(Explicit);
    for length in 0..bytes.len() {
        match read_all_ways(&bytes[..length]) {
            Ok(set) => assert!(set.elements.iter().all(|element| element.value.end <= length as u64)),
            Err(error) => assert!(length < 146, "{error} at {length}"),
        }
    }
    let set = read(&bytes[..bytes.len() - 40]).unwrap();
    assert_eq!(set.warnings, [Warning::Truncated(tags::PIXEL_DATA)]);
    assert_eq!(set.frames.len(), 1);
    assert_eq!(set.root().raw_text(tags::STUDY_INSTANCE_UID), Some("2.25.2"));
}

#[test]
fn keeps_a_truncated_deflated_object_as_far_as_it_goes() {
    let bytes = deflated();
    let set = read_all_ways(&bytes[..bytes.len() - 60]).unwrap();
    assert!(matches!(set.warnings[..], [.., Warning::Truncated(_)]));
    assert!(!set.elements.is_empty());
    let mut damaged = deflated();
    let start = meta("1.2.840.10008.1.2.1.99").len();
    damaged[start + 4..].fill(0xff);
    assert!(matches!(read_all_ways(&damaged), Err(ReadError::Inflate(_))));
}

#[test]
fn ends_at_padding_after_the_last_element() {
    let set = read_all_ways(&[native(Explicit), vec![0; 512]].concat()).unwrap();
    assert_eq!(set.warnings, [Warning::TrailingBytes(512)]);
    assert!(set.root().get(Tag(0xfffc, 0xfffc)).is_some());
    let set = read_all_ways(&[native(Implicit), vec![0; 5]].concat()).unwrap();
    assert_eq!(set.warnings, [Warning::TrailingBytes(5)]);
}

#[test]
fn reads_elements_that_are_out_of_order() {
    for syntax in [Implicit, Explicit] {
        let maker = [syntax.element(0x0009_0010, "LO", b"MAKER "), syntax.element(0x0009_1001, "UN", b"\x01\x02")];
        let rows = syntax.number(0x0028_0010, 4);
        let body = [attributes(syntax, "1 ", 1, 1, 8), maker.concat(), rows, maker.concat()];
        let set = read_all_ways(&file(syntax.uid(), &body)).unwrap();
        assert_eq!(set.warnings, []);
        assert_eq!(set.elements.last().unwrap().tag, Tag(0x0009, 0x1001));
    }
}

#[test]
fn reads_private_elements_of_implicit_vr_among_explicit_ones() {
    let private = Implicit.element(0x0029_1001, "UN", &[1, 2, 3, 4]);
    let after = Explicit.number(0x0040_0001, 7);
    let set = read_all_ways(&file(Explicit.uid(), &[attributes(Explicit, "1 ", 4, 3, 8), private, after])).unwrap();
    assert_eq!(set.warnings, [Warning::OtherEncoding]);
    assert_eq!(set.root().int(Tag(0x0040, 0x0001)), Some(7));
}

#[test]
fn cuts_what_is_longer_than_what_encloses_it() {
    let long = Explicit.header(0x0008_0104, "LO", 400);
    let item = [long, b"meaning ".to_vec()].concat();
    let bytes = file(
        Explicit.uid(),
        &[
            Explicit.element(0x0008_0005, "CS", b"ISO_IR 100"),
            Explicit.sequence(0x0008_2218, &[item]),
            Explicit.element(0x0010_0020, "LO", b"1 "),
        ],
    );
    let set = read_all_ways(&bytes).unwrap();
    let inner = set.root().items_of(Tag(0x0008, 0x2218)).next().unwrap();
    assert_eq!(inner.raw_text(tags::CODE_MEANING), Some("meaning"));
    assert_eq!(set.root().raw_text(tags::PATIENT_ID), Some("1"));
    assert_eq!(set.warnings, [Warning::Overrun(tags::CODE_MEANING)]);
}

#[test]
fn tolerates_missing_and_stray_delimiters() {
    let first = Explicit.element(0x0008_0005, "CS", b"ISO_IR 100");
    let code = Explicit.element(0x0008_0100, "SH", b"A ");
    let item = [&Explicit.tag(0xfffe_e000)[..], &[0xff; 4]].concat();
    let sequence_end = [&Explicit.tag(0xfffe_e0dd)[..], &[0; 4]].concat();
    let item_end = [&Explicit.tag(0xfffe_e00d)[..], &[0; 4]].concat();
    let open = Explicit.header(0x0008_2218, "SQ", u32::MAX);
    let after = Explicit.element(0x0010_0020, "LO", b"1 ");
    for (body, items) in [
        // An Item without its delimiter, before another Item and before the end.
        (vec![open.clone(), item.clone(), code.clone(), item.clone(), code.clone(), sequence_end.clone()], 2),
        // A sequence without its delimiter.
        (vec![open.clone(), item.clone(), code.clone(), item_end.clone()], 1),
        // Delimiters of things that have none.
        (vec![Explicit.sequence(0x0008_2218, std::slice::from_ref(&code)), item_end, sequence_end], 1),
    ] {
        let set = read_all_ways(&file(Explicit.uid(), &[first.clone(), body.concat(), after.clone()])).unwrap();
        assert_eq!(set.root().items_of(Tag(0x0008, 0x2218)).count(), items);
        assert_eq!(set.root().raw_text(tags::PATIENT_ID), Some("1"));
        assert!(set.warnings.iter().all(|warning| matches!(warning, Warning::Delimiter(_))));
        assert!(!set.warnings.is_empty());
    }
}

#[test]
fn takes_a_sequence_without_items_for_a_value() {
    let bytes = file(
        Implicit.uid(),
        &[
            Implicit.element(0x0008_0005, "CS", b"ISO_IR 100"),
            Implicit.element(0x0040_a170, "SQ", b"NAMED TYPE"),
            Implicit.element(0x0040_a180, "US", &[1, 0]),
        ],
    );
    let set = read_all_ways(&bytes).unwrap();
    let element = set.root().get(Tag(0x0040, 0xa170)).unwrap();
    assert_eq!((element.kind, element.vr), (Kind::Value, VR::UN));
    assert_eq!(set.root().raw_text(Tag(0x0040, 0xa170)), Some("NAMED TYPE"));
    assert_eq!(set.root().int(Tag(0x0040, 0xa180)), Some(1));
}

#[test]
fn keeps_values_of_odd_length() {
    let bytes = file(
        Implicit.uid(),
        &[Implicit.element(0x0010_0010, "PN", b"ABC"), Implicit.element(0x0010_0020, "LO", b"1 ")],
    );
    let set = read_all_ways(&bytes).unwrap();
    assert_eq!(set.root().raw_text(tags::PATIENT_NAME), Some("ABC"));
    assert_eq!(set.root().raw_text(tags::PATIENT_ID), Some("1"));
    assert_eq!(set.warnings, [Warning::OddLength(tags::PATIENT_NAME)]);
}

#[test]
fn reads_encapsulated_pixel_data_within_items_without_taking_it_for_the_objects() {
    let icon = [Explicit.number(0x0028_0010, 1), encapsulated(&[], &[&jpeg(20)])].concat();
    let sequences = [
        Explicit.sequence(0x0088_0200, std::slice::from_ref(&icon)),
        Explicit.open_sequence(0x0088_0200, "SQ", &[icon]),
    ];
    for sequence in sequences {
        let bytes = file(BASELINE, &[attributes(Explicit, "1 ", 4, 3, 8), sequence, encapsulated(&[], &[&jpeg(64)])]);
        let set = read_all_ways(&bytes).unwrap();
        assert_eq!(set.warnings, []);
        assert_eq!(set.fragments.len(), 2);
        assert_eq!(set.frames.frame(1).unwrap().ranges[0].end - set.frames.frame(1).unwrap().ranges[0].start, 64);
        let icon = set.root().items_of(Tag(0x0088, 0x0200)).next().unwrap();
        assert_eq!(icon.get(tags::PIXEL_DATA).unwrap().kind, Kind::Fragments);
    }
}

#[test]
fn reads_on_after_pixel_data() {
    let after = Explicit.element(0xfffc_fffc, "OB", &[0; 4]);
    let bytes = [with_fragments(BASELINE, "1 ", &[], &[&jpeg(20)]), after].concat();
    let set = read_all_ways(&bytes).unwrap();
    assert_eq!(set.elements.last().unwrap().tag, Tag(0xfffc, 0xfffc));
}
