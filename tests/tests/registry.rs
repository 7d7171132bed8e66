//! Application entities are registered while the gateway runs, by HTTP and by command; IPv6.

use std::net::{Ipv6Addr, TcpListener};

use e2e::clients::dcmtk;
use e2e::{Fixture, Gateway, Scu, wait_until};
use serde_json::json;

fn echo(gateway: &Gateway, title: &str) -> bool {
    let (host, port) = gateway.dimse_address.rsplit_once(':').expect("host and port");
    let host = host.trim_matches(['[', ']']);
    dcmtk("echoscu").args(["-aet", title, "-aec", "PACS", host, port]).output().expect("echoscu").status.success()
}

#[test]
fn who_is_registered_by_http_may_call_at_once_and_who_is_removed_may_not() {
    let gateway = Gateway::start();
    let http = gateway.http();
    let path = "/dicom-web/application-entities/CT1";
    assert!(!echo(&gateway, "CT1"));
    let answer = http.put(path, &json!({"host": "127.0.0.1", "port": 104, "may": ["store"], "maxAssociations": 1}));
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(echo(&gateway, "CT1"));
    let listed = gateway.command(&["ae", "list"]);
    assert!(
        listed.lines().any(|line| line.starts_with("CT1 ") && line.contains("127.0.0.1:104") && line.contains('1'))
    );
    assert_eq!(http.delete(path).status, 204);
    assert!(!echo(&gateway, "CT1"));
    wait_until("the audit trail tells of it", || {
        let trail = gateway.command(&["audit", "--limit", "20"]);
        trail.contains("add application entity CT1") && trail.contains("remove application entity CT1")
    });
}

#[test]
fn who_is_registered_by_command_with_a_certificate_may_not_call_without_it() {
    let gateway = Gateway::start();
    gateway.command(&["ae", "add", "CT1", "127.0.0.1", "104", "--certificate", "CN=ct1"]);
    assert!(!echo(&gateway, "CT1"));
    gateway.command(&["ae", "add", "CT1", "127.0.0.1", "104", "--replace"]);
    assert!(echo(&gateway, "CT1"));
    let refused = gateway.try_command(&["ae", "add", "CT2", "127.0.0.1", "104", "--certificate", "none.crt"], "");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("64 hexadecimal digits"));
}

#[test]
fn the_gateway_serves_on_ipv6() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("this machine has no ::1: nothing is tested");
        return;
    }
    let gateway = Gateway::start_with(&["http.listen=[::1]:0", "dimse.listen=[::1]:0"]);
    let fixture = Fixture::new(1, 1, 1, 1);
    let mut scu = Scu::for_fixtures(&gateway.dimse_address).expect("an association");
    assert_eq!(scu.store(&fixture).expect("an answer"), 0);
    scu.release().expect("a release");
    let found = gateway.http().get("/dicom-web/instances", "application/dicom+json").json();
    let url = found[0]["00081190"]["Value"][0].as_str().expect("a Retrieve URL").to_owned();
    assert!(url.starts_with(&format!("http://{}/dicom-web/studies/", gateway.http_address)), "{url}");
    gateway.command(&["ae", "add", "SELF", "::1", gateway.dimse_port(), "--replace"]);
    let refused = gateway.try_command(&["ae", "echo", "SELF"], "");
    assert!(String::from_utf8_lossy(&refused.stderr).contains(&format!("SELF at {}", gateway.dimse_address)));
}
