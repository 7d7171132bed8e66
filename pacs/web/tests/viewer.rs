//! The viewer's files as a browser gets them.

#![expect(clippy::unwrap_used, reason = "what a test needs is there, or the test fails")]

mod fixture;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    LOCATION,
};
use actix_web::test::TestRequest;
use fixture::{Fixture, HTML, get};

async fn with_viewer() -> Fixture {
    let pages = Fixture::new().await;
    let folder = pages.folder.path().join("viewer");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html><title>the viewer</title>"),
        ("app-config.js", "the package's own"),
        ("app.bundle.0123456789abcdef.js", "the program"),
        ("app.bundle.0123456789abcdef.js.gz", "the program, compressed"),
        ("0123456789abcdef.wasm", "a decoder"),
        ("assets/icon.svg", "a picture"),
        (".fetched", "hidden"),
    ] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    pages
}

#[actix_web::test]
async fn says_how_to_get_the_viewer_when_it_is_missing() {
    let pages = Fixture::new().await;
    let cookie = pages.log_in().await;
    for path in ["/viewer/", "/viewer/viewer?StudyInstanceUIDs=1.2"] {
        let answer = pages.send(get(path).insert_header((ACCEPT, HTML)).cookie(cookie.clone())).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.text.contains("make viewer"));
    }
}

#[actix_web::test]
async fn serves_files_with_their_types_apart_from_other_sites() {
    let pages = with_viewer().await;
    let cookie = pages.log_in().await;
    for (path, content_type, content) in [
        ("", "text/html; charset=utf-8", "<!doctype html><title>the viewer</title>"),
        ("index.html", "text/html; charset=utf-8", "<!doctype html><title>the viewer</title>"),
        ("app.bundle.0123456789abcdef.js", "text/javascript; charset=utf-8", "the program"),
        ("0123456789abcdef.wasm", "application/wasm", "a decoder"),
        ("assets/icon.svg", "image/svg+xml", "a picture"),
    ] {
        let answer = pages.send(get(&format!("/viewer/{path}")).cookie(cookie.clone())).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, content), "{path}");
        assert_eq!(answer.header(CONTENT_TYPE), content_type);
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-embedder-policy"), "require-corp");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    let answer = pages.send(get("/viewer").insert_header((ACCEPT, HTML)).cookie(cookie)).await;
    assert_eq!(answer.header(LOCATION), "/viewer/");
}

#[actix_web::test]
async fn gives_the_page_for_addresses_of_the_viewers_own_and_404_for_missing_files() {
    let pages = with_viewer().await;
    let cookie = pages.log_in().await;
    let own = get("/viewer/viewer?StudyInstanceUIDs=1.2").insert_header((ACCEPT, HTML)).cookie(cookie.clone());
    let own = pages.send(own).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.text.contains("the viewer"));
    for path in
        ["/viewer/missing.js", "/viewer/.fetched", "/viewer/assets", "/viewer/..%2f..%2fetc/passwd", "/viewer/%2e%2e/x"]
    {
        let answer = pages.send(get(path).cookie(cookie.clone())).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn makes_the_configuration_that_points_at_this_gateway() {
    let pages = with_viewer().await;
    let answer = pages.send(get("/viewer/app-config.js").cookie(pages.log_in().await)).await;
    assert_eq!(answer.header(CONTENT_TYPE), "text/javascript; charset=utf-8");
    let json = answer.text.strip_prefix("window.config = ").unwrap().split(";\nwindow.").next().unwrap();
    let config: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(config["routerBasename"], "/viewer/");
    let source = &config["dataSources"][0]["configuration"];
    for root in ["qidoRoot", "wadoRoot", "wadoUriRoot"] {
        assert_eq!(source[root], "/dicom-web");
    }
}

#[actix_web::test]
async fn lets_a_browser_keep_what_cannot_change_and_ask_for_the_rest() {
    let pages = with_viewer().await;
    let cookie = pages.log_in().await;
    let program = pages.send(get("/viewer/app.bundle.0123456789abcdef.js").cookie(cookie.clone())).await;
    assert_eq!(program.header(CACHE_CONTROL), "private, max-age=31536000, immutable");
    let page = pages.send(get("/viewer/").cookie(cookie.clone())).await;
    assert_eq!(page.header(CACHE_CONTROL), "private, no-cache");
    let tag = page.header(ETAG).to_owned();
    let again = pages.send(get("/viewer/").insert_header((IF_NONE_MATCH, tag)).cookie(cookie)).await;
    assert_eq!((again.status, again.length), (StatusCode::NOT_MODIFIED, 0));
}

#[actix_web::test]
async fn sends_the_compressed_copy_to_who_takes_it() {
    let pages = with_viewer().await;
    let cookie = pages.log_in().await;
    let path = "/viewer/app.bundle.0123456789abcdef.js";
    let ask = |coding: &str| get(path).insert_header((ACCEPT_ENCODING, coding)).cookie(cookie.clone());
    let compressed = pages.send(ask("br;q=1.0, gzip;q=0.8")).await;
    assert_eq!((compressed.header(CONTENT_ENCODING), compressed.text.as_str()), ("gzip", "the program, compressed"));
    assert_eq!(compressed.header(CONTENT_TYPE), "text/javascript; charset=utf-8");
    let plain = pages.send(ask("gzip;q=0")).await;
    assert_eq!((plain.header(CONTENT_ENCODING), plain.text.as_str()), ("", "the program"));
}

#[actix_web::test]
async fn answers_head_without_content() {
    let pages = with_viewer().await;
    let request = TestRequest::default().method(actix_web::http::Method::HEAD).uri("/viewer/index.html");
    let answer = pages.send(request.cookie(pages.log_in().await)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header(CONTENT_LENGTH).is_empty() || answer.header(CONTENT_LENGTH) == "40");
}
