//! The page of similar images as browsers get it.

#![expect(clippy::unwrap_used, reason = "what a test needs is there, or the test fails")]

mod fixture;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use archive::Role;
use fixture::{Fixture, HTML, PASSWORD, form, get, post};

#[actix_web::test]
async fn shows_the_figure_and_runs_its_own_scripts_only() {
    let pages = Fixture::new().await;
    let cookie = pages.log_in().await;
    let page = pages.send(get("/similar?instance=1.2").insert_header((ACCEPT, HTML)).cookie(cookie.clone())).await;
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.header(CONTENT_SECURITY_POLICY);
    assert!(
        policy.contains("script-src 'self'; connect-src 'self'") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let cells = page.text.matches("data-place=").count();
    assert_eq!(cells, archive::body::universe().count() as usize);
    for part in ["left hand", "right hand", "whole body"] {
        assert!(page.text.contains(&format!("value=\"{part}\"")), "{part}");
    }
    assert!(page.text.contains("id=\"save\"") && !page.text.contains(" style=\"") && !page.text.contains("onclick"));
    let start = pages.send(get("/").insert_header((ACCEPT, HTML)).cookie(cookie)).await;
    assert!(start.text.contains("href=\"/similar\""));
    assert!(!start.header(CONTENT_SECURITY_POLICY).contains("script-src"), "other pages run none");
}

#[actix_web::test]
async fn serves_its_scripts_to_users() {
    let pages = Fixture::new().await;
    let cookie = pages.log_in().await;
    for script in ["page.js", "ask.js", "example.js", "figure.js", "results.js"] {
        let answer = pages.send(get(&format!("/similar/{script}")).cookie(cookie.clone())).await;
        assert_eq!((answer.status, answer.header(CONTENT_TYPE)), (StatusCode::OK, "text/javascript; charset=utf-8"));
        for import in answer.text.split("from './").skip(1) {
            let name = import.split('\'').next().unwrap();
            let imported = pages.send(get(&format!("/similar/{name}")).cookie(cookie.clone())).await;
            assert_eq!(imported.status, StatusCode::OK, "{name}");
        }
    }
    assert_eq!(pages.send(get("/similar/other.js").cookie(cookie)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pages.send(get("/similar/page.js")).await.status, StatusCode::UNAUTHORIZED);
    let stranger = pages.send(get("/similar?instance=1.2").insert_header((ACCEPT, HTML))).await;
    assert_eq!(stranger.header(LOCATION), "/login?next=/similar%3Finstance=1.2");
}

#[actix_web::test]
async fn offers_no_correction_to_who_may_not_make_one() {
    let pages = Fixture::new().await;
    pages.archive.add_user("test", "Rita", PASSWORD, &[Role::Researcher]).await.unwrap();
    let cookie = pages.send(post("/login").set_form(form("rita", PASSWORD, "/"))).await.cookie();
    let page = pages.send(get("/similar").insert_header((ACCEPT, HTML)).cookie(cookie)).await;
    assert!(!page.text.contains("id=\"save\"") && page.text.contains("needs the right to annotate"));
}
