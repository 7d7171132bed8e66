//! TLS on both ports, with and without client certificates; HTTP/2.

use std::path::Path;
use std::process::{Command, Stdio};

use e2e::certificates::{self, settings};
use e2e::clients::dcmtk;
use e2e::{Fixture, Gateway, Scu, gateway::AE, wait_until};

fn start(settings: &[String]) -> Gateway {
    Gateway::start_with(&settings.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn https_speaks_http_2_and_demands_a_client_certificate_when_told() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let gateway = start(&settings(folder.path(), "http", true));
    let url = format!("https://{}/health/live", gateway.http_address);
    let curl = |more: &[&str]| {
        let mut command = Command::new("curl");
        command.current_dir(folder.path()).args([
            "-sS",
            "--http2",
            "--cacert",
            "ca.crt",
            "-w",
            " %{http_version}",
            &url,
        ]);
        command.args(more).output().expect("curl")
    };
    assert!(!curl(&[]).status.success(), "a client without certificate was let in");
    let output = curl(&["--cert", "client.crt", "--key", "client.key"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.ends_with(" 2"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn dimse_over_tls_verifies_with_a_client_certificate_and_refuses_without() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let gateway = start(&settings(folder.path(), "dimse", true));
    let echo = |more: &[&str]| {
        let mut command = dcmtk("echoscu");
        command.current_dir(folder.path()).args(["-aet", AE, "-aec", "PACS"]).args(more);
        command.args(["127.0.0.1", gateway.dimse_port()]).output().expect("echoscu")
    };
    assert!(echo(&["+tls", "client.key", "client.crt", "+cf", "ca.crt"]).status.success());
    assert!(!echo(&["+tla", "+cf", "ca.crt"]).status.success(), "a client without certificate was let in");
    assert!(!echo(&[]).status.success(), "plain DIMSE was let in");
}

#[test]
fn the_demo_speaks_tls_where_the_gateway_does() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let gateway = start(&[settings(folder.path(), "dimse", true), settings(folder.path(), "http", false)].concat());
    let address = |key: &str, address: &str| format!("{key}.listen={address}");
    let (dimse, http) = (address("dimse", &gateway.dimse_address), address("http", &gateway.http_address));
    let said = gateway.command(&["--set", &dimse, "--set", &http, "demo"]);
    assert!(said.contains(&format!("https://{}/viewer/", gateway.http_address)), "{said}");
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-k", "-u", &format!("admin:{}", gateway.password)]);
    let output = curl.arg(format!("https://{}/dicom-web/studies", gateway.http_address)).output().expect("curl");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found.as_array().map(Vec::len), Some(3), "{found}");
}

#[test]
fn a_command_sends_nothing_to_a_server_with_another_certificate() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let gateway = start(&settings(folder.path(), "dimse", false));
    for name in ["crt", "key"] {
        std::fs::copy(folder.path().join(format!("client.{name}")), folder.path().join(format!("server.{name}")))
            .expect("another certificate");
    }
    let listen = format!("dimse.listen={}", gateway.dimse_address);
    let output = gateway.try_command(&["--set", &listen, "demo"], "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("certificate"), "{said}");
}

#[test]
fn a_client_with_a_certificate_may_take_up_its_session_again() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let gateway = start(&settings(folder.path(), "dimse", true));
    let mut client = Command::new("openssl");
    client.current_dir(folder.path()).args(["s_client", "-connect", &gateway.dimse_address, "-tls1_2", "-reconnect"]);
    client.args(["-CAfile", "ca.crt", "-cert", "client.crt", "-key", "client.key"]).stdin(Stdio::null());
    let output = client.output().expect("openssl");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told.matches("Reused, TLSv1.2").count(), 5, "{told}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_bcp_195_advises_against_is_not_spoken() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let gateway = start(&settings(folder.path(), "dimse", false));
    let shakes_hands = |options: &[&str]| {
        let mut client = Command::new("openssl");
        client.current_dir(folder.path()).args(["s_client", "-connect", &gateway.dimse_address, "-CAfile", "ca.crt"]);
        client.args(options).stdin(Stdio::null());
        client.output().expect("openssl").status.success()
    };
    assert!(shakes_hands(&["-tls1_3"]));
    assert!(shakes_hands(&["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]));
    // The client's own level of security is lowered: it is the gateway that is to refuse.
    for old in ["-tls1_1", "-tls1"] {
        assert!(!shakes_hands(&[old, "-cipher", "ALL:@SECLEVEL=0"]), "{old}");
    }
    for cipher in ["AES128-GCM-SHA256", "AES128-SHA", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256"] {
        assert!(!shakes_hands(&["-tls1_2", "-cipher", cipher]), "{cipher}");
    }
}

fn echo(port: &str, folder: &Path, more: &[&str]) -> bool {
    let mut command = dcmtk("echoscu");
    command.current_dir(folder).args(["-aet", AE, "-aec", "PACS"]).args(more).args(["127.0.0.1", port]);
    command.output().expect("echoscu").status.success()
}

const WITH: [&str; 5] = ["+tls", "client.key", "client.crt", "+cf", "ca.crt"];
const WITHOUT: [&str; 3] = ["+tla", "+cf", "ca.crt"];

#[test]
fn a_client_certificate_may_be_optional_but_must_be_good_and_a_title_may_need_it() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let mut settings = settings(folder.path(), "dimse", true);
    settings.push("dimse.tls.client_certificates=optional".to_owned());
    let gateway = start(&settings);
    let echo = |more: &[&str]| self::echo(gateway.dimse_port(), folder.path(), more);
    assert!(echo(&WITH) && echo(&WITHOUT));
    let others = cluster::testing::folder();
    certificates::make(others.path());
    let [key, crt] = ["client.key", "client.crt"].map(|name| others.path().join(name).display().to_string());
    assert!(!echo(&["+tls", &key, &crt, "+cf", "ca.crt"]), "a certificate of nobody we know was let in");
    gateway.command(&["ae", "add", "--replace", AE, "127.0.0.1", "11113", "--certificate", "CN=client"]);
    assert!(echo(&WITH) && !echo(&WITHOUT));
}

#[test]
fn a_plain_address_stands_beside_the_one_with_tls() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let port = e2e::storescp::free_port();
    let mut settings = settings(folder.path(), "dimse", true);
    settings.push(format!("dimse.plain_listen=127.0.0.1:{port}"));
    let gateway = start(&settings);
    let echo = |port: &str, more: &[&str]| self::echo(port, folder.path(), more);
    let (tls, plain) = (gateway.dimse_port(), port.to_string());
    assert!(echo(tls, &WITH) && echo(&plain, &[]));
    assert!(!echo(tls, &[]) && !echo(&plain, &WITH));
    gateway.command(&["ae", "add", "--replace", AE, "127.0.0.1", "11113", "--certificate", "CN=client"]);
    assert!(echo(tls, &WITH) && !echo(&plain, &[]), "a title with a certificate has to show it");
}

#[test]
fn new_certificates_are_taken_without_a_restart() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let gateway = start(&[settings(folder.path(), "dimse", true), settings(folder.path(), "http", false)].concat());
    let old = folder.path().join("old");
    std::fs::create_dir(&old).expect("a folder");
    for name in ["ca.crt", "client.crt", "client.key"] {
        std::fs::copy(folder.path().join(name), old.join(name)).expect("a copy");
    }
    let hang_up = || {
        // SAFETY: a signal to the process that this test started.
        unsafe { libc::kill(gateway.pid().cast_signed(), libc::SIGHUP) };
    };
    let trusts = |authority: &Path| {
        let mut command = Command::new("curl");
        command.args(["-sS", "-o", "/dev/null", "--cacert"]).arg(authority.join("ca.crt"));
        command.arg(format!("https://{}/health/live", gateway.http_address)).status().expect("curl").success()
    };
    let dimse = |folder: &Path| echo(gateway.dimse_port(), folder, &WITH);
    assert!(trusts(&old) && dimse(&old));
    certificates::make(folder.path());
    hang_up();
    wait_until("HTTP shows the new certificate", || trusts(folder.path()));
    wait_until("DIMSE shows the new one, and asks for others", || dimse(folder.path()));
    assert!(!trusts(&old) && !dimse(&old));
    std::fs::write(folder.path().join("server.crt"), "no certificate").expect("a file");
    hang_up();
    wait_until("the log tells of it", || {
        let log = std::fs::read_to_string(gateway.data_dir().with_extension("log")).expect("a log");
        log.contains("certificates stay what they were")
    });
    assert!(trusts(folder.path()) && dimse(folder.path()));
}

/// Has a study sent by C-MOVE to an AE title; whether that went well.
fn is_moved(port: &str, destination: &str, study: &str) -> bool {
    let mut command = dcmtk("movescu");
    command.args(["-v", "-S", "-aet", AE, "-aec", "PACS", "-aem", destination, "-k", "QueryRetrieveLevel=STUDY"]);
    let output =
        command.args(["-k", &format!("StudyInstanceUID={study}"), "127.0.0.1", port]).output().expect("movescu");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    output.status.success() && !said.contains("OutOfResources")
}

#[test]
fn new_certificates_are_shown_and_trusted_where_the_gateway_asks_too() {
    let folder = cluster::testing::folder();
    certificates::make(folder.path());
    let port = e2e::storescp::free_port().to_string();
    let authority = folder.path().join("ca.crt").display().to_string();
    let more = [format!("dimse.plain_listen=127.0.0.1:{port}"), format!("dimse.destination_ca={authority}")];
    let gateway = start(&[settings(folder.path(), "dimse", true), more.to_vec()].concat());
    let fixture = Fixture::new(1, 1, 1, 0);
    let mut scu = Scu::for_fixtures(&format!("127.0.0.1:{port}")).expect("an association");
    assert_eq!(scu.store(&fixture).expect("an answer"), 0x0000);
    scu.release().expect("a release");
    // To itself: both sides have the same files, and what is there already is no failure.
    gateway.command(&["ae", "add", "PACS", "127.0.0.1", gateway.dimse_port(), "--tls"]);
    let is_moved = || is_moved(&port, "PACS", &fixture.study);
    let hang_up = || {
        // SAFETY: a signal to the process that this test started.
        unsafe { libc::kill(gateway.pid().cast_signed(), libc::SIGHUP) };
    };
    let times = |words: &str| gateway.log().lines().filter(|line| line.contains(words)).count();
    assert!(is_moved());
    certificates::make(folder.path());
    hang_up();
    wait_until("all files are read again", || times("certificates were read again") == 3);
    // The association of before is kept for a second, and is no proof.
    wait_until("it is gone", || !dimse_is_open(&gateway));
    assert!(is_moved(), "it knows itself no longer");
    std::fs::write(folder.path().join("ca.crt"), "no certificate").expect("a file");
    hang_up();
    wait_until("the log tells of it", || times("certificates stay what they were") == 2);
    wait_until("the association is gone", || !dimse_is_open(&gateway));
    assert!(is_moved(), "what it had is lost");
}

/// Whether there is an association.
fn dimse_is_open(gateway: &Gateway) -> bool {
    let metrics = gateway.http().get("/metrics", "text/plain").text();
    metrics.lines().any(|line| line.starts_with("pacs_dimse_associations ") && !line.ends_with(" 0"))
}
