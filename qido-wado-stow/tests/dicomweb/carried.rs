//! Stored files go from the page cache into the socket: what is around them is in its place, however a client reads.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::client::Answer;
use crate::object::Object;
use crate::server::{Server, basic};

const SINGLE: &str = "application/dicom; transfer-syntax=*";
const MULTIPART: &str = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";

/// Bytes of which none looks like the one before.
fn noise(number: u32, length: u32) -> Vec<u8> {
    (0..length).map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(number) >> 13) as u8).collect()
}

/// An object with Data Set Trailing Padding (PS3.5 §7.2) of so many bytes.
fn padded(number: u32, length: u32) -> (Object, Vec<u8>) {
    let object = Object::new(1, 1, number);
    let mut file = object.file();
    file.extend_from_slice(b"\xfc\xff\xfc\xffOB\0\0");
    file.extend_from_slice(&length.to_le_bytes());
    file.extend(noise(number, length));
    (object, file)
}

/// A connection of a clinician that stays open.
struct Kept {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Kept {
    fn new(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        Self { stream, read: Vec::new() }
    }

    fn ask(&mut self, method: &str, path: &str, accept: &str) {
        let user = basic("clara");
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: pacs\r\nAuthorization: {user}\r\nAccept: {accept}\r\n\r\n");
        self.stream.write_all(head.as_bytes()).expect("a request");
    }

    /// Reads until there are so many bytes, and takes them.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let mut piece = [0; 10_000];
        while self.read.len() < length {
            let count = self.stream.read(&mut piece).expect("more");
            assert!(count > 0, "the connection ends after {} of {length} bytes", self.read.len());
            self.read.extend_from_slice(&piece[..count]);
        }
        self.read.drain(..length).collect()
    }

    /// The head of the next answer, in lower case.
    fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.take(1));
        }
        String::from_utf8(head).expect("text").to_ascii_lowercase()
    }

    /// The body of the next answer, by its Content-Length.
    fn body(&mut self) -> Vec<u8> {
        let head = self.head();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        self.take(length.parse().expect("a number"))
    }
}

/// The only file of the storage node.
fn stored_file(folder: &Path) -> PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            match entry.extension() {
                Some(extension) if extension == "dcm" => return entry,
                _ if entry.is_dir() => folders.push(entry),
                _ => {}
            }
        }
    }
    panic!("there is no file");
}

#[test]
fn answers_follow_one_another_on_one_connection() {
    let server = Server::start();
    let (object, file) = padded(1, 5 << 20);
    let (_, other_file) = padded(2, 100_000);
    assert_eq!(server.post_files(&[file.clone(), other_file.clone()]).status, 200);
    let mut kept = Kept::new(&server);
    kept.ask("HEAD", &object.path(), SINGLE);
    assert!(kept.head().contains(&format!("content-length: {}\r\n", file.len())), "HEAD tells the length");
    // Asked for before the first is answered, as pipelines do.
    kept.ask("GET", &object.path(), SINGLE);
    kept.ask("GET", &object.series_path(), MULTIPART);
    kept.ask("GET", "/dicom-web/studies", "application/dicom+json");
    assert!(kept.body() == file);
    let series = kept.body();
    let place = |bytes: &[u8]| memchr::memmem::find(&series, bytes).expect("a part");
    assert!(place(&file) < place(&other_file) && series.ends_with(b"--\r\n"));
    assert!(kept.head().starts_with("http/1.1 200"));
    assert_eq!(kept.take(2), b"[{", "a list of Studies");
}

#[test]
fn parts_of_many_sizes_are_whole() {
    let server = Server::start();
    let files: Vec<_> =
        [0, 2, 262_144, 1 << 20, (2 << 20) + 4, 40].iter().zip(1..).map(|(n, k)| padded(k, *n)).collect();
    let sent: Vec<Vec<u8>> = files.iter().map(|(_, file)| file.clone()).collect();
    assert_eq!(server.post_files(&sent).status, 200);
    let answer = server.get(&files[0].0.study_path(), MULTIPART);
    assert!(answer.complete && answer.parts().into_iter().map(|(_, content)| content).collect::<Vec<_>>() == sent);
    let range = server.send("GET", &files[4].0.path(), &[("Accept", SINGLE), ("Range", "bytes=1048570-2097200")], b"");
    assert_eq!((range.status, range.complete), (206, true));
    assert!(range.body == sent[4][1_048_570..=2_097_200]);
}

#[test]
fn frames_are_sent_from_where_they_lie() {
    let server = Server::start();
    let frames: Vec<Vec<u8>> = (1..=3).map(|number| noise(number, 300_000 + 2 * number)).collect();
    let object = Object { frames: frames.clone(), ..Object::new(1, 1, 1).stored_as(JPEG_LS) };
    assert_eq!(server.post_files(&[object.file()]).status, 200);
    let (single, multipart) = ("image/jls", "multipart/related; type=\"image/jls\"");
    let path = |number: &str| format!("{}/frames/{number}", object.path());
    for (number, frame) in ["1", "2", "3"].into_iter().zip(&frames) {
        assert!(server.get(&path(number), single).body == *frame, "{number}");
        let answer = server.get(&path(number), multipart);
        assert!(answer.complete && answer.body.ends_with(b"--\r\n"), "{number}");
        let [(head, content)] = &answer.parts()[..] else { panic!("one part") };
        assert!(content == frame && head.contains(&format!("frames/{number}")), "{number}: {head}");
    }
    let range = server.send("GET", &path("2"), &[("Accept", single), ("Range", "bytes=5-200000")], b"");
    assert!(range.status == 206 && range.complete && range.body == frames[1][5..=200_000]);
    let parts: Vec<Vec<u8>> = server.get(&path("3,1"), multipart).parts().into_iter().map(|part| part.1).collect();
    assert!(parts == [frames[2].clone(), frames[0].clone()]);
    let mut kept = Kept::new(&server);
    kept.ask("GET", &path("1"), single);
    kept.ask("GET", &path("2"), single);
    assert!(kept.body() == frames[0] && kept.body() == frames[1]);
}

#[test]
fn who_reads_slowly_keeps_no_one_waiting() {
    let server = Server::start();
    let (object, file) = padded(1, 30 << 20);
    let (other, other_file) = padded(2, 1000);
    assert_eq!(server.post_files(&[file.clone(), other_file.clone()]).status, 200);
    let mut slow = Kept::new(&server);
    slow.ask("GET", &object.path(), SINGLE);
    assert!(slow.head().starts_with("http/1.1 200"));
    // Far more is on its way than all buffers between hold: while nothing is read, the answer waits.
    for _ in 0..5 {
        slow.take(100_000);
        assert!(server.get(&other.path(), SINGLE).body == other_file);
    }
    let rest = slow.take(file.len() - 500_000);
    assert!(rest == file[500_000..]);
    // One who leaves instead.
    let mut gone = Kept::new(&server);
    gone.ask("GET", &object.path(), SINGLE);
    gone.take(1000);
    drop(gone);
    assert!(server.get(&other.path(), SINGLE).body == other_file);
}

#[test]
fn a_file_that_lost_its_end_breaks_off() {
    let server = Server::start();
    let (object, file) = padded(1, 3 << 20);
    assert_eq!(server.post_files(std::slice::from_ref(&file)).status, 200);
    let path = stored_file(&server.node);
    let shortened = std::fs::OpenOptions::new().write(true).open(path).expect("the file");
    shortened.set_len(file.len() as u64 - 700_000).expect("a shorter file");
    for accept in [SINGLE, MULTIPART] {
        let answer: Answer = server.get(&object.path(), accept);
        assert!(!answer.complete, "{accept}: half an object must not look like a whole one");
    }
}

#[test]
fn urls_name_the_port_that_was_reached() {
    let server = Server::start();
    server.store(&[&Object::new(1, 1, 1)]);
    let mut stream = TcpStream::connect(server.address).expect("the server listens");
    let user = basic("clara");
    write!(stream, "GET /dicom-web/studies HTTP/1.0\r\nAuthorization: {user}\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.contains(&format!("http://{}/dicom-web/studies/", server.address)), "{answer}");
}
