//! Viewers that are served from elsewhere.

use qido_wado_stow::Settings;

use crate::client::send;
use crate::server::{Server, basic};

fn asked(origins: &[&str], origin: &str) -> (u16, Option<String>) {
    let cors_origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let server = Server::start_with(Settings { cors_origins, ..Settings::default() });
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization,accept"),
    ];
    let before = send(server.address, "OPTIONS", "/dicom-web/studies", &headers, b"");
    let authorization = basic("clara");
    let headers = [("Origin", origin), ("Authorization", authorization.as_str())];
    let answer = send(server.address, "GET", "/dicom-web/studies", &headers, b"");
    assert_eq!(answer.status, 200, "a browser decides, not we");
    let allowed = answer.header("access-control-allow-origin").map(str::to_owned);
    assert_eq!(allowed.is_some(), before.status == 200, "{before:?}");
    assert!(answer.header("access-control-allow-credentials").is_none());
    (before.status, allowed)
}

#[test]
fn lets_pages_of_a_configured_origin_in() {
    let viewer = "https://viewer.example";
    assert_eq!(asked(&[viewer], viewer), (200, Some(viewer.to_owned())));
    assert_eq!(asked(&["*"], viewer).0, 200);
}

#[test]
fn says_nothing_to_pages_of_other_origins() {
    assert_eq!(asked(&["https://viewer.example"], "https://evil.example").1, None);
    assert_eq!(asked(&[], "https://viewer.example").1, None);
}
