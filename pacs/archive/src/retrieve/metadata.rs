//! Metadata as it was written at store time.

use std::collections::HashMap;

use bytes::Bytes;
use data_set::json::BULK_DATA_MARK;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

mod headers;
mod pieces;

use headers::{Header, Loaded};
pub use pieces::{LongMetadata, MetadataDocument, MetadataPiece};

use super::{Scope, StoredInstance, named_as_asked};
use crate::deidentify::{LeftOut, LeftOuts};
use crate::store::compressed_metadata;
use crate::{Actor, Archive, Error, archive};

/// The metadata of one Instance.
#[derive(Debug, Clone)]
pub struct InstanceMetadata {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// Transfer Syntax UID of the stored bytes.
    pub transfer_syntax: String,
    /// Its DICOM JSON object (PS3.18 Annex F); bulk data URIs carry [`data_set::json::BULK_DATA_MARK`].
    pub json: Bytes,
}

impl InstanceMetadata {
    /// Paths of the values that stand as a BulkDataURI: what [`Archive::bulk_data`] takes.
    pub fn bulk_data_paths(&self) -> impl Iterator<Item = &str> {
        let mark = BULK_DATA_MARK.as_bytes();
        memchr::memmem::find_iter(&self.json, mark).filter_map(move |place| {
            let rest = &self.json[place + mark.len()..];
            std::str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()
        })
    }
}

/// The metadata of a scope, as the identity database keeps it.
pub struct Metadata {
    archive: Archive,
    members: Vec<Member>,
    left_out: Vec<LeftOut>,
}

/// An instance and its header.
type Member = (StoredInstance, Header);

impl Metadata {
    /// The instances, in order.
    pub fn instances(&self) -> impl Iterator<Item = &StoredInstance> {
        self.members.iter().map(|(instance, _)| instance)
    }

    /// Instances of the scope that are not among these, because they cannot be de-identified.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Some instances at a time, by their bytes: a study of any size does not have to fit into memory, uncompressed or as it
    /// is kept.
    pub fn pages(self) -> stream::BoxStream<'static, Result<Vec<InstanceMetadata>, Error>> {
        let pages = self.loaded();
        pages.map(|page| async move { archive::blocking(move || decompressed(page?)).await }).buffered(2).boxed()
    }

    /// What is decompressed at once.
    fn loaded(self) -> impl Stream<Item = Result<Vec<Loaded>, Error>> + Send + 'static {
        let Self { archive, members, .. } = self;
        let loaded = stream::iter(headers::loads(members)).then(move |load| {
            let archive = archive.clone();
            async move { archive.loaded(load).await }
        });
        loaded.map_ok(|load| stream::iter(headers::pages(load).into_iter().map(Ok::<_, Error>))).try_flatten()
    }
}

impl Archive {
    /// The metadata of a scope, in the order of [`Archive::instances`]. Checks and audits as that does.
    /// Those who may not know whose they are get them de-identified, and name them by what they were told; objects that
    /// cannot be de-identified are left out, and counted ([`Metadata::left_out`]).
    pub async fn metadata(&self, actor: &Actor, scope: &Scope) -> Result<Metadata, Error> {
        self.metadata_for(actor, scope, "metadata").await
    }

    /// The same for an answer that is made by their help: the audit trail names `resource`.
    pub async fn metadata_for(&self, actor: &Actor, scope: &Scope, resource: &'static str) -> Result<Metadata, Error> {
        if !actor.identified {
            return self.metadata_seen(actor, scope, resource).await;
        }
        self.may_retrieve(actor, scope, resource)?;
        let found = self.find_with_headers(scope).await;
        self.audit_retrieval(actor, scope, resource, found.is_ok());
        Ok(Metadata { archive: self.clone(), members: found?, left_out: Vec::new() })
    }

    async fn metadata_seen(&self, actor: &Actor, scope: &Scope, resource: &'static str) -> Result<Metadata, Error> {
        let meant = self.meant_by(actor, scope, resource).await?;
        let found = self.find_with_headers(&meant).await;
        self.audit_retrieval(actor, &meant, &format!("{resource}, de-identified"), found.is_ok());
        let found = found.map_err(|error| named_as_asked(error, scope))?;
        let (instances, mut headers): (Vec<_>, HashMap<_, _>) = found
            .into_iter()
            .map(|(instance, header)| {
                let key = instance.key;
                (instance, (key, header))
            })
            .unzip();
        let count = instances.len();
        let instances = match scope.instance {
            Some(_) => self.deidentified(instances).await?,
            None => self.told_instances(instances).await?,
        };
        let mut left_out = LeftOuts::default();
        left_out.add_nobodys(count - instances.len());
        if let ([instance], Some(_)) = (&instances[..], &scope.instance) {
            self.disclosable(instance).await?;
        }
        let with_header = |instance: StoredInstance| headers.remove(&instance.key).map(|header| (instance, header));
        let members = instances.into_iter().filter_map(with_header).collect();
        self.given(members, left_out).await
    }

    /// What of these can be given. It is known before an answer begins, so that this can say it: metadata are read twice.
    async fn given(&self, found: Vec<Member>, mut left_out: LeftOuts) -> Result<Metadata, Error> {
        let mut members = Vec::with_capacity(found.len());
        for load in headers::loads(found) {
            let known: Vec<Header> = load.iter().map(|(_, header)| header.clone()).collect();
            let load = self.loaded(load).await?;
            let looked = archive::blocking(move || withheld(load)).await?;
            for ((instance, reason), header) in looked.into_iter().zip(known) {
                match reason {
                    Some(reason) => left_out.add(reason),
                    None => members.push((instance, header)),
                }
            }
        }
        Ok(Metadata { archive: self.clone(), members, left_out: left_out.most_first() })
    }

    async fn find_with_headers(&self, scope: &Scope) -> Result<Vec<Member>, Error> {
        let (instances, mut headers) = futures_util::try_join!(self.find(scope), self.headers(scope))?;
        if instances.iter().any(|instance| !headers.contains_key(&instance.instance)) {
            // Stored while the two databases were asked. The header is there before the instance is.
            headers = self.headers(scope).await?;
        }
        let mut found = Vec::with_capacity(instances.len());
        for instance in instances {
            let header = match headers.remove(&instance.instance) {
                Some(header) => header,
                None => Header::Here(self.lost_header(&instance).await?),
            };
            found.push((instance, header));
        }
        Ok(found)
    }

    /// The metadata of an instance whose header is gone, from the stored object: `pacs verify` can put it back.
    async fn lost_header(&self, instance: &StoredInstance) -> Result<Bytes, Error> {
        tracing::error!(instance = %instance.instance, "the identity database has lost a header");
        let set = self.whole_data_set(instance).await?;
        let header = compressed_metadata(&set).map_err(|failure| Error::Damaged(failure.to_string()))?;
        Ok(header.into())
    }
}

/// Why each of these cannot be given, if it cannot.
fn withheld(load: Vec<Loaded>) -> Result<Vec<(StoredInstance, Option<&'static str>)>, Error> {
    let mut decompressor = zstd::bulk::Decompressor::new().map_err(|error| internal(error.into()))?;
    let mut looked = Vec::with_capacity(load.len());
    for (instance, header) in load {
        let reason = match &instance.disguise {
            None => None,
            Some(disguise) if headers::is_long(&header) => {
                disguise.withholds_long(pieces::inflating(&header)?, &instance.transfer_syntax)?
            }
            Some(disguise) => disguise.withholds(&text(&mut decompressor, &header)?, &instance.transfer_syntax),
        };
        looked.push((instance, reason));
    }
    Ok(looked)
}

fn decompressed(page: Vec<Loaded>) -> Result<Vec<InstanceMetadata>, Error> {
    let mut decompressor = zstd::bulk::Decompressor::new().map_err(|error| internal(error.into()))?;
    let mut read = Vec::with_capacity(page.len());
    for (instance, header) in page {
        let metadata = InstanceMetadata {
            json: text(&mut decompressor, &header)?.into(),
            study: instance.study,
            series: instance.series,
            instance: instance.instance,
            transfer_syntax: instance.transfer_syntax,
        };
        read.extend(match &instance.disguise {
            Some(disguise) => disguise.of_metadata(metadata),
            None => Some(metadata),
        });
    }
    Ok(read)
}

fn text(decompressor: &mut zstd::bulk::Decompressor<'_>, header: &[u8]) -> Result<Vec<u8>, Error> {
    decompressor.decompress(header, headers::inflated(header)).map_err(|error| internal(error.into()))
}

fn internal(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Internal("stored metadata cannot be decompressed".to_owned(), Some(source))
}
