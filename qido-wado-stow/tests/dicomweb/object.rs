//! Small objects made here: 8 × 8 pixels of 8 bits, native or RLE, one frame or several.

/// Explicit VR Little Endian.
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
/// RLE Lossless.
pub const RLE: &str = "1.2.840.10008.1.2.5";
/// HEVC/H.265 Main Profile: nothing here decodes it.
pub const HEVC: &str = "1.2.840.10008.1.2.4.107";

const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";
const SIDE: u16 = 8;

/// What an object is made of.
#[derive(Debug, Clone)]
pub struct Object {
    pub study: String,
    pub series: String,
    pub instance: String,
    pub syntax: &'static str,
    pub frames: Vec<Vec<u8>>,
    pub patient_name: String,
}

impl Object {
    /// Instance `number` of series `series` of study `study`, with one native frame.
    pub fn new(study: u32, series: u32, number: u32) -> Self {
        let study = format!("1.2.826.0.1.3680043.10.1999.7.{study}");
        let series = format!("{study}.{series}");
        Self {
            instance: format!("{series}.{number}"),
            study,
            series,
            syntax: EXPLICIT,
            frames: vec![frame(number as u8)],
            patient_name: "Quaestor^Ada".into(),
        }
    }

    /// With so many frames.
    pub fn with_frames(mut self, count: u8) -> Self {
        self.frames = (1..=count).map(frame).collect();
        self
    }

    /// In another transfer syntax; frames of unknown ones are left as they are, one fragment each.
    pub fn stored_as(mut self, syntax: &'static str) -> Self {
        self.syntax = syntax;
        self
    }

    /// Path of the Study.
    pub fn study_path(&self) -> String {
        format!("/dicom-web/studies/{}", self.study)
    }

    /// Path of the Series.
    pub fn series_path(&self) -> String {
        format!("{}/series/{}", self.study_path(), self.series)
    }

    /// Path of the Instance.
    pub fn path(&self) -> String {
        format!("{}/instances/{}", self.series_path(), self.instance)
    }

    /// The frame as it is stored.
    pub fn stored_frame(&self, number: usize) -> Vec<u8> {
        let samples = &self.frames[number - 1];
        if self.syntax == RLE { rle(samples) } else { samples.clone() }
    }

    /// The PS3.10 file.
    pub fn file(&self) -> Vec<u8> {
        let mut meta = Vec::new();
        element(&mut meta, 2, 1, "OB", &[0, 1]);
        element(&mut meta, 2, 2, "UI", SECONDARY_CAPTURE.as_bytes());
        element(&mut meta, 2, 3, "UI", self.instance.as_bytes());
        element(&mut meta, 2, 0x10, "UI", self.syntax.as_bytes());
        element(&mut meta, 2, 0x12, "UI", b"1.2.826.0.1.3680043.10.1999.1");
        let mut file = vec![0; 128];
        file.extend_from_slice(b"DICM");
        element(&mut file, 2, 0, "UL", &(meta.len() as u32).to_le_bytes());
        file.extend(meta);
        self.data_set(&mut file);
        file
    }

    fn data_set(&self, file: &mut Vec<u8>) {
        let count = self.frames.len().to_string();
        for (group, number, vr, value) in [
            (0x08, 0x05, "CS", "ISO_IR 192"),
            (0x08, 0x16, "UI", SECONDARY_CAPTURE),
            (0x08, 0x18, "UI", &self.instance),
            (0x08, 0x20, "DA", "20260315"),
            (0x08, 0x60, "CS", "OT"),
            (0x10, 0x10, "PN", &self.patient_name),
            (0x10, 0x20, "LO", "Q-7"),
            (0x20, 0x0d, "UI", &self.study),
            (0x20, 0x0e, "UI", &self.series),
            (0x20, 0x13, "IS", self.instance.rsplit('.').next().unwrap_or_default()),
        ] {
            element(file, group, number, vr, value.as_bytes());
        }
        element(file, 0x28, 0x02, "US", &1u16.to_le_bytes());
        element(file, 0x28, 0x04, "CS", b"MONOCHROME2");
        element(file, 0x28, 0x08, "IS", count.as_bytes());
        for (number, value) in [(0x10, SIDE), (0x11, SIDE), (0x100, 8), (0x101, 8), (0x102, 7), (0x103, 0)] {
            element(file, 0x28, number, "US", &value.to_le_bytes());
        }
        if self.syntax == EXPLICIT {
            element(file, 0x7fe0, 0x10, "OB", &self.frames.concat());
        } else {
            self.fragments(file);
        }
    }

    /// Encapsulated Pixel Data with an empty Basic Offset Table, one fragment a frame (PS3.5 §A.4).
    fn fragments(&self, file: &mut Vec<u8>) {
        file.extend_from_slice(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff");
        item(file, b"");
        for number in 1..=self.frames.len() {
            item(file, &self.stored_frame(number));
        }
        file.extend_from_slice(b"\xfe\xff\xdd\xe0\0\0\0\0");
    }
}

/// Samples of a frame that `seed` tells from others.
fn frame(seed: u8) -> Vec<u8> {
    (0..SIDE * SIDE).map(|place| seed.wrapping_mul(16).wrapping_add(place as u8)).collect()
}

/// One segment of literal runs (PS3.5 §G).
fn rle(samples: &[u8]) -> Vec<u8> {
    let mut frame = vec![0; 64];
    (frame[0], frame[4]) = (1, 64);
    for run in samples.chunks(128) {
        frame.push(run.len() as u8 - 1);
        frame.extend_from_slice(run);
    }
    if frame.len() % 2 == 1 {
        frame.push(0);
    }
    frame
}

fn item(file: &mut Vec<u8>, value: &[u8]) {
    file.extend_from_slice(b"\xfe\xff\x00\xe0");
    file.extend_from_slice(&(value.len() as u32).to_le_bytes());
    file.extend_from_slice(value);
}

fn element(file: &mut Vec<u8>, group: u16, number: u16, vr: &str, value: &[u8]) {
    file.extend_from_slice(&group.to_le_bytes());
    file.extend_from_slice(&number.to_le_bytes());
    file.extend_from_slice(vr.as_bytes());
    let length = value.len() + value.len() % 2;
    if vr == "OB" {
        file.extend_from_slice(&[0, 0]);
        file.extend_from_slice(&(length as u32).to_le_bytes());
    } else {
        file.extend_from_slice(&(length as u16).to_le_bytes());
    }
    file.extend_from_slice(value);
    if value.len() % 2 == 1 {
        file.push(if vr == "UI" || vr == "OB" { 0 } else { b' ' });
    }
}
