//! Deflated objects: kept as they came, read by positions in what they inflate to.

use std::io::Write;

use archive::Stored;
use archive::retrieve::Encoding;

use crate::fixture::*;

const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

#[tokio::test]
async fn reads_frames_and_values_of_a_deflated_object() {
    let fixture = Fixture::new().await;
    let long = (0..1_500_000u32).flat_map(u32::to_le_bytes).collect::<Vec<u8>>();
    let object = Object::new("1.1")
        .with(0x0009, 0x0010, "LO", "MAKER")
        .with(0x0009, 0x1001, "OB", &long)
        .with(0x0028, 0x0008, "IS", "2")
        .with(0x7fe0, 0x0010, "OW", *b"abcdefghijklABCDEFGHIJKL");
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&object.data_set()).unwrap();
    let file = file(DEFLATED, &encoder.finish().unwrap());
    assert_eq!(fixture.store(&file).await.result, Ok(Stored::New));
    let instance = fixture.only("1.1").await;
    assert_eq!(instance.transfer_syntax, DEFLATED);
    let stored = fixture.archive.object(&instance, Encoding::Stored).await.expect("an object");
    assert_eq!(collect(stored).await, file);
    for (number, expected) in [(2, b"ABCDEFGHIJKL"), (1, b"abcdefghijkl")] {
        let frame = fixture.archive.frame(&instance, number, Encoding::Native).await.expect("a frame");
        assert_eq!(collect(frame).await, expected);
    }
    let value = fixture.archive.bulk_data(&instance, "00091001").await.expect("a value");
    assert_eq!(collect(value).await, long);
    let digests = archive::verify::Options { digests: true, ..Default::default() };
    assert!(fixture.archive.verify(digests, |_| {}).await.expect("a report").is_clean());
}
