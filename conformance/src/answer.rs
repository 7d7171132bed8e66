//! An answer, and the sentences that can be said about it. Each either holds or is the finding of the check.

use serde_json::Value;

use crate::multipart::{self, Part};
use crate::requirement::Finding;

/// What the server sent.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked, for reports.
    pub request: String,
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

type Held<'a> = Result<&'a Answer, Finding>;

impl Answer {
    /// The finding that something about this answer is wrong.
    pub fn failed(&self, reason: impl Into<String>) -> Finding {
        Finding::Failed { reason: reason.into(), request: self.request.clone(), status: Some(self.status) }
    }

    /// `condition` holds, or `reason` is the finding.
    pub fn holds(&self, condition: bool, reason: impl Into<String>) -> Held<'_> {
        if condition { Ok(self) } else { Err(self.failed(reason)) }
    }

    /// The status is this one.
    pub fn status(&self, expected: u16) -> Held<'_> {
        self.holds(self.status == expected, format!("expected {expected}{}", self.said()))
    }

    /// The status is one of these.
    pub fn status_in(&self, expected: &[u16]) -> Held<'_> {
        self.holds(expected.contains(&self.status), format!("expected one of {expected:?}{}", self.said()))
    }

    /// Content-Type without parameters, in lower case.
    pub fn essence(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The media type is this one.
    pub fn content_type(&self, expected: &str) -> Held<'_> {
        let seen = self.header("content-type").unwrap_or("none");
        self.holds(self.essence() == expected, format!("expected Content-Type {expected}, seen {seen}"))
    }

    /// A parameter of Content-Type, unquoted.
    pub fn parameter(&self, name: &str) -> Option<String> {
        multipart::parameter(self.header("content-type")?, name)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header that must be there.
    pub fn with_header(&self, name: &str) -> Result<&str, Finding> {
        self.header(name).ok_or_else(|| self.failed(format!("there is no header {name}")))
    }

    /// A warning of code 299 is there.
    pub fn warns(&self) -> Held<'_> {
        let warned =
            self.headers.iter().any(|(name, value)| name == "warning" && value.trim_start().starts_with("299"));
        self.holds(warned, "there is no header Warning: 299")
    }

    /// The body as JSON of a successful answer.
    pub fn json(&self) -> Result<Value, Finding> {
        self.status(200)?;
        serde_json::from_slice(&self.body).map_err(|error| self.failed(format!("the body is no JSON: {error}")))
    }

    /// The body as an array of JSON objects.
    pub fn array(&self) -> Result<Vec<Value>, Finding> {
        match self.json()? {
            Value::Array(items) => Ok(items),
            _ => Err(self.failed("the body is no JSON array")),
        }
    }

    /// The parts of a successful multipart answer.
    pub fn parts(&self) -> Result<Vec<Part>, Finding> {
        self.status(200)?.content_type("multipart/related")?;
        let boundary = self.parameter("boundary").ok_or_else(|| self.failed("Content-Type has no boundary"))?;
        multipart::parse(&self.body, &boundary).ok_or_else(|| self.failed("the body is no multipart of its boundary"))
    }

    /// The one part of a successful multipart answer.
    pub fn part(&self) -> Result<Part, Finding> {
        let mut parts = self.parts()?;
        self.holds(parts.len() == 1, format!("expected one part, seen {}", parts.len()))?;
        parts.pop().ok_or_else(|| self.failed("there is no part"))
    }

    /// The first words of a refusal, which often say why.
    fn said(&self) -> String {
        let text: String = String::from_utf8_lossy(&self.body).chars().take(120).collect();
        let is_text = !text.trim().is_empty() && !text.contains(['\u{fffd}', '\0']);
        if is_text && self.status >= 300 {
            format!("; it says: {}", text.trim().replace('\n', " "))
        } else {
            String::new()
        }
    }
}
