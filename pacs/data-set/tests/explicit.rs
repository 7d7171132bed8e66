//! Objects rewritten in another transfer syntax say what they said before.

mod objects;

use data_set::explicit::{self, DecodedPixelData, EncodedPixelData, LossyCompression, Piece};
use data_set::{DataSet, Item, Kind, VR, read, tags, uids};
use objects::Syntax::{Big, Explicit, Implicit};
use objects::{attributes, deflated, file, jpeg, native, with_fragments};

const BASELINE: &str = "1.2.840.10008.1.2.4.50";

/// Carries a plan out. Pieces of a deflated object are ranges of the inflated one.
fn carry_out(pieces: &[Piece], stored: &[u8], frames: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
            Piece::Copy(range) => out.extend_from_slice(&stored[range.start as usize..range.end as usize]),
            Piece::Swap(range, unit) => {
                let start = out.len();
                out.extend_from_slice(&stored[range.start as usize..range.end as usize]);
                assert_eq!((out.len() - start) % unit, 0);
                out[start..].chunks_exact_mut(*unit).for_each(<[u8]>::reverse);
            }
            Piece::Frames => {
                out.extend_from_slice(frames);
                out.resize(out.len().next_multiple_of(2), 0);
            }
        }
    }
    out
}

/// What an Item says: tag, VR, value in little endian, and its Items.
fn said(item: Item<'_>, bytes: &[u8]) -> String {
    let mut out = String::new();
    for element in item.elements() {
        let value = &bytes[element.value.start as usize..element.value.end as usize];
        match element.kind {
            Kind::Sequence => {
                let items: Vec<_> = item.items(element).map(|inner| said(inner, bytes)).collect();
                out += &format!("{} SQ {items:?};", element.tag);
            }
            _ if element.tag == tags::PIXEL_DATA => out += &format!("{} {:?};", element.tag, element.len()),
            _ => out += &format!("{} {:?} {:?} {value:x?};", element.tag, element.vr, item.floats(element.tag)),
        }
    }
    out
}

fn rewritten(stored: &[u8], positions: &[u8]) -> (Vec<u8>, DataSet) {
    let bytes = carry_out(&explicit::plan(&read(stored).expect("the object can be read"), None), positions, &[]);
    let set = read(&bytes).expect("what was rewritten can be read");
    assert_eq!(set.warnings, []);
    assert_eq!(set.transfer_syntax, uids::EXPLICIT_VR_LITTLE_ENDIAN);
    assert_eq!(set.uid(tags::MEDIA_STORAGE_SOP_INSTANCE_UID), Some("2.25.1"));
    assert_eq!(set.uid(tags::IMPLEMENTATION_CLASS_UID), Some(explicit::IMPLEMENTATION_CLASS_UID));
    (bytes, set)
}

#[test]
fn every_native_syntax_is_rewritten_to_the_same_bytes() {
    let expected = native(Explicit);
    let expected_set = read(&expected).unwrap();
    let inflated =
        [&objects::meta("1.2.840.10008.1.2.1.99")[..], &expected[expected_set.data_set_start as usize..]].concat();
    let stored =
        [(native(Explicit), None), (native(Implicit), None), (native(Big), None), (deflated(), Some(inflated))];
    for (stored, inflated) in stored {
        let (bytes, set) = rewritten(&stored, inflated.as_deref().unwrap_or(&stored));
        assert_eq!(said(set.root(), &bytes), said(expected_set.root(), &expected));
        let pixels = |set: &DataSet| {
            let range = set.root().get(tags::PIXEL_DATA).unwrap().value.clone();
            range.start as usize..range.end as usize
        };
        assert_eq!(bytes[pixels(&set)], expected[pixels(&expected_set)]);
    }
}

#[test]
fn the_data_set_alone_is_what_follows_the_file_meta_information() {
    let stored = native(Implicit);
    let set = read(&stored).unwrap();
    let whole = carry_out(&explicit::plan(&set, None), &stored, &[]);
    let alone = carry_out(&explicit::plan_data_set(&set, None), &stored, &[]);
    let start = read(&whole).unwrap().data_set_start as usize;
    assert_eq!(whole[start..], alone);
}

#[test]
fn group_lengths_are_left_out() {
    let length = Implicit.element(0x0008_0000, "UL", &[1, 2, 3, 4]);
    let stored = file(Implicit.uid(), &[length, attributes(Implicit, "1 ", 4, 3, 16)]);
    let (_, set) = rewritten(&stored, &stored);
    assert_eq!(set.elements[0].tag, tags::SPECIFIC_CHARACTER_SET);
}

#[test]
fn long_values_are_copied_by_range() {
    let long = vec![3; 100_001];
    let body = [attributes(Big, "1 ", 4, 3, 16), Big.element(0x0042_0011, "OB", &long)];
    let stored = file(Big.uid(), &body);
    let pieces = explicit::plan(&read(&stored).unwrap(), None);
    assert!(matches!(&pieces[..], [Piece::Bytes(_), Piece::Copy(range), Piece::Bytes(pad)]
        if range.end - range.start == 100_001 && pad == &[0]));
}

#[test]
fn wide_pixels_are_swapped_whole() {
    for (bits, unit) in [(8, 2), (16, 2), (32, 4), (64, 8)] {
        let pixels = Big.element(0x7fe0_0010, "OW", &[1; 96]);
        let stored = file(Big.uid(), &[attributes(Big, "1 ", 4, 3, bits), pixels]);
        let pieces = explicit::plan_data_set(&read(&stored).unwrap(), None);
        assert!(matches!(pieces.last(), Some(Piece::Swap(_, width)) if *width == unit));
    }
}

#[test]
fn values_too_long_for_their_vr_become_unknown() {
    let stored = file(
        Implicit.uid(),
        &[attributes(Implicit, "1 ", 4, 3, 16), Implicit.element(0x0028_3006, "US", &[0; 65_536]), {
            Implicit.element(0x3006_0050, "DS", &[b'1'; 65_535])
        }],
    );
    let (_, set) = rewritten(&stored, &stored);
    let contour = set.root().get(tags::CONTOUR_DATA).unwrap();
    assert_eq!((contour.vr, contour.len()), (VR::UN, 65_536));
}

#[test]
fn encapsulated_pixel_data_is_replaced_by_decoded_frames() {
    let stored = with_fragments(BASELINE, "1 ", &[], &[&jpeg(40)]);
    let decoded = DecodedPixelData {
        length: 35,
        photometric_interpretation: Some("RGB"),
        planar_configuration: Some(0),
        bits_allocated: 8,
    };
    let pieces = explicit::plan(&read(&stored).unwrap(), Some(&decoded));
    let bytes = carry_out(&pieces, &stored, &[9; 35]);
    let set = read(&bytes).unwrap();
    assert_eq!(set.warnings, []);
    let root = set.root();
    assert_eq!(root.raw_text(tags::PHOTOMETRIC_INTERPRETATION), Some("RGB"));
    assert_eq!(root.int(tags::PLANAR_CONFIGURATION), Some(0));
    assert_eq!(root.int(tags::BITS_ALLOCATED), Some(8));
    let pixels = root.get(tags::PIXEL_DATA).unwrap();
    assert_eq!((pixels.kind, pixels.vr, pixels.len()), (Kind::Value, VR::OB, 36));
    let mut order: Vec<_> = root.elements().map(|element| element.tag).collect();
    order.sort();
    order.dedup();
    assert_eq!(order.len(), root.elements().count());
}

#[test]
fn file_meta_information_counts_its_own_length() {
    let meta = explicit::file_meta("1.2.840.10008.5.1.4.1.1.2", "2.25.12", uids::JPEG_BASELINE8_BIT, Some("MODALITY1"));
    let set = read(&[meta.clone(), Explicit.element(0x0008_0005, "CS", b"")].concat()).unwrap();
    assert_eq!(set.data_set_start, meta.len() as u64);
    let item = set.meta_item();
    assert_eq!(item.int(tags::FILE_META_INFORMATION_GROUP_LENGTH), Some(meta.len() as i64 - 144));
    assert_eq!(item.raw_text(tags::SOURCE_APPLICATION_ENTITY_TITLE), Some("MODALITY1"));
    assert_eq!(set.transfer_syntax, uids::JPEG_BASELINE8_BIT);
}

#[test]
fn implicit_objects_say_the_same() {
    for stored in [native(Implicit), native(Explicit), native(Big)] {
        let bytes = carry_out(&explicit::plan_implicit(&read(&stored).unwrap(), None), &stored, &[]);
        let set = read(&bytes).unwrap();
        assert_eq!((set.transfer_syntax.as_str(), &set.warnings[..]), (uids::IMPLICIT_VR_LITTLE_ENDIAN, &[][..]));
        // Back again: private elements became unknown on the way, as in every implicit object.
        let (again, set) = rewritten(&bytes, &bytes);
        let implicit = native(Implicit);
        let (expected, expected_set) = rewritten(&implicit, &implicit);
        assert_eq!(said(set.root(), &again), said(expected_set.root(), &expected));
    }
}

/// Carries out the plan of an object in big endian, and reads what came of it.
fn big_endian(stored: &[u8], frames: &[u8]) -> (Vec<u8>, DataSet) {
    let of_stored = read(stored).expect("the object can be read");
    let bytes = carry_out(&explicit::plan_big_endian(&of_stored, None), stored, frames);
    let set = read(&bytes).expect("what was rewritten can be read");
    assert_eq!((set.transfer_syntax.as_str(), &set.warnings[..]), (explicit::EXPLICIT_VR_BIG_ENDIAN, &[][..]));
    (bytes, set)
}

#[test]
fn big_endian_objects_say_the_same_and_come_back() {
    let (expected, of_old) = (native(Big), read(&native(Big)).unwrap());
    for stored in [native(Explicit), native(Implicit)] {
        let (bytes, set) = big_endian(&stored, &[]);
        assert_eq!(said(set.root(), &bytes), said(of_old.root(), &expected));
        let (again, set) = rewritten(&bytes, &bytes);
        let (direct, direct_set) = rewritten(&stored, &stored);
        assert_eq!(said(set.root(), &again), said(direct_set.root(), &direct));
        assert!(again == direct);
    }
}

#[test]
fn numbers_are_swapped_by_their_vr() {
    let value: Vec<u8> = (0..16).collect();
    let widths = [
        (1, ["OB", "UN", "LO", "UI", "UT"]),
        (2, ["AT", "OW", "SS", "US", "US"]),
        (4, ["FL", "OF", "OL", "SL", "UL"]),
        (8, ["FD", "OD", "OV", "SV", "UV"]),
    ];
    for (width, vr) in widths.into_iter().flat_map(|(width, vrs)| vrs.map(|vr| (width, vr))) {
        let element =
            [Explicit.element(0x0009_0010, "LO", b"MAKER "), Explicit.element(0x0009_1001, vr, &value)].concat();
        let item = Explicit.sequence(0x0040_a730, std::slice::from_ref(&element));
        let stored = file(Explicit.uid(), &[element, item]);
        let (bytes, set) = big_endian(&stored, &[]);
        let mut expected = value.clone();
        expected.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        let written: Vec<_> = set.elements.iter().filter(|element| element.tag.element() == 0x1001).collect();
        assert_eq!(written.len(), 2);
        for element in written {
            assert_eq!(element.vr.to_string(), vr);
            assert_eq!(bytes[element.value.start as usize..element.value.end as usize], expected, "{vr}");
        }
    }
}

#[test]
fn pixel_data_in_big_endian_are_swapped_by_sample_and_bytes_stay() {
    for (bits, vr, width) in [(8, VR::OB, 1), (1, VR::OB, 1), (16, VR::OW, 2), (32, VR::OW, 4), (64, VR::OW, 8)] {
        let pixels: Vec<u8> = (0..96).collect();
        let stored = [attributes(Explicit, "1 ", 4, 3, bits), Explicit.element(0x7fe0_0010, "OW", &pixels)];
        let (bytes, set) = big_endian(&file(Explicit.uid(), &stored), &[]);
        let element = set.root().get(tags::PIXEL_DATA).unwrap();
        assert_eq!(element.vr, vr, "{bits} bits");
        let mut expected = pixels;
        expected.chunks_exact_mut(width).for_each(<[u8]>::reverse);
        assert_eq!(bytes[element.value.start as usize..element.value.end as usize], expected, "{bits} bits");
    }
}

#[test]
fn what_becomes_unknown_in_big_endian_is_not_swapped() {
    let long: Vec<u8> = (0..65_536_u32).map(|place| place as u8).collect();
    let stored = [attributes(Implicit, "1 ", 4, 3, 16), Implicit.element(0x0028_6110, "US", &long)];
    let (bytes, set) = big_endian(&file(Implicit.uid(), &stored), &[]);
    let numbers = set.root().get(tags::MASK_FRAME_NUMBERS).unwrap();
    assert_eq!(numbers.vr, VR::UN);
    assert!(bytes[numbers.value.start as usize..numbers.value.end as usize] == long);
}

#[test]
fn decoded_frames_in_big_endian_are_described_in_big_endian() {
    let stored = with_fragments(BASELINE, "1 ", &[], &[&jpeg(40)]);
    let decoded = DecodedPixelData {
        length: 36,
        photometric_interpretation: Some("RGB"),
        planar_configuration: Some(0),
        bits_allocated: 16,
    };
    let pieces = explicit::plan_big_endian(&read(&stored).unwrap(), Some(&decoded));
    let bytes = carry_out(&pieces, &stored, &[9; 36]);
    let set = read(&bytes).unwrap();
    assert_eq!(set.warnings, []);
    assert_eq!(set.root().int(tags::BITS_ALLOCATED), Some(16));
    assert_eq!(set.root().int(tags::PLANAR_CONFIGURATION), Some(0));
    let pixels = set.root().get(tags::PIXEL_DATA).unwrap();
    assert_eq!((pixels.vr, pixels.len(), pixels.big_endian), (VR::OW, 36, true));
}

/// Items as an encoder gives them, for [`carry_out`].
fn items(frames: &[&[u8]]) -> Vec<u8> {
    let item = |frame: &&[u8]| [b"\xfe\xff\0\xe0", &(frame.len() as u32).to_le_bytes()[..], frame].concat();
    frames.iter().flat_map(item).collect()
}

#[test]
fn native_pixel_data_are_replaced_by_encoded_frames() {
    for stored in [native(Implicit), native(Big), with_fragments(BASELINE, "1 ", &[], &[&jpeg(40)])] {
        let encoded = EncodedPixelData {
            photometric_interpretation: "YBR_RCT".to_owned(),
            planar_configuration: Some(0),
            lossy: None,
        };
        let pieces = explicit::plan_encapsulated(&read(&stored).unwrap(), uids::JPEG2000_LOSSLESS, &encoded);
        let bytes = carry_out(&pieces, &stored, &items(&[&[1, 2, 3, 4], &[5, 6]]));
        let set = read(&bytes).unwrap();
        assert_eq!(set.warnings, []);
        assert_eq!(set.transfer_syntax, uids::JPEG2000_LOSSLESS);
        assert_eq!(set.uid(tags::MEDIA_STORAGE_SOP_INSTANCE_UID), Some("2.25.1"));
        let root = set.root();
        assert_eq!(root.raw_text(tags::PHOTOMETRIC_INTERPRETATION), Some("YBR_RCT"));
        let pixels = root.get(tags::PIXEL_DATA).unwrap();
        assert_eq!((pixels.kind, pixels.vr), (Kind::Fragments, VR::OB));
        assert!(root.get(tags::LOSSY_IMAGE_COMPRESSION).is_none());
        let end = b"\x05\x06\xfe\xff\xdd\xe0\0\0\0\0";
        assert!(bytes.windows(end.len()).any(|window| window == end));
    }
}

#[test]
fn a_lossy_compression_makes_another_image_and_says_of_what() {
    let encoded = EncodedPixelData {
        photometric_interpretation: "MONOCHROME2".to_owned(),
        planar_configuration: None,
        lossy: Some(LossyCompression { method: "ISO_15444_1", ratio: 9.876, sop_instance_uid: "2.25.99".to_owned() }),
    };
    let lossy = |stored: &[u8]| {
        let pieces = explicit::plan_encapsulated(&read(stored).unwrap(), uids::JPEG2000, &encoded);
        carry_out(&pieces, stored, &items(&[&[1, 2]]))
    };
    // Twice, so that there is something before.
    let once = lossy(&native(Explicit));
    for (bytes, ratio, method, sources) in
        [(&once, "9.88", "ISO_15444_1", 1), (&lossy(&once), "9.88\\9.88", "ISO_15444_1\\ISO_15444_1", 2)]
    {
        let set = read(bytes).unwrap();
        assert_eq!(set.warnings, []);
        let root = set.root();
        assert_eq!(set.uid(tags::SOP_INSTANCE_UID), Some("2.25.99"));
        assert_eq!(set.uid(tags::MEDIA_STORAGE_SOP_INSTANCE_UID), Some("2.25.99"));
        assert!(root.raw_text(tags::IMAGE_TYPE).is_some_and(|text| text.starts_with("DERIVED\\")));
        assert_eq!(root.raw_text(tags::LOSSY_IMAGE_COMPRESSION), Some("01"));
        assert_eq!(root.raw_text(tags::LOSSY_IMAGE_COMPRESSION_RATIO), Some(ratio));
        assert_eq!(root.raw_text(tags::LOSSY_IMAGE_COMPRESSION_METHOD), Some(method));
        assert!(root.raw_text(tags::DERIVATION_DESCRIPTION).is_some_and(|text| text.contains("9.88:1")));
        let references: Vec<_> = root.items_of(tags::SOURCE_IMAGE_SEQUENCE).collect();
        assert_eq!(references.len(), sources);
        let purpose = references[0].items_of(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE).next().unwrap();
        assert_eq!(purpose.raw_text(tags::CODE_VALUE), Some("121320"));
        let mut tags: Vec<_> = root.elements().map(|element| element.tag).collect();
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), root.elements().count());
    }
    let first = read(&once).unwrap();
    let reference = first.root().items_of(tags::SOURCE_IMAGE_SEQUENCE).next().unwrap();
    assert_eq!(reference.raw_text(tags::REFERENCED_SOP_INSTANCE_UID), Some("2.25.1"));
}
