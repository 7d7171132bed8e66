//! Objects to send: small headers, and as many pixels as a test wants.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Secondary Capture Image Storage.
pub const CLASS: &str = "1.2.840.10008.5.1.4.1.1.7";

/// An object in Explicit VR Little Endian.
pub struct Object {
    pub study: String,
    pub instance: String,
    pub data_set: Vec<u8>,
}

impl Object {
    /// A new object with so many bytes of pixels.
    pub fn new(pixels: usize) -> Self {
        Self::with(pixels, "1.2.276.0.99.1", &[])
    }

    /// A new object of a Study, with more elements or others: tag, VR, value.
    pub fn with(pixels: usize, study: &str, more: &[(u32, &str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let instance = format!("1.2.276.0.99.1.1.{}.{number}", std::process::id());
        let series = format!("{study}.1");
        let mut elements = BTreeMap::from([
            (0x0008_0016, ("UI", CLASS)),
            (0x0008_0018, ("UI", &instance)),
            (0x0008_0060, ("CS", "OT")),
            (0x0010_0010, ("PN", "Nobody")),
            (0x0010_0020, ("LO", "N1")),
            (0x0020_000D, ("UI", study)),
            (0x0020_000E, ("UI", &series)),
        ]);
        elements.extend(more.iter().map(|(tag, vr, value)| (*tag, (*vr, *value))));
        let mut data_set: Vec<u8> = elements.iter().flat_map(|(tag, (vr, value))| element(*tag, vr, value)).collect();
        data_set.extend_from_slice(&[0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0]);
        data_set.extend_from_slice(&u32::try_from(pixels).expect("a length").to_le_bytes());
        data_set.resize(data_set.len() + pixels, 0x5A);
        Self { study: study.to_owned(), instance, data_set }
    }

    /// C-STORE-RQ.
    pub fn request(&self) -> Vec<u8> {
        super::request(1, 1, &[(0x0002, &padded(CLASS)), (0x1000, &padded(&self.instance))])
    }
}

/// An element of text in Explicit VR Little Endian.
pub fn element(tag: u32, vr: &str, value: &str) -> Vec<u8> {
    let mut value = value.as_bytes().to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    let [group, element] = [(tag >> 16) as u16, tag as u16].map(u16::to_le_bytes);
    let length = u16::try_from(value.len()).expect("a length").to_le_bytes();
    [&group[..], &element, vr.as_bytes(), &length, &value].concat()
}

/// Writes an object as a PS3.10 file.
pub fn part10(object: &Object, path: &Path) {
    let mut meta = Vec::new();
    for (element, value) in [(0x02, CLASS), (0x03, &object.instance), (0x10, "1.2.840.10008.1.2.1"), (0x12, "1.2.3.4")]
    {
        let value = padded(value);
        meta.extend_from_slice(&[2, 0, element, 0, b'U', b'I']);
        meta.extend_from_slice(&u16::try_from(value.len()).expect("a length").to_le_bytes());
        meta.extend_from_slice(&value);
    }
    let mut file = vec![0; 128];
    file.extend_from_slice(b"DICM");
    file.extend_from_slice(&[2, 0, 0, 0, b'U', b'L', 4, 0]);
    file.extend_from_slice(&u32::try_from(meta.len()).expect("a length").to_le_bytes());
    file.extend_from_slice(&meta);
    file.extend_from_slice(&object.data_set);
    std::fs::write(path, file).expect("a file");
}

fn padded(uid: &str) -> Vec<u8> {
    let mut bytes = uid.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}
