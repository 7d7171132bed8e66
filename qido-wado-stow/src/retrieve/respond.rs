//! Streams as response bodies.

use actix_web::body::{BodyStream, SizedStream};
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};

use crate::error::chain;

/// Sends `content`; with a Content-Length when it is known. HEAD sends the headers alone and reads nothing; of an answer
/// whose length is not known it says that it would come in chunks, and no length (RFC 9110 §8.6).
///
/// An error in `content` breaks the connection off: a client must never take half an answer for a whole one.
pub(crate) fn send(
    request: &HttpRequest,
    mut response: HttpResponseBuilder,
    length: Option<u64>,
    content: impl Stream<Item = Result<Bytes, archive::Error>> + 'static,
) -> HttpResponse {
    let content = content.inspect_err(|error| tracing::error!(error = chain(error), "answer broken off"));
    let nothing = stream::empty::<Result<Bytes, archive::Error>>();
    match (request.method() == Method::HEAD, length) {
        (true, Some(length)) => response.body(SizedStream::new(length, nothing)),
        (true, None) => response.body(BodyStream::new(nothing)),
        (false, Some(length)) => response.body(SizedStream::new(length, content)),
        (false, None) => response.body(BodyStream::new(content)),
    }
}
