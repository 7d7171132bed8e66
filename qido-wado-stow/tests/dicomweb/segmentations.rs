//! Volumes in classes and in connected parts, and their histograms, over HTTP.

use serde_json::{Value, json};

use crate::phantom::{Phantom, field};
use crate::renderings::element;
use crate::server::Server;

/// Six slices, 3 mm apart.
const REGULAR: [f64; 6] = [0.0, 3.0, 6.0, 9.0, 12.0, 15.0];

fn store(server: &Server, files: &[Vec<u8>]) {
    let answer = server.post_files(files);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn a_segmentation_tells_its_cuts_and_what_each_class_takes() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &REGULAR);
    store(&server, &phantom.files());
    let path = format!("{}/segmentation?method=otsu&classes=2", phantom.path());
    let summary = server.get(&path, "*/*").json();
    let cut = summary["cuts"][0].as_f64().expect("a cut");
    let classes = summary["classes"].as_array().expect("classes");
    assert_eq!((classes.len(), &summary["size"]), (2, &serde_json::json!([12, 10, 6])));
    let all: f64 = classes.iter().filter_map(|class| class["millilitres"].as_f64()).sum();
    // 24 × 15 × 18 mm.
    assert!((all - 6.48).abs() < 1e-6, "{all}");
    let labels = server.get(&path, "application/octet-stream");
    assert_eq!((labels.body.len(), labels.header("x-rows")), (720, Some("10")));
    assert_eq!(labels.header("x-slice-positions").map(|places| places.split(' ').count()), Some(6));
    let first = field([-10.0, -20.0, 0.0]);
    assert_eq!(labels.body[0], u8::from(first >= cut));
    assert!(labels.body.contains(&0) && labels.body.contains(&1));
    for (query, name) in [("method=guess", "method"), ("classes=1", "classes")] {
        let refused = server.get(&format!("{}/segmentation?{query}", phantom.path()), "*/*");
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains(name));
    }
}

/// A phantom whose samples are those of `value` at each column, row and slice, in the stored unit.
fn filled(series: u32, value: impl Fn(usize, usize, usize) -> i16) -> (Phantom, Vec<Vec<u8>>) {
    let mut phantom = Phantom::axial(series, &REGULAR);
    let (columns, rows) = (usize::from(phantom.columns), usize::from(phantom.rows));
    for slice in 0..REGULAR.len() {
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
        let samples: Vec<u8> = places.flat_map(|(column, row)| value(column, row, slice).to_le_bytes()).collect();
        phantom.own[slice].push(element(0x7fe0, 0x10, "OW", samples));
    }
    let files = phantom.files();
    (phantom, files)
}

#[test]
fn a_histogram_counts_every_value() {
    let server = Server::start();
    // In Hounsfield units -24 to 95, six of each: stored values are 1024 more.
    let (phantom, files) = filled(1, |column, row, _| 1000 + (row * 12 + column) as i16);
    store(&server, &files);
    let of = |query: &str| server.get(&format!("{}/histogram{query}", phantom.path()), "*/*");
    let all = of("").json();
    assert_eq!((&all["least"], &all["width"], &all["total"]), (&json!(-24.5), &json!(1.0), &json!(720)));
    assert_eq!((&all["counts"], &all["padding"]), (&json!(vec![6; 120]), &json!(0)));
    let coarse = of("?bins=40").json();
    assert_eq!((&coarse["width"], &coarse["counts"]), (&json!(3.0), &json!(vec![18; 40])));
    let answer = of("");
    let again = [("If-None-Match", answer.header("etag").expect("an ETag"))];
    assert_eq!(server.send("GET", &format!("{}/histogram", phantom.path()), &again, b"").status, 304);
    for query in ["?bins=0", "?bins=65537", "?bins=x", "?match=NoSuch=1"] {
        assert_eq!(of(query).status, 400, "{query}");
    }
    assert_eq!(server.get(&format!("{}/histogram", phantom.path()), "image/png").status, 406);
}

#[test]
fn connected_parts_of_a_class_are_told_apart_and_measured() {
    let server = Server::start();
    // Two bars in air, of 4 × 2 × 6 and of 1 × 2 × 3 samples, and a corner that touches the first by an edge.
    let (phantom, files) = filled(1, |column, row, slice| match (column, row, slice) {
        (1..5, 2..4, _) | (5, 4, 5) | (9, 7..9, 0..3) => 3000,
        _ => 24,
    });
    store(&server, &files);
    let of = |query: &str, accept: &str| {
        server.get(&format!("{}/segmentation?method=otsu&classes=2&{query}", phantom.path()), accept)
    };
    // A sample is 2 × 1.5 × 3 mm.
    let millilitres = |samples: u32| f64::from(samples) * 9.0 / 1000.0;
    let told = |query: &str| of(query, "application/json").json()["components"].clone();
    let near = |value: &Value, expected: f64| value.as_f64().is_some_and(|value| (value - expected).abs() < 1e-9);
    let two = told("components=2");
    assert_eq!((&two["class"], &two["count"]), (&json!(1), &json!(2)));
    for (part, samples) in [(0, 49), (1, 6)] {
        let part = &two["largest"][part];
        assert_eq!(part["samples"], samples);
        assert!(near(&part["millilitres"], millilitres(samples)), "{part}");
    }
    let faces = told("components=100&connectivity=6");
    assert_eq!(
        (&faces["count"], &faces["largest"][0]["samples"], &faces["largest"][2]["samples"]),
        (&json!(3), &json!(48), &json!(1))
    );
    assert_eq!(told("components=largest&class=0")["largest"][0]["samples"], 720 - 49 - 6);
    let labels = of("components=largest", "application/octet-stream").body;
    assert_eq!((labels.iter().filter(|label| **label == 1).count(), labels.iter().max()), (49, Some(&1)));
    let both = of("components=2", "application/octet-stream").body;
    assert_eq!((both[2 * 12 + 1], both[7 * 12 + 9], both[0]), (1, 2, 0));
    let whole = of("", "application/json").json();
    assert_eq!(whole["components"], Value::Null, "none when none are asked for");
    let object = of("components=2", "application/dicom");
    assert_eq!(object.status, 200, "{}", object.text());
    let set = data_set::read(&object.body).expect("a Segmentation");
    let segments: Vec<String> = set
        .root()
        .items_of(data_set::tags::SEGMENT_SEQUENCE)
        .filter_map(|item| item.text(data_set::tags::SEGMENT_LABEL).map(|text| text.into_owned()))
        .collect();
    assert!(segments.len() == 2 && segments[1].ends_with("part 2"), "{segments:?}");
    for (query, word) in [
        ("components=0", "components"),
        ("components=101", "components"),
        ("components=all", "components"),
        ("components=1&class=2", "class 2"),
        ("components=1&class=6", "class"),
        ("components=1&connectivity=18", "connectivity"),
        ("class=1", "components"),
    ] {
        let refused = of(query, "*/*");
        assert_eq!(refused.status, 400, "{query}: {}", refused.text());
        assert!(refused.text().contains(word), "{query}: {}", refused.text());
    }
}

#[test]
fn padding_is_no_part_and_beside_none() {
    let server = Server::start();
    let (mut phantom, _) = filled(1, |_, _, _| 0);
    phantom.own.iter_mut().for_each(Vec::clear);
    for slice in 0..REGULAR.len() {
        let sample = |place: usize| {
            if place < 12 {
                -2000_i16
            } else if place < 60 {
                3000
            } else {
                24
            }
        };
        let samples: Vec<u8> = (0..120).flat_map(|place| sample(place).to_le_bytes()).collect();
        phantom.own[slice] =
            vec![element(0x7fe0, 0x10, "OW", samples), element(0x28, 0x120, "SS", (-2000_i16).to_le_bytes())];
    }
    store(&server, &phantom.files());
    let path = format!("{}/segmentation?method=otsu&classes=2&components=largest", phantom.path());
    let labels = server.get(&path, "application/octet-stream").body;
    assert_eq!((labels[0], labels[12], labels[60]), (255, 1, 0));
    let histogram = server.get(&format!("{}/histogram", phantom.path()), "*/*").json();
    assert_eq!((&histogram["padding"], &histogram["total"]), (&json!(72), &json!(648)));
}
