//! DICOM objects made byte by byte, for the tests of the reader and for the seeds of its fuzz target.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod seeds;

use std::io::Write;

/// How the data set of a made object is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Implicit VR Little Endian.
    Implicit,
    /// Explicit VR Little Endian.
    Explicit,
    /// Explicit VR Big Endian.
    Big,
}

use Syntax::{Big, Explicit, Implicit};

impl Syntax {
    /// Its Transfer Syntax UID.
    pub fn uid(self) -> &'static str {
        match self {
            Implicit => "1.2.840.10008.1.2",
            Explicit => "1.2.840.10008.1.2.1",
            Big => "1.2.840.10008.1.2.2",
        }
    }

    /// A 16-bit number.
    pub fn short(self, number: u16) -> [u8; 2] {
        if self == Big { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    /// A 32-bit number.
    pub fn long(self, number: u32) -> [u8; 4] {
        if self == Big { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    /// A tag.
    pub fn tag(self, tag: u32) -> [u8; 4] {
        let (group, element) = (self.short((tag >> 16) as u16), self.short(tag as u16));
        [group[0], group[1], element[0], element[1]]
    }

    /// The header of an element; `u32::MAX` is the undefined length.
    pub fn header(self, tag: u32, vr: &str, length: u32) -> Vec<u8> {
        let mut out = self.tag(tag).to_vec();
        let long =
            matches!(vr, "OB" | "OD" | "OF" | "OL" | "OV" | "OW" | "SQ" | "SV" | "UC" | "UN" | "UR" | "UT" | "UV");
        if self == Implicit {
            out.extend(self.long(length));
        } else if long {
            out.extend(vr.bytes().chain([0, 0]).chain(self.long(length)));
        } else {
            out.extend(vr.bytes().chain(self.short(length as u16)));
        }
        out
    }

    /// An element with a value, as it is.
    pub fn element(self, tag: u32, vr: &str, value: &[u8]) -> Vec<u8> {
        [self.header(tag, vr, value.len() as u32), value.to_vec()].concat()
    }

    /// An element of VR US.
    pub fn number(self, tag: u32, number: u16) -> Vec<u8> {
        self.element(tag, "US", &self.short(number))
    }

    /// A sequence of defined length with Items of defined length.
    pub fn sequence(self, tag: u32, items: &[Vec<u8>]) -> Vec<u8> {
        let items: Vec<u8> = items
            .iter()
            .flat_map(|item| [&self.tag(0xfffe_e000)[..], &self.long(item.len() as u32), item].concat())
            .collect();
        self.element(tag, "SQ", &items)
    }

    /// A sequence of undefined length with Items of undefined length.
    pub fn open_sequence(self, tag: u32, vr: &str, items: &[Vec<u8>]) -> Vec<u8> {
        let inner = if vr == "UN" { Implicit } else { self };
        let mut out = self.header(tag, vr, u32::MAX);
        for item in items {
            out.extend([&inner.tag(0xfffe_e000)[..], &[0xff; 4], item, &inner.tag(0xfffe_e00d), &[0; 4]].concat());
        }
        out.extend([&inner.tag(0xfffe_e0dd)[..], &[0; 4]].concat());
        out
    }
}

/// Encapsulated Pixel Data with this Basic Offset Table.
pub fn encapsulated(table: &[u32], fragments: &[&[u8]]) -> Vec<u8> {
    let mut out = Explicit.header(0x7fe0_0010, "OB", u32::MAX);
    let table: Vec<u8> = table.iter().flat_map(|offset| offset.to_le_bytes()).collect();
    for fragment in std::iter::once(&table[..]).chain(fragments.iter().copied()) {
        out.extend([&Explicit.tag(0xfffe_e000)[..], &(fragment.len() as u32).to_le_bytes(), fragment].concat());
    }
    out.extend([&Explicit.tag(0xfffe_e0dd)[..], &[0; 4]].concat());
    out
}

/// Preamble and file meta information.
pub fn meta(transfer_syntax: &str) -> Vec<u8> {
    let padded = |uid: &str| if uid.len() % 2 == 1 { format!("{uid}\0") } else { uid.to_owned() };
    let group = [
        Explicit.element(0x0002_0001, "OB", &[0, 1]),
        Explicit.element(0x0002_0002, "UI", padded("1.2.840.10008.5.1.4.1.1.2").as_bytes()),
        Explicit.element(0x0002_0003, "UI", padded("2.25.1").as_bytes()),
        Explicit.element(0x0002_0010, "UI", padded(transfer_syntax).as_bytes()),
    ]
    .concat();
    let length = Explicit.element(0x0002_0000, "UL", &(group.len() as u32).to_le_bytes());
    [&[0; 128][..], b"DICM", &length, &group].concat()
}

/// A file with this data set.
pub fn file(transfer_syntax: &str, data_set: &[Vec<u8>]) -> Vec<u8> {
    [meta(transfer_syntax), data_set.concat()].concat()
}

/// The elements before Pixel Data: a bit of everything, and what a frame index needs.
pub fn attributes(syntax: Syntax, frames: &str, rows: u16, columns: u16, bits: u16) -> Vec<u8> {
    let code = syntax.element(0x0008_0100, "SH", b"T-D1100 ");
    let numbers = [1.5f64, -2.0].iter().flat_map(|number| match syntax {
        Big => number.to_be_bytes(),
        _ => number.to_le_bytes(),
    });
    [
        syntax.element(0x0008_0005, "CS", b"ISO_IR 100"),
        syntax.element(0x0008_0016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        syntax.element(0x0008_0018, "UI", b"2.25.1"),
        syntax.sequence(0x0008_2218, &[code.clone(), Vec::new()]),
        syntax.element(0x0009_0010, "LO", b"MAKER "),
        syntax.element(0x0009_1001, "UN", b"\x01\x02\x03\x04"),
        syntax.element(0x0010_0010, "PN", b"Phantom^M\xfcller"),
        syntax.open_sequence(0x0018_9346, "SQ", &[[code.clone(), syntax.sequence(0x0008_2218, &[code])].concat()]),
        syntax.element(0x0018_9328, "FD", &numbers.collect::<Vec<u8>>()),
        syntax.element(0x0020_000d, "UI", b"2.25.2"),
        syntax.element(0x0020_000e, "UI", b"2.25.3"),
        syntax.number(0x0028_0002, 1),
        syntax.element(0x0028_0004, "CS", b"MONOCHROME2 "),
        syntax.element(0x0028_0008, "IS", frames.as_bytes()),
        syntax.number(0x0028_0010, rows),
        syntax.number(0x0028_0011, columns),
        syntax.number(0x0028_0100, bits),
        syntax.number(0x0028_0101, bits),
        syntax.number(0x0028_0102, bits - 1),
        syntax.number(0x0028_0103, 1),
        syntax.element(0x0028_0106, if syntax == Implicit { "US" } else { "SS" }, &syntax.short(0xfffe)),
    ]
    .concat()
}

/// A whole native object of two 4 × 3 frames of 16 bits, whose samples count up.
pub fn native(syntax: Syntax) -> Vec<u8> {
    let samples: Vec<u8> = (0..24).flat_map(|sample| syntax.short(sample)).collect();
    file(
        syntax.uid(),
        &[attributes(syntax, "2 ", 4, 3, 16), syntax.element(0x7fe0_0010, "OW", &samples), trailing_padding(syntax)],
    )
}

/// Data Set Trailing Padding.
fn trailing_padding(syntax: Syntax) -> Vec<u8> {
    syntax.element(0xfffc_fffc, "OB", &[0; 8])
}

/// The native object in Explicit VR, deflated.
pub fn deflated() -> Vec<u8> {
    let whole = native(Explicit);
    let start = meta(Explicit.uid()).len();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&whole[start..]).expect("a vector takes everything");
    let mut compressed = encoder.finish().expect("a vector takes everything");
    if compressed.len() % 2 == 1 {
        compressed.push(0);
    }
    [meta("1.2.840.10008.1.2.1.99"), compressed].concat()
}

/// A codestream of `length` bytes that looks like JPEG from outside.
pub fn jpeg(length: usize) -> Vec<u8> {
    let mut stream = vec![0x55; length];
    stream[..4].copy_from_slice(b"\xff\xd8\xff\xe0");
    stream[length - 2..].copy_from_slice(b"\xff\xd9");
    stream
}

/// An encapsulated object in this transfer syntax.
pub fn with_fragments(transfer_syntax: &str, frames: &str, table: &[u32], fragments: &[&[u8]]) -> Vec<u8> {
    file(transfer_syntax, &[attributes(Explicit, frames, 4, 3, 8), encapsulated(table, fragments)])
}
