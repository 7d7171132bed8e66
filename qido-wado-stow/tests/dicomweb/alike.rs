//! What counts as alike, over HTTP: the same picture stored in other ways, examples that nothing can be made of, and how far is looked
//! for researchers.

use crate::client::{Answer, send};
use crate::object::{HEVC, Object};
use crate::radiogram::{Radiogram, SIDE};
use crate::server::{Server, basic};
use crate::similar::{described, store};

const JSON: &str = "application/json";

/// Instances and scores that are like a stored one.
fn like(server: &Server, radiogram: &Radiogram, query: &str) -> Vec<(String, f64)> {
    let answer = server.get(&format!("{}/similar?{query}", radiogram.path()), JSON);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json();
    let matches = found["matches"].as_array().expect("matches").iter();
    matches
        .map(|one| (one["instance"].as_str().expect("a UID").to_owned(), one["score"].as_f64().expect("a score")))
        .collect()
}

/// Pictures that have nothing to do with those of the seed 7.
fn others() -> [Radiogram; 4] {
    [(11, 1), (12, 2), (13, 3), (14, 4)].map(|(number, seed)| Radiogram::new(number, seed))
}

/// Stores radiograms beside others.
fn stored(radiograms: &[&Radiogram]) -> Server {
    let server = Server::start();
    let others = others();
    store(&server, &[radiograms, &others.each_ref()].concat());
    server
}

/// With everything but these columns and rows as dark as can be.
fn framed(mut radiogram: Radiogram, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> Radiogram {
    for (place, sample) in radiogram.samples.iter_mut().enumerate() {
        if !columns.contains(&(place % SIDE)) || !rows.contains(&(place / SIDE)) {
            *sample = 0;
        }
    }
    radiogram
}

#[test]
fn white_on_black_and_black_on_white_are_the_same_picture() {
    let one = Radiogram::new(1, 7);
    let mut negative = Radiogram::new(2, 7).with(0x28, 0x04, "CS", "MONOCHROME1 ");
    negative.samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
    // The same samples shown the other way round are another picture.
    let turned = Radiogram::new(3, 7).with(0x28, 0x04, "CS", "MONOCHROME1 ");
    let server = stored(&[&one, &negative, &turned]);
    for profile in ["pixels", "gradients"] {
        let found = like(&server, &one, &format!("profile={profile}"));
        assert_eq!(found[0].0, negative.instance(), "{profile}: {found:?}");
        assert!(found[0].1 > 0.999, "{profile}: {found:?}");
        let score = found.iter().find(|(instance, _)| *instance == turned.instance()).map(|(_, score)| *score);
        assert!(score.is_none_or(|score| score < 0.5), "{profile}: {found:?}");
    }
}

#[test]
fn a_border_is_no_part_of_the_picture() {
    let one = Radiogram::new(1, 7);
    // The same picture in the middle of a black page of twice its size.
    let (mut page, side) = (vec![0; 4 * SIDE * SIDE], 2 * SIDE);
    for (row, samples) in one.samples.chunks(SIDE).enumerate() {
        let from = (row + SIDE / 2) * side + SIDE / 2;
        page[from..from + SIDE].copy_from_slice(samples);
    }
    let words = |value: usize| (value as u16).to_le_bytes();
    let mut bordered = Radiogram::new(2, 7).with(0x28, 0x10, "US", words(side)).with(0x28, 0x11, "US", words(side));
    bordered.samples = page;
    let server = stored(&[&one, &bordered]);
    for profile in ["pixels", "gradients"] {
        let found = like(&server, &one, &format!("profile={profile}"));
        assert_eq!(found[0].0, bordered.instance(), "{profile}: {found:?}");
        assert!(found[0].1 > 0.98, "{profile}: {found:?}");
    }
}

#[test]
fn a_collimated_copy_is_found() {
    let one = Radiogram::new(1, 7);
    let shutters = framed(Radiogram::new(2, 7), 3..SIDE - 2, 2..SIDE - 4);
    let server = stored(&[&one, &shutters]);
    for profile in ["pixels", "gradients"] {
        let found = like(&server, &one, &format!("profile={profile}"));
        assert_eq!(found[0].0, shutters.instance(), "{profile}: {found:?}");
    }
    let found = like(&server, &one, "profile=pixels");
    assert!(found[1].1 < found[0].1 - 0.1, "{found:?}");
}

#[test]
fn a_stored_example_that_cannot_be_decoded_is_refused_with_the_reason() {
    let server = Server::start();
    let video = Object::new(1, 1, 1).stored_as(HEVC);
    let short = Radiogram::new(2, 7).with(0x28, 0x10, "US", [0xff_u8, 0xff]).with(0x28, 0x11, "US", [0xff_u8, 0xff]);
    server.store(&[&video]);
    assert_eq!(server.post_files(&[short.file()]).status, 200);
    described(&server);
    for path in [video.path(), short.path()] {
        for query in ["", "?profile=gradients", "?part=0,0,0.5,0.5"] {
            let answer = server.get(&format!("{path}/similar{query}"), JSON);
            assert_eq!(answer.status, 422, "{path}{query}: {}", answer.text());
            let detail = answer.json()["detail"].as_str().expect("words").to_owned();
            assert!(detail.len() > 12, "{detail}");
        }
    }
}

/// The sum of a chunk of a PNG (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

#[test]
fn an_example_of_huge_dimensions_is_refused_before_it_is_decoded() {
    let server = Server::start();
    let post = |media_type: &str, body: &[u8]| -> Answer {
        server.send("POST", "/dicom-web/similar", &[("Content-Type", media_type), ("Accept", JSON)], body)
    };
    let huge = Radiogram::new(1, 7).with(0x28, 0x10, "US", [0xff_u8, 0xff]).with(0x28, 0x11, "US", [0xff_u8, 0xff]);
    let mut png = codec::encode_png(8, 8, 1, &[7; 64]).expect("a PNG");
    // Width and height of its header, and the sum over it.
    png[16..24].copy_from_slice(&[0, 1, 0xff, 0xff, 0, 1, 0xff, 0xff]);
    let sum = crc(&png[12..29]).to_be_bytes();
    png[29..33].copy_from_slice(&sum);
    for (media_type, body) in [("application/dicom", huge.file()), ("image/png", png)] {
        let answer = post(media_type, &body);
        assert_eq!(answer.status, 422, "{media_type}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().is_some_and(|words| words.len() > 12), "{}", answer.text());
    }
}

#[test]
fn a_researcher_is_told_when_too_many_of_the_nearest_are_withheld() {
    let server = Server::start();
    let marked = Radiogram::new(1, 7).with(0x28, 0x301, "CS", "YES ");
    let given = Radiogram::new(2, 8);
    store(&server, &[&marked, &given]);
    let rita = basic("rita");
    let ask = |query: &str| {
        let headers = [("Authorization", &rita[..]), ("Content-Type", "application/dicom"), ("Accept", JSON)];
        let answer = send(
            server.address,
            "POST",
            &format!("/dicom-web/similar?{query}"),
            &headers,
            &Radiogram::new(9, 7).file(),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer.json()["matches"].as_array().map(Vec::len), answer.header("warning").map(str::to_owned))
    };
    assert_eq!(ask("limit=1"), (Some(1), None), "the withheld one takes no place");
    // The same image many times, in the same file.
    server.sql(&format!(
        "INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, storage_node_id, file_path,
             file_size, data_set_start, digest, frame_index, frame_count, kind, attributes)
         SELECT series_key, sop_instance_uid || '.' || number, sop_class_uid, transfer_syntax_uid, storage_node_id, file_path,
             file_size, data_set_start, digest, frame_index, frame_count, kind, jsonb_set(attributes, '{{00080018,Value,0}}',
             to_jsonb(sop_instance_uid || '.' || number))
         FROM instances, generate_series(1, 8000) AS number WHERE sop_instance_uid = '{0}';
         INSERT INTO descriptions (instance_key, version, cells)
         SELECT new.instance_key, version, cells FROM descriptions JOIN instances USING (instance_key), instances AS new
         WHERE instances.sop_instance_uid = '{0}' AND new.sop_instance_uid LIKE '{0}.%';
         INSERT INTO descriptors (instance_key, seen_as, frame, version, small, gradient)
         SELECT new.instance_key, seen_as, frame, version, small, gradient
         FROM descriptors JOIN instances USING (instance_key), instances AS new
         WHERE instances.sop_instance_uid = '{0}' AND new.sop_instance_uid LIKE '{0}.%'",
        marked.instance()
    ));
    let (found, warning) = ask("limit=1");
    assert_eq!(found, Some(0));
    assert!(warning.as_deref().is_some_and(|words| words.contains("8000")), "{warning:?}");
}
