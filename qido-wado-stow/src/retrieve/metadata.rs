//! Metadata (PS3.18 §10.4.1.1.2): made when an object was stored, served without being read again.
//!
//! Only the place of a bulk value is written when it is served, because only then the address is known by which this
//! client reaches us: [`BULK_DATA_MARK`] begins with a byte that no JSON text holds, so a search for bytes finds it.

use actix_web::HttpResponse;
use archive::retrieve::InstanceMetadata;
use bytes::{Bytes, BytesMut};
use data_set::json::BULK_DATA_MARK;
use futures_util::stream;
use memchr::memmem;

use super::respond::send;
use crate::Failure;
use crate::accept::dicom_json;
use crate::address::Address;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::target::Target;

/// Length that a piece of the answer is filled to.
const PIECE: usize = 256 << 10;

/// Retrieve the metadata of a Study, Series or Instance.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let media_type = dicom_json(&asked.accept)?;
    let objects = asked.archive.metadata(&asked.actor, &target.0).await?;
    let (objects, length, hash) = measure(objects, asked.address.clone()).await?;
    let validators = Validators::of_hash(hash);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let mut response = validators.add_to(HttpResponse::Ok());
    response.content_type(media_type);
    Ok(send(&asked.request, response, Some(length), stream::iter(Array::new(objects, asked.address).map(Ok))))
}

/// Length and hash of the answer. Hashing a large Study takes long enough to keep others waiting: not on this thread.
async fn measure(
    objects: Vec<InstanceMetadata>,
    address: Address,
) -> Result<(Vec<InstanceMetadata>, u64, blake3::Hasher), Failure> {
    let measured = actix_web::web::block(move || {
        let mut hash = blake3::Hasher::new();
        hash.update(address.base().as_bytes());
        let mut length = objects.len() as u64 + 1;
        for object in &objects {
            hash.update(&object.json);
            let marks = memmem::find_iter(&object.json, BULK_DATA_MARK.as_bytes()).count();
            length += (object.json.len() + marks * bulk_data_base(&address, object).len()
                - marks * BULK_DATA_MARK.len()) as u64;
        }
        (objects, length.max(2), hash)
    });
    measured
        .await
        .map_err(|error| archive::Error::Internal("metadata were not measured".into(), Some(Box::new(error))).into())
}

/// What stands for the mark before the path of a bulk value.
fn bulk_data_base(address: &Address, object: &InstanceMetadata) -> String {
    format!("{}/bulkdata/", address.instance(&object.study, &object.series, &object.instance))
}

/// The JSON array in pieces; an object is let go as soon as it is written.
struct Array {
    objects: std::vec::IntoIter<InstanceMetadata>,
    address: Address,
    begun: bool,
    ended: bool,
}

impl Array {
    fn new(objects: Vec<InstanceMetadata>, address: Address) -> Self {
        Self { objects: objects.into_iter(), address, begun: false, ended: false }
    }
}

impl Iterator for Array {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let mut piece = BytesMut::with_capacity(PIECE + (PIECE >> 3));
        while piece.len() < PIECE {
            let Some(object) = self.objects.next() else {
                piece.extend_from_slice(if self.begun { b"]" } else { b"[]" });
                self.ended = true;
                break;
            };
            piece.extend_from_slice(if self.begun { b"," } else { b"[" });
            self.begun = true;
            append(&mut piece, &object.json, &bulk_data_base(&self.address, &object));
        }
        Some(piece.freeze())
    }
}

/// Appends `json` with every mark replaced by `base`.
fn append(piece: &mut BytesMut, json: &[u8], base: &str) {
    let mut rest = json;
    while let Some(place) = memmem::find(rest, BULK_DATA_MARK.as_bytes()) {
        piece.extend_from_slice(&rest[..place]);
        piece.extend_from_slice(base.as_bytes());
        rest = &rest[place + BULK_DATA_MARK.len()..];
    }
    piece.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn object(instance: &str, json: String) -> InstanceMetadata {
        let (study, series) = ("1.2".to_owned(), "1.2.3".to_owned());
        InstanceMetadata { study, series, instance: instance.into(), json: Bytes::from(json) }
    }

    async fn written(objects: Vec<InstanceMetadata>) -> String {
        let request = TestRequest::default().append_header(("Host", "h")).to_http_request();
        let address = Address::of(&request, false);
        let (objects, length, _) = measure(objects, address.clone()).await.unwrap();
        let text = Array::new(objects, address).flatten().collect::<Vec<u8>>();
        assert_eq!(text.len() as u64, length);
        String::from_utf8(text).unwrap()
    }

    #[actix_web::test]
    async fn puts_the_address_in_the_place_of_marks() {
        let json = format!(r#"{{"7FE00010":{{"vr":"OW","BulkDataURI":"{BULK_DATA_MARK}7FE00010"}}}}"#);
        let text = written(vec![object("1.2.3.4", json), object("1.2.3.5", "{}".into())]).await;
        let uri = "http://h/dicom-web/studies/1.2/series/1.2.3/instances/1.2.3.4/bulkdata/7FE00010";
        assert_eq!(text, format!(r#"[{{"7FE00010":{{"vr":"OW","BulkDataURI":"{uri}"}}}},{{}}]"#));
    }

    #[actix_web::test]
    async fn writes_large_answers_in_pieces() {
        let json = format!("{{\"00100010\":\"{}\"}}", "x".repeat(PIECE / 2));
        let text = written((0..9).map(|number| object(&number.to_string(), json.clone())).collect()).await;
        assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&text).unwrap().len(), 9);
        assert_eq!(written(Vec::new()).await, "[]");
    }
}
