//! Metadata (PS3.18 §10.4.1.1.2): made when an object was stored, served without being read again.
//!
//! Only the place of a bulk value is written when it is served, because only then the address is known by which this
//! client reaches us: [`BULK_DATA_MARK`] begins with a byte that no JSON text holds, so a search for bytes finds it.

use actix_web::HttpResponse;
use archive::Error;
use archive::retrieve::{InstanceMetadata, Kept, KeptAnswer, MetadataDocument, MetadataPiece};
use bytes::{Bytes, BytesMut};
use data_set::json::BULK_DATA_MARK;
use futures_util::{Stream, StreamExt, TryStreamExt, future, stream};
use memchr::memmem;

mod available;
mod long_xml;

use available::Available;

use super::respond::send;
use crate::address::Address;
use crate::asked::Asked;
use crate::conditional::Validators;
use crate::model::{Holds, Model, XML, to_xml};
use crate::multipart::{Multipart, Part, PartHead};
use crate::target::Target;
use crate::{Failure, warning};

/// Retrieve the metadata of a Study, Series or Instance.
///
/// What an answer says follows from the instances, from the address that bulk data have in it, and from how this version
/// writes metadata: so the client's state is known without reading any.
pub(crate) async fn retrieve(asked: Asked, target: Target) -> Result<HttpResponse, Failure> {
    let holds = if target.0.instance.is_some() { Holds::ListOfOne } else { Holds::List };
    let model = Model::choose(&asked.accept, holds)?;
    let form = format!("metadata {} {} {model:?}", env!("CARGO_PKG_VERSION"), asked.address.base());
    let place = match model {
        Model::Json(media_type) => match asked.archive.kept_metadata(&asked.actor, &target.0, &form).await? {
            Kept::Answer(answer) => return Ok(kept(&asked, media_type, answer)),
            Kept::Place(place) => Some(place),
        },
        Model::Xml | Model::XmlParts => None,
    };
    let metadata = asked.archive.metadata(&asked.actor, &target.0).await?;
    let validators = Validators::of_instances(metadata.instances(), &form);
    if let Some(answer) = validators.not_modified(&asked.request) {
        return Ok(answer);
    }
    let mut response = validators.add_to(HttpResponse::Ok());
    warning::add_left_out(&mut response, &asked.address, metadata.left_out());
    Ok(match model {
        Model::Json(media_type) => {
            response.content_type(media_type);
            let (etag, modified) = validators.to_keep();
            let content = array(metadata.pieces(), asked.address).boxed_local();
            let content = match place {
                Some(place) => place.keep(etag, modified, content).boxed_local(),
                None => content,
            };
            send(&asked.request, response, None, content)
        }
        Model::Xml => {
            response.content_type(XML);
            let parts = begun(parts(metadata.documents(), asked.address)).await?;
            let documents = parts.map_ok(|part| part.content).try_flatten();
            send(&asked.request, response, None, documents)
        }
        Model::XmlParts => {
            let frame = Multipart::new();
            response.content_type(frame.content_type(XML));
            let parts = begun(parts(metadata.documents(), asked.address)).await?;
            send(&asked.request, response, None, frame.write(parts))
        }
    })
}

/// An answer that was sent before and still holds.
fn kept(asked: &Asked, media_type: &str, answer: KeptAnswer) -> HttpResponse {
    let validators = Validators::kept(answer.etag, answer.modified);
    if let Some(unchanged) = validators.not_modified(&asked.request) {
        return unchanged;
    }
    let mut response = validators.add_to(HttpResponse::Ok());
    response.content_type(media_type).body(answer.bytes)
}

/// What stands for the mark before the path of a bulk value.
fn bulk_data_base(address: &Address, object: &InstanceMetadata) -> String {
    format!("{}/bulkdata/", address.instance(&object.study, &object.series, &object.instance))
}

/// The JSON array, a page at a time, or a piece of long metadata.
fn array(
    pages: impl Stream<Item = Result<Vec<MetadataPiece>, Error>>,
    address: Address,
) -> impl Stream<Item = Result<Bytes, Error>> {
    let (mut before, mut available): (&[u8], _) = (b"", Available::default());
    let objects = pages.map(move |page| {
        page.map(|page| {
            let mut piece = BytesMut::with_capacity(page.iter().map(|object| object.of.json.len() + 512).sum());
            for MetadataPiece { of: object, is_first } in page {
                if is_first {
                    piece.extend_from_slice(std::mem::replace(&mut before, b","));
                    available = Available::default();
                }
                write(&mut piece, &object, &mut available, &bulk_data_base(&address, &object));
            }
            piece.freeze()
        })
    });
    let bracket = |text: &'static [u8]| stream::once(future::ready(Ok(Bytes::from_static(text))));
    bracket(b"[").chain(objects).chain(bracket(b"]"))
}

/// An XML document for each instance, a page at a time, or a piece of a long one.
fn parts(
    documents: impl Stream<Item = Result<MetadataDocument, Error>>,
    address: Address,
) -> impl Stream<Item = Result<Part, Error>> {
    let parts = documents.and_then(move |document| {
        let address = address.clone();
        async move {
            Ok(match document {
                MetadataDocument::Page(page) => stream::iter(page_of_parts(page, &address).await?).boxed_local(),
                MetadataDocument::Long(long) => stream::once(long_xml::part(long, address)).boxed_local(),
            })
        }
    });
    parts.try_flatten()
}

async fn page_of_parts(page: Vec<InstanceMetadata>, address: &Address) -> Result<Vec<Result<Part, Error>>, Error> {
    let located = page.into_iter().map(|object| {
        let mut json = BytesMut::with_capacity(object.json.len() + 512);
        write(&mut json, &object, &mut Available::default(), &bulk_data_base(address, &object));
        (json.to_vec(), head(&object, address))
    });
    let (objects, heads): (Vec<_>, Vec<_>) = located.unzip();
    let documents = to_xml(objects).await?.into_iter().zip(heads);
    let part = |(document, head)| Ok(Part { head, content: stream::iter([Ok(document)]).boxed() });
    Ok(documents.map(part).collect())
}

fn head(object: &InstanceMetadata, address: &Address) -> PartHead {
    let owner = address.instance(&object.study, &object.series, &object.instance);
    PartHead { content_type: XML.into(), location: format!("{owner}/metadata") }
}

/// The parts, once the first is made: if it cannot be, that has a status of its own.
async fn begun(
    parts: impl Stream<Item = Result<Part, Error>> + 'static,
) -> Result<impl Stream<Item = Result<Part, Error>> + 'static, Error> {
    let mut parts = Box::pin(parts);
    let first = parts.next().await.transpose()?;
    Ok(stream::iter(first.map(Ok)).chain(parts))
}

/// Appends the metadata of an object, or a piece of them, with what is known only now.
fn write(piece: &mut BytesMut, object: &InstanceMetadata, available: &mut Available, base: &str) {
    append(piece, &available.with(&object.json, &object.transfer_syntax), base);
}

/// Appends `json` with every mark replaced by `base`.
pub(super) fn append(piece: &mut BytesMut, json: &[u8], base: &str) {
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
        let transfer_syntax = "1.2.840.10008.1.2.1".to_owned();
        InstanceMetadata { study, series, instance: instance.into(), transfer_syntax, json: Bytes::from(json) }
    }

    async fn written(pages: Vec<Vec<InstanceMetadata>>) -> String {
        let request = TestRequest::default().append_header(("Host", "h")).to_http_request();
        let whole = |of| MetadataPiece { of, is_first: true };
        let pages = pages.into_iter().map(|page| Ok(page.into_iter().map(whole).collect()));
        let pieces = array(stream::iter(pages), Address::of(&request, false));
        String::from_utf8(pieces.map(Result::unwrap).collect::<Vec<Bytes>>().await.concat()).unwrap()
    }

    #[actix_web::test]
    async fn puts_the_address_in_the_place_of_marks() {
        let json = format!(r#"{{"7FE00010":{{"vr":"OW","BulkDataURI":"{BULK_DATA_MARK}7FE00010"}}}}"#);
        let text = written(vec![vec![object("1.2.3.4", json)], vec![object("1.2.3.5", "{}".into())]]).await;
        let uri = "http://h/dicom-web/studies/1.2/series/1.2.3/instances/1.2.3.4/bulkdata/7FE00010";
        let available = r#""00083002":{"vr":"UI","Value":["1.2.840.10008.1.2.1"]}"#;
        assert_eq!(
            text,
            format!(r#"[{{{available},"7FE00010":{{"vr":"OW","BulkDataURI":"{uri}"}}}},{{{available}}}]"#)
        );
    }

    #[actix_web::test]
    async fn goes_on_with_long_metadata_where_they_were_cut() {
        let cut = [r#"{"00080018":{"vr":"UI"},"00083002":{"vr":"UI"},"000910"#, r#"10":{"vr":"OB","BulkDataURI":""#];
        let last = format!(r#"{BULK_DATA_MARK}00091010"}}}}"#);
        let pieces = cut.into_iter().chain([&*last]).enumerate();
        let pieces = pieces.map(|(place, text)| {
            let of = object("1.2.3.4", text.to_owned());
            Ok(vec![MetadataPiece { of, is_first: place == 0 }])
        });
        let request = TestRequest::default().append_header(("Host", "h")).to_http_request();
        let written = array(stream::iter(pieces.collect::<Vec<_>>()), Address::of(&request, false));
        let written = written.map(Result::unwrap).collect::<Vec<Bytes>>().await.concat();
        let uri = "http://h/dicom-web/studies/1.2/series/1.2.3/instances/1.2.3.4/bulkdata/00091010";
        let expected = format!("[{}{}{uri}\"}}}}]", cut[0], cut[1]);
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[actix_web::test]
    async fn writes_an_array_of_any_length() {
        let pages = (0..3).map(|page| (0..page).map(|number| object(&number.to_string(), "{}".into())).collect());
        let text = written(pages.collect()).await;
        let objects: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(objects.len(), 3);
        assert_eq!(written(Vec::new()).await, "[]");
    }
}
