//! A plain HTTP client for tests.

use base64::Engine as _;
use serde_json::Value;

/// A client of one server, as one user.
#[derive(Clone)]
pub struct Http {
    base: String,
    authorization: Option<String>,
    agent: ureq::Agent,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content-Type.
    pub content_type: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Http {
    /// A client that is nobody.
    pub fn new(base: String) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Self { base, authorization: None, agent: config.into() }
    }

    /// The same client as a user.
    pub fn with_password(mut self, name: &str, password: &str) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        self.authorization = Some(format!("Basic {pair}"));
        self
    }

    /// GET with an Accept header.
    pub fn get(&self, path: &str, accept: &str) -> Answer {
        self.try_get(path, accept).unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// GET, when the server may not be there.
    pub fn try_get(&self, path: &str, accept: &str) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(format!("{}{path}", self.base)).header("Accept", accept);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        answer(request.call()?)
    }

    /// POST.
    pub fn post(&self, path: &str, content_type: &str, accept: &str, body: &[u8]) -> Answer {
        self.try_post(path, content_type, accept, body).unwrap_or_else(|error| panic!("POST {path}: {error}"))
    }

    /// POST, when the server may not be there.
    pub fn try_post(&self, path: &str, content_type: &str, accept: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        let url = format!("{}{path}", self.base);
        let mut request = self.agent.post(url).header("Accept", accept).header("Content-Type", content_type);
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        answer(request.send(body)?)
    }

    /// PUT of JSON.
    pub fn put(&self, path: &str, body: &serde_json::Value) -> Answer {
        let request = self.agent.put(format!("{}{path}", self.base)).header("Content-Type", "application/json");
        let request = match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization),
            None => request,
        };
        let answered = request.send(body.to_string()).and_then(answer);
        answered.unwrap_or_else(|error| panic!("PUT {path}: {error}"))
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Answer {
        let mut request = self.agent.delete(format!("{}{path}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        request.call().and_then(answer).unwrap_or_else(|error| panic!("DELETE {path}: {error}"))
    }

    /// STOW-RS of some files in one request.
    pub fn stow(&self, files: &[Vec<u8>]) -> Answer {
        self.try_stow(files).unwrap_or_else(|error| panic!("STOW: {error}"))
    }

    /// STOW-RS, when the server may not be there.
    pub fn try_stow(&self, files: &[Vec<u8>]) -> Result<Answer, ureq::Error> {
        let mut body = Vec::new();
        for file in files {
            body.extend_from_slice(b"--part\r\nContent-Type: application/dicom\r\n\r\n");
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--part--\r\n");
        let content_type = "multipart/related; type=\"application/dicom\"; boundary=part";
        self.try_post("/dicom-web/studies", content_type, "application/dicom+json", &body)
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let headers: Vec<(String, String)> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let content_type = headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone());
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
    Ok(Answer { status, content_type: content_type.unwrap_or_default(), headers, body })
}
