//! Many who ask for views at once: what is too much is refused, and who hangs up is not worked for.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::phantom::Phantom;
use crate::server::{Server, basic};

/// More than may wait: as many as there are processors are worked on, and 64 wait.
fn crowd() -> usize {
    64 + 2 * std::thread::available_parallelism().map_or(2, usize::from) + 20
}

/// Asks for something, and does not wait for the answer.
fn ask(server: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: image/png\r\nAuthorization: {}\r\n\r\n",
        server.address,
        basic("clara")
    );
    stream.write_all(head.as_bytes()).expect("the request is sent");
    stream.set_nonblocking(true).expect("a socket");
    stream
}

/// What has come of an answer.
fn heard(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 4096];
    match stream.read(&mut bytes) {
        Ok(count) => String::from_utf8_lossy(&bytes[..count]).into_owned(),
        Err(error) if error.kind() == ErrorKind::WouldBlock => String::new(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn who_finds_the_queue_full_is_refused_and_those_who_hang_up_make_room() {
    let server = Server::start();
    let phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0]);
    assert_eq!(server.post_files(&phantom.files()).status, 200);
    let path = |side: u32| format!("{}/rendered3d?orientation=a&viewport={side},{side}", phantom.path());
    // The volume is there, and it is known how long a large picture takes.
    assert_eq!(server.get(&path(64), "image/png").status, 200);
    let begun = Instant::now();
    assert_eq!(server.get(&path(2500), "image/png").status, 200);
    let each = begun.elapsed();
    let mut crowd: Vec<TcpStream> = (0..crowd()).map(|_| ask(&server, &path(2500))).collect();
    let begun = Instant::now();
    let mut answers = vec![String::new(); crowd.len()];
    let is_refused = |answer: &String| answer.starts_with("HTTP/1.1 503") && answer.contains("volumes");
    while !answers.iter().any(is_refused) {
        crowd.iter_mut().zip(&mut answers).for_each(|(stream, answer)| answer.push_str(&heard(stream)));
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody is refused with the reason");
        std::thread::yield_now();
    }
    // All hang up: what they wanted would take as long as 60 pictures.
    drop(crowd);
    let begun = Instant::now();
    loop {
        match server.get(&path(64), "image/png").status {
            200 => break,
            503 => assert!(begun.elapsed() < Duration::from_secs(300), "the queue stays full"),
            status => panic!("{status}"),
        }
    }
    let waited = begun.elapsed();
    assert!(waited < each * 20 + Duration::from_secs(2), "{waited:?}, where a picture takes {each:?}");
}
