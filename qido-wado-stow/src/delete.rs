//! Deletion, which the Standard does not have, in the form that clients know from the peers: DELETE of the object's URL.

use actix_web::HttpResponse;

use crate::Failure;
use crate::asked::Asked;
use crate::target::Target;

/// Delete a Study, Series or Instance for good: 204, and from then on it is 404.
pub(crate) async fn object(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    asked.archive.delete(&asked.actor, &target.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
