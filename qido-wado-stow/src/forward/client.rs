//! The HTTP client: TLS, time limits, and the credential, which goes to the server that it is for and nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use archive::forward::{WebAddress, WebCredential};
use futures_util::TryStreamExt;
use metrics::counter;
use parking_lot::RwLock;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Body, Certificate, Identity, RequestBuilder, Response, tls};

use super::answer::{Answer, Verdict};
use super::request::Batch;
use crate::error::chain;

/// Time for a connection and its TLS handshake.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long a connection is kept that nobody needs: less than servers keep theirs, who would hang up on the next request.
const KEPT: Duration = Duration::from_millis(500);
/// Longest time in which nothing moves: the server takes nothing, and answers nothing.
const SILENCE: Duration = Duration::from_secs(120);
/// Largest answer that is read: far more than what is said about the instances of one request.
const LARGEST_ANSWER: usize = 4 << 20;

/// How we ask other web servers.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    /// Authorities whose certificates servers may show, each in DER; empty: those that the system trusts.
    pub authorities: Vec<Vec<u8>>,
    /// Our certificate chain and its key (PKCS #8), both in PEM, for servers that want one.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS for web servers that are sent to cannot be set up: {0}")]
pub struct OutgoingError(#[from] reqwest::Error);

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server is out of reach: nothing went there.
    Away(String),
    /// It was reached, and broke off or fell silent: that may lie in what it was sent.
    Broken(String),
    /// What was to be sent cannot be read to its end.
    Ours(String),
}

/// Sends to other web servers. Cheap to clone; all clones have the same TLS.
#[derive(Clone)]
pub struct WebClient(Arc<RwLock<reqwest::Client>>);

impl WebClient {
    /// A client with this TLS.
    ///
    /// # Errors
    /// It cannot be set up.
    pub fn new(outgoing: Outgoing) -> Result<Self, OutgoingError> {
        Ok(Self(Arc::new(RwLock::new(Self::of(outgoing)?))))
    }

    /// Takes another TLS for all requests from now on. Those that are under way end as they began.
    ///
    /// # Errors
    /// It cannot be set up, and everything stays as it is.
    pub fn renew(&self, outgoing: Outgoing) -> Result<(), OutgoingError> {
        let renewed = Self::of(outgoing)?;
        *self.0.write() = renewed;
        Ok(())
    }

    fn of(outgoing: Outgoing) -> Result<reqwest::Client, OutgoingError> {
        let mut builder = reqwest::Client::builder()
            .use_native_tls()
            .min_tls_version(tls::Version::TLS_1_2)
            // A credential must go nowhere else, and a body cannot be sent twice.
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECTING)
            .pool_idle_timeout(KEPT);
        if !outgoing.authorities.is_empty() {
            builder = builder.tls_built_in_root_certs(false);
        }
        for authority in outgoing.authorities {
            builder = builder.add_root_certificate(Certificate::from_der(&authority)?);
        }
        if let Some((certificate, key)) = outgoing.identity {
            builder = builder.identity(Identity::from_pkcs8_pem(&certificate, &key)?);
        }
        Ok(builder.build()?)
    }

    /// Sends instances in one request, and reads the answer.
    pub(super) async fn store(
        &self,
        address: &WebAddress,
        credential: Option<&WebCredential>,
        batch: Batch,
    ) -> Result<Verdict, Trouble> {
        let instances = batch.instances();
        let (moved, is_ours) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let request = self.request(address, credential, batch, &moved, &is_ours);
        let work = async {
            let response = request.send().await?;
            let (status, media_type) = (response.status().as_u16(), media_type(response.headers()));
            let body = read(response, &moved).await?;
            Ok::<_, reqwest::Error>(Answer { status, media_type: &media_type, body: &body }.judge(&instances))
        };
        let ended = patiently(&moved, work).await;
        let has_begun = moved.load(Ordering::Relaxed) > 0;
        Err(match ended {
            Some(Ok(verdict)) => return Ok(verdict),
            Some(Err(error)) => {
                let words = chain(&error.without_url());
                if is_ours.load(Ordering::Relaxed) {
                    Trouble::Ours(words)
                } else if has_begun {
                    Trouble::Broken(format!("it broke off: {words}"))
                } else {
                    Trouble::Away(format!("it cannot be reached: {words}"))
                }
            }
            None => {
                let words = format!("nothing moved for {} seconds", SILENCE.as_secs());
                if has_begun { Trouble::Broken(words) } else { Trouble::Away(words) }
            }
        })
    }

    /// `moved` counts the bytes that were taken; `is_ours` is set when they cannot be read.
    fn request(
        &self,
        address: &WebAddress,
        credential: Option<&WebCredential>,
        batch: Batch,
        moved: &Arc<AtomicU64>,
        is_ours: &Arc<AtomicBool>,
    ) -> RequestBuilder {
        let (content_type, length, content) = batch.body();
        let (moved, is_ours) = (Arc::clone(moved), Arc::clone(is_ours));
        let content = content
            .inspect_ok(move |bytes| {
                moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            })
            .inspect_err(move |_| is_ours.store(true, Ordering::Relaxed));
        let client = self.0.read().clone();
        let request = client.post(format!("{address}/studies"));
        let mut request = request.header(CONTENT_TYPE, content_type).header(ACCEPT, "application/dicom+json");
        if let Some(length) = length {
            request = request.header(CONTENT_LENGTH, length);
        }
        let authorization = credential.and_then(|credential| HeaderValue::from_str(credential.expose()).ok());
        if let Some(mut value) = authorization {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        request.body(Body::wrap_stream(content))
    }
}

/// The media type of an answer, without parameters; empty if it does not say.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The beginning of an answer's body; whoever says more says it to nobody.
async fn read(mut response: Response, moved: &AtomicU64) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < LARGEST_ANSWER
        && let Some(piece) = response.chunk().await?
    {
        moved.fetch_add(piece.len() as u64, Ordering::Relaxed);
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Does `work` for as long as something moves; none when nothing does.
async fn patiently<T>(moved: &AtomicU64, work: impl Future<Output = T>) -> Option<T> {
    tokio::pin!(work);
    let mut before = 0;
    loop {
        tokio::select! {
            done = &mut work => return Some(done),
            () = tokio::time::sleep(SILENCE) => {}
        }
        let now = moved.load(Ordering::Relaxed);
        if now == before {
            return None;
        }
        before = now;
    }
}

/// Counts instances that were sent, by outcome.
pub(super) fn counted(outcome: &'static str, instances: usize) {
    counter!("pacs_stow_sent_total", "outcome" => outcome).increment(instances as u64);
}
