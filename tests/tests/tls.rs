//! TLS on both ports, with and without client certificates; HTTP/2.

use std::path::Path;
use std::process::{Command, Stdio};

use e2e::clients::{dcmtk, run};
use e2e::{Gateway, gateway::AE};

/// An authority, and certificates of it for the server and a client.
fn certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        run(Command::new("openssl").current_dir(folder).args(arguments.split(' ')));
    };
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=Authority");
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1").expect("a file");
    for name in ["server", "client"] {
        openssl(&format!("req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out {name}.crt"
        ));
    }
}

fn settings(folder: &Path, section: &str, client_ca: bool) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    let mut settings = vec![
        format!("{section}.tls.certificate={}", path("server.crt")),
        format!("{section}.tls.key={}", path("server.key")),
    ];
    if client_ca {
        settings.push(format!("{section}.tls.client_ca={}", path("ca.crt")));
    }
    settings
}

fn start(settings: &[String]) -> Gateway {
    Gateway::start_with(&settings.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn https_speaks_http_2_and_demands_a_client_certificate_when_told() {
    let folder = cluster::testing::folder();
    certificates(folder.path());
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
    certificates(folder.path());
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
    certificates(folder.path());
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
    certificates(folder.path());
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
    certificates(folder.path());
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
    certificates(folder.path());
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
