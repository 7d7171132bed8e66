//! The pages as clients get them, over a real archive.

#![expect(clippy::unwrap_used, reason = "what a test needs is there, or the test fails")]

mod fixture;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE,
};
use actix_web::test::TestRequest;
use fixture::{Fixture, HTML, PASSWORD, form, get, post};

#[actix_web::test]
async fn sends_a_browser_to_the_login_page_and_tells_a_program_to_log_in() {
    let pages = Fixture::new().await;
    let browser = pages.send(get("/viewer/viewer?StudyInstanceUIDs=1.2").insert_header((ACCEPT, HTML))).await;
    assert_eq!(browser.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.header(LOCATION), "/login?next=/viewer/viewer%3FStudyInstanceUIDs=1.2");
    for path in ["/", "/api", "/metrics", "/viewer", "/viewer/", "/viewer/app-config.js", "/no/such/path"] {
        let program = pages.send(get(path)).await;
        assert_eq!(program.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(program.header(WWW_AUTHENTICATE).starts_with("Basic "));
    }
    let script = pages.send(get("/viewer/app.js").insert_header(("Sec-Fetch-Mode", "no-cors"))).await;
    assert_eq!(script.header(WWW_AUTHENTICATE), "Bearer realm=\"PACS\"");
}

#[actix_web::test]
async fn logs_in_and_out_with_a_cookie() {
    let pages = Fixture::new().await;
    let form_page = pages.send(get("/login?next=/api").insert_header((ACCEPT, HTML))).await;
    assert!(form_page.text.contains(r#"<input type="hidden" name="next" value="/api">"#), "{}", form_page.text);
    let answer = pages.send(post("/login").set_form(form("ADA", PASSWORD, "/api"))).await;
    assert_eq!((answer.status, answer.header(LOCATION)), (StatusCode::SEE_OTHER, "/api"));
    assert_eq!(answer.header(CACHE_CONTROL), "no-store");
    let cookie = answer.cookie();
    let start = pages.send(get("/").insert_header((ACCEPT, HTML)).cookie(cookie.clone())).await;
    assert_eq!(start.status, StatusCode::OK);
    assert!(start.text.contains("<strong>Ada</strong>") && start.text.contains("/viewer/"));
    let again = pages.send(get("/login?next=/api").cookie(cookie.clone())).await;
    assert_eq!(again.header(LOCATION), "/api");
    let gone = pages.send(post("/logout").cookie(cookie.clone())).await;
    assert_eq!((gone.status, gone.header(LOCATION)), (StatusCode::SEE_OTHER, "/login"));
    assert!(gone.header(SET_COOKIE).contains("Max-Age=0"));
    assert_eq!(pages.send(get("/").cookie(cookie)).await.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn gives_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let pages = Fixture::new().await;
    let cookie = pages.log_in().await;
    assert!(cookie.http_only().unwrap() && cookie.secure().is_none());
    assert_eq!(cookie.same_site(), Some(actix_web::cookie::SameSite::Strict));
    assert_eq!((cookie.name(), cookie.path(), cookie.value().len()), ("pacs_session", Some("/"), 43));
    let over_tls = Fixture::over_tls().await;
    assert_eq!(over_tls.log_in().await.secure(), Some(true));
}

#[actix_web::test]
async fn never_leads_to_another_host_after_logging_in() {
    let pages = Fixture::new().await;
    for next in ["//evil.example/", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "\\\\evil.example"]
    {
        let answer = pages.send(post("/login").set_form(form("ada", PASSWORD, next))).await;
        assert_eq!(answer.header(LOCATION), "/", "{next:?}");
    }
}

#[actix_web::test]
async fn says_what_is_wrong_with_a_log_in_and_keeps_the_name() {
    let pages = Fixture::new().await;
    let answer = pages.send(post("/login").set_form(form("<ada>", "wrong password", "/api"))).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.text.contains("The name or the password is not right."));
    assert!(answer.text.contains(r#"value="&lt;ada&gt;""#) && !answer.text.contains("wrong password"));
    assert!(answer.text.contains(r#"name="next" value="/api""#));
}

#[actix_web::test]
async fn throttles_guesses() {
    let pages = Fixture::new().await;
    for number in 0..5 {
        let guess = format!("guess {number}");
        let answer = pages.send(post("/login").set_form(form("ada", &guess, "/"))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let answer = pages.send(post("/login").set_form(form("ada", PASSWORD, "/"))).await;
    assert_eq!((answer.status, answer.header(RETRY_AFTER)), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert!(answer.text.contains("Too many failed log-ins; try again in 1 seconds."));
    let basic = pages.send(get("/").insert_header((AUTHORIZATION, fixture::basic("ada", PASSWORD)))).await;
    assert_eq!(basic.status, StatusCode::TOO_MANY_REQUESTS);
}

#[actix_web::test]
async fn refuses_forms_of_other_sites() {
    let pages = Fixture::new().await;
    let cookie = pages.log_in().await;
    for header in [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")] {
        let answer = pages.send(post("/login").insert_header(header).set_form(form("ada", PASSWORD, "/"))).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header:?}");
        let answer = pages.send(post("/logout").insert_header(header).cookie(cookie.clone())).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{header:?}");
    }
    assert_eq!(pages.send(get("/").cookie(cookie)).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn takes_basic_credentials_and_tokens() {
    let pages = Fixture::new().await;
    let token = pages.archive.add_token("test", "ada", "script", None).await.unwrap();
    for value in [fixture::basic("ada", PASSWORD), format!("Bearer {token}")] {
        let answer = pages.send(get("/metrics").insert_header((AUTHORIZATION, value))).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text.contains("some_count 1"), "{}", answer.text);
    }
    for value in ["Bearer nonsense".to_owned(), fixture::basic("ada", "nonsense"), "Digest x".into(), "Basic ?".into()]
    {
        let answer = pages.send(get("/metrics").insert_header((AUTHORIZATION, value))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
}

#[actix_web::test]
async fn says_how_it_is() {
    let pages = Fixture::new().await;
    let live = pages.send(get("/health/live")).await;
    assert_eq!((live.status, live.text.as_str()), (StatusCode::OK, "ok\n"));
    let ready = pages.send(get("/health/ready")).await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.text);
    let told: serde_json::Value = serde_json::from_str(&ready.text).unwrap();
    assert_eq!(told["ready"], true);
    assert_eq!(told["parts"]["index"], "ready");
    drop(pages.index.take());
    let ready = pages.send(get("/health/ready")).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let told: serde_json::Value = serde_json::from_str(&ready.text).unwrap();
    assert_eq!(told["parts"]["identity"], "ready");
    assert_eq!(told["parts"]["index"], "the index database is not available at the moment");
    assert_eq!(pages.send(get("/health/live")).await.status, StatusCode::OK);
    let start = pages.send(get("/").insert_header((AUTHORIZATION, fixture::basic("ada", PASSWORD)))).await;
    assert_eq!(start.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[actix_web::test]
async fn lets_a_browser_do_no_more_than_a_page_needs() {
    let pages = Fixture::new().await;
    let cookie = pages.log_in().await;
    let mut policies = Vec::new();
    for path in ["/", "/api", "/login?next=/", "/no/such/page"] {
        let request = get(path).insert_header((ACCEPT, HTML));
        let request = if path.starts_with("/login") { request } else { request.cookie(cookie.clone()) };
        let answer = pages.send(request).await;
        let policy = answer.header(CONTENT_SECURITY_POLICY).to_owned();
        assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{path}: {policy}");
        let nonce = policy.split('\'').nth(3).unwrap().trim_start_matches("nonce-");
        assert!(answer.text.contains(&format!("<style nonce=\"{nonce}\">")));
        assert!(!answer.text.contains("<script") && !answer.text.contains("style=\""));
        assert_eq!(answer.header(CACHE_CONTROL), "no-store");
        policies.push(policy);
    }
    policies.sort();
    policies.dedup();
    assert_eq!(policies.len(), 4);
}

#[actix_web::test]
async fn tells_users_what_is_not_there() {
    let pages = Fixture::new().await;
    let cookie = pages.log_in().await;
    let program = pages.send(get("/no/such/path").cookie(cookie.clone())).await;
    assert_eq!((program.status, program.text.as_str()), (StatusCode::NOT_FOUND, "There is nothing at this address.\n"));
    let browser = pages.send(get("/no/such/path").insert_header((ACCEPT, HTML)).cookie(cookie)).await;
    assert_eq!(browser.status, StatusCode::NOT_FOUND);
    assert!(browser.text.contains("<h1>Not Found</h1>"));
}

#[actix_web::test]
async fn refuses_a_log_in_that_is_no_form() {
    let pages = Fixture::new().await;
    for request in
        [post("/login"), post("/login").set_payload("name=ada"), post("/login").set_payload("x".repeat(1 << 20))]
    {
        assert!(pages.send(request).await.status.is_client_error());
    }
    let request = TestRequest::with_uri("/login?next=%ff").insert_header((ACCEPT, HTML));
    assert!(!pages.send(request).await.status.is_server_error());
}
