//! `multipart/related` as clients read and write it (RFC 2387).

/// One part.
#[derive(Debug, Clone)]
pub struct Part {
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Content.
    pub body: Vec<u8>,
}

impl Part {
    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Content-Type without parameters.
    pub fn essence(&self) -> String {
        self.header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A parameter of Content-Type.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(self.header("content-type"), name)
    }
}

/// A parameter of a media type, unquoted.
pub fn parameter(media_type: &str, name: &str) -> Option<String> {
    media_type.split(';').skip(1).find_map(|piece| {
        let (key, value) = piece.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The parts of a body; `None` when it does not follow its own boundary to the end.
pub fn parse(body: &[u8], boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let opening = format!("--{boundary}").into_bytes();
    let mut at = if body.starts_with(&opening) { opening.len() } else { find(body, &delimiter, 0)? + delimiter.len() };
    let mut parts = Vec::new();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let start = at + find(rest, b"\r\n", 0)?;
        let end = find(body, &delimiter, start + 2)?;
        parts.push(part(body.get(start..end)?)?);
        at = end + delimiter.len();
    }
}

/// A part from the line end after its boundary to the line end before the next.
fn part(bytes: &[u8]) -> Option<Part> {
    let blank = find(bytes, b"\r\n\r\n", 0)?;
    let head = String::from_utf8_lossy(&bytes[..blank]).into_owned();
    let headers = head.lines().filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect();
    Some(Part { headers, body: bytes[blank + 4..].to_vec() })
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
}

/// A body of parts, each with its Content-Type and further header lines.
pub fn write<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>, boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let body = write([("Content-Type: a/b; x=\"1\"", &b"one\r\n"[..]), ("Content-Type: c/d", b"")], "edge");
        let parts = parse(&body, "edge").unwrap();
        assert_eq!((parts[0].body.as_slice(), parts[0].parameter("x")), (&b"one\r\n"[..], Some("1".to_owned())));
        assert_eq!((parts[1].body.len(), parts[1].essence().as_str()), (0, "c/d"));
    }

    #[test]
    fn knows_a_body_that_breaks_off() {
        assert!(parse(b"--edge\r\nContent-Type: a/b\r\n\r\nhalf", "edge").is_none());
    }
}
