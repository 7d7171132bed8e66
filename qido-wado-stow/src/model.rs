//! Attributes as text: the choice between the JSON and the XML model (PS3.18 §8.7.3.2), and XML made of JSON.

use actix_web::{HttpResponse, HttpResponseBuilder, web};
use bytes::Bytes;
use data_set::model;
use serde_json::{Map, Value};

use crate::Failure;
use crate::accept::Accept;
use crate::multipart::Multipart;

/// Content-Type of one XML document.
pub(crate) const XML: &str = "application/dicom+xml";
const JSON: &str = "application/dicom+json";

/// How attributes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// One JSON text, of this media type.
    Json(&'static str),
    /// One XML document.
    Xml,
    /// XML documents as parts of `multipart/related`.
    XmlParts,
}

/// How many data sets an answer can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// One, which is no list (a response to a store).
    One,
    /// A list of exactly one (metadata of an Instance).
    ListOfOne,
    /// A list.
    List,
}

impl Model {
    /// The best that is acceptable.
    pub fn choose(accept: &Accept, holds: Holds) -> Result<Self, Failure> {
        let chosen = accept.choose(|range| match (range.essence.as_str(), range.root_type().as_deref()) {
            (JSON | "*/*" | "application/*", _) => Some(Self::Json(JSON)),
            ("application/json", _) => Some(Self::Json("application/json")),
            (XML, _) if holds != Holds::List => Some(Self::Xml),
            ("multipart/related", Some(XML) | None) | ("multipart/*", _) if holds != Holds::One => Some(Self::XmlParts),
            _ => None,
        });
        let words = match holds {
            Holds::One => "this is available as application/dicom+json and application/dicom+xml",
            Holds::ListOfOne => {
                "this is available as application/dicom+json, and as application/dicom+xml, alone or in multipart/related"
            }
            Holds::List => {
                "this is available as application/dicom+json and as multipart/related; type=\"application/dicom+xml\""
            }
        };
        chosen.ok_or_else(|| Failure::NotAcceptable(words.into()))
    }

    /// The answer that is one data set.
    pub async fn one(
        self,
        mut response: HttpResponseBuilder,
        object: Map<String, Value>,
    ) -> Result<HttpResponse, Failure> {
        let text = Value::Object(object).to_string();
        match self {
            Self::Json(media_type) => Ok(response.content_type(media_type).body(text)),
            Self::Xml | Self::XmlParts => self.xml(response, vec![text.into_bytes()]).await,
        }
    }

    /// The answer that is a list of data sets.
    pub async fn list(
        self,
        mut response: HttpResponseBuilder,
        objects: Vec<Map<String, Value>>,
    ) -> Result<HttpResponse, Failure> {
        let objects = objects.into_iter().map(Value::Object);
        match self {
            Self::Json(media_type) => Ok(response.content_type(media_type).body(Value::from_iter(objects).to_string())),
            Self::Xml | Self::XmlParts => {
                self.xml(response, objects.map(|object| object.to_string().into_bytes()).collect()).await
            }
        }
    }

    async fn xml(self, mut response: HttpResponseBuilder, texts: Vec<Vec<u8>>) -> Result<HttpResponse, Failure> {
        let documents = to_xml(texts).await?;
        if self == Self::Xml {
            return Ok(response.content_type(XML).body(documents.concat()));
        }
        let frame = Multipart::new();
        response.content_type(frame.content_type(XML));
        Ok(response.body(frame.documents(XML, &documents)))
    }
}

/// XML documents of JSON objects that we wrote, made on a thread that may take its time.
pub(crate) async fn to_xml(objects: Vec<Vec<u8>>) -> Result<Vec<Bytes>, archive::Error> {
    let made = web::block(move || {
        let one = |json: Vec<u8>| model::from_json(&json).map(|attributes| Bytes::from(model::to_xml(&attributes)));
        objects.into_iter().map(one).collect::<Result<Vec<_>, _>>()
    });
    let made = made.await.map_err(|error| archive::Error::Internal("a task ended early".into(), Some(error.into())))?;
    made.map_err(|error| archive::Error::NotAcceptable(format!("XML cannot be made of a data set: {}", error.reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: &str = r#"multipart/related; type="application/dicom+xml""#;

    fn chosen(accept: &str, holds: Holds) -> Option<Model> {
        Model::choose(&Accept::new([].into_iter(), [accept].into_iter()), holds).ok()
    }

    #[test]
    fn prefers_json_when_anything_will_do() {
        for accept in ["", "*/*", "application/*", "application/dicom+json"] {
            assert_eq!(chosen(accept, Holds::List), Some(Model::Json(JSON)), "{accept}");
        }
        assert_eq!(chosen("application/json, text/plain;q=0.1", Holds::One), Some(Model::Json("application/json")));
    }

    #[test]
    fn weighs_xml_against_json() {
        assert_eq!(chosen(PARTS, Holds::List), Some(Model::XmlParts));
        assert_eq!(chosen("multipart/related; type=application/dicom+xml", Holds::ListOfOne), Some(Model::XmlParts));
        assert_eq!(chosen(&format!("application/dicom+json;q=0.5, {PARTS}"), Holds::List), Some(Model::XmlParts));
        assert_eq!(chosen(&format!("{PARTS};q=0.2, */*;q=0.1"), Holds::List), Some(Model::XmlParts));
        assert_eq!(chosen(&format!("image/jpeg, {PARTS};q=0.2"), Holds::List), Some(Model::XmlParts));
    }

    #[test]
    fn gives_a_document_alone_only_where_there_is_one() {
        assert_eq!(chosen(XML, Holds::One), Some(Model::Xml));
        assert_eq!(chosen(XML, Holds::ListOfOne), Some(Model::Xml));
        assert_eq!(chosen(XML, Holds::List), None);
        assert_eq!(chosen(PARTS, Holds::One), None);
        assert_eq!(chosen(r#"multipart/related; type="application/dicom""#, Holds::List), None);
    }
}
