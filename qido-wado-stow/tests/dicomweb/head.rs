//! HEAD: what GET would say, and nothing of what it would send (RFC 9110 §9.3.2), read from the wire.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::object::{Object, RLE};
use crate::server::{Server, basic};

const OCTETS: &str = r#"multipart/related; type="application/octet-stream""#;

/// Everything that the server sends to HEAD and, by the same connection, GET of what there is not.
fn sent(server: &Server, path: &str, accept: &str) -> String {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let request = |method: &str, path: &str, connection: &str| {
        let (host, authorization) = (server.address, basic("clara"));
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nAccept: {accept}\r\n\
             Connection: {connection}\r\n\r\n"
        )
    };
    stream.write_all(request("HEAD", path, "keep-alive").as_bytes()).expect("send HEAD");
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the headers of the first answer");
        bytes.push(byte[0]);
    }
    stream.write_all(request("GET", "/dicom-web/nothing", "close").as_bytes()).expect("send GET");
    stream.read_to_end(&mut bytes).expect("both answers");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn says_the_length_of_get_or_none_and_sends_nothing() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1).with_frames(2), Object::new(1, 1, 2).with_frames(2).stored_as(RLE)];
    server.store(&objects.each_ref());
    let (native, rle) = (objects[0].path(), objects[1].path());
    let mut without_length = 0;
    for (path, accept) in [
        (objects[0].study_path() + "/metadata", "*/*"),
        (objects[0].study_path() + "/metadata", r#"multipart/related; type="application/dicom+xml""#),
        (native.clone() + "/metadata", "application/dicom+xml"),
        (objects[0].study_path(), "*/*"),
        (objects[0].study_path(), "application/zip"),
        (objects[0].study_path() + "/bulkdata", OCTETS),
        (native.clone(), "application/dicom; transfer-syntax=*"),
        (rle.clone(), "application/dicom"),
        (native.clone() + "/frames/1", "application/octet-stream"),
        (rle.clone() + "/frames/1,2", OCTETS),
        (native.clone() + "/rendered", "image/gif"),
        (native + "/rendered", "image/png"),
        ("/dicom-web/studies".into(), "*/*"),
    ] {
        let head = sent(&server, &path, accept);
        let (first, second) = head.split_once("\r\n\r\n").expect("the headers of the first answer");
        assert!(first.starts_with("HTTP/1.1 200"), "{path}: {first}");
        assert!(second.starts_with("HTTP/1.1 404"), "{path} has a body or breaks the connection off: {second}");
        let whole = server.get(&path, accept);
        assert_eq!((whole.status, whole.complete), (200, true), "{path}");
        let lines: Vec<String> = first.split("\r\n").map(str::to_ascii_lowercase).collect();
        match lines.iter().find_map(|line| line.strip_prefix("content-length: ")) {
            Some(length) => assert_eq!(length, whole.body.len().to_string(), "{path}"),
            None => {
                without_length += 1;
                assert!(lines.contains(&"transfer-encoding: chunked".to_owned()), "{path}: {first}");
            }
        }
    }
    assert!(without_length > 0, "some of these are answers of unknown length");
}
