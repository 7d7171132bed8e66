//! `multipart/related` as answers have it (RFC 2387, PS3.18 §8.6.1.2): written part by part as it is sent.

use archive::retrieve::Content;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

/// What stands before a part's content.
#[derive(Debug, Clone)]
pub(crate) struct PartHead {
    /// Content-Type, with its transfer syntax.
    pub content_type: String,
    /// Content-Location: the absolute URL of what the part is; empty: it has none.
    pub location: String,
}

/// One part with its content.
pub(crate) struct Part {
    /// Its headers.
    pub head: PartHead,
    /// Its bytes.
    pub content: Content,
}

/// The frame around the parts of one answer.
#[derive(Debug, Clone)]
pub(crate) struct Multipart {
    boundary: String,
}

impl Multipart {
    /// With a boundary of 128 random bits, which no content holds by chance or design.
    pub fn new() -> Self {
        Self { boundary: format!("{:032x}", rand::random::<u128>()) }
    }

    /// Content-Type of the answer; `root_type` is that of its parts.
    pub fn content_type(&self, root_type: &str) -> String {
        format!("multipart/related; type=\"{root_type}\"; boundary={}", self.boundary)
    }

    /// Length of the whole answer when the length of every part's content is known.
    pub fn length<'a>(&self, parts: impl Iterator<Item = (&'a PartHead, u64)>) -> u64 {
        let framed = parts.map(|(head, content)| self.opening(head).len() as u64 + content + CLOSING.len() as u64);
        framed.sum::<u64>() + self.end().len() as u64
    }

    /// The answer's bytes. An error in a part is an error here, so that the connection breaks off instead of ending well.
    pub fn write<S: Stream<Item = Result<Part, archive::Error>> + 'static>(
        &self,
        parts: S,
    ) -> impl Stream<Item = Result<Bytes, archive::Error>> + use<S> {
        let end = stream::iter([Ok(Bytes::from(self.end()))]);
        let closed = parts.map_ok(|part| {
            let content = part.content.chain(stream::iter([Ok(Bytes::from_static(CLOSING))]));
            Part { content: content.boxed(), ..part }
        });
        self.write_closed(closed).chain(end)
    }

    /// The same of parts whose content ends with what closes them ([`Multipart::closing`]).
    pub fn write_closed<S: Stream<Item = Result<Part, archive::Error>> + 'static>(
        &self,
        parts: S,
    ) -> impl Stream<Item = Result<Bytes, archive::Error>> + use<S> {
        let frame = self.clone();
        parts
            .map_ok(move |part| stream::iter([Ok(Bytes::from(frame.opening(&part.head)))]).chain(part.content))
            .try_flatten()
    }

    /// What comes after a part's content: the end of the answer, too, after that of the last one.
    pub fn closing(&self, is_last: bool) -> Bytes {
        match is_last {
            true => [CLOSING, self.end().as_bytes()].concat().into(),
            false => Bytes::from_static(CLOSING),
        }
    }

    /// A short answer whose parts are at no place of their own.
    pub fn documents(&self, content_type: &str, documents: &[Bytes]) -> Vec<u8> {
        let mut answer = Vec::with_capacity(documents.iter().map(|document| document.len() + 128).sum());
        for document in documents {
            answer.extend_from_slice(format!("--{}\r\nContent-Type: {content_type}\r\n\r\n", self.boundary).as_bytes());
            answer.extend_from_slice(document);
            answer.extend_from_slice(CLOSING);
        }
        answer.extend_from_slice(self.end().as_bytes());
        answer
    }

    fn opening(&self, head: &PartHead) -> String {
        let PartHead { content_type, location } = head;
        let location = match location.as_str() {
            "" => String::new(),
            location => format!("Content-Location: {location}\r\n"),
        };
        format!("--{}\r\nContent-Type: {content_type}\r\n{location}\r\n", self.boundary)
    }

    fn end(&self) -> String {
        format!("--{}--\r\n", self.boundary)
    }
}

const CLOSING: &[u8] = b"\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn head(location: &str) -> PartHead {
        PartHead { content_type: "application/dicom".into(), location: location.into() }
    }

    #[actix_web::test]
    async fn writes_what_multer_reads_and_of_the_length_it_said() {
        let multipart = Multipart::new();
        let contents = [Bytes::from_static(b"first\r\n--"), Bytes::new(), Bytes::from_static(b"third")];
        let heads = ["a", "b", "c"].map(head);
        let length = multipart.length(heads.iter().zip(contents.iter().map(|content| content.len() as u64)));
        let parts = heads
            .into_iter()
            .zip(contents.clone())
            .map(|(head, content)| Ok(Part { head, content: stream::iter([Ok(content)]).boxed() }));
        let parts: Vec<_> = parts.collect();
        let written: Vec<Bytes> = multipart.write(stream::iter(parts)).try_collect().await.unwrap();
        let written = written.concat();
        assert_eq!(written.len() as u64, length);

        let whole = stream::iter([Ok::<_, std::io::Error>(Bytes::from(written))]);
        let mut read = multer::Multipart::new(whole, multipart.boundary.as_str());
        for (content, name) in contents.iter().zip(["a", "b", "c"]) {
            let field = read.next_field().await.unwrap().unwrap();
            assert_eq!(field.headers().get("content-location").unwrap().to_str().unwrap(), name);
            assert_eq!(field.bytes().await.unwrap(), content);
        }
        assert!(read.next_field().await.unwrap().is_none());
    }

    #[actix_web::test]
    async fn breaks_off_when_a_part_fails() {
        let parts = stream::iter([Err(archive::Error::NotFound("it".into()))]);
        let written: Vec<_> = Multipart::new().write(parts).collect().await;
        assert!(written.iter().any(Result::is_err));
    }
}
