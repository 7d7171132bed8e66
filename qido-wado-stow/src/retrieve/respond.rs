//! Streams as response bodies.

use actix_web::body::{BodyStream, SizedStream};
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use archive::retrieve::{Content, Stored};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};

use crate::connection::Connection;
use crate::error::chain;

/// How the content of an answer comes to its client.
#[derive(Clone)]
pub(crate) struct Way {
    /// What is answered.
    pub request: HttpRequest,
    /// What carries stored bytes past the content; without it they are given as the others are.
    connection: Option<Connection>,
}

impl From<&HttpRequest> for Way {
    fn from(request: &HttpRequest) -> Self {
        Self { request: request.clone(), connection: None }
    }
}

impl Way {
    /// The way of an answer whose length is known, and whose stored bytes are made to content here alone.
    pub fn of_stored(request: &HttpRequest) -> Self {
        Self { connection: request.conn_data::<Connection>().cloned(), ..Self::from(request) }
    }

    /// What is stored, and what comes after it.
    pub fn content(&self, stored: Stored, after: Bytes) -> Content {
        match &self.connection {
            Some(connection) => connection.carry(stored, after),
            None => stored.content_and(after),
        }
    }
}

/// Sends `content`; with a Content-Length when it is known. HEAD sends the headers alone and reads nothing; of an answer
/// whose length is not known it says that it would come in chunks, and no length (RFC 9110 §8.6).
///
/// An error in `content` breaks the connection off: a client must never take half an answer for a whole one.
pub(crate) fn send(
    way: impl Into<Way>,
    mut response: HttpResponseBuilder,
    length: Option<u64>,
    content: impl Stream<Item = Result<Bytes, archive::Error>> + 'static,
) -> HttpResponse {
    let way = way.into();
    let content = content.inspect_err(|error| tracing::error!(error = chain(error), "answer broken off"));
    let nothing = stream::empty::<Result<Bytes, archive::Error>>();
    match (way.request.method() == Method::HEAD, length) {
        (true, Some(length)) => response.body(SizedStream::new(length, nothing)),
        (true, None) => response.body(BodyStream::new(nothing)),
        (false, Some(length)) if way.connection.is_some() => {
            response.no_chunking(length).body(BodyStream::new(content))
        }
        (false, Some(length)) => response.body(SizedStream::new(length, content)),
        (false, None) => response.body(BodyStream::new(content)),
    }
}
