//! Multipart bodies as they come in the wild.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use qido_wado_stow::Settings;

use crate::object::Object;
use crate::server::{Server, basic};

const TYPE: &str = r#"multipart/related; type="application/dicom"; boundary=B"#;

fn body(pieces: &[&[u8]]) -> Vec<u8> {
    pieces.concat()
}

#[test]
fn takes_preamble_epilogue_padding_and_parts_without_type() {
    let server = Server::start();
    let (first, second) = (Object::new(1, 1, 1), Object::new(1, 1, 2));
    let posted = body(&[
        b"this is ignored\r\n--B \t\r\nContent-Length: 1\r\nX-Other: y\r\n\r\n",
        &first.file(),
        b"\r\n--B\r\ncontent-type: Application/DICOM; transfer-syntax=1.2.840.10008.1.2.1\r\n\r\n",
        &second.file(),
        b"\r\n--B--\r\nand so is this",
    ]);
    let answer = server.post(TYPE, &posted);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["00081199"]["Value"].as_array().map(Vec::len), Some(2));
}

#[test]
fn takes_unusual_boundaries_and_boundary_like_content() {
    let server = Server::start();
    let mut object = Object::new(1, 1, 1);
    object.frames[0][..20].copy_from_slice(b"\r\n--a'()+_,-./:=? z\r");
    let boundary = "a'()+_,-./:=?z";
    let posted = body(&[
        format!("--{boundary}\r\nContent-Type: application/dicom\r\n\r\n").as_bytes(),
        &object.file(),
        format!("\r\n--{boundary}--").as_bytes(),
    ]);
    let answer = server.post(&format!("MULTIPART/Related;Boundary=\"{boundary}\";TYPE=\"application/dicom\""), &posted);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(server.get(&object.path(), "application/dicom; transfer-syntax=*").body, object.file());
}

#[test]
fn refuses_a_request_without_parts() {
    let server = Server::start();
    for posted in [&b"--B--\r\n"[..], b"", b"no boundary here", b"--B\r\nContent-Type: application/dicom"] {
        assert_eq!(server.post(TYPE, posted).status, 400, "{:?}", String::from_utf8_lossy(posted));
    }
}

#[test]
fn refuses_parts_of_another_type() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    let text = b"--B\r\nContent-Type: text/plain\r\n\r\nhello\r\n";
    assert_eq!(server.post(TYPE, &body(&[text, b"--B--"])).status, 415);
    let answer = server.post(TYPE, &body(&[text, b"--B\r\nContent-Location: x\r\n\r\n", &object.file(), b"\r\n--B--"]));
    assert_eq!(answer.status, 202, "{}", answer.text());
}

#[test]
fn keeps_what_came_whole_before_a_body_breaks_off() {
    let server = Server::start();
    let (whole, half) = (Object::new(1, 1, 1), Object::new(1, 1, 2));
    let begin = b"--B\r\nContent-Type: application/dicom\r\n\r\n";
    let file = half.file();
    let posted = body(&[begin, &whole.file(), b"\r\n", begin, &file[..file.len() / 2]]);
    let answer = server.post(TYPE, &posted);
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(answer.header("warning").is_some_and(|words| words.contains("broken")), "{:?}", answer.header("warning"));
    assert_eq!(server.get(&whole.path(), "*/*").status, 200);
    assert_eq!(server.get(&half.path(), "*/*").status, 404);
    assert_eq!(server.post(TYPE, &body(&[begin, &file[..file.len() / 2]])).status, 400);
}

#[test]
fn does_not_wait_for_a_boundary_that_never_comes() {
    let server = Server::start();
    let begun = Instant::now();
    let answer = server.post(TYPE, &vec![0; 64 << 20]);
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn gives_up_a_body_that_stops_coming() {
    let server = Server::start_with(Settings { idle: Duration::from_millis(200), ..Settings::default() });
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    let head = format!(
        "POST /dicom-web/studies HTTP/1.1\r\nHost: h\r\nAuthorization: {}\r\nContent-Type: {TYPE}\r\nContent-Length: 1000\r\n\r\n--B\r\n",
        basic("clara")
    );
    stream.write_all(head.as_bytes()).expect("send the head");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[test]
fn finishes_many_parts_of_one_request() {
    let server = Server::start();
    let objects: Vec<Object> = (1..=50).map(|number| Object::new(1, 1, number)).collect();
    server.store(&objects.iter().collect::<Vec<_>>());
    let study = server.get("/dicom-web/studies", "*/*").json();
    assert_eq!(study[0]["00201208"]["Value"][0], 50);
}
