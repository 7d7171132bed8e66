//! Attributes that a request brings in JSON or XML (PS3.18 §8.7.3.2), as DICOM JSON objects that can be relied on.
//!
//! They make the way through a data set: what is no value of its VR is refused here, with its path, as DIMSE would.

use std::time::Duration;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, web};
use data_set::model::{self, Attribute, ModelError};
use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::Failure;
use crate::media_type::MediaType;

/// Largest body, in bytes.
const LARGEST: usize = 16 << 20;
/// Most objects of one request.
const MOST: usize = 10_000;

/// The language of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Json,
    Xml,
}

/// Reads the body: an object or an array of objects in JSON, one document in XML.
///
/// # Errors
/// 415 for another Content-Type, 400 with the path of what is wrong, 413, 408.
pub(crate) async fn read(
    request: &HttpRequest,
    mut payload: web::Payload,
    idle: Duration,
) -> Result<Vec<Map<String, Value>>, Failure> {
    let language = language(request)?;
    let mut text = Vec::new();
    loop {
        match timeout(idle, payload.next()).await {
            Err(_) => return Err(Failure::Idle),
            Ok(None) => break,
            Ok(Some(Err(error))) => return Err(Failure::BadRequest(format!("the request body is broken: {error}"))),
            Ok(Some(Ok(piece))) if text.len() + piece.len() > LARGEST => return Err(Failure::TooLarge(LARGEST as u64)),
            Ok(Some(Ok(piece))) => text.extend_from_slice(&piece),
        }
    }
    let read = web::block(move || objects(language, &text)).await;
    let read = read.map_err(|error| archive::Error::Internal("a task ended early".into(), Some(error.into())))?;
    read.map_err(|error| Failure::BadRequest(format!("the attributes cannot be understood: {error}")))
}

/// The same for a request that brings one object.
pub(crate) async fn read_one(
    request: &HttpRequest,
    payload: web::Payload,
    idle: Duration,
) -> Result<Map<String, Value>, Failure> {
    let mut objects = read(request, payload, idle).await?;
    match (objects.pop(), objects.is_empty()) {
        (Some(object), true) => Ok(object),
        _ => Err(Failure::BadRequest("the request brings one data set".into())),
    }
}

fn language(request: &HttpRequest) -> Result<Language, Failure> {
    let text = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match MediaType::parse(text).as_ref().map(|media| media.essence.as_str()) {
        Some("application/dicom+json" | "application/json") => Ok(Language::Json),
        Some("application/dicom+xml" | "application/xml" | "text/xml") => Ok(Language::Xml),
        _ => Err(Failure::UnsupportedMediaType(
            "attributes are taken as application/dicom+json and as application/dicom+xml".into(),
        )),
    }
}

fn objects(language: Language, text: &[u8]) -> Result<Vec<Map<String, Value>>, ModelError> {
    let mut objects = Vec::new();
    let mut take = |attributes: Vec<Attribute>| {
        if objects.len() == MOST {
            return Err(wrong(format!("there are more than {MOST} data sets")));
        }
        objects.push(model::to_object(attributes)?);
        Ok(())
    };
    match language {
        Language::Json => model::all_from_json(text, &mut take)?,
        Language::Xml => model::from_xml(text).and_then(&mut take)?,
    }
    Ok(objects)
}

fn wrong(reason: String) -> ModelError {
    ModelError { path: String::new(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_models_alike() {
        let json = br#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"M\u00fcller^A"}]},"00080060":{"vr":"CS"}}"#;
        let xml = r#"<NativeDicomModel><DicomAttribute tag="00080060" vr="CS"/><DicomAttribute tag="00100010" vr="PN">
            <PersonName number="1"><Alphabetic><FamilyName>Müller</FamilyName><GivenName>A</GivenName></Alphabetic>
            </PersonName></DicomAttribute></NativeDicomModel>"#;
        let of_json = objects(Language::Json, json).unwrap();
        assert_eq!(of_json, objects(Language::Xml, xml.as_bytes()).unwrap());
        assert_eq!(of_json[0]["00100010"]["Value"][0]["Alphabetic"], "Müller^A");
        assert_eq!(objects(Language::Json, &[&b"["[..], json, b",", json, b"]"].concat()).unwrap().len(), 2);
    }

    #[test]
    fn refuses_what_is_no_value_of_its_vr() {
        for text in ["", "[1]", "{\"0010\":{}}", r#"{"00280010":{"vr":"US","Value":["many"]}}"#] {
            assert!(objects(Language::Json, text.as_bytes()).is_err(), "{text}");
        }
        assert!(objects(Language::Xml, b"<NativeDicomModel>").is_err());
    }
}
