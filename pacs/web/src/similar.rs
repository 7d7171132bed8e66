//! Similar images: the page on which an example is chosen, its part and its place in the body are marked, and what looks like
//! it is shown. The page is made here; its scripts ask `/dicom-web` as any client does.

mod figure;
mod form;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::admission::Admitted;
use crate::page::Page;
use crate::refusal::{answer, is_browser};

const STYLE: &str = include_str!("similar/style.css");
/// The scripts, by the names that they import one another by.
const SCRIPTS: [(&str, &str); 5] = [
    ("page.js", include_str!("similar/page.js")),
    ("ask.js", include_str!("similar/ask.js")),
    ("example.js", include_str!("similar/example.js")),
    ("figure.js", include_str!("similar/figure.js")),
    ("results.js", include_str!("similar/results.js")),
];

/// `GET /similar`.
pub(crate) async fn page(Admitted(actor): Admitted) -> HttpResponse {
    let page = Page::new("Similar images").of_user(&actor.name).with_script("/similar/page.js", STYLE);
    page.render(StatusCode::OK, form::page(&actor))
}

/// `GET /similar/…`: a script of the page.
pub(crate) async fn script(_: Admitted, request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some((_, text)) = SCRIPTS.iter().find(|(known, _)| *known == name.as_str()) else {
        return answer(is_browser(&request), StatusCode::NOT_FOUND, "The page has no such script.");
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(*text)
}
