//! The page that says what programs can ask of this server.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::html;

use crate::admission::Admitted;
use crate::page::Page;

/// Method, path below the service's root, what it is.
type Resource = (&'static str, &'static str, &'static str);

/// QIDO-RS (PS3.18 §10.6).
const SEARCH: &[Resource] = &[
    ("GET", "/studies", "Search all studies"),
    ("GET", "/series", "Search all series"),
    ("GET", "/instances", "Search all instances"),
    ("GET", "/studies/{study}/series", "Search the series of a study"),
    ("GET", "/studies/{study}/instances", "Search the instances of a study"),
    ("GET", "/studies/{study}/series/{series}/instances", "Search the instances of a series"),
];

/// WADO-RS (PS3.18 §10.4). An instance is `/studies/{study}/series/{series}/instances/{instance}`.
const RETRIEVE: &[Resource] = &[
    ("GET", "/studies/{study}", "All objects of a study; of a series or one instance by the longer path"),
    ("GET", "/studies/{study}/metadata", "All attributes but the bulk data, as JSON; of a series or one instance too"),
    ("GET", "{instance}/frames/{list}", "Frames by number, as stored or as native pixels"),
    ("GET", "{instance}/bulkdata/{path}", "One value, by the address that the metadata give"),
    (
        "GET",
        "{instance}/rendered",
        "A picture for the screen (JPEG, PNG); {instance}/frames/{list}/rendered of a frame",
    ),
    ("GET", "/studies/{study}/thumbnail", "A small picture; of a series, an instance or a frame too"),
];

/// STOW-RS (PS3.18 §10.5).
const STORE: &[Resource] = &[
    ("POST", "/studies", "Store objects of any studies"),
    ("POST", "/studies/{study}", "Store objects of one study; others in the same request are refused"),
];

/// `GET /api`.
pub(crate) async fn page(Admitted(actor): Admitted) -> HttpResponse {
    let groups = [
        (
            "Search (QIDO-RS)",
            "Answers application/dicom+json. Keys are keywords or tags: PatientID=…, 00100010=QUAESTOR*",
            SEARCH,
        ),
        (
            "Retrieve (WADO-RS)",
            "Answers what the Accept header asks for; transfer-syntax=* means the bytes as stored.",
            RETRIEVE,
        ),
        ("Store (STOW-RS)", "Takes multipart/related; type=\"application/dicom\".", STORE),
    ];
    let main = html! {
        h1 { "DICOMweb" }
        p.lead {
            "The service is at " code { "/dicom-web" } ". It speaks DICOMweb as PS3.18 of the DICOM Standard describes it. "
            "Programs log in with HTTP Basic, or with an API token as Bearer (" code { "pacs token add" } ")."
        }
        pre { "curl --user NAME 'http://HOST/dicom-web/studies?StudyDate=20260101-&limit=10'" }
        @for (title, words, resources) in groups {
            h2 { (title) }
            p { (words) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                table {
                    thead { tr { th scope="col" { "Method" } th scope="col" { "Path" } th scope="col" { "What it is" } } }
                    tbody {
                        @for (method, path, what) in resources {
                            tr { td { code { (method) } } td { code { (path) } } td { (what) } }
                        }
                    }
                }
            }
        }
    };
    Page::new("DICOMweb").of_user(&actor.name).render(StatusCode::OK, main)
}
