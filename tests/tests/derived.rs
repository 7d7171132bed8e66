//! Objects that are made of volumes are valid, each against its IOD by dicom3tools' validator.

use std::path::PathBuf;

use e2e::Gateway;
use e2e::clients::dciodvfy;

/// Real series, of the folder that `PACS_TEST_DATA` names.
const SERIES: [&str; 4] = ["ct-chest-lidc-0001", "ct-phantom-tilt-p16", "mr-sag-HFDR", "mr-t1-studyforrest"];

fn folder() -> PathBuf {
    let named = std::env::var_os("PACS_TEST_DATA").map(PathBuf::from);
    named.unwrap_or_else(|| e2e::root().join("../shared/data")).join("volumes")
}

/// The objects of an answer: one, or a part for each.
fn objects(content_type: &str, body: &[u8]) -> Vec<Vec<u8>> {
    let Some(boundary) = content_type.split("boundary=").nth(1) else { return vec![body.to_vec()] };
    let delimiter = format!("--{boundary}");
    let places: Vec<usize> = memchr::memmem::find_iter(body, delimiter.as_bytes()).collect();
    let parts = places.windows(2).map(|pair| &body[pair[0] + delimiter.len() + 2..pair[1] - 2]);
    let content = parts.map(|part| part[memchr::memmem::find(part, b"\r\n\r\n").expect("part headers") + 4..].to_vec());
    content.collect()
}

#[test]
fn what_is_made_of_a_volume_is_valid() {
    let mut errors: Vec<String> = Vec::new();
    for name in SERIES {
        let Ok(entries) = std::fs::read_dir(folder().join(name)) else {
            eprintln!("not tested: there is no {name} in {} (PACS_TEST_DATA)", folder().display());
            continue;
        };
        let gateway = Gateway::start();
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths.truncate(96);
        let http = gateway.http();
        for some in paths.chunks(16) {
            let files: Vec<Vec<u8>> = some.iter().map(|path| std::fs::read(path).expect("a file")).collect();
            assert_eq!(http.stow(&files).status, 200);
        }
        let series = &http.get("/dicom-web/series", "application/dicom+json").json()[0];
        let uid = |tag: &str| series[tag]["Value"][0].as_str().expect("a UID").to_owned();
        let path = format!("/dicom-web/studies/{}/series/{}", uid("0020000D"), uid("0020000E"));
        let parts = r#"multipart/related; type="application/dicom""#;
        for (resource, accept) in [
            ("slice?normal=1,2,3&spacing=2", "application/dicom"),
            ("slice?orientation=a&spacing=2&slab=10&method=maximum", "application/dicom"),
            ("projection?orientation=l&spacing=2", "application/dicom"),
            ("reformat?orientation=l&count=3&step=5&spacing=2", parts),
            ("segmentation", "application/dicom"),
            ("segmentation?method=otsu&classes=4", "application/dicom"),
        ] {
            let answer = http.get(&format!("{path}/{resource}"), accept);
            assert_eq!(answer.status, 200, "{name} {resource}: {}", answer.text());
            let objects = objects(answer.header("content-type").expect("a type"), &answer.body);
            assert_eq!(objects.len(), if resource.contains("count=3") { 3 } else { 1 });
            for object in objects {
                let file = gateway.folder().join("made.dcm");
                std::fs::write(&file, object).expect("a file");
                let found = dciodvfy(&file).into_iter().map(|error| format!("{name} {resource}: {error}"));
                errors.extend(found);
            }
        }
    }
    assert!(errors.is_empty(), "{errors:#?}");
}
