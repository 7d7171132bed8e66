//! The page that says what programs can ask of this server.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use maud::{Markup, html};

use crate::WebSettings;
use crate::admission::Admitted;
use crate::page::Page;

/// One method of one resource, as the page tells of it.
#[derive(Debug, Clone)]
pub struct Resource {
    /// What several resources have in common: the heading they stand under, with the Standard's clause.
    pub title: String,
    /// What they do, in a sentence.
    pub summary: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// URI template.
    pub path: String,
    /// Query parameters and header fields: name, and what it says.
    pub parameters: Vec<(&'static str, &'static str)>,
    /// Media types of the answer.
    pub gives: &'static [&'static str],
}

/// `GET /api`.
pub(crate) async fn page(Admitted(actor): Admitted, settings: Data<WebSettings>) -> HttpResponse {
    let groups = settings.resources.chunk_by(|one, next| one.title == next.title);
    let main = html! {
        h1 { "DICOMweb" }
        p.lead {
            "The service is at " code { "/dicom-web" } ". It speaks DICOMweb as PS3.18 of the DICOM Standard describes it. "
            "Programs log in with HTTP Basic, or with an API token as Bearer (" code { "pacs token add" } ")."
        }
        pre { "curl --user NAME 'http://HOST/dicom-web/studies?StudyDate=20260101-&limit=10'" }
        p { "For programs: " a href="/dicom-web/openapi.json" { "OpenAPI 3.1" } "." }
        @for group in groups { (section(group)) }
    };
    Page::new("DICOMweb").of_user(&actor.name).render(StatusCode::OK, main)
}

/// Resources that have all but method and path in common.
fn section(group: &[Resource]) -> Markup {
    let Some(first) = group.first() else { return html! {} };
    html! {
        h2 { (first.title) }
        p { (first.summary) }
        div.scroll tabindex="0" role="region" aria-label=(first.title) {
            table {
                thead { tr { th scope="col" { "Method" } th scope="col" { "Path" } } }
                tbody {
                    @for resource in group {
                        tr { td { code { (resource.method) } } td { code { (resource.path) } } }
                    }
                }
            }
        }
        @if !first.gives.is_empty() {
            p { "Answers " @for (place, media) in first.gives.iter().enumerate() { @if place > 0 { ", " } code { (media) } } "." }
        }
        @if !first.parameters.is_empty() {
            dl { @for (name, what) in &first.parameters { dt { code { (name) } } dd { (what) } } }
        }
    }
}
