//! Deflated objects: kept as they came, read by positions in what they inflate to.

use std::io::{Read, Write};
use std::os::unix::fs::FileExt;

use archive::Stored;
use archive::retrieve::Encoding;
use futures_util::TryStreamExt;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deflated_object_of_many_frames_is_inflated_once_to_encode_them() {
    const FRAMES: usize = 64;
    let mut state = 1_u32;
    // Noise, which stays as long as it is.
    let mut noise = |length: usize| -> Vec<u8> {
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(length)
        .collect()
    };
    // Frames of 513 × 129 bits do not end on a byte.
    let bits = (FRAMES * 513 * 129).div_ceil(16) * 2;
    for (vr, pixels, (allocated, rows, columns)) in
        [("OW", noise(FRAMES * 256 * 128 * 2), (16_u16, 256_u16, 128_u16)), ("OB", noise(bits), (1, 513, 129))]
    {
        let fixture = Fixture::new().await;
        let object = Object::new("1.1")
            .with(0x0028, 0x0004, "CS", "MONOCHROME2")
            .with(0x0028, 0x0008, "IS", FRAMES.to_string())
            .with(0x0028, 0x0010, "US", rows.to_le_bytes())
            .with(0x0028, 0x0011, "US", columns.to_le_bytes())
            .with(0x0028, 0x0100, "US", allocated.to_le_bytes())
            .with(0x0028, 0x0101, "US", allocated.to_le_bytes())
            .with(0x0028, 0x0102, "US", (allocated - 1).to_le_bytes())
            .with(0x0028, 0x0103, "US", 0_u16.to_le_bytes())
            .with(0x7fe0, 0x0010, vr, pixels);
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&object.data_set()).expect("deflated");
        let stored = file(DEFLATED, &encoder.finish().expect("deflated"));
        assert_eq!(fixture.store(&stored).await.result, Ok(Stored::New));
        let instance = fixture.only("1.1").await;
        let mut expected = Vec::new();
        for number in [1, 2, 3, FRAMES as u32] {
            let frame = fixture.archive.frame(&instance, number, Encoding::Native).await.expect("a frame");
            expected.push((number, collect(frame).await));
        }
        // Each frame deflated by itself: the transfer syntax that holds them all.
        let body = fixture.archive.object(&instance, Encoding::Encoded("1.2.840.10008.1.2.8.1")).await;
        let mut content = body.expect("an object").content;
        let mut encoded = Vec::new();
        for _ in 0..24 {
            encoded.extend_from_slice(&content.try_next().await.expect("content").expect("more"));
        }
        // Now there is no beginning to start again from.
        let [path] = &fixture.files().0[..] else { panic!("one file") };
        let writable = std::fs::OpenOptions::new().write(true).open(path).expect("the file");
        writable.write_all_at(&[0xff; 1024], 200).expect("written");
        let rest: Vec<bytes::Bytes> = content.try_collect().await.expect("the rest in the same pass");
        encoded.extend_from_slice(&rest.concat());
        let set = data_set::read(&encoded).expect("a data set");
        assert_eq!(set.frames.len(), FRAMES as u32);
        for (number, frame) in expected {
            let ranges = set.frames.frame(number).expect("a frame").ranges;
            let fragment = &encoded[ranges[0].start as usize..ranges[0].end as usize];
            let mut inflated = Vec::new();
            flate2::read::DeflateDecoder::new(fragment).read_to_end(&mut inflated).expect("it inflates");
            assert!(inflated == frame, "{vr}: frame {number}");
        }
    }
}
