//! The frame of every page: head, style, and headers that let a browser do no more than the page needs.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
/// A picture of a slice, drawn in 32 by 32.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' \
    height='32' rx='7' fill='%230b5c7a'/%3E%3Cellipse cx='16' cy='16' rx='11' ry='8.5' fill='none' stroke='white' \
    stroke-width='2.5'/%3E%3Ccircle cx='16' cy='20' r='2.3' fill='white'/%3E%3C/svg%3E";

/// A page to be.
pub(crate) struct Page<'a> {
    title: &'a str,
    user: Option<&'a str>,
    script: Option<(&'a str, &'a str)>,
}

impl<'a> Page<'a> {
    /// A page of this title.
    pub(crate) fn new(title: &'a str) -> Self {
        Self { title, user: None, script: None }
    }

    /// Says in the header who is logged in, with a button to log out.
    pub(crate) fn of_user(mut self, name: &'a str) -> Self {
        self.user = Some(name);
        self
    }

    /// Runs a script of this server, which may ask this server and show its images; and has a style of its own.
    pub(crate) fn with_script(mut self, path: &'a str, style: &'a str) -> Self {
        self.script = Some((path, style));
        self
    }

    /// The answer.
    pub(crate) fn render(self, status: StatusCode, main: Markup) -> HttpResponse {
        let nonce = STANDARD.encode(rand::random::<[u8; 16]>());
        let script = match self.script {
            Some(_) => "img-src data: blob: 'self'; script-src 'self'; connect-src 'self'",
            None => "img-src data:",
        };
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; {script}; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            // Not `no-referrer`: with it, browsers say `Origin: null` of our own forms.
            .insert_header((REFERRER_POLICY, "same-origin"))
            .insert_header(("Cross-Origin-Opener-Policy", "same-origin"))
            .body(self.document(&nonce, &main).into_string())
    }

    fn document(&self, nonce: &str, main: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · PACS gateway" }
                    link rel="icon" href=(ICON);
                    style nonce=(nonce) { (PreEscaped(STYLE)) }
                    @if let Some((path, style)) = self.script {
                        style nonce=(nonce) { (PreEscaped(style)) }
                        script type="module" src=(path) {}
                    }
                }
                body {
                    header {
                        a.brand href="/" { img src=(ICON) alt="" width="28" height="28"; "PACS gateway" }
                        @if let Some(user) = self.user {
                            form.user method="post" action="/logout" {
                                span { "Logged in as " strong { (user) } }
                                button.quiet type="submit" { "Log out" }
                            }
                        }
                    }
                    main { (main) }
                }
            }
        }
    }
}
