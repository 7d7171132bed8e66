//! What is under way when the gateway is told to stop.

use std::io::{Read, Write};
use std::net::TcpStream;

use dicom_core::VR;
use dicom_dictionary_std::tags;
use e2e::{Fixture, Gateway, wait_until};

/// More than sockets hold: most of it is still to be sent when the gateway is told to stop.
const SIDE: u16 = 8192;

#[test]
fn a_download_under_way_comes_to_its_end() {
    let mut gateway = Gateway::start();
    let samples = usize::from(SIDE) * usize::from(SIDE);
    let picture = (0..samples).map(|at| (at % 251) as u8).collect();
    let fixture = Fixture::drawn([1, 1, 1], (SIDE, picture), &[]);
    assert_eq!(gateway.http().stow(std::slice::from_ref(&fixture.file)).status, 200);
    let token = gateway.command(&["token", "add", "admin", "download"]);

    let mut socket = TcpStream::connect(&gateway.http_address).expect("a connection");
    let accept = "application/dicom; transfer-syntax=*";
    let (path, token) = (fixture.path(), token.trim());
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: pacs\r\nAccept: {accept}\r\nAuthorization: Bearer {token}\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("a request");
    let mut answer = vec![0; 1 << 20];
    socket.read_exact(&mut answer).expect("the first of it");
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("headers") + 4;
    let headers = String::from_utf8_lossy(&answer[..head]).to_lowercase();
    assert!(headers.starts_with("http/1.1 200") && !headers.contains("chunked"), "{headers}");

    gateway.ask_to_stop();
    wait_until("nobody new is let in", || TcpStream::connect(&gateway.http_address).is_err());
    assert!(gateway.is_running(), "it waits for the download");
    let received = answer.len() - head;
    answer.drain(..head);
    answer.resize(fixture.file.len(), 0);
    socket.read_exact(&mut answer[received..]).expect("the rest of it");
    assert!(answer == fixture.file, "every byte came");
    drop(socket);
    assert!(gateway.ends_well());
}

#[test]
fn devices_are_looked_for_at_a_start_where_there_is_a_tomogram_and_hold_up_no_end() {
    let has_looked = |gateway: &Gateway| {
        let log = gateway.log();
        ["stays on the processor", "go to an OpenCL device", "device cannot be used"]
            .iter()
            .any(|word| log.contains(word))
    };
    let mut gateway = Gateway::start();
    let fixture = Fixture::with(1, 1, 1, 1, &[(tags::MODALITY, VR::CS, "CT")]);
    assert_eq!(gateway.http().stow(std::slice::from_ref(&fixture.file)).status, 200);
    assert!(gateway.stop() && !has_looked(&gateway), "nobody asked for a volume, and there was none at the start");
    gateway.start_again();
    assert!(gateway.stop(), "however far the search is");
    gateway.start_again();
    wait_until("devices were looked for", || has_looked(&gateway));
    assert!(gateway.stop());
}
