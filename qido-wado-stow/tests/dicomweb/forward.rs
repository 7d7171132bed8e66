//! Forwarding to web servers that do not take what they are sent, or break off.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::rt;
use archive::forward::ForwardingRule;
use qido_wado_stow::{Outgoing, WebClient, forward};
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::object::Object;
use crate::server::Server;

/// Status, media type and body of an answer; none: the connection is cut.
type Reply = Option<(u16, &'static str, String)>;

/// Another web server: it knows objects by their numbers, and remembers those of each request.
struct Other {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u32>>>>,
}

impl Other {
    fn start(reply: impl Fn(&[u32]) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let other = Self { address: listener.local_addr().expect("an address"), requests: Arc::default() };
        let requests = Arc::clone(&other.requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let body = request(&mut stream);
                let numbers: Vec<u32> = (1..=9).filter(|number| holds(&body, &object(*number).instance)).collect();
                requests.lock().expect("no test has failed").push(numbers.clone());
                if let Some((status, media_type, body)) = reply(&numbers) {
                    let head = format!("HTTP/1.1 {status} Said\r\nContent-Type: {media_type}\r\nConnection: close\r\n");
                    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
                }
            }
        });
        other
    }

    fn requests(&self) -> Vec<Vec<u32>> {
        self.requests.lock().expect("no test has failed").clone()
    }
}

/// The body of a request; as much of it as comes.
fn request(stream: &mut TcpStream) -> Vec<u8> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 65536]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if bytes.len() >= end + 4 + length.expect("a length") {
                return bytes.split_off(end + 4);
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return bytes,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

fn holds(body: &[u8], uid: &str) -> bool {
    body.windows(uid.len()).any(|window| window == uid.as_bytes())
}

fn object(number: u32) -> Object {
    Object::new(1, 1, number)
}

/// All of them are stored.
fn stored(numbers: &[u32]) -> Reply {
    let item = |number: &u32| json!({ "00081155": { "vr": "UI", "Value": [object(*number).instance] } });
    let items: Vec<_> = numbers.iter().map(item).collect();
    Some((200, "application/dicom+json", json!({ "00081199": { "vr": "SQ", "Value": items } }).to_string()))
}

fn refused(status: u16) -> Reply {
    Some((status, "text/html", "no".to_owned()))
}

/// A gateway with one job for each of these lists of objects; it does them in this order.
async fn gateway(other: &Other, jobs: &[&[u32]]) -> Server {
    let server = Server::start();
    let rule = ForwardingRule {
        name: "copy".into(),
        source: None,
        modality: None,
        sop_class: None,
        attributes: Vec::new(),
        destination: format!("http://{}/dicom-web", other.address).parse().expect("a destination"),
        transfer_syntax: None,
        deidentified: false,
    };
    server.archive.add_forwarding_rule("test", &rule, None).await.expect("a rule");
    let objects: Vec<Object> = jobs.concat().into_iter().map(object).collect();
    for one in &objects {
        server.store(&[one]);
    }
    let ids = server.sql("SELECT job_id FROM jobs WHERE kind = 'forward' ORDER BY due_at, job_id");
    let mut ids = ids.lines();
    for numbers in jobs {
        let uids: Vec<String> = numbers.iter().map(|number| object(*number).instance).collect();
        let id = ids.next().expect("a job for each object");
        server.sql(&format!(
            "UPDATE jobs SET work = jsonb_set(work, '{{instances}}', '{}') WHERE job_id = {id}",
            json!(uids)
        ));
    }
    for id in ids {
        server.sql(&format!("DELETE FROM jobs WHERE job_id = {id}"));
    }
    server
}

fn start(server: &Server) -> DropGuard {
    let shutdown = CancellationToken::new();
    let client = WebClient::new(Outgoing::default()).expect("TLS");
    rt::spawn(forward(server.archive.clone(), client, shutdown.clone()));
    shutdown.drop_guard()
}

/// Waits for this state of the jobs: of each the number of instances, whether it failed, and whether it cannot be reached.
async fn jobs_are(server: &Server, expected: &str) {
    let statement = "SELECT coalesce(string_agg(concat_ws(' ', jsonb_array_length(work->'instances'), failures > 0,
        unreachable_since IS NOT NULL), ', ' ORDER BY job_id), '') FROM jobs WHERE kind = 'forward'";
    let mut found = String::new();
    for _ in 0..200 {
        found = server.sql(statement).trim().to_owned();
        if found == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the jobs are [{found}] and not [{expected}]");
}

#[actix_web::test]
async fn a_request_that_is_too_large_is_split_at_once() {
    let other = Other::start(|numbers| if numbers.len() > 1 { refused(413) } else { stored(numbers) });
    let server = gateway(&other, &[&[1, 2, 3, 4]]).await;
    let _running = start(&server);
    jobs_are(&server, "").await;
    assert_eq!(other.requests(), [vec![1, 2, 3, 4], vec![1], vec![2], vec![3], vec![4]]);
}

#[actix_web::test]
async fn what_is_refused_keeps_nothing_else_from_arriving() {
    let other = Other::start(|numbers| if numbers.contains(&2) { refused(400) } else { stored(numbers) });
    let server = gateway(&other, &[&[1, 2, 3], &[4, 5]]).await;
    let _running = start(&server);
    jobs_are(&server, "1 t f").await;
    assert_eq!(other.requests()[..5], [vec![1, 2, 3], vec![1], vec![2], vec![3], vec![4, 5]]);
}

#[actix_web::test]
async fn a_request_that_breaks_the_server_is_a_try_of_its_job_only() {
    let other = Other::start(|numbers| if numbers.contains(&2) { None } else { stored(numbers) });
    let server = gateway(&other, &[&[1, 2, 3], &[4, 5]]).await;
    let _running = start(&server);
    jobs_are(&server, "1 t f").await;
    assert_eq!(other.requests()[..5], [vec![1, 2, 3], vec![4, 5], vec![1], vec![2], vec![3]]);
}

#[actix_web::test]
async fn a_page_that_answers_200_to_anything_has_stored_nothing() {
    let other = Other::start(|_| refused(200));
    let server = gateway(&other, &[&[1, 2]]).await;
    let _running = start(&server);
    jobs_are(&server, "2 t f").await;
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[actix_web::test]
async fn a_file_that_cannot_be_read_keeps_no_other_from_arriving() {
    let other = Other::start(stored);
    let server = gateway(&other, &[&[1, 2, 3]]).await;
    let is_second = |path: &PathBuf| holds(&std::fs::read(path).expect("a file"), &object(2).instance);
    let second = files(&server.node).into_iter().find(is_second).expect("a file of the second object");
    let bytes = std::fs::read(&second).expect("a file");
    std::fs::write(&second, &bytes[..bytes.len() - 10]).expect("a shorter file");
    let _running = start(&server);
    jobs_are(&server, "1 t f").await;
}
