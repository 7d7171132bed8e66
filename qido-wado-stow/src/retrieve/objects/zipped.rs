//! Objects as the files of a ZIP archive (PS3.18 §8.7.3.6), with a DICOMDIR when it is wanted.

use std::collections::HashMap;

use actix_web::{HttpResponse, HttpResponseBuilder};
use archive::StoredInstance;
use archive::retrieve::{Encoding, InstanceMetadata, LongMetadata, Metadata, MetadataDocument};
use bytes::{Bytes, BytesMut};
use data_set::dicomdir::{self, Directory, MOST_FILES, ReferencedFile};
use data_set::explicit::IMPLEMENTATION_CLASS_UID;
use data_set::json::{Excerpt, NoObject};
use data_set::model;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::super::metadata;
use super::super::respond::send;
use super::super::transfer::syntax_of;
use super::ZIP;
use crate::Failure;
use crate::asked::Asked;
use crate::target::Target;
use crate::zip::{Entry, zipped};

type Member = (StoredInstance, Encoding);

/// A file for each object, named as media want it (PS3.10 §8.2): `DICOM/SE000001/IM000001`.
pub(super) async fn answer(
    asked: Asked,
    target: Target,
    mut response: HttpResponseBuilder,
    members: Vec<Member>,
) -> Result<HttpResponse, Failure> {
    response.content_type(ZIP);
    let names = names(&members);
    let directory = if asked.query.flag("dicomdir")? {
        may_have_directory(&members)?;
        let metadata = asked.archive.metadata_for(&asked.actor, &target.0, "dicomdir").await?;
        Some(directory(metadata, members.clone(), names.clone()))
    } else {
        None
    };
    let archive = asked.archive.clone();
    let mut waiting = members.into_iter().zip(names).map(move |((instance, encoding), name)| {
        let archive = archive.clone();
        async move {
            let body = archive.object(&instance, encoding).await?;
            Ok(Entry { name: name.join("/"), length: body.length, content: body.content })
        }
    });
    // The first object is opened before the answer begins, so that its failure has a status of its own.
    let first = match waiting.next() {
        Some(first) => first.await.map_err(|error: archive::Error| error)?,
        None => return Err(Failure::NotFound("there is no object to send".into())),
    };
    let entries = stream::iter([Ok(first)]).chain(stream::iter(waiting).buffered(2));
    let directory = stream::iter(directory.map(|content| {
        Ok(Entry { name: "DICOMDIR".to_owned(), length: None, content: stream::once(content).boxed() })
    }));
    Ok(send(&asked.request, response, None, zipped(entries.chain(directory))))
}

/// The components of each file's ID. Objects of one Series come one after the other.
fn names(members: &[Member]) -> Vec<[String; 3]> {
    let (mut series, mut image, mut before) = (0, 0, "");
    let mut names = Vec::with_capacity(members.len());
    for (instance, _) in members {
        if instance.series != before {
            (series, image, before) = (series + 1, 0, &instance.series);
        }
        image += 1;
        names.push(["DICOM".to_owned(), format!("SE{series:06}"), format!("IM{image:06}")]);
    }
    names
}

fn may_have_directory(members: &[Member]) -> Result<(), Failure> {
    if members.len() > MOST_FILES {
        return Err(Failure::BadRequest(format!("dicomdir: there are more than {MOST_FILES} objects")));
    }
    let is_lossy =
        |(_, encoding): &Member| matches!(encoding, Encoding::Encoded(syntax) if codec::lossy_method(syntax).is_some());
    if members.iter().any(is_lossy) {
        let words = "dicomdir: objects whose pixels lose something get new UIDs, which a DICOMDIR cannot tell";
        return Err(Failure::BadRequest(words.into()));
    }
    Ok(())
}

/// The DICOMDIR, made when its turn comes.
async fn directory(metadata: Metadata, members: Vec<Member>, names: Vec<[String; 3]>) -> Result<Bytes, archive::Error> {
    let mut directory = Directory::default();
    let mut files: HashMap<&str, _> =
        members.iter().zip(&names).map(|(member, name)| (member.0.instance.as_str(), (member, name))).collect();
    let mut documents = metadata.documents();
    while let Some(document) = documents.try_next().await? {
        let page = match document {
            MetadataDocument::Page(page) => page,
            MetadataDocument::Long(long) => vec![keys_of(long).await?],
        };
        for object in page {
            // Those that are not sent have no file.
            if let Some(((instance, encoding), name)) = files.remove(object.instance.as_str()) {
                add(&mut directory, &object, instance, *encoding, name)?;
            }
        }
    }
    let instance = format!("2.25.{}", rand::random::<u128>());
    let written = directory.write(&instance, IMPLEMENTATION_CLASS_UID).map_err(damaged)?;
    Ok(written.into())
}

/// What of long metadata a directory tells.
async fn keys_of(long: LongMetadata) -> Result<InstanceMetadata, archive::Error> {
    let mut keys = Excerpt::new(dicomdir::is_key);
    let mut pieces = long.pieces();
    while let Some(piece) = pieces.try_next().await? {
        keys.push(&piece.of.json).map_err(|error| damaged(error.into()))?;
    }
    let json = keys.end().map_err(|error: NoObject| damaged(error.into()))?;
    Ok(InstanceMetadata { json: json.into(), ..long.of().clone() })
}

fn add(
    directory: &mut Directory,
    object: &InstanceMetadata,
    instance: &StoredInstance,
    encoding: Encoding,
    name: &[String; 3],
) -> Result<(), archive::Error> {
    let mut json = BytesMut::with_capacity(object.json.len());
    metadata::append(&mut json, &object.json, "");
    let attributes = model::from_json(&json).map_err(damaged)?;
    let file = ReferencedFile {
        id: &name.each_ref().map(String::as_str),
        transfer_syntax: syntax_of(encoding, &instance.transfer_syntax),
        sop_class: &instance.sop_class,
        instance: &instance.instance,
        is_image: instance.frame_count > 0,
    };
    directory.add(&attributes, file).map_err(damaged)
}

fn damaged(error: model::ModelError) -> archive::Error {
    archive::Error::Damaged(format!("a DICOMDIR cannot be made: {}", error.reason))
}
