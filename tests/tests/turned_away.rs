//! The audit trail tells who was turned away before anybody knew who it was.

use std::process::Command;

use e2e::{Gateway, wait_until};

/// The status of a request with these headers (and a method, as curl takes it).
fn status(gateway: &Gateway, path: &str, more: &[&str]) -> String {
    let url = format!("http://{}{path}", gateway.http_address);
    let output = Command::new("curl").args(["-s", "-o", "/dev/null", "-w", "%{http_code}", &url]).args(more).output();
    String::from_utf8_lossy(&output.expect("curl").stdout).into_owned()
}

#[test]
fn each_reason_has_one_line_however_often_it_comes() {
    let gateway = Gateway::start();
    let (studies, cookie) = ("/dicom-web/studies", "Cookie: pacs_session=gone");
    for _ in 0..3 {
        for path in [studies, "/metrics", "/api"] {
            assert_eq!(status(&gateway, path, &[]), "401", "{path}");
            assert_eq!(status(&gateway, path, &["-H", "Authorization: Basic !"]), "401", "{path}");
            assert_eq!(status(&gateway, path, &["-H", "Authorization: Bearer pacs_wrong"]), "401", "{path}");
            assert_eq!(status(&gateway, path, &["-H", cookie]), "401", "{path}");
        }
        let foreign = ["-H", "Sec-Fetch-Site: cross-site", "-d", "name=a&password=b"];
        assert_eq!(status(&gateway, studies, &[&["-H", cookie][..], &foreign].concat()), "403");
        assert_eq!(status(&gateway, "/login", &foreign), "403");
        // A person who has not logged in yet is shown where to.
        assert_eq!(status(&gateway, "/", &["-H", "Accept: text/html"]), "303");
    }
    let reasons = [
        "no credentials",
        "malformed credentials",
        "not a valid token",
        "not a valid session",
        "a request of another site",
    ];
    let trail = || gateway.command(&["audit", "--action", "refuse"]);
    wait_until("the trail has them", || reasons.iter().all(|reason| trail().contains(reason)));
    let trail = trail();
    for reason in reasons {
        assert_eq!(trail.matches(reason).count(), 1, "{reason}: {trail}");
    }
    assert!(trail.contains("127.0.0.1") && !trail.contains("gone") && !trail.contains("wrong"), "{trail}");
}
