//! Real series, of the folder that `PACS_TEST_DATA` names (`../shared/data` beside the repository otherwise): planes through
//! their own samples give back what was stored.

use std::path::PathBuf;

use serde_json::Value;

use crate::phantom::values;
use crate::server::Server;

const SERIES: [&str; 4] = ["ct-chest-lidc-0001", "ct-phantom-tilt-p16", "mr-sag-HFDR", "mr-t1-studyforrest"];

fn folder() -> PathBuf {
    let named = std::env::var_os("PACS_TEST_DATA").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")))
}

fn numbers(object: &Value, tag: &str) -> Vec<f64> {
    let values = object[tag]["Value"].as_array().unwrap_or_else(|| panic!("{tag} of {object}"));
    values.iter().filter_map(Value::as_f64).collect()
}

#[test]
fn planes_through_samples_are_the_slices_as_stored() {
    for name in SERIES {
        let folder = folder().join("volumes").join(name);
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("not tested: there is no folder {} (PACS_TEST_DATA names the one above)", folder.display());
            continue;
        };
        let server = Server::start();
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        // All of the smaller series; of a long one some in the middle.
        paths.truncate(96);
        for some in paths.chunks(16) {
            let files: Vec<Vec<u8>> = some.iter().map(|path| std::fs::read(path).expect("a file")).collect();
            let answer = server.post_files(&files);
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let series = &server.get("/dicom-web/series", "*/*").json()[0];
        let uid = |tag: &str| series[tag]["Value"][0].as_str().unwrap_or_default().to_owned();
        let path = format!("/dicom-web/studies/{}/series/{}", uid("0020000D"), uid("0020000E"));
        let metadata = server.get(&(path.clone() + "/metadata"), "*/*").json();
        let all = metadata.as_array().expect("a list");
        compare(&server, &path, &all[all.len() / 2], name);
    }
}

/// The plane of a slice against the slice.
fn compare(server: &Server, path: &str, slice: &Value, name: &str) {
    let (origin, cosines) = (numbers(slice, "00200032"), numbers(slice, "00200037"));
    let (spacing, rows, columns) =
        (numbers(slice, "00280030"), numbers(slice, "00280010")[0], numbers(slice, "00280011")[0]);
    let (across, down) = (&cosines[..3], &cosines[3..]);
    let middle = |axis: usize| {
        origin[axis] + across[axis] * spacing[1] * (columns - 1.0) / 2.0 + down[axis] * spacing[0] * (rows - 1.0) / 2.0
    };
    let normal = [
        across[1] * down[2] - across[2] * down[1],
        across[2] * down[0] - across[0] * down[2],
        across[0] * down[1] - across[1] * down[0],
    ];
    let list = |numbers: [f64; 3]| numbers.map(|number| format!("{number:.12}")).join(",");
    let query = format!(
        "slice?normal={}&up={}&center={}&spacing={},{}&size={columns},{rows}",
        list(normal),
        list([-down[0], -down[1], -down[2]]),
        list([middle(0), middle(1), middle(2)]),
        spacing[1],
        spacing[0],
    );
    let answer = server.get(&format!("{path}/{query}"), "*/*");
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    let sliced = values(&answer);
    let instance = slice["00080018"]["Value"][0].as_str().expect("a UID");
    let frame = server.get(&format!("{path}/instances/{instance}/frames/1"), "application/octet-stream").body;
    let rescale = |tag: &str, usual: f64| slice[tag]["Value"][0].as_f64().unwrap_or(usual);
    let (slope, intercept) = (rescale("00281053", 1.0), rescale("00281052", 0.0));
    let is_signed = slice["00280103"]["Value"][0] == 1;
    let stored: Vec<f64> = frame
        .chunks_exact(2)
        .map(|b| {
            if is_signed {
                i16::from_le_bytes([b[0], b[1]]).into()
            } else {
                f64::from(u16::from_le_bytes([b[0], b[1]]))
            }
        })
        .map(|number: f64| slope * number + intercept)
        .collect();
    assert_eq!(sliced.len(), stored.len(), "{name}");
    let far = sliced.iter().zip(&stored).filter(|((_, value), stored)| (value - *stored).abs() > 0.5).count();
    assert!(far * 1000 < stored.len(), "{name}: {far} of {} samples differ", stored.len());
}
