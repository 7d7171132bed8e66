//! The test data, every file of it, de-identified: no name, ID or UID of it is left, and the pixels are the same.

use archive::retrieve::Encoding;
use archive::{Arrival, DuplicatePolicy, Error};
use data_set::{DataSet, Item, Kind, VR, tags};

use super::{has, object, read};
use crate::fixture::*;
use crate::real_files::{data, files};

/// What names somebody or something in an object: values of Person Names, the patient's ID and birth date, UIDs of
/// instances, Accession Number, private texts.
fn names(item: Item<'_>, found: &mut Vec<Vec<u8>>) {
    for element in item.elements() {
        if element.kind == Kind::Sequence {
            item.items(element).for_each(|item| names(item, found));
            continue;
        }
        let Some(value) = item.bytes(element) else { continue };
        let is_name = element.vr == VR::PN
            || matches!(
                element.tag,
                tags::PATIENT_ID
                    | tags::PATIENT_BIRTH_DATE
                    | tags::ACCESSION_NUMBER
                    | tags::SOP_INSTANCE_UID
                    | tags::STUDY_INSTANCE_UID
                    | tags::SERIES_INSTANCE_UID
                    | tags::FRAME_OF_REFERENCE_UID
                    | tags::REFERENCED_SOP_INSTANCE_UID
                    | tags::INSTITUTION_ADDRESS
            );
        let words = value.split(|byte| matches!(byte, b'\\' | b'\0'));
        if is_name {
            // Short numbers may be anything else too.
            let tells = |word: &Vec<u8>| word.len() >= 9 || (word.len() >= 5 && !word.iter().all(u8::is_ascii_digit));
            found.extend(words.map(|word| word.trim_ascii().to_vec()).filter(tells));
        }
    }
}

/// The bytes of all that is not pixels.
fn header(file: &[u8], set: &DataSet) -> Vec<u8> {
    let pixels = set.root().get(tags::PIXEL_DATA).map(|element| element.value.clone());
    match pixels {
        Some(range) if !set.deflated => [&file[..range.start as usize], &file[range.end as usize..]].concat(),
        _ => file.to_vec(),
    }
}

fn pixels<'a>(file: &'a [u8], set: &DataSet) -> Option<&'a [u8]> {
    let range = set.root().get(tags::PIXEL_DATA)?.value.clone();
    file.get(range.start as usize..range.end as usize)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_who_somebody_is_is_left_in_any_real_file() {
    let Some(data) = data() else { return };
    let fixture = Fixture::with_policy(DuplicatePolicy::Replace).await;
    let mut paths = Vec::new();
    for folder in ["charsets", "encoding-edge", "modalities", "special", "transfer-syntaxes"] {
        files(&data.join(folder), &mut paths);
    }
    let (mut given, mut withheld) = (0, 0);
    for path in &paths {
        let bytes = std::fs::read(path).expect("a file");
        let outcome = store(&fixture.archive, Arrival::File { study: None }, &bytes, 300_000).await;
        if outcome.result.is_err() {
            continue;
        }
        let uid = outcome.sop_instance_uid.expect("its UIDs are known");
        let row = fixture.index.sql(&format!(
            "SELECT study_instance_uid || ' ' || series_instance_uid FROM instances JOIN series USING (series_key)
             JOIN studies USING (study_key) WHERE sop_instance_uid = '{uid}'"
        ));
        let (study, series) = row.trim().split_once(' ').expect("two UIDs");
        let uid_of = |text: &str| archive::Uid::new(text).expect("a UID");
        let scope = archive::Scope { study: uid_of(study), series: Some(uid_of(series)), instance: Some(uid_of(&uid)) };
        let stored = fixture.archive.instances(&actor(), &scope, "test").await.expect("stored");
        let instance = fixture.archive.deidentified(stored).await.expect("the databases").remove(0);
        let name = path.strip_prefix(&data).expect("within").display().to_string();
        match fixture.archive.can_give(&instance, Encoding::Stored).await {
            Ok(()) => {}
            Err(Error::NotAcceptable(_)) => {
                withheld += 1;
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        }
        let made = object(&fixture, &instance, Encoding::Stored).await;
        let (before, after) = (read(&bytes), read(&made));
        assert_eq!(after.transfer_syntax, before.transfer_syntax, "{name}");
        let mut secrets = Vec::new();
        names(before.root(), &mut secrets);
        let left = header(&made, &after);
        for secret in secrets.iter().filter(|secret| !secret.starts_with(b"1.2.840.10008.") && *secret != b"REMOVED") {
            assert!(!has(&left, secret), "{name}: {}", String::from_utf8_lossy(secret));
        }
        if !before.deflated {
            let (stored, given) = (pixels(&bytes, &before), pixels(&made, &after));
            assert!(stored.is_some() == given.is_some(), "{name}: no pixels");
            // What follows the last frame is none of the pixels.
            let frames = before.frames.native().map(|frames| (frames.end - frames.start) as usize);
            let cut = |pixels: Option<&[u8]>| pixels.map(|all| all[..frames.unwrap_or(all.len())].to_vec());
            assert!(cut(stored) == cut(given), "{name}: other pixels");
        }
        given += 1;
    }
    eprintln!("{given} given, {withheld} withheld");
    assert!(given > 20);
}
