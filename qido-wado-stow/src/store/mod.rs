//! Store (STOW-RS, PS3.18 §10.5): objects streamed from the request to the archive, and what became of each.

mod content;
mod finishing;
mod incoming;
mod reason;
mod report;
mod request_body;
mod response;

use actix_web::{HttpRequest, HttpResponse, web};
use archive::Archive;

use crate::accept::{Accept, dicom_json};
use crate::address::Address;
use crate::target::uid;
use crate::{Failure, Settings, User, measure};
use content::Kind;
use request_body::RequestBody;

/// Store Instances, of any Study (`POST /studies`) or of one (`POST /studies/{study}`).
pub(crate) async fn instances(
    user: User,
    request: HttpRequest,
    payload: web::Payload,
    accept: Accept,
    address: Address,
    archive: web::Data<Archive>,
    settings: web::Data<Settings>,
) -> Result<HttpResponse, Failure> {
    let media_type = dicom_json(&accept)?;
    let study = uid(&request, "study")?;
    let kind = content::kind(&request)?;
    content::fits(&request, settings.largest_request)?;
    let body = RequestBody::new(payload, &settings);
    let taken = body.taken();
    let store = incoming::Store { archive: &archive, actor: &user.0, study: study.as_ref() };
    let report = match kind {
        Kind::Single => store.single(body).await?,
        Kind::Multipart { boundary } => store.multipart(body, &boundary).await?,
    };
    measure::received("store", taken.get());
    response::represent(media_type, &address, study.as_ref(), report)
}
