//! What kind of content a store request brings (PS3.18 §10.5.2): its Content-Type, read leniently.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};

use crate::Failure;
use crate::media_type::MediaType;

/// The kind of a request's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// One PS3.10 file as the whole body.
    Single,
    /// PS3.10 files between boundaries.
    Multipart {
        /// The boundary, without its leading hyphens.
        boundary: String,
    },
    /// Metadata and bulk data between boundaries.
    Apart {
        /// The boundary, without its leading hyphens.
        boundary: String,
        /// How the metadata are written.
        language: Language,
    },
}

/// How metadata are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// All in one JSON text.
    Json,
    /// An XML document for each instance.
    Xml,
}

impl Language {
    /// Whether a part of this media type is metadata of this language.
    pub fn is_of(self, essence: &str) -> bool {
        match self {
            Self::Json => matches!(essence, "application/dicom+json" | "application/json"),
            Self::Xml => matches!(essence, "application/dicom+xml" | "application/xml" | "text/xml"),
        }
    }
}

/// Reads Content-Type and Content-Encoding. 415 for kinds that are not taken, 400 for a multipart without boundary.
pub(super) fn kind(request: &HttpRequest) -> Result<Kind, Failure> {
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header(CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Err(Failure::UnsupportedMediaType("the request body may not be compressed".into()));
    }
    of_content_type(header(CONTENT_TYPE).unwrap_or_default())
}

pub(super) fn of_content_type(text: &str) -> Result<Kind, Failure> {
    let unsupported = |words: &str| Err(Failure::UnsupportedMediaType(words.into()));
    let Some(media) = MediaType::parse(text) else {
        return unsupported("Content-Type must be multipart/related; type=\"application/dicom\" or application/dicom");
    };
    match (media.essence.as_str(), media.root_type().as_deref()) {
        ("application/dicom", _) => Ok(Kind::Single),
        ("multipart/related", Some("application/dicom") | None) => Ok(Kind::Multipart { boundary: boundary(&media)? }),
        ("multipart/related", Some(root)) => {
            let language = [Language::Json, Language::Xml].into_iter().find(|language| language.is_of(root));
            match language {
                Some(language) => Ok(Kind::Apart { boundary: boundary(&media)?, language }),
                None => unsupported(TAKEN),
            }
        }
        _ => unsupported(TAKEN),
    }
}

const TAKEN: &str = "objects are taken as application/dicom, alone or in multipart/related, and as \
    application/dicom+json or application/dicom+xml with their bulk data in multipart/related";

/// `boundary` (RFC 2046 §5.1.1): 1 to 70 characters of its alphabet.
fn boundary(media: &MediaType) -> Result<String, Failure> {
    let boundary = media.parameter("boundary").unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    if boundary.is_empty() || boundary.len() > 70 || boundary.ends_with(' ') || !boundary.bytes().all(plain) {
        return Err(Failure::BadRequest("Content-Type names no valid boundary".into()));
    }
    Ok(boundary.to_owned())
}

/// 413 when the request says itself that it is too large.
pub(super) fn fits(request: &HttpRequest, largest: u64) -> Result<(), Failure> {
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > largest) { Err(Failure::TooLarge(largest)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;

    fn boundary_of(text: &str) -> String {
        match of_content_type(text) {
            Ok(Kind::Multipart { boundary }) => boundary,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn reads_boundaries_as_they_come_in_the_wild() {
        assert_eq!(boundary_of(r#"multipart/related; type="application/dicom"; boundary=abc"#), "abc");
        assert_eq!(
            boundary_of(r#"Multipart/Related;TYPE=application/dicom;BOUNDARY="a'()+_,-./:=?z""#),
            "a'()+_,-./:=?z"
        );
        assert_eq!(boundary_of("multipart/related; boundary=----=_Part_1"), "----=_Part_1");
    }

    #[test]
    fn refuses_bad_boundaries() {
        let long = "x".repeat(71);
        for boundary in ["", "a{b", "\"a \"", "a\u{e9}", &long] {
            let text = format!("multipart/related; type=\"application/dicom\"; boundary={boundary}");
            assert_eq!(of_content_type(&text).unwrap_err().status_code(), 400, "{text}");
        }
        assert_eq!(of_content_type("multipart/related; type=\"application/dicom\"").unwrap_err().status_code(), 400);
    }

    #[test]
    fn takes_objects_whole_or_apart_and_nothing_else() {
        assert_eq!(of_content_type("application/dicom; transfer-syntax=1.2.840.10008.1.2.1").unwrap(), Kind::Single);
        let apart = |language| Kind::Apart { boundary: "a".into(), language };
        let of = |root: &str| of_content_type(&format!("multipart/related; type=\"{root}\"; boundary=a")).unwrap();
        assert_eq!(of("application/dicom+json"), apart(Language::Json));
        assert_eq!(of("application/dicom+xml"), apart(Language::Xml));
        for text in [
            "",
            "text/plain",
            "multipart/form-data; boundary=a",
            "application/dicom+json",
            r#"multipart/related; type="text/plain"; boundary=a"#,
        ] {
            assert_eq!(of_content_type(text).unwrap_err().status_code(), 415, "{text}");
        }
    }
}
