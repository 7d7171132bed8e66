//! Renderings of whole Studies and Series, and of what is no picture: loops, videos, documents, reports, presentation states.

use crate::object::{EXPLICIT, HEVC, Object, RLE};
use crate::server::Server;

const BASIC_TEXT_SR: &str = "1.2.840.10008.5.1.4.1.1.88.11";
const ENCAPSULATED_PDF: &str = "1.2.840.10008.5.1.4.1.1.104.1";
const SPECTRUM: &str = "1.2.840.10008.5.1.4.1.1.4.2";
const GRAYSCALE_PRESENTATION_STATE: &str = "1.2.840.10008.5.1.4.1.1.11.1";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

pub fn element(group: u16, number: u16, vr: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    let mut value = value.as_ref().to_vec();
    if value.len() % 2 == 1 {
        value.push(if matches!(vr, "UI" | "OB") { 0 } else { b' ' });
    }
    let mut bytes = [group.to_le_bytes(), number.to_le_bytes()].concat();
    bytes.extend_from_slice(vr.as_bytes());
    if matches!(vr, "OB" | "OD" | "OF" | "OL" | "OW" | "SQ" | "UT") {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    } else {
        bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
    }
    bytes.extend_from_slice(&value);
    bytes
}

pub fn sequence(group: u16, number: u16, items: &[Vec<u8>]) -> Vec<u8> {
    let item = |item: &Vec<u8>| [b"\xfe\xff\0\xe0", &(item.len() as u32).to_le_bytes()[..], item].concat();
    element(group, number, "SQ", items.iter().flat_map(item).collect::<Vec<u8>>())
}

/// A file without pixels, in the place of `object`.
pub fn file(object: &Object, sop_class: &str, content: &[Vec<u8>]) -> Vec<u8> {
    let meta = [element(2, 2, "UI", sop_class), element(2, 3, "UI", &object.instance), element(2, 16, "UI", EXPLICIT)];
    let meta = meta.concat();
    let mut file = [&[0; 128][..], b"DICM", &element(2, 0, "UL", (meta.len() as u32).to_le_bytes()), &meta].concat();
    let head = [
        element(8, 0x16, "UI", sop_class),
        element(8, 0x18, "UI", &object.instance),
        element(8, 0x60, "CS", "OT"),
        element(0x10, 0x10, "PN", "Quaestor^Ada"),
        element(0x10, 0x20, "LO", "Q-7"),
        element(0x20, 0x0d, "UI", &object.study),
        element(0x20, 0x0e, "UI", &object.series),
    ];
    let mut elements: Vec<Vec<u8>> = head.into_iter().chain(content.iter().cloned()).collect();
    elements.sort_by_key(|element| [element[1], element[0], element[3], element[2]]);
    file.extend(elements.concat());
    file
}

pub fn store(server: &Server, file: Vec<u8>) {
    let answer = server.post_files(&[file]);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn code(meaning: &str) -> Vec<u8> {
    [element(8, 0x100, "SH", "121071"), element(8, 0x102, "SH", "DCM"), element(8, 0x104, "LO", meaning)].concat()
}

fn report(object: &Object) -> Vec<u8> {
    report_of(object, 1)
}

fn report_of(object: &Object, findings: usize) -> Vec<u8> {
    let finding = [
        element(0x40, 0xa010, "CS", "CONTAINS"),
        element(0x40, 0xa040, "CS", "TEXT"),
        sequence(0x40, 0xa043, &[code("Finding")]),
        element(0x40, 0xa160, "UT", "a <b>bold</b> shadow"),
    ];
    let content = [
        element(0x40, 0xa040, "CS", "CONTAINER"),
        sequence(0x40, 0xa043, &[code("Chest Report")]),
        sequence(0x40, 0xa730, &vec![finding.concat(); findings]),
    ];
    file(object, BASIC_TEXT_SR, &content)
}

pub fn pdf(object: &Object, document: &[u8]) -> Vec<u8> {
    let length = (document.len() as u32).to_le_bytes();
    let content = [element(0x42, 0x11, "OB", document), element(0x42, 0x12, "LO", "application/pdf")];
    file(object, ENCAPSULATED_PDF, &[content.concat(), element(0x42, 0x15, "UL", length)])
}

/// Refers to the images, with a window from 32 to 64, turned clockwise.
fn presentation_state(object: &Object, images: &[&Object]) -> Vec<u8> {
    let image = |image: &&Object| {
        [element(8, 0x1150, "UI", "1.2.840.10008.5.1.4.1.1.7"), element(8, 0x1155, "UI", &image.instance)].concat()
    };
    let series = [
        sequence(8, 0x1140, &images.iter().map(image).collect::<Vec<_>>()),
        element(0x20, 0x0e, "UI", &images[0].series),
    ];
    let window = [
        element(0x28, 0x1050, "DS", "48"),
        element(0x28, 0x1051, "DS", "32"),
        element(0x28, 0x1056, "CS", "LINEAR_EXACT"),
    ];
    let content = [
        sequence(8, 0x1115, &[series.concat()]),
        sequence(0x28, 0x3110, &[window.concat()]),
        element(0x70, 0x41, "CS", "N"),
        element(0x70, 0x42, "US", 90_u16.to_le_bytes()),
        element(0x2050, 0x20, "CS", "IDENTITY"),
    ];
    file(object, GRAYSCALE_PRESENTATION_STATE, &content)
}

#[test]
fn renders_every_instance_of_a_study_in_a_form_it_has() {
    let server = Server::start();
    let image = Object::new(1, 1, 1);
    let [text, document, spectrum] = [2, 3, 4].map(|series| Object::new(1, series, 1));
    server.store(&[&image, &Object::new(1, 1, 2)]);
    store(&server, report(&text));
    store(&server, pdf(&document, b"%PDF-1.7 odd"));
    let of = |path: String, accept: &str| server.get(&(path + "/rendered"), accept);
    let all = of(image.study_path(), "*/*");
    assert_eq!((all.status, all.header("warning")), (200, None), "{}", all.text());
    let types: Vec<String> = all.parts().iter().map(|(head, _)| content_type(head)).collect();
    assert_eq!(types, ["image/jpeg", "image/jpeg", "text/html; charset=utf-8", "application/pdf"]);
    assert_eq!(of(image.series_path(), "*/*").parts().len(), 2);
    assert!(all.parts()[1].0.contains("/instances/1.2.826.0.1.3680043.10.1999.7.1.1.2/rendered"));

    store(&server, file(&spectrum, SPECTRUM, &[]));
    let pictures = of(image.study_path(), r#"multipart/related; type="image/png""#);
    assert_eq!((pictures.status, pictures.parts().len()), (206, 2));
    assert!(pictures.header("warning").is_some_and(|words| words.contains("3 instances")));
    assert!(pictures.parts().iter().all(|(_, content)| content.starts_with(PNG)));
    assert_eq!(of(image.study_path(), "image/jpeg").status, 406);
    assert_eq!(of(text.series_path(), "text/plain").status, 200);
    assert_eq!(of(spectrum.path(), "*/*").status, 406);
}

fn content_type(head: &str) -> String {
    let line = head.lines().find_map(|line| line.strip_prefix("Content-Type: "));
    line.unwrap_or_default().to_owned()
}

#[test]
fn tells_in_its_place_what_is_broken() {
    let server = Server::start();
    let [good, mut broken, last] = [1, 2, 3].map(|number| Object::new(1, 1, number).stored_as(RLE));
    broken.syntax = "1.2.840.10008.1.2.4.90";
    server.store(&[&good, &broken, &last]);
    let answer = server.get(&(good.series_path() + "/rendered"), "*/*");
    let types: Vec<String> = answer.parts().iter().map(|(head, _)| content_type(head)).collect();
    assert_eq!(types, ["image/jpeg", "application/problem+json", "image/jpeg"]);
    assert_eq!(server.get(&(broken.path() + "/rendered"), "*/*").status, 406);
}

#[test]
fn plays_frames_as_an_animated_gif() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(5);
    server.store(&[&object]);
    let answer = server.get(&(object.path() + "/rendered"), "image/gif");
    assert_eq!((answer.status, answer.content_type()), (200, "image/gif"));
    assert!(answer.body.starts_with(b"GIF89a") && answer.body.ends_with(b";"));
    // Graphic control extensions: one a frame, ten frames a second when the object does not say.
    let delays: Vec<u16> = memchr::memmem::find_iter(&answer.body, b"\x21\xf9\x04")
        .map(|place| u16::from_le_bytes([answer.body[place + 4], answer.body[place + 5]]))
        .collect();
    assert_eq!(delays, [10; 5]);
    let still = server.get(&(object.path() + "/frames/2/rendered"), "image/gif");
    assert_eq!(memchr::memmem::find_iter(&still.body, b"\x21\xf9\x04").count(), 1);
    assert_eq!(server.get(&(object.path() + "/rendered"), "image/png").status, 200);
}

#[test]
fn passes_video_through_as_it_is_stored() {
    let server = Server::start();
    let video = Object::new(1, 1, 1).stored_as(HEVC);
    server.store(&[&video]);
    let path = video.path() + "/rendered";
    for accept in ["*/*", "video/*", "video/h265"] {
        let answer = server.get(&path, accept);
        assert_eq!((answer.status, answer.content_type()), (200, "video/H265"), "{accept}");
        assert_eq!((answer.header("content-length"), &answer.body), (Some("64"), &video.stored_frame(1)));
    }
    assert_eq!(server.get(&path, "image/jpeg").status, 406);
    assert_eq!(server.get(&path, "video/mpeg").status, 406);
}

#[test]
fn gives_documents_as_the_files_they_were() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let document = b"%PDF-1.7 of odd length.";
    store(&server, pdf(&object, document));
    for accept in ["application/pdf", "*/*"] {
        let answer = server.get(&(object.path() + "/rendered"), accept);
        assert_eq!((answer.status, answer.content_type()), (200, "application/pdf"));
        assert_eq!(answer.body, document);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(server.get(&(object.path() + "/rendered"), "text/html").status, 406);
}

#[test]
fn gives_reports_as_pages_and_as_text() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    store(&server, report(&object));
    let page = server.get(&(object.path() + "/rendered"), "*/*");
    assert_eq!((page.status, page.content_type()), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("<h1>Chest Report") && page.text().contains("a &lt;b&gt;bold&lt;/b&gt; shadow"));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")));
    let plain = server.get(&(object.path() + "/rendered"), "text/plain");
    let model = server.get(&(object.path() + "/rendered"), "text/xml");
    assert_eq!((model.status, model.content_type()), (200, "text/xml; charset=utf-8"), "{}", model.text());
    assert!(model.text().contains("<NativeDicomModel") && model.text().contains("a &lt;b&gt;bold&lt;/b&gt; shadow"));
    assert!(model.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox")));
    assert!(plain.text().starts_with("Chest Report\n") && plain.text().contains("Finding: a <b>bold</b> shadow\n"));
}

#[test]
fn a_report_of_too_many_elements_is_not_shown_and_says_so() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    // Nine elements and Items each.
    store(&server, report_of(&object, 12_000));
    for media_type in ["*/*", "text/plain", "text/xml"] {
        let refused = server.get(&(object.path() + "/rendered"), media_type);
        assert_eq!(refused.status, 406, "{media_type}");
        assert!(refused.text().contains("too many to be shown"), "{}", refused.text());
    }
    assert_eq!(server.get(&(object.path() + "/metadata"), "application/dicom+json").status, 200);
}

#[test]
fn shows_images_as_a_presentation_state_says() {
    let server = Server::start();
    let images = [1, 2].map(|number| Object::new(1, 1, number));
    let state = Object::new(1, 2, 1);
    server.store(&[&images[0], &images[1]]);
    store(&server, presentation_state(&state, &[&images[0], &images[1]]));
    let path = state.path() + "/rendered";
    let parts = server.get(&path, r#"multipart/related; type="image/png""#);
    assert_eq!((parts.status, parts.parts().len()), (200, 2), "{}", parts.text());
    let one = server.get(&path, "image/png");
    assert_eq!(one.status, 200);
    assert!(one.body == parts.parts()[0].1);
    let plain = server.get(&(images[0].path() + "/rendered"), "image/png");
    assert!(one.body != plain.body);

    let lost = Object::new(1, 2, 2);
    store(&server, presentation_state(&lost, &[&Object::new(1, 1, 9)]));
    assert_eq!(server.get(&(lost.path() + "/rendered"), "*/*").status, 406);
}

#[test]
fn what_has_no_picture_has_an_icon_at_every_level() {
    let server = Server::start();
    let [text, spectrum] = [(1, 1), (2, 1)].map(|(study, series)| Object::new(study, series, 1));
    store(&server, report(&text));
    store(&server, file(&spectrum, SPECTRUM, &[]));
    let of = |path: String| server.get(&(path + "/thumbnail?viewport=64,64"), "image/png");
    let icon = of(text.path());
    assert_eq!(icon.status, 200, "{}", icon.text());
    assert!(icon.body.starts_with(PNG));
    assert!(of(text.study_path()).body == icon.body && of(text.series_path()).body == icon.body);
    assert!(of(spectrum.path()).status == 200 && of(spectrum.path()).body != icon.body);
    let video = Object::new(3, 1, 1).stored_as(HEVC);
    server.store(&[&video]);
    assert!(of(video.path() + "/frames/1").body.starts_with(PNG));
}

#[test]
fn holds_an_icc_profile_when_asked() {
    let server = Server::start();
    let object = Object::new(1, 1, 1).with_frames(2);
    server.store(&[&object]);
    let of = |query: &str, accept: &str| server.get(&format!("{}/rendered?{query}", object.path()), accept);
    let has = |query: &str| {
        let body = of(query, "image/png").body;
        assert!(body.starts_with(PNG), "{query}");
        memchr::memmem::find(&body, b"iCCP").is_some()
    };
    assert!(!has("") && !has("iccprofile=no"));
    for value in ["yes", "srgb", "adobergb", "rommrgb", "displayp3"] {
        assert!(has(&format!("iccprofile={value}")), "{value}");
        let jpeg = of(&format!("iccprofile={value}"), "image/jpeg").body;
        assert!(memchr::memmem::find(&jpeg, b"ICC_PROFILE\0\x01\x01").is_some());
    }
    assert_eq!(of("iccprofile=cmyk", "image/png").status, 400);
    assert_eq!(of("iccprofile=yes", "image/gif").status, 400);
}
