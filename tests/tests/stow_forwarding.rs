//! Forwarding to another web server by STOW-RS: another gateway, which may be down, closed or of another opinion.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use base64::Engine as _;
use e2e::storescp::free_port;
use e2e::{Fixture, Gateway, Scu, certificates, wait_until};
use serde_json::json;

fn url(gateway: &Gateway) -> String {
    format!("http://{}/dicom-web", gateway.http_address)
}

/// Adds a rule to a gateway that logs in as the administrator of another.
fn add_rule(gateway: &Gateway, name: &str, to: &str, password: &str, more: &[&str]) {
    let arguments = [&["forward", "add", name, "--to", to, "--user", "admin"], more].concat();
    let output = gateway.try_command(&arguments, &format!("{password}\n"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn store(gateway: &Gateway, fixtures: &[Fixture]) {
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    for fixture in fixtures {
        assert_eq!(scu.store(fixture).expect("an answer"), 0);
    }
    scu.release().expect("a release");
}

fn count(gateway: &Gateway) -> usize {
    let found = gateway.http().get("/dicom-web/instances", "application/dicom+json");
    if found.body.is_empty() { 0 } else { found.json().as_array().expect("an array").len() }
}

fn jobs(gateway: &Gateway) -> String {
    gateway.command(&["jobs", "list"])
}

fn fixtures(count: u32) -> Vec<Fixture> {
    (1..=count).map(|number| Fixture::new(1, 1, number, number as u8)).collect()
}

fn data_set(file: &[u8]) -> &[u8] {
    &file[e2e::scu::data_set_start(file).expect("file meta information")..]
}

/// Has all jobs begun at once that wait for their next try.
fn retry(gateway: &Gateway) {
    for line in jobs(gateway).lines().filter(|line| line.contains("forward")) {
        let id = line.split_whitespace().next().expect("a number");
        // What is under way already needs no command, and is refused it.
        gateway.try_command(&["jobs", "retry", id], "");
    }
}

#[test]
fn what_meets_a_rule_is_posted_to_another_gateway_as_it_was_stored() {
    let (first, second) = (Gateway::start(), Gateway::start());
    add_rule(&first, "copy", &url(&second), &second.password, &["--modality", "OT"]);
    let sent = fixtures(40);
    store(&first, &sent);
    wait_until("all has arrived", || count(&second) == 40);
    wait_until("no job is left", || !jobs(&first).contains("forward"));
    for fixture in &sent {
        let there = second.http().get(&fixture.path(), "application/dicom; transfer-syntax=*");
        assert!(data_set(&there.body) == data_set(&fixture.file), "bytes changed on their way");
    }
    wait_until("the audit trail tells of it", || {
        first.command(&["audit", "--limit", "50"]).contains(&format!("forwarded to {}", url(&second)))
    });
    let secret = base64::engine::general_purpose::STANDARD.encode(format!("admin:{}", second.password));
    let shown = [
        first.command(&["forward", "list"]),
        first.command(&["audit", "--limit", "1000"]),
        first.http().get("/dicom-web/forwarding-rules", "application/json").text(),
        std::fs::read_to_string(first.data_dir().with_extension("log")).expect("a log"),
    ];
    for text in shown {
        assert!(!text.contains(&second.password) && !text.contains(&secret), "a secret is shown:\n{text}");
    }
}

#[test]
fn a_rule_by_http_takes_a_url_a_token_and_a_transfer_syntax() {
    let (first, second) = (Gateway::start(), Gateway::start());
    let token = second.command(&["token", "add", "admin", "copies"]);
    let token = token.split_whitespace().find(|word| word.starts_with("pacs_")).expect("a token");
    let rule = json!({"name": "small", "to": url(&second), "token": token, "transferSyntax": "1.2.840.10008.1.2.4.80"});
    let post = |rule: &serde_json::Value| {
        let body = rule.to_string();
        first.http().post("/dicom-web/forwarding-rules", "application/json", "application/json", body.as_bytes())
    };
    assert_eq!(post(&rule).status, 201);
    for (bad, words) in [
        (json!({"name": "x", "to": "http://archive.example/dicom-web", "token": "t"}), "could read the password"),
        (json!({"name": "x", "to": "https://me:secret@archive.example"}), "not part of the URL"),
        (json!({"name": "x", "to": "https://archive.example", "user": "u"}), "a user goes with a password"),
        (json!({"name": "x", "to": "TESTER", "token": "t"}), "shown no password"),
    ] {
        let answer = post(&bad);
        assert!(answer.status == 400 && answer.text().contains(words), "{}", answer.text());
    }
    store(&first, &fixtures(1));
    wait_until("it has arrived", || count(&second) == 1);
    let there = second.http().get(&fixtures(1)[0].path(), "application/dicom; transfer-syntax=*");
    assert_eq!(data_set::read(&there.body).expect("a data set").transfer_syntax, "1.2.840.10008.1.2.4.80");
}

#[test]
fn a_wrong_password_keeps_all_waiting_until_there_is_a_right_one() {
    let (first, second) = (Gateway::start(), Gateway::start());
    add_rule(&first, "wrong", &url(&second), "not the password", &[]);
    store(&first, &fixtures(2));
    wait_until("it was tried", || jobs(&first).contains("wants another credential (HTTP status 401)"));
    first.command(&["forward", "remove", "wrong"]);
    add_rule(&first, "right", &url(&second), &second.password, &["--modality", "NONE"]);
    wait_until("all has arrived", || {
        retry(&first);
        count(&second) == 2
    });
    wait_until("no job is left", || !jobs(&first).contains("forward"));
}

#[test]
fn what_the_other_server_refuses_is_tried_again_alone() {
    let (first, second) = (Gateway::start(), Gateway::start());
    let other = Fixture::new(1, 1, 1, 99);
    assert_eq!(second.http().stow(&[other.file]).status, 200);
    add_rule(&first, "copy", &url(&second), &second.password, &[]);
    store(&first, &fixtures(3));
    wait_until("the others have arrived", || count(&second) == 3);
    wait_until("one is left", || {
        let left = jobs(&first);
        left.contains("its failure reason is 0111H") && left.contains("1 instances to http")
    });
}

#[test]
fn a_server_that_is_down_gets_all_when_it_is_back() {
    let first = Gateway::start();
    let port = free_port();
    let mut second = Gateway::start_with(&[&format!("http.listen=127.0.0.1:{port}")]);
    add_rule(&first, "copy", &url(&second), &second.password, &[]);
    second.kill();
    store(&first, &fixtures(3));
    wait_until("it was tried", || jobs(&first).contains("cannot be reached"));
    second.start_again();
    wait_until("all has arrived", || {
        retry(&first);
        count(&second) == 3
    });
}

/// A proxy in front of a server: answers by itself while it has a status to answer with, and passes on everything else.
struct Proxy {
    port: u16,
    status: Arc<AtomicU16>,
}

impl Proxy {
    fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (status, server) = (Arc::new(AtomicU16::new(0)), server.to_owned());
        let now = Arc::clone(&status);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, status) = (server.clone(), now.load(Ordering::Relaxed));
                std::thread::spawn(
                    move || if status == 0 { pass_on(&client, &server) } else { refuse(client, status) },
                );
            }
        });
        Self { port, status }
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }
}

/// Both directions, until both have ended.
fn pass_on(client: &TcpStream, server: &str) {
    let Ok(server) = TcpStream::connect(server) else { return };
    let pass = |mut from: &TcpStream, mut to: &TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| pass(client, &server));
        pass(&server, client);
    });
}

/// An answer of the proxy's own, in HTML as they are, once it has the request.
fn refuse(mut client: TcpStream, status: u16) {
    let _ = client.read(&mut [0; 16]);
    let page = "<html>the server is away</html>";
    let head = format!("HTTP/1.1 {status} Away\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.len());
    let _ = client.write_all(format!("{head}{page}").as_bytes());
    let _ = client.shutdown(Shutdown::Write);
    // To hang up on unread bytes would take the answer back.
    let _ = std::io::copy(&mut client, &mut std::io::sink());
}

#[test]
fn what_a_proxy_says_of_a_server_that_is_away_is_an_outage_and_no_refusal() {
    let (first, second) = (Gateway::start(), Gateway::start());
    let proxy = Proxy::before(&second.http_address.to_string());
    proxy.answer(502);
    add_rule(&first, "copy", &format!("http://127.0.0.1:{}/dicom-web", proxy.port), &second.password, &[]);
    store(&first, &fixtures(3));
    for status in [502, 503, 504] {
        proxy.answer(status);
        wait_until("it was tried", || {
            retry(&first);
            jobs(&first).contains(&format!("it takes nothing at the moment (HTTP status {status})"))
        });
        let waiting = jobs(&first);
        let mut failures = waiting
            .lines()
            .filter(|line| line.contains("forward"))
            .map(|line| line.split_whitespace().nth(3).expect("how often it failed"));
        assert!(failures.all(|failures| failures == "0"), "an outage is no failure:\n{waiting}");
    }
    proxy.answer(0);
    wait_until("all has arrived", || {
        retry(&first);
        count(&second) == 3
    });
    wait_until("no job is left", || !jobs(&first).contains("forward"));
}

#[test]
fn https_is_trusted_by_the_configured_authority_only_and_certificates_are_shown() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let port = free_port();
    let own = [("certificate", "server.crt"), ("key", "server.key")]
        .map(|(key, file)| format!("http.tls.{key}={}", path(file)));
    let demands = format!("http.tls.client_ca={}", path("ca.crt"));
    let second = Gateway::start_with(&[&own[0], &own[1], &demands, &format!("http.listen=127.0.0.1:{port}")]);
    let to = format!("https://127.0.0.1:{port}/dicom-web");

    let stranger = Gateway::start();
    add_rule(&stranger, "copy", &to, &second.password, &[]);
    store(&stranger, &fixtures(1));
    wait_until("it was tried", || jobs(&stranger).contains("certificate verify failed"));

    let first = Gateway::start_with(&[&own[0], &own[1], &format!("http.destination_ca={}", path("ca.crt"))]);
    add_rule(&first, "copy", &to, &second.password, &[]);
    store(&first, &fixtures(1));
    wait_until("no job is left", || !jobs(&first).contains("forward"));
    wait_until("the audit trail tells of it", || {
        first.command(&["audit", "--limit", "50"]).contains(&format!("forwarded to {to}"))
    });
}

#[test]
fn renewed_certificates_are_trusted_and_shown_without_a_restart() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let port = free_port();
    let to = format!("https://127.0.0.1:{port}/dicom-web");
    let start = |client_ca, more: String| {
        let settings = [certificates::settings(folder.path(), "http", client_ca), vec![more]].concat();
        Gateway::start_with(&settings.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let second = start(true, format!("http.listen=127.0.0.1:{port}"));
    let first = start(false, format!("http.destination_ca={}", folder.path().join("ca.crt").display()));
    add_rule(&first, "copy", &to, &second.password, &[]);
    let hang_up = |gateway: &Gateway| {
        // SAFETY: a signal to a process that this test started.
        unsafe { libc::kill(gateway.pid().cast_signed(), libc::SIGHUP) };
    };
    let times = |gateway: &Gateway, words: &str| gateway.log().matches(words).count();
    let forwarded =
        |count| first.command(&["audit", "--limit", "50"]).matches(&format!("forwarded to {to}")).count() == count;

    // Another authority: what the first one has is of no use, neither to trust by nor to show.
    certificates::make(folder.path());
    hang_up(&second);
    wait_until("the server shows another one", || times(&second, "certificates were read again") == 3);
    store(&first, &fixtures(1));
    wait_until("it was tried", || jobs(&first).contains("certificate verify failed"));
    hang_up(&first);
    wait_until("it trusts that, too", || times(&first, "certificates were read again") == 3);
    wait_until("no job is left", || {
        retry(&first);
        !jobs(&first).contains("forward")
    });
    wait_until("the audit trail tells of it", || forwarded(1));

    std::fs::write(folder.path().join("ca.crt"), "no certificate").expect("a file");
    hang_up(&first);
    wait_until("the log tells of it", || times(&first, "certificates stay what they were") == 1);
    store(&first, &[Fixture::new(1, 1, 2, 2)]);
    wait_until("no job is left once more", || !jobs(&first).contains("forward"));
    wait_until("what it had is not lost", || forwarded(2));
}
