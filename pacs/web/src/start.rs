//! The start page: where to go from here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::html;

use crate::admission::Admitted;
use crate::page::Page;

/// `GET /`.
pub(crate) async fn page(Admitted(actor): Admitted) -> HttpResponse {
    let main = html! {
        h1 { "Welcome" }
        p.lead {
            "This gateway keeps images that modalities send by DICOM, and shows them to any DICOM viewer."
        }
        ul.cards {
            li { a href="/viewer/" {
                strong { "Viewer" }
                span { "Find a study and look at it, in this browser." }
            } }
            li { a href="/similar" {
                strong { "Similar images" }
                span { "Find images that look like a given one, or show a part of the body." }
            } }
            li { a href="/api" {
                strong { "DICOMweb" }
                span { "What programs can ask of this server, and how." }
            } }
            li { a href="/health/ready" {
                strong { "Health" }
                span { "Whether the databases and the storage answer." }
            } }
            li { a href="/metrics" {
                strong { "Metrics" }
                span { "Counts and times of operations, for Prometheus." }
            } }
        }
    };
    Page::new("Start").of_user(&actor.name).render(StatusCode::OK, main)
}
