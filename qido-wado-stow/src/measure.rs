//! Latency and bytes of every operation, by its name: never by path or query, which hold UIDs and names.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use bytes::Bytes;

use crate::connection::Connection;

/// Runs a request under the name of its operation and notes how long its answer took to the last byte.
pub(crate) async fn measured<B: MessageBody + 'static>(
    operation: &'static str,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    tracing::Span::current().record("operation", operation);
    let begun = Instant::now();
    let carrying = request.conn_data::<Connection>().map(|connection| (connection.clone(), connection.carried()));
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    let measured = |body: B| Measured { body: body.boxed(), sent: 0, carrying, operation, status, begun };
    Ok(response.map_body(|_, body| BoxBody::new(measured(body))))
}

/// Notes how many bytes of a request body an operation took.
pub(crate) fn received(operation: &'static str, bytes: u64) {
    metrics::histogram!("pacs_http_received_bytes", "operation" => operation).record(bytes as f64);
}

/// A body that counts itself and reports when it is done with, sent or not.
struct Measured {
    body: BoxBody,
    sent: u64,
    /// The connection, and what it had carried before.
    carrying: Option<(Connection, u64)>,
    operation: &'static str,
    status: u16,
    begun: Instant,
}

impl MessageBody for Measured {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = self.body.as_pin_mut().poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &piece {
            self.sent += bytes.len() as u64;
        }
        piece
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let status = self.status.to_string();
        let carried = self.carrying.as_ref().map_or(0, |(connection, before)| connection.carried() - before);
        let sent = self.sent + carried;
        let seconds = self.begun.elapsed().as_secs_f64();
        metrics::histogram!("pacs_http_seconds", "operation" => self.operation, "status" => status).record(seconds);
        metrics::histogram!("pacs_http_sent_bytes", "operation" => self.operation).record(sent as f64);
    }
}
