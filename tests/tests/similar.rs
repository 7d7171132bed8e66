//! Similar images, as people ask for them: the page in a real browser, with mouse and keyboard, wide and narrow.

use std::process::Command;
use std::time::{Duration, Instant};

use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};
use e2e::clients::run;
use e2e::{Fixture, Gateway};

const SIDE: u16 = 128;

/// A hand as a radiogram might show it: fingers at places that `spread` tells, bright on dark.
fn hand(spread: f64) -> Vec<u8> {
    let bone = |x: f64, y: f64, from: [f64; 2], to: [f64; 2], width: f64| {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let along = (((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let away = (x - from[0] - along * dx).hypot(y - from[1] - along * dy);
        (-(away / width).powi(4)).exp()
    };
    let tone = |place: usize| {
        let (x, y) = ((place % usize::from(SIDE)) as f64, (place / usize::from(SIDE)) as f64);
        let finger = |number: usize| {
            let tip = 64.0 + (number as f64 - 1.5) * spread;
            bone(
                x,
                y,
                [64.0 + (number as f64 - 1.5) * 11.0, 74.0],
                [tip, 18.0 + (number as f64 - 1.4).abs() * 6.0],
                4.5,
            )
        };
        let palm = bone(x, y, [64.0, 80.0], [64.0, 96.0], 24.0);
        let thumb = bone(x, y, [84.0, 92.0], [110.0, 64.0 - spread], 5.0);
        let arm = bone(x, y, [64.0, 110.0], [64.0, 140.0], 15.0);
        let bones: f64 = (0..4).map(finger).sum::<f64>() + thumb;
        (20.0 + 70.0 * (palm.max(arm)) + 140.0 * bones.min(1.0)).min(250.0) as u8
    };
    (0..usize::from(SIDE) * usize::from(SIDE)).map(tone).collect()
}

/// A stored image of a hand or a foot.
fn image(study: u32, spread: f64, part: &str) -> Fixture {
    image_with(study, spread, part, &[])
}

fn image_with(study: u32, spread: f64, part: &str, more: &[(Tag, VR, &str)]) -> Fixture {
    let own = [
        (tags::MODALITY, VR::CS, "CR"),
        (tags::BODY_PART_EXAMINED, VR::CS, part),
        (tags::IMAGE_LATERALITY, VR::CS, "L"),
    ];
    Fixture::drawn([study, 1, 1], (SIDE, hand(spread)), &[&own[..], more].concat())
}

/// Stores images and waits until all of them can be found.
fn store(gateway: &Gateway, images: &[&Fixture]) {
    let http = gateway.http();
    let answer = http.stow(&images.iter().map(|image| image.file.clone()).collect::<Vec<_>>());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let begun = Instant::now();
    while http.get("/dicom-web/descriptors", "application/json").json()["waiting"] != 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the images are not described");
        std::thread::yield_now();
    }
}

#[test]
fn a_doctor_finds_similar_hands_in_a_browser() {
    let root = e2e::root();
    assert!(root.join(".tools/browser").exists(), "run tools/test-tools.sh");
    let viewer = root.join(".viewer");
    let mut settings = vec!["similar.kinds=tomogram other".to_owned()];
    if viewer.exists() {
        settings.push(format!("viewer.folder={}", viewer.display()));
    } else {
        eprintln!("the viewer is not there (make viewer fetches it): nothing is opened in it");
    }
    let gateway = Gateway::start_with(&settings.iter().map(String::as_str).collect::<Vec<_>>());
    let (one, again) = (image(1, 18.0, "HAND"), image(2, 18.0, "HAND"));
    let others: Vec<Fixture> = (3..9).map(|study| image(study, 5.0 + 2.0 * f64::from(study), "HAND")).collect();
    store(&gateway, &[&one, &again]);
    store(&gateway, &others.iter().collect::<Vec<_>>());
    let png = gateway.http().get(&format!("{}/rendered", one.path()), "image/png");
    let file = gateway.folder().join("hand.png");
    std::fs::write(&file, &png.body).expect("a file");
    let out = root.join("target/similar");
    let said = run(Command::new("node")
        .current_dir(&root)
        .arg("tests/clients/similar.mjs")
        .args([&format!("http://{}", gateway.http_address), &gateway.password, &one.instance, &again.instance])
        .args([&file, &out])
        .args(viewer.exists().then_some("viewer")));
    eprintln!("{said}\nscreenshots are in {}", out.display());
}

#[test]
fn a_researcher_finds_similar_hands_in_a_browser() {
    let root = e2e::root();
    assert!(root.join(".tools/browser").exists(), "run tools/test-tools.sh");
    let gateway = Gateway::start();
    let added = gateway.try_command(&["user", "add", "curie", "--role", "researcher"], "polonium and radium\n");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let radiogram = |study, spread| {
        let class = (tags::SOP_CLASS_UID, VR::UI, uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE);
        image_with(study, spread, "HAND", &[class])
    };
    let images = [(1, 18.0), (2, 18.0), (3, 9.0), (4, 12.0)].map(|(study, spread)| radiogram(study, spread));
    store(&gateway, &images.each_ref());
    let png = gateway.http().get(&format!("{}/rendered", images[0].path()), "image/png");
    let file = gateway.folder().join("hand.png");
    std::fs::write(&file, &png.body).expect("a file");
    let out = root.join("target/similar_researcher");
    let said = run(Command::new("node")
        .current_dir(&root)
        .arg("tests/clients/similar_researcher.mjs")
        .args([&format!("http://{}", gateway.http_address), "curie", "polonium and radium"])
        .args([&file, &out]));
    eprintln!("{said}\nscreenshots are in {}", out.display());
    let refusals = gateway.command(&["audit", "--actor", "curie"]);
    assert!(!refusals.contains("identified data refused"), "{refusals}");
}

#[test]
fn an_operator_sees_how_far_the_descriptors_are_and_has_them_made_anew() {
    let gateway = Gateway::start_with(&["similar.kinds=other"]);
    let images: Vec<Fixture> = (1..=3).map(|study| image(study, 4.0 * f64::from(study), "HAND")).collect();
    store(&gateway, &images.iter().collect::<Vec<_>>());
    let line = |said: &str, word: &str| {
        let found = said.lines().find(|line| line.starts_with(word)).map(str::to_owned);
        found.unwrap_or_else(|| panic!("no {word} in {said}"))
    };
    let said = gateway.command(&["descriptors"]);
    assert!(line(&said, "described").contains("3 images, 3 pictures"), "{said}");
    let found = || {
        let answer = gateway.http().get(&format!("{}/similar", images[0].path()), "application/json").json();
        answer["matches"].as_array().map(Vec::len)
    };
    assert_eq!(found(), Some(2));
    // Waits until all are described again, and tells of it.
    let said = gateway.command(&["descriptors", "rebuild"]);
    assert!(said.contains("3 series wait to be described."), "{said}");
    assert!(line(&said, "described").contains("3 images, 3 pictures"), "{said}");
    assert!(line(&said, "waiting").ends_with(" 0"), "{said}");
    assert_eq!(found(), Some(2));
    let said = gateway.command(&["descriptors", "rebuild", "--queue"]);
    assert!(said.contains("3 series wait to be described."), "{said}");
    assert_eq!(found(), Some(2), "images are found as they were meanwhile");
    assert!(gateway.command(&["audit", "--action", "administer"]).contains("rebuild descriptors"));
    // What cannot be described is counted, with the reason, and the exit status says so.
    let mut broken = Fixture::drawn([9, 1, 1], (SIDE, vec![7; 2 * usize::from(SIDE) * usize::from(SIDE)]), &[]);
    let samples_per_pixel = b"\x28\0\x02\0US\x02\0";
    let place = broken.file.windows(8).position(|bytes| bytes == samples_per_pixel).expect("Samples per Pixel");
    broken.file[place + 8] = 2;
    let answer = gateway.http().stow(&[broken.file]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let begun = Instant::now();
    loop {
        let output = gateway.try_command(&["descriptors"], "");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.code() == Some(1) {
            assert!(line(&said, "failed").ends_with(" 1") && said.contains("1 × "), "{said}");
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{said}");
    }
}

#[test]
fn what_is_deleted_is_found_no_more() {
    let gateway = Gateway::start_with(&["similar.kinds=other"]);
    let (one, again) = (image(1, 18.0, "HAND"), image(2, 18.0, "HAND"));
    store(&gateway, &[&one, &again]);
    let http = gateway.http();
    let found = || {
        let answer = http.get(&format!("{}/similar?score=0.999", one.path()), "application/json");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["matches"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(found(), 1, "the example itself is left out");
    assert_eq!(http.delete(&again.path()).status, 204);
    assert_eq!(found(), 0);
}
