//! De-identified objects are as valid as those that they are made of, by the validator of dicom3tools.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use e2e::Gateway;
use e2e::clients::dciodvfy;

/// Real objects, of the folder that `PACS_TEST_DATA` names: some of a folder.
const FOLDERS: [(&str, usize); 18] = [
    ("volumes/ct-chest-lidc-0001", 1),
    ("volumes/ct-phantom-tilt-p16", 1),
    ("modalities/enhanced", 10),
    ("modalities/mg", 1),
    ("modalities/mrs", 2),
    ("modalities/palette", 4),
    ("modalities/parametric-map", 2),
    ("modalities/pet", 2),
    ("modalities/rt", 8),
    ("modalities/rwvm", 2),
    ("modalities/seg", 12),
    ("modalities/seg-labelmap", 2),
    ("modalities/us-multiframe", 4),
    ("modalities/wsi", 2),
    ("modalities/xa-multiframe", 4),
    ("radiographs/dicom", 4),
    ("transfer-syntaxes/explicit-be", 4),
    ("transfer-syntaxes/explicit-le", 4),
];

fn folder() -> PathBuf {
    let named = std::env::var_os("PACS_TEST_DATA").map(PathBuf::from);
    named.unwrap_or_else(|| e2e::root().join("../shared/data"))
}

fn files(folder: &Path, most: usize) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        eprintln!("not tested: there is no {} (PACS_TEST_DATA)", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.truncate(most);
    paths
}

/// What is wrong with an object.
fn errors(file: &Path) -> BTreeSet<String> {
    dciodvfy(file).into_iter().collect()
}

#[test]
fn de_identification_makes_no_object_less_valid() {
    let gateway = Gateway::start();
    let http = gateway.http();
    let (mut compared, mut withheld, mut new) = (0, 0, Vec::new());
    for (name, most) in FOLDERS {
        for path in files(&folder().join(name), most) {
            let stored = http.stow(&[std::fs::read(&path).expect("a file")]);
            if stored.status != 200 {
                continue;
            }
            let reference = &stored.json()["00081199"]["Value"][0];
            let url = reference["00081190"]["Value"][0].as_str().expect("a Retrieve URL").to_owned();
            let parts: Vec<&str> = url.split('/').rev().collect();
            let wado = format!(
                "/dicom-web/wado?requestType=WADO&studyUID={}&seriesUID={}&objectUID={}\
                 &contentType=application/dicom&anonymize=yes",
                parts[4], parts[2], parts[0]
            );
            let answer = http.get(&wado, "*/*");
            if answer.status == 406 && !name.starts_with("volumes/ct") {
                eprintln!("{}: {}", path.display(), answer.text());
                withheld += 1;
                continue;
            }
            assert_eq!(answer.status, 200, "{}: {}", path.display(), answer.text());
            let made = gateway.folder().join("made.dcm");
            std::fs::write(&made, &answer.body).expect("a file");
            let before = errors(&path);
            new.extend(errors(&made).difference(&before).map(|error| format!("{}: {error}", path.display())));
            compared += 1;
        }
    }
    eprintln!("{compared} compared, {withheld} withheld");
    assert!(new.is_empty(), "{new:#?}");
}
