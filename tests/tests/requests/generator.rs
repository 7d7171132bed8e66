//! Requests at random: each an operation of the table of routes whose parts are mostly right.

use std::fmt;

use e2e::{Fixture, Gateway};
use qido_wado_stow::{Operation, ParameterValue, operations};

/// What a request says, but for who asks.
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// What is refused as not built.
    pub fn may_be_unbuilt(&self) -> bool {
        self.target.to_lowercase().contains("/rendered") && self.target.contains("mpr")
    }
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body[..self.body.len().min(2_000)]);
        write!(formatter, "{} {}\n{:?}\n{body}", self.method, self.target, self.headers)
    }
}

/// What is stored, and what requests are made of.
pub struct Seeds {
    fixtures: Vec<Fixture>,
    /// What is sent. None of it is asked for: who asks while it is being replaced may be told to ask again (503).
    sent: Vec<Fixture>,
    operations: Vec<Operation>,
}

impl Seeds {
    /// Stores some objects.
    pub fn store(gateway: &Gateway) -> Self {
        let fixtures: Vec<_> = (1..=4).map(|number| Fixture::new(1 + number / 3, 1, number, 7)).collect();
        let files: Vec<_> = fixtures.iter().map(|fixture| fixture.file.clone()).collect();
        assert_eq!(gateway.http().stow(&files).status, 200);
        let sent = (1..=4).map(|number| Fixture::new(8 + number / 3, 1, number, 7)).collect();
        Self { fixtures, sent, operations: operations() }
    }
}

/// Values and pieces of values that mean something somewhere, or nearly.
const TEXTS: [&str; 48] = [
    "",
    "*",
    "?",
    "-",
    "0",
    "1",
    "-1",
    "2147483648",
    "99999999999999999999",
    "1e309",
    "NaN",
    "1.2.3",
    "1..2",
    "20240101",
    "20240101-20241231",
    "-20240101",
    "99999999-",
    "1030-",
    "Quaestor^A*",
    "=山田",
    "%",
    "%zz",
    "%00",
    "\u{0}",
    "\\",
    "'--",
    "\"",
    "1,2,3",
    "1,,2",
    "0,0",
    "100,100,0,1,0,0",
    "40,400,linear",
    "40,0,sigmoid",
    "true",
    "all",
    "PatientName",
    "00100010",
    "0008103E",
    "RequestAttributesSequence.ScheduledProcedureStepID",
    "00400275.00400009",
    "00091001",
    "0009{ACME}01",
    "Nothing",
    "bytes=0-9",
    "bytes=9-0",
    "W/\"x\"",
    "image/jpeg",
    "application/dicom+json",
];

const TYPES: [&str; 16] = [
    "*/*",
    "application/dicom",
    "application/dicom+json",
    "application/dicom+xml",
    "application/json",
    "application/zip",
    "multipart/related; type=\"application/dicom\"; transfer-syntax=*",
    "multipart/related; type=application/octet-stream",
    "multipart/related; type=\"image/jpeg\"; q=0.5, */*;q=0.1",
    "image/png",
    "image/gif;q=2",
    "image/jls",
    "text/html",
    "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80",
    "multipart/related; type=\"",
    ";;;,,,q=",
];

const KEYS: [&str; 10] = [
    "PatientName",
    "PatientID",
    "StudyDate",
    "StudyTime",
    "ModalitiesInStudy",
    "00100010",
    "00080061",
    "NumberOfFrames",
    "RequestAttributesSequence.ScheduledProcedureStepID",
    "IssuerOfPatientIDQualifiersSequence.UniversalEntityID",
];

/// A source of requests that depends on nothing but its seed.
pub struct Generator<'a> {
    seeds: &'a Seeds,
    state: u64,
}

impl<'a> Generator<'a> {
    /// A generator that makes the same for the same seed.
    pub fn new(seeds: &'a Seeds, seed: u64) -> Self {
        Self { seeds, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below `end` (xorshift64*).
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// The next request.
    pub fn request(&mut self) -> Request {
        let operation = self.below(self.seeds.operations.len());
        let operation = &self.seeds.operations[operation];
        let mut method = operation.method().to_owned();
        if self.one_in(20) {
            method = self.of(&["GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH"]).to_owned();
        }
        let removes = method == "DELETE";
        let target = format!("{}{}{}", operation.prefix(), self.path(&operation.path, removes), self.query(operation));
        let mut headers = Vec::new();
        for name in ["Accept", "Range", "If-None-Match", "Accept-Charset", "Origin", "If-Range"] {
            if self.one_in(if name == "Accept" { 2 } else { 12 }) {
                let value = if name == "Accept" { self.media_type() } else { self.text() };
                headers.push((name, header(&value)));
            }
        }
        let mut body = Vec::new();
        if matches!(method.as_str(), "POST" | "PUT" | "PATCH") {
            let (content_type, content) = self.body();
            headers.push(("Content-Type", header(&content_type)));
            body = content;
        }
        Request { method, target, headers, body }
    }

    /// A template with its places filled in; what is to be removed is never there.
    fn path(&mut self, template: &str, removes: bool) -> String {
        let fixture = self.below(self.seeds.fixtures.len());
        let fixture = &self.seeds.fixtures[fixture];
        let mut path = String::new();
        for (number, piece) in template.split(['{', '}']).enumerate() {
            if number % 2 == 0 {
                path.push_str(piece);
                continue;
            }
            let right = match piece {
                "study" => fixture.study.clone(),
                "series" => fixture.series.clone(),
                "instance" => fixture.instance.clone(),
                "frames" => self.of(&["1", "1,1", "2", "0"]).to_owned(),
                _ => "1.2.3".to_owned(),
            };
            let value = if removes { "1.2.3.4".to_owned() } else { right };
            path.push_str(&if self.one_in(8) { percent(&self.text()) } else { value });
        }
        path
    }

    fn query(&mut self, operation: &Operation) -> String {
        let mut pairs = Vec::new();
        for parameter in operation.kind.parameters {
            if self.one_in(3) {
                let value = match parameter.value {
                    ParameterValue::Text => self.text(),
                    ParameterValue::Whole(least, most) => self.of(&[least, most, 1, 3]).to_string(),
                    ParameterValue::Flag => self.of(&["true", "false"]).to_owned(),
                    ParameterValue::OneOf(words) => self.of(words).to_owned(),
                };
                let value = if self.one_in(6) { self.text() } else { value };
                pairs.push(format!("{}={}", parameter.name, percent(&value)));
            }
        }
        while self.one_in(2) {
            let key = if self.one_in(5) { self.text() } else { self.of(&KEYS).to_owned() };
            pairs.push(format!("{}={}", percent(&key), percent(&self.text())));
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    fn media_type(&mut self) -> String {
        let text = self.of(&TYPES).to_owned();
        if self.one_in(4) { self.spoiled(text) } else { text }
    }

    fn text(&mut self) -> String {
        let mut text = self.of(&TEXTS).to_owned();
        while self.one_in(4) {
            text.push_str(self.of(&TEXTS));
        }
        if self.one_in(5) { self.spoiled(text) } else { text }
    }

    fn spoiled(&mut self, text: String) -> String {
        let bytes = self.changed(text.into_bytes());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Some bytes less, more, or other.
    fn changed(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..1 + self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.below(256) as u8),
                2 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                _ => {
                    let piece = bytes[at..].iter().take(64).copied().collect::<Vec<_>>();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    }

    /// Content-Type and a body that is like it.
    fn body(&mut self) -> (String, Vec<u8>) {
        let fixture = self.below(self.seeds.sent.len());
        let file = self.seeds.sent[fixture].file.clone();
        let file = if self.one_in(2) { self.changed(file) } else { file };
        let json = br#"[{"00080016":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},"00080018":{"vr":"UI","Value":["1.9.1"]}}]"#;
        let xml = br#"<NativeDicomModel><DicomAttribute tag="00080018" vr="UI"><Value number="1">1.9</Value></DicomAttribute></NativeDicomModel>"#;
        let (root, content) = match self.below(3) {
            0 => ("application/dicom+json", json.to_vec()),
            1 => ("application/dicom+xml", xml.to_vec()),
            _ => ("application/dicom", file),
        };
        let content = if self.one_in(3) { self.changed(content) } else { content };
        if self.one_in(3) {
            return (root.to_owned(), content);
        }
        let mut parts = Vec::new();
        for _ in 0..1 + self.below(3) {
            parts
                .extend_from_slice(format!("--b\r\nContent-Type: {root}\r\nContent-Location: bulk\r\n\r\n").as_bytes());
            parts.extend_from_slice(&content);
            parts.extend_from_slice(b"\r\n");
        }
        parts.extend_from_slice(b"--b--\r\n");
        let parts = if self.one_in(4) { self.changed(parts) } else { parts };
        let content_type = format!("multipart/related; type=\"{root}\"; boundary=b");
        (if self.one_in(8) { self.spoiled(content_type) } else { content_type }, parts)
    }
}

/// Everything that may not stand in a request's target as it is.
fn percent(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~*,^=".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What may stand in a header.
fn header(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
