//! What every reading request brings, extracted once: who asks, for what form, at which address.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use archive::{Actor, Archive};

use crate::accept::Accept;
use crate::address::{Address, trusts_forwarded};
use crate::query::Query;
use crate::{Failure, User};

/// An authenticated request to search or retrieve.
pub(crate) struct Asked {
    /// Who asks.
    pub actor: Actor,
    /// The archive that is asked.
    pub archive: web::Data<Archive>,
    /// Query parameters.
    pub query: Query,
    /// Acceptable media types.
    pub accept: Accept,
    /// Where the client reaches us.
    pub address: Address,
    /// The request itself.
    pub request: HttpRequest,
}

impl FromRequest for Asked {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let user = User::from_request(request, payload);
        let archive = request.app_data::<web::Data<Archive>>().cloned();
        let (query, accept) = (Query::extract(request), Accept::extract(request));
        let address = Address::of(request, trusts_forwarded(request));
        let request = request.clone();
        Box::pin(async move {
            let User(actor) = user.await?;
            let archive = archive.ok_or_else(|| archive::Error::Internal("no archive is mounted".into(), None))?;
            Ok(Self { actor, archive, query: query.await?, accept: accept.await?, address, request })
        })
    }
}
