//! Scrolling through a volume over a WebSocket (RFC 6455): what is to be seen comes as JSON, what is seen goes as frames.
//! Of several requests the newest wins. Not in the Standard.
//!
//! `request` is what a message asks and how it is drawn; `sockets` is how many there are.

mod request;
mod sockets;

use std::rc::Rc;
use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, ORIGIN};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, Session};
use archive::access::Stranger;
use futures_util::future::LocalBoxFuture;
use tokio::time::{Instant, sleep_until, timeout};

use crate::asked::Asked;
use crate::authentication::is_same_origin;
use crate::target::Target;
use crate::{Failure, Settings};
use request::{Drawing, Reply};
pub use sockets::Sockets;

/// Longest message that is read, in bytes.
const LONGEST_MESSAGE: usize = 16 << 10;
/// A socket nobody asks anything by is closed after so many times the patience for bodies.
const IDLE: u32 = 5;
/// How long a socket lives: who asked must show again who it is.
const LIFE: Duration = Duration::from_secs(3600);
/// Answers that are on their way at once: more would only be late on a slow line.
const ON_THEIR_WAY: u64 = 2;

/// Opens a socket.
pub(crate) async fn open(
    asked: Asked,
    target: Target,
    settings: web::Data<Settings>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    is_ours(&asked.request).inspect_err(|_| {
        asked.archive.turned_away(asked.actor.address, asked.actor.via, Stranger::OtherSite);
    })?;
    let place = settings.sockets.place(&asked.actor.name)?;
    // Written down once, and told by a status when there is nothing.
    asked.archive.instances(&asked.actor, &target.0, "scroll").await?;
    let words = |error| Failure::BadRequest(format!("scroll is a WebSocket (RFC 6455): {error}"));
    let (response, session, messages) = actix_ws::handle(&asked.request, payload).map_err(words)?;
    let messages = messages.max_frame_size(LONGEST_MESSAGE).aggregate_continuations();
    let messages = messages.max_continuation_size(LONGEST_MESSAGE);
    let drawing = Drawing::new(&asked, target.0);
    actix_web::rt::spawn(async move {
        let patience = settings.idle;
        let scroll = Scroll { drawing, session: session.clone(), patience, sent: 0, seen: 0 };
        let reason = scroll.run(messages, &settings).await;
        // Of a client that has gone there is nothing to close.
        let _ = written(patience, session.close(reason)).await;
        drop(place);
    });
    Ok(response)
}

/// Browsers open sockets for the pages of any site, with the cookie and the password that they remember of this one: a
/// script cannot give others, so that no list of origins makes such a page somebody who logged in. What says nothing of
/// where it comes from is no browser, and has no business with a cookie.
fn is_ours(request: &HttpRequest) -> Result<(), Failure> {
    let may = match request.headers().contains_key(ORIGIN) {
        true => is_same_origin(request),
        false => request.headers().contains_key(AUTHORIZATION),
    };
    let words = || Failure::Forbidden("a page of another site may not open a socket here".into());
    may.then_some(()).ok_or_else(words)
}

/// An open socket.
struct Scroll {
    drawing: Rc<Drawing>,
    session: Session,
    /// How long a client may take to read.
    patience: Duration,
    /// Answers that were sent, and those of them that the client says it has.
    sent: u64,
    seen: u64,
}

impl Scroll {
    /// Answers until one side has enough; why it ends.
    async fn run(mut self, mut messages: AggregatedMessageStream, settings: &Settings) -> Option<CloseReason> {
        let (end, patience) = (Instant::now() + LIFE, settings.idle * IDLE);
        let mut idle = Instant::now() + patience;
        // Dropped when a newer request comes: what has begun is told to stop.
        let mut drawn: Option<LocalBoxFuture<'static, Reply>> = None;
        loop {
            let has_room = self.sent - self.seen < ON_THEIR_WAY;
            let next = async {
                match &mut drawn {
                    Some(drawn) if has_room => drawn.await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = settings.shutdown.cancelled() => return reason(CloseCode::Away, "the server stops"),
                message = messages.recv() => match message {
                    Some(Ok(AggregatedMessage::Text(text))) => {
                        idle = Instant::now() + patience;
                        drawn = Some(self.drawing.clone().reply(text.to_string()));
                    }
                    Some(Ok(AggregatedMessage::Ping(bytes))) => {
                        written(self.patience, self.session.pong(&bytes)).await?;
                    }
                    Some(Ok(AggregatedMessage::Pong(bytes))) => self.has(&bytes),
                    Some(Ok(AggregatedMessage::Binary(_))) => {
                        return reason(CloseCode::Unsupported, "requests are JSON texts");
                    }
                    Some(Ok(AggregatedMessage::Close(reason))) => return reason,
                    Some(Err(error)) => return reason(CloseCode::Protocol, &error.to_string()),
                    None => return None,
                },
                reply = next => {
                    drawn = None;
                    // Of a message that did not come to ask for it.
                    self.drawing.stop_loading();
                    self.send(reply).await?;
                }
                () = sleep_until(idle) => return reason(CloseCode::Normal, "nothing was asked for a while"),
                () = sleep_until(end) => return reason(CloseCode::Normal, "the socket is old: open another"),
            }
        }
    }

    async fn send(&mut self, reply: Reply) -> Option<()> {
        match reply {
            Reply::Refused(words) => written(self.patience, self.session.text(words)).await?,
            Reply::Frame(bytes) => written(self.patience, self.session.binary(bytes)).await?,
        }
        // Every client answers a ping; the answer tells that what was sent before it has come.
        self.sent += 1;
        written(self.patience, self.session.ping(&self.sent.to_le_bytes())).await
    }

    /// The client has all answers up to this one.
    fn has(&mut self, pong: &[u8]) {
        if let Ok(number) = <[u8; 8]>::try_from(pong).map(u64::from_le_bytes) {
            self.seen = self.seen.max(number.min(self.sent));
        }
    }
}

/// Something written; `None` when the client has gone, or does not read.
async fn written(patience: Duration, write: impl Future<Output = Result<(), Closed>>) -> Option<()> {
    timeout(patience, write).await.ok()?.ok()
}

fn reason(code: CloseCode, words: &str) -> Option<CloseReason> {
    Some(CloseReason { code, description: Some(words.to_owned()) })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn opened(headers: &[(&'static str, &'static str)]) -> bool {
        let request = TestRequest::default().append_header(("Host", "pacs.example"));
        let request = headers.iter().fold(request, |request, header| request.append_header(*header)).to_http_request();
        is_ours(&request).is_ok()
    }

    #[test]
    fn pages_of_other_sites_open_no_socket() {
        let password = ("Authorization", "Basic x");
        assert!(opened(&[password]));
        assert!(!opened(&[]));
        assert!(opened(&[("Origin", "http://pacs.example")]));
        assert!(opened(&[password, ("Origin", "http://pacs.example")]));
        assert!(!opened(&[("Origin", "http://evil.example")]));
        assert!(!opened(&[password, ("Origin", "http://evil.example")]));
        assert!(!opened(&[password, ("Origin", "null")]));
        assert!(!opened(&[("Sec-Fetch-Site", "cross-site"), ("Origin", "http://pacs.example")]));
    }
}
