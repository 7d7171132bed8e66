//! Logging in and out with a browser. Nothing here needs JavaScript.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use archive::access::Stranger;
use archive::{Archive, Credentials, Error};
use maud::html;
use serde::Deserialize;

use crate::WebSettings;
use crate::admission::{SESSION_COOKIE, session};
use crate::next::Next;
use crate::origin::{client, is_encrypted, is_foreign};
use crate::page::Page;
use crate::refusal::{Refusal, answer, is_browser, report, retry_after, status, words};

/// Where to go after logging in.
#[derive(Deserialize)]
pub(crate) struct Going {
    next: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Form {
    name: String,
    password: String,
    next: Option<String>,
}

/// `GET /login`: the form, or straight on for whoever is logged in already.
pub(crate) async fn form(request: HttpRequest, archive: web::Data<Archive>, going: web::Query<Going>) -> HttpResponse {
    let next = Next::new(going.next.as_deref());
    if let Some(secret) = session(&request)
        && archive.authenticate(Credentials::Session(secret), client(&request), "https").await.is_ok()
    {
        return see_other(next.as_str()).finish();
    }
    page(StatusCode::OK, "", &next, None)
}

/// `POST /login`: a session cookie and on to where the person was going, or the form again with words.
pub(crate) async fn log_in(
    request: HttpRequest,
    archive: web::Data<Archive>,
    settings: web::Data<WebSettings>,
    form: web::Form<Form>,
) -> HttpResponse {
    if is_foreign(&request) {
        return foreign(&request, &archive);
    }
    let next = Next::new(form.next.as_deref());
    match archive.log_in(&form.name, &form.password, client(&request)).await {
        Ok(secret) => {
            let secure = settings.secure_cookies || is_encrypted(&request);
            see_other(next.as_str()).cookie(cookie(secret, secure)).finish()
        }
        Err(error) => {
            report(&error);
            let words = match &error {
                Error::NotAuthenticated => "The name or the password is not right.".to_owned(),
                error => words(error),
            };
            let mut page = page(status(&error), &form.name, &next, Some(&words));
            if let Some(seconds) = retry_after(&error) {
                page.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            page
        }
    }
}

/// `POST /logout`: the session ends here and in the browser.
pub(crate) async fn log_out(
    request: HttpRequest,
    archive: web::Data<Archive>,
    settings: web::Data<WebSettings>,
) -> Result<HttpResponse, Refusal> {
    if is_foreign(&request) {
        return Ok(foreign(&request, &archive));
    }
    if let Some(secret) = session(&request) {
        archive.log_out(&secret).await.map_err(|error| Refusal::new(error, &request))?;
    }
    let mut gone = cookie(String::new(), settings.secure_cookies || is_encrypted(&request));
    gone.make_removal();
    Ok(see_other("/login").cookie(gone).finish())
}

/// A cookie that scripts cannot read and other sites cannot use. It ends with the browser; the session has its own end.
fn cookie(secret: String, secure: bool) -> Cookie<'static> {
    Cookie::build(SESSION_COOKIE, secret).path("/").http_only(true).same_site(SameSite::Strict).secure(secure).finish()
}

fn see_other(path: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((LOCATION, path)).insert_header((CACHE_CONTROL, "no-store"));
    answer
}

fn foreign(request: &HttpRequest, archive: &Archive) -> HttpResponse {
    archive.turned_away(client(request), "https", Stranger::OtherSite);
    answer(is_browser(request), StatusCode::FORBIDDEN, "This form was sent from a page of another site.")
}

fn page(status: StatusCode, name: &str, next: &Next, problem: Option<&str>) -> HttpResponse {
    let main = html! {
        form.narrow method="post" action="/login" {
            h1 { "Log in" }
            p.lead { "Images and patients' data are for users of this gateway only." }
            @if let Some(problem) = problem {
                p.alert role="alert" id="problem" { (problem) }
            }
            label for="name" { "User name" }
            input id="name" name="name" value=(name) type="text" required autocomplete="username" autocapitalize="none"
                spellcheck="false" autofocus[name.is_empty()] aria-describedby=[problem.map(|_| "problem")];
            label for="password" { "Password" }
            input id="password" name="password" type="password" required autocomplete="current-password"
                autofocus[!name.is_empty()] aria-describedby=[problem.map(|_| "problem")];
            input type="hidden" name="next" value=(next.as_str());
            button type="submit" { "Log in" }
        }
    };
    Page::new("Log in").render(status, main)
}
