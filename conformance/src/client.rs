//! The server under test as an HTTP client sees it: one request, one answer, nothing followed or guessed.

use std::time::Duration;

use base64::Engine as _;
use ureq::config::AutoHeaderValue;

use crate::answer::Answer;
use crate::requirement::Finding;

/// A request; its path is below the service's base, unless it is a whole URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Headers, besides those that every request of this server carries.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Vec<u8>>,
    /// Whether the user's own headers are left out.
    pub anonymous: bool,
}

impl Request {
    /// Any method without body.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: None, anonymous: false }
    }

    /// GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// POST of a body.
    pub fn post(path: impl Into<String>, content_type: &str, body: Vec<u8>) -> Self {
        let mut request = Self::new("POST", path).header("Content-Type", content_type);
        request.body = Some(body);
        request
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The header Accept.
    pub fn accept(self, media_types: &str) -> Self {
        self.header("Accept", media_types)
    }

    /// The same as nobody.
    pub fn as_nobody(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// What a person reads in a report: request line, and Accept when there is one.
    pub fn line(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!(" [{name}: {value}]"));
        format!("{} {}{}", self.method, self.path, headers.collect::<String>())
    }
}

/// The server under test.
pub struct Server {
    base: String,
    headers: Vec<(String, String)>,
    agent: ureq::Agent,
}

impl Server {
    /// The service at `base`, for example `http://127.0.0.1:8080/dicom-web`; every request carries `headers`.
    pub fn new(base: &str, headers: Vec<(String, String)>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { base: base.trim_end_matches('/').to_owned(), headers, agent: config.into() }
    }

    /// The header that HTTP Basic wants.
    pub fn basic(user: &str, password: &str) -> (String, String) {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        ("Authorization".into(), format!("Basic {pair}"))
    }

    /// Base URL of the service, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether requests carry credentials.
    pub fn has_credentials(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
    }

    /// Sends a request. A server that does not answer fails the check.
    pub fn send(&self, request: &Request) -> Result<Answer, Finding> {
        let failed = |reason: String| Finding::Failed { reason, request: request.line(), status: None };
        let url =
            if request.path.contains("://") { request.path.clone() } else { format!("{}{}", self.base, request.path) };
        let mut builder = ureq::http::Request::builder().method(request.method.as_str()).uri(url);
        let own = self.headers.iter().filter(|_| !request.anonymous);
        for (name, value) in own.chain(&request.headers) {
            builder = builder.header(name, value);
        }
        let response = match &request.body {
            Some(body) => builder.body(body.as_slice()).map_err(ureq::Error::from).and_then(|r| self.agent.run(r)),
            None => builder.body(()).map_err(ureq::Error::from).and_then(|r| self.agent.run(r)),
        };
        let mut response = response.map_err(|error| failed(format!("no answer: {error}")))?;
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
        let (headers, status) = (headers.collect(), response.status().as_u16());
        let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec();
        let body = body.map_err(|error| failed(format!("the answer breaks off: {error}")))?;
        Ok(Answer { request: request.line(), status, headers, body })
    }
}
