//! Objects to send: small headers, and as many pixels as a test wants.

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
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let study = "1.2.276.0.99.1".to_owned();
        let instance = format!("1.2.276.0.99.1.1.{}.{number}", std::process::id());
        let mut data_set = Vec::new();
        let mut put = |group: u16, element: u16, vr: &[u8; 2], value: &[u8]| {
            data_set.extend_from_slice(&group.to_le_bytes());
            data_set.extend_from_slice(&element.to_le_bytes());
            data_set.extend_from_slice(vr);
            if vr == b"OB" {
                data_set.extend_from_slice(&[0, 0]);
                data_set.extend_from_slice(&u32::try_from(value.len()).expect("a length").to_le_bytes());
            } else {
                data_set.extend_from_slice(&u16::try_from(value.len()).expect("a length").to_le_bytes());
            }
            data_set.extend_from_slice(value);
        };
        put(0x0008, 0x0016, b"UI", &padded(CLASS));
        put(0x0008, 0x0018, b"UI", &padded(&instance));
        put(0x0008, 0x0060, b"CS", b"OT");
        put(0x0010, 0x0010, b"PN", b"Nobody");
        put(0x0010, 0x0020, b"LO", b"N1");
        put(0x0020, 0x000D, b"UI", &padded(&study));
        put(0x0020, 0x000E, b"UI", &padded("1.2.276.0.99.1.1"));
        put(0x7FE0, 0x0010, b"OB", &vec![0x5A; pixels]);
        Self { study, instance, data_set }
    }

    /// C-STORE-RQ.
    pub fn request(&self) -> Vec<u8> {
        super::request(1, 1, &[(0x0002, &padded(CLASS)), (0x1000, &padded(&self.instance))])
    }
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
