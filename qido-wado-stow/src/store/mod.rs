//! Store (STOW-RS, PS3.18 §10.5): objects streamed from the request to the archive, and what became of each.
//!
//! An object comes as a PS3.10 file, which goes straight on, or as metadata and bulk data, which wait for each other.

mod apart;
mod assembly;
mod bulk_parts;
mod compressed;
mod content;
#[cfg(any(test, feature = "exercise"))]
pub(crate) mod exercise;
mod finishing;
mod incoming;
mod metadata;
mod reason;
mod report;
mod request_body;
mod response;

use actix_web::{HttpRequest, HttpResponse, web};
use archive::{Archive, StoreOutcome};

use crate::accept::Accept;
use crate::address::Address;
use crate::model::{Holds, Model};
use crate::target::uid;
use crate::{Failure, Settings, User, measure};
use content::Kind;
use request_body::RequestBody;

/// Store Instances, of any Study (`POST /studies`) or of one (`POST /studies/{study}`).
pub(crate) async fn instances(asking: Asking, payload: web::Payload) -> Result<HttpResponse, Failure> {
    store(asking, payload, false).await
}

/// The same, but an Instance takes the place of another with its UID (`PUT /studies`, `PUT /studies/{study}`): no
/// transaction of the Standard, but one that clients of Azure's server know.
pub(crate) async fn upsert(asking: Asking, payload: web::Payload) -> Result<HttpResponse, Failure> {
    store(asking, payload, true).await
}

/// What a request to store brings besides its body.
type Asking = (User, HttpRequest, Accept, Address, web::Data<Archive>, web::Data<Settings>);

async fn store(asking: Asking, payload: web::Payload, replaces: bool) -> Result<HttpResponse, Failure> {
    let (user, request, accept, address, archive, settings) = asking;
    let model = Model::choose(&accept, Holds::One)?;
    let study = uid(&request, "study")?;
    let kind = content::kind(&request)?;
    content::fits(&request, settings.largest_request)?;
    let body = RequestBody::new(payload, &settings);
    let taken = body.taken();
    let store = incoming::Store { archive: &archive, actor: &user.0, study: study.as_ref(), replaces };
    let report = match kind {
        Kind::Single => store.single(body).await?,
        Kind::Multipart { boundary } => store.multipart(body, &boundary).await?,
        Kind::Apart { boundary, language } => store.apart(body, &boundary, language).await?,
    };
    measure::received("store", taken.get());
    response::represent(model, &address, study.as_ref(), report).await
}

/// Answers for objects that were made here and stored as a request asked.
pub(crate) async fn made(
    model: Model,
    address: &Address,
    outcomes: Vec<StoreOutcome>,
) -> Result<HttpResponse, Failure> {
    let report = report::Report { outcomes, ..Default::default() };
    response::represent(model, address, None, report).await
}
