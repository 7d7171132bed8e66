//! Small radiograms made here: CR images of 64 × 64 samples with a picture that a number tells from others.

use crate::renderings::element;

/// Samples along each side.
pub const SIDE: usize = 64;
const CR: &str = "1.2.840.10008.5.1.4.1.1.1";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// What a radiogram is made of.
#[derive(Debug, Clone)]
pub struct Radiogram {
    /// Tells its UIDs from those of others.
    pub number: u32,
    /// Its samples.
    pub samples: Vec<u8>,
    /// Body Part Examined; empty: not there.
    pub body_part: &'static str,
    /// Image Laterality; empty: not there.
    pub side: &'static str,
    /// Modality.
    pub modality: &'static str,
    /// Elements of its own: group, number, VR and value. They go before others of their tag.
    pub own: Vec<(u16, u16, &'static str, Vec<u8>)>,
}

impl Radiogram {
    /// A picture of soft blobs at places that `seed` tells.
    pub fn new(number: u32, seed: u32) -> Self {
        Self { number, samples: blobs(seed), body_part: "", side: "", modality: "CR", own: Vec::new() }
    }

    /// Of this part of the body.
    pub fn of(self, body_part: &'static str, side: &'static str) -> Self {
        Self { body_part, side, ..self }
    }

    /// As its mirror image.
    pub fn mirrored(mut self) -> Self {
        self.samples.chunks_mut(SIDE).for_each(|row| row.reverse());
        self
    }

    /// With an element of its own.
    pub fn with(mut self, group: u16, number: u16, vr: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.own.push((group, number, vr, value.as_ref().to_vec()));
        self
    }

    pub fn study(&self) -> String {
        format!("1.2.826.0.1.3680043.10.1999.9.{}", self.number)
    }

    pub fn instance(&self) -> String {
        format!("{}.1.1", self.study())
    }

    pub fn path(&self) -> String {
        format!("/dicom-web/studies/{0}/series/{0}.1/instances/{0}.1.1", self.study())
    }

    pub fn file(&self) -> Vec<u8> {
        let elements = self.elements();
        let data_set = elements.iter().flat_map(|(group, number, vr, value)| element(*group, *number, vr, value));
        self.file_of(EXPLICIT, data_set)
    }

    /// The same in Explicit VR Big Endian.
    pub fn file_in_big_endian(&self) -> Vec<u8> {
        let turned = |(group, number, vr, mut value): (u16, u16, &str, Vec<u8>)| {
            if vr == "US" {
                value.reverse();
            }
            // Group, number and length each by itself.
            let mut bytes = element(group, number, vr, value);
            let at = if vr == "OB" { 8..12 } else { 6..8 };
            for range in [0..2, 2..4, at] {
                bytes[range].reverse();
            }
            bytes
        };
        self.file_of("1.2.840.10008.1.2.2", self.elements().into_iter().flat_map(turned))
    }

    fn file_of(&self, syntax: &str, data_set: impl Iterator<Item = u8>) -> Vec<u8> {
        let meta = [
            element(2, 1, "OB", [0, 1]),
            element(2, 2, "UI", CR),
            element(2, 3, "UI", self.instance()),
            element(2, 0x10, "UI", syntax),
            element(2, 0x12, "UI", "1.2.826.0.1.3680043.10.1999.1"),
        ]
        .concat();
        let mut file = vec![0; 128];
        file.extend_from_slice(b"DICM");
        file.extend(element(2, 0, "UL", (meta.len() as u32).to_le_bytes()));
        file.extend(meta);
        file.extend(data_set);
        file
    }

    fn elements(&self) -> Vec<(u16, u16, &'static str, Vec<u8>)> {
        let text = [
            (0x08, 0x05, "CS", "ISO_IR 192"),
            (0x08, 0x16, "UI", CR),
            (0x08, 0x18, "UI", &self.instance()),
            (0x08, 0x20, "DA", "20260315"),
            (0x08, 0x60, "CS", self.modality),
            (0x10, 0x10, "PN", "Quaestor^Ada"),
            (0x10, 0x20, "LO", "Q-7"),
            (0x18, 0x15, "CS", self.body_part),
            (0x20, 0x0d, "UI", &self.study()),
            (0x20, 0x0e, "UI", &format!("{}.1", self.study())),
            (0x20, 0x13, "IS", "1"),
            (0x20, 0x62, "CS", self.side),
            (0x28, 0x04, "CS", "MONOCHROME2"),
        ];
        let there = text.into_iter().filter(|(.., value)| !value.is_empty());
        let mut elements: Vec<(u16, u16, &'static str, Vec<u8>)> =
            there.map(|(group, number, vr, value)| (group, number, vr, value.as_bytes().to_vec())).collect();
        let side = SIDE as u16;
        for (number, value) in [(0x02, 1), (0x10, side), (0x11, side), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)] {
            elements.push((0x28, number, "US", u16::to_le_bytes(value).to_vec()));
        }
        elements.push((0x7fe0, 0x10, "OB", self.samples.clone()));
        elements.retain(|(group, number, ..)| !self.own.iter().any(|own| (own.0, own.1) == (*group, *number)));
        elements.extend(self.own.iter().cloned());
        elements.sort_by_key(|(group, number, ..)| (*group, *number));
        elements
    }
}

/// Five soft blobs over a slope, nowhere black at the border.
fn blobs(seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24)
    };
    let centres: Vec<[f64; 3]> = (0..5).map(|_| [next() * 64.0, next() * 64.0, 4.0 + next() * 10.0]).collect();
    let value = |place: usize| {
        let (x, y) = ((place % SIDE) as f64, (place / SIDE) as f64);
        let blob = |[cx, cy, r]: &[f64; 3]| (-((x - cx).powi(2) + (y - cy).powi(2)) / (2.0 * r * r)).exp();
        (40.0 + x * 0.3 + 120.0 * centres.iter().map(blob).sum::<f64>()).min(250.0) as u8
    };
    (0..SIDE * SIDE).map(value).collect()
}
