//! The OHIF viewer at `/viewer/`: its built files, and a configuration made here that points it at `/dicom-web`.

mod config;
mod files;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use maud::html;

use crate::WebSettings;
use crate::admission::Admitted;
use crate::page::Page;
use crate::refusal::{answer, is_browser};

/// `GET /viewer`.
pub(crate) async fn redirect(_: Admitted) -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/viewer/")).finish()
}

/// `GET /viewer/app-config.js`.
pub(crate) async fn app_config(_: Admitted) -> HttpResponse {
    isolated(&mut HttpResponse::Ok())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .body(config::script())
}

/// `GET /viewer/…`: a file of the viewer. The viewer has addresses of its own, for which its page is served.
pub(crate) async fn file(
    Admitted(actor): Admitted,
    request: HttpRequest,
    path: web::Path<String>,
    settings: web::Data<WebSettings>,
) -> HttpResponse {
    let Some(folder) = &settings.viewer_dir else { return missing(&actor.name) };
    if let Some(file) = files::find(folder, &path).await {
        return file.serve(&request).await;
    }
    if !path.is_empty() && !is_browser(&request) {
        return answer(false, StatusCode::NOT_FOUND, "The viewer has no such file.");
    }
    match files::find(folder, "index.html").await {
        Some(page) => page.serve(&request).await,
        None => missing(&actor.name),
    }
}

/// Sets what a page needs to share memory with its workers: volumes do not load without it.
fn isolated(answer: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    answer
        .insert_header(("Cross-Origin-Opener-Policy", "same-origin"))
        .insert_header(("Cross-Origin-Embedder-Policy", "require-corp"))
        .insert_header(("Cross-Origin-Resource-Policy", "same-origin"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
}

fn missing(user: &str) -> HttpResponse {
    let main = html! {
        h1 { "The viewer is not here yet" }
        p.lead { "The OHIF viewer is a package of its own, fetched once." }
        p { "In the folder of the gateway's sources, with npm installed, run" }
        pre { "make viewer" }
        p {
            "and load this page again. Any other DICOMweb viewer can be used too: point it at " code { "/dicom-web" }
            " (" a href="/api" { "what that offers" } ")."
        }
    };
    Page::new("Viewer").of_user(user).render(StatusCode::SERVICE_UNAVAILABLE, main)
}
